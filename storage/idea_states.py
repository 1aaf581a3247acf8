"""How an idea stands: read, joined with others or alone, its outcome with the reason, an appeal (accountability.md 2).

At any moment it has at most one live link and one outcome that counts. How one changes is in idea_changes.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select

from storage import idea_options, ideas
from storage.ideas import Idea
from storage.store import Unit
from storage.tables import (
    appeal,
    contest,
    contribution,
    contribution_outcome,
    contribution_problem,
    option,
    problem,
    session,
)
from storage.texts import Texts

JOINED, OWN = "merged", idea_options.OWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """With which option an idea goes."""

    id: int
    problem_id: int
    slug: str
    title: str
    short_title: str
    relation: str  # 'merged' with others | 'own'
    by: str
    at: datetime
    agreed: bool | None  # what the author said of it
    texts: Texts = field(default_factory=dict)  # the titles in other languages


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What becomes of an idea. reason: '' only for 'adopted'."""

    id: int
    outcome: str
    reason: str
    office: str  # whose it is, for 'other_office'
    reference: str  # its number there
    next_on: date | None  # when it is asked about again
    by: str
    at: datetime
    texts: Texts  # reason in other languages


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """The author does not agree. about: 'joined' | 'outcome'; text: her words, None where she gave none."""

    id: int
    about: str
    text: str | None
    first_by: str
    at: datetime
    due_at: datetime
    answer: str | None  # 'changed' | 'kept'
    answer_text: str
    answered_at: datetime | None
    texts: Texts  # answer_text in other languages


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An idea with all that came of it. appeal: the one that waits for an answer."""

    idea: Idea
    link: Link | None
    outcome: Outcome | None
    appeal: Appeal | None

    @property
    def waits(self) -> bool:
        """Whether somebody of the team has to do something about it."""
        gone = self.idea.withdrawn_at is not None
        return not gone and (self.appeal is not None or (self.link is None and self.outcome is None))

    @property
    def decided_by(self) -> str:
        """Who decided what stands: may not answer an appeal about it. '' = nothing is decided."""
        kept = [one for one in (self.outcome, self.link) if one is not None]
        return max(kept, key=lambda one: one.at).by if kept else ""

    @property
    def stands(self) -> str:
        """The same for as long as nobody decides anything about it: 'link 12 appeal 3'."""
        return f"{self.subject} appeal {self.appeal.id if self.appeal else 0}"

    @property
    def subject(self) -> str:
        """What stands, as the news of it is called: 'link 12', 'outcome 7'. '' = nothing is decided."""
        if self.link is not None:
            return f"link {self.link.id}"
        return f"outcome {self.outcome.id}" if self.outcome is not None else ""


# --- looking ------------------------------------------------------------------------------------------------------


def of(unit: Unit, number: int) -> Standing | None:
    """The idea people call by this number, as it stands."""
    idea = ideas.by_number(unit, number)
    return _standing(unit, idea) if idea else None


def hold(unit: Unit, number: int) -> Standing | None:
    """The same once nobody else changes it; nobody can until we end."""
    idea = ideas.by_number(unit, number)
    if idea is None:
        return None
    unit.lock(contribution, idea.id)
    return of(unit, number)


def _standing(unit: Unit, idea: Idea) -> Standing:
    return Standing(
        idea=idea, link=link(unit, idea.id), outcome=current(unit, idea.id), appeal=open_appeal(unit, idea.id)
    )


def link(unit: Unit, idea_id: int) -> Link | None:
    """The live link of an idea."""
    row = unit.db.execute(_links().where(*live(idea_id))).first()
    return _link(row) if row else None


def link_by_id(unit: Unit, link_id: int) -> Link:
    """A link, live or undone."""
    return _link(unit.db.execute(_links().where(contribution_problem.c.id == link_id)).one())


def _links() -> Select[Any]:
    c, p = contribution_problem.c, problem.c
    own = (c.id, c.problem_id, p.slug, p.title, p.short_title, c.relation, c.by, c.at, c.agreed, p.texts)
    return select(*own).join_from(contribution_problem, problem, c.problem_id == p.id)


def _link(row: Row[Any]) -> Link:
    return Link(**row._mapping)


def live(idea_id: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The link of this idea that was not undone."""
    return contribution_problem.c.contribution_id == idea_id, contribution_problem.c.undone_at.is_(None)


def current(unit: Unit, idea_id: int) -> Outcome | None:
    """The outcome that counts."""
    mine = (contribution_outcome.c.contribution_id == idea_id, contribution_outcome.c.current)
    return _outcome(unit, *mine)


def outcome_by_id(unit: Unit, outcome_id: int) -> Outcome:
    """An outcome that is there, whether or not it still counts."""
    found = _outcome(unit, contribution_outcome.c.id == outcome_id)
    if found is None:
        raise LookupError(f"there is no outcome {outcome_id}")
    return found


def _outcome(unit: Unit, *which: ColumnElement[bool]) -> Outcome | None:
    query = select(*(contribution_outcome.c[name] for name in Outcome.__slots__)).where(*which)
    row = unit.db.execute(query).first()
    return Outcome(**row._mapping) if row else None


