"""One place in a session: its row, its code, its turn in the queue; every change of its state is logged.

Who comes with somebody is a row without a person (`party_id`: whom it comes with): a place of its own, always in the
state of that one, so that whatever counts places counts them (accountability.md 1.6).
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, exists, func, or_, select, update

from storage import codes
from storage.store import Unit
from storage.tables import offer, person, registration, registration_log, session

MOST = 5  # who come with one person
ALONE: ColumnElement[bool] = registration.c.party_id.is_(None)  # not with somebody else


def party() -> ScalarSelect[int]:
    """How many places somebody's row stands for: hers, and those of who comes with her. For use in a select of rows."""
    mate = registration.alias("mate")
    return (
        select(func.count() + 1).where(mate.c.party_id == registration.c.id).correlate(registration).scalar_subquery()
    )


_PARTY = select(party()).where(registration.c.id == bindparam("row"))
_REMINDED = select(person.c.reminders).where(person.c.id == bindparam("who")).scalar_subquery()
_NEW = registration.insert().values(reminders=func.coalesce(_REMINDED, True)).returning(registration.c.id)
_CHANGED = update(registration).where(registration.c.id == bindparam("row"))
_LOGGED = registration_log.insert()


def party_of(unit: Unit, registration_id: int) -> int:
    """The same of one row."""
    return int(unit.db.execute(_PARTY, {"row": registration_id}).scalar_one())


def insert(unit: Unit, session_id: int, person_id: int | None, state: str, channel: str, **values: object) -> int:
    """A new row; its id. Its first state is still to be logged."""
    given = {"session_id": session_id, "person_id": person_id, "state": state, "channel": channel, **values}
    given |= {"who": person_id, "created_at": unit.now, "changed_at": unit.now}
    given |= _turn(unit, session_id, state, values.get("party_id"))
    return int(unit.db.execute(_NEW, given).scalar_one())


def settle(unit: Unit, session_id: int, registration_id: int, state: str) -> None:
    """A place gets its code, a wait its turn in the queue; who came in keeps it, for it may be taken back."""
    if state == "waiting":
        return to_end_of_queue(unit, session_id, registration_id)
    row = unit.db.execute(select(registration.c.code).where(registration.c.id == registration_id)).one()
    over = {} if state == "attended" else {"queue_key": None}
    change(unit, registration_id, code=row.code or _new_code(unit, session_id), **over)
    return None


def _new_code(unit: Unit, session_id: int) -> str:
    capacity = unit.db.execute(select(session.c.capacity).where(session.c.id == session_id)).scalar_one()
    query = select(registration.c.code).where(registration.c.session_id == session_id, registration.c.code.is_not(None))
    length = 5 if (capacity or 0) > 1000 else 4
    return codes.draw_apart(unit.rng, unit.db.execute(query).scalars().all(), length)


def to_end_of_queue(unit: Unit, session_id: int, registration_id: int) -> None:
    """The last of those who wait."""
    change(unit, registration_id, queue_key=_last_turn(unit, session_id))


def _last_turn(unit: Unit, session_id: int) -> int:
    query = select(func.coalesce(func.max(registration.c.queue_key), 0)).where(registration.c.session_id == session_id)
    return int(unit.db.execute(query).scalar_one()) + 1


def _turn(unit: Unit, session_id: int, state: str, *kept: object) -> dict[str, int]:
    """Whoever waits stands somewhere in the queue. kept: her turn from before, or with whom she comes along."""
    stands = state != "waiting" or any(one is not None for one in kept)
    return {} if stands else {"queue_key": _last_turn(unit, session_id)}


def wait_for_the_same(unit: Unit, registration_id: int) -> None:
    """The place in general that was offered to her last is let pass: she waits for a reserved one as before."""
    last = select(offer.c.reserve_id).where(offer.c.registration_id == registration_id).order_by(offer.c.id.desc())
    if (kept := unit.db.execute(last.limit(1)).scalar()) is not None:
        count_among(unit, registration_id, kept)


