"""What people need in order to come: a list for the day of the meeting, erased 7 days after it (accountability.md 1.8).

Never who somebody is, only what is to be prepared; the team reads counts, without names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, delete, exists, func, literal, select

from storage.audiences import ALL
from storage.store import Unit
from storage.tables import broadcast, need, recipient, registration, session
from storage.upsert import insert_once

KEPT = timedelta(days=7)  # after the meeting
NOTHING = "nothing"
COMING = ("registered", "attended")
ASKED = "remind:{code}:needs:"  # how the question's broadcasts begin


def erase_on(starts_at: datetime, tz: str) -> date:
    """The day on which the needs for a meeting are erased, there."""
    return starts_at.astimezone(ZoneInfo(tz)).date() + KEPT


def note(unit: Unit, session_id: int, person_id: int, kind: str) -> bool:
    """Keep it with her place; 'nothing' takes back what was said before. False: she has no place there."""
    unit.lock(session, session_id)
    mine = registration.c.session_id == session_id, registration.c.person_id == person_id
    row = unit.db.execute(select(registration.c.id).where(*mine, registration.c.state.in_(COMING))).first()
    if row is None:
        return False
    meeting = unit.db.execute(select(session.c.starts_at, session.c.tz).where(session.c.id == session_id)).one()
    other = need.c.kind != NOTHING if kind == NOTHING else need.c.kind == NOTHING
    unit.db.execute(delete(need).where(need.c.registration_id == row.id, other))
    until = erase_on(meeting.starts_at, meeting.tz)
    fresh = {"registration_id": row.id, "kind": kind, "at": unit.now, "erase_on": until}
    insert_once(unit, need, fresh, "registration_id", "kind")
    return True


def counts(unit: Unit) -> Mapping[int, Mapping[str, int]]:
    """Session -> kind -> people who are coming; who needs nothing is left out."""
    query = (
        select(registration.c.session_id, need.c.kind, func.count())
        .join(registration, registration.c.id == need.c.registration_id)
        .where(registration.c.state.in_(COMING), need.c.kind != NOTHING)
        .group_by(registration.c.session_id, need.c.kind)
        .order_by(need.c.kind)
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for session_id, kind, people in unit.db.execute(query):
        found[session_id][kind] = people
    return found


def place(unit: Unit, person_id: int) -> str | None:
    """Code of the next meeting in which this person has a place."""
    query = (
        select(session.c.code)
        .join(registration, registration.c.session_id == session.c.id)
        .where(registration.c.person_id == person_id, registration.c.state == "registered")
        .where(session.c.state == "published", session.c.starts_at > unit.now)
    )
    return unit.db.execute(query.order_by(session.c.starts_at).limit(1)).scalar()


def unasked(session_id: int, code: str) -> Select[Any]:
    """(person_id, grp) of those with a place who want to be reminded, said nothing, and were not asked before."""
    asked = (
        select(recipient.c.person_id)
        .join(broadcast, broadcast.c.id == recipient.c.broadcast_id)
        .where(broadcast.c.session_id == session_id, broadcast.c.idem.startswith(ASKED.format(code=code)))
        .where(recipient.c.state != "skipped", recipient.c.person_id.is_not(None))
    )
    return select(registration.c.person_id, literal(ALL).label("grp")).where(
        registration.c.session_id == session_id,
        registration.c.state == "registered",
        registration.c.reminders,
        registration.c.person_id.is_not(None),
        ~exists().where(need.c.registration_id == registration.c.id),
        registration.c.person_id.not_in(asked),
    )


def forget(unit: Unit) -> int:
    """The tick: what was needed goes on its day."""
    return unit.db.execute(delete(need).where(need.c.erase_on <= unit.now.date())).rowcount


def drop_of(unit: Unit, person_ids: Sequence[int]) -> None:
    """These people are erased, and what they needed with them."""
    theirs = select(registration.c.id).where(registration.c.person_id.in_(person_ids))
    unit.db.execute(delete(need).where(need.c.registration_id.in_(theirs)))
