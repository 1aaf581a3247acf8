"""Days as people type them."""

from datetime import date

import pytest

from bot import dates

TODAY = date(2026, 11, 12)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("21 nov", date(2026, 11, 21)),
        ("sábado 21 nov", date(2026, 11, 21)),
        ("Sábado 21 de noviembre de 2026", date(2026, 11, 21)),
        ("el sab 21/11", date(2026, 11, 21)),
        ("21-11-26", date(2026, 11, 21)),
        ("21.11.2026", date(2026, 11, 21)),
        ("Saturday 21 November", date(2026, 11, 21)),
        ("nov 21", date(2026, 11, 21)),
        ("12 ene", date(2027, 1, 12)),
        ("mar 12 ene", date(2027, 1, 12)),
        ("1 oct", date(2026, 10, 1)),  # not long ago: a slip to be told, not a date of next year
        ("3 mar", date(2027, 3, 3)),
        ("5 setiembre", date(2026, 9, 5)),
        ("hoy", TODAY),
        ("mañana", date(2026, 11, 13)),
        ("pasado mañana", date(2026, 11, 14)),
        ("sábado", date(2026, 11, 14)),
        ("el jueves", TODAY),
        ("domingo 21 nov", None),  # the weekday does not agree
        ("31 feb", None),
        ("21 13", None),
        ("sábado 22 3:30", None),
        ("nov", None),
        ("cuando sea", None),
        ("", None),
        ("99999999999 nov", None),
    ],
)
def test_a_day_as_people_type_it(typed: str, day: date | None) -> None:
    assert dates.read_day(typed, TODAY) == day
