"""Who blocked us without a word: WhatsApp gives no error for it (channels.md 4, at its end)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Select, exists, func, or_, select

from storage import settle
from storage.settle import SENT
from storage.store import Unit
from storage.tables import address, outbox
from storage.tables.base import Instant

DAYS = timedelta(days=7)
MESSAGES = 2
LOT = 200  # addresses a tick


def close(unit: Unit) -> int:
    """The tick: addresses whose two messages were not delivered for 7 days are gone until the person writes.

    Only where that provider tells of deliveries at all: a later message of the same sender was delivered.
    """
    ids = list(unit.db.execute(_silent(unit)).scalars())
    locked = select(address.c.id).where(address.c.id.in_(ids)).order_by(address.c.id).with_for_update(key_share=True)
    for id in unit.db.execute(locked).scalars().all():
        settle.ledger(unit, settle.unreachable(unit, id))
    return len(ids)


def _silent(unit: Unit) -> Select[int]:
    told, other = outbox.alias("told"), outbox.alias("other")
    newest = func.max(told.c.sent_at, type_=Instant()).label("at")
    spoke = select(told.c.sender_id, newest).where(told.c.rank > settle.FAILED).group_by(told.c.sender_id).subquery()
    arrived = exists().where(
        other.c.address_id == address.c.id, other.c.rank > settle.FAILED, other.c.sent_at >= outbox.c.sent_at
    )
    old = outbox.c.state == "sent", outbox.c.rank <= SENT, outbox.c.sent_at <= unit.now - DAYS
    unheard = or_(address.c.last_inbound_at.is_(None), address.c.last_inbound_at < outbox.c.sent_at)
    return (
        select(address.c.id)
        .join(outbox, outbox.c.address_id == address.c.id)
        .join(spoke, (spoke.c.sender_id == outbox.c.sender_id) & (spoke.c.at >= outbox.c.sent_at))
        .where(address.c.channel == "whatsapp", address.c.reachable, *old, unheard, ~arrived)
        .group_by(address.c.id)
        .having(func.count() >= MESSAGES)
        .order_by(address.c.id)
        .limit(LOT)
    )
