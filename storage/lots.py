"""A broadcast that is made in lots, a unit of work each: who comes later joins those who are there."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select, update

from storage import broadcasts
from storage.broadcasts import Act, Body
from storage.store import Unit
from storage.tables import broadcast, broadcast_text


def more(unit: Unit, broadcast_id: int, act: Act, words: Callable[[str], Body | None]) -> None:
    """Bring the act's audience to it, who are in none of its lots yet: strangers. One that was done goes on.

    words: of a variant that none of its people read so far
    """
    unit.lock(broadcast, broadcast_id)
    worded = set(
        unit.db.execute(select(broadcast_text.c.variant).where(broadcast_text.c.broadcast_id == broadcast_id)).scalars()
    )
    variants = broadcasts.snapshot(unit, broadcast_id, act)
    broadcasts.enqueue(unit, broadcast_id, act, {name: words(name) for name in variants if name not in worded})
    done = broadcast.c.id == broadcast_id, broadcast.c.state == "done"
    unit.db.execute(update(broadcast).where(*done).values(state="sending"))
