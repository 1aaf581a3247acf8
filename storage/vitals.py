"""How this installation stands: what an operator has to know before people notice. No data of anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, literal_column, select

from storage import clock, leaps, remembered
from storage.tables import audit_event, inbound, outbox, sender
from storage.tables.base import Instant
from storage.unit import Unit

SPAN = timedelta(days=7)  # failed messages that are told
STILL = timedelta(minutes=10)  # a sender that works starts something sooner, if anything is due
_BACKUP = "backup.last"


@dataclass(frozen=True, slots=True)
class Standing:
    """A sender that lets due messages wait and starts nothing."""

    sender: str  # 'twilio:sms'
    messages: int
    oldest: timedelta


@dataclass(frozen=True, slots=True)
class Failed:
    """Messages that came in and met a fault of ours, of the last `SPAN`."""

    messages: int
    newest: datetime
    error_id: str  # of the newest: the log knows it


@dataclass(frozen=True, slots=True)
class Vitals:
    """All of it, at one moment."""

    now: datetime  # of the database, without the simulator's offset
    since: datetime | None  # the first act that is on record: an installation without one is empty
    backup: datetime | None  # when the newest backup was made by `convoca backup`
    believed: bool  # the clock was not seen to leap (leaps.py)
    failed: Failed | None
    standing: Sequence[Standing]


def vitals(unit: Unit) -> Vitals:
    """How it stands now."""
    first = select(audit_event.c.at).order_by(audit_event.c.id).limit(1)
    return Vitals(
        now=clock.real(unit),
        since=unit.db.execute(first).scalar(),
        backup=backed_up(unit),
        believed=leaps.believed(unit),
        failed=_failed(unit),
        standing=_standing(unit),
    )


def backed_up(unit: Unit) -> datetime | None:
    """When the newest backup was made; None: none that this database knows of."""
    kept = remembered.get(unit, _BACKUP)
    return datetime.fromisoformat(kept) if kept else None


def note_backup(unit: Unit, at: datetime) -> None:
    """A backup of this moment is whole."""
    remembered.put(unit, _BACKUP, at.isoformat())


def _failed(unit: Unit) -> Failed | None:
    mine = inbound.c.state == "failed", inbound.c.received_at > unit.now - SPAN
    count = unit.db.execute(select(func.count()).select_from(inbound).where(*mine)).scalar_one()
    newest = select(inbound.c.received_at, inbound.c.error_id).where(*mine).order_by(inbound.c.id.desc()).limit(1)
    row = unit.db.execute(newest).first()
    return Failed(count, row.received_at, row.error_id or "?") if row else None


def _standing(unit: Unit) -> list[Standing]:
    """One that has stopped is told elsewhere, with why."""
    due = outbox.c.state == literal_column("'pending'"), outbox.c.due_at <= unit.now - STILL
    oldest = func.min(outbox.c.due_at, type_=Instant()).label("oldest")
    waiting = select(sender.c.id, sender.c.name, func.count().label("messages"), oldest)
    rows = unit.db.execute(
        waiting.join(outbox, outbox.c.sender_id == sender.c.id)
        .where(sender.c.halted_at.is_(None), *due)
        .group_by(sender.c.id, sender.c.name)
        .order_by(sender.c.id)
    ).all()
    return [Standing(row.name, row.messages, unit.now - row.oldest) for row in rows if not _works(unit, row.id)]


def _works(unit: Unit, sender_id: int) -> bool:
    lately = outbox.c.sender_id == sender_id, outbox.c.started_at > unit.now - STILL
    return unit.db.execute(select(outbox.c.id).where(*lately).limit(1)).first() is not None
