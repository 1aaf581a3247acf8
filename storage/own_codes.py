"""The personal code of who shares a phone: it shows and changes what is hers alone (accountability.md 1.11).

It is the code of her place; who has no place when she first chooses gets one with that choice. A place taken later
gives a code for the door and no more, or whoever holds the phone could take one in her name and read it there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select, update

from storage import codes
from storage.store import Unit
from storage.tables import address, ballot, person, registration, registration_log

LENGTH = 4
TRIES = 5  # wrong ones on a phone within a DAY, whosever code was meant: then a human (people.md 5)
DAY = timedelta(days=1)


def knows(unit: Unit, person_id: int, typed: str) -> bool | None:
    """Whether this is a code of hers; None: she has none."""
    mine = _hers(unit, person_id)
    return codes.clean(typed) in mine if mine else None


def tried(unit: Unit, address_id: int, person_id: int, typed: str) -> Literal["right", "wrong", "used up"]:
    """What a code that was typed on this phone comes to. Wrong ones are counted, and no right one takes that back."""
    if used_up(unit, address_id):
        return "used up"
    if knows(unit, person_id, typed):
        return "right"
    return "used up" if missed(unit, address_id) else "wrong"


def missed(unit: Unit, address_id: int) -> bool:
    """One more wrong code on this phone; whether it was the last of the day."""
    wrong, since = _wrong(unit, address_id)
    count = {"wrong_codes": wrong + 1, "wrong_codes_since": since}
    unit.db.execute(update(address).where(address.c.id == address_id).values(**count))
    return wrong + 1 >= TRIES


def used_up(unit: Unit, address_id: int) -> bool:
    """Whether this phone has no try left today."""
    return _wrong(unit, address_id)[0] >= TRIES


def _wrong(unit: Unit, address_id: int) -> tuple[int, datetime]:
    """How many wrong ones since when. A day after the first it begins anew, and so where a clock was set back."""
    query = select(address.c.wrong_codes, address.c.wrong_codes_since).where(address.c.id == address_id)
    row = unit.db.execute(query).one()
    since = row.wrong_codes_since
    return (row.wrong_codes, since) if since and unit.now - DAY < since <= unit.now else (0, unit.now)


def give(unit: Unit, person_id: int) -> str:
    """A new one, with a first choice; '' for who has one."""
    if _hers(unit, person_id):
        return ""
    code = codes.draw(unit.rng, LENGTH)
    unit.db.execute(update(person).where(person.c.id == person_id).values(code=code))
    return code


def _hers(unit: Unit, person_id: int) -> set[str]:
    own = unit.db.execute(select(person.c.code).where(person.c.id == person_id)).scalar()
    if own:
        return {own}
    chose = unit.db.execute(select(func.min(ballot.c.received_at)).where(ballot.c.person_id == person_id)).scalar()
    return _of_places(unit, person_id, chose)


def _of_places(unit: Unit, person_id: int, before: datetime | None) -> set[str]:
    """Codes that were told before this moment; where she has not chosen, the first that was told."""
    told = func.min(registration_log.c.at)
    query = (
        select(registration.c.code, told.label("at"))
        .join(registration_log, registration_log.c.registration_id == registration.c.id)
        .where(registration.c.person_id == person_id, registration.c.code.is_not(None))
        .where(registration_log.c.to_state.in_(("registered", "attended")))
        .group_by(registration.c.id, registration.c.code)
        .order_by(told, registration.c.id)
    )
    rows = unit.db.execute(query).all()
    return {row.code for row in rows[:1]} if before is None else {row.code for row in rows if row.at <= before}
