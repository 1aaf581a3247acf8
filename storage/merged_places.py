"""Two people of ours are one: of two places in a meeting the better stays hers, and the other is free (voting.md 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, select, update

from storage import registrations, seats
from storage.store import Unit
from storage.tables import need, registration, session

_BETTER = ("attended", "registered", "offered", "waiting", "unsure", "no_show", "cancelled", "declined", "invited")
JOINED = "otro teléfono de la misma persona"


def merge(unit: Unit, keep: int, gone: int) -> list[int]:
    """`gone`'s places become `keep`'s; ids of those of which there was one. The log of each says what became of it."""
    query = select(registration.c.session_id).where(registration.c.person_id == gone)
    return [id for one in sorted(unit.db.execute(query).scalars()) for id in _in_one(unit, one, keep, gone)]


def _in_one(unit: Unit, session_id: int, keep: int, gone: int) -> list[int]:
    unit.lock(session, session_id)
    both = registration.c.session_id == session_id, registration.c.person_id.in_((keep, gone))
    query = select(registration, seats.party().label("party")).where(*both)
    rows: Sequence[Row[Any]] = unit.db.execute(query).all()
    if len(rows) == 1:
        seats.change(unit, rows[0].id, person_id=keep)
        return [rows[0].id]
    better, other = sorted(rows, key=_rank)
    registrations.cancel(unit, session_id, other.person_id, other.channel, JOINED)
    _needs(unit, better.id, other.id)
    seats.change(unit, better.id, reminders=all(row.reminders for row in rows))
    for row, person_id in ((other, None), (better, keep), (other, gone)):  # one of a meeting and a person at a time
        seats.change(unit, row.id, person_id=person_id)
    return []


def _rank(row: Row[Any]) -> tuple[int, int, int, int]:
    """A place before a wait; of two the one for more people, then the one nearer to the head of the queue."""
    return _BETTER.index(row.state), -int(row.party), row.queue_key or 0, row.id


def _needs(unit: Unit, better_id: int, other_id: int) -> None:
    """What she needs in order to come she needs whichever place it is."""
    known = select(need.c.kind).where(need.c.registration_id == better_id)
    theirs = need.c.registration_id == other_id
    unit.db.execute(delete(need).where(theirs, need.c.kind.in_(known)))
    unit.db.execute(update(need).where(theirs).values(registration_id=better_id))


def part(unit: Unit, keep: int, gone: int, moved: Sequence[int]) -> None:
    """The way back of places of which there was one; of two a human looks."""
    mine = registration.c.id.in_(moved), registration.c.person_id == keep
    unit.db.execute(update(registration).where(*mine).values(person_id=gone))
