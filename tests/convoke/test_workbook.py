"""A list as a workbook of a spreadsheet: cells as people see them, nothing run, nothing unpacked without end."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from time import monotonic
from typing import Any

import pytest
from openpyxl import Workbook

from bot import listfile, workbook
from bot.listfile import BadList, Row, Why

ANA, LUIS = "+50760000001", "+50760000002"


def book(*sheets: Sequence[Any], hidden: int = 0) -> bytes:
    """An .xlsx with these sheets; the first `hidden` of them are not shown."""
    made = Workbook()
    made.remove(made.active)
    for n, rows in enumerate(sheets):
        sheet = made.create_sheet(f"Hoja {n}")
        sheet.sheet_state = "hidden" if n < hidden else "visible"
        for row in rows:
            sheet.append(row)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def changed(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same workbook with one part rewritten."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
    return written.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
LIST: list[list[Any]] = [["Nombre", "Celular"], ["Ana", 60000001]]


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        (60000001, "60000001"),
        (60000001.0, "60000001"),
        (50760000001.0, "50760000001"),
        ("6000-0001", "6000-0001"),
        (" +507 6000 0001 ", "+507 6000 0001"),
        (60000001.5, "60000001.5"),
        (None, ""),
        (datetime(2026, 11, 21), "21/11/2026"),  # noqa: DTZ001 - a sheet knows no zones
        (datetime(2026, 11, 21, 15, 30), "21/11/2026 15:30"),  # noqa: DTZ001
        (date(2026, 11, 21), "21/11/2026"),
        (time(15, 30), "15:30:00"),
        (True, "True"),
        ("=60000001", ""),  # a formula without a saved value
    ],
)
def test_a_cell_is_read_as_the_text_that_people_see(cell: object, seen: str) -> None:
    assert listfile.read(book([["celular", "nota"], [cell, "x"]])).rows == [Row(2, seen.strip())]


def test_of_a_formula_the_saved_value_is_read_and_nothing_is_run() -> None:
    formula = b"<f>HYPERLINK(&quot;http://127.0.0.1:9&quot;,60000001)</f>"
    data = changed(book(LIST), SHEET, lambda xml: xml.replace(b"<v>60000001</v>", formula + b"<v>60000001</v>"))
    assert formula in zipfile.ZipFile(io.BytesIO(data)).read(SHEET)
    assert listfile.numbers(listfile.read(data).rows, "PA").found == {ANA: "PA"}


def test_the_same_refusals_by_row_as_of_a_text_file() -> None:
    rows = [["Nombre", "Celular"], ["A", 60000001], [], ["B", None], ["C", "60000001"], ["D", 2251234]]
    read = listfile.numbers(listfile.read(book(rows)).rows, "PA")
    assert read.found == {ANA: "PA"}
    assert read.refused == [(4, Why.nothing), (5, Why.twice), (6, Why.landline)]


def test_the_first_shown_sheet_with_a_column_of_numbers_is_read() -> None:
    cover, second = [["Lista de la primera reunión"]], [["celular"], ["60000002"]]
    assert listfile.numbers(listfile.read(book(cover, [], second, LIST)).rows, "PA").found == {LUIS: "PA"}
    assert listfile.numbers(listfile.read(book(second, cover, LIST, hidden=1)).rows, "PA").found == {ANA: "PA"}


def test_what_a_sheet_says_of_its_own_size_is_not_believed() -> None:
    data = changed(book(LIST), SHEET, lambda xml: xml.replace(b'ref="A1:B2"', b'ref="A1:A1"'))
    assert listfile.numbers(listfile.read(data).rows, "PA").found == {ANA: "PA"}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (book([]), "empty"),
        (book([["Ana", 60000001]]), "first rows must name the columns"),
        (changed(book(LIST), "xl/workbook.xml", lambda xml: xml.replace(b'"visible"', b'"hidden"')), "empty"),
        (book([["celular"], *[[60000001]] * (listfile.MOST + 1)]), "10000 at a time"),
        (changed(book(LIST), "xl/workbook.xml", lambda _xml: b"<x/>"), "empty|can not be read"),
        (changed(book(LIST), SHEET, lambda xml: xml[:-20]), "can not be read"),
    ],
)
def test_a_workbook_that_is_no_list_says_what_to_do_and_shows_nothing_of_it(data: bytes, told: str) -> None:
    with pytest.raises(BadList, match=told) as fault:
        listfile.read(data)
    assert "Ana" not in str(fault.value)
    assert "6000" not in str(fault.value)


def test_a_zip_bomb_is_not_unpacked() -> None:
    data = changed(book(LIST), SHEET, lambda xml: xml + b" " * (workbook.UNPACKED + 1))
    assert len(data) < 1024 * 1024
    began = monotonic()
    with pytest.raises(BadList, match="too big"):
        listfile.read(data)
    assert monotonic() - began < 1.0


def test_a_bomb_of_names_in_its_xml_is_refused() -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE x [<!ENTITY a0 "ja">{laughs}]>'.encode()
    data = changed(book(LIST), SHEET, lambda xml: head + xml.replace(b"60000001", b"&a9;"))
    with pytest.raises(BadList):
        listfile.read(data)


def test_a_sheet_that_is_formatted_to_its_end_is_read_and_one_that_is_filled_is_refused() -> None:
    far = b'<row r="%d"><c r="B%d"><v>60000002</v></c></row></sheetData>'
    near, beyond = ((far % (row, row)) for row in (150_000, workbook.ROWS + 1))
    read = listfile.read(changed(book(LIST), SHEET, lambda xml: xml.replace(b"</sheetData>", near)))
    assert [row.number for row in read.rows] == [2, 150_000]
    with pytest.raises(BadList, match="more than 200000 rows"):
        listfile.read(changed(book(LIST), SHEET, lambda xml: xml.replace(b"</sheetData>", beyond)))


def test_a_broken_workbook_never_does_more_than_say_so() -> None:
    """Bytes of its parts are changed at random: either it is read, or it is told; nothing else is raised."""
    rng, data = random.Random(5), book(LIST)
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    refused = 0
    for _ in range(300):
        cut = rng.randrange(400)

        def change(xml: bytes, cut: int = cut) -> bytes:
            at = cut % len(xml)
            return xml[:at] + rng.choice([b"", b"<", b'"', b"9", b">>"]) + xml[at + rng.randrange(9) :]

        try:
            listfile.read(changed(data, rng.choice(names), change))
        except BadList:
            refused += 1
    assert 50 < refused < 300
