"""Whom a broadcast would reach, one by one, as far as a price depends on it: wording, number, last message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from storage import reach
from storage.store import Unit
from storage.tables import address


def reached(unit: Unit, audience: Select[Any], lab_id: int | None) -> Iterator[tuple[str, str, datetime | None]]:
    """(variant, number, when they wrote last) of everybody who would get a message."""
    placed = reach.placed(unit, audience, lab_id=lab_id).subquery("placed")
    rows = (
        select(placed.c.variant, address.c.value, address.c.last_inbound_at)
        .join_from(placed, address, address.c.id == placed.c.address_id)
        .where(placed.c.state == "pending")
    )
    for variant, number, last in unit.db.execute(rows):
        yield variant, number or "", last
