"""What we hold about one person, for herself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from storage import follows, joining, own_ideas, permissions, seats
from storage.contest_states import LINKED_FOR
from storage.people import person_by_id
from storage.store import Unit
from storage.tables import ballot, consent, contest, lab, participation, registration, session


def summary(unit: Unit, person_id: int) -> dict[str, Any]:
    """Name, age band, language, channels of her phones, labs, first permission, places, numbers of choices, ideas and
    topics: JSON, times in ISO.

    left: since when no permission stands, for she left; '': one does
    news: whether she wants news of other labs; None: nobody asked her
    until: when the last choice that still has her name loses it; '' for none
    """
    who = person_by_id(unit, person_id)
    if who is None:
        raise LookupError("this person was erased")
    since = unit.db.execute(select(func.min(consent.c.at)).where(consent.c.person_id == person_id)).scalar() or unit.now
    choices = unit.db.execute(
        select(func.count()).select_from(participation).where(participation.c.person_id == person_id)
    ).scalar_one()
    gone = permissions.left_since(unit, person_id)
    return {
        "name": who.name,
        "age_band": who.age_band,
        "lang": who.lang,
        "channels": joining.channels(unit, person_id),
        "labs": _labs(unit, person_id),
        "since": since.isoformat(),
        "left": gone.isoformat() if gone else "",
        "news": permissions.said_of_news(unit, person_id),
        "places": _places(unit, person_id),
        "choices": choices,
        "until": _linked_until(unit, person_id),
        "ideas": own_ideas.count(unit, person_id),
        "topics": len(follows.titles(unit, person_id)),
    }


def _labs(unit: Unit, person_id: int) -> list[str]:
    """Those she said yes to, by name; also if she has left since."""
    live = consent.c.person_id == person_id, consent.c.purpose == "lab", permissions.stands_or_left()
    query = select(lab.c.id, lab.c.name).join(consent, consent.c.lab_id == lab.c.id).where(*live).distinct()
    return [row.name for row in unit.db.execute(query.order_by(lab.c.id))]


def _linked_until(unit: Unit, person_id: int) -> str:
    ends = func.max(func.coalesce(contest.c.closed_at, contest.c.closes_at), type_=contest.c.closes_at.type)
    mine = ballot.c.person_id == person_id, ballot.c.status == "current"
    last = unit.db.execute(select(ends).join(ballot, ballot.c.contest_id == contest.c.id).where(*mine)).scalar()
    return (last + LINKED_FOR).isoformat() if last is not None else ""


def _places(unit: Unit, person_id: int) -> list[dict[str, Any]]:
    """Hers, and those of meetings ahead that she waits for or is not sure of."""
    ahead = (registration.c.state.in_(("waiting", "offered", "unsure"))) & (session.c.starts_at > unit.now)
    query = (
        select(
            session.c.starts_at, session.c.tz, registration.c.code, registration.c.state, seats.party().label("party")
        )
        .join(session, session.c.id == registration.c.session_id)
        .where(registration.c.person_id == person_id, (registration.c.state == "registered") | ahead)
        .order_by(session.c.starts_at)
    )
    rows = unit.db.execute(query).mappings()
    return [dict(row) | {"starts_at": row["starts_at"].isoformat()} for row in rows]
