"""The last hours before a session: no place is offered any more, and at its start the waiting list closes.

accountability.md 1.4: with fewer than 3 waking hours left the queue is told how many places are free, first to arrive.
1.5: whoever is left on the list at the start is told.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, exists, select

from storage import reserves
from storage.store import Unit
from storage.tables import registration, session
from storage.waking import offer_deadline

SOON = timedelta(hours=15)  # three waking hours with a night between them
LATE = timedelta(days=1)  # who was not told by then has seen a closed door


def offers_ended(unit: Unit, session_id: int) -> bool:
    """Whether it begins so soon that a place that is given back is offered to nobody any more."""
    meeting = unit.db.execute(select(session.c.starts_at, session.c.tz).where(session.c.id == session_id)).one()
    return offer_deadline(unit.now, meeting.starts_at, ZoneInfo(meeting.tz)) is None


def first_to_arrive(unit: Unit, session_id: int, reserve_id: int | None = None) -> bool:
    """Whether a free place (of this reserve, else in general) is of who arrives first: no offers, and some wait."""
    if not offers_ended(unit, session_id):
        return False
    mine = [registration.c.reserve_id == reserve_id] if reserve_id is not None else []
    return unit.db.execute(select(registration.c.id).where(_waits(session_id), *mine).limit(1)).first() is not None


def free(unit: Unit, session_id: int, reserve_id: int | None = None) -> int:
    """Free places for which nobody is asked any more, for who waits for this reserve, else in general; 0: none."""
    if not first_to_arrive(unit, session_id):
        return 0
    kept = sum(one.left for one in reserves.open_in(unit, session_id) if one.id == reserve_id)
    return max(0, reserves.free(unit, session_id)) + kept


def soon(unit: Unit) -> list[int]:
    """Sessions that begin soon and for which somebody waits."""
    ahead = session.c.starts_at > unit.now, session.c.starts_at <= unit.now + SOON
    return list(unit.db.execute(_with_a_queue("waiting").where(session.c.state == "published", *ahead)).scalars())


def begun(unit: Unit) -> list[int]:
    """Sessions that have begun and on whose list somebody is left."""
    over = session.c.starts_at <= unit.now, session.c.starts_at > unit.now - LATE
    held = session.c.state.in_(("published", "closed"))
    return list(unit.db.execute(_with_a_queue("waiting", "offered").where(held, *over)).scalars())


def _with_a_queue(*states: str) -> Select[Any]:
    left = exists().where(registration.c.session_id == session.c.id, registration.c.state.in_(states))
    return select(session.c.id).where(left).order_by(session.c.id)


def queue(unit: Unit, session_id: int) -> dict[int | None, list[int]]:
    """Who is left on the list: the reserve waited for (None: in general) -> people, in their order."""
    listed = registration.c.state.in_(("waiting", "offered"))
    order = registration.c.queue_key, registration.c.id
    query = select(registration.c.reserve_id, registration.c.person_id).where(registration.c.session_id == session_id)
    found: dict[int | None, list[int]] = {}
    for reserve_id, person_id in unit.db.execute(query.where(listed).order_by(*order)):
        if person_id is not None:
            found.setdefault(reserve_id, []).append(person_id)
    return found


def _waits(session_id: int) -> ColumnElement[bool]:
    return (registration.c.session_id == session_id) & (registration.c.state == "waiting")
