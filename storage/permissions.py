"""Which permissions stand, and how a person takes them back: a row each, never a flag (people.md 4.1).

A yes that was taken back stays as it was, with the day and how: 'exit' (SALIR), 'provider' (she stopped us there),
'asked' (a no to this very purpose), 'joined' (of two who are one the stricter), 'unpublished', 'erased' (BORRAR), and
by which message. What ALTA takes up again is a row of its own, with the words that were agreed to and the message
that says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, insert, or_, select, update

from storage.store import Unit
from storage.tables import address, consent, contact, inbound, lab
from storage.tables.base import Instant

LEFT = ("exit", "provider")  # taken back with all messages of an address, or all news: ALTA takes it up again
_MESSAGES = ("lab", "news")  # the purposes for which a person is written to; what is published is another matter
ALL = (*_MESSAGES, "publish")
_SAME = ("person_id", "purpose", "lab_id", "text_version", "text", "lang")


def stands() -> ColumnElement[bool]:
    """Of a row: a yes that nobody took back."""
    return and_(consent.c.answer, consent.c.withdrawn_at.is_(None), consent.c.person_id.is_not(None))


def stands_or_left() -> ColumnElement[bool]:
    """Of a row: that, or a yes of who has left since: she is counted among those who do not receive."""
    kept = or_(consent.c.withdrawn_at.is_(None), consent.c.withdrawn_how.in_(LEFT))
    return and_(consent.c.answer, kept, consent.c.person_id.is_not(None))


def for_lab(lab_id: int) -> ColumnElement[bool]:
    """Of a row: its purpose covers messages of this lab; news are of the place they were agreed to."""
    theirs = lab.alias("theirs")
    here = select(theirs.c.territory_id).where(theirs.c.id == lab_id).scalar_subquery()
    there = select(theirs.c.id).where(theirs.c.territory_id == here)
    news = and_(consent.c.purpose == "news", or_(consent.c.lab_id.is_(None), consent.c.lab_id.in_(there)))
    return or_(and_(consent.c.purpose == "lab", consent.c.lab_id == lab_id), news)


def withdraw(unit: Unit, people: Iterable[int], how: str, *purposes: str, said: int | None = None) -> int:
    """Take back every yes of these people to these purposes, as evidence; how many.

    said: the message (`inbound`) that did it; None: none did
    """
    hers = consent.c.person_id.in_(list(people)), consent.c.purpose.in_(purposes)
    return unit.db.execute(update(consent).where(*hers, stands()).values(**gone(unit, how, said))).rowcount


def gone(unit: Unit, how: str, said: int | None) -> dict[str, Any]:
    """What a row holds whose yes is taken back now."""
    return {"withdrawn_at": unit.now, "withdrawn_how": how, "withdrawn_inbound_id": said}


def left(unit: Unit, address_id: int, said: int | None = None) -> int:
    """SALIR at an address that is marked as left by now: whoever is reached nowhere else has taken all back.

    Leaving on a phone of her own is leaving; who shares the number and has another phone goes on there.
    """
    other = contact.alias("other")
    reached = exists().where(
        other.c.person_id == contact.c.person_id,
        other.c.address_id == address.c.id,
        address.c.opted_out_at.is_(None),
        address.c.value.is_not(None),
    )
    people = select(contact.c.person_id).where(contact.c.address_id == address_id, or_(_alone(), ~reached))
    return withdraw(unit, unit.db.execute(people).scalars(), "exit", *_MESSAGES, said=said)


def stopped_news(unit: Unit, address_id: int) -> int:
    """She stopped our announcements at the provider, on a phone of her own: no news of other labs either."""
    people = select(contact.c.person_id).where(contact.c.address_id == address_id, _alone())
    return withdraw(unit, unit.db.execute(people).scalars(), "provider", "news")


def taken_up(unit: Unit, address_id: int) -> int:
    """ALTA: what leaving took back stands again, as new rows; how many.

    On a shared number not hers who left on a phone of her own: anybody there could write it.
    """
    where = unit.db.execute(select(address.c.channel, address.c.fingerprint).where(address.c.id == address_id)).one()
    said = unit.db.execute(select(func.max(inbound.c.id)).where(inbound.c.address_id == address_id)).scalar()
    here = select(contact.c.person_id).where(contact.c.address_id == address_id, or_(_alone(), ~_left_on_her_own()))
    newest = select(func.max(consent.c.id)).where(consent.c.person_id.in_(here), consent.c.purpose.in_(_MESSAGES))
    last = consent.c.id.in_(newest.group_by(consent.c.person_id, consent.c.purpose, consent.c.lab_id))
    query = select(consent).where(last, consent.c.answer, consent.c.withdrawn_how.in_(LEFT)).order_by(consent.c.id)
    rows = [dict(row) for row in unit.db.execute(query).mappings()]
    fresh: dict[str, Any] = {**where._mapping, "inbound_id": said, "at": unit.now, "answer": True}
    again = [{name: row[name] for name in _SAME} | fresh for row in rows]
    if again:
        unit.db.execute(insert(consent), again)
    return len(again)


def _alone() -> ColumnElement[bool]:
    """Of a contact: nobody else writes from its address."""
    other = contact.alias("beside")
    return ~exists().where(other.c.address_id == contact.c.address_id, other.c.person_id != contact.c.person_id)


def _left_on_her_own() -> ColumnElement[bool]:
    """Of a contact: its person has left on an address that is hers alone."""
    own, beside = contact.alias("own"), contact.alias("beside_own")
    others = exists().where(beside.c.address_id == own.c.address_id, beside.c.person_id != own.c.person_id)
    out = and_(address.c.id == own.c.address_id, address.c.opted_out_at.is_not(None))
    return exists().where(own.c.person_id == contact.c.person_id, out, ~others)


# --- news of other labs -------------------------------------------------------------------------------------------


def said_of_news(unit: Unit, person_id: int, lab_id: int | None = None) -> bool | None:
    """Whether she wants news of other labs (where this one is, or anywhere): her last word; None: nobody asked her."""
    hers = [consent.c.person_id == person_id, consent.c.purpose == "news"]
    if lab_id is not None:
        hers.append(for_lab(lab_id))
    query = select(stands().label("wanted")).where(*hers).order_by(consent.c.id.desc()).limit(1)
    row = unit.db.execute(query).first()
    return bool(row.wanted) if row else None


def left_since(unit: Unit, person_id: int) -> datetime | None:
    """Since when no permission of hers stands because she left; None: one does, or she took none back."""
    hers = consent.c.person_id == person_id, consent.c.purpose.in_(_MESSAGES)
    if unit.db.execute(select(consent.c.id).where(*hers, stands()).limit(1)).first():
        return None
    when = select(func.max(consent.c.withdrawn_at, type_=Instant())).where(*hers, consent.c.withdrawn_how.in_(LEFT))
    return unit.db.execute(when).scalar()
