"""What offices promised: commitments, each change with its author, who is concerned by one (accountability.md 2, 3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, String, case, cast, exists, func, literal, select, union_all, update

from storage import accountability, authors, contests, follows, promise_rules
from storage.store import Unit
from storage.tables import (
    asking,
    broadcast,
    commitment,
    commitment_update,
    contest,
    decision,
    follow,
    lab,
    muted,
    option,
    organisation,
    participation,
    problem,
    territory,
)
from storage.tables.promises import NEWS
from storage.texts import Texts, only, redated, together
from storage.upsert import insert_once

# Groups of the audience. A person in several reads the first of them: they sort in this order. '2:3' follows option 3.
MINE, OTHER, CHOSE, CAME = "1:mine", "2:", "3:chose", "4:came"
WROTE = "0:"  # '0:27' said it first, in idea 27


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A commitment with all that is said of it."""

    id: int
    lab_id: int
    lab: str  # slug
    place: str  # the community: 'San Martín'
    tz: str
    problem_id: int
    problem: str  # slug
    title: str
    short_title: str
    texts: Texts  # in other languages: titles, text, due_text
    contest: str | None  # slug of the choice it came from
    contest_id: int | None
    entity: str  # as a sentence says it: 'la oficina del agua'
    entity_texts: Texts  # {'en': {'short_name': 'the water office'}}
    text: str
    due_text: str
    due_from: date | None
    due_to: date | None
    precision: str
    new_dates: int
    status: str
    status_by: str
    status_at: datetime
    at: datetime

    def called(self, lang: str) -> str:
        """Who promised, as a sentence of this language says it."""
        return self.entity_texts.get(lang, {}).get("short_name") or self.entity

    def day(self, at: datetime) -> date:
        """That moment's day where the lab is."""
        return at.astimezone(ZoneInfo(self.tz)).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One thing that happened to a promise, and who says so."""

    id: int
    commitment_id: int
    kind: str
    status: str
    text: str
    due_text: str | None
    due_to: date | None
    by_role: str
    at: datetime
    texts: Texts  # text and due_text in other languages


# --- looking ------------------------------------------------------------------------------------------------------


_SAID = (  # what is said of a promise and stands in other tables
    lab.c.slug.label("lab"),
    lab.c.name.label("place"),
    territory.c.tz,
    problem.c.slug.label("problem"),
    problem.c.title,
    problem.c.short_title,
    problem.c.texts,
    contest.c.slug.label("contest"),
    decision.c.contest_id,
    organisation.c.short_name.label("entity"),
    organisation.c.texts.label("entity_texts"),
)


def _query() -> Select[Any]:
    own = [c for c in commitment.columns if c.name in Promise.__slots__ and c.name != "texts"]
    return (
        select(*own, *_SAID, commitment.c.texts.label("own_texts"))
        .join_from(commitment, lab, commitment.c.lab_id == lab.c.id)
        .join(territory, lab.c.territory_id == territory.c.id)
        .join(problem, commitment.c.problem_id == problem.c.id)
        .join(decision, commitment.c.decision_id == decision.c.id)
        .outerjoin(contest, decision.c.contest_id == contest.c.id)
        .join(organisation, commitment.c.entity_id == organisation.c.id)
    )


def _promise(row: Row[Any]) -> Promise:
    told = {name: row._mapping[name] for name in Promise.__slots__}
    return Promise(**told | {"texts": together(row.texts, row.own_texts)})


def by_id(unit: Unit, commitment_id: int) -> Promise | None:
    """The promise of this number."""
    row = unit.db.execute(_query().where(commitment.c.id == commitment_id)).first()
    return _promise(row) if row else None


def the(unit: Unit, commitment_id: int) -> Promise:
    """The promise of this number, which is there."""
    return _promise(unit.db.execute(_query().where(commitment.c.id == commitment_id)).one())


def named(unit: Unit, name: str) -> list[Promise]:
    """Promises that a number, a problem's slug or 'lab/slug' names, the oldest first."""
    if name.isdecimal():
        found = by_id(unit, int(name)) if len(name) < 10 else None
        return [found] if found else []
    lab_slug, _, slug = name.lower().rpartition("/")
    query = _query().where(problem.c.slug == slug).order_by(commitment.c.id)
    return [_promise(row) for row in unit.db.execute(query.where(lab.c.slug == lab_slug) if lab_slug else query)]


