"""A list of people as a spreadsheet saved it: its rows, and which of them hold a mobile number to be asked. Pure.

Only numbers are taken out. Whatever else the list holds (names, notes) is never looked at, kept or shown, and a row
that is refused is told by its number alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from bot import listcolumn, listtext, workbook
from bot.listrow import BadList, NoColumn, Record, Row, Unsure, Why
from bot.workbook import BadWorkbook

__all__ = ["BadList", "NoColumn", "Numbers", "Row", "Table", "Unsure", "Why", "mobile", "numbers", "read"]

MOST = 10_000  # rows
BIGGEST = 20 * 1024**2  # bytes of the file
_ZIP, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_NO_LISTS = (b"%PDF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"{\\rtf")
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# A Panamanian cedula: the province or a letter, the volume, the entry. '6-712-3456' would be read as a mobile number.
_PROVINCE, _REST = r"(?:0?[1-9]|1[0-3])", r"\d{1,4}-\d{1,6}(?![\d-])"
_CEDULA = re.compile(rf"(?<!\d)(?<!\d-){_PROVINCE}(?:-?(?:AV|PI|NT))?-{_REST}|\b(?:PE|EE|E|N)-{_REST}", re.IGNORECASE)
_SPACED = re.compile(rf"{_PROVINCE} \d{{1,4}} \d{{1,6}}")


@dataclass(frozen=True, slots=True)
class Table:
    """A list as it was read: the name of the column of its numbers, and the rows below."""

    column: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Numbers:
    """What was found: the numbers to ask, with their country, and the rows that are refused."""

    rows: int
    found: Mapping[str, str] = field(default_factory=dict)  # '+50760000001' -> 'PA'
    at: Mapping[str, int] = field(default_factory=dict)  # -> its row
    refused: Sequence[tuple[int, Why]] = ()


def read(data: bytes, column: str = "") -> Table:
    """The rows below the header; `column`: the numbers stand in the column of this name. Raises BadList."""
    if len(data) > BIGGEST:
        raise BadList(f"The file is over {BIGGEST // 1024**2} MB. Copy the column of numbers into a new one.")
    if data[:4] == _OLD:
        raise BadList("This is an old workbook (.xls), or one with a password. Save it as .xlsx without a password.")
    if data[:4] == _ZIP:
        return _of_workbook(data, column)
    if data.startswith(_NO_LISTS) or (not listtext.is_utf16(data) and b"\0" in data):
        raise BadList("This is no list. Give one as .xlsx, or as CSV UTF-8: a spreadsheet saves both.")
    return _table(listtext.records(data), column)


def _of_workbook(data: bytes, column: str) -> Table:
    """The first sheet that names a column of numbers. One that may name it is not passed over for another."""
    told = BadList("The file is empty.")
    try:
        for sheet in workbook.sheets(data):
            records = _even(sheet)
            try:
                return _table(records, column)
            except NoColumn as wrong:
                told = wrong if records else told
    except BadWorkbook as wrong:
        raise BadList(str(wrong)) from None
    raise told


def _even(sheet: Iterable[list[str]]) -> list[Record]:
    """The filled rows. A workbook leaves out the empty cells at the end of a row: they are no missing ones."""
    rows = [(n, cells) for n, cells in enumerate(sheet, 1) if any(cell.strip() for cell in cells)]
    wide = max((len(cells) for _n, cells in rows), default=0)
    return [Record(n, (*cells, *[""] * (wide - len(cells)))) for n, cells in rows]


def _table(records: Iterable[Record], named: str) -> Table:
    filled = [record for record in records if record.filled]
    if not filled:
        raise NoColumn("The file is empty.")
    found = listcolumn.column(filled, named)
    head, rest = filled[found.head].cells, filled[found.head + 1 :]
    if len(rest) > MOST:
        raise BadList(f"The list has {len(rest)} rows; give {MOST} at a time at most.")
    least = max(i for i, name in enumerate(head, 1) if name.strip())
    return Table(found.name, [_row(record, found.at, least, len(head)) for record in rest])


def _row(record: Record, at: int, least: int, most: int) -> Row:
    """Where a cell is missing or one too many, the number under the header may be somebody else's."""
    why = record.why
    if why is None and len(record.cells) < least:
        why = Why.few
    if why is None and any(cell.strip() for cell in record.cells[most:]):
        why = Why.many
    return Row(record.number, "" if why else record.cells[at].strip(), why)


def numbers(rows: Sequence[Row], country: str) -> Numbers:
    """The mobile numbers of the rows, each once; what has no country of its own is read as of this one."""
    found: dict[str, str] = {}
    at: dict[str, int] = {}
    refused: list[tuple[int, Why]] = []
    for row in rows:
        number = row.why or mobile(row.cell, country)
        if isinstance(number, Why):
            refused.append((row.number, number))
        elif number[0] in found:
            refused.append((row.number, Why.twice))
        else:
            found[number[0]], at[number[0]] = number[1], row.number
    return Numbers(len(rows), found, at, refused)


def mobile(cell: str, country: str) -> tuple[str, str] | Why:
    """('+50760000001', 'PA') of a cell that holds a mobile number, else what is wrong with it."""
    cell = re.sub(r"\.0+$", "", cell.strip().lstrip("'"))  # 60000001.0 and '60000001: a spreadsheet's ways
    if odd := _odd(cell, country):
        return odd
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


def _odd(cell: str, country: str) -> Why | None:
    """What no telephone number looks like."""
    if cell.startswith("="):
        return Why.formula
    if re.fullmatch(r"[+\d.,]+[eE]\+?\d+", cell):
        return Why.shortened
    if len([part for part in re.split(r"[/;,|\n]| [yoe] | and | or ", cell) if _digits(part) >= 7]) > 1:
        return Why.several
    if not _digits(cell):
        return Why.nothing
    if country == "PA" and _is_cedula(cell):
        return Why.identity
    return Why.lines if "\n" in cell else None


def _is_cedula(cell: str) -> bool:
    """By its shape: of eight digits in a row nobody can tell."""
    dashed = re.sub(r"\s*[-\u2010-\u2015\u2212]\s*|(?<=\d)\s*[./]\s*(?=\d)", "-", cell)
    return bool(_CEDULA.search(dashed) or _SPACED.fullmatch(cell))


def _digits(text: str) -> int:
    return sum(c.isdigit() for c in text)
