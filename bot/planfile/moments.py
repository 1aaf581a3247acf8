"""Dates as a plan writes them: absolute, relative to the day of loading, or months in words."""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_RELATIVE = re.compile(r"([+-]\d{1,4})d\s+(\d{1,2}):(\d{2})|([+-]\d{1,4})h")
_HELP = 'write "2026-11-21 15:30", or relative to the day of loading "+10d 15:30", "-3d 09:00" or "+2h"'
_MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
_MONTH_YEAR = re.compile(r"([a-z]{3,})\.?\s+(?:de\s+|del\s+)?([12]\d{3})")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as written. `at` says when it is; a relative one needs the moment of loading."""

    text: str
    fixed: datetime | None = None  # naive = the wall clock of the territory
    days: int = 0
    clock: time | None = None  # relative with an hour of the day; None = so many hours from now
    hours: int = 0

    @property
    def relative(self) -> bool:
        """Whether it depends on when the plan is loaded."""
        return self.fixed is None

    def at(self, now: datetime, tz: str) -> datetime:
        """The moment in UTC. `now` is aware; `tz` is the territory's."""
        zone = ZoneInfo(tz)
        if self.fixed is not None:
            return (self.fixed if self.fixed.tzinfo else self.fixed.replace(tzinfo=zone)).astimezone(UTC)
        if self.clock is None:
            return (now + timedelta(hours=self.hours)).replace(second=0, microsecond=0).astimezone(UTC)
        day = now.astimezone(zone).date() + timedelta(days=self.days)
        return datetime.combine(day, self.clock, zone).astimezone(UTC)


def moment(value: object) -> Moment:
    """A TOML date and time, an ISO text, or a relative text. Raises ValueError that says what to write."""
    if isinstance(value, Moment):
        return value
    if isinstance(value, datetime):
        return Moment(value.isoformat(sep=" "), fixed=value)
    if isinstance(value, date):
        raise ValueError(f"it lacks the hour; {_HELP}")
    if not isinstance(value, str):
        raise ValueError(_HELP)
    found = _RELATIVE.fullmatch(value.strip())
    try:
        return _relative(value.strip(), found) if found else _fixed(value.strip())
    except (ValueError, OverflowError):
        raise ValueError(f"{value[:40]!r} is not a date and an hour; {_HELP}") from None


def _relative(text: str, found: re.Match[str]) -> Moment:
    if found[4]:
        return Moment(text, hours=int(found[4]))
    return Moment(text, days=int(found[1]), clock=time(int(found[2]), int(found[3])))


def _fixed(text: str) -> Moment:
    if len(text) <= len("2026-11-21"):
        raise ValueError(text)
    return Moment(text, fixed=datetime.fromisoformat(text))


def months(text: str) -> tuple[date, date] | None:
    """First and last day of 'Marzo 2024' or of 'Septiembre 2023 - Agosto 2025'; None for anything less precise.

    A deadline is kept as written and never forced to a day: 'Nov - dic' has no year and stays words.
    """
    found = [_MONTH_YEAR.fullmatch(_plain(part)) for part in re.split(r"\s+[-–—]\s+", text.strip())]
    ends = [(int(m[2]), n) for m in found if m for n, name in enumerate(_MONTHS, 1) if name.startswith(m[1])]
    if not ends or len(ends) != len(found) or ends != sorted(ends):
        return None
    (first_year, first_month), (year, month) = ends[0], ends[-1]
    return date(first_year, first_month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c)).strip()