def of_lab(unit: Unit, lab_id: int) -> list[Promise]:
    """Every promise to a community, the oldest first."""
    rows = unit.db.execute(_query().where(commitment.c.lab_id == lab_id).order_by(commitment.c.id))
    return [_promise(row) for row in rows]


def of_contest(unit: Unit, contest_id: int) -> list[Promise]:
    """Every promise that came of a choice, the oldest first."""
    rows = unit.db.execute(_query().where(decision.c.contest_id == contest_id).order_by(commitment.c.id))
    return [_promise(row) for row in rows]


def every(unit: Unit) -> list[Promise]:
    """All promises, the oldest first."""
    return [_promise(row) for row in unit.db.execute(_query().order_by(commitment.c.id))]


def updates(unit: Unit, commitment_id: int) -> list[Update]:
    """What happened to a promise, in order."""
    mine = select(commitment_update).where(commitment_update.c.commitment_id == commitment_id)
    rows = unit.db.execute(mine.order_by(commitment_update.c.id))
    return [_update(row) for row in rows]


def update_by_id(unit: Unit, update_id: int) -> Update:
    """The update of this id."""
    row = unit.db.execute(select(commitment_update).where(commitment_update.c.id == update_id)).one()
    return _update(row)


def _update(row: Row[Any]) -> Update:
    """A visit, and what nobody knows yet, are pieces of news and read as what they are."""
    return Update(**{name: row._mapping[name] for name in Update.__slots__} | {"kind": row.what or row.kind})


def decided(unit: Unit, problem_id: int) -> tuple[int, str, str] | None:
    """(decision, its outcome, state of its contest) of the newest decision on a problem."""
    query = (
        select(decision.c.id, decision.c.outcome, contest.c.state)
        .join_from(decision, contest, decision.c.contest_id == contest.c.id)
        .where(decision.c.problem_id == problem_id)
    )
    row = unit.db.execute(query.order_by(decision.c.id.desc()).limit(1)).first()
    return (row[0], row[1], row[2]) if row else None


def lab_of(unit: Unit, problem_id: int) -> int:
    """The lab of a problem."""
    return int(unit.db.execute(select(problem.c.lab_id).where(problem.c.id == problem_id)).scalar_one())


def without(unit: Unit) -> list[tuple[str, str]]:
    """(lab, problem) of published decisions that go ahead and for which nobody answers yet."""
    promised = exists().where(commitment.c.problem_id == problem.c.id)
    query = (
        select(lab.c.slug, problem.c.slug)
        .join_from(decision, contest, decision.c.contest_id == contest.c.id)
        .join(problem, decision.c.problem_id == problem.c.id)
        .join(lab, problem.c.lab_id == lab.c.id)
        .where(contest.c.state == "published", decision.c.outcome.in_(("adopted", "partly")), ~promised)
    )
    return [(row[0], row[1]) for row in unit.db.execute(query.order_by(decision.c.id))]


def next_question(unit: Unit, promise: Promise) -> tuple[date, str] | None:
    """When "was it done?" comes next for this promise, and why."""
    history = updates(unit, promise.id)
    done = [promise.day(one.at) for one in history if one.kind == "done_office"]
    news = [promise.day(one.at) for one in history if one.by_role == "office"]
    reasons = select(asking.c.why).where(asking.c.commitment_id == promise.id)
    return promise_rules.question_on(
        promise.status,
        since=promise.day(promise.status_at),
        done_on=min(done, default=None),
        due_to=promise.due_to,
        new_dates=promise.new_dates,
        news_on=max(news, default=None),
        asked=frozenset(unit.db.execute(reasons).scalars()),
    )


