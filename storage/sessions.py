"""What happens to a session as a whole."""

from __future__ import annotations

from sqlalchemy import select, update

from storage.labs import Session, session_by_code
from storage.store import Unit
from storage.tables import session


def lock(unit: Unit, session_id: int) -> None:
    """Until the commit nobody else changes this session or its places."""
    unit.lock(session, session_id)


def suspend(unit: Unit, session_id: int, reason: str) -> None:
    """It does not take place. The revision rises: what speaks of an earlier one is stale."""
    off = {"state": "cancelled", "reason": reason, "revision": session.c.revision + 1}
    unit.db.execute(update(session).where(session.c.id == session_id).values(off))


def suspended(unit: Unit, code: str) -> tuple[Session, str] | None:
    """A session that was called off, with the reason as it was told."""
    found = session_by_code(unit, code)
    if found is None or found.state != "cancelled":
        return None
    return found, unit.db.execute(select(session.c.reason).where(session.c.id == found.id)).scalar_one()
