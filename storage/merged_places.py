"""Two people of ours are one: of two places in a meeting the better stays hers, and the other is free (voting.md 5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select, update

from storage import as_it_was, labs, registrations, seats
from storage.as_it_was import AsItWas
from storage.store import Unit
from storage.tables import need, registration, session
from storage.tables.sessions import NEEDS

_BETTER = ("attended", "registered", "offered", "waiting", "unsure", "no_show", "cancelled", "declined", "invited")
JOINED = "otro teléfono de la misma persona"
PARTED = "era de otra persona"
Two = Mapping[str, Any]  # of a meeting in which both were: both rows, whose the better was, and what the other was


def merge(unit: Unit, was: AsItWas, keep: int, gone: int) -> tuple[list[int], list[Two]]:
    """`gone`'s places become `keep`'s: ids of those of which there was one, and where there were two.

    The log of each says what became of it.
    """
    moved: list[int] = []
    two: list[Two] = []
    query = select(registration.c.session_id).where(registration.c.person_id == gone)
    for session_id in sorted(unit.db.execute(query).scalars()):
        unit.lock(session, session_id)
        rows = _of_both(unit, session_id, keep, gone)
        if len(rows) == 1:
            seats.change(unit, rows[0].id, person_id=keep)
            moved.append(rows[0].id)
        else:
            two.append(_in_one(unit, was, keep, gone, sorted(rows, key=_rank)))
    return moved, two


def _of_both(unit: Unit, session_id: int, keep: int, gone: int) -> Sequence[Row[Any]]:
    both = registration.c.session_id == session_id, registration.c.person_id.in_((keep, gone))
    return unit.db.execute(select(registration, seats.party().label("party")).where(*both)).all()


def _in_one(unit: Unit, was: AsItWas, keep: int, gone: int, rows: Sequence[Row[Any]]) -> Two:
    better, other = rows
    registrations.give_back(unit, other.session_id, other.person_id, other.channel, JOINED)
    needed = _needs(unit, to=better.id, of=other.id)
    quiet = all(row.reminders for row in rows)
    as_it_was.change(unit, was, registration, registration.c.id == better.id, reminders=quiet)
    _belong(unit, (better.id, keep), (other.id, gone))
    first = {"session": other.session_id, "better": better.id, "other": other.id, "whose": better.person_id}
    return first | {"state": other.state, "party": other.party, "reserve": other.reserve_id, "needs": needed}


def _belong(unit: Unit, *whose: tuple[int, int]) -> None:
    """These rows are these people's; a person has one row of a meeting at a time."""
    for row_id, person_id in (*((row_id, None) for row_id, _person in whose), *whose):
        seats.change(unit, row_id, person_id=person_id)


def _rank(row: Row[Any]) -> tuple[int, int, int, int]:
    """A place before a wait; of two the one for more people, then the one nearer to the head of the queue."""
    return _BETTER.index(row.state), -int(row.party), row.queue_key or 0, row.id


def _needs(unit: Unit, to: int, of: int, kinds: Sequence[str] = NEEDS) -> list[str]:
    """What she needs in order to come she needs whichever place it is; what was new there."""
    known = select(need.c.kind).where(need.c.registration_id == to)
    theirs = need.c.registration_id == of, need.c.kind.in_(kinds), need.c.kind.not_in(known)
    moved = update(need).where(*theirs).values(registration_id=to).returning(need.c.kind)
    return list(unit.db.execute(moved).scalars())


# --- the way back -------------------------------------------------------------------------------------------------


def part(unit: Unit, keep: int, gone: int, moved: Sequence[int], two: Sequence[Two]) -> None:
    """Each has her own place again; one that went on to somebody meanwhile has the first turn in the queue."""
    mine = registration.c.id.in_(moved), registration.c.person_id == keep
    unit.db.execute(update(registration).where(*mine).values(person_id=gone))
    for one in two:
        unit.lock(session, one["session"])
        rows = {row.person_id: row for row in _of_both(unit, one["session"], keep, gone)}
        if {id: row.id for id, row in rows.items()} == {keep: one["better"], gone: one["other"]}:
            _again(unit, one, rows[gone], keep if one["whose"] == gone else gone)


def _again(unit: Unit, two: Two, other: Row[Any], whose: int) -> None:
    """The other place is hers again, as far as it is still there."""
    _needs(unit, to=two["other"], of=two["better"], kinds=two["needs"])
    if whose != other.person_id:
        _belong(unit, (two["better"], other.person_id), (other.id, whose))
    if other.state not in ("cancelled", "declined") or labs.shut(unit, other.session_id):
        return
    if two["state"] == "registered":
        given = {"reserve_id": two["reserve"], "party": two["party"]}
        place = registrations.sign_up(unit, other.session_id, whose, other.channel, by="system", **given)
        if place.state == "waiting":
            seats.change(unit, other.id, queue_key=0)
    elif two["state"] in ("waiting", "offered", "unsure"):
        _stands(unit, two, other)


def _stands(unit: Unit, two: Two, other: Row[Any]) -> None:
    """In her turn, for who was offered a place may not have seen it; or not sure yet, as she was."""
    after = "unsure" if two["state"] == "unsure" else "waiting"
    seats.move(unit, other.id, other.state, after, by="system", channel=other.channel, reason=PARTED)
    seats.bring(unit, other.id, two["party"] - 1, "system")
    registrations.fill_places(unit, other.session_id)
