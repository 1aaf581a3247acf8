"""A second phone of one person: a code told on the first and typed on the second joins the two (voting.md 5).

Nothing shows that it was she who typed it but the code: it serves once, for a quarter of an hour, and what is kept of
it is a keyed fingerprint. Wrong ones count on the phone as those of one's own code do. For a week either phone takes
it back: who held hers for ten seconds must not keep what is hers (`merging.py` says what goes along).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, delete, or_, select, update

from storage import audit, broadcasts, codes, lists, merging, one_at_a_time, own_codes, people
from storage.store import Unit
from storage.tables import address, contact, copy_link, joining, person, talk
from storage.upsert import insert_once

LENGTH = 6  # accountability.md 1.11, as the minutes
LASTS = timedelta(minutes=15)
UNDONE_WITHIN = timedelta(days=7)
Typed = Literal["right", "wrong", "used up", "here"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What became of it.

    'joined', 'over' (the code is used up or too old), 'full' (so many people write on this phone already), 'unsafe'
    (a human looks at it first: nothing was changed)
    """

    state: Literal["joined", "over", "full", "unsafe"]
    person_id: int | None = None
    told_id: int | None = None  # the phone on which the code was told
    chose_twice: bool = False  # in one contest, in which one can still choose


def give(unit: Unit, person_id: int, address_id: int) -> str:
    """A new code for her, told on this phone; the one before serves no more."""
    unit.lock(person, person_id)
    unit.db.execute(delete(joining).where(joining.c.person_id == person_id, joining.c.mark.is_not(None)))
    row = {"person_id": person_id, "told_id": address_id, "until": unit.now + LASTS}
    while True:
        code = codes.draw(unit.rng, LENGTH)
        if insert_once(unit, joining, row | {"mark": unit.ring.fingerprint("joining", code)}, "mark") is not None:
            return code


def tried(unit: Unit, address_id: int, typed: str) -> tuple[Typed, str]:
    """What a code that was typed on this phone comes to, and its mark ('': of none).

    'here': it was told on this very phone, or its person writes from it already
    mark: the code's keyed fingerprint: what is held of a code until an answer comes is of no other one
    """
    if own_codes.used_up(unit, address_id):
        return "used up", ""
    marks = unit.ring.fingerprints("joining", codes.clean(typed))
    live = joining.c.mark.in_(marks), joining.c.until > unit.now
    row = unit.db.execute(select(joining).where(*live)).first()
    if row is None:
        return ("used up" if own_codes.missed(unit, address_id) else "wrong"), ""
    hers = contact.c.person_id == row.person_id, contact.c.address_id == address_id
    known = unit.db.execute(select(contact.c.id).where(*hers)).first() is not None
    return ("here" if known or row.told_id == address_id else "right"), row.mark


def owner(unit: Unit, mark: str) -> int | None:
    """Whose code it is; None: it was used, replaced or taken away."""
    return unit.db.execute(select(joining.c.person_id).where(joining.c.mark == mark)).scalar()


def burn(unit: Unit, mark: str) -> None:
    """Whoever was given this code says that it is none of hers: it serves nobody."""
    unit.db.execute(delete(joining).where(joining.c.mark == mark))


def by_team(unit: Unit, person_id: int, told_id: int, address_id: int, gone_id: int | None, *, by: str) -> Joined:
    """The same by somebody of the team who has spoken with her: no code is typed, and either phone takes it back."""
    mark = unit.ring.fingerprint("joining", give(unit, person_id, told_id))
    return join(unit, mark, address_id, gone_id, 0, by=by)


def join(unit: Unit, mark: str, address_id: int, gone_id: int | None, talk_id: int, *, by: str = "person") -> Joined:
    """This phone is hers too, in this transaction; who wrote on it as `gone_id` and she are one person.

    mark: of the code, as `tried` tells it
    gone_id: None: nobody, or others who share it with her from now on
    talk_id: the talk that is being played, 0 for none; it ends by itself
    """
    row = _held(unit, mark)
    if row is None or people.person_by_id(unit, row.person_id) is None:
        return Joined(state="over")
    people.lock_phones(unit, [row.person_id, *([gone_id] if gone_id else [])])
    here = [one.id for one in people.people_of(unit, address_id)]
    if gone_id is None and len(here) >= people.MAX_PEOPLE:
        return Joined(state="full")
    if not merging.safe(unit, row.person_id, gone_id, address_id):
        burn(unit, mark)
        return Joined(state="unsafe", person_id=row.person_id)
    if not here:
        lists.answered(unit, address_id, talk_id)
        people.close_talks(unit, address_id, except_id=talk_id)
    before = merging.merge(unit, row.person_id, gone_id, talk_id) if gone_id else None
    fresh = {"person_id": row.person_id, "address_id": address_id, "since": unit.now}
    insert_once(unit, contact, fresh, "person_id", "address_id")
    # Who comes in beside others does not speak for them: the next message is asked whose it is.
    people.set_address(unit, address_id, speaker_id=row.person_id if gone_id and len(here) > 1 else None)
    _used(unit, row, address_id, before)
    audit.record(unit, "phones.joined", payload={"merged": before is not None}, actor=by)
    twice = bool(before and before["choices"]["void"])
    return Joined(state="joined", person_id=row.person_id, told_id=row.told_id, chose_twice=twice)


def _held(unit: Unit, mark: str) -> Row[Any] | None:
    """The row of a code that still serves, locked: typed on two phones at once it joins one of them."""
    live = joining.c.mark == mark, joining.c.until > unit.now
    return unit.db.execute(select(joining).where(*live).with_for_update(key_share=True)).first()


