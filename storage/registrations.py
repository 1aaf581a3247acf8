"""Who comes: places, the waiting list, offers of a freed place (accountability.md 1). Capacity is exact.

Every change of a state goes through `_move`, which logs it; every path that frees a place calls `fill_places`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select, update

from storage import codes, reserves
from storage.store import Unit
from storage.tables import contact, offer, registration, registration_log, session
from storage.waking import offer_deadline

HOLDING = reserves.HOLDING
OVER = ("attended", "no_show")  # what an answer that comes late does not change


@dataclass(frozen=True, slots=True)
class Place:
    """What a person has in a session. position: 1 = first in the waiting list, else 0."""

    state: str
    code: str
    position: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A freed place held for somebody until `expires_at`."""

    id: int
    registration_id: int
    person_id: int
    session_id: int
    expires_at: datetime
    told_id: int | None  # the broadcast that told it


def place_of(unit: Unit, session_id: int, person_id: int) -> Place | None:
    """What this person has in this session; None if never asked."""
    row = _row(unit, session_id, person_id)
    return _place(unit, row) if row else None


def would_wait(unit: Unit, session_id: int) -> int:
    """0 when there is a place; else the place in the queue that a newcomer would get. Locks the session."""
    unit.lock(session, session_id)
    return 0 if reserves.free(unit, session_id) > 0 else _waiting(unit, session_id) + 1


def taken(unit: Unit, session_id: int) -> int:
    """Places that are taken or held."""
    return _count(unit, session_id, HOLDING)


def sign_up(
    unit: Unit, session_id: int, person_id: int, channel: str, *, by: str = "person", reserve_id: int | None = None
) -> Place:
    """Take a place, or stand in the queue if there is none. A second request keeps the first place.

    reserve_id: among these reserved places, for which the person said yes; a general one if they are gone meanwhile

    The session's row is locked before the seats are counted: 200 at once for 40 places give exactly 40.
    """
    unit.lock(session, session_id)
    row = _row(unit, session_id, person_id)
    if row is not None and row.state in ("registered", "attended", "waiting"):
        return _place(unit, row)
    if row is not None and row.state == "offered":
        return take_offer(unit, session_id, person_id)
    state, reserve_id = _seat(unit, session_id, reserve_id)
    row_id = row.id if row is not None else _insert(unit, session_id, person_id, state, channel)
    if row is not None:
        _move(unit, row_id, row.state, state, by=by, channel=channel)
    else:
        _log(unit, row_id, None, state, by=by, channel=channel)
    _change(unit, row_id, reserve_id=reserve_id)
    _settle(unit, session_id, row_id, state)
    return _place(unit, _row(unit, session_id, person_id))


def _seat(unit: Unit, session_id: int, reserve_id: int | None) -> tuple[str, int | None]:
    """The state that a newcomer gets, and among which reserved places it counts; waiting keeps its class."""
    if any(one.id == reserve_id for one in reserves.open_in(unit, session_id)):
        return "registered", reserve_id
    return ("registered", None) if reserves.free(unit, session_id) > 0 else ("waiting", reserve_id)


def answer_otherwise(unit: Unit, session_id: int, person_id: int, state: str, channel: str) -> Place | None:
    """'declined' or 'unsure': holds no place; a place held before is freed and offered on."""
    unit.lock(session, session_id)
    row = _row(unit, session_id, person_id)
    if row is None:
        row_id = _insert(unit, session_id, person_id, state, channel)
        _log(unit, row_id, None, state, by="person", channel=channel)
        return None
    if row.state in OVER:
        return None
    target = "cancelled" if row.state == "registered" and state == "declined" else state
    if row.state == "offered":
        _answer_offer(unit, row.id, "no")
    _move(unit, row.id, row.state, target, by="person", channel=channel)
    if row.state in HOLDING:
        fill_places(unit, session_id)
    return None


def cancel(unit: Unit, session_id: int, person_id: int, channel: str, reason: str = "no voy") -> bool:
    """NO VOY: give the place back, leave the queue. Whether there was something to give back."""
    unit.lock(session, session_id)
    row = _row(unit, session_id, person_id)
    if row is None or row.state not in ("registered", "waiting", "offered", "unsure"):
        return False
    if row.state == "offered":
        _answer_offer(unit, row.id, "no")
    target = "cancelled" if row.state == "registered" else "declined"
    _move(unit, row.id, row.state, target, by="person", channel=channel, reason=reason)
    fill_places(unit, session_id)
    return True


def fill_places(unit: Unit, session_id: int) -> None:
    """Offer each free place to the next in the queue; called by every path that frees one. A tick tells them."""
    unit.lock(session, session_id)
    meeting = unit.db.execute(select(session).where(session.c.id == session_id)).one()
    if meeting.state != "published":
        return
    until = offer_deadline(unit.now, meeting.starts_at, ZoneInfo(meeting.tz))
    while until is not None and (row := _next_in_line(unit, session_id)) is not None:
        _move(unit, row.id, "waiting", "offered", by="system", channel=row.channel)
        unit.db.execute(offer.insert().values(registration_id=row.id, made_at=unit.now, expires_at=until))


