"""Senders: one identity with one limit each. Slots are reserved on the sender's row, so all processes keep one rate.

GCRA in whole microseconds: `next_us` is the next free slot, `interval_us` the distance of two. A process takes the
slots of about a tenth of a second at a time and sends each message at its own slot, never in a burst: with slots at
95 % of the rate and none used more than `LATE` after its time, no window of a second holds more than the rate.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, literal_column, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import clock, closures, remembered
from storage.store import Unit
from storage.tables import outbox, receipt, sender

SHARE = 0.95  # of the provider's limit that we use
AHEAD_US = 100_000  # how far ahead slots are taken: a batch is what fits into it
BATCH = 100  # messages a batch at most
LATE = 0.05  # seconds: (1 s + LATE) * SHARE < 1 s, so even late slots keep the limit
OFF = "its channel is switched off"
LEFT = f"off: {OFF}"  # why a message waits or went another way
REPEATS = 10  # receipts of one message among the newest ones, at most
_LONGEST_US = 24 * 3600 * 1_000_000  # a pause is never longer
_SLACK_US = 2_000_000  # the longest headroom, and the slots that are taken ahead
_DEAREST = 40  # slots of one message at most: segments of an SMS
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Sender:
    """One of our identities."""

    id: int
    name: str  # 'simulator:sms'
    channel: str  # 'sms' | 'whatsapp' | 'telegram'
    via: str  # the file of bot/channels that carries it
    interval_us: int
    halted_at: datetime | None
    halted_why: str | None


@dataclass(frozen=True, slots=True)
class Slots:
    """Slots that may be taken now, by one process, until its unit ends."""

    free: int
    wait: float = 0.0  # seconds until asking again is worth it, when none is free
    now_us: int = 0
    lead_us: int = 0  # from now to the first of them
    interval_us: int = 1
    headroom_us: int = 0

    def opens_in(self, number: int) -> float:
        """Seconds from now to the slot of this number, from 0."""
        return (self.lead_us + number * self.interval_us) / 1_000_000


def ensure(
    unit: Unit,
    name: str,
    channel: str,
    via: str,
    rate: float,
    *,
    window: timedelta | None = None,
    templates: Mapping[str, Collection[str]] | None = None,
) -> int:
    """The sender's id; its row is made, or set to this rate (the provider's messages a second).

    window     how long after a message of hers free text may go; None: at any time
    templates  approved text -> its languages: what may go at any time

    Called at start: what halted it before may have been mended, so it is tried again.
    """
    if rate <= 0:
        raise ValueError(f"the sender {name} needs a rate above 0 messages a second")
    values: dict[str, Any] = {
        "channel": channel,
        "via": via,
        "interval_us": max(1, math.ceil(1_000_000 / (SHARE * rate))),
        "window": int(window.total_seconds()) if window is not None else None,
        "templates": {text: sorted(langs) for text, langs in (templates or {}).items()},
    }
    values |= {"halted_at": None, "halted_why": None, "alerted_at": None, "off_at": None}
    dialect = sqlite if unit.db.dialect.name == "sqlite" else postgresql
    made = dialect.insert(sender).values(name=name, **values)
    kept = made.on_conflict_do_update(index_elements=["name"], set_=values)
    made_id = int(unit.db.execute(kept.returning(sender.c.id)).scalar_one())
    waits = outbox.c.sender_id == made_id, outbox.c.state == literal_column("'pending'"), outbox.c.error == LEFT
    unit.db.execute(update(outbox).where(*waits).values(due_at=unit.now, error=None))
    closures.lift(unit, made_id)
    return made_id


def switched_off(unit: Unit) -> list[int]:
    """Senders that no setting names any more."""
    query = select(sender.c.id).where(sender.c.off_at.is_not(None))
    return list(unit.db.execute(query.order_by(sender.c.id)).scalars())


def switch_off(unit: Unit, on: Collection[int]) -> list[str]:
    """All senders but these have lost their settings: they stop and nobody is written to by them; names of the new."""
    lost = update(sender).where(sender.c.id.not_in(on), sender.c.off_at.is_(None))
    since = {"off_at": unit.now, "halted_at": unit.now, "halted_why": OFF, "alerted_at": unit.now}
    return list(unit.db.execute(lost.values(**since).returning(sender.c.name)).scalars())


def off(sender_id: ColumnElement[int]) -> ColumnElement[bool]:
    """That sender's channel is switched off."""
    return sender_id.in_(select(sender.c.id).where(sender.c.off_at.is_not(None)))


