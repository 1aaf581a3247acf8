"""Who comes: places, the waiting list, offers of a freed place (accountability.md 1). Capacity is exact.

Every change of a state goes through `seats.move`, which logs it; every path that frees a place calls `fill_places`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, bindparam, func, select, update

from storage import labs, last_places, reach, reserves, seats
from storage.store import Unit
from storage.tables import offer, registration, session
from storage.waking import offer_deadline

HOLDING = reserves.HOLDING
OVER = ("attended", "no_show")  # what an answer that comes late does not change


@dataclass(frozen=True, slots=True)
class Place:
    """What a person has in a session. position: 1 = first in the waiting list, else 0; party: how many places."""

    state: str
    code: str
    position: int
    party: int = 1


@dataclass(frozen=True, slots=True)
class Offer:
    """A freed place held for somebody until `expires_at`."""

    id: int
    registration_id: int
    person_id: int
    session_id: int
    expires_at: datetime
    told_id: int | None  # the broadcast that told it
    party: int = 1  # so many places


def place_of(unit: Unit, session_id: int, person_id: int) -> Place | None:
    """What this person has in this session; None if never asked."""
    row = _row(unit, session_id, person_id)
    return _place(unit, row) if row else None


def would_wait(unit: Unit, session_id: int, party: int = 1) -> int:
    """0 when there are so many places; else the place in the queue that a newcomer would get. Locks the session."""
    unit.lock(session, session_id)
    return 0 if _place_for_newcomers(unit, session_id, party) else _waiting(unit, session_id) + 1


def taken(unit: Unit, session_id: int) -> int:
    """Places that are taken or held."""
    return _count(unit, session_id, HOLDING)


def sign_up(
    unit: Unit,
    session_id: int,
    person_id: int,
    channel: str,
    *,
    by: str = "person",
    reserve_id: int | None = None,
    party: int = 1,
) -> Place:
    """Take a place, or stand in the queue if there is none. A second request keeps the first place.

    reserve_id: among these reserved places, for which the person said yes; a general one if they are gone meanwhile
    party: so many places, for her and who comes with her: all of them or none

    Where nobody takes a place any more nothing is stored, and the state says why (`labs.shut`).
    The session's row is locked before the seats are counted: 200 at once for 40 places give exactly 40.
    """
    unit.lock(session, session_id)
    row = _row(unit, session_id, person_id)
    if row is not None and row.state in ("registered", "attended", "waiting"):
        return _place(unit, row)
    if row is not None and row.state == "offered":
        return take_offer(unit, session_id, person_id)
    if why := labs.shut(unit, session_id):
        return Place(why, "", 0)
    state, reserve_id = _seat(unit, session_id, reserve_id, party)
    row_id = row.id if row is not None else seats.insert(unit, session_id, person_id, state, channel)
    if row is not None:
        seats.move(unit, row_id, row.state, state, by=by, channel=channel)
    else:
        seats.log(unit, row_id, None, state, by=by, channel=channel)
    seats.count_among(unit, row_id, reserve_id)
    seats.settle(unit, session_id, row_id, state)
    seats.bring(unit, row_id, party - 1, by)
    return _place(unit, _row(unit, session_id, person_id))


def _seat(unit: Unit, session_id: int, reserve_id: int | None, party: int) -> tuple[str, int | None]:
    """The state that newcomers get, and among which reserved places they count; waiting keeps its class."""
    theirs = reserves.open_in(unit, session_id, party) if reserve_id is not None else []
    kept = any(one.id == reserve_id for one in theirs)
    if kept and not last_places.first_to_arrive(unit, session_id, reserve_id):
        return "registered", reserve_id
    return ("registered", None) if _place_for_newcomers(unit, session_id, party) else ("waiting", reserve_id)


def _place_for_newcomers(unit: Unit, session_id: int, party: int) -> bool:
    """So many in general; not while others wait for whom no offer is made any more."""
    return reserves.free(unit, session_id) >= party and not last_places.first_to_arrive(unit, session_id)


def resize(unit: Unit, session_id: int, person_id: int, party: int, channel: str) -> int:
    """So many places for who has one or waits, all of them or none: how many are missing, 0 when it is done.

    Who waits keeps her place in the queue.
    """
    unit.lock(session, session_id)
    row = _row(unit, session_id, person_id)
    if row is None or row.state not in ("registered", "waiting"):
        raise LookupError("this person neither has a place nor waits for one")
    more = party - seats.party_of(unit, row.id)
    if row.state == "registered" and more > 0:
        missing = more - _free_among(unit, session_id, row.reserve_id)
        if missing > 0:
            return missing
    seats.bring(unit, row.id, more, "person")
    if more < 0:
        seats.let_go(unit, row.id, "person", channel, -more)
        fill_places(unit, session_id)
    return 0


def _free_among(unit: Unit, session_id: int, reserve_id: int | None) -> int:
    """Places for who has one already: of the same kind, and of nobody who waits."""
    if last_places.first_to_arrive(unit, session_id, reserve_id):
        return 0
    if reserve_id is None:
        return max(0, reserves.free(unit, session_id))
    left = next(one.left for one in reserves.of_session(unit, session_id) if one.id == reserve_id)
    return max(0, min(left, reserves.room(unit, session_id)))


def answer_otherwise(unit: Unit, session_id: int, person_id: int, state: str, channel: str) -> Place | None:
    """'declined' or 'unsure': holds no place; a place held before is freed and offered on. Nothing once it began."""
    unit.lock(session, session_id)
    row = _row(unit, session_id, person_id)
    if labs.begun(unit, session_id):
        return None
    if row is None:
        row_id = seats.insert(unit, session_id, person_id, state, channel)
        seats.log(unit, row_id, None, state, by="person", channel=channel)
        return None
    if row.state in OVER:
        return None
    target = "cancelled" if row.state == "registered" and state == "declined" else state
    if row.state == "offered":
        _answer_offer(unit, row.id, "no")
    seats.let_go(unit, row.id, "person", channel)
    seats.move(unit, row.id, row.state, target, by="person", channel=channel)
    if row.state in HOLDING:
        fill_places(unit, session_id)
    return None


def cancel(unit: Unit, session_id: int, person_id: int, channel: str, reason: str = "no voy") -> bool:
    """NO VOY: give the place back, leave the queue. Whether there was something to give back, and still time to."""
    return not labs.begun(unit, session_id) and give_back(unit, session_id, person_id, channel, reason)


def give_back(unit: Unit, session_id: int, person_id: int, channel: str, reason: str) -> bool:
    """The same of any session, also of one that has begun: two rows of one person become one."""
    unit.lock(session, session_id)
    row = _row(unit, session_id, person_id)
    if row is None or row.state not in ("registered", "waiting", "offered", "unsure"):
        return False
    if row.state == "offered":
        _answer_offer(unit, row.id, "no")
    target = "cancelled" if row.state == "registered" else "declined"
    seats.let_go(unit, row.id, "person", channel)
    seats.move(unit, row.id, row.state, target, by="person", channel=channel, reason=reason)
    fill_places(unit, session_id)
    return True


def fill_places(unit: Unit, session_id: int) -> None:
    """Offer each free place to the next in the queue; called by every path that frees one. A tick tells them."""
    unit.lock(session, session_id)
    meeting = unit.db.execute(select(session).where(session.c.id == session_id)).one()
    if meeting.state != "published":
        return
    until = offer_deadline(unit.now, meeting.starts_at, ZoneInfo(meeting.tz))
    while until is not None and (found := _next_in_line(unit, session_id)) is not None:
        row, reserve_id = found
        seats.move(unit, row.id, "waiting", "offered", by="system", channel=row.channel)
        seats.count_among(unit, row.id, reserve_id)
        kept = None if reserve_id else row.reserve_id  # who lets a place in general pass still waits for a reserved one
        held = {"registration_id": row.id, "reserve_id": kept}
        unit.db.execute(offer.insert().values(made_at=unit.now, expires_at=until, **held))


def take_offer(unit: Unit, session_id: int, person_id: int) -> Place:
    """The person takes the place held for her. After the deadline she stands at the end of the queue."""
    unit.lock(session, session_id)
    row = _row(unit, session_id, person_id)
    live = _live_offer(unit, row.id)
    if row.state == "offered" and (why := labs.shut(unit, session_id)):
        return Place(why, "", 0)
    if row.state == "offered" and live is not None and live.expires_at > unit.now:
        _answer_offer(unit, row.id, "yes")
        seats.move(unit, row.id, "offered", "registered", by="person", channel=row.channel)
        seats.settle(unit, session_id, row.id, "registered")
    elif row.state == "offered":
        _expire(unit, row)
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
            _expire(unit, row)
            freed.add(one.session_id)
    return freed


def close_offers(unit: Unit, session_id: int, told_by: int) -> None:
    """The session does not take place: nobody holds an offered place. `told_by`: the broadcast that says so."""
    held = registration.c.session_id == session_id, registration.c.state == "offered"
    for row in unit.db.execute(select(registration.c.id, registration.c.channel).where(*held)).all():
        live = offer.c.registration_id == row.id, offer.c.answer.is_(None)
        over = {"answer": "expired", "answered_at": unit.now, "expiry_told_id": told_by}
        seats.wait_for_the_same(unit, row.id)
        unit.db.execute(update(offer).where(*live).values(over))
        seats.move(unit, row.id, "offered", "waiting", by="system", channel=row.channel)


def untold_offers(unit: Unit) -> list[Offer]:
    """Live offers that nobody was told of, claimed by this process."""
    return _offers(unit, offer.c.answer.is_(None), offer.c.broadcast_id.is_(None), offer.c.asked_at.is_(None))


def untold_expiries(unit: Unit) -> list[Offer]:
    """Offers that ran out and whose person does not know yet, claimed by this process."""
    known = offer.c.broadcast_id.is_not(None) | offer.c.asked_at.is_not(None)  # of another nobody has heard
    return _offers(unit, offer.c.answer == "expired", offer.c.expiry_told_id.is_(None), known)


def _offers(unit: Unit, *which: ColumnElement[bool]) -> list[Offer]:
    whose = registration.c.person_id, registration.c.session_id
    query = (
        select(offer.c.id, offer.c.registration_id, *whose, offer.c.expires_at, offer.c.broadcast_id, seats.party())
        .join(registration, registration.c.id == offer.c.registration_id)
        .where(*which, registration.c.person_id.is_not(None))
        .order_by(offer.c.id)
        .with_for_update(of=offer, skip_locked=True)
    )
    return [Offer(*row) for row in unit.db.execute(query)]


# --- at the door ---------------------------------------------------------------------------------------------------


def arrive(unit: Unit, session_id: int, registration_id: int, by: str) -> None:
    """They are here: attended, from any state, even beyond capacity; who had no code gets one."""
    unit.lock(session, session_id)
    row = unit.db.execute(select(registration).where(registration.c.id == registration_id)).one()
    if row.state == "offered":
        _answer_offer(unit, row.id, "yes")
    seats.move(unit, row.id, row.state, "attended", by=by, channel="door")
    seats.settle(unit, session_id, row.id, "attended")


def walk_in(unit: Unit, session_id: int, by: str) -> int:
    """Somebody without a place and without a name; the registration's id."""
    unit.lock(session, session_id)
    row_id = seats.insert(unit, session_id, None, "attended", "door", source="walk_in")
    seats.log(unit, row_id, None, "attended", by=by, channel="door")
    seats.settle(unit, session_id, row_id, "attended")
    return row_id


