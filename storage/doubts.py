"""Messages that may have been sent, as their provider must know them to say so (DESIGN 5)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from storage import outbox
from storage.outbox import Letter
from storage.store import Unit
from storage.tables import address, sender
from storage.tables import outbox as rows

YOUNG, OLD = timedelta(minutes=1), timedelta(days=1)  # since the call: a provider's list is a little behind
FRESH = timedelta(hours=1)  # until then every round asks, afterwards one an hour
LOT = 20  # messages a round


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """One message, what carried it, and our other messages to its address by their provider's ids."""

    letter: Letter  # claimed_at: when its call began
    sender: str
    channel: str
    via: str
    others: frozenset[str]
    asked_at: datetime | None  # when its provider was asked last


def doubtful(unit: Unit, vias: Collection[str]) -> list[Doubtful]:
    """Messages of these channels whose sending got no clear answer: who was asked about longest ago comes first."""
    called = rows.c.started_at.between(unit.now - OLD, unit.now - YOUNG)
    asked = rows.c.state == "unknown", called, rows.c.provider_id.is_(None), address.c.value.is_not(None)
    fresh = rows.c.started_at > unit.now - FRESH, rows.c.looked_up_at <= unit.now - FRESH
    carrier = sender.c.name.label("by"), sender.c.channel, sender.c.via, rows.c.started_at, rows.c.looked_up_at
    query = outbox.letters().add_columns(*carrier).join(sender, sender.c.id == rows.c.sender_id)
    worded = or_(rows.c.body.is_not(None), rows.c.text_id.is_not(None))
    due = query.where(*asked, worded, sender.c.via.in_(vias), or_(rows.c.looked_up_at.is_(None), *fresh))
    lot = due.order_by(rows.c.looked_up_at.asc().nulls_first(), rows.c.started_at, rows.c.id).limit(LOT)
    found = [
        Doubtful(
            letter=outbox.letter_of(row, row.started_at),
            sender=row.by,
            channel=row.channel,
            via=row.via,
            others=_others(unit, row.address_id),
            asked_at=row.looked_up_at,
        )
        for row in unit.db.execute(lot)
    ]
    return [one for one in found if one.letter.body]  # else nobody knows what to ask about


def take(unit: Unit, one: Doubtful) -> bool:
    """Its provider is asked now. Whether no other process has done so meanwhile."""
    same = rows.c.id == one.letter.id, rows.c.looked_up_at.is_not_distinct_from(one.asked_at)
    return bool(unit.db.execute(update(rows).where(*same).values(looked_up_at=unit.now)).rowcount)


def _others(unit: Unit, address_id: int) -> frozenset[str]:
    known = rows.c.address_id == address_id, rows.c.provider_id.is_not(None)
    return frozenset(unit.db.execute(select(rows.c.provider_id).where(*known)).scalars())
