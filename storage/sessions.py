"""What happens to a session as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import select, update

from storage.labs import Session, session_by_code
from storage.store import Unit
from storage.tables import session
from storage.texts import Texts, only, together

AHEAD = ("draft", "published")  # states of a session that will be


def lock(unit: Unit, session_id: int) -> None:
    """Until the commit nobody else changes this session or its places."""
    unit.lock(session, session_id)


def suspend(unit: Unit, found: Session, reason: str, texts: Texts) -> None:
    """It does not take place. The revision rises: what speaks of an earlier one is stale. texts: reason in others."""
    said = together(found.texts, only(texts, "reason"))
    off = {"state": "cancelled", "reason": reason, "texts": said, "revision": session.c.revision + 1}
    unit.db.execute(update(session).where(session.c.id == found.id).values(off))


def suspended(unit: Unit, code: str) -> tuple[Session, str] | None:
    """A session that was called off, with the reason as it was told."""
    found = session_by_code(unit, code)
    if found is None or found.state != "cancelled":
        return None
    return found, unit.db.execute(select(session.c.reason).where(session.c.id == found.id)).scalar_one()


def make(unit: Unit, values: dict[str, Any]) -> int:
    """A new session; its id."""
    return int(unit.db.execute(session.insert().values(values).returning(session.c.id)).scalar_one())


def next_code(unit: Unit, lab_id: int, slug: str) -> str:
    """The code that follows those of the lab: 'sm3' after 'sm2'; the initials of its slug and 1 for the first."""
    mine = select(session.c.code).where(session.c.lab_id == lab_id).order_by(session.c.id)
    codes = list(unit.db.execute(mine).scalars())
    stem = codes[-1].rstrip("0123456789") if codes else "".join(part[0] for part in slug.split("-") if part)
    taken = set(unit.db.execute(select(session.c.code).where(session.c.code.startswith(stem))).scalars())
    return next(code for n in count(1) if (code := f"{stem}{n}") not in taken)


def change(unit: Unit, session_id: int, **values: object) -> None:
    """Another hour or place: the revision rises, so that what speaks of the earlier one is stale."""
    moved = {**values, "revision": session.c.revision + 1}
    unit.db.execute(update(session).where(session.c.id == session_id).values(moved))


def resize(unit: Unit, session_id: int, capacity: int | None) -> None:
    """Another number of places; nobody has to be told."""
    unit.db.execute(update(session).where(session.c.id == session_id).values(capacity=capacity))


def ahead(unit: Unit, lab_ids: Sequence[int], states: Sequence[str] = AHEAD) -> list[Session]:
    """Drafts and published sessions of these labs that have not started, or one kind of them, the next first."""
    c = session.c
    query = select(c.code).where(c.lab_id.in_(lab_ids), c.state.in_(states), c.starts_at > unit.now)
    found = [session_by_code(unit, code) for code in unit.db.execute(query.order_by(c.starts_at, c.id)).scalars()]
    return [one for one in found if one is not None]


def unclosed(unit: Unit, lab_ids: Sequence[int], before: datetime) -> list[Session]:
    """Published sessions of these labs that began before this moment and were never closed."""
    c = session.c
    query = select(c.code).where(c.lab_id.in_(lab_ids), c.state == "published", c.starts_at < before)
    found = [session_by_code(unit, code) for code in unit.db.execute(query.order_by(c.starts_at)).scalars()]
    return [one for one in found if one is not None]


def places(unit: Unit, lab_id: int) -> list[str]:
    """Where this lab has met or will meet, as it was written."""
    return list(unit.db.execute(select(session.c.place).where(session.c.lab_id == lab_id).distinct()).scalars())
