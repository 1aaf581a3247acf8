"""A promised date stays as it was said, with the days it may mean; what names no day stays words."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.due import NoSuchDay, read
from storage.tables.promises import PRECISIONS

TODAY = date(2027, 1, 15)  # a Friday

# as said | first day | last day | precision
SAID = """
miércoles 31 mar                  | 2027-03-31 | 2027-03-31 | day
31 de marzo                       | 2027-03-31 | 2027-03-31 | day
el 31 de marzo de 2028            | 2028-03-31 | 2028-03-31 | day
15/06/2027                        | 2027-06-15 | 2027-06-15 | day
2027-06-15                        | 2027-06-15 | 2027-06-15 | day
mañana                            | 2027-01-16 | 2027-01-16 | day
el lunes                          | 2027-01-18 | 2027-01-18 | day
en 15 días                        | 2027-01-30 | 2027-01-30 | day
antes del miércoles 31 mar        | 2027-01-15 | 2027-03-31 | day
hasta el 5 de mayo                | 2027-01-15 | 2027-05-05 | day
del 10 al 15 de marzo             | 2027-03-10 | 2027-03-15 | days
entre el 10 y el 15 de marzo      | 2027-03-10 | 2027-03-15 | days
la próxima semana                 | 2027-01-18 | 2027-01-24 | week
esta semana                       | 2027-01-15 | 2027-01-17 | week
dentro de dos semanas             | 2027-01-15 | 2027-01-29 | week
fin de marzo                      | 2027-03-21 | 2027-03-31 | part
a finales de febrero              | 2027-02-21 | 2027-02-28 | part
FIN DE MARZO                      | 2027-03-21 | 2027-03-31 | part
principios de abril               | 2027-04-01 | 2027-04-10 | part
a mediados de junio               | 2027-06-11 | 2027-06-20 | part
primera quincena de abril         | 2027-04-01 | 2027-04-15 | part
segunda quincena de febrero       | 2027-02-16 | 2027-02-28 | part
fin de mes                        | 2027-01-21 | 2027-01-31 | part
fin de año                        | 2027-12-21 | 2027-12-31 | part
antes de fin de marzo             | 2027-01-15 | 2027-03-31 | part
marzo                             | 2027-03-01 | 2027-03-31 | month
en marzo                          | 2027-03-01 | 2027-03-31 | month
Marzo 2028                        | 2028-03-01 | 2028-03-31 | month
enero                             | 2027-01-01 | 2027-01-31 | month
setiembre                         | 2027-09-01 | 2027-09-30 | month
el próximo mes                    | 2027-02-01 | 2027-02-28 | month
en 3 meses                        | 2027-01-15 | 2027-04-15 | month
antes de marzo                    | 2027-01-15 | 2027-02-28 | month
a más tardar en mayo              | 2027-01-15 | 2027-05-31 | month
Nov - dic                         | 2027-11-01 | 2027-12-31 | months
entre marzo y abril               | 2027-03-01 | 2027-04-30 | months
dic - feb 2028                    | 2027-12-01 | 2028-02-29 | months
primer trimestre                  | 2027-01-01 | 2027-03-31 | quarter
el segundo trimestre de 2028      | 2028-04-01 | 2028-06-30 | quarter
segundo semestre                  | 2027-07-01 | 2027-12-31 | half
2028                              | 2028-01-01 | 2028-12-31 | year
el próximo año                    | 2028-01-01 | 2028-12-31 | year
"""
ROWS = [[part.strip() for part in line.split("|")] for line in SAID.strip().splitlines()]


@pytest.mark.parametrize(("said", "first", "last", "precision"), ROWS)
def test_what_it_may_mean(said: str, first: str, last: str, precision: str) -> None:
    due = read(said, TODAY)
    assert (due.text, due.precision) == (said, precision)
    assert (due.first, due.last) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "said", ["", "pronto", "cuando se pueda", "después de Semana Santa", "en breve", "3", "quinto trimestre"]
)
def test_words_that_name_no_day_stay_words(said: str) -> None:
    due = read(said, TODAY)
    assert (due.text, due.first, due.last, due.precision) == (said, None, None, "none")


@pytest.mark.parametrize(
    "said", ["31 de febrero", "martes 31 mar", "30/02/2027", "99/99/2027", "antes del 31 de junio"]
)
def test_what_is_written_like_a_day_and_is_none_is_told(said: str) -> None:
    with pytest.raises(NoSuchDay):
        read(said, TODAY)


def test_a_month_without_a_year_is_the_one_that_is_not_over() -> None:
    assert read("marzo", date(2027, 3, 31)).last == date(2027, 3, 31)
    assert read("marzo", date(2027, 4, 1)).last == date(2028, 3, 31)


@given(said=st.text(max_size=40), today=st.dates(date(2024, 1, 1), date(2098, 12, 31)))
def test_whatever_is_said_gives_a_whole_range_or_none(said: str, today: date) -> None:
    try:
        due = read(said, today)
    except NoSuchDay:
        return
    assert due.precision in PRECISIONS
    assert (due.first is None) == (due.last is None) == (due.precision == "none")
    assert due.first is None or due.last is None or due.first <= due.last
