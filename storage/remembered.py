"""Small things that this database remembers by name: how far a provider's news were read, and the like."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from storage.tables import setting
from storage.unit import Unit


def get(unit: Unit, name: str) -> str:
    """What was kept under this name; '' when nothing was."""
    return unit.db.execute(select(setting.c.value).where(setting.c.name == name)).scalar() or ""


def put(unit: Unit, name: str, value: str) -> None:
    """Keep it instead of what was there."""
    unit.db.execute(delete(setting).where(setting.c.name == name))
    unit.db.execute(insert(setting).values(name=name, value=value))
