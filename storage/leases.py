"""Leases: one process at a time does what only one may do, and loses it when it falls silent."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, or_, update

from storage.store import Unit
from storage.tables import lease
from storage.upsert import insert_once


def hold(unit: Unit, name: str, holder: str, span: timedelta) -> bool:
    """Take this lease, or keep it for another span. False: another process has it.

    One that lasts longer than two spans was taken before the clock was set back: nobody waits for it. Longer than one
    is not enough: of two that begin at once one reads the earlier time.
    """
    until = unit.now + span
    if insert_once(unit, lease, {"name": name, "holder": holder, "until": until}, "name") is not None:
        return True
    free = or_(lease.c.holder == holder, lease.c.until <= unit.now, lease.c.until > until + span)
    mine = update(lease).where(lease.c.name == name, free)
    return bool(unit.db.execute(mine.values(holder=holder, until=until)).rowcount)


def release(unit: Unit, name: str, holder: str) -> None:
    """Give it back, so that the next process need not wait."""
    unit.db.execute(delete(lease).where(lease.c.name == name, lease.c.holder == holder))
