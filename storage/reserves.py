"""Places kept for some, set before a session opens and shown to all: 'quien viene con niños' (accountability.md 1.2).

Never by who a person is. One place counts once: a reserved one that somebody took is not free in general either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, func, select, update

from storage.store import Unit
from storage.tables import registration, reserve, session
from storage.upsert import insert_once

ENDLESS = 1_000_000  # places where there is no limit
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


_OF_SESSION = (
    select(reserve.c.id, reserve.c.label, reserve.c.places, func.count(registration.c.id))
    .outerjoin(registration, and_(registration.c.reserve_id == reserve.c.id, registration.c.state.in_(HOLDING)))
    .where(reserve.c.session_id == bindparam("session"))
    .group_by(reserve.c.id, reserve.c.label, reserve.c.places)
    .order_by(reserve.c.id)
)
_CAPACITY = select(session.c.capacity).where(session.c.id == bindparam("row"))
_HELD = select(func.count()).where(registration.c.session_id == bindparam("session"), registration.c.state.in_(HOLDING))


def of_session(unit: Unit, session_id: int) -> list[Reserve]:
    """All of a session, in the order of the plan; call it with the session locked where a place is given."""
    rows = unit.db.execute(_OF_SESSION, {"session": session_id})
    return [Reserve(id=i, label=label, places=n, taken=taken) for i, label, n, taken in rows]


def free(unit: Unit, session_id: int) -> int:
    """Places in general: capacity - reserved unclaimed - taken - offered. ENDLESS where there is no limit."""
    left = room(unit, session_id)
    return left if left == ENDLESS else left - sum(one.left for one in of_session(unit, session_id))


def room(unit: Unit, session_id: int) -> int:
    """Places of all kinds that nobody has or is offered. ENDLESS where there is no limit."""
    capacity = _capacity(unit, session_id)
    return ENDLESS if capacity is None else capacity - _held(unit, session_id)


def most_together(unit: Unit, session_id: int) -> int:
    """So many could ever have places together, were the room empty: in general, or among one reserve."""
    capacity = _capacity(unit, session_id)
    if capacity is None:
        return ENDLESS
    kept = [one.places for one in of_session(unit, session_id)]
    return max(0, capacity - sum(kept), *(min(places, capacity) for places in kept))


def open_in(unit: Unit, session_id: int, party: int = 1) -> list[Reserve]:
    """Reserves with so many places left that fit into the room."""
    fits = room(unit, session_id) >= party
    return [one for one in of_session(unit, session_id) if one.left >= party] if fits else []


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
    found: int | None = unit.db.execute(_CAPACITY, {"row": session_id}).scalar_one()
    return found


def _held(unit: Unit, session_id: int) -> int:
    return unit.db.execute(_HELD, {"session": session_id}).scalar_one()
