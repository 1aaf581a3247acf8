"""Days and hours as people read and write them. Never one of Babel's own time formats: they hold U+202F."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale

from bot.words import plain

Style = Literal["day_hour", "day", "hour"]


@dataclass(frozen=True, slots=True)
class Way:
    """How one language writes a moment."""

    locale: str  # for Babel: names of days and months
    noon: str  # '12 mediodía'
    midnight: str
    short: bool = False  # SMS: abbreviated weekday, no ':00'


@lru_cache(maxsize=64)
def _names(locale: str, short: bool) -> tuple[Mapping[int, str], Mapping[int, str]]:
    parsed = Locale.parse(locale)
    days = parsed.days["format"]["abbreviated" if short else "wide"]
    months = parsed.months["format"]["abbreviated"]
    return ({n: d.rstrip(".") for n, d in days.items()}, {n: m.rstrip(".") for n, m in months.items()})


def written(at: datetime, tz: str, style: Style, way: Way) -> str:
    """'sábado 21 nov, 3:30 pm'; short: 'sáb 21 nov, 3:30 pm'; 'lunes 30 nov'; '6:00 pm', short: '6 pm'.

    at   aware; told in the zone `tz`
    """
    local = at.astimezone(ZoneInfo(tz))
    if style == "hour":
        return _hour(local, way)
    days, months = _names(way.locale, way.short)
    day = f"{days[local.weekday()]} {local.day} {months[local.month]}"
    return day if style == "day" else f"{day}, {_hour(local, way)}"


def _hour(local: datetime, way: Way) -> str:
    if local.minute == 0 and local.hour in (0, 12):
        return way.noon if local.hour else way.midnight
    minutes = "" if way.short and local.minute == 0 else f":{local:%M}"
    return f"{local.hour % 12 or 12}{minutes} {'am' if local.hour < 12 else 'pm'}"


@lru_cache(maxsize=1)
def _typed_names() -> tuple[Mapping[str, int], Mapping[str, int]]:
    days: dict[str, int] = {}
    months: dict[str, int] = {}
    for locale in ("es_PA", "en_US"):
        for short in (True, False):
            parsed = Locale.parse(locale)
            width = "abbreviated" if short else "wide"
            days |= {plain(name): n for n, name in parsed.days["format"][width].items()}
            months |= {plain(name): n for n, name in parsed.months["format"][width].items()}
    return days, months | {"set": 9, "sep": 9, "setiembre": 9}


_NEAR = {"hoy": 0, "today": 0, "manana": 1, "tomorrow": 1, "pasado manana": 2}


def read_day(typed: str, today: date) -> date | None:
    """The day that was typed, seen from `today`: '21 nov', 'sábado 21 de noviembre', '21/11/2026', 'mañana', 'sábado'.

    A day without a year is the next one that comes, or this year's when it passed less than 90 days ago. None when it
    is no day, or when the weekday does not agree.
    """
    said = plain(typed)
    if said in _NEAR:
        return today + timedelta(days=_NEAR[said])
    days, months = _typed_names()
    words = [w for w in said.split() if w not in ("de", "del", "el", "of", "the", "dia")]
    if len(words) == 1 and words[0] in days:
        return today + timedelta(days=(days[words[0]] - today.weekday()) % 7)
    weekday = next((days[w] for w in words if w in days and w not in months), None)
    numbers = [int(w) for w in words if w.isdecimal() and len(w) <= 4]
    month = next((months[w] for w in words if w in months and not (w == "mar" and w == words[0])), 0)
    found = _dated(numbers, month, today)
    return found if found and (weekday is None or found.weekday() == weekday) else None


def _dated(numbers: list[int], month: int, today: date) -> date | None:
    if not month and len(numbers) >= 2:
        month = numbers.pop(1)
    if not numbers or not 1 <= month <= 12:
        return None
    year = numbers[1] if len(numbers) > 1 else 0
    try:
        if year:
            return date(year + 2000 if year < 100 else year, month, numbers[0])
        found = date(today.year, month, numbers[0])
        return found if found >= today - timedelta(days=90) else found.replace(year=today.year + 1)
    except ValueError:  # 31 de febrero
        return None
