"""What one person has in the sessions to come, and whether she is reminded of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update

from storage.store import Unit
from storage.tables import contact, registration, session


def ahead(unit: Unit, person_id: int) -> list[int]:
    """Sessions to come in which this person has a place, waits, or was not sure."""
    return list(unit.db.execute(_places_in(unit, person_id, "published", session.c.id)).scalars())


def called_off(unit: Unit, person_id: int) -> str | None:
    """Code of the next session that this person meant to come to and that does not take place."""
    return unit.db.execute(_places_in(unit, person_id, "cancelled", session.c.code)).scalar()


def _places_in(unit: Unit, person_id: int, state: str, column: ColumnElement[Any]) -> Select[Any]:
    return (
        select(column)
        .join(registration, registration.c.session_id == session.c.id)
        .where(registration.c.person_id == person_id, session.c.starts_at > unit.now, session.c.state == state)
        .where(registration.c.state.in_(("registered", "waiting", "offered", "unsure")))
        .order_by(session.c.starts_at)
    )


def without_reminders(unit: Unit, person_id: int) -> int:
    """No reminders for this person's places; how many places."""
    query = update(registration).where(registration.c.person_id == person_id)
    return unit.db.execute(query.values(reminders=False)).rowcount


def shared(unit: Unit, address_id: int) -> bool:
    """Whether several people use this address."""
    query = select(func.count()).where(contact.c.address_id == address_id)
    return unit.db.execute(query).scalar_one() > 1


def begins(unit: Unit, address_id: int, session_id: int, person_id: int) -> str:
    """What her code in this session begins with, where others read along: a letter, two where another code of the
    phone begins alike; '' without a code."""
    query = select(registration.c.person_id, registration.c.code).where(registration.c.session_id == session_id)
    mine = query.join(contact, contact.c.person_id == registration.c.person_id)
    found = {row.person_id: row.code or "" for row in unit.db.execute(mine.where(contact.c.address_id == address_id))}
    code = found.pop(person_id, "")
    return code[: 2 if code[:1] in {other[:1] for other in found.values()} else 1]