def open_appeal(unit: Unit, idea_id: int) -> Appeal | None:
    """The appeal of an idea that nobody has answered yet."""
    return _appeal(unit, appeal.c.contribution_id == idea_id, appeal.c.answered_at.is_(None))


def appeal_by_id(unit: Unit, appeal_id: int) -> Appeal:
    """An appeal that is there, answered or not."""
    found = _appeal(unit, appeal.c.id == appeal_id)
    if found is None:
        raise LookupError(f"there is no appeal {appeal_id}")
    return found


def _appeal(unit: Unit, *which: ColumnElement[bool]) -> Appeal | None:
    row = unit.db.execute(select(*(appeal.c[name] for name in Appeal.__slots__)).where(*which)).first()
    return Appeal(**row._mapping) if row else None


# --- what waits ---------------------------------------------------------------------------------------------------


def _kept() -> ColumnElement[bool]:
    """She has not taken it back."""
    return contribution.c.withdrawn_at.is_(None)


def _linked() -> ColumnElement[bool]:
    return exists().where(*live(contribution.c.id))


def _has_outcome() -> ColumnElement[bool]:
    return exists().where(contribution_outcome.c.contribution_id == contribution.c.id, contribution_outcome.c.current)


def _unanswered() -> ColumnElement[bool]:
    """Neither on a list of options nor with an outcome."""
    return and_(_kept(), ~_linked(), ~_has_outcome())


def _appealed() -> ColumnElement[bool]:
    return exists().where(appeal.c.contribution_id == contribution.c.id, appeal.c.answered_at.is_(None))


def unread(unit: Unit, lab_ids: Sequence[int]) -> list[Standing]:
    """Ideas of these labs that nobody has read, the oldest first."""
    return _found(unit, lab_ids, _kept(), contribution.c.read_at.is_(None))


def to_answer(unit: Unit, lab_ids: Sequence[int]) -> list[Standing]:
    """Ideas of these labs about which something has to be done: unread, without an answer, appealed; the oldest
    first."""
    return _found(unit, lab_ids, _kept(), or_(contribution.c.read_at.is_(None), _unanswered(), _appealed()))


def of_lab(unit: Unit, lab_id: int) -> list[Standing]:
    """Every idea of a community that was not taken back, by number."""
    return _found(unit, [lab_id], _kept())


def _found(unit: Unit, lab_ids: Sequence[int], *which: ColumnElement[bool]) -> list[Standing]:
    numbers = select(contribution.c.number).where(contribution.c.lab_id.in_(list(lab_ids)), *which)
    found = unit.db.execute(numbers.order_by(contribution.c.at, contribution.c.number)).scalars().all()
    return [one for number in found if (one := of(unit, number)) is not None]


def without_answer(unit: Unit, lab_id: int, before: datetime | None = None) -> list[int]:
    """Numbers of the ideas without an answer; those said before a moment, if one is given."""
    mine = select(contribution.c.number).where(contribution.c.lab_id == lab_id, _unanswered())
    said = mine if before is None else mine.where(contribution.c.at < before)
    return list(unit.db.execute(said.order_by(contribution.c.number)).scalars())


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """An idea whose day is over. what: 'unread' | 'no_outcome' | 'appeal' | 'office'."""

    number: int
    lab_id: int
    what: str
    due_at: datetime


def late(unit: Unit, now: datetime) -> list[Late]:
    """Ideas of all labs not read in time, without an answer in time, appeals without one; the oldest due first.

    Days: read in 3 working days, outcome in 10, appeal in 5 (accountability.md 2), as told to the author.
    """
    c, named = contribution.c, (contribution.c.number, contribution.c.lab_id)
    queries = (
        ("unread", select(*named, c.read_due_at).where(_kept(), c.read_at.is_(None), c.read_due_at <= now)),
        ("no_outcome", select(*named, c.outcome_due_at).where(_unanswered(), c.outcome_due_at <= now)),
        (
            "appeal",
            select(*named, appeal.c.due_at)
            .join(appeal, appeal.c.contribution_id == c.id)
            .where(_kept(), appeal.c.answered_at.is_(None), appeal.c.due_at <= now),
        ),
    )
    rows = [(what, row) for what, query in queries for row in unit.db.execute(query)]
    found = [Late(number=row[0], lab_id=row[1], what=what, due_at=row[2]) for what, row in rows]
    found += _silent_offices(unit, now)
    return sorted(found, key=lambda one: (one.due_at, one.number, one.what))


def _silent_offices(unit: Unit, now: datetime) -> list[Late]:
    """Ideas that were given to another office, on the day that was told for asking there again."""
    c = contribution_outcome.c
    query = select(contribution.c.number, contribution.c.lab_id, c.next_on).join(
        contribution_outcome, c.contribution_id == contribution.c.id
    )
    rows = unit.db.execute(query.where(_kept(), c.current, c.outcome == "other_office", c.next_on <= now.date()))
    days = [(row[0], row[1], datetime.combine(row[2], time(), UTC)) for row in rows]
    return [Late(number=number, lab_id=lab_id, what="office", due_at=at) for number, lab_id, at in days]


