"""Days and hours as people read and write them. Never one of Babel's own time formats: they hold U+202F."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton

from bot.words import plain

Style = Literal["day_hour", "day", "listed", "hour", "date", "weekday"]


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
    """'sábado 21 nov, 3:30 pm'; short: 'sáb 21 nov, 3:30 pm'; 'lunes 30 nov'; '6:00 pm', short: '6 pm';
    '22 de noviembre'; 'domingo'; listed, a day in a list: 'lun 30 nov'.

    at   aware; told in the zone `tz`
    """
    local = at.astimezone(ZoneInfo(tz))
    if style == "hour":
        return _hour(local, way)
    if style == "date":
        return str(format_skeleton("MMMMd", local, locale=way.locale))
    days, months = _names(way.locale, way.short or style == "listed")
    if style == "weekday":
        return days[local.weekday()]
    day = f"{days[local.weekday()]} {local.day} {months[local.month]}"
    return day if style in ("day", "listed") else f"{day}, {_hour(local, way)}"


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


# --- a day with its hour -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Typed:
    """A day and an hour as they were typed. weekday: 0 Monday ... 6, where one was named, else None."""

    at: datetime  # naive: on the wall clock of who typed it
    weekday: int | None = None

    @property
    def agrees(self) -> bool:
        """Whether the weekday that was named is that day's."""
        return self.weekday is None or self.weekday == self.at.weekday()

    def nearest(self) -> datetime:
        """The day of the weekday that was named which is nearest to the day that was named."""
        if self.weekday is None:
            return self.at
        ahead = (self.weekday - self.at.weekday()) % 7
        return self.at + timedelta(days=ahead if ahead <= 3 else ahead - 7)


_HOUR = re.compile(
    r"(?:^|[\s,]|a las?\s+|at\s+)(?P<hour>\d{1,2})(?:\s*[:.h]\s*(?P<minute>\d{2}))?\s*"
    r"(?P<half>a\.?\s?m\.?|p\.?\s?m\.?|de la (?:manana|tarde|noche))?\s*$"
)
_NOON = re.compile(r"[\s,]*(?:(?:a las?\s+)?12\s+)?(?:al\s+)?(?:mediodia|noon)\s*$")


def read_moment(typed: str, today: date) -> Typed | None:
    """'sábado 21 nov 3:30 pm', 'sabado 22 3:30', '21 nov 4 pm', 'mañana a las 9 am'. None when it is no such thing.

    Without am or pm an hour from 1 to 6 is in the afternoon: nobody meets at 3 in the morning. A day without a month
    is the next one of that number; a day that passed less than 90 days ago is that day.
    """
    said = fold(typed)
    noon, found = _NOON.search(said), _HOUR.search(said)
    hour = time(12) if noon else _hour_of(found) if found else None
    end = noon.start() if noon else found.start() if found else 0
    if hour is None:
        return None
    day = _day_and_weekday(said[:end].strip(" ,"), today)
    return Typed(datetime.combine(day[0], hour), day[1]) if day else None


def fold(typed: str) -> str:
    """Lower case without accents; digits and their marks stay."""
    plain_letters = unicodedata.normalize("NFKD", typed).casefold()
    return " ".join("".join(c for c in plain_letters if not unicodedata.combining(c)).split())


def _hour_of(found: re.Match[str]) -> time | None:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    half = (found["half"] or "").replace(".", "").replace(" ", "")
    if hour > 23 or minute > 59 or (half and not 1 <= hour <= 12):
        return None
    if not half:
        return time(hour + 12 if 1 <= hour <= 6 else hour, minute)
    morning = half in ("am", "delamanana")
    return time(hour % 12 + (0 if morning else 12), minute)


def _day_and_weekday(said: str, today: date) -> tuple[date, int | None] | None:
    days, _months = _typed_names()
    words = [w for w in plain(said).split() if w not in ("de", "del", "el", "la", "of", "the", "dia")]
    named = words[0] if words and words[0] in days else ""
    rest = words[1:] if named else words
    if len(rest) == 1 and rest[0].isdecimal():
        day = _next_of_number(int(rest[0]), today)
    else:
        day = read_day(" ".join(rest) if rest else named, today)
    return (day, days.get(named)) if day else None


def _next_of_number(number: int, today: date) -> date | None:
    first = today.replace(day=1)
    months = (first, (first + timedelta(days=32)).replace(day=1))
    every = (d for month in months for d in (month + timedelta(days=number - 1),) if d.month == month.month)
    return next((d for d in every if d >= today), None) if 1 <= number <= 31 else None
