"""An idea as an option of its own: put at the end of a list that is still a draft, and taken back from it.

A list changes under its contest's lock alone (`contests.locked`), as it opens, closes and is chosen from. Who calls
holds the idea's lock first (`idea_states.hold`); then come the community and its lists, in this order everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, select

from storage import contests
from storage.contests import Contest
from storage.ideas import Idea
from storage.store import Unit
from storage.tables import contest, contribution, contribution_problem, lab, option, problem

OWN = "own"  # relation of the idea that an option comes from


def hold(unit: Unit, lab_id: int) -> list[Contest]:
    """The drafts of a community, once nobody else opens or changes them; by id. Nobody names an option meanwhile."""
    unit.lock(lab, lab_id)
    slugs = select(contest.c.slug).where(contest.c.lab_id == lab_id, contest.c.state == "draft").order_by(contest.c.id)
    held = [contests.locked(unit, slug) for slug in unit.db.execute(slugs).scalars().all()]
    return [one for one in held if one is not None and one.state == "draft"]


def put(unit: Unit, problem_id: int, values: Mapping[str, Any]) -> int | None:
    """Its number on the newest draft; None where it stands on none yet. values: lab_id, title, short_title.

    A draft that names no options takes every problem when it opens, in an order drawn then.
    """
    number = None
    titles = {name: values[name] for name in ("title", "short_title")}
    for draft in hold(unit, values["lab_id"]):
        last = select(func.max(option.c.number)).where(option.c.contest_id == draft.id)
        if (most := unit.db.execute(last).scalar()) is not None:
            number = most + 1
            row = {"contest_id": draft.id, "problem_id": problem_id, "number": number, **titles}
            unit.db.execute(insert(option).values(**row))
    return number


def standing(unit: Unit, problem_id: int, idea_id: int) -> tuple[str, int] | None:
    """(slug of an open choice, number there) of an option that would be nobody's without this idea; else None."""
    others = and_(_live(), contribution_problem.c.contribution_id != idea_id)
    query = (
        select(contest.c.slug, option.c.number)
        .join_from(option, contest, option.c.contest_id == contest.c.id)
        .join(problem, problem.c.id == option.c.problem_id)
        .where(problem.c.id == problem_id, contest.c.state == "open", option.c.withdrawn_at.is_(None))
    )
    row = unit.db.execute(query.where(born(), ~exists().where(others))).first()
    return (row[0], row[1]) if row else None


def leave(unit: Unit, problem_id: int) -> None:
    """An idea is not with this option any more: where it is nobody's now, no draft holds it. Its record stays."""
    gone = select(problem.c.lab_id).where(problem.c.id == problem_id, left())
    lab_id = unit.db.execute(gone).scalar()
    drafts = [draft.id for draft in hold(unit, lab_id)] if lab_id is not None else []
    if drafts:
        unit.db.execute(delete(option).where(option.c.problem_id == problem_id, option.c.contest_id.in_(drafts)))


def taken_back(unit: Unit, idea: Idea) -> None:
    """Its author takes the idea back: so does its option where it is still on a draft."""
    mine = (contribution_problem.c.contribution_id == idea.id, contribution_problem.c.undone_at.is_(None))
    found = unit.db.execute(select(contribution_problem.c.problem_id).where(*mine)).scalar()
    if found is not None:
        leave(unit, found)


def born() -> ColumnElement[bool]:
    """Problems that an idea brought, in a query of `problem`."""
    own = (contribution_problem.c.problem_id == problem.c.id, contribution_problem.c.relation == OWN)
    return exists().where(*own)


def left() -> ColumnElement[bool]:
    """Those that no idea is with any more and nobody was ever asked about: no list takes them, no name is theirs."""
    asked = exists().where(
        option.c.problem_id == problem.c.id, option.c.contest_id == contest.c.id, contest.c.state != "draft"
    )
    return and_(born(), ~exists().where(_live()), ~asked)


def _live() -> ColumnElement[bool]:
    """A link to the problem of the query around it, of an idea that was not taken back."""
    return and_(
        contribution_problem.c.problem_id == problem.c.id,
        contribution_problem.c.undone_at.is_(None),
        contribution_problem.c.contribution_id == contribution.c.id,
        contribution.c.withdrawn_at.is_(None),
    )
