"""A promised date as people say it: 'fin de marzo' stays as said, with the days it may mean. Pure.

read("fin de marzo", date(2027, 1, 15))  ->  Due('fin de marzo', 21 Mar 2027, 31 Mar 2027, 'part')
read("cuando se pueda", ...)             ->  Due('cuando se pueda', None, None, 'none')
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from bot import dates
from bot.kinds import written
from bot.ladder import SPELLED
from bot.words import plain

_MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
_MONTH = r"(?P<month>(?:ene|feb|mar|abr|may|jun|jul|ago|sep|set|oct|nov|dic)[a-z]*)"
_YEAR = r"(?: (?:de |del )?(?:ano )?(?P<year>20\d\d))?"
_THE = r"(?:el |la |los |las |en |para |a |por |del |de )*"
_PARTS = {
    **dict.fromkeys(("principio", "principios", "inicio", "inicios", "comienzo", "comienzos"), (1, 10)),
    **dict.fromkeys(("mediado", "mediados"), (11, 20)),
    **dict.fromkeys(("fin", "fines", "final", "finales"), (21, 31)),
    **dict.fromkeys(("primera quincena", "1 quincena", "1a quincena"), (1, 15)),
    **dict.fromkeys(("segunda quincena", "2 quincena", "2a quincena"), (16, 31)),
}
_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_ORDER = {"primer": 1, "primero": 1, "1er": 1, "1": 1, "segundo": 2, "2do": 2, "2": 2, "tercer": 3, "tercero": 3}
_ORDER |= {"3er": 3, "3": 3, "cuarto": 4, "4to": 4, "4": 4, "ultimo": 0}
_WEEKDAY = r"(?:(?:lun|mar|mie|jue|vie|sab|dom)[a-z]* )?"
_DAY = rf"{_WEEKDAY}(?P<day>\d{{1,2}}) (?:de )?{_MONTH}{_YEAR}"
_DIGITS = r"(?P<first>\d{1,2}) (?P<month>\d{1,2}) (?P<year>\d{4})"
_ISO = r"(?P<year>\d{4}) (?P<month>\d{2}) (?P<day>\d{2})"
_LOOKS_LIKE_A_DAY = re.compile(rf"{_THE}(?:antes |hasta )?{_THE}(?:{_WEEKDAY}\d{{1,2}} (?:de )?{_MONTH}|\d+ \d+ \d+).*")
_BEFORE = re.compile(rf"{_THE}(?:antes (?:de|del) |no despues (?:de|del) )(?:{_THE})(?P<rest>.+)")
_UNTIL = re.compile(rf"(?:hasta|a mas tardar|como maximo|maximo) {_THE}(?P<rest>.+)")


@dataclass(frozen=True, slots=True)
class Due:
    """A date as said, with the first and the last day it may mean (None: no day is known)."""

    text: str
    first: date | None = None
    last: date | None = None
    precision: str = "none"  # of storage.tables.promises.PRECISIONS


class NoSuchDay(ValueError):
    """It is written like a day, and there is none: 31 de febrero, martes 16 where the 16th is a Wednesday."""


Range = tuple[date, date, str]
Reading = Callable[[re.Match[str], date], Range | None]


def read(said: str, today: date) -> Due:
    """What it means, seen from `today`. Words that name no day are kept as words. Raises NoSuchDay."""
    text = written(said)
    words = plain(text)
    found = _range(words, today)
    if found is None and _LOOKS_LIKE_A_DAY.fullmatch(words):
        raise NoSuchDay(text)
    return Due(text, *found) if found else Due(text)


def _range(words: str, today: date) -> Range | None:
    if before := _BEFORE.fullmatch(words):
        found = _range(before["rest"], today)
        return _ending(found, today, whole=_whole(found)) if found else None
    if until := _UNTIL.fullmatch(words):
        found = _range(until["rest"], today)
        return _ending(found, today, whole=False) if found else None
    for pattern, reading in _READINGS:
        if (match := pattern.fullmatch(words)) and (found := reading(match, today)):
            return found
    return None


def _whole(found: Range | None) -> bool:
    """'antes de marzo' ends in February; 'antes del 31 de marzo' and 'antes de fin de marzo' in March."""
    return found is not None and found[2] in ("month", "months", "quarter", "half", "year", "week")


def _ending(found: Range, today: date, *, whole: bool) -> Range:
    last = found[0] - timedelta(days=1) if whole else found[1]
    return min(today, last), last, found[2]


# --- one way of saying it each ------------------------------------------------------------------------------------


def _day(match: re.Match[str], today: date) -> Range | None:
    day = dates.read_day(match[0], today)
    return (day, day, "day") if day else None


def _digits(match: re.Match[str], today: date) -> Range | None:
    named = match.groupdict()
    try:
        day = date(int(named["year"]), int(named["month"]), int(named.get("day") or named["first"]))
    except ValueError:
        return None
    return day, day, "day"


def _days(match: re.Match[str], today: date) -> Range | None:
    last = dates.read_day(f"{match['last']} {match['month']} {match['year'] or ''}", today)
    if last is None or not 1 <= int(match["first"]) <= last.day:
        return None
    return last.replace(day=int(match["first"])), last, "days"


def _number(word: str) -> int:
    """Of a month's name or its first letters; 0: it is none."""
    word = {"set": "sep", "setiembre": "septiembre"}.get(word, word)
    return next((n for n, name in enumerate(_MONTHS, 1) if name.startswith(word)), 0)