def _used(unit: Unit, row: Row[Any], address_id: int, before: Mapping[str, Any] | None) -> None:
    change = {"mark": None, "joined_id": address_id, "until": unit.now + UNDONE_WITHIN, "before": before}
    unit.db.execute(update(joining).where(joining.c.id == row.id).values(**change))


# --- the way back -------------------------------------------------------------------------------------------------


def undo(unit: Unit, address_id: int, *, by: str = "person") -> int | None:
    """Part what was joined from or to this phone within a week, and whatever was joined through that, the newest first;
    codes that wait serve no more.

    The person whose phones are parted; None: there was nothing to part. What was done meanwhile stands.
    """
    here = or_(joining.c.told_id == address_id, joining.c.joined_id == address_id)
    unit.db.execute(delete(joining).where(here, joining.c.mark.is_not(None)))
    parted = _part_all(unit, _through(_lately(unit), address_id), by)
    return parted[-1] if parted else None


def lately(unit: Unit, address_id: int, person_ids: Sequence[int]) -> bool:
    """Whether erasing these people on this phone parts it from another one first (`who_goes`)."""
    return any(_to_part(unit, address_id, one) for one in person_ids)


def who_goes(unit: Unit, address_id: int, person_ids: Sequence[int]) -> list[int]:
    """Who is erased where these people of this phone are to be: the phones are parted, and who is left here goes.

    NO FUI YO puts out who came in by a code for a week: she must not erase within it whoever could say so.
    """
    rows = [row for one in person_ids for row in _to_part(unit, address_id, one)]
    if not rows:
        return list(person_ids)
    stay = {one.id for one in people.people_of(unit, address_id)} - set(person_ids)
    _part_all(unit, rows)
    return [one.id for one in people.people_of(unit, address_id) if one.id not in stay]


def _to_part(unit: Unit, address_id: int, person_id: int) -> list[Row[Any]]:
    """What a phone that was joined to hers lately brought along; seen from her own, all that was joined lately."""
    rows = _lately(unit, joining.c.person_id == person_id)
    came = any(row.joined_id == address_id for row in rows)
    return _through(rows, address_id) if came else list(rows)[::-1]


def _lately(unit: Unit, *which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """What was joined within the week, the oldest first."""
    query = select(joining).where(joining.c.joined_id.is_not(None), joining.c.until > unit.now, *which)
    return unit.db.execute(query.order_by(joining.c.until, joining.c.id)).all()


def _through(rows: Sequence[Row[Any]], address_id: int) -> list[Row[Any]]:
    """Those that go with this phone, the newest first: who held her phone may have joined a third one from the second.

    rows: the oldest first, for a phone is joined before a code is told on it
    """
    reach, found = {address_id}, []
    for row in rows:
        if row.told_id in reach or row.joined_id == address_id:
            reach.add(row.joined_id)
            found.append(row)
    return found[::-1]


def _part_all(unit: Unit, rows: Sequence[Row[Any]], by: str = "person") -> list[int]:
    """The people whose phones are parted; what they asked for from either phone serves no more."""
    people_ids = sorted({row.person_id for row in rows})
    unit.db.execute(delete(joining).where(joining.c.person_id.in_(people_ids), joining.c.mark.is_not(None)))
    people.lock_phones(unit, people_ids)
    parted = [_part(unit, row.id, by) for row in rows]
    unit.db.execute(delete(copy_link).where(copy_link.c.person_id.in_(people_ids)))
    return parted


def _part(unit: Unit, joining_id: int, by: str) -> int:
    """The person whose phones are parted; hers who was joined later has given the row back by then."""
    row = unit.db.execute(select(joining).where(joining.c.id == joining_id)).one()
    before = row.before or {}
    if before:
        merging.part(unit, row.person_id, before)
    _leave_phone(unit, row.person_id, row.joined_id)
    unit.db.execute(delete(joining).where(joining.c.id == row.id))
    audit.record(unit, "phones.parted", payload={"merged": bool(before)}, actor=by)
    return int(row.person_id)


def _leave_phone(unit: Unit, person_id: int, address_id: int) -> None:
    """Nothing of hers is read, asked or sent there any more."""
    hers = contact.c.person_id == person_id, contact.c.address_id == address_id
    unit.db.execute(delete(contact).where(*hers))
    unit.db.execute(delete(talk).where(talk.c.address_id == address_id, talk.c.person_id == person_id))
    one_at_a_time.let_go(unit, address_id)
    broadcasts.withhold(unit, "parted", address_id=address_id, person_id=person_id)
    people.set_address(unit, address_id, speaker_id=None, last_reply=None)


def purge(unit: Unit) -> int:
    """The tick: codes that serve no more, and phones that are hers for good."""
    return unit.db.execute(delete(joining).where(joining.c.until <= unit.now)).rowcount


def phones_of_her_own(unit: Unit, person_id: int) -> list[int]:
    """Ids of her phones that nobody else writes from."""
    hers = select(contact.c.address_id).where(contact.c.person_id == person_id)
    others = select(contact.c.address_id).where(contact.c.person_id != person_id)
    query = select(address.c.id).where(address.c.id.in_(hers), address.c.id.not_in(others)).order_by(address.c.id)
    return list(unit.db.execute(query).scalars())


def channels(unit: Unit, person_id: int) -> list[str]:
    """The channels of her phones, each phone once: ['sms', 'telegram']."""
    query = select(address.c.channel).join(contact, contact.c.address_id == address.c.id)
    mine = contact.c.person_id == person_id, address.c.value.is_not(None)
    return list(unit.db.execute(query.where(*mine).order_by(contact.c.id)).scalars())