# --- writing ------------------------------------------------------------------------------------------------------


def make(unit: Unit, values: Mapping[str, Any]) -> int | None:
    """A new promise, told by the office; None when this office has promised just this before."""
    told = {"status": "promised", "status_by": "office", "status_at": unit.now, "at": unit.now}
    return insert_once(unit, commitment, {**values, **told}, "problem_id", "entity_id", "text")


def texts(unit: Unit, problem_id: int, entity_id: int) -> list[tuple[int, str]]:
    """(id, text) of what this office promised about a problem, the oldest first."""
    mine = (commitment.c.problem_id == problem_id, commitment.c.entity_id == entity_id)
    rows = unit.db.execute(select(commitment.c.id, commitment.c.text).where(*mine).order_by(commitment.c.id))
    return [(row[0], row[1]) for row in rows]


def drafted(unit: Unit, values: Mapping[str, Any]) -> Promise:
    """The promise that `make` would write, without writing it."""
    query = (
        select(*_SAID)
        .join_from(problem, lab, problem.c.lab_id == lab.c.id)
        .join(territory, lab.c.territory_id == territory.c.id)
        .join(decision, decision.c.id == values["decision_id"])
        .outerjoin(contest, decision.c.contest_id == contest.c.id)
        .join(organisation, organisation.c.id == values["entity_id"])
        .where(problem.c.id == values["problem_id"])
    )
    found = unit.db.execute(query).one()._mapping
    known = dict(found) | {n: v for n, v in values.items() if n in Promise.__slots__}
    known["texts"] = together(found["texts"], values.get("texts", {}))
    told = {"status": "promised", "status_by": "office", "status_at": unit.now, "at": unit.now}
    return Promise(**{"id": 0, "new_dates": 0, **known, **told})


def hold(unit: Unit, commitment_id: int) -> Promise:
    """The promise as it stands once nobody else changes it; nobody can until we end."""
    unit.lock(commitment, commitment_id)
    return the(unit, commitment_id)


def record(
    unit: Unit,
    promise: Promise,
    kind: str,
    *,
    role: str,
    by: str,
    status: str | None = None,
    text: str = "",
    due: Mapping[str, Any] | None = None,
    texts: Texts | None = None,
) -> int:
    """Write down what happened; the update's id. Raises ValueError: this role may not bring about that status.

    due    a new date: due_text, due_from, due_to, precision
    texts  text and due_text in other languages
    """
    after = status or promise.status
    if after != promise.status:
        if not promise_rules.may(role, promise.status, after):
            raise ValueError(f"{promise.status} does not become {after} by the {role}")
        change = {"status": after, "status_by": role, "status_at": unit.now}
        unit.db.execute(update(commitment).where(commitment.c.id == promise.id).values(**change))
    if due is not None and promise.new_dates < promise_rules.NEW_DATES:
        said = only(redated(promise.texts, texts or {}), "text", "due_text")
        moved = update(commitment).where(commitment.c.id == promise.id)
        unit.db.execute(moved.values(**due, texts=said, new_dates=commitment.c.new_dates + 1))
    what = kind if kind in NEWS else ""
    row = {"commitment_id": promise.id, "kind": "news" if what else kind, "what": what, "status": after}
    row |= {"text": text, "texts": texts or {}, "by_role": role, "by": by}
    row |= {"at": unit.now, "due_text": due["due_text"] if due else None, "due_to": due["due_to"] if due else None}
    made = commitment_update.insert().values(**row).returning(commitment_update.c.id)
    return int(unit.db.execute(made).scalar_one())


def told_last(unit: Unit, commitment_id: int) -> datetime | None:
    """When the newest telling of this promise leaves, or left."""
    mine = broadcast.c.idem.startswith(f"commitment:{commitment_id}:", autoescape=True)
    return unit.db.execute(select(func.max(broadcast.c.due_at)).where(mine)).scalar()


