"""Messages that may have been sent, as their provider must know them to say so (DESIGN 5)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from storage import outbox
from storage.outbox import Letter
from storage.store import Unit
from storage.tables import address, sender
from storage.tables import outbox as rows

YOUNG, OLD = timedelta(minutes=1), timedelta(hours=1)  # since the call: a provider's list is a little behind
LOT = 20  # messages a round


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """One message, what carried it, and our other messages to its address by their provider's ids."""

    letter: Letter  # claimed_at: when its call began
    sender: str
    channel: str
    via: str
    others: frozenset[str]


def doubtful(unit: Unit, vias: Collection[str]) -> list[Doubtful]:
    """Messages of these channels whose sending got no clear answer lately, the newest first."""
    called = rows.c.started_at.between(unit.now - OLD, unit.now - YOUNG)
    asked = rows.c.state == "unknown", called, rows.c.provider_id.is_(None), address.c.value.is_not(None)
    carrier = sender.c.name.label("by"), sender.c.channel, sender.c.via, rows.c.started_at
    query = outbox.letters().add_columns(*carrier).join(sender, sender.c.id == rows.c.sender_id)
    lot = query.where(*asked, sender.c.via.in_(vias)).order_by(rows.c.started_at.desc()).limit(LOT)
    return [
        Doubtful(
            letter=outbox.letter_of(row, row.started_at),
            sender=row.by,
            channel=row.channel,
            via=row.via,
            others=_others(unit, row.address_id),
        )
        for row in unit.db.execute(lot).all()
        if row.body is not None or row.words is not None
    ]


def _others(unit: Unit, address_id: int) -> frozenset[str]:
    known = rows.c.address_id == address_id, rows.c.provider_id.is_not(None)
    return frozenset(unit.db.execute(select(rows.c.provider_id).where(*known)).scalars())
