"""The head of each choice's log, published once a day: who has kept one proves later what stood there (voting.md 6).

On each local day from the opening on, and once more after the result is out. What was said stays: `audit.verify` holds
the log against it. Each is said of a link of its own, which holds a secret: else one could try how many choices stand
between two heads until it fits, and days of few are nobody's business (voting.md 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from storage import audit, contests, log_heads
from storage.contests import Contest
from storage.tables import contest
from storage.unit import Unit


def publish(unit: Unit) -> int:
    """The tick: say the heads of this day that were not said yet; how many. Any number of processes may call it."""
    audit.alone(unit)
    slugs = unit.db.execute(select(contest.c.slug).where(contest.c.state != "draft")).scalars().all()
    every = [contests.by_slug(unit, slug) for slug in slugs]
    due = [found for found in every if found and _due(unit, found)]
    for found in due:
        secret = audit.secret(unit, found.scope)
        audit.record(unit, "log.published", found.slug, {"secret": secret}, scope=found.scope)
    while audit.chain(unit):
        pass
    for found in due:
        log_heads.put_day(unit, found.scope, _day(unit.now, found), audit.head(unit, found.scope))
    return len(due)


def _due(unit: Unit, found: Contest) -> bool:
    said = log_heads.days(unit, found.scope)
    if not said:
        return True
    last, _head = said[-1]
    over = found.published_at is not None and last > _day(found.published_at, found)
    return not over and last < _day(unit.now, found)


def _day(at: datetime, found: Contest) -> date:
    return at.astimezone(ZoneInfo(found.tz)).date()


def of(unit: Unit, found: Contest) -> Sequence[tuple[date, str]]:
    """(day, hex), the oldest first. The number of the link is not said: it would count the choices."""
    return [(day, head.hash) for day, head in log_heads.days(unit, found.scope)]
