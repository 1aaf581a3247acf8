"""Who has left an address and who has come back to it: kept by fingerprint, so that no import brings them back."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from storage.store import Unit
from storage.tables import address, suppression
from storage.upsert import insert_once


def leave(unit: Unit, address_id: int, reason: str) -> None:
    """Nobody is written to at this address any more, not even after a new import. Data stay."""
    row = unit.db.execute(select(address.c.channel, address.c.fingerprint).where(address.c.id == address_id)).one()
    unit.db.execute(update(address).where(address.c.id == address_id).values(opted_out_at=unit.now))
    left = {"channel": row.channel, "fingerprint": row.fingerprint, "reason": reason, "at": unit.now}
    insert_once(unit, suppression, left, "channel", "fingerprint")


def come_back(unit: Unit, address_id: int) -> bool:
    """ALTA: the address receives again. Whether it had left."""
    row = unit.db.execute(select(address).where(address.c.id == address_id)).one()
    gone = delete(suppression).where(suppression.c.channel == row.channel, suppression.c.fingerprint == row.fingerprint)
    unit.db.execute(gone)
    unit.db.execute(update(address).where(address.c.id == address_id).values(opted_out_at=None))
    return row.opted_out_at is not None
