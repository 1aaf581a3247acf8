"""A list of people as a spreadsheet saved it: its rows, and which of them hold a mobile number to be asked. Pure.

Only numbers are taken out. Whatever else the list holds (names, notes) is never looked at, kept or shown, and a row
that is refused is told by its number alone.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from bot import workbook
from bot.errors import ConvocaError
from bot.words import plain
from bot.workbook import BadWorkbook

MOST = 10_000  # rows
BIGGEST = 20 * 1024**2  # bytes of the file
COLUMNS = frozenset(  # as `plain` leaves them
    {
        *("celular", "cel", "telefono celular", "numero celular", "numero de celular", "movil", "telefono movil"),
        *("telefono", "tel", "numero de telefono", "telefono de contacto", "contacto", "numero", "num", "whatsapp"),
        *("mobile", "mobile phone", "mobile number", "cell", "cell phone", "cellphone"),
        *("phone", "phone number", "telephone", "number"),
    }
)
# "N° de celular", "Celular (WhatsApp)", "Teléfono 1", "Tel. / Cel.": such a column, in words of one's own.
_OWN_WORDS = re.compile(
    r"(?:(?:n|no|nro|num|numeros?)(?: de)? )?(?:celular(?:es)?|cel|telefonos?|tel|movil(?:es)?|whatsapp|cellphones?"
    r"|cell|phones?|mobiles?)(?: (?:[^\W\d]\w*|\d\b)){0,3}"
)
HEADS = 10  # filled rows among which the names of the columns are looked for: a title often stands above them
_MARKS = ";,\t|"
_ZIP, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_NO_LISTS = (b"%PDF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"{\\rtf")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class BadList(ConvocaError):
    """The file can not be read as a list; the text says what to do."""


class NoColumn(BadList):
    """No column of numbers stands in it."""


class Why(StrEnum):
    """Why a row is refused, in plain words."""

    nothing = "there is no number in it"
    formula = "there is a formula in it: copy the column and paste its values only"
    shortened = "the spreadsheet has shortened the number: format the column as text"
    several = "there is more than one number in it: give each a row"
    unreal = "it is not a whole number of a telephone"
    landline = "it is not a mobile number"
    twice = "the number stands in the list twice"
    left = "the number has left us, or did not answer when it was asked"
    known = "the number is known already: it has written to us, or a list has asked it"


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the spreadsheet numbers it, with the cells that may hold its number."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was found: the numbers to ask, with their country, and the rows that are refused."""

    rows: int
    found: Mapping[str, str] = field(default_factory=dict)  # '+50760000001' -> 'PA'
    at: Mapping[str, int] = field(default_factory=dict)  # -> its row
    refused: Sequence[tuple[int, Why]] = ()


def read(data: bytes) -> list[Row]:
    """The rows below the header. Raises BadList."""
    if len(data) > BIGGEST:
        raise BadList(f"The file is over {BIGGEST // 1024**2} MB. Copy the column of numbers into a new one.")
    if data[:4] == _OLD:
        raise BadList("This is an old workbook (.xls), or one with a password. Save it as .xlsx without a password.")
    if data[:4] == _ZIP:
        return _of_workbook(data)
    if data.startswith(_NO_LISTS) or (data[:2] not in _UTF16 and b"\0" in data):
        raise BadList("This is no list. Give one as .xlsx, or as CSV UTF-8: a spreadsheet saves both.")
    text = _text(data)
    marked = re.match(r"sep=(.)\r?\n", text)  # Excel's own first line: not a row of its sheet
    text = text[marked.end() :] if marked else text
    return _rows(_filled(_records(text, marked[1] if marked else "")))


def _of_workbook(data: bytes) -> list[Row]:
    """The first sheet whose first row names a column of numbers."""
    told = BadList("The file is empty.")
    try:
        for sheet in workbook.sheets(data):
            records = _filled(sheet)
            try:
                return _rows(records)
            except NoColumn as wrong:
                told = wrong if records else told
    except BadWorkbook as wrong:
        raise BadList(str(wrong)) from None
    raise told


