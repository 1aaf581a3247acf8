"""Whose words an option started with: authors hear what became of it, each once (accountability.md 3)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, String, cast, func, literal, select

from storage.tables import contribution, contribution_problem, option

MOST = 3  # ideas of one person that one message names; MI IDEA tells of the others


def of_contest(contest_id: int) -> Select[Any]:
    """(person_id, wrote) of authors of ideas that stand in a contest; wrote: '27:2,33:1', idea 27 is in option 2."""
    c, ties = contribution.c, contribution_problem.c
    turn = func.row_number().over(partition_by=c.person_id, order_by=c.number)
    each = (
        select(c.person_id, c.number, option.c.number.label("option"), turn.label("turn"))
        .join_from(contribution, contribution_problem, ties.contribution_id == c.id)
        .join(option, option.c.problem_id == ties.problem_id)
        .where(option.c.contest_id == contest_id, option.c.withdrawn_at.is_(None), *_standing())
        .subquery("each")
    )
    one = cast(each.c.number, String) + literal(":") + cast(each.c.option, String)
    wrote = func.aggregate_strings(one, ",").label("wrote")
    return select(each.c.person_id, wrote).where(each.c.turn <= MOST).group_by(each.c.person_id)


def of_problem(problem_id: int, grp: str) -> Select[Any]:
    """(person_id, grp) of the authors of ideas of one option; '<grp>27': her first one is idea 27."""
    c, ties = contribution.c, contribution_problem.c
    first = literal(grp) + cast(func.min(c.number), String)
    mine = select(c.person_id, first.label("grp")).join(contribution_problem, ties.contribution_id == c.id)
    return mine.where(ties.problem_id == problem_id, *_standing()).group_by(c.person_id)


def _standing() -> tuple[Any, ...]:
    """Joined or alone still, not taken back, and of somebody."""
    kept = contribution.c.withdrawn_at.is_(None)
    return contribution_problem.c.undone_at.is_(None), kept, contribution.c.person_id.is_not(None)