def by_kind(unit: Unit, lab_id: int) -> dict[str, list[tuple[datetime, int]]]:
    """What the ideas of a community wait for -> (due, number): 'unread', 'open' (read, no answer), 'appeal', 'office'.

    An office stands here from the day on which it is to be asked again.
    """
    waits: dict[str, list[tuple[datetime, int]]] = {}
    for one in to_answer(unit, [lab_id]):
        unread_, due = one.idea.read_at is None, one.idea.outcome_due_at
        kind, at = ("unread", one.idea.read_due_at) if unread_ else ("open", due)
        if one.appeal is not None:
            kind, at = "appeal", one.appeal.due_at
        waits.setdefault(kind, []).append((at, one.idea.number))
    silent = [(one.due_at, one.number) for one in _silent_offices(unit, unit.now) if one.lab_id == lab_id]
    return waits | ({"office": silent} if silent else {})


def counts(unit: Unit, lab_id: int) -> dict[int, int]:
    """Problem -> its ideas, of those that have one."""
    query = (
        select(contribution_problem.c.problem_id, func.count())
        .join(contribution, contribution.c.id == contribution_problem.c.contribution_id)
        .where(contribution.c.lab_id == lab_id, _kept(), contribution_problem.c.undone_at.is_(None))
    )
    rows = unit.db.execute(query.group_by(contribution_problem.c.problem_id))
    return {row[0]: row[1] for row in rows}


# --- around it ----------------------------------------------------------------------------------------------------


def others(unit: Unit, problem_id: int, but: int) -> int:
    """Ideas of an option besides this one."""
    query = (
        select(func.count())
        .select_from(contribution_problem)
        .join(contribution, contribution.c.id == contribution_problem.c.contribution_id)
        .where(contribution_problem.c.problem_id == problem_id, contribution_problem.c.undone_at.is_(None), _kept())
    )
    return unit.db.execute(query.where(contribution.c.id != but)).scalar_one()


def spoken_at(unit: Unit, idea: Idea) -> datetime | None:
    """When it is spoken of: the start of its meeting, or of the next one of its lab; None where none is ahead."""
    ahead = (session.c.lab_id == idea.lab_id, session.c.state == "published", session.c.starts_at > unit.now)
    return unit.db.execute(select(session.c.starts_at).where(*ahead).order_by(session.c.starts_at).limit(1)).scalar()


def option_of(unit: Unit, problem_id: int) -> int | None:
    """The number of a problem on its newest list of options."""
    mine = select(option.c.number).where(option.c.problem_id == problem_id).order_by(option.c.contest_id.desc())
    return unit.db.execute(mine.limit(1)).scalar()


def next_time(unit: Unit, standing: Standing) -> bool:
    """Whether it stands alone, too late for the choice that is open now."""
    if standing.link is None or standing.link.relation != OWN:
        return False
    open_now = exists().where(contest.c.lab_id == standing.idea.lab_id, contest.c.state == "open")
    return option_of(unit, standing.link.problem_id) is None and bool(unit.db.execute(select(open_now)).scalar())


def appealed_before(unit: Unit, idea_id: int, at: datetime) -> bool:
    """Whether what was decided at this moment answered an appeal."""
    mine = (appeal.c.contribution_id == idea_id, appeal.c.answer == "changed", appeal.c.answered_at == at)
    return unit.db.execute(select(appeal.c.id).where(*mine)).first() is not None


def problems(unit: Unit, lab_id: int) -> list[tuple[int, str, str, int]]:
    """(id, slug, title, ideas) of the options of a community, those with most ideas first."""
    known = counts(unit, lab_id)
    query = select(problem.c.id, problem.c.slug, problem.c.title).where(problem.c.lab_id == lab_id)
    rows = unit.db.execute(query.where(~idea_options.left()))
    found = [(row[0], row[1], row[2], known.get(row[0], 0)) for row in rows]
    return sorted(found, key=lambda one: (-one[3], one[0]))


def names(unit: Unit, lab_id: int) -> tuple[frozenset[str], frozenset[str]]:
    """(slugs, short titles in small letters) of a community's options: no two are alike. A title that was taken back
    is free again."""
    query = select(problem.c.slug, problem.c.short_title, idea_options.left()).where(problem.c.lab_id == lab_id)
    rows = unit.db.execute(query).all()
    return frozenset(row[0] for row in rows), frozenset(row[1].casefold() for row in rows if not row[2])


def to_be_chosen(unit: Unit, problem_id: int) -> bool:
    """Whether a choice that is still a draft will hold this problem."""
    mine = select(problem.c.lab_id).where(problem.c.id == problem_id).scalar_subquery()
    named = exists().where(option.c.contest_id == contest.c.id)
    on_it = exists().where(option.c.contest_id == contest.c.id, option.c.problem_id == problem_id)
    drafts = select(contest.c.id).where(contest.c.lab_id == mine, contest.c.state == "draft", or_(~named, on_it))
    return unit.db.execute(drafts.limit(1)).first() is not None
