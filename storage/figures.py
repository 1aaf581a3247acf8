"""How much waits where: figures for an operator, without anybody's data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal_column, select

from storage import closures, vitals
from storage.store import Unit
from storage.tables import broadcast, outbox, recipient, sender
from storage.tables.base import Instant

_UNDER_WAY = outbox.c.state.in_([literal_column(f"'{state}'") for state in ("claimed", "started")])
_PENDING = outbox.c.state == literal_column("'pending'")


@dataclass(frozen=True, slots=True)
class Queue:
    """One sender's queue."""

    sender: str
    states: Mapping[str, int]  # 'pending', 'claimed', 'started' -> messages
    oldest_seconds: float  # how long the oldest message that is due has waited
    halted: bool
    closed: Sequence[str]  # countries it can not send to for now: 'CO'


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is read from the database for /metrics."""

    queues: Sequence[Queue]
    unknown: int  # recipients of whom nobody knows whether they were told
    backup: datetime | None  # when the newest backup was made


def figures(unit: Unit) -> Figures:
    """The figures now."""
    counts: dict[int, dict[str, int]] = {}
    for condition in (_PENDING, _UNDER_WAY):  # apart: each has its own partial index
        query = select(outbox.c.sender_id, outbox.c.state, func.count()).where(condition)
        for sender_id, state, count in unit.db.execute(query.group_by(outbox.c.sender_id, outbox.c.state)):
            counts.setdefault(sender_id, {})[state] = count
    due = select(outbox.c.sender_id, func.min(outbox.c.due_at, type_=Instant())).where(_PENDING)
    oldest = {row[0]: (unit.now - row[1]).total_seconds() for row in unit.db.execute(due.group_by(outbox.c.sender_id))}
    empty = {"pending": 0, "claimed": 0, "started": 0}
    shut = sorted(closures.pairs(unit))
    queues = [
        Queue(
            sender=row.name,
            states=empty | counts.get(row.id, {}),
            oldest_seconds=max(0.0, oldest.get(row.id, 0.0)),
            halted=row.halted_at is not None,
            closed=[country for id, country in shut if id == row.id],
        )
        for row in unit.db.execute(select(sender).order_by(sender.c.id))
    ]
    # By broadcast: then the ledger's index counts them without reading everybody.
    doubts = select(func.count()).select_from(broadcast).join(recipient, recipient.c.broadcast_id == broadcast.c.id)
    unknown = doubts.where(recipient.c.state == "unknown")
    return Figures(queues, unit.db.execute(unknown).scalar_one(), vitals.backed_up(unit))
