"""What one person has in the sessions to come, and whether she is reminded of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, update

from storage import broadcasts
from storage.store import Unit
from storage.tables import contact, offer, person, registration, session


def ahead(unit: Unit, person_id: int) -> list[int]:
    """Sessions to come in which this person has a place, waits, or was not sure."""
    return list(unit.db.execute(_places_in(unit, person_id, "published", session.c.id)).scalars())


def called_off(unit: Unit, person_id: int) -> str | None:
    """Code of the next session that this person meant to come to and that does not take place."""
    return unit.db.execute(_places_in(unit, person_id, "cancelled", session.c.code)).scalar()


def arrived(unit: Unit, person_id: int) -> bool:
    """Whether she was let in at a session that is not closed yet."""
    inside = registration.c.person_id == person_id, registration.c.state == "attended"
    query = select(registration.c.id).join(session, session.c.id == registration.c.session_id)
    return unit.db.execute(query.where(*inside, session.c.state == "published").limit(1)).first() is not None


def _places_in(unit: Unit, person_id: int, state: str, column: ColumnElement[Any]) -> Select[Any]:
    return (
        select(column)
        .join(registration, registration.c.session_id == session.c.id)
        .where(registration.c.person_id == person_id, session.c.starts_at > unit.now, session.c.state == state)
        .where(registration.c.state.in_(("registered", "waiting", "offered", "unsure")))
        .order_by(session.c.starts_at)
    )


def answered_since(unit: Unit, session_id: int, person_id: int, at: datetime) -> bool:
    """Whether this person has said after that moment if she comes."""
    mine = registration.c.session_id == session_id, registration.c.person_id == person_id
    said = select(registration.c.id).where(*mine, registration.c.state != "invited", registration.c.changed_at > at)
    return unit.db.execute(said).first() is not None


def held_until(unit: Unit, session_id: int, person_id: int) -> datetime | None:
    """Until when a freed place of this session is held for this person; None: none is."""
    return unit.db.execute(_held(session_id, person_id, offer.c.expires_at)).scalar()


def asked(unit: Unit, session_id: int, person_id: int) -> None:
    """She is asked in a talk of hers whether she takes it: the clock asks no more, nor a message that has not left."""
    live = unit.db.execute(_held(session_id, person_id, offer.c.id, offer.c.broadcast_id)).first()
    if live is None:
        return
    unit.db.execute(update(offer).where(offer.c.id == live.id).values(asked_at=unit.now))
    if live.broadcast_id is not None:
        broadcasts.withhold(unit, "asked", person_id=person_id, broadcast_ids=[live.broadcast_id])


def _held(session_id: int, person_id: int, *columns: ColumnElement[Any]) -> Select[Any]:
    mine = registration.c.session_id == session_id, registration.c.person_id == person_id
    live = offer.c.answer.is_(None), registration.c.state == "offered"
    return select(*columns).join(registration, registration.c.id == offer.c.registration_id).where(*mine, *live)


def remind(unit: Unit, person_id: int, wanted: bool) -> None:
    """Whether this person is reminded of the places that she has, and of those that she will have."""
    theirs = update(registration).where(registration.c.person_id == person_id)
    unit.db.execute(theirs.values(reminders=wanted))
    unit.db.execute(update(person).where(person.c.id == person_id).values(reminders=wanted))


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
