"""Quiet hours: what we start waits from 20:00 to 08:00 where it is read; nothing is dropped. Pure.

What is delayed on its way is held by storage/nights.py.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from storage import waking

OPENS = time(waking.DAY_STARTS)
ENOUGH = timedelta(hours=1)  # of the day, to read something and act on it


def quiet(at: datetime, tz: str) -> bool:
    """Whether people sleep at that moment in that time zone (20:00 does, 08:00 does not)."""
    return waking.asleep(at, ZoneInfo(tz))


def held(at: datetime, tz: str) -> datetime:
    """When something of ours may go that is ready at that moment: then, or at 08:00 local. Aware, UTC."""
    return waking.morning(at, ZoneInfo(tz)) if quiet(at, tz) else at


def morning(day: date, tz: str) -> datetime:
    """When what is due on that day goes: at 08:00 local. Aware, UTC."""
    return datetime.combine(day, OPENS, ZoneInfo(tz)).astimezone(UTC)


def held_answerable(at: datetime, tz: str, until: datetime) -> datetime:
    """The same for news that one can only act on until then; what the morning would bring too late goes at once.

    Whoever chose what is not on the ballot any more wants to know it while she can choose again, at whatever hour: a
    message in the evening can be left until later, a choice that was lost in the night can not.
    """
    morning = held(at, tz)
    return morning if morning + ENOUGH <= until else at


def held_change(at: datetime, tz: str, starts_at: datetime) -> datetime:
    """The same for news of a session; a change on its own day goes at once (accountability.md 3)."""
    zone = ZoneInfo(tz)
    same_day = at.astimezone(zone).date() == starts_at.astimezone(zone).date()
    return at if same_day else held(at, tz)
