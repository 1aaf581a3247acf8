"""What a person proposed, for herself; and what stays of it when she goes (people.md 4.1, 15)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, func, or_, select, update

from storage import ties
from storage.store import Unit
from storage.tables import appeal, contribution, contribution_outcome, contribution_problem, lab, problem, territory
from storage.texts import renamed, together

Rows = list[dict[str, Any]]


def count(unit: Unit, person_id: int) -> int:
    """How many ideas we hold of her."""
    mine = contribution.c.person_id == person_id
    return unit.db.execute(select(func.count()).select_from(contribution).where(mine)).scalar_one()


def published(unit: Unit, person_id: int) -> int:
    """How many of them anybody may read."""
    shown = contribution.c.person_id == person_id, contribution.c.publish != "no"
    return unit.db.execute(select(func.count()).select_from(contribution).where(*shown)).scalar_one()


def unpublish(unit: Unit, person_ids: Sequence[int]) -> None:
    """None of theirs may be read by anybody any more."""
    theirs = contribution.c.person_id.in_(person_ids)
    unit.db.execute(update(contribution).where(theirs).values(publish="no", consent_id=None))


def copy_of(unit: Unit, person_id: int) -> Rows:
    """All of them with their outcome and her appeals; who of the team did it stays out."""
    c, o, p = contribution.c, contribution_outcome.c, contribution_problem.c
    query = (
        select(
            c.id,
            c.number,
            lab.c.name.label("lab"),
            c.text,
            c.shown,
            c.media,
            c.channel,
            c.publish,
            c.at,
            c.read_at,
            problem.c.title.label("topic"),
            problem.c.texts.label("topics"),
            p.agreed,
            o.outcome.label("fate"),
            o.reason,
            o.texts,
            o.office,
            o.reference,
            o.at.label("decided_at"),
            c.hidden_reason.label("hidden"),
            c.withdrawn_at,
        )
        .join(lab, lab.c.id == c.lab_id)
        .outerjoin(contribution_outcome, (o.contribution_id == c.id) & o.current)
        .outerjoin(contribution_problem, (p.contribution_id == c.id) & p.undone_at.is_(None))
        .outerjoin(problem, problem.c.id == p.problem_id)
        .order_by(c.number)
    )
    rows = unit.db.execute(query.where(c.person_id == person_id)).mappings().all()
    return [{**_spoken(_plain(row)), "appeals": _appeals(unit, row["id"])} for row in rows]


def _spoken(row: dict[str, Any]) -> dict[str, Any]:
    """The same with what other languages say of its topic and its reason."""
    topic = renamed(row.pop("topics") or {}, {"title": "topic"})
    return {**row, "texts": together(row["texts"] or {}, topic)}


def _appeals(unit: Unit, idea_id: int) -> Rows:
    a = appeal.c
    query = select(a.about, a.text, a.at, a.due_at, a.answer, a.answer_text, a.texts, a.answered_at)
    rows = unit.db.execute(query.where(a.contribution_id == idea_id).order_by(a.id)).mappings().all()
    return [_plain(row) for row in rows]


def _plain(row: Any) -> dict[str, Any]:
    """JSON: moments in ISO; our own id of a row stays out."""
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items() if k != "id"}


def part_with(unit: Unit, person_ids: Sequence[int]) -> None:
    """She is erased: each idea loses her, its message and its hour, and its words unless they may be shown.

    The hour of an idea is the hour of the message that brought it, and that one keeps the mark of a phone. An appeal
    that waits was hers alone and goes; of an answered one the answer stays.
    """
    c, tz = contribution.c, territory.c.tz
    query = select(c.id, c.at, c.withdrawn_at, tz).join(lab, lab.c.id == c.lab_id)
    query = query.join(territory, territory.c.id == lab.c.territory_id)
    rows = unit.db.execute(query.where(c.person_id.in_(person_ids))).all()
    for row in rows:
        days = {name: ties.day(at, row.tz) for name in ("at", "withdrawn_at") if (at := getattr(row, name))}
        apart = {"person_id": None, "consent_id": None, "inbound_id": None, **days}
        shown = case((c.publish == "named", "unnamed"), else_=c.publish)
        unit.db.execute(update(contribution).where(c.id == row.id).values(**apart, publish=shown))
        _without_hours(unit, row.id, row.tz)
    ids = [row.id for row in rows]
    forget_words(unit, ids)
    unit.db.execute(delete(appeal).where(appeal.c.contribution_id.in_(ids), appeal.c.answered_at.is_(None)))
    unit.db.execute(update(appeal).where(appeal.c.contribution_id.in_(ids)).values(text=None))


def _without_hours(unit: Unit, idea_id: int, tz: str) -> None:
    """Of her appeals only the day stays, too."""
    for row in unit.db.execute(select(appeal.c.id, appeal.c.at).where(appeal.c.contribution_id == idea_id)).all():
        unit.db.execute(update(appeal).where(appeal.c.id == row.id).values(at=ties.day(row.at, tz)))


def forget_words(unit: Unit, idea_ids: Sequence[int]) -> int:
    """The words of those among these that are not to be shown; how many were there."""
    there = or_(contribution.c.text.is_not(None), contribution.c.shown.is_not(None))
    silent = contribution.c.id.in_(idea_ids), contribution.c.publish == "no", there
    return unit.db.execute(update(contribution).where(*silent).values(text=None, shown=None)).rowcount
