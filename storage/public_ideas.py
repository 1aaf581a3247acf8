"""Ideas as anybody may read them: read by a human, with the author's leave; never who, unless she gave her name.

What was never read, or does not enter, is counted and not repeated: it may name somebody (conversations.md 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select

from storage import accountability, public
from storage.labs import Lab
from storage.store import Unit
from storage.tables import (
    broadcast,
    consent,
    contest,
    contribution,
    contribution_outcome,
    contribution_problem,
    event,
    option,
    person,
    problem,
    recipient,
    session,
)
from storage.tables.base import Instant
from storage.texts import Texts, only
from storage.turnout import FEW

RED = timedelta(days=30)  # after the meeting at which it is read, without an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One idea. text: None where it may not be repeated; option: with which it goes, '' for none.

    outcome: 'own' while it waits on a list, '' while nothing is answered; told_at: when its author was told of it.
    """

    number: int
    text: str | None
    name: str  # first name, '' unless she gave it
    said_at: datetime
    option: str
    titles: Texts  # of the option in other languages
    problem: str  # slug
    outcome: str
    reason: str
    texts: Texts  # reason in other languages
    office: str
    reference: str
    next_on: date | None
    told_at: datetime | None
    red: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ideas:
    """A page of a lab's ideas. count, red: None where 1 to 4, or so many beside those shown, would be told."""

    count: int | None
    red: int | None  # without an answer 30 days after their meeting; 0 = none
    any_red: bool
    shown: Sequence[Shown]
    total: int  # that are shown, on all pages


def of_lab(unit: Unit, found: Lab, *, first: int = 0, most: int = 20) -> Ideas:
    """The ideas of a lab that may be spoken of: those of one option together, then the others, by number."""
    results = public.results_of(unit, found)
    if not results:  # a comarca that lets nothing be published: no words, no numbers
        return Ideas(count=None, red=None, any_red=False, shown=[], total=0)
    c = contribution.c
    mine = (c.lab_id == found.id, c.withdrawn_at.is_(None))
    rows = unit.db.execute(_query().where(*mine, *_public()).order_by(*_ORDER).limit(most).offset(first)).all()
    total = unit.db.execute(select(func.count()).select_from(contribution).where(*mine, *_public())).scalar_one()
    every = unit.db.execute(select(func.count()).select_from(contribution).where(*mine)).scalar_one()
    red = select(func.count()).select_from(_meeting()).where(*mine, _red(unit.now))
    late, seen = unit.db.execute(red).scalar_one(), unit.db.execute(red.where(*_public())).scalar_one()
    return Ideas(
        count=_many(every, total),
        red=_many(late, seen) if late == 0 or late >= FEW else None,
        any_red=late > 0,
        shown=[_shown(unit, row, results) for row in rows],
        total=total,
    )


def words_of(unit: Unit, found: Lab, idea_id: int) -> str:
    """What anybody may read of one idea, by chat as on the page; '' where that is nothing."""
    mine = (_c.id == idea_id, _c.withdrawn_at.is_(None), *_public())
    row = unit.db.execute(_query().where(*mine)).first() if public.results_of(unit, found) else None
    return (_shown(unit, row, results=True).text or "") if row else ""


def _many(every: int, shown: int) -> int | None:
    few = 0 < every < FEW and every != shown
    return None if few or 0 < every - shown < FEW else every


def _public() -> tuple[ColumnElement[bool], ...]:
    """A human has read it, nobody hid it, and its author lets it be shown."""
    c = contribution.c
    return c.publish != "no", c.read_at.is_not(None), c.hidden_reason.is_(None), c.text.is_not(None)


_c, _tie, _now = contribution.c, contribution_problem.c, contribution_outcome.c
_ORDER = (case((_tie.problem_id.is_(None), 1), else_=0), _tie.problem_id, _c.number)


def _meeting() -> Any:
    return contribution.outerjoin(session, session.c.id == _c.session_id)


