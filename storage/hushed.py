"""Broadcasts whose audience is a choice: how many they are nobody sees while one can choose, the team neither.

Who is told that an option is withdrawn has chosen it (voting.md 5: totals are hidden until the close).
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, not_, select

from storage.store import Unit
from storage.tables import broadcast, contest


def hushed() -> ColumnElement[bool]:
    """Of a query over `broadcast`: its people may not be counted now."""
    one = contest.alias()  # the query may read contests too
    going = exists().where(one.c.id == broadcast.c.contest_id, one.c.state == "open")
    return and_(broadcast.c.kind == "ballot_changed", going)


def shown() -> ColumnElement[bool]:
    """The others."""
    return not_(hushed())


def is_hushed(unit: Unit, broadcast_id: int) -> bool:
    """Whether this one is."""
    mine = select(broadcast.c.id).where(broadcast.c.id == broadcast_id, hushed())
    return unit.db.execute(mine).first() is not None
