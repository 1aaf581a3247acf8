"""The end of each chain of the audit log, kept apart from it: so that an end which is cut off is missed.

Whoever can write to the database can change both. Against that stand the heads that others hold: of a choice the one
on its page, in its file and in the seed of its ties (voting.md 6).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from storage import remembered
from storage.tables import audit_event, setting
from storage.unit import Unit

_NAME = "log_head:"  # and the scope


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
    kept = select(setting.c.name, setting.c.value).where(setting.c.name.startswith(_NAME, autoescape=True))
    found = {row.name.removeprefix(_NAME): _read(row.value) for row in unit.db.execute(kept)}
    return {scope: head for scope, head in found.items() if head}


def without(unit: Unit) -> list[str]:
    """Scopes of chains whose head was never kept: an older program made them."""
    scopes = unit.db.execute(select(audit_event.c.scope).where(audit_event.c.seq == 1)).scalars()
    kept = every(unit)
    return [scope for scope in scopes if scope not in kept]


def _read(text: str) -> Head | None:
    seq, _space, mark = text.partition(" ")
    return Head(int(seq), mark) if mark else None
