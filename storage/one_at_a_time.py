"""On an SMS phone a bare "1" answers the newest question: what asks something there comes one at a time.

What must wait is put off out of the queue's head, so that a look at the queue costs the same however many wait: until
the question before it is a day old, and back to the front as soon as that one is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Row, Select, and_, bindparam, func, or_, select, update

from storage.store import Unit
from storage.tables import address, broadcast, outbox, recipient, sender, talk
from storage.tables.base import Instant

HOLDS = timedelta(hours=24)  # an open question keeps broadcasts away from an SMS phone for so long
WAITS = "turn: another question is open on this phone"
ORDINARY = 2  # priority of what is not about one's own place
BUSY = timedelta(seconds=1)  # while a turn of this phone is under way nobody knows what will be open


_WAITING = outbox.c.address_id == bindparam("address"), outbox.c.state == "pending", outbox.c.error == WAITS
_LET_GO = update(outbox).where(*_WAITING)  # every turn that ends a talk runs it


def hold(unit: Unit, rows: Sequence[Row[Any]]) -> set[int]:
    """Have those of these waiting messages wait whose phone has an open question; their ids."""
    ours = _asking(unit, [row.id for row in rows if row.kind == "broadcast"])
    if not ours:
        return set()
    until = dict.fromkeys(_under_way(unit, ours), unit.now + BUSY)
    rest = [id for id in ours if id not in until]
    for id, end in [*_talked_with(unit, rest), *_asked_together(unit, rest), *_behind(unit, rest)]:
        until[id] = max(end, until.get(id, end))
    _put_off(unit, until)
    return set(until)


def let_go(unit: Unit, address_id: int) -> None:
    """A question of this phone is answered: what waited for that is due now."""
    unit.db.execute(_LET_GO, {"address": address_id, "due_at": unit.now, "error": None})


def _asking(unit: Unit, ids: Sequence[int]) -> dict[int, int]:
    """Those of these messages that ask something of an SMS phone, with its address."""
    return {row.id: row.address_id for row in unit.db.execute(_ON_SMS, {"ids": ids})} if ids else {}


def _under_way(unit: Unit, ours: dict[int, int]) -> list[int]:
    """Those whose phone is being answered at this moment, by another transaction."""
    free = set(unit.db.execute(_FREE, {"ids": sorted(set(ours.values()))}).scalars())
    return [id for id, at in ours.items() if at not in free]


def _talked_with(unit: Unit, ids: Sequence[int]) -> list[tuple[int, datetime]]:
    """Those whose phone has an open talk, and until when they wait for it."""
    rows = unit.db.execute(_TALKED_WITH, {"ids": ids, "since": unit.now - HOLDS}).all()
    return [(row.id, row.asked_at + HOLDS) for row in rows if not _over_by(row, row.asked_at + HOLDS)]


def _over_by(row: Any, end: datetime) -> bool:
    """It is about one's own place, and would never be read if it waited until then."""
    return bool(row.priority < ORDINARY and row.expires_at is not None and row.expires_at <= end)


def _asked_together(unit: Unit, ids: Sequence[int]) -> list[tuple[int, datetime]]:
    """Those beside which another broadcast waited that asked its question here first and has no answer yet.

    What is about one's own place has its hour and does not wait for that.
    """
    found = unit.db.execute(_TOGETHER, {"ids": ids, "since": unit.now - HOLDS, "now": unit.now})
    # Asked in SQL, SQLite would begin with all the messages that no talk has taken up.
    rows = [row for row in found if row.talk_id is None]
    return [(id, min(at + HOLDS, ends or at + HOLDS)) for id, at, ends, _ in rows]


def _behind(unit: Unit, ids: Sequence[int]) -> list[tuple[int, datetime]]:
    """Those before which something older waits here: a story is not read before the news it stands on."""
    return [(row.id, row.due_at) for row in unit.db.execute(_BEHIND, {"ids": ids, "now": unit.now})]


def _put_off(unit: Unit, until: dict[int, datetime]) -> None:
    if until:
        later = update(outbox).where(outbox.c.id == bindparam("row")).values(due_at=bindparam("end"), error=WAITS)
        unit.db.execute(later, [{"row": id, "end": end} for id, end in until.items()])


# --- built once: every claim asks them ------------------------------------------------------------------------------

_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_SINCE, _NOW = (bindparam(name, type_=Instant()) for name in ("since", "now"))
_ON_SMS = (
    select(outbox.c.id, outbox.c.address_id)
    .join(sender, sender.c.id == outbox.c.sender_id)
    .join(recipient, recipient.c.id == outbox.c.recipient_id)
    .join(broadcast, broadcast.c.id == recipient.c.broadcast_id)
    .where(outbox.c.id.in_(_IDS), sender.c.channel == "sms", broadcast.c.opens.is_not(None))
)
_FREE = (
    select(address.c.id)
    .where(address.c.id.in_(_IDS))
    .order_by(address.c.id)
    .with_for_update(skip_locked=True, key_share=True)
)
_TALKED_WITH = (
    select(
        outbox.c.id,
        outbox.c.priority,
        outbox.c.expires_at,
        func.max(talk.c.asked_at, type_=Instant()).label("asked_at"),
    )
    .join(talk, talk.c.address_id == outbox.c.address_id)
    .where(outbox.c.id.in_(_IDS), talk.c.pending.is_not(None), ~talk.c.offer, talk.c.asked_at > _SINCE)
    .group_by(outbox.c.id)
)


def _together() -> Select[Any]:
    first, theirs, mine, act = outbox.alias("first"), recipient.alias("theirs"), recipient.alias("mine"), broadcast
    asked_at = func.coalesce(first.c.sent_at, first.c.started_at, type_=Instant())
    return (
        select(outbox.c.id, asked_at, act.c.expires_at, first.c.talk_id)
        .join_from(outbox, mine, mine.c.id == outbox.c.recipient_id)
        .join(first, first.c.address_id == outbox.c.address_id)
        .join(theirs, theirs.c.id == first.c.recipient_id)
        .join(act, and_(act.c.id == theirs.c.broadcast_id, act.c.id != mine.c.broadcast_id))
        .where(outbox.c.id.in_(_IDS), outbox.c.priority == ORDINARY, act.c.opens.is_not(None))
        .where(first.c.state.in_(("sent", "unknown")), asked_at > _SINCE, asked_at >= outbox.c.due_at)
        .where(or_(act.c.expires_at.is_(None), act.c.expires_at > _NOW))
    )


_TOGETHER = _together()
_OLDER = outbox.alias("older")
_BEHIND = (
    select(outbox.c.id, func.max(_OLDER.c.due_at, type_=Instant()).label("due_at"))
    .join_from(outbox, _OLDER, and_(_OLDER.c.address_id == outbox.c.address_id, _OLDER.c.id < outbox.c.id))
    .where(outbox.c.id.in_(_IDS), outbox.c.priority == ORDINARY)
    .where(_OLDER.c.state == "pending", _OLDER.c.error == WAITS, _OLDER.c.due_at > _NOW)
    .group_by(outbox.c.id)
)
