"""Who has left an address and who has come back to it: kept by fingerprint, so that no import brings them back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, delete, exists, func, or_, select, update

from storage import permissions
from storage.store import Unit
from storage.tables import address, contact, joining, suppression
from storage.tables.base import Instant
from storage.upsert import insert_once

NEWS = 2  # priority of what is not about one's own place


def leave(unit: Unit, address_id: int, reason: str, said: int | None = None) -> None:
    """Nobody is written to at this address any more, not even after a new import. Data stay.

    Who is reached nowhere else has taken her permissions back, and the evidence says so.
    A code for a second phone that was asked for before joins none any more.

    said: the message (`inbound`) that says so; None: a provider tells of it, without one
    """
    for row in unit.db.execute(select(address).where(_same_phone(address_id))).all():
        unit.db.execute(update(address).where(address.c.id == row.id).values(opted_out_at=unit.now))
        left = {"channel": row.channel, "fingerprint": row.fingerprint, "reason": reason, "at": unit.now}
        insert_once(unit, suppression, left, "channel", "fingerprint")
    permissions.left(unit, address_id, said)
    here = select(contact.c.person_id).where(contact.c.address_id == address_id)
    unit.db.execute(delete(joining).where(joining.c.mark.is_not(None), joining.c.person_id.in_(here)))


def _same_phone(address_id: int) -> ColumnElement[bool]:
    """This address, and on WhatsApp its other name (`aliases.py`), by which the same people would be written to."""
    mine, theirs, other = contact.alias("mine"), contact.alias("theirs"), contact.alias("other")
    here = select(mine.c.person_id).where(mine.c.address_id == address_id)
    shared = exists().where(theirs.c.address_id == address.c.id, theirs.c.person_id.in_(here))
    strangers = exists().where(other.c.address_id == address.c.id, other.c.person_id.not_in(here))
    alias = and_(address.c.channel == "whatsapp", _on_whatsapp(address_id), shared, ~strangers)
    return or_(address.c.id == address_id, alias)


def _on_whatsapp(address_id: int) -> ColumnElement[bool]:
    this = address.alias("this")
    return exists().where(this.c.id == address_id, this.c.channel == "whatsapp")


def stop_news(unit: Unit, address_id: int) -> None:
    """She has stopped our announcements at the provider: what is about her own place, and every answer, still comes."""
    row = unit.db.execute(select(address.c.channel, address.c.fingerprint).where(address.c.id == address_id)).one()
    since = func.coalesce(address.c.no_news_at, unit.now, type_=Instant())
    unit.db.execute(update(address).where(address.c.id == address_id).values(no_news_at=since))
    left = {"channel": row.channel, "fingerprint": row.fingerprint, "reason": "no_news", "at": unit.now}
    insert_once(unit, suppression, left, "channel", "fingerprint")
    permissions.stopped_news(unit, address_id)


def has_left(unit: Unit, address_id: int) -> bool:
    """Whether an address said SALIR and only ALTA brings it back."""
    return unit.db.execute(select(address.c.opted_out_at).where(address.c.id == address_id)).scalar_one() is not None


def left_at(priority: int, phone: FromClause = address) -> ColumnElement[Any]:
    """Since when nothing of this priority (1 about one's own place, 2 all else) is sent to an address; NULL: it is."""
    if priority < NEWS:
        return phone.c.opted_out_at
    return func.coalesce(phone.c.opted_out_at, phone.c.no_news_at, type_=Instant())


def come_back(unit: Unit, address_id: int) -> bool:
    """ALTA: the address receives again, and what leaving took back is agreed to anew. Whether it, or she, had left."""
    row = unit.db.execute(select(address).where(address.c.id == address_id)).one()
    gone = delete(suppression).where(suppression.c.channel == row.channel, suppression.c.fingerprint == row.fingerprint)
    unit.db.execute(gone)
    unit.db.execute(update(address).where(address.c.id == address_id).values(opted_out_at=None, no_news_at=None))
    again = permissions.taken_up(unit, address_id)
    return row.opted_out_at is not None or row.no_news_at is not None or again > 0
