"""What the command line says of an hour and of a file is so."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.listfile import BadList
from bot.terminal import asking, importing
from tests.kit import PANAMA

DAY = datetime(2026, 11, 12, 16, 0, tzinfo=PANAMA)
NIGHT, MORNING = DAY.replace(hour=21), DAY.replace(day=13, hour=8)


@pytest.mark.parametrize(
    ("at", "now", "told"),
    [
        (DAY, DAY, "at once"),
        (MORNING, NIGHT, "at 2026-11-13 08:00, after the quiet hours"),
        (MORNING, DAY, "at 2026-11-13 08:00"),  # of one promise people hear once a day
    ],
)
def test_quiet_hours_are_named_where_they_hold_it(at: datetime, now: datetime, told: str) -> None:
    assert asking.when(at, now, "America/Panama") == told


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("bad.xlsx", b"x", "bad.xlsx is no workbook, or a broken one. Save it anew"),
        ("Lista.XLSX", b"a,b\n1,2\n", "is no workbook"),
        ("bad.csv", b"x", "One of the first rows must name the columns"),
    ],
)
def test_a_file_that_is_no_workbook_is_told_so(tmp_path: Path, name: str, data: bytes, told: str) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    with pytest.raises(BadList, match=told):
        importing._table(file, "")
