"""Who wants to hear what happens with which options (voting.md 7): the person's own wish, and taken back by her.

That somebody chose an option is forgotten 30 days after the close; that she follows it stays until she says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, insert, select

from storage.store import Unit
from storage.tables import follow, muted, option, problem


def numbers(unit: Unit, contest_id: int, person_id: int) -> Sequence[int]:
    """The numbers of this contest's options that a person follows."""
    mine = select(option.c.number).join_from(follow, option, follow.c.option_id == option.c.id)
    mine = mine.where(option.c.contest_id == contest_id, follow.c.person_id == person_id)
    return unit.db.execute(mine.order_by(option.c.number)).scalars().all()


def wish(unit: Unit, contest_id: int, person_id: int, wanted: Sequence[int]) -> None:
    """She says yes to these options: what she had enough of before, she wants to hear again."""
    topics = select(option.c.problem_id).where(option.c.contest_id == contest_id, option.c.number.in_(wanted))
    unit.db.execute(delete(muted).where(muted.c.person_id == person_id, muted.c.problem_id.in_(topics)))
    set_(unit, contest_id, person_id, wanted)


def set_(unit: Unit, contest_id: int, person_id: int, wanted: Iterable[int]) -> None:
    """From now on she follows these options of the contest and no others; none at all: she follows nothing of it.

    A topic of which she has had enough does not come back by itself.
    """
    enough_of = select(muted.c.problem_id).where(muted.c.person_id == person_id, muted.c.what == "news")
    keep = _options(contest_id).where(option.c.number.in_(list(wanted)), option.c.problem_id.not_in(enough_of))
    mine = delete(follow).where(follow.c.person_id == person_id, follow.c.option_id.in_(_options(contest_id)))
    unit.db.execute(mine)
    rows = [{"person_id": person_id, "option_id": o, "at": unit.now} for o in unit.db.execute(keep).scalars()]
    if rows:
        unit.db.execute(insert(follow), rows)


def moved(unit: Unit, contest_id: int, person_id: int, picks: Iterable[int]) -> None:
    """Her choice changed: who follows what she chose follows the new choice."""
    if numbers(unit, contest_id, person_id):
        set_(unit, contest_id, person_id, picks)


def enough(unit: Unit, person_id: int, problem_id: int) -> None:
    """No more of this topic, in whichever contest it stood."""
    about = select(option.c.id).where(option.c.problem_id == problem_id)
    unit.db.execute(delete(follow).where(follow.c.person_id == person_id, follow.c.option_id.in_(about)))


def titles(unit: Unit, person_id: int) -> list[str]:
    """What a person follows, in the order she began to."""
    mine = select(option.c.title).join_from(follow, option, follow.c.option_id == option.c.id)
    rows = unit.db.execute(mine.where(follow.c.person_id == person_id).order_by(follow.c.id)).scalars()
    return list(dict.fromkeys(rows))


def _options(contest_id: int) -> Select[Any]:
    return select(option.c.id).where(option.c.contest_id == contest_id)


@dataclass(frozen=True, slots=True)
class Topic:
    """A problem of a community by its names; texts: language -> field -> text."""

    id: int
    slug: str
    title: str
    short_title: str
    texts: Mapping[str, Mapping[str, str]]


def topics(unit: Unit, lab_id: int) -> list[Topic]:
    """Every problem of a community."""
    names = problem.c.id, problem.c.slug, problem.c.title, problem.c.short_title, problem.c.texts
    query = select(*names).where(problem.c.lab_id == lab_id).order_by(problem.c.id)
    return [Topic(*row) for row in unit.db.execute(query)]
