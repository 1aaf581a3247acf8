"""Small things that this database remembers by name: how far a provider's news were read, and the like."""

from __future__ import annotations

from sqlalchemy import select, update

from storage.tables import setting
from storage.unit import Unit


def get(unit: Unit, name: str) -> str:
    """What was kept under this name; '' when nothing was."""
    return unit.db.execute(select(setting.c.value).where(setting.c.name == name)).scalar() or ""


def put(unit: Unit, name: str, value: str) -> None:
    """Keep it instead of what was there."""
    kept = update(setting).where(setting.c.name == name)
    if unit.db.execute(kept.values(value=value)).rowcount or unit.insert_new(setting, name=name, value=value):
        return
    unit.db.execute(kept.values(value=value))  # another process kept its own meanwhile
