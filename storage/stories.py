"""The story of a promise: told once. What it shows stands in `pictures.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from storage import pictures
from storage.store import Unit
from storage.tables import story
from storage.upsert import insert_once


def tell(unit: Unit, commitment_id: int, values: Mapping[str, Any]) -> int | None:
    """Its number; None when it was told before. values: columns of `story`."""
    row = {**values, "consent": values["consent"] or None, "commitment_id": commitment_id, "published_at": unit.now}
    return insert_once(unit, story, row, "commitment_id")


def of(unit: Unit, commitment_id: int) -> Mapping[str, Any] | None:
    """The story of this promise, but for who agreed to be shown."""
    read = [column for column in story.c if column is not story.c.consent]
    row = unit.db.execute(select(*read).where(story.c.commitment_id == commitment_id)).first()
    return {**row._mapping, "video": pictures.link_of(row.video)} if row else None