def take_offer(unit: Unit, session_id: int, person_id: int) -> Place:
    """The person takes the place held for her. After the deadline she stands at the end of the queue."""
    unit.lock(session, session_id)
    row = _row(unit, session_id, person_id)
    live = _live_offer(unit, row.id)
    if row.state == "offered" and live is not None and live.expires_at > unit.now:
        _answer_offer(unit, row.id, "yes")
        _move(unit, row.id, "offered", "registered", by="person", channel=row.channel)
        _settle(unit, session_id, row.id, "registered")
    elif row.state == "offered":
        _expire(unit, row.id, row.channel)
        fill_places(unit, session_id)
    return _place(unit, _row(unit, session_id, person_id))


def expire_offers(unit: Unit) -> set[int]:
    """Offers past their deadline: their people stand at the end of the queue. The sessions where a place is free."""
    past = (offer.c.answer.is_(None), offer.c.expires_at <= unit.now)
    freed: set[int] = set()
    for one in _offers(unit, *past):
        unit.lock(session, one.session_id)
        if _live_offer(unit, one.registration_id) is not None:  # else another process was quicker
            row = unit.db.execute(select(registration).where(registration.c.id == one.registration_id)).one()
            _expire(unit, row.id, row.channel)
            freed.add(one.session_id)
    return freed


def close_offers(unit: Unit, session_id: int, told_by: int) -> None:
    """The session does not take place: nobody holds an offered place. `told_by`: the broadcast that says so."""
    held = registration.c.session_id == session_id, registration.c.state == "offered"
    for row in unit.db.execute(select(registration.c.id, registration.c.channel).where(*held)).all():
        live = offer.c.registration_id == row.id, offer.c.answer.is_(None)
        over = {"answer": "expired", "answered_at": unit.now, "expiry_told_id": told_by}
        unit.db.execute(update(offer).where(*live).values(over))
        _move(unit, row.id, "offered", "waiting", by="system", channel=row.channel)


def untold_offers(unit: Unit) -> list[Offer]:
    """Live offers that nobody was told of, claimed by this process."""
    return _offers(unit, offer.c.answer.is_(None), offer.c.broadcast_id.is_(None))


def untold_expiries(unit: Unit) -> list[Offer]:
    """Offers that ran out and whose person does not know yet, claimed by this process."""
    known = offer.c.broadcast_id.is_not(None)  # an offer that nobody heard of need not be taken back
    return _offers(unit, offer.c.answer == "expired", offer.c.expiry_told_id.is_(None), known)


def _offers(unit: Unit, *which: ColumnElement[bool]) -> list[Offer]:
    query = (
        select(
            offer.c.id,
            offer.c.registration_id,
            registration.c.person_id,
            registration.c.session_id,
            offer.c.expires_at,
            offer.c.broadcast_id,
        )
        .join(registration, registration.c.id == offer.c.registration_id)
        .where(*which, registration.c.person_id.is_not(None))
        .order_by(offer.c.id)
        .with_for_update(of=offer, skip_locked=True)
    )
    return [Offer(*row) for row in unit.db.execute(query)]


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


# --- at the door ---------------------------------------------------------------------------------------------------


def arrive(unit: Unit, session_id: int, registration_id: int, by: str) -> None:
    """They are here: attended, from any state, even beyond capacity; who had no code gets one."""
    unit.lock(session, session_id)
    row = unit.db.execute(select(registration).where(registration.c.id == registration_id)).one()
    if row.state == "offered":
        _answer_offer(unit, row.id, "yes")
    _move(unit, row.id, row.state, "attended", by=by, channel="door")
    _settle(unit, session_id, row.id, "attended")


def walk_in(unit: Unit, session_id: int, by: str) -> int:
    """Somebody without a place and without a name; the registration's id."""
    unit.lock(session, session_id)
    values = {"session_id": session_id, "person_id": None, "state": "attended", "source": "walk_in", "channel": "door"}
    made = registration.insert().values(**values, created_at=unit.now, changed_at=unit.now)
    row_id = int(unit.db.execute(made.returning(registration.c.id)).scalar_one())
    _log(unit, row_id, None, "attended", by=by, channel="door")
    _settle(unit, session_id, row_id, "attended")
    return row_id


def put_back(unit: Unit, registration_id: int, state: str, by: str) -> None:
    """They did not come after all."""
    _move(unit, registration_id, "attended", state, by=by, channel="door")


def missed(unit: Unit, registration_id: int, by: str) -> None:
    """The session is over and they had a place."""
    _move(unit, registration_id, "registered", "no_show", by=by, channel="door")


# --- inside --------------------------------------------------------------------------------------------------------


def _row(unit: Unit, session_id: int, person_id: int) -> Any:
    query = select(registration).where(registration.c.session_id == session_id, registration.c.person_id == person_id)
    return unit.db.execute(query).first()


