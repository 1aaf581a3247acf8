"""One phone under two names: on WhatsApp its number, and the id that stands for who shows none (channels.md 5).

A message may come with both, or later with the id alone. So whoever is known by one of them is known by the other.
"""

from __future__ import annotations

from sqlalchemy import select, update

from storage import people
from storage.people import Address
from storage.store import Unit
from storage.tables import address, contact
from storage.upsert import insert_once

_ALIKE = ("lang", "form", "opted_out_at", "no_news_at", "country")  # what a new name of a known phone takes over


def same_phone(unit: Unit, at: Address, other: str, sender_id: int) -> None:
    """This message came from `at` and has another name of the same phone; nothing is made for who is not known yet.

    Where different people are known by the two, the one that the message came from counts, and nothing is joined.
    """
    marks = unit.ring.fingerprints(at.channel, other)
    theirs = address.c.channel == at.channel, address.c.fingerprint.in_(marks)
    known = unit.db.execute(select(address.c.id).where(*theirs)).scalar()
    here = _people(unit, at.id)
    there = _people(unit, known) if known is not None else set()
    if here == there or (here and there and not here & there):
        return
    alias = people.lock_address(unit, at.channel, other)
    old, new = (at.id, alias.id) if here else (alias.id, at.id)
    if not (here and there):
        _takes_over(unit, old, new, sender_id)
    for address_id, missing in ((alias.id, here - there), (at.id, there - here)):
        for person_id in sorted(missing):
            row = {"person_id": person_id, "address_id": address_id, "since": unit.now}
            insert_once(unit, contact, row, "person_id", "address_id")


def _people(unit: Unit, address_id: int) -> set[int]:
    query = select(contact.c.person_id).where(contact.c.address_id == address_id)
    return set(unit.db.execute(query).scalars())


def _takes_over(unit: Unit, old_id: int, new_id: int, sender_id: int) -> None:
    row = unit.db.execute(select(*(address.c[name] for name in _ALIKE)).where(address.c.id == old_id)).one()
    given = {name: value for name, value in row._mapping.items() if value is not None} | {"sender_id": sender_id}
    unit.db.execute(update(address).where(address.c.id == new_id).values(**given))
