"""The door: who came. Attendance is what was checked in, never what was registered (accountability.md 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update

from storage import codes, registrations, seats
from storage.store import Unit
from storage.tables import checkin, person, registration, registration_log, session

DOOR = "door"  # channel of the log for what is noted there


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """Somebody of a session's list."""

    id: int  # of the registration
    code: str
    name: str  # '' for who was noted without a name, or was erased
    state: str
    person_id: int | None
    since: datetime  # of that state
    party: int = 1  # places: theirs and those of who comes along


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of the door's log."""

    result: str  # 'in' | 'refused' | 'undone'
    reason: str  # '' unless refused
    registration_id: int | None
    at: datetime


def by_code(unit: Unit, session_id: int, code: str) -> Guest | None:
    """The guest of this code, as it was typed."""
    return next(iter(_guests(unit, session_id, registration.c.code == codes.clean(code))), None)


def elsewhere(unit: Unit, session_id: int, code: str) -> bool:
    """Whether another session has a place of this code."""
    other = registration.c.session_id != session_id, registration.c.code == codes.clean(code)
    return unit.db.execute(select(registration.c.id).where(*other).limit(1)).first() is not None


def guest(unit: Unit, registration_id: int) -> Guest | None:
    """The guest of this registration."""
    where = select(registration.c.session_id).where(registration.c.id == registration_id)
    session_id = unit.db.execute(where).scalar()
    found = _guests(unit, session_id, registration.c.id == registration_id) if session_id is not None else []
    return next(iter(found), None)


def listed(unit: Unit, session_id: int, *states: str) -> list[Guest]:
    """Guests in these states (all of them when none is named), by code; those without one after them."""
    return _guests(unit, session_id, *((registration.c.state.in_(states),) if states else ()))


def _guests(unit: Unit, session_id: int, *where: Any) -> list[Guest]:
    query = (
        select(registration, person.c.name, seats.party().label("party"))
        .outerjoin(person, person.c.id == registration.c.person_id)
        .where(registration.c.session_id == session_id, seats.ALONE, *where)
        .order_by(registration.c.code.is_(None), registration.c.code, registration.c.id)
    )
    return [
        Guest(
            id=row.id,
            code=row.code or "",
            name=row.name or "",
            state=row.state,
            person_id=row.person_id,
            since=row.changed_at,
            party=row.party,
        )
        for row in unit.db.execute(query)
    ]


def seen(unit: Unit, nonce: str) -> Entry | None:
    """What became of this message, if it was taken before."""
    row = unit.db.execute(select(checkin).where(checkin.c.nonce == nonce)).first()
    return _entry(row) if row else None


def _entry(row: Any) -> Entry:
    return Entry(result=row.result, reason=row.reason or "", registration_id=row.registration_id, at=row.happened_at)


def note(
    unit: Unit,
    session_id: int,
    *,
    nonce: str,
    by: str,
    result: str,
    reason: str | None = None,
    registration_id: int | None = None,
    typed: str = "",
    happened_at: datetime | None = None,
) -> None:
    """A row of the log. `typed` is kept only where it can be a code; `happened_at` of what was noted off line."""
    unit.db.execute(
        checkin.insert().values(
            session_id=session_id,
            registration_id=registration_id,
            raw_code=codes.clean(typed)[:12],
            result=result,
            reason=reason,
            nonce=nonce,
            happened_at=happened_at or unit.now,
            received_at=unit.now,
            by=by,
            offline=happened_at is not None,
        )
    )


def enter(unit: Unit, who: Guest, by: str) -> str:
    """They are in, from any state; their code, drawn now for who had none. A place they gave back is not taken away."""
    session_id = unit.db.execute(select(registration.c.session_id).where(registration.c.id == who.id)).scalar_one()
    registrations.arrive(unit, session_id, who.id, by)
    return str(unit.db.execute(select(registration.c.code).where(registration.c.id == who.id)).scalar_one())


def walk_in(unit: Unit, session_id: int, by: str) -> Guest:
    """Somebody came without a place and gave no permission: a code and nothing of the person."""
    found = guest(unit, registrations.walk_in(unit, session_id, by))
    if found is None:
        raise LookupError("a registration that was just made is gone")
    return found


def take_back(unit: Unit, who: Guest, by: str) -> str:
    """They did not come after all: the state before is theirs again, or for an offer their turn; that state before."""
    log = registration_log
    last = select(log.c.from_state).where(log.c.registration_id == who.id, log.c.to_state == "attended")
    before = unit.db.execute(last.order_by(log.c.id.desc()).limit(1)).scalar() or "cancelled"
    registrations.put_back(unit, who.id, before, by)
    return str(before)


def count(unit: Unit, session_id: int) -> int:
    """People who are in."""
    came = registration.c.session_id == session_id, registration.c.state == "attended"
    return int(unit.db.execute(select(func.count()).select_from(registration).where(*came)).scalar_one())


def by_state(unit: Unit, session_id: int) -> dict[str, int]:
    """State -> people of a session."""
    query = select(registration.c.state, func.count()).where(registration.c.session_id == session_id)
    return {row[0]: row[1] for row in unit.db.execute(query.group_by(registration.c.state))}


def close(unit: Unit, session_id: int, head_count: int | None, by: str) -> int:
    """The session is over: who had a place and was not checked in did not come; how many. Offers end with it."""
    missing = listed(unit, session_id, "registered")
    for who in missing:
        registrations.missed(unit, who.id, by)
    over = {"state": "closed", "head_count": head_count}
    unit.db.execute(update(session).where(session.c.id == session_id).values(over))
    return sum(who.party for who in missing)


def todays(unit: Unit, lab_ids: list[int], since: datetime, until: datetime) -> list[int]:
    """Sessions of these labs whose door may be open between these moments, the earliest first."""
    c = session.c
    open_ = or_(c.state == "published", c.state == "closed")
    query = select(c.id).where(c.lab_id.in_(lab_ids), open_, c.starts_at >= since, c.starts_at < until)
    return list(unit.db.execute(query.order_by(c.starts_at, c.id)).scalars())
