"""Counts for the team's work queue that belong to no other table."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from storage import hushed
from storage.store import Unit
from storage.tables import broadcast, recipient


def undelivered(unit: Unit, lab_ids: Sequence[int], limit: int = 5) -> list[tuple[int, str, str, int]]:
    """(lab, code, kind, people) of the newest broadcasts that failed for somebody, or for whom nobody knows."""
    query = (
        select(broadcast.c.lab_id, broadcast.c.code, broadcast.c.kind, func.count())
        .join(recipient, recipient.c.broadcast_id == broadcast.c.id)
        .where(broadcast.c.lab_id.in_(lab_ids), recipient.c.state.in_(("failed", "unknown")), hushed.shown())
        .group_by(broadcast.c.id, broadcast.c.lab_id, broadcast.c.code, broadcast.c.kind)
        .order_by(broadcast.c.id.desc())
    )
    return [(row[0], row[1], row[2], row[3]) for row in unit.db.execute(query.limit(limit))]