def stopped(unit: Unit) -> list[tuple[Sender, int]]:
    """Senders that stand still and should not, with the messages in their queue: those that are off only with some."""
    every = unit.db.execute(select(sender).where(sender.c.halted_at.is_not(None)).order_by(sender.c.id)).all()
    found = [(row, waiting(unit, row.id)) for row in every]
    return [(_sender(row), count) for row, count in found if count or row.off_at is None]


def senders(unit: Unit) -> list[Sender]:
    """All of them, in the order they were made."""
    return [_sender(row) for row in unit.db.execute(select(sender).order_by(sender.c.id))]


def _sender(row: Row[Any]) -> Sender:
    return Sender(row.id, row.name, row.channel, row.via, row.interval_us, row.halted_at, row.halted_why)


def reserve(unit: Unit, sender_id: int, headroom: float) -> Slots:
    """Lock the sender's row and say which slots are free; `take` uses them in the same unit.

    headroom  seconds that this process needs from here to its network call: earlier slots would be missed
    """
    # An update that changes nothing: unlike FOR UPDATE it does not wait for every turn that writes to the outbox
    # and so holds a foreign key's lock on this row.
    held = update(sender).where(sender.c.id == sender_id).values(next_us=sender.c.next_us)
    row = unit.db.execute(held.returning(sender)).one()
    if row.halted_at is not None:
        return Slots(0, 1.0)
    now = _real(unit)
    soon_us = now + round(headroom * 1_000_000)
    free_from = _free_from(unit, row, now)
    if free_from > soon_us + AHEAD_US // 2:  # a few slots at a time would be many small transactions
        return Slots(0, (free_from - soon_us - AHEAD_US // 2) / 1_000_000)
    first = max(free_from, soon_us)
    free = min(BATCH, 1 + max(0, soon_us + AHEAD_US - first) // row.interval_us)
    return Slots(free, 0.0, now, first - now, row.interval_us, soon_us - now)


def take(unit: Unit, sender_id: int, slots: Slots, used: int) -> float:
    """Use this many of the reserved slots; the others stay free. Seconds until asking again is worth it."""
    if not used:
        return 0.0
    after_us = slots.lead_us + used * slots.interval_us
    moved = update(sender).where(sender.c.id == sender_id)
    unit.db.execute(moved.values(next_us=slots.now_us + after_us))
    return max(0, after_us - slots.headroom_us - AHEAD_US // 2) / 1_000_000


def near(unit: Unit, headroom: float) -> dict[str, int]:
    """For `may_be_free`: the moment now, and up to which a slot is near for a process with this headroom."""
    now = _real(unit)
    return {"real": now, "soon": now + round(headroom * 1_000_000) + AHEAD_US // 2}


def may_be_free() -> ColumnElement[bool]:
    """Senders with a slot to take, and those whose slot is too far to be one: `is_free` tells which of them wait."""
    return or_(sender.c.next_us <= bindparam("soon"), sender.c.next_us > bindparam("real") + _far(sender.c.interval_us))


def is_free(unit: Unit, row: Row[Any], near: Mapping[str, int]) -> bool:
    """Whether this sender (id, next_us, interval_us) has a slot to take: what `reserve` will say."""
    return _free_from(unit, row, near["real"]) <= near["soon"]


def _free_from(unit: Unit, row: Row[Any], now: int) -> int:
    """Its next free slot. One further ahead than slots are taken, and no pause, was written by a clock that was
    ahead and is right again: then it is free now."""
    if row.next_us <= now + _far(row.interval_us):
        return int(row.next_us)
    began, _, until = remembered.get(unit, _pause(row.id)).partition(" ")
    paused = until and int(began) <= now + _far(row.interval_us) and row.next_us <= int(until)
    return int(row.next_us) if paused else now


def _far(interval_us: Any) -> Any:
    """Further ahead than this no slot is ever taken; of a number, or of a column."""
    return interval_us * _DEAREST + _SLACK_US


def _pause(sender_id: int) -> str:
    return f"pause.{sender_id}"


def pause(unit: Unit, sender_id: int, seconds: float) -> None:
    """The provider wants us to slow down: no slot before then, in any process."""
    now = _real(unit)
    until = now + min(round(seconds * 1_000_000), _LONGEST_US)
    unit.lock(sender, sender_id)
    row = unit.db.execute(select(sender).where(sender.c.id == sender_id)).one()
    if _free_from(unit, row, now) < until:
        unit.db.execute(update(sender).where(sender.c.id == sender_id).values(next_us=until))
        remembered.put(unit, _pause(sender_id), f"{now} {until}")


def halt(unit: Unit, sender_id: int, why: str) -> bool:
    """Stop this sender and keep its queue, until the next start or `resume`. Whether it ran until now."""
    running = update(sender).where(sender.c.id == sender_id, sender.c.halted_at.is_(None))
    return bool(unit.db.execute(running.values(halted_at=unit.now, halted_why=why)).rowcount)


def halt_all(unit: Unit, names: Collection[str], why: str) -> None:
    """Likewise all of these, by name: their provider does not let us in."""
    running = update(sender).where(sender.c.name.in_(names), sender.c.halted_at.is_(None))
    unit.db.execute(running.values(halted_at=unit.now, halted_why=why))


def failing(unit: Unit, sender_id: int, strikes: int) -> bool:
    """The last messages of this sender that their provider spoke of have all failed.

    Counted by receipts: what was handed over since and is not spoken of yet says nothing.
    """
    told = outbox.c.sender_id == sender_id, receipt.c.rank >= 3
    query = select(outbox.c.id, outbox.c.rank).join(receipt, receipt.c.outbox_id == outbox.c.id).where(*told)
    newest = unit.db.execute(query.order_by(receipt.c.id.desc()).limit(REPEATS * strikes)).all()
    ranks = list({row.id: row.rank for row in newest}.values())[:strikes]
    return len(ranks) == strikes and set(ranks) == {4}


def resume(unit: Unit, name: str) -> bool:
    """Let a halted sender go on. Whether it was halted."""
    stopped = update(sender).where(sender.c.name == name, sender.c.halted_at.is_not(None), sender.c.off_at.is_(None))
    return bool(unit.db.execute(stopped.values(halted_at=None, halted_why=None, alerted_at=None)).rowcount)


def untold_halts(unit: Unit) -> list[Sender]:
    """Senders that have stopped since somebody was told; told by this unit."""
    stopped = update(sender).where(sender.c.halted_at.is_not(None), sender.c.alerted_at.is_(None))
    return [_sender(row) for row in unit.db.execute(stopped.values(alerted_at=unit.now).returning(sender)).all()]


def waiting(unit: Unit, sender_id: int) -> int:
    """Messages in this sender's queue."""
    mine = outbox.c.sender_id == sender_id, outbox.c.state == "pending"
    return unit.db.execute(select(func.count()).select_from(outbox).where(*mine)).scalar_one()


def _real(unit: Unit) -> int:
    """Microseconds since 1970, in whole numbers, so that slots never drift. Without the offset of the simulator's
    clock: the provider counts in real time, and a clock that leaps must not stop a sender."""
    return (clock.real(unit) - _EPOCH) // timedelta(microseconds=1)
