"""SMS phones whose line has lost its settings: another of our lines takes them over, for SMS is one way to a person."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from storage.senders import LEFT
from storage.store import Unit
from storage.tables import address, outbox, sender

LOT = 500  # addresses of one statement


def left_behind(unit: Unit) -> Sequence[tuple[int, str]]:
    """(id, number) of the addresses of lines that are switched off; at the start of a process, so all at once."""
    gone = select(sender.c.id).where(sender.c.channel == "sms", sender.c.off_at.is_not(None))
    ids = unit.db.execute(gone).scalars().all()
    theirs = address.c.sender_id.in_(ids), address.c.value.is_not(None)
    query = select(address.c.id, address.c.value).where(*theirs).order_by(address.c.id)
    return [(row.id, row.value) for row in unit.db.execute(query)] if ids else []


def take_over(unit: Unit, address_ids: Sequence[int], sender_id: int) -> None:
    """This line writes to them from now on, also what waits: it goes now where it waited for the old line alone."""
    for start in range(0, len(address_ids), LOT):
        ids = address_ids[start : start + LOT]
        unit.db.execute(update(address).where(address.c.id.in_(ids)).values(sender_id=sender_id))
        waits = outbox.c.address_id.in_(ids), outbox.c.state == "pending"
        unit.db.execute(update(outbox).where(*waits, outbox.c.error == LEFT).values(due_at=unit.now, error=None))
        unit.db.execute(update(outbox).where(*waits).values(sender_id=sender_id))