def _red(now: datetime) -> ColumnElement[bool]:
    """Neither on a list nor with an outcome, 30 days after the meeting at which it should have been read."""
    linked = exists().where(_tie.contribution_id == _c.id, _tie.undone_at.is_(None))
    answered = exists().where(_now.contribution_id == _c.id, _now.current)
    from_ = func.coalesce(session.c.starts_at, _c.at, type_=Instant())
    return and_(from_ < now - RED, ~linked, ~answered)


def _query() -> Select[Any]:
    live = and_(_tie.contribution_id == _c.id, _tie.undone_at.is_(None))
    stands = and_(_now.contribution_id == _c.id, _now.current)
    named = and_(
        person.c.id == _c.person_id,
        _c.publish == "named",
        exists().where(consent.c.id == _c.consent_id, consent.c.withdrawn_at.is_(None), consent.c.answer),
    )
    return (
        select(
            *(_c[name] for name in ("id", "number", "text", "shown", "person_id", "at")),
            person.c.name,
            session.c.starts_at,
            problem.c.title,
            problem.c.slug,
            problem.c.texts.label("titles"),
            _tie.problem_id,
            *(_now[name] for name in ("outcome", "reason", "texts", "office", "reference", "next_on")),
        )
        .select_from(_meeting())
        .outerjoin(contribution_problem, live)
        .outerjoin(problem, problem.c.id == _tie.problem_id)
        .outerjoin(contribution_outcome, stands)
        .outerjoin(person, named)
    )


def _shown(unit: Unit, row: Row[Any], results: bool) -> Shown:
    decided = _decided(unit, row.problem_id) if row.problem_id and results else None
    outcome = decided[0].outcome if decided else row.outcome or ("own" if row.problem_id else "")
    refused = row.outcome == "out_of_scope"
    said = (row.reason or "", row.texts or {}) if row.outcome != "merged_into" else ("", {})
    reason, texts = (decided[0].reason, decided[0].texts) if decided else said
    return Shown(
        number=row.number,
        text=row.shown or (None if refused else row.text),
        name=(row.name or "") if not refused else "",
        said_at=row.at,
        option=row.title or "",
        titles=only(row.titles or {}, "title"),
        problem=row.slug or "",
        outcome=outcome,
        reason=reason,
        texts=only(texts, "reason"),
        office=row.office or "",
        reference=row.reference or "",
        next_on=row.next_on,
        told_at=_told_at(unit, row.id, row.person_id, decided[1] if decided else "") if row.person_id else None,
        red=not outcome and (row.starts_at or row.at) < unit.now - RED,
    )


def _decided(unit: Unit, problem_id: int) -> tuple[accountability.Decision, str] | None:
    """The newest published decision on an option, and its contest."""
    query = (
        select(contest.c.id, contest.c.slug)
        .join(option, option.c.contest_id == contest.c.id)
        .where(option.c.problem_id == problem_id, option.c.withdrawn_at.is_(None), contest.c.state == "published")
    )
    row = unit.db.execute(query.order_by(contest.c.id.desc()).limit(1)).first()
    found = accountability.decisions(unit, row.id).get(problem_id) if row else None
    return (found, row.slug) if row and found else None


def _told_at(unit: Unit, idea_id: int, author_id: int, contest_slug: str) -> datetime | None:
    """When the author was told how it stands; nothing that is still to leave, or that did not arrive."""
    mine = and_(event.c.kind == "idea", event.c.subject.startswith(f"{idea_id}:", autoescape=True))
    result = and_(event.c.kind == "result", event.c.subject == contest_slug)
    query = (
        select(func.max(recipient.c.at, type_=Instant()))
        .join(broadcast, broadcast.c.id == recipient.c.broadcast_id)
        .join(event, event.c.broadcast_id == broadcast.c.id)
        .where(recipient.c.person_id == author_id, recipient.c.state == "sent")
    )
    return unit.db.execute(query.where(or_(mine, result))).scalar()