def note(unit: Unit, commitment_id: int, subject: str, broadcast_id: int | None = None) -> bool:
    """Something of this promise is told, once; False when it was before."""
    return accountability.note_event(unit, "commitment", f"{commitment_id}:{subject}", broadcast_id)


def noted(unit: Unit, commitment_id: int, subject: str) -> bool:
    """Whether this was told already."""
    return accountability.noted(unit, "commitment", f"{commitment_id}:{subject}")


def to_tell(unit: Unit) -> list[int]:
    """Promises that wait for something: the clock looks at them."""
    going = commitment.c.status.not_in(sorted(promise_rules.ENDED))
    return list(unit.db.execute(select(commitment.c.id).where(going).order_by(commitment.c.id)).scalars())


def closed(unit: Unit) -> list[int]:
    """Promises that the neighbours call done."""
    done = commitment.c.status == "done_neighbours"
    return list(unit.db.execute(select(commitment.c.id).where(done).order_by(commitment.c.id)).scalars())


# --- who is concerned ---------------------------------------------------------------------------------------------


def concerned(promise: Promise) -> Select[Any]:
    """(person_id, grp) of those who said it first, follow, chose, came or signed up; who has enough is left out.

    A person may stand here in several groups: the one that sorts first is hers. What somebody chose is not read: only
    who follows a topic is told of it by name (conversations.md 4).
    """
    parts = [accountability.came(promise.lab_id, CAME), authors.of_problem(promise.problem_id, WROTE)]
    if promise.contest_id is not None:
        parts += [_follows(promise), _took_part(promise.contest_id)]
    people = union_all(*parts).subquery("concerned")
    enough = exists().where(
        muted.c.person_id == people.c.person_id, muted.c.problem_id == promise.problem_id, muted.c.what == "news"
    )
    each = select(people.c.person_id, func.min(people.c.grp).label("grp")).where(~enough)
    return each.group_by(people.c.person_id)


def had_enough(promise: Promise) -> Select[Any]:
    """person_id of those who want to hear no more of the topic, whatever it is."""
    return select(muted.c.person_id).where(muted.c.problem_id == promise.problem_id, muted.c.what == "news")


def groups(unit: Unit, promise: Promise, people: Collection[int]) -> dict[int, str]:
    """Person -> why she is concerned, of these people; 'all' where nothing is known any more."""
    wanted = set(people)
    rows = unit.db.execute(concerned(promise)).all()
    known = {row.person_id: row.grp for row in rows if row.person_id in wanted}
    return {person: known.get(person, "all") for person in people}


def _follows(promise: Promise) -> Select[Any]:
    other: ColumnElement[str] = literal(OTHER) + cast(option.c.number, String)
    grp = case((option.c.problem_id == promise.problem_id, literal(MINE)), else_=other)
    mine = select(follow.c.person_id, grp.label("grp")).join_from(follow, option, follow.c.option_id == option.c.id)
    return mine.where(option.c.contest_id == promise.contest_id)


def _took_part(contest_id: int) -> Select[Any]:
    mine = (participation.c.contest_id == contest_id, participation.c.person_id.is_not(None))
    return select(participation.c.person_id, literal(CHOSE).label("grp")).where(*mine)


def mute(unit: Unit, person_id: int, problem_id: int, what: str) -> None:
    """Enough of this topic: 'news' of it, which is all, or 'questions' alone."""
    if what == "news":
        follows.enough(unit, person_id, problem_id)
    row = {"person_id": person_id, "problem_id": problem_id, "what": what, "at": unit.now}
    if insert_once(unit, muted, row, "person_id", "problem_id") is None and what == "news":
        mine = (muted.c.person_id == person_id, muted.c.problem_id == problem_id)
        unit.db.execute(update(muted).where(*mine).values(what=what, at=unit.now))


# --- stories ------------------------------------------------------------------------------------------------------


def chose(unit: Unit, promise: Promise) -> int:
    """What it began with: people who chose, as the result says it; 0 where nobody was asked."""
    return contests.facts(unit, promise.contest).among if promise.contest else 0
