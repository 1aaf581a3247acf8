"""What came in and was not understood: kept sealed where the inbound messages are, with their retention."""

from __future__ import annotations

from sqlalchemy import update

from storage.store import Unit
from storage.tables import inbound
from storage.talks import sender_id, take


def quarantine(unit: Unit, sender: str, provider_id: str, payload: str) -> bool:
    """Put it aside, once. Raises LookupError: no sender is called so."""
    known = sender_id(unit, sender)
    if known is None:
        raise LookupError(f"no sender is called {sender!r}")
    row = take(unit, known, provider_id)
    if row is None:
        return False
    aside = update(inbound).where(inbound.c.id == row)
    unit.db.execute(aside.values(state="quarantined", payload=payload.replace("\0", "")))
    return True