def unheld(unit: Unit) -> list[int]:
    """The tick: a place that is held without an offer (of an older version) is free, and who it was for stands in her
    turn again. Sessions in which there was one."""
    live = exists().where(offer.c.registration_id == registration.c.id, offer.c.answer.is_(None))
    lost = registration.c.state == "offered", ALONE, ~live
    ahead = session.c.id == registration.c.session_id, session.c.state == "published", session.c.starts_at > unit.now
    found = list(unit.db.execute(select(session.c.id).where(*ahead, *lost).distinct().order_by(session.c.id)).scalars())
    for one in found:
        unit.lock(session, one)
        for row in unit.db.execute(select(registration).where(registration.c.session_id == one, *lost)).all():
            wait_for_the_same(unit, row.id)
            after = "declined" if row.person_id is None else "waiting"
            move(unit, row.id, "offered", after, by="system", channel=row.channel, reason="sin oferta")
    return found


def change(unit: Unit, registration_id: int, **values: object) -> None:
    """Change columns of this row alone."""
    unit.db.execute(_CHANGED, values | {"row": registration_id})


def count_among(unit: Unit, registration_id: int, reserve_id: int | None) -> None:
    """These reserved places, or the general ones, are what it counts among, and who comes along."""
    theirs = or_(registration.c.id == registration_id, registration.c.party_id == registration_id)
    unit.db.execute(update(registration).where(theirs).values(reserve_id=reserve_id))


def move(
    unit: Unit, registration_id: int, before: str, after: str, *, by: str, channel: str, reason: str | None = None
) -> None:
    """Another state, for it and for who comes along."""
    if before == after:
        return
    row = unit.db.execute(select(registration).where(registration.c.id == registration_id)).one()
    turn = _turn(unit, row.session_id, after, row.queue_key, row.party_id)
    change(unit, registration_id, state=after, changed_at=unit.now, **turn)
    log(unit, registration_id, before, after, by=by, channel=channel, reason=reason)
    for one in _mates(unit, registration_id):
        change(unit, one, state=after, changed_at=unit.now)
        log(unit, one, before, after, by=by, channel=channel, reason=reason)


def log(
    unit: Unit,
    registration_id: int,
    before: str | None,
    after: str,
    *,
    by: str,
    channel: str,
    reason: str | None = None,
) -> None:
    """A line of its log."""
    row = {"from_state": before, "to_state": after, "at": unit.now, "by": by, "channel": channel, "reason": reason}
    unit.db.execute(_LOGGED, row | {"registration_id": registration_id})


# --- who comes along ----------------------------------------------------------------------------------------------


def bring(unit: Unit, registration_id: int, count: int, by: str) -> None:
    """So many more come with this one: in its state, among the same places."""
    if not count:
        return
    row = unit.db.execute(select(registration).where(registration.c.id == registration_id)).one()
    for _n in range(count):
        same = {"reserve_id": row.reserve_id, "party_id": row.id}
        made = insert(unit, row.session_id, None, row.state, row.channel, **same)
        log(unit, made, None, row.state, by=by, channel=row.channel)


def let_go(unit: Unit, registration_id: int, by: str, channel: str, count: int | None = None) -> None:
    """So many (None: all) do not come along any more: their places are free."""
    mates = _mates(unit, registration_id)
    for one in mates[::-1][:count]:
        before = unit.db.execute(select(registration.c.state).where(registration.c.id == one)).scalar_one()
        move(unit, one, before, "cancelled" if before == "registered" else "declined", by=by, channel=channel)
        change(unit, one, party_id=None)


def _mates(unit: Unit, registration_id: int) -> list[int]:
    query = select(registration.c.id).where(registration.c.party_id == registration_id).order_by(registration.c.id)
    return list(unit.db.execute(query).scalars())
