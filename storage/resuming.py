"""After a restore nothing leaves by itself until a person has said `convoca resume`.

Between the backup and now the old database went on: what waited in its queue was sent, reminders and results were
begun. The backup knows nothing of that. So whatever waited, and whatever Convoca would begin by itself at this moment,
counts as perhaps sent ('unknown'), and a broadcast is never sent twice on a guess (ADR 20).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update

from storage import closures, one_at_a_time, remembered, senders, waking
from storage.tables import broadcast, outbox, recipient, setting, territory
from storage.unit import Unit

RESTORED = "restored"  # the mark of a restored database; and why a message is not known to have been sent
ROUNDS = 200  # one thing due may bring another; and each look takes a lot of them
_WAITS = outbox.c.state.in_(("pending", "claimed", "started"))


class NotResumed(Exception):
    """This database was restored, and nobody has said yet that it may go on."""


@dataclass(frozen=True, slots=True)
class Restored:
    """Where a restored database stands."""

    made_at: datetime  # of the backup
    last: int  # the newest message it held


@dataclass(frozen=True, slots=True)
class Doubt:
    """Messages that count as perhaps sent."""

    kind: str  # 'reminder', 'result' ... of a broadcast; 'reply', 'notice' of single messages
    code: str  # of the broadcast; ''
    messages: int


def mark(unit: Unit, made_at: datetime) -> None:
    """From here on `require_resumed` refuses."""
    last = unit.db.execute(select(func.max(outbox.c.id))).scalar() or 0
    remembered.put(unit, RESTORED, json.dumps({"made_at": made_at.isoformat(), "last": last}))


def found(unit: Unit) -> Restored | None:
    """What waits for `resume`; None: nothing does."""
    told = remembered.get(unit, RESTORED)
    if not told:
        return None
    kept = json.loads(told)
    return Restored(datetime.fromisoformat(kept["made_at"]), int(kept["last"]))


def require_resumed(unit: Unit) -> None:
    """Raises NotResumed, with what to do."""
    restored = found(unit)
    if restored is not None:
        raise NotResumed(
            f"This database was restored from a backup of {restored.made_at:%Y-%m-%d %H:%M} UTC. First do again what "
            "people asked for since (SALIR, BORRAR); then say: convoca resume"
        )


def waiting(unit: Unit) -> int:
    """How many messages the backup held that were due by now."""
    restored = found(unit)
    old = and_(_WAITS, _due(unit), outbox.c.id <= (restored.last if restored else 0))
    return unit.db.execute(select(func.count()).where(old)).scalar_one()


def hold(unit: Unit, begin: Sequence[Callable[[Unit], object]]) -> list[Doubt]:
    """Count as perhaps sent what waited, and all that `begin` (the ticks of the clock) begins at this moment.

    What was due later than now goes when its hour comes: so does what only this night begins for the morning, for the
    old database could not send it either. What the day before it would have begun may have left by day; so the clock's
    ticks look first as of that evening. Nothing is done where nothing was restored.
    """
    restored = found(unit)
    if restored is None:
        return []
    before = _newest(unit)
    evening = _evening(unit)
    if evening > restored.made_at:
        _begun(replace(unit, now=evening), begin)
    by_day = _newest(unit)
    _begun(unit, begin)
    sooner = and_(outbox.c.id > before, outbox.c.id <= by_day)
    ready = and_(or_(outbox.c.id <= restored.last, outbox.c.id > by_day), _due(unit))
    doubts = _in_doubt(unit, and_(_WAITS, or_(sooner, ready)))
    release(unit)
    return doubts


def _evening(unit: Unit) -> datetime:
    """When people were last awake everywhere: now, by day."""
    zones = unit.db.execute(select(territory.c.tz).distinct()).scalars().all() or [waking.NOWHERE]
    return min(waking.evening(unit.now, ZoneInfo(zone)) for zone in zones)


def _due(unit: Unit) -> ColumnElement[bool]:
    """By its hour, or put off to a later one from which an answer or a mended channel may have called it back."""
    called_back = outbox.c.error.in_((one_at_a_time.WAITS, senders.LEFT))
    return or_(outbox.c.due_at <= unit.now, called_back, closures.waiting())


def release(unit: Unit) -> None:
    """Let everything go on as it stands."""
    unit.db.execute(delete(setting).where(setting.c.name == RESTORED))


def _newest(unit: Unit) -> int:
    return unit.db.execute(select(func.max(outbox.c.id))).scalar() or 0


def _begun(unit: Unit, begin: Iterable[Callable[[Unit], object]]) -> None:
    for _round in range(ROUNDS):
        newest = _newest(unit)
        for work in begin:
            work(unit)
        if _newest(unit) == newest:
            return


def _in_doubt(unit: Unit, which: ColumnElement[bool]) -> list[Doubt]:
    doubts = _told(unit, which)
    values = {"state": "unknown", "uncertain": outbox.c.uncertain + 1, "error": RESTORED}
    unit.db.execute(update(outbox).where(which).values(values))
    theirs = outbox.c.recipient_id == recipient.c.id
    waits = exists().where(theirs, outbox.c.state.in_(("pending", "held")))
    lost = exists().where(theirs, outbox.c.state == "unknown")
    of_the_ledger = update(recipient).where(recipient.c.state == "pending", lost, ~waits)
    unit.db.execute(of_the_ledger.values(state="unknown", reason="uncertain", at=unit.now))
    return doubts


def _told(unit: Unit, which: ColumnElement[bool]) -> list[Doubt]:
    kind, code = func.coalesce(broadcast.c.kind, outbox.c.kind), func.coalesce(broadcast.c.code, "")
    query = (
        select(kind, code, func.count())
        .select_from(outbox)
        .outerjoin(recipient, recipient.c.id == outbox.c.recipient_id)
        .outerjoin(broadcast, broadcast.c.id == recipient.c.broadcast_id)
    )
    return [Doubt(*row) for row in unit.db.execute(query.where(which).group_by(kind, code).order_by(kind, code))]
