"""Reminders are rows with the revision of the session they speak of: a change makes them stale, never wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, or_, select, update

from storage import broadcasts
from storage.labs import Session
from storage.store import Unit
from storage.tables import broadcast, reminder, session
from storage.upsert import insert_once

DAYS_BEFORE = {"day_before": 1, "unsure": 2, "needs": 3}  # rule -> days before the session
HOUR = time(17)  # local
SPEAK_OF_IT = ("invitation", "reminder", "needs", "change")  # broadcasts of one revision, which their `idem` ends with


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A reminder whose hour has come, claimed by this unit."""

    id: int
    session_id: int
    rule: str
    revision: int


def moment(rule: str, starts_at: datetime, tz: str) -> datetime:
    """When this rule's reminder of a session is due: 17:00 local, one or two days before. Aware, UTC."""
    zone = ZoneInfo(tz)
    day = starts_at.astimezone(zone).date() - timedelta(days=DAYS_BEFORE[rule])
    return datetime.combine(day, HOUR, zone).astimezone(UTC)


def plan_for(unit: Unit, session: Session) -> None:
    """The reminders of a session as it is now; call it when one is published, changed or cancelled.

    What spoke of an earlier revision becomes stale, its messages that wait are taken back. Twice is once.
    """
    _forget_earlier(unit, session)
    if session.state != "published":
        return
    for rule in DAYS_BEFORE:
        if rule == "needs" and not session.needs:
            continue  # the organiser offers nothing: there is no reason to ask
        due_at = moment(rule, session.starts_at, session.tz)
        if due_at > unit.now:
            row = {"session_id": session.id, "rule": rule, "session_revision": session.revision}
            fresh = {**row, "due_at": due_at, "state": "pending"}
            insert_once(unit, reminder, fresh, *row)


def _forget_earlier(unit: Unit, session: Session) -> None:
    off = session.state != "published"
    old = [reminder.c.session_id == session.id, reminder.c.state == "pending"]
    kinds = (*SPEAK_OF_IT, "offer") if session.state == "cancelled" else SPEAK_OF_IT
    told = [broadcast.c.session_id == session.id, broadcast.c.kind.in_(kinds)]
    if not off:
        old.append(reminder.c.session_revision != session.revision)
        told.append(~broadcast.c.idem.endswith(f":{session.revision}"))
    unit.db.execute(update(reminder).where(*old).values(state="stale"))
    going = select(broadcast.c.id).where(*told, or_(broadcast.c.state == "sending", broadcast.c.state == "stopped"))
    ids = unit.db.execute(going).scalars().all()
    if ids:
        broadcasts.withhold(unit, session.state if off else "changed", broadcast_ids=ids)


def claim(unit: Unit, limit: int = 20) -> list[Due]:
    """Reminders whose hour has come; until the commit no other process gets them."""
    query = (
        select(reminder.c.id, reminder.c.session_id, reminder.c.rule, reminder.c.session_revision)
        .where(reminder.c.state == "pending", reminder.c.due_at <= unit.now)
        .order_by(reminder.c.due_at, reminder.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Due(id=i, session_id=s, rule=rule, revision=v) for i, s, rule, v in unit.db.execute(query)]


def gone_by(unit: Unit, rule: str) -> list[int]:
    """Sessions still ahead for which the hour of this rule is over: who signs up now was not there then.

    Not while its own question still waits, or another process is at it: it asks all who are there.
    """
    waits = reminder.c.session_id == session.c.id, reminder.c.rule == rule, reminder.c.state == "pending"
    ahead = session.c.starts_at > unit.now, session.c.starts_at <= unit.now + timedelta(days=DAYS_BEFORE[rule] + 1)
    query = select(session.c.id, session.c.starts_at, session.c.tz).where(session.c.state == "published", *ahead)
    query = query.where(~exists().where(*waits))
    return [row.id for row in unit.db.execute(query) if moment(rule, row.starts_at, row.tz) <= unit.now]


def settle(unit: Unit, reminder_id: int, state: str, broadcast_id: int | None = None) -> None:
    """What became of a due reminder: 'sent' by a broadcast, 'missed' or 'stale'."""
    row = update(reminder).where(reminder.c.id == reminder_id)
    unit.db.execute(row.values(state=state, broadcast_id=broadcast_id))
