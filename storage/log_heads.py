"""The end of each chain of the audit log, kept apart from it: so that an end which is cut off is missed.

Whoever can write to the database can change both. Against that stand the heads that others hold: of a choice the one
on its page, in its file and in the seed of its ties (voting.md 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from storage import remembered
from storage.tables import audit_event, setting
from storage.unit import Unit

_NAME = "log_head:"  # and the scope
_DAY = "log_day:"  # the scope, and a day


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of a scope's chain; published, it proves what the log said that day."""

    seq: int  # 0: nothing chained yet
    hash: str  # 64 hex characters


def put(unit: Unit, scope: str, head: Head) -> None:
    """Keep it instead of the one before."""
    remembered.put(unit, _NAME + scope, f"{head.seq} {head.hash}")


def get(unit: Unit, scope: str) -> Head | None:
    """The one that was kept."""
    return _read(remembered.get(unit, _NAME + scope))


def every(unit: Unit) -> dict[str, Head]:
    """scope -> head."""
    return _kept(unit, _NAME)


def put_day(unit: Unit, scope: str, day: date, head: Head) -> None:
    """Keep what is published on this day: it stays."""
    remembered.put(unit, f"{_DAY}{scope}:{day.isoformat()}", f"{head.seq} {head.hash}")


def days(unit: Unit, scope: str) -> list[tuple[date, Head]]:
    """What was published of a scope, the oldest first."""
    found = _kept(unit, f"{_DAY}{scope}:")
    return [(date.fromisoformat(day), head) for day, head in sorted(found.items())]


def published(unit: Unit) -> list[tuple[str, Head]]:
    """(scope, head) of all scopes and days."""
    return [(name.rpartition(":")[0], head) for name, head in _kept(unit, _DAY).items()]


def at_close(unit: Unit, scope: str) -> str:
    """The head of a contest's chain at its close: before it stands every choice. Hex; '' while it is not chained."""
    closing = (audit_event.c.scope == scope, audit_event.c.kind == "contest.closed")
    newest = select(audit_event.c.hash).where(*closing).order_by(audit_event.c.seq.desc()).limit(1)
    head = unit.db.execute(newest).scalar()
    return bytes(head).hex() if head else ""


def without(unit: Unit) -> list[str]:
    """Scopes of chains whose head was never kept: an older program made them."""
    scopes = unit.db.execute(select(audit_event.c.scope).where(audit_event.c.seq == 1)).scalars()
    kept = every(unit)
    return [scope for scope in scopes if scope not in kept]


def _kept(unit: Unit, prefix: str) -> dict[str, Head]:
    """What stands behind the prefix -> head."""
    kept = select(setting.c.name, setting.c.value).where(setting.c.name.startswith(prefix, autoescape=True))
    found = {row.name.removeprefix(prefix): _read(row.value) for row in unit.db.execute(kept)}
    return {name: head for name, head in found.items() if head}


def _read(text: str) -> Head | None:
    seq, _space, mark = text.partition(" ")
    return Head(int(seq), mark) if mark else None