def _month_of(name: str, year: str | None, today: date) -> tuple[date, date] | None:
    """First and last day of the month; without a year the one that is not over yet."""
    number = _number(name)
    if not number:
        return None
    at = int(year) if year else today.year + (number < today.month)
    return date(at, number, 1), date(at, number, calendar.monthrange(at, number)[1])


def _in_month(match: re.Match[str], today: date) -> Range | None:
    found = _month_of(match["month"], match["year"], today)
    return (*found, "month") if found else None


def _part(match: re.Match[str], today: date) -> Range | None:
    found = _month_of(match["month"], match["year"], today)
    return _part_of(match["part"], found[0]) if found else None


def _part_of(part: str, month: date) -> Range:
    first, last = _PARTS[part]
    length = calendar.monthrange(month.year, month.month)[1]
    return month.replace(day=first), month.replace(day=min(last, length)), "part"


def _two_months(match: re.Match[str], today: date) -> Range | None:
    last = _month_of(match["last"], match["year"], today)
    first = _number(match["first"])
    if last is None or not first:
        return None
    year = last[1].year - (first > last[1].month)
    return date(year, first, 1), last[1], "months"


def _months_on(day: date, count: int) -> date:
    """The first day of the month so many months later."""
    years, month = divmod(day.month - 1 + count, 12)
    return date(day.year + years, month + 1, 1)


def _stretch(match: re.Match[str], today: date) -> Range | None:
    """'primer trimestre', 'segundo semestre de 2027'."""
    length, name = (3, "quarter") if match["what"] == "trimestre" else (6, "half")
    nth = _ORDER[match["nth"]] or 12 // length
    if nth > 12 // length:
        return None
    year = int(match["year"]) if match["year"] else today.year
    first = date(year, 1 + length * (nth - 1), 1)
    if not match["year"] and _months_on(first, length) <= today:
        first = first.replace(year=year + 1)
    return first, _months_on(first, length) - timedelta(days=1), name


def _this(match: re.Match[str], today: date) -> Range | None:
    """'este mes', 'la próxima semana', 'fin de año', 'el próximo año'."""
    later = bool(match["next"] or match["coming"])
    if match["what"] == "semana":
        monday = today - timedelta(days=today.weekday()) + timedelta(days=7 * later)
        return max(today, monday), monday + timedelta(days=6), "week"
    if match["what"] == "mes":
        month = _months_on(today, int(later))
        end = _months_on(month, 1) - timedelta(days=1)
        return _part_of("fin", month) if match["end"] else (max(today, month), end, "month")
    year = today.year + later
    first = date(year, 12, 21) if match["end"] else max(today, date(year, 1, 1))
    return first, date(year, 12, 31), "part" if match["end"] else "year"


def _year(match: re.Match[str], today: date) -> Range | None:
    year = int(match["year"])
    first = date(year, 12, 21) if match["end"] else date(year, 1, 1)
    return first, date(year, 12, 31), "part" if match["end"] else "year"


def _in_so_many(match: re.Match[str], today: date) -> Range | None:
    """'en 15 días', 'dentro de dos semanas', 'en 3 meses'."""
    count = int(match["n"]) if match["n"].isdecimal() else SPELLED.get(match["n"], 0)
    if not 1 <= count <= 400:
        return None
    if match["what"].startswith("mes"):
        month = _months_on(today, count)
        last = month.replace(day=min(today.day, calendar.monthrange(month.year, month.month)[1]))
        return today, last, "month"
    if match["what"].startswith("sem"):
        return today, today + timedelta(weeks=count), "week"
    day = today + timedelta(days=count)
    return day, day, "day"


def _weekday(match: re.Match[str], today: date) -> Range | None:
    day = dates.read_day(match["word"], today)
    return (day, day, "day") if day else None


_MORE_MONTH = _MONTH.replace("month", "last")
_READINGS: tuple[tuple[re.Pattern[str], Reading], ...] = tuple(
    (re.compile(pattern), reading)
    for pattern, reading in (
        (rf"{_THE}{_DAY}", _day),
        (_DIGITS, _digits),
        (_ISO, _digits),
        (rf"{_THE}(?:entre )?{_THE}(?P<first>\d{{1,2}}) (?:y|al|a) (?:el )?(?P<last>\d{{1,2}}) (?:de )?{_MONTH}{_YEAR}",
         _days),
        (rf"{_THE}{_MONTH}{_YEAR}", _in_month),
        (rf"{_THE}(?P<part>{_PART}) de {_MONTH}{_YEAR}", _part),
        (rf"{_THE}(?:entre )?{_MONTH.replace('month', 'first')} (?:(?:y|a|o|al) )?{_MORE_MONTH}{_YEAR}", _two_months),
        (rf"{_THE}(?P<nth>{'|'.join(_ORDER)}) (?P<what>trimestre|semestre){_YEAR}", _stretch),
        (rf"{_THE}(?:(?P<end>fin|fines|final|finales) de |(?:este |esta |(?P<next>proximo |proxima )))?(?:el |la )?"
         r"(?P<what>semana|mes|ano)(?P<coming> que viene| proximo| proxima| entrante)?", _this),
        (rf"{_THE}(?:(?P<end>fin|fines|final|finales) (?:de|del) )?(?:ano )?(?P<year>20\d\d)", _year),
        (r"(?:en|dentro de|a) (?P<n>\w+) (?P<what>dias?|semanas?|mes|meses)", _in_so_many),
        (rf"{_THE}(?P<word>hoy|manana|pasado manana|lunes|martes|miercoles|jueves|viernes|sabado|domingo)", _weekday),
    )
)  # fmt: skip
