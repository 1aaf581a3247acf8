"""Whether the machine's clock may be believed, before anything is erased because its time is over.

A dead battery or a wrong host sets a clock years ahead for a minute, and in that minute all people would be two years
silent. So what can not be undone waits while the clock stands more than `FAR` after the last moment that was seen,
until the house has run at that time for `SEEN_FOR`: time that passes is no leap. Moments here are the machine's own,
without the offset of the simulator: who moves that means it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps

from sqlalchemy import select

from storage import clock, remembered
from storage.tables import audit_event, inbound
from storage.unit import Unit

FAR = timedelta(days=30)  # a house may be switched off so long; what is kept for less is meant to be short-lived
SEEN_FOR = timedelta(days=3)  # a long weekend, in which somebody may read the log
_APART = timedelta(days=1)  # two looks further apart are another leap
_DOUBT = "clock.doubt"  # 'first|last': moments seen since the leap


def careful(work: Callable[[Unit], int]) -> Callable[[Unit], int]:
    """The tick, that does nothing while the clock is in doubt."""

    @wraps(work)
    def tick(unit: Unit) -> int:
        return work(unit) if believed(unit) else 0

    return tick


def believed(unit: Unit) -> bool:
    """Whether no leap is known, or time has been seen to pass since."""
    return clock.real(unit) <= _last(unit) + FAR


def look(unit: Unit) -> int:
    """The tick: keep what is seen of time. 1: the clock is in doubt, and somebody should look at it."""
    now, last = clock.real(unit), _last(unit)
    doubtful = now > last + FAR and not _has_run_on(unit, now)
    if not doubtful:
        clock.see(unit, max(now, last) if now <= last + FAR else now)
        remembered.put(unit, _DOUBT, "")
    return int(doubtful)


def _has_run_on(unit: Unit, now: datetime) -> bool:
    """Whether the house has been seen at about this time for long enough; keeps that it was seen now."""
    first, last = (datetime.fromisoformat(at) for at in (remembered.get(unit, _DOUBT) or f"{now}|{now}").split("|"))
    if not last <= now <= last + _APART:
        first = now
    remembered.put(unit, _DOUBT, f"{first.isoformat()}|{now.isoformat()}")
    return now - first >= SEEN_FOR


def _last(unit: Unit) -> datetime:
    """The last moment that was seen; before the first look, that of the newest thing that came or was done."""
    kept = clock.seen(unit)
    if kept is not None:
        return kept
    newest = [unit.db.execute(query).scalar() for query in _NEWEST]
    return max((at for at in newest if at is not None), default=unit.now) - clock.offset(unit)


_NEWEST = (
    select(inbound.c.received_at).order_by(inbound.c.id.desc()).limit(1),
    select(audit_event.c.at).order_by(audit_event.c.id.desc()).limit(1),
)