def put_back(unit: Unit, registration_id: int, state: str, by: str) -> None:
    """They did not come after all. Who waited, or was offered a place, stands in her turn and is offered a free one."""
    row = unit.db.execute(select(registration).where(registration.c.id == registration_id)).one()
    unit.lock(session, row.session_id)
    if state == "offered":
        seats.wait_for_the_same(unit, row.id)
        state = "waiting"
    seats.move(unit, row.id, "attended", state, by=by, channel="door")
    fill_places(unit, row.session_id)


def missed(unit: Unit, registration_id: int, by: str) -> None:
    """The session is over and they had a place."""
    seats.move(unit, registration_id, "registered", "no_show", by=by, channel="door")


# --- inside --------------------------------------------------------------------------------------------------------


_ROW = select(registration).where(
    registration.c.session_id == bindparam("session"), registration.c.person_id == bindparam("person")
)


def _row(unit: Unit, session_id: int, person_id: int) -> Any:
    return unit.db.execute(_ROW, {"session": session_id, "person": person_id}).first()


def _count(unit: Unit, session_id: int, states: tuple[str, ...]) -> int:
    query = select(func.count()).where(registration.c.session_id == session_id, registration.c.state.in_(states))
    return unit.db.execute(query).scalar_one()


def _waiting(unit: Unit, session_id: int) -> int:
    """Parties, each of which stands at one place of the queue."""
    query = select(func.count()).where(registration.c.session_id == session_id, registration.c.state == "waiting")
    return unit.db.execute(query.where(seats.ALONE)).scalar_one()


