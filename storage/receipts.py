"""What providers tell later about our messages: ranks only rise, in whatever order they come."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import Row, insert, select, update

from storage import settle
from storage.store import Unit
from storage.tables import outbox, receipt, sender


class Told(Protocol):
    """A receipt (bot.message.Receipt fits)."""

    @property
    def sender(self) -> str: ...
    @property
    def provider_id(self) -> str: ...
    @property
    def rank(self) -> int: ...
    @property
    def outbox_id(self) -> int | None: ...
    @property
    def error(self) -> str: ...


def settle_receipt(unit: Unit, told: Told) -> str | None:
    """Keep what was told and raise the message's rank; its state now. None: the message is not known (yet)."""
    row = _message(unit, told)
    kept = {"provider_id": told.provider_id, "rank": told.rank, "error": told.error[:200], "at": unit.now}
    unit.db.execute(insert(receipt).values(outbox_id=row.id if row else None, **kept))
    if row is None:
        return None
    rank = max(row.rank, told.rank)
    state = settle.by_rank(row.state, rank, row.uncertain)
    values: dict[str, Any] = {"rank": rank, "state": state, "provider_id": row.provider_id or told.provider_id}
    if state in ("sent", "failed"):
        values |= {"error": settle.failure(unit, row.id, rank), "sent_at": row.sent_at or row.started_at}
    unit.db.execute(update(outbox).where(outbox.c.id == row.id).values(**values))
    settle.ledger(unit, [row.recipient_id])
    return state


def _message(unit: Unit, told: Told) -> Row[Any] | None:
    """By our own id where the provider returns it, else by the provider's."""
    ours = outbox.c.id == told.outbox_id if told.outbox_id is not None else outbox.c.provider_id == told.provider_id
    mine = select(sender.c.id).where(sender.c.name == told.sender).scalar_subquery()
    query = select(outbox).where(ours, outbox.c.sender_id == mine).order_by(outbox.c.id.desc()).limit(1)
    return unit.db.execute(query.with_for_update(key_share=True)).first()
