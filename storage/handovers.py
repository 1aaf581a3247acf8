"""Neighbours who asked for a person, or were not understood: who waits, since when, and what she wrote last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select, update

from storage.store import Unit
from storage.tables import address, consent, contact, handover, inbound, person


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One of them. name: first name, '' for who gave no permission."""

    id: int
    address_id: int
    person_id: int | None
    name: str
    reason: str  # 'asked' | 'idea' | 'voice' | 'not_understood' | ...
    at: datetime
    due_at: datetime
    done: bool


def open_in(unit: Unit, lab_ids: Sequence[int]) -> list[Waiting]:
    """Those of these labs who wait, the oldest first; who belongs to no lab yet is everybody's."""
    here = (
        select(contact.c.address_id)
        .join(consent, consent.c.person_id == contact.c.person_id)
        .where(contact.c.address_id == handover.c.address_id, consent.c.lab_id.is_not(None))
    )
    mine = or_(exists(here.where(consent.c.lab_id.in_(lab_ids))), ~exists(here))
    rows = unit.db.execute(
        _query().where(handover.c.done_at.is_(None), mine).order_by(handover.c.due_at, handover.c.id)
    )
    return [_waiting(row) for row in rows]


def hold(unit: Unit, handover_id: int) -> Waiting | None:
    """One of them, locked: two who answer take turns."""
    unit.lock(handover, handover_id)
    row = unit.db.execute(_query().where(handover.c.id == handover_id)).first()
    return _waiting(row) if row else None


def _query() -> Any:
    return select(handover, person.c.name).outerjoin(person, person.c.id == handover.c.person_id)


def _waiting(row: Any) -> Waiting:
    return Waiting(
        id=row.id,
        address_id=row.address_id,
        person_id=row.person_id,
        name=row.name or "",
        reason=row.reason,
        at=row.at,
        due_at=row.due_at,
        done=row.done_at is not None,
    )


def last_words(unit: Unit, address_id: int) -> str:
    """What was written from there last, while it is kept (30 days); '' for a picture or a voice note."""
    query = select(inbound.c.payload).where(inbound.c.address_id == address_id, inbound.c.payload.is_not(None))
    kept = unit.db.execute(query.order_by(inbound.c.id.desc()).limit(5)).scalars().all()
    texts = [str(json.loads(one).get("text", "")) for one in kept]
    return " / ".join(reversed([text for text in texts if len(text) > 3][:2]))


def done(unit: Unit, handover_id: int) -> None:
    """Answered."""
    unit.db.execute(update(handover).where(handover.c.id == handover_id).values(done_at=unit.now))


def channel_of(unit: Unit, address_id: int) -> str:
    """How this neighbour writes."""
    return str(unit.db.execute(select(address.c.channel).where(address.c.id == address_id)).scalar_one())
