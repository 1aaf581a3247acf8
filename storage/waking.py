"""Waking hours: when people may be written to, until when an offered place is held (accountability.md 1.4, 3). Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_STARTS, DAY_ENDS = 8, 20  # waking hours, local
NOWHERE = "America/Panama"  # the zone of who has no community


def asleep(at: datetime, zone: ZoneInfo) -> bool:
    """Whether people sleep at that moment in that zone (20:00 does, 08:00 does not)."""
    return not DAY_STARTS <= at.astimezone(zone).hour < DAY_ENDS


def morning(at: datetime, zone: ZoneInfo) -> datetime:
    """The next 08:00 there. Aware, UTC."""
    here = at.astimezone(zone)
    day = here.date() + timedelta(days=here.hour >= DAY_STARTS)
    return datetime.combine(day, time(DAY_STARTS), zone).astimezone(UTC)


def evening(at: datetime, zone: ZoneInfo) -> datetime:
    """The last moment of a day there: this one while people are awake, else the second before 20:00. Aware, UTC."""
    if not asleep(at, zone):
        return at
    here = at.astimezone(zone)
    day = here.date() - timedelta(days=here.hour < DAY_STARTS)
    return datetime.combine(day, time(DAY_ENDS), zone).astimezone(UTC) - timedelta(seconds=1)


def offer_deadline(now: datetime, starts_at: datetime, zone: ZoneInfo) -> datetime | None:
    """Until when an offered place is held: clamp(W/2, 2, 24) waking hours, rounded down to the hour.

    W = waking hours (08:00-20:00 local) left before the start. None when W < 3: no offers any more.
    """
    left = waking_hours(now, starts_at, zone)
    if left < 3:
        return None
    hours = min(max(left / 2, 2), 24)
    return _after_waking(now, hours, zone).replace(minute=0, second=0, microsecond=0)


def waking_hours(start: datetime, end: datetime, zone: ZoneInfo) -> float:
    """Hours between 08:00 and 20:00 local from start to end."""
    total, day = 0.0, start.astimezone(zone)
    last = end.astimezone(zone)
    while day.date() <= last.date():
        opens = max(day, day.replace(hour=DAY_STARTS, minute=0, second=0, microsecond=0))
        closes = min(last, day.replace(hour=DAY_ENDS, minute=0, second=0, microsecond=0))
        total += max((closes - opens).total_seconds(), 0) / 3600
        day = (day + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return total


def _after_waking(now: datetime, hours: float, zone: ZoneInfo) -> datetime:
    day, left = now.astimezone(zone), timedelta(hours=hours)
    while True:
        opens = max(day, day.replace(hour=DAY_STARTS, minute=0, second=0, microsecond=0))
        closes = day.replace(hour=DAY_ENDS, minute=0, second=0, microsecond=0)
        if opens < closes and opens + left <= closes:
            return opens + left
        left -= max(closes - opens, timedelta())
        day = (day + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
