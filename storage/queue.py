"""Counts for the team's work queue that belong to no other table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, or_, select

from storage.store import Unit
from storage.tables import broadcast, consent, contact, not_understood, recipient


def unread(unit: Unit, lab_ids: Sequence[int], before: datetime) -> int:
    """Words that were not understood and that nobody has read since that moment; of these labs, or of none."""
    here = (
        select(contact.c.address_id)
        .join(consent, consent.c.person_id == contact.c.person_id)
        .where(contact.c.address_id == not_understood.c.address_id, consent.c.lab_id.is_not(None))
    )
    mine = or_(exists(here.where(consent.c.lab_id.in_(lab_ids))), ~exists(here))
    old = not_understood.c.resolved_at.is_(None), not_understood.c.at < before, not_understood.c.text.is_not(None)
    return int(unit.db.execute(select(func.count()).select_from(not_understood).where(*old, mine)).scalar_one())


def undelivered(unit: Unit, lab_ids: Sequence[int], limit: int = 5) -> list[tuple[int, str, str, int]]:
    """(lab, code, kind, people) of the newest broadcasts that failed for somebody, or for whom nobody knows."""
    query = (
        select(broadcast.c.lab_id, broadcast.c.code, broadcast.c.kind, func.count())
        .join(recipient, recipient.c.broadcast_id == broadcast.c.id)
        .where(broadcast.c.lab_id.in_(lab_ids), recipient.c.state.in_(("failed", "unknown")))
        .group_by(broadcast.c.id, broadcast.c.lab_id, broadcast.c.code, broadcast.c.kind)
        .order_by(broadcast.c.id.desc())
    )
    return [(row[0], row[1], row[2], row[3]) for row in unit.db.execute(query.limit(limit))]
