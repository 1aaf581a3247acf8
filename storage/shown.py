"""Who is shown in a story, and whether they let it be shown: named by the codes of their places, asked once each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, exists, func, literal, select, update

from storage import audiences, codes, permissions, pictures
from storage.store import Unit
from storage.tables import broadcast, commitment, consent, person, recipient, registration, session, shown, story
from storage.upsert import insert_once

GONE = "unpublished"  # how a yes to being shown was taken back


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Somebody who is shown. code: of her newest place there, '' for who has none."""

    person_id: int
    code: str
    name: str
    state: str  # 'yes' | 'unnamed' | 'no' | 'waiting' = asked, no answer | 'paper' = could not be asked by chat


def person_of(unit: Unit, lab_id: int, code: str) -> int | None:
    """Whose code this is in a session of a lab; None: nobody's, or of two people."""
    query = (
        select(registration.c.person_id)
        .join(session, session.c.id == registration.c.session_id)
        .where(session.c.lab_id == lab_id, registration.c.code == codes.clean(code))
        .where(registration.c.person_id.is_not(None))
    )
    found = unit.db.execute(query.distinct().limit(2)).scalars().all()
    return found[0] if len(found) == 1 else None


def name(unit: Unit, commitment_id: int, people: Iterable[int], by: str) -> None:
    """These are shown in the story of this promise; who was named before stays as she is."""
    for person_id in people:
        row = {"commitment_id": commitment_id, "person_id": person_id, "by": by, "at": unit.now}
        insert_once(unit, shown, row, "commitment_id", "person_id")


def unname(unit: Unit, commitment_id: int, people: Sequence[int]) -> int:
    """These are not shown, after all; how many were named."""
    which = shown.c.commitment_id == commitment_id, shown.c.person_id.in_(people)
    return unit.db.execute(delete(shown).where(*which)).rowcount


def of(unit: Unit, commitment_id: int) -> list[Shown]:
    """All who are named, in that order."""
    code = (
        select(registration.c.code)
        .join(session, session.c.id == registration.c.session_id)
        .join(commitment, commitment.c.lab_id == session.c.lab_id)
        .where(registration.c.person_id == shown.c.person_id, commitment.c.id == shown.c.commitment_id)
        .where(registration.c.code.is_not(None))
        .order_by(session.c.starts_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = select(shown, code.label("code"), person.c.name).join(person, person.c.id == shown.c.person_id)
    rows = unit.db.execute(query.where(shown.c.commitment_id == commitment_id).order_by(shown.c.id)).all()
    return [
        Shown(
            person_id=row.person_id,
            code=row.code or "",
            name=row.name or "",
            state=row.answer or ("waiting" if row.asked_at else "paper"),
        )
        for row in rows
    ]


# --- asking -------------------------------------------------------------------------------------------------------


def unasked(commitment_id: int) -> Select[tuple[int, str]]:
    """(person_id, grp) of those who were not asked yet and said nothing, for a broadcast; nobody is asked twice."""
    open_ = shown.c.commitment_id == commitment_id, shown.c.asked_at.is_(None), shown.c.answer.is_(None)
    before = (
        select(recipient.c.person_id)
        .join(broadcast, broadcast.c.id == recipient.c.broadcast_id)
        .where(broadcast.c.idem.startswith(f"shown:{commitment_id}:", autoescape=True), recipient.c.state != "skipped")
        .where(recipient.c.person_id.is_not(None))
    )
    return select(shown.c.person_id, literal(audiences.ALL).label("grp")).where(
        *open_, shown.c.person_id.not_in(before)
    )


def newest(unit: Unit, commitment_id: int) -> int:
    """The number of who was named last; 0 = nobody."""
    mine = select(func.max(shown.c.id)).where(shown.c.commitment_id == commitment_id)
    return unit.db.execute(mine).scalar() or 0


def asked(unit: Unit, commitment_id: int, broadcast_id: int) -> int:
    """Those whom this broadcast goes to are asked from now on; how many."""
    told = select(recipient.c.person_id).where(recipient.c.broadcast_id == broadcast_id, recipient.c.state == "pending")
    hers = shown.c.commitment_id == commitment_id, shown.c.person_id.in_(told), shown.c.asked_at.is_(None)
    return unit.db.execute(update(shown).where(*hers).values(asked_at=unit.now)).rowcount


def unanswered(unit: Unit, commitment_id: int) -> list[datetime]:
    """When each was asked who has said nothing yet, the first one first; nobody once the story was told."""
    hers = shown.c.commitment_id == commitment_id, shown.c.asked_at.is_not(None), shown.c.answer.is_(None)
    told = exists().where(story.c.commitment_id == commitment_id)
    return list(unit.db.execute(select(shown.c.asked_at).where(*hers, ~told).order_by(shown.c.asked_at)).scalars())


def is_named(unit: Unit, commitment_id: int, person_id: int) -> bool:
    """Whether she is named as shown there."""
    mine = shown.c.commitment_id == commitment_id, shown.c.person_id == person_id
    return unit.db.execute(select(shown.c.id).where(*mine)).first() is not None


def answer(unit: Unit, commitment_id: int, person_id: int, said: str, consent_id: int) -> None:
    """What she says; a no takes the picture away at once, as a yes that is taken back does. said: one of MAY."""
    mine = shown.c.commitment_id == commitment_id, shown.c.person_id == person_id
    unit.db.execute(update(shown).where(*mine).values(answer=said, consent_id=consent_id))
    if said == "no":
        pictures.take_down(unit, commitment_id)


# --- taking it back -----------------------------------------------------------------------------------------------


def take_back(unit: Unit, person_id: int, said: int | None = None) -> list[int]:
    """She is shown nowhere any more: the promises whose stories had her yes, on paper or by chat.

    said: the message (`inbound`) that takes it back
    """
    mine = shown.c.person_id == person_id, func.coalesce(shown.c.answer, "") != "no"
    rows = unit.db.execute(select(shown.c.commitment_id, shown.c.consent_id).where(*mine).order_by(shown.c.id)).all()
    given = consent.c.id.in_([row.consent_id for row in rows if row.consent_id is not None])
    unit.db.execute(update(consent).where(given, permissions.stands()).values(**permissions.gone(unit, GONE, said)))
    unit.db.execute(update(shown).where(*mine).values(answer="no"))
    for row in rows:
        pictures.take_down(unit, row.commitment_id)
    return [row.commitment_id for row in rows]


def part_with(unit: Unit, people: Sequence[int]) -> None:
    """Their rows go, and every picture they are in: who is not known any more could not take it back."""
    theirs = shown.c.person_id.in_(people)
    for commitment_id in unit.db.execute(select(shown.c.commitment_id).where(theirs).distinct()).scalars().all():
        pictures.take_down(unit, commitment_id)
    unit.db.execute(delete(shown).where(theirs))
