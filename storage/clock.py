"""The offset that the simulator and the tests add to the database's clock. In a real deployment it is never set."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage import remembered
from storage.unit import Unit

NAME = "clock_offset"
SEEN = "clock.seen"


def offset(unit: Unit) -> timedelta:
    """How far this database's time is from the real one."""
    return timedelta(seconds=float(remembered.get(unit, NAME) or 0))


def real(unit: Unit) -> datetime:
    """What the machine's own clock says."""
    return unit.now - offset(unit)


def seen(unit: Unit) -> datetime | None:
    """The last moment of the machine's own clock that is believed (leaps.py)."""
    kept = remembered.get(unit, SEEN)
    return datetime.fromisoformat(kept) if kept else None


def see(unit: Unit, moment: datetime) -> None:
    """Believe that it has been this moment."""
    remembered.put(unit, SEEN, moment.isoformat())


def forward(unit: Unit, by: timedelta) -> None:
    """From the next unit on it is that much later. Who moves the time believes the clock below it."""
    see(unit, real(unit))
    remembered.put(unit, NAME, f"{(offset(unit) + by).total_seconds():.6f}")


def to(unit: Unit, moment: datetime) -> None:
    """From the next unit on it is this moment, and time goes on from there."""
    forward(unit, moment - unit.now)