def _count(unit: Unit, session_id: int, states: tuple[str, ...]) -> int:
    query = select(func.count()).where(registration.c.session_id == session_id, registration.c.state.in_(states))
    return unit.db.execute(query).scalar_one()


def _waiting(unit: Unit, session_id: int) -> int:
    return _count(unit, session_id, ("waiting",))


def _next_in_line(unit: Unit, session_id: int) -> Any:
    """Who gets the next free place: whoever waits for a reserved one that is free, else the first for a general one."""
    for one in reserves.open_in(unit, session_id):
        if (row := _first_waiting(unit, session_id, registration.c.reserve_id == one.id)) is not None:
            return row
    row = _first_waiting(unit, session_id) if reserves.free(unit, session_id) > 0 else None
    if row is not None:
        _change(unit, row.id, reserve_id=None)
    return row


def _first_waiting(unit: Unit, session_id: int, *which: ColumnElement[bool]) -> Any:
    query = select(registration).where(registration.c.session_id == session_id, registration.c.state == "waiting")
    query = query.where(*which)
    return unit.db.execute(query.order_by(registration.c.queue_key, registration.c.id).limit(1)).first()


def _insert(unit: Unit, session_id: int, person_id: int, state: str, channel: str) -> int:
    values = {"session_id": session_id, "person_id": person_id, "state": state, "channel": channel}
    made = registration.insert().values(**values, created_at=unit.now, changed_at=unit.now)
    return int(unit.db.execute(made.returning(registration.c.id)).scalar_one())


def _settle(unit: Unit, session_id: int, registration_id: int, state: str) -> None:
    """A place gets its code, a wait its turn in the queue."""
    if state == "waiting":
        return _to_end_of_queue(unit, session_id, registration_id)
    row = unit.db.execute(select(registration.c.code).where(registration.c.id == registration_id)).one()
    if row.code is None:
        _change(unit, registration_id, code=_new_code(unit, session_id), queue_key=None)
    else:
        _change(unit, registration_id, queue_key=None)
    return None


def _new_code(unit: Unit, session_id: int) -> str:
    capacity = unit.db.execute(select(session.c.capacity).where(session.c.id == session_id)).scalar_one()
    query = select(registration.c.code).where(registration.c.session_id == session_id, registration.c.code.is_not(None))
    length = 5 if (capacity or 0) > 1000 else 4
    return codes.draw_apart(unit.rng, unit.db.execute(query).scalars().all(), length)


def _to_end_of_queue(unit: Unit, session_id: int, registration_id: int) -> None:
    query = select(func.coalesce(func.max(registration.c.queue_key), 0)).where(registration.c.session_id == session_id)
    _change(unit, registration_id, queue_key=unit.db.execute(query).scalar_one() + 1)


def _change(unit: Unit, registration_id: int, **values: object) -> None:
    unit.db.execute(update(registration).where(registration.c.id == registration_id).values(**values))


def _move(
    unit: Unit, registration_id: int, before: str, after: str, *, by: str, channel: str, reason: str | None = None
) -> None:
    if before == after:
        return
    _change(unit, registration_id, state=after, changed_at=unit.now)
    _log(unit, registration_id, before, after, by=by, channel=channel, reason=reason)


def _log(
    unit: Unit,
    registration_id: int,
    before: str | None,
    after: str,
    *,
    by: str,
    channel: str,
    reason: str | None = None,
) -> None:
    row = {"from_state": before, "to_state": after, "at": unit.now, "by": by, "channel": channel, "reason": reason}
    unit.db.execute(registration_log.insert().values(registration_id=registration_id, **row))


def _live_offer(unit: Unit, registration_id: int) -> Any:
    query = select(offer).where(offer.c.registration_id == registration_id, offer.c.answer.is_(None))
    return unit.db.execute(query).first()


def _answer_offer(unit: Unit, registration_id: int, answer: str) -> None:
    query = update(offer).where(offer.c.registration_id == registration_id, offer.c.answer.is_(None))
    unit.db.execute(query.values(answer=answer, answered_at=unit.now))


def _expire(unit: Unit, registration_id: int, channel: str) -> None:
    _answer_offer(unit, registration_id, "expired")
    _move(unit, registration_id, "offered", "waiting", by="system", channel=channel, reason="sin respuesta")
    session_id = unit.db.execute(
        select(registration.c.session_id).where(registration.c.id == registration_id)
    ).scalar_one()
    _to_end_of_queue(unit, session_id, registration_id)


def _place(unit: Unit, row: Any) -> Place:
    return Place(row.state, row.code or "", _position(unit, row) if row.state == "waiting" else 0)


def _position(unit: Unit, row: Any) -> int:
    query = select(func.count()).where(
        registration.c.session_id == row.session_id,
        registration.c.state == "waiting",
        registration.c.queue_key < row.queue_key,
    )
    return unit.db.execute(query).scalar_one() + 1
