"""A workbook of a spreadsheet (.xlsx) as rows of cells, each as the text that people see. Pure.

Nothing in it is run: of a formula the value that the spreadsheet has saved is read. A workbook is a zip that anybody
may have made, so what it unpacks to, its rows and its columns are bounded before anything is read.
"""

from __future__ import annotations

import io
import itertools
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.errors import ConvocaError

UNPACKED = 64 * 1024 * 1024  # bytes of XML; 10,000 people with their notes are 5 MB
PARTS = 2000  # files in the zip
COLUMNS = 100
ROWS = 200_000  # empty ones too: a sheet is often formatted far below its last row
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError),
    *(InvalidFileException, ParseError, KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError),
)


class BadWorkbook(ConvocaError):
    """The file can not be read as a workbook; the text says what to do."""


def sheets(data: bytes) -> Iterator[Iterator[list[str]]]:
    """The visible sheets in their order, each as its rows, empty ones too. Raises BadWorkbook, at any row."""
    with _readable():
        _bounded(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        seen = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    with closing(book):
        for sheet in seen:
            sheet.reset_dimensions()  # what a sheet says of its own size may be wrong
            yield _rows(sheet)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of looks that the library does not keep: only the cells are read
            yield
    except _BROKEN:
        raise BadWorkbook("The workbook can not be read. Save it anew as .xlsx, or as CSV UTF-8.") from None


def _bounded(data: bytes) -> None:
    """Python's zipfile unpacks no more of a part than the zip says it holds, so what it says can be believed."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = packed.infolist()
    written = sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels", ".vml")))
    if len(parts) > PARTS or written > UNPACKED:
        raise BadWorkbook("The workbook is too big. Copy the column of numbers into a new one, then import that.")


def _rows(sheet: Any) -> Iterator[list[str]]:
    cells = iter(sheet.iter_rows(max_row=ROWS + 1, max_col=COLUMNS, values_only=True))
    for n in itertools.count():
        with _readable():
            row = next(cells, None)
        if row is None:
            return
        if n >= ROWS and any(cell is not None for cell in row):
            raise BadWorkbook(f"A sheet has more than {ROWS} rows. Copy the list into a new workbook.")
        yield [_seen(cell) for cell in row]


def _seen(value: object) -> str:
    """A whole number without its '.0', a day as 21/11/2026, an error of a formula as nothing."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y %H:%M}" if value.time() != time.min else f"{value:%d/%m/%Y}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(value)
