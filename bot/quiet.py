"""Quiet hours: what we start waits from 20:00 to 08:00 where it is read; nothing is dropped. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

OPENS, CLOSES = time(8), time(20)


def quiet(at: datetime, tz: str) -> bool:
    """Whether people sleep at that moment in that time zone (20:00 does, 08:00 does not)."""
    return not OPENS <= at.astimezone(ZoneInfo(tz)).time() < CLOSES


def held(at: datetime, tz: str) -> datetime:
    """When something of ours may go that is ready at that moment: then, or at 08:00 local. Aware, UTC."""
    if not quiet(at, tz):
        return at
    here = at.astimezone(ZoneInfo(tz))
    morning = here.date() + timedelta(days=1) if here.time() >= CLOSES else here.date()
    return datetime.combine(morning, OPENS, ZoneInfo(tz)).astimezone(UTC)


def held_change(at: datetime, tz: str, starts_at: datetime) -> datetime:
    """The same for news of a session; a change on its own day goes at once (accountability.md 3)."""
    zone = ZoneInfo(tz)
    same_day = at.astimezone(zone).date() == starts_at.astimezone(zone).date()
    return at if same_day else held(at, tz)
