"""What providers tell later about our messages: ranks only rise, in whatever order they come."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Row, case, func, insert, select, update

from storage import one_at_a_time, onward, settle
from storage.settle import Outcome
from storage.store import Unit
from storage.tables import address, outbox, receipt, sender

NEWEST = 5000  # receipts that a share is counted of


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
    def stamp(self) -> str: ...
    @property
    def error(self) -> str: ...


def settle_receipt(unit: Unit, told: Told, failed: Outcome | None = None) -> str | None:
    """Keep what was told and raise the message's rank; its state now. None: the message is not known (yet).

    failed  what a failure means for the sender, the address and the next try
    """
    provider_id = settle.storable(told.provider_id, settle.LONGEST_ID)
    row = _message(unit, told, provider_id) or _message_by_now(unit, told, provider_id)
    error = settle.storable(told.error, 200)
    kept = {"provider_id": provider_id, "rank": told.rank, "error": error, "at": unit.now}
    unit.db.execute(insert(receipt).values(outbox_id=row.id if row else None, **kept))
    if row is None:
        return None
    rank = max(row.rank, told.rank)
    state = settle.by_rank(row.state, rank, row.uncertain)
    values: dict[str, Any] = {"rank": rank, "state": state, "provider_id": row.provider_id or provider_id}
    if state in ("sent", "failed"):
        values |= {"error": settle.failure(unit, row.id, rank), "sent_at": row.sent_at or row.started_at}
    unit.db.execute(update(outbox).where(outbox.c.id == row.id).values(**values))
    if state == "failed":
        one_at_a_time.let_go(unit, row.address_id)  # it asks nothing any more
    touched = _consequences(unit, row, rank, failed)
    settle.ledger(unit, [row.recipient_id, *touched])
    return state


def ended_so(unit: Unit, sender_name: str, error: str, since: datetime) -> tuple[int, int]:
    """(messages that ended with this error, all) of those that a sender's provider spoke of since then.

    Of the newest receipts alone: the figure is for a share, and a look costs the same however many there are.
    """
    newest = select(receipt).order_by(receipt.c.id.desc()).limit(NEWEST).subquery()
    mine = sender.c.name == sender_name, newest.c.at > since
    so = case((newest.c.error == settle.storable(error, 200), newest.c.outbox_id))
    counts = func.count(so.distinct()), func.count(newest.c.outbox_id.distinct())
    query = select(*counts).select_from(newest).join(outbox, outbox.c.id == newest.c.outbox_id)
    row = unit.db.execute(query.join(sender, sender.c.id == outbox.c.sender_id).where(*mine)).one()
    return int(row[0]), int(row[1])


def _consequences(unit: Unit, row: Row[Any], rank: int, failed: Outcome | None) -> set[int | None]:
    """Delivered after all: a second try that waits is called back. Failed for the first time: what comes next."""
    if rank > settle.FAILED >= row.rank:
        onward.recall(unit, row)
    if failed is None or rank != settle.FAILED or row.rank >= settle.FAILED or not _handed_over(row):
        return set()
    return settle.told_later(unit, row, failed)


def _handed_over(row: Row[Any]) -> bool:
    """The provider has it, or may have. What it refused at once has had its consequences, and may wait again."""
    return row.state in ("started", "sent", "unknown") or row.uncertain > 0


def _message(unit: Unit, told: Told, provider_id: str) -> Row[Any] | None:
    """By our own id where the provider returns it, else by the provider's; locked. None where it is of another message.

    Its address before it, as a turn does: what this receipt does to others of that address must not cross a turn's.
    """
    ours = outbox.c.id == told.outbox_id if told.outbox_id is not None else outbox.c.provider_id == provider_id
    mine = select(sender.c.id).where(sender.c.name == told.sender).scalar_subquery()
    query = select(outbox.c.id, outbox.c.address_id).where(ours, outbox.c.sender_id == mine)
    found = unit.db.execute(query.order_by(outbox.c.id.desc()).limit(1)).first()
    if found is None:
        return None
    unit.lock(address, found.address_id)
    row = select(*settle.ROW).where(outbox.c.id == found.id)
    locked = unit.db.execute(row.with_for_update(key_share=True)).one()
    return locked if told.outbox_id is None or _is_of(locked, told.stamp, provider_id) else None


def _is_of(row: Row[Any], stamp: str, provider_id: str) -> bool:
    """Not of one that had this number in an earlier database; of a try whose end is not known the id is not known."""
    if stamp and stamp != settle.stamp(row.created_at):
        return False
    return row.provider_id in (None, provider_id) or row.uncertain > 0


def _message_by_now(unit: Unit, told: Told, provider_id: str) -> Row[Any] | None:
    """The same once nobody is writing down what this sender's provider calls its messages: one that is settled at this
    moment has been by then, and one that is settled later finds the receipt."""
    if told.outbox_id is not None:
        return None
    mine = unit.db.execute(select(sender.c.id).where(sender.c.name == told.sender)).scalar()
    unit.lock(sender, mine or 0)
    return _message(unit, told, provider_id)


def mark_reachable(unit: Unit, channel: str, value: str, reachable: bool) -> None:
    """A provider says that this address can be written to again, or no longer. A stranger's leaves no trace."""
    marks = unit.ring.fingerprints(channel, value)
    theirs = address.c.channel == channel, address.c.fingerprint.in_(marks)
    row = unit.db.execute(select(address.c.id, address.c.reachable).where(*theirs).with_for_update()).first()
    if row is None or row.reachable is reachable:
        return
    if reachable:
        unit.db.execute(update(address).where(address.c.id == row.id).values(reachable=True))
    else:
        settle.ledger(unit, settle.unreachable(unit, row.id))
