"""How far a lab's thread has come, from invitation to 'was it done?', and what happens next: read from rows alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from storage import contests, followups, promise_rules, promises
from storage.one_at_a_time import WAITS
from storage.promises import Promise
from storage.store import Unit
from storage.tables import (
    ballot,
    broadcast,
    contest,
    followup,
    outbox,
    recipient,
    registration,
    reminder,
    session,
    staff_sending,
)

MORNING = 8  # o'clock: quiet hours are over
MINUTE = timedelta(minutes=1)
AFTER = MINUTE  # of a closing: it is closed then


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """Counts of one lab and its first choice; 0 = not yet."""

    announced: bool  # an invitation was begun
    invited: int  # people whom one has reached
    registered: int  # people with a place now
    opened: bool
    ballots: int  # choices that stand
    closed: bool  # and no draw is waited for
    tied: bool
    published: bool
    told: int  # people whom the result has reached
    promise: Promise | None  # the newest
    done: bool  # the office said once that it is done
    asked: int  # people whom "was it done?" has reached, in the newest round
    answered: int  # of them, yes, partly or no
    counted: bool  # the newest round

    @property
    def confirmed(self) -> bool:
        """The neighbours say that it is done."""
        return self.promise is not None and self.promise.status == "done_neighbours"


def thread(unit: Unit, lab_id: int) -> Thread:
    """How far it is."""
    first = unit.db.execute(select(contest).where(contest.c.lab_id == lab_id).order_by(contest.c.id).limit(1)).first()
    state, slug = (first.state, first.slug) if first else ("draft", "")
    tied = state == "closed" and _tied(unit, slug)
    kept = promises.of_lab(unit, lab_id)
    promise = kept[-1] if kept else None
    going = registration.c.state.in_(("registered", "attended"))
    here = registration.c.session_id.in_(select(session.c.id).where(session.c.lab_id == lab_id))
    mine = ballot.c.contest_id == (first.id if first else 0)
    return Thread(
        announced=_count(unit, broadcast, broadcast.c.kind == "invitation", broadcast.c.lab_id == lab_id) > 0,
        invited=reached(unit, "invitation", lab_id),
        registered=_count(unit, registration, going, here),
        opened=state != "draft",
        ballots=_count(unit, ballot, mine, ballot.c.status == "current"),
        closed=state in ("closed", "published") and not tied,
        tied=tied,
        published=state == "published",
        told=reached(unit, "result", lab_id),
        promise=promise,
        done=promise is not None and any(u.kind == "done_office" for u in promises.updates(unit, promise.id)),
        **_asked(unit, promise),
    )


def _tied(unit: Unit, contest_slug: str) -> bool:
    """It was counted, and waits for the public draw."""
    facts = contests.facts(unit, contest_slug)
    return facts.contest.tie_mode == "seed" and bool(facts.waiting)


def _asked(unit: Unit, promise: Promise | None) -> dict[str, Any]:
    one = followups.newest(unit, promise.id) if promise else None
    if one is None:
        return {"asked": 0, "answered": 0, "counted": False}
    counts = followups.counts(unit, one)
    sent = reached(unit, "asking", idem=f"ask:{one.commitment_id}:{one.round}:")
    said = counts.yes + counts.partly + counts.no
    return {"asked": min(sent, counts.asked), "answered": said, "counted": one.counted_at is not None}


def reached(unit: Unit, kind: str, lab_id: int | None = None, *, idem: str = "") -> int:
    """People whom broadcasts of this kind have reached; of one lab, or whose key begins so."""
    query = select(func.count()).select_from(recipient).join(broadcast, broadcast.c.id == recipient.c.broadcast_id)
    where = [broadcast.c.kind == kind, recipient.c.state == "sent", broadcast.c.idem.startswith(idem, autoescape=True)]
    if lab_id is not None:
        where.append(broadcast.c.lab_id == lab_id)
    return unit.db.execute(query.where(*where)).scalar_one()


def _count(unit: Unit, table: Any, *where: Any) -> int:
    return unit.db.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


# --- what happens next --------------------------------------------------------------------------------------------


def ahead(unit: Unit, lab_id: int) -> dict[str, datetime]:
    """Moments to come at which something happens by itself, by name: 'queue' (a simple phone is asked the next
    question), 'mail' (something waits for its hour), 'reminder', 'sending' (an invitation asked for by chat),
    'session', 'closing', 'question' and 'count' (of "was it done?").

    They are whole minutes, as a clock shows them: what is due within one minute happens together.
    """
    return {name: _whole(at) for name, at in _moments(unit, lab_id) if at is not None and at > unit.now}


def _whole(at: datetime) -> datetime:
    """The first whole minute at which it has happened."""
    minute = at.replace(second=0, microsecond=0)
    return minute if minute == at else minute + MINUTE


def _moments(unit: Unit, lab_id: int) -> Iterator[tuple[str, datetime | None]]:
    ours = select(session.c.id).where(session.c.lab_id == lab_id)
    asks = outbox.c.error.is_not_distinct_from(WAITS)
    yield "queue", _least(unit, outbox.c.due_at, outbox.c.state == "pending", asks)
    yield "mail", _least(unit, outbox.c.due_at, outbox.c.state == "pending", ~asks)
    yield "reminder", _least(unit, reminder.c.due_at, reminder.c.session_id.in_(ours), reminder.c.state == "pending")
    waits = (staff_sending.c.session_id.in_(ours), staff_sending.c.state == "waiting")
    yield "sending", _least(unit, staff_sending.c.due_at, *waits)
    meets = (session.c.lab_id == lab_id, session.c.state == "published")
    yield "session", _least(unit, session.c.starts_at, *meets)
    closing = _least(unit, contest.c.closes_at, contest.c.lab_id == lab_id, contest.c.state == "open")
    yield "closing", closing + AFTER if closing else None
    for promise in promises.of_lab(unit, lab_id)[-1:]:
        yield "question", _question(unit, promise)
        yield "count", _ripe(unit, promise)


def _least(unit: Unit, column: Any, *where: Any) -> datetime | None:
    """The next such moment."""
    found: datetime | None = unit.db.execute(select(func.min(column)).where(*where, column > unit.now)).scalar()
    return found


def _question(unit: Unit, promise: Promise) -> datetime | None:
    found = promises.next_question(unit, promise)
    return _morning(unit, promise, found[0]) if found else None


def _ripe(unit: Unit, promise: Promise) -> datetime | None:
    """When the round that is open is counted."""
    one = followups.newest(unit, promise.id)
    if one is None or one.counted_at is not None:
        return None
    mine = (followup.c.commitment_id == promise.id, followup.c.round == one.round)
    last: datetime | None = unit.db.execute(select(func.max(followup.c.asked_at)).where(*mine)).scalar()
    return _morning(unit, promise, promise.day(last or one.at) + promise_rules.COUNT_AFTER)


def _morning(unit: Unit, promise: Promise, day: Any) -> datetime:
    zone = ZoneInfo(promise.tz)
    return datetime(day.year, day.month, day.day, MORNING, tzinfo=zone).astimezone(unit.now.tzinfo)
