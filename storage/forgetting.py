"""Addresses of people who said no, or never said yes: wiped once the last reply has left, or after seven days.

What stays is the keyed fingerprint, and (sender, provider id) of what came in, against a replay.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, exists, func, select, update

from storage.store import Unit
from storage.tables import address, contact, inbound, not_understood, outbox, talk

STRANGER_STAYS = timedelta(days=7)
_LOT = 500  # addresses a tick at most


def wipe_answered(unit: Unit, address_ids: Collection[int] | None = None) -> int:
    """Wipe addresses marked to be forgotten that have no message under way. None: look through all of them."""
    wanted = [address.c.forget.is_(True), _nothing_under_way()]
    if address_ids is not None:
        if not address_ids:
            return 0
        wanted.append(address.c.id.in_(address_ids))
    return _wipe(unit, _locked(unit, wanted))


def wipe_strangers(unit: Unit) -> int:
    """The tick: whoever never gave a permission is forgotten seven days after the last message."""
    last = func.coalesce(address.c.last_inbound_at, address.c.created_at)
    silent = last <= unit.now - STRANGER_STAYS
    return _wipe(unit, _locked(unit, [address.c.value.is_not(None), silent, ~_somebody(), _nothing_under_way()]))


def _nothing_under_way() -> ColumnElement[bool]:
    waits = outbox.c.state.in_(("pending", "claimed", "started", "held"))
    return ~exists().where(outbox.c.address_id == address.c.id, waits)


def _somebody() -> ColumnElement[bool]:
    return exists().where(contact.c.address_id == address.c.id)


def _locked(unit: Unit, wanted: Sequence[ColumnElement[bool]]) -> list[int]:
    query = select(address.c.id).where(*wanted).order_by(address.c.id).limit(_LOT)
    return list(unit.db.execute(query.with_for_update(skip_locked=True, key_share=True)).scalars())


def _wipe(unit: Unit, ids: Sequence[int]) -> int:
    """A phone that somebody else still uses keeps its address: only the mark goes."""
    if not ids:
        return 0
    unit.db.execute(update(address).where(address.c.id.in_(ids)).values(forget=False))
    alone = list(unit.db.execute(select(address.c.id).where(address.c.id.in_(ids), ~_somebody())).scalars())
    empty = {"value": None, "last_reply": None, "speaker_id": None}
    unit.db.execute(update(address).where(address.c.id.in_(alone)).values(**empty))
    unit.db.execute(update(outbox).where(outbox.c.address_id.in_(alone)).values(body=None))
    unit.db.execute(update(inbound).where(inbound.c.address_id.in_(alone)).values(payload=None))
    unit.db.execute(delete(talk).where(talk.c.address_id.in_(alone)))
    unit.db.execute(delete(not_understood).where(not_understood.c.address_id.in_(alone)))
    return len(alone)
