"""SMS phones whose line has lost its settings: another of our lines takes them over, for SMS is one way to a person."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, literal_column, or_, select, update

from storage import closures
from storage.senders import LEFT
from storage.store import Unit
from storage.tables import address, outbox, sender

LOT = 500  # addresses of one statement
_ALL = (0, 1, 2)  # every priority, said so that the index of the queue is used


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
        waits = outbox.c.address_id.in_(ids), outbox.c.state.in_(("pending", "held"))
        alone = or_(outbox.c.error == LEFT, closures.waiting())
        unit.db.execute(update(outbox).where(*waits, alone).values(due_at=unit.now, error=None))
        unit.db.execute(update(outbox).where(*waits).values(sender_id=sender_id))


def follow(unit: Unit, gone_id: int) -> int:
    """What is due by this line, and stands at a phone that another one writes to by now, goes by that; how many.

    The process that had it in hand when its line was taken over was killed, so it came back to the queue afterwards.
    """
    gone, other = sender.alias("gone"), sender.alias("other")
    query = (
        select(outbox.c.id, other.c.id.label("line"))
        .join_from(outbox, address, address.c.id == outbox.c.address_id)
        .join(gone, gone.c.id == outbox.c.sender_id)
        .join(other, and_(other.c.id == address.c.sender_id, other.c.channel == gone.c.channel))
        .where(outbox.c.sender_id == gone_id, outbox.c.state == literal_column("'pending'"))
        .where(outbox.c.priority.in_(_ALL), outbox.c.due_at <= unit.now)
        .where(other.c.id != gone_id, other.c.off_at.is_(None))
        .order_by(outbox.c.id)
        .limit(LOT)
    )
    rows = unit.db.execute(query.with_for_update(of=outbox, skip_locked=True, key_share=True)).all()
    for line in {row.line for row in rows}:
        theirs = update(outbox).where(outbox.c.id.in_([row.id for row in rows if row.line == line]))
        unit.db.execute(theirs.values(sender_id=line, error=None))
    return len(rows)