def _next_in_line(unit: Unit, session_id: int) -> tuple[Any, int | None] | None:
    """Who gets the next free places, and among which: who waits for reserved ones that are free, else the first.

    A party too big for them is passed over by the next that fits, and keeps its place in the queue.
    """
    for one in reserves.open_in(unit, session_id):
        most = min(one.left, reserves.room(unit, session_id))
        if (row := _first_waiting(unit, session_id, most, registration.c.reserve_id == one.id)) is not None:
            return row, one.id
    row = _first_waiting(unit, session_id, reserves.free(unit, session_id))
    return None if row is None else (row, None)


def _first_waiting(unit: Unit, session_id: int, most: int, *which: ColumnElement[bool]) -> Any:
    """The first in the queue for whom so many places are enough, and who can be told; others keep their turn."""
    if most < 1:
        return None
    query = select(registration).where(registration.c.session_id == session_id, registration.c.state == "waiting")
    query = query.where(seats.ALONE, seats.party() <= most, _can_be_told(unit, session_id), *which)
    return unit.db.execute(query.order_by(registration.c.queue_key, registration.c.id).limit(1)).first()


def unfilled(unit: Unit) -> list[int]:
    """Sessions ahead in which places are free, and somebody waits who can be told: she has come back meanwhile."""
    query = select(registration.c.session_id).join(session, session.c.id == registration.c.session_id).distinct()
    ahead = session.c.state == "published", session.c.starts_at > unit.now
    waits = registration.c.state == "waiting", seats.ALONE
    queues = unit.db.execute(query.where(*ahead, *waits)).scalars().all()
    return [id for id in queues if _next_in_line(unit, id) is not None]