def _filled(records: Iterable[list[str]]) -> list[tuple[int, list[str]]]:
    """The rows that hold something, with their numbers in the sheet."""
    return [(n, cells) for n, cells in enumerate(records, 1) if any(cell.strip() for cell in cells)]


def _rows(records: Sequence[tuple[int, list[str]]]) -> list[Row]:
    if not records:
        raise NoColumn("The file is empty.")
    heads = ((n, _columns(cells)) for n, (_, cells) in enumerate(records[:HEADS]))
    head, columns = next(((n, found) for n, found in heads if found), (0, []))
    if not columns:
        raise NoColumn(
            "One of the first rows must name the columns, and one of them must be telefono, celular, numero, movil or"
            " phone."
        )
    rest = records[head + 1 :]
    if len(rest) > MOST:
        raise BadList(f"The list has {len(rest)} rows; give {MOST} at a time at most.")
    return [Row(n, tuple(cells[i].strip() for i in columns if i < len(cells))) for n, cells in rest]


def _columns(names: Sequence[str]) -> list[int]:
    """Which columns of this row are named as numbers of telephones; none: it names no columns."""
    return [i for i, name in enumerate(names) if (said := plain(name)) in COLUMNS or _OWN_WORDS.fullmatch(said)]


def _text(data: bytes) -> str:
    """UTF-8, else what Windows writes in the Americas (Latin-1 and a few letters more); UTF-16 says so itself."""
    if data[:2] in _UTF16:
        return data.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _records(text: str, mark: str) -> Iterator[list[str]]:
    """Every record, an empty one too: a spreadsheet counts it."""
    mark = mark or _mark([line for line in text.splitlines() if line.strip()][:HEADS])
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    except csv.Error as fault:
        raise BadList(f"The file is not a list that a spreadsheet has saved as CSV: {fault}.") from None


def _mark(lines: Sequence[str]) -> str:
    """What stands between two cells: the commonest in the row that names the columns, else in the first."""
    by_count = {line: sorted(_MARKS, key=line.count, reverse=True) for line in lines}
    named = (mark for line, marks in by_count.items() for mark in marks[:1] if _columns(line.split(mark)))
    return next(named, next((marks[0] for marks in by_count.values()), ";"))


def numbers(rows: Sequence[Row], country: str) -> Numbers:
    """The mobile numbers of the rows, each once; what has no country of its own is read as of this one."""
    found: dict[str, str] = {}
    at: dict[str, int] = {}
    refused: list[tuple[int, Why]] = []
    for row in rows:
        number = mobile(row.cells, country)
        if isinstance(number, Why):
            refused.append((row.number, number))
        elif number[0] in found:
            refused.append((row.number, Why.twice))
        else:
            found[number[0]], at[number[0]] = number[1], row.number
    return Numbers(len(rows), found, at, refused)


def mobile(cells: Sequence[str], country: str) -> tuple[str, str] | Why:
    """('+50760000001', 'PA') of the first cell that holds a mobile number, else what is wrong with the first filled."""
    told = [_number(cell, country) for cell in cells if cell]
    good = next((number for number in told if not isinstance(number, Why)), None)
    return good or next(iter(told), Why.nothing)


def _number(cell: str, country: str) -> tuple[str, str] | Why:
    cell = re.sub(r"\.0+$", "", cell.strip().lstrip("'"))  # 60000001.0 and '60000001: a spreadsheet's ways
    if cell.startswith("="):
        return Why.formula
    if re.fullmatch(r"[+\d.,]+[eE]\+?\d+", cell):
        return Why.shortened
    if len([part for part in re.split(r"[/;,|\n]| [yoe] | and | or ", cell) if _digits(part) >= 7]) > 1:
        return Why.several
    if not _digits(cell):
        return Why.nothing
    try:  # without its words: the library would read letters as the keys of a telephone
        parsed = phonenumbers.parse(re.sub(r"[^\W\d_]+", " ", cell), country)
    except NumberParseException:
        return Why.unreal
    if not phonenumbers.is_valid_number(parsed):
        return Why.unreal
    if phonenumbers.number_type(parsed) not in _MOBILE:
        return Why.landline
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return written, phonenumbers.region_code_for_number(parsed) or country


def _digits(text: str) -> int:
    return sum(c.isdigit() for c in text)
