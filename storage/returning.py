"""Who chose, was erased and comes back: the choice stays counted, so her phone makes no second one (voting.md 5).

Kept is the contest, the phone, which is nothing but its keyed fingerprint once its people are gone, and how many of
them it was; until 30 days after the close.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, exists, func, select, update

from storage.store import Unit
from storage.tables import ballot, chosen_before, contact, contest, person
from storage.upsert import insert_once


def keep(unit: Unit, person_ids: Sequence[int]) -> None:
    """These people go: how many of each phone have a choice that counts, in each contest that is open."""
    query = (
        select(ballot.c.contest_id, contact.c.address_id, func.count().label("people"))
        .join(contact, contact.c.person_id == ballot.c.person_id)
        .join(contest, contest.c.id == ballot.c.contest_id)
        .where(ballot.c.person_id.in_(person_ids), ballot.c.status == "current", contest.c.state == "open")
        .group_by(ballot.c.contest_id, contact.c.address_id)
    )
    newest = unit.db.execute(select(func.max(person.c.id))).scalar_one()
    for row in unit.db.execute(query).all():
        mine = {"contest_id": row.contest_id, "address_id": row.address_id}
        insert_once(unit, chosen_before, {**mine, "people": 0, "newest_id": newest}, "contest_id", "address_id")
        same = chosen_before.c.contest_id == row.contest_id, chosen_before.c.address_id == row.address_id
        more = chosen_before.c.people + row.people
        unit.db.execute(update(chosen_before).where(*same).values(people=more))


def chose(unit: Unit, contest_id: int, person_id: int) -> bool:
    """Whether this newcomer counts as one of those who went: for each of them the next one who came to the phone
    afterwards and has not chosen. Who came later still, or was there before, is another person."""
    mine = contact.c.person_id == person_id, chosen_before.c.contest_id == contest_id
    query = select(chosen_before).join(contact, contact.c.address_id == chosen_before.c.address_id)
    marks = unit.db.execute(query.where(*mine, chosen_before.c.newest_id < person_id)).all()
    return any(unit.db.execute(_before(mark, person_id)).scalar_one() < mark.people for mark in marks)


def _before(mark: Any, person_id: int) -> Select[int]:
    """How many newcomers of this phone came before her and have not chosen."""
    counted = (ballot.c.contest_id == mark.contest_id, ballot.c.status == "current")
    here = contact.c.address_id == mark.address_id, contact.c.person_id > mark.newest_id
    silent = ~exists().where(ballot.c.person_id == contact.c.person_id, *counted)
    return select(func.count()).select_from(contact).where(*here, contact.c.person_id < person_id, silent)


def forget(unit: Unit, contests: Select[Any]) -> None:
    """Nothing leads from these contests to anybody any more."""
    unit.db.execute(delete(chosen_before).where(chosen_before.c.contest_id.in_(contests)))