def _can_be_told(unit: Unit, session_id: int) -> ColumnElement[bool]:
    """An offer would reach her now: one that nobody reads keeps a place empty for a day."""
    lab_id = unit.db.execute(select(session.c.lab_id).where(session.c.id == session_id)).scalar_one()
    here = registration.c.session_id == session_id, registration.c.state == "waiting"
    waiting = select(registration.c.person_id).where(*here, registration.c.person_id.is_not(None))
    return registration.c.person_id.in_(reach.reached(unit, waiting, lab_id=lab_id, kind="offer"))


def _live_offer(unit: Unit, registration_id: int) -> Any:
    query = select(offer).where(offer.c.registration_id == registration_id, offer.c.answer.is_(None))
    return unit.db.execute(query).first()


def _answer_offer(unit: Unit, registration_id: int, answer: str) -> None:
    query = update(offer).where(offer.c.registration_id == registration_id, offer.c.answer.is_(None))
    unit.db.execute(query.values(answer=answer, answered_at=unit.now))


def _expire(unit: Unit, row: Any) -> None:
    seats.wait_for_the_same(unit, row.id)
    _answer_offer(unit, row.id, "expired")
    seats.move(unit, row.id, "offered", "waiting", by="system", channel=row.channel, reason="sin respuesta")
    seats.to_end_of_queue(unit, row.session_id, row.id)


def _place(unit: Unit, row: Any) -> Place:
    position = _position(unit, row) if row.state == "waiting" else 0
    return Place(row.state, row.code or "", position, seats.party_of(unit, row.id))


def _position(unit: Unit, row: Any) -> int:
    query = select(func.count()).where(
        registration.c.session_id == row.session_id,
        registration.c.state == "waiting",
        seats.ALONE,
        registration.c.queue_key < row.queue_key,
    )
    return unit.db.execute(query).scalar_one() + 1
