"""What a list is made of, and what can be wrong with it: of the whole file, and of one row. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import ConvocaError


class BadList(ConvocaError):
    """The file can not be read as a list; the text says what to do.

    text, about: a msgid and what fills it, where the reader's own language has it; about is empty elsewhere.
    """

    def __init__(self, text: str, **about: str) -> None:
        super().__init__(text.format(**about) if about else text)
        self.text, self.about = text, about


class NoColumn(BadList):
    """No column of numbers stands in it; another sheet may have one."""


class Unsure(BadList):
    """A column may be that of the numbers, and we do not guess: a stranger would be written to."""


class Why(StrEnum):
    """Why a row is refused, in plain words."""

    nothing = "there is no number in it"
    formula = "there is a formula in it: copy the column and paste its values only"
    shortened = "the spreadsheet has shortened the number: format the column as text"
    several = "there is more than one number in it: give each a row"
    identity = "it is an identity number, not a phone"
    unreal = "it is not a whole number of a telephone"
    landline = "it is not a mobile number"
    quote = "a quotation mark in it is not closed: mend the row"
    lines = "a cell of it runs over several lines: put it on one"
    few = "it has fewer cells than the row that names the columns"
    many = "it has more cells than the row that names the columns"
    twice = "the number stands in the list twice"
    left = "the number has left us, or did not answer when it was asked"
    known = "the number is known already: it has written to us, or a list has asked it"


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it stands in the file; `why`: it can not be trusted to have its cells in their places."""

    number: int  # as the spreadsheet counts
    cells: tuple[str, ...]
    why: Why | None = None

    @property
    def filled(self) -> bool:
        """Whether anything stands in it."""
        return self.why is not None or any(cell.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header, by its number in the sheet, with the cell that holds its telephone number."""

    number: int
    cell: str
    why: Why | None = None
