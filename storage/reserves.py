"""Places kept for some, set before a session opens and shown to all: 'quien viene con niños' (accountability.md 1.2).

Never by who a person is. One place counts once: a reserved one that somebody took is not free in general either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import and_, func, select, update

from storage.store import Unit
from storage.tables import registration, reserve, session
from storage.upsert import insert_once

HOLDING = ("registered", "attended", "offered")  # states that occupy a place


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """So many places for these, and how many of them somebody has or is offered."""

    id: int
    label: str
    places: int
    taken: int

    @property
    def left(self) -> int:
        """Places that nobody has claimed."""
        return max(0, self.places - self.taken)


def of_session(unit: Unit, session_id: int) -> list[Reserve]:
    """All of a session, in the order of the plan; call it with the session locked where a place is given."""
    held = and_(registration.c.reserve_id == reserve.c.id, registration.c.state.in_(HOLDING))
    query = (
        select(reserve.c.id, reserve.c.label, reserve.c.places, func.count(registration.c.id))
        .outerjoin(registration, held)
        .where(reserve.c.session_id == session_id)
        .group_by(reserve.c.id, reserve.c.label, reserve.c.places)
        .order_by(reserve.c.id)
    )
    return [Reserve(id=i, label=label, places=n, taken=taken) for i, label, n, taken in unit.db.execute(query)]


def free(unit: Unit, session_id: int) -> int:
    """Places in general: capacity - reserved unclaimed - taken - offered. 1 where there is no limit."""
    capacity = _capacity(unit, session_id)
    if capacity is None:
        return 1
    unclaimed = sum(one.left for one in of_session(unit, session_id))
    return capacity - unclaimed - _held(unit, session_id)


def open_in(unit: Unit, session_id: int) -> list[Reserve]:
    """Reserves with a place left that fits into the room."""
    capacity = _capacity(unit, session_id)
    room = 1 if capacity is None else capacity - _held(unit, session_id)
    return [one for one in of_session(unit, session_id) if one.left > 0] if room > 0 else []


def write(unit: Unit, session_id: int, wanted: Mapping[str, int], *, lower_only: bool) -> tuple[bool, bool]:
    """Make the reserves those of the plan: label -> places; one that is not named holds none.

    lower_only: the session is open, and what was promised to all is not taken from them. (changed, something refused)
    """
    unit.lock(session, session_id)
    known = {one.label: one for one in of_session(unit, session_id)}
    changed = refused = False
    for label in (*known, *(label for label in wanted if label not in known)):
        places, before = wanted.get(label, 0), known[label].places if label in known else 0
        if places == before or (lower_only and places > before):
            refused = refused or places != before
            continue
        changed = True
        if label in known:
            unit.db.execute(update(reserve).where(reserve.c.id == known[label].id).values(places=places))
        else:
            fresh = {"session_id": session_id, "label": label, "places": places}
            insert_once(unit, reserve, fresh, "session_id", "label")
    return changed, refused


def _capacity(unit: Unit, session_id: int) -> int | None:
    found: int | None = unit.db.execute(select(session.c.capacity).where(session.c.id == session_id)).scalar_one()
    return found


def _held(unit: Unit, session_id: int) -> int:
    mine = registration.c.session_id == session_id, registration.c.state.in_(HOLDING)
    return unit.db.execute(select(func.count()).select_from(registration).where(*mine)).scalar_one()
