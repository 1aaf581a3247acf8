""" "Was it done?": whom a round asks, what each says, what it comes to (accountability.md 2.7).

A row without an answer and without `asked_at` waits to be asked: nobody gets two such questions in a week. A row with
an answer and without `asked_at` was said unasked, and is shown apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, insert, literal, or_, select, update

from storage import promise_rules, promises
from storage.promise_rules import Counts
from storage.store import Unit
from storage.tables import asking, broadcast, followup, muted, person, recipient
from storage.tables.base import Id, Instant
from storage.upsert import insert_once


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of asking."""

    id: int
    commitment_id: int
    round: int
    why: str
    at: datetime
    counted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer as it was kept. before: what the person said until now; counted_at: the count is over already."""

    id: int
    before: str | None
    counted_at: datetime | None
    asked: bool


# --- asking -------------------------------------------------------------------------------------------------------


def newest(unit: Unit, commitment_id: int) -> Round | None:
    """The round that was begun last."""
    mine = select(asking).where(asking.c.commitment_id == commitment_id).order_by(asking.c.round.desc()).limit(1)
    row = unit.db.execute(mine).first()
    return _round(row) if row else None


def _round(row: Any) -> Round:
    return Round(**{name: row._mapping[name] for name in Round.__slots__})


def begin(unit: Unit, commitment_id: int, problem_id: int, why: str, audience: Select[Any]) -> Round | None:
    """Begin a round for this reason, with all who are concerned waiting to be asked; None when it was begun before."""
    last = newest(unit, commitment_id)
    number = last.round + 1 if last else 1
    row = {"commitment_id": commitment_id, "round": number, "why": why, "at": unit.now}
    if insert_once(unit, asking, row, "commitment_id", "why") is None:
        return None
    people = audience.subquery("people")
    enough = exists().where(muted.c.person_id == people.c.person_id, muted.c.problem_id == problem_id)
    waiting = select(
        literal(commitment_id, Id), people.c.person_id, literal(number), literal(unit.now, Instant())
    ).where(~enough)
    columns = ["commitment_id", "person_id", "round", "at"]
    unit.db.execute(insert(followup).from_select(columns, waiting.order_by(people.c.person_id)))
    return newest(unit, commitment_id)


def open_rounds(unit: Unit) -> list[Round]:
    """Rounds that have not been counted, the oldest first: who waits there is asked first."""
    rows = unit.db.execute(select(asking).where(asking.c.counted_at.is_(None)).order_by(asking.c.at, asking.c.id))
    return [_round(row) for row in rows]


def next_to_ask(unit: Unit, one: Round) -> list[int]:
    """Those of a round who wait and were asked nothing of the kind for a week."""
    other = followup.alias("other")
    week = unit.now - promise_rules.ONE_A_WEEK
    lately = exists().where(other.c.person_id == followup.c.person_id, other.c.asked_at > week)
    query = select(followup.c.person_id).where(*_waiting(one), ~lately).order_by(followup.c.person_id)
    return [who for who in unit.db.execute(query).scalars() if who is not None]


def _waiting(one: Round) -> list[ColumnElement[bool]]:
    nothing_yet = (followup.c.asked_at.is_(None), followup.c.answer.is_(None))
    return [*_of(one), *nothing_yet, followup.c.person_id.is_not(None)]


def _of(one: Round) -> list[ColumnElement[bool]]:
    mine = (followup.c.commitment_id == one.commitment_id, followup.c.round == one.round, followup.c.current)
    return [*mine]


def asked(unit: Unit, one: Round, broadcast_id: int, at: datetime) -> None:
    """A broadcast asks them: who could not be reached is taken off the round. A shared phone asks all its people."""
    mine = recipient.c.broadcast_id == broadcast_id
    reached = mine & or_(recipient.c.state == "pending", recipient.c.reason == "shared")
    theirs = select(recipient.c.person_id).where(mine, recipient.c.person_id.is_not(None))
    got = select(recipient.c.person_id).where(reached, recipient.c.person_id.is_not(None))
    unit.db.execute(update(followup).where(*_waiting(one), followup.c.person_id.in_(got)).values(asked_at=at))
    unit.db.execute(delete(followup).where(*_waiting(one), followup.c.person_id.in_(theirs)))


def passes(unit: Unit, one: Round) -> int:
    """How often this round has asked so far."""
    mine = broadcast.c.idem.startswith(f"ask:{one.commitment_id}:{one.round}:", autoescape=True)
    return unit.db.execute(select(func.count()).select_from(broadcast).where(mine)).scalar_one()


def again_due(unit: Unit, limit: int = 200) -> list[tuple[int, int]]:
    """(commitment, person) of those who wanted to be asked once more and whose day has come; claimed."""
    query = (
        select(followup.c.id, followup.c.commitment_id, followup.c.person_id)
        .where(followup.c.again_at <= unit.now, followup.c.person_id.is_not(None))
        .order_by(followup.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = unit.db.execute(query).all()
    if rows:
        unit.db.execute(update(followup).where(followup.c.id.in_([r.id for r in rows])).values(again_at=None))
    return [(row.commitment_id, row.person_id) for row in rows]


# --- answering ----------------------------------------------------------------------------------------------------


def standing(unit: Unit, commitment_id: int, person_id: int) -> str | None:
    """What this person said last about it."""
    query = select(followup.c.answer).where(
        followup.c.commitment_id == commitment_id,
        followup.c.person_id == person_id,
        followup.c.current,
        followup.c.answer.is_not(None),
    )
    return unit.db.execute(query.order_by(followup.c.round.desc()).limit(1)).scalar()


def answer(unit: Unit, commitment_id: int, person_id: int, said: str) -> Kept:
    """Keep an answer: a later one replaces the one before, both stay, one counts."""
    unit.lock(person, person_id)
    one = newest(unit, commitment_id)
    number = one.round if one else 0
    mine = and_(
        followup.c.commitment_id == commitment_id, followup.c.person_id == person_id, followup.c.round == number
    )
    held = unit.db.execute(select(followup).where(mine, followup.c.current)).first()
    values: dict[str, Any] = {"answer": said, "at": unit.now}
    if held is not None and held.answer is None:
        row = unit.db.execute(
            update(followup).where(followup.c.id == held.id).values(**values).returning(followup.c.id)
        )
        kept = int(row.scalar_one())
    elif held is not None and held.answer == said:
        kept = int(held.id)
    else:
        if held is not None:
            unit.db.execute(update(followup).where(followup.c.id == held.id).values(current=False))
        values |= {"commitment_id": commitment_id, "person_id": person_id, "round": number}
        values |= {"asked_at": held.asked_at if held else None}
        kept = int(unit.db.execute(insert(followup).values(**values).returning(followup.c.id)).scalar_one())
    return Kept(
        id=kept,
        before=held.answer if held else None,
        counted_at=one.counted_at if one else None,
        asked=held is not None and held.asked_at is not None,
    )


def asked_in(unit: Unit, broadcast_id: int) -> int | None:
    """The promise that a broadcast asked about; None: it asked nothing of the kind, or a newer round asks by now."""
    query = select(broadcast.c.opens, broadcast.c.created_at)
    row = unit.db.execute(query.where(broadcast.c.id == broadcast_id, broadcast.c.kind == "asking")).first()
    about = int(row.opens["args"]["commitment"]) if row else 0
    one = newest(unit, about) if row else None
    return None if row is None or (one and one.at > row.created_at) else about


def add(unit: Unit, followup_id: int, **values: object) -> None:
    """What came with an answer: text, first_time, again_at."""
    unit.db.execute(update(followup).where(followup.c.id == followup_id).values(**values))


def knows_if_first(unit: Unit, person_id: int) -> bool:
    """Whether this person has said once if it is the first time: it is asked once."""
    said = select(followup.c.id).where(followup.c.person_id == person_id, followup.c.first_time.is_not(None))
    return unit.db.execute(said.limit(1)).first() is not None


# --- counting -----------------------------------------------------------------------------------------------------


def to_count(unit: Unit) -> list[Round]:
    """Rounds whose last question is a week old and in which nobody waits to be asked."""
    return [one for one in open_rounds(unit) if _ripe(unit, one)]


def _ripe(unit: Unit, one: Round) -> bool:
    waits = unit.db.execute(select(followup.c.id).where(*_waiting(one)).limit(1)).first()
    last: datetime | None = unit.db.execute(select(func.max(followup.c.asked_at)).where(*_of(one))).scalar()
    day = promises.the(unit, one.commitment_id).day
    return waits is None and day(last or one.at) + promise_rules.COUNT_AFTER <= day(unit.now)


def counts(unit: Unit, one: Round) -> Counts:
    """The answers of those who were asked, as they stand now."""
    said = followup.c.answer
    rows = select(said, func.count()).where(*_of(one), followup.c.asked_at.is_not(None)).group_by(said)
    found: dict[str | None, int] = {row[0]: row[1] for row in unit.db.execute(rows)}
    by = {name: found.get(name, 0) for name in ("yes", "partly", "no", "unknown")}
    return Counts(asked=sum(found.values()), **by)


def counted(unit: Unit, one: Round, result: Counts) -> bool:
    """Note the count of a round, once."""
    numbers = {name: getattr(result, name) for name in ("asked", "yes", "partly", "no", "unknown")}
    mine = update(asking).where(asking.c.id == one.id, asking.c.counted_at.is_(None))
    return bool(unit.db.execute(mine.values(**numbers, counted_at=unit.now)).rowcount)


def of_round(one: Round, problem_id: int) -> Select[Any]:
    """(person_id, grp) of those who were asked in a round and have not had enough of the topic since."""
    enough = exists().where(
        muted.c.person_id == followup.c.person_id, muted.c.problem_id == problem_id, muted.c.what == "news"
    )
    asked_ones = (followup.c.asked_at.is_not(None), followup.c.person_id.is_not(None), ~enough)
    return select(followup.c.person_id, literal("all").label("grp")).where(*_of(one), *asked_ones)


def reopeners(unit: Unit, commitment_id: int, since: datetime) -> int:
    """People who have said no since it was closed."""
    mine = (followup.c.commitment_id == commitment_id, followup.c.current, followup.c.person_id.is_not(None))
    query = select(func.count(func.distinct(followup.c.person_id))).where(*mine, followup.c.answer == "no")
    return unit.db.execute(query.where(followup.c.at > since)).scalar_one()


def numbers(unit: Unit, commitment_id: int) -> Mapping[str, int] | None:
    """The last count that may be shown: asked, yes, partly, no, unknown; None while there is none, or too few."""
    names = ("asked", "yes", "partly", "no", "unknown")
    query = select(*(asking.c[n] for n in names)).where(
        asking.c.commitment_id == commitment_id, asking.c.counted_at.is_not(None)
    )
    row = unit.db.execute(query.order_by(asking.c.round.desc()).limit(1)).first()
    if row is None or Counts(**row._mapping).few:
        return None
    return dict(row._mapping)
