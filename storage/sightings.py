"""Who saw a visit that an office says it made. Shown only where both answers are many (voting.md 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select, update

from storage.store import Unit
from storage.tables import commitment_update, person, sighting
from storage.turnout import shown_apart
from storage.upsert import insert_once

Saw = Literal["seen", "unseen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighted:
    """How many said that they saw it, and that they did not."""

    seen: int
    unseen: int


def keep(unit: Unit, update_id: int, person_id: int, saw: Saw) -> None:
    """Her answer; a later one replaces it."""
    unit.lock(person, person_id)
    row = {"update_id": update_id, "person_id": person_id, "answer": saw, "at": unit.now}
    if insert_once(unit, sighting, row, "update_id", "person_id") is None:
        mine = sighting.c.update_id == update_id, sighting.c.person_id == person_id
        unit.db.execute(update(sighting).where(*mine).values(answer=saw, at=unit.now))


def counted(unit: Unit, commitment_id: int) -> dict[int, Sighted]:
    """Visit (id of its update) -> what was said, where both answers may be shown."""
    query = (
        select(sighting.c.update_id, sighting.c.answer, func.count())
        .join(commitment_update, commitment_update.c.id == sighting.c.update_id)
        .where(commitment_update.c.commitment_id == commitment_id)
        .group_by(sighting.c.update_id, sighting.c.answer)
    )
    said: dict[int, dict[str, int]] = {}
    for update_id, answer, number in unit.db.execute(query):
        said.setdefault(update_id, {"seen": 0, "unseen": 0})[answer] = number
    return {one: Sighted(**n) for one, n in said.items() if shown_apart(n["seen"], n["seen"] + n["unseen"])}
