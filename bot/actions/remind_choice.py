"""The tick before a close: one reminder to those enrolled who have not chosen (voting.md 5)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot import broadcast, choosing, quiet
from bot.broadcast import Act
from bot.choosing import Ballot
from bot.i18n import Catalogues
from storage import contests, labs, rolls
from storage.contests import Contest
from storage.store import Unit

HOUR = time(17)  # local, the day before the close
LEAST = timedelta(hours=12)  # between being asked and being reminded, and from the reminder to the close
ONE_HOUR = timedelta(hours=1)


def due(unit: Unit, catalogues: Catalogues) -> int:
    """Remind of each contest whose hour has come; how many. Any number of processes may call it."""
    open_ = [contests.by_slug(unit, slug) for slug in rolls.unreminded(unit)]
    ready = [contest for contest in open_ if contest and _is_due(contest, unit.now)]
    for contest in ready:
        _remind(unit, catalogues, contest.slug)
    return len(ready)


def moment(contest: Contest) -> datetime | None:
    """17:00 local on the day before the close; None: it is not open for long enough to remind anybody."""
    if contest.closes_at is None or contest.opened_at is None:
        return None
    zone = ZoneInfo(contest.tz)
    day = contest.closes_at.astimezone(zone).date() - timedelta(days=1)
    at = datetime.combine(day, HOUR, zone).astimezone(UTC)
    return at if at >= contest.opened_at + LEAST else None


def _is_due(contest: Contest, now: datetime) -> bool:
    at = moment(contest)
    return at is not None and contest.closes_at is not None and at <= now < contest.closes_at - ONE_HOUR


def _remind(unit: Unit, catalogues: Catalogues, slug: str) -> None:
    contest = contests.locked(unit, slug)
    if contest is None or not _is_due(contest, unit.now) or contest.state != "open":
        return
    lab = labs.lab_by_id(unit, contest.lab_id)
    if not lab.authorised:
        return
    ballot = Ballot.of(contest, lab, contests.options(unit, contest.id))
    broadcast.send(
        unit, _act(unit, contest, lab.slug), lambda v: choosing.words(catalogues, v, ballot, choosing.REMINDER)
    )


def _act(unit: Unit, contest: Contest, lab: str) -> Act:
    return Act(
        kind="ballot_reminder",
        idem=f"{rolls.REMINDED}{contest.slug}",
        by="clock",
        audience=rolls.without_choice(contest.id, contest.lab_id),
        due_at=quiet.held(unit.now, contest.tz),
        expires_at=contest.ends,
        lab_id=contest.lab_id,
        contest_id=contest.id,
        opens={"conversation": "vote", "args": {"contest": contest.slug, "lab": lab}},
        priority=1,
    )
