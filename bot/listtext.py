"""A list as CSV: its text and its records, of which a broken one never takes the next ones with it. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

from bot.listcolumn import HEADS, sure
from bot.listrow import BadList, Record, Why

_MARKS = ";,\t|"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_TALLEST = 20  # lines of one cell
_DIGITS = 7  # of a telephone number at least


def records(data: bytes) -> list[Record]:
    """Every record, an empty one too: a spreadsheet counts it. Raises BadList."""
    text = _text(data)
    marked = re.match(r"sep=(.)\r?\n", text)  # Excel's own first line: not a row of its sheet
    lines = re.split(r"\r\n|\r|\n", text[marked.end() :] if marked else text)
    mark = marked[1] if marked else _mark([line for line in lines if line.strip()][:HEADS])
    return list(_records(lines, mark))


def is_utf16(data: bytes) -> bool:
    """Whether it says so itself."""
    return data[:2] in _UTF16


def _text(data: bytes) -> str:
    """UTF-8, else what Windows writes in the Americas (Latin-1 and a few letters more); UTF-16 says so itself."""
    if is_utf16(data):
        return data.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _mark(lines: Sequence[str]) -> str:
    """What stands between two cells: the commonest in the row that names the columns, else in the first."""
    by_count = {line: sorted(_MARKS, key=line.count, reverse=True) for line in lines}
    named = (mark for line, marks in by_count.items() for mark in marks[:1] if sure(line.split(mark)))
    return next(named, next((marks[0] for marks in by_count.values()), ";"))


def _records(lines: Sequence[str], mark: str) -> Iterator[Record]:
    """Line by line: a quotation mark that nobody closes spoils its own line and no other."""
    n, at = 0, 0
    while at < len(lines):
        n += 1
        tall = _tall(lines, at, mark)
        cells = _cells("\n".join(lines[at : at + tall]), mark)
        why = Why.quote if cells is None else Why.lines if tall > 1 else None
        yield Record(n, tuple(cells or ()), why)
        at += tall


def _tall(lines: Sequence[str], at: int, mark: str) -> int:
    """How many lines the record here takes: more than one only where a cell was written so, with no row inside it."""
    if lines[at].count('"') % 2 == 0:
        return 1
    for tall in range(2, _TALLEST + 1):
        if at + tall > len(lines):
            return 1
        if lines[at + tall - 1].count('"') % 2:
            cells = _cells("\n".join(lines[at : at + tall]), mark)
            return 1 if cells is None or any(_swallows(cell, mark) for cell in cells) else tall
    return 1


def _swallows(cell: str, mark: str) -> bool:
    return "\n" in cell and mark in cell and sum(c.isdigit() for c in cell) >= _DIGITS


def _cells(text: str, mark: str) -> list[str] | None:
    """The cells of one record; None: its quotation marks do not pair."""
    if text.count('"') % 2:
        return None
    if len(text) > csv.field_size_limit():
        raise BadList("The file is not a list that a spreadsheet has saved as CSV: a line of it has no end.")
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None if found else []
