"""The offset that the simulator and the tests add to the database's clock. In a real deployment it is never set."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from storage.tables import setting
from storage.unit import Unit

NAME = "clock_offset"


def offset(unit: Unit) -> timedelta:
    """How far this database's time is from the real one."""
    value = unit.db.execute(select(setting.c.value).where(setting.c.name == NAME)).scalar()
    return timedelta(seconds=float(value or 0))


def forward(unit: Unit, by: timedelta) -> None:
    """From the next unit on it is that much later."""
    value = f"{(offset(unit) + by).total_seconds():.6f}"
    changed = unit.db.execute(update(setting).where(setting.c.name == NAME).values(value=value))
    if not changed.rowcount:
        unit.db.execute(insert(setting).values(name=NAME, value=value))


def to(unit: Unit, moment: datetime) -> None:
    """From the next unit on it is this moment, and time goes on from there."""
    forward(unit, moment - unit.now)
