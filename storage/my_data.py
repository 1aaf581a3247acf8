"""What we hold about one person, for herself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from storage import follows, own_ideas
from storage.people import person_by_id
from storage.store import Unit
from storage.tables import consent, participation, registration, session


def summary(unit: Unit, person_id: int) -> dict[str, Any]:
    """Name, age band, first permission, places ahead, number of choices, ideas and topics: JSON, times in ISO."""
    who = person_by_id(unit, person_id)
    if who is None:
        raise LookupError("this person was erased")
    since = unit.db.execute(select(func.min(consent.c.at)).where(consent.c.person_id == person_id)).scalar() or unit.now
    choices = unit.db.execute(
        select(func.count()).select_from(participation).where(participation.c.person_id == person_id)
    ).scalar_one()
    return {
        "name": who.name,
        "age_band": who.age_band,
        "since": since.isoformat(),
        "places": _places(unit, person_id),
        "choices": choices,
        "ideas": own_ideas.count(unit, person_id),
        "topics": len(follows.titles(unit, person_id)),
    }


def _places(unit: Unit, person_id: int) -> list[dict[str, Any]]:
    query = (
        select(session.c.starts_at, session.c.tz, registration.c.code)
        .join(session, session.c.id == registration.c.session_id)
        .where(registration.c.person_id == person_id, registration.c.state == "registered")
        .order_by(session.c.starts_at)
    )
    return [{"starts_at": r.starts_at.isoformat(), "tz": r.tz, "code": r.code} for r in unit.db.execute(query)]
