"""The numbers of the plan, counted in the database: what `status` shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, func, select

from storage import hushed
from storage.store import Unit
from storage.tables import (
    ballot,
    broadcast,
    contest,
    decision,
    handover,
    lab,
    milestone,
    option,
    plan,
    problem,
    recipient,
    registration,
    reminder,
    session,
)

Rows = Sequence[Any]
_LAB = lab.c.slug.label("lab")


def the_plan(unit: Unit) -> Row[Any] | None:
    """The plan loaded first; an installation follows one."""
    return unit.db.execute(select(plan).order_by(plan.c.id).limit(1)).first()


def milestones(unit: Unit) -> Rows:
    """Every milestone in the order it was loaded."""
    return unit.db.execute(select(milestone).order_by(milestone.c.plan_id, milestone.c.id)).all()


def lab_rows(unit: Unit) -> Rows:
    """Every lab: those that work first."""
    columns = [lab.c[n] for n in ("id", "slug", "name", "keyword", "state", "setting", "note")]
    order = (lab.c.state != "published", lab.c.state != "closed", lab.c.id)
    return unit.db.execute(select(*columns).order_by(*order)).all()


def sessions(unit: Unit) -> Rows:
    """Every session with its lab's slug, by time."""
    query = select(session, _LAB).join_from(session, lab, session.c.lab_id == lab.c.id)
    return unit.db.execute(query.order_by(session.c.starts_at, session.c.id)).all()


def registrations(unit: Unit) -> Mapping[int, Mapping[str, int]]:
    """Session -> state -> people."""
    r = registration.c
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for id, state, n in unit.db.execute(select(r.session_id, r.state, func.count()).group_by(r.session_id, r.state)):
        counts[id][state] = n
    return counts


def contests(unit: Unit) -> Rows:
    """Every contest with its lab's slug, its session and how many people have chosen: turnout, never an option."""
    current = and_(ballot.c.contest_id == contest.c.id, ballot.c.status == "current")
    ballots = select(func.count()).select_from(ballot).where(current).scalar_subquery()
    query = (
        select(contest, _LAB, session.c.code.label("session"), session.c.starts_at, ballots.label("ballots"))
        .join_from(contest, lab, contest.c.lab_id == lab.c.id)
        .outerjoin(session, contest.c.session_id == session.c.id)
    )
    return unit.db.execute(query.order_by(contest.c.id)).all()


def undecided(unit: Unit) -> Mapping[int, list[str]]:
    """Closed contest -> slugs of the problems that nobody has answered yet, by their number."""
    answered = and_(decision.c.contest_id == option.c.contest_id, decision.c.problem_id == option.c.problem_id)
    query = (
        select(option.c.contest_id, problem.c.slug)
        .join_from(option, contest, option.c.contest_id == contest.c.id)
        .join(problem, option.c.problem_id == problem.c.id)
        .outerjoin(decision, answered)
        .where(contest.c.state.in_(("closed", "published")), option.c.withdrawn_at.is_(None), decision.c.id.is_(None))
    )
    waiting: dict[int, list[str]] = defaultdict(list)
    for id, slug in unit.db.execute(query.order_by(option.c.contest_id, option.c.number)):
        waiting[id].append(slug)
    return waiting


def names_of(unit: Unit, contest_id: int) -> Mapping[str, tuple[str, str]]:
    """Slug of a problem -> (short title, title) of its option."""
    query = select(problem.c.slug, option.c.short_title, option.c.title)
    query = query.join(problem, option.c.problem_id == problem.c.id).where(option.c.contest_id == contest_id)
    rows = unit.db.execute(query)
    return {row.slug: (row.short_title, row.title) for row in rows}


def broadcasts(unit: Unit, limit: int = 20) -> Rows:
    """The newest broadcasts, with the name of what each tells of. Who chose a withdrawn option: after the close."""
    query = (
        select(broadcast, session.c.code.label("session"), contest.c.slug.label("contest"), _LAB)
        .outerjoin_from(broadcast, session, broadcast.c.session_id == session.c.id)
        .outerjoin(contest, broadcast.c.contest_id == contest.c.id)
        .outerjoin(lab, broadcast.c.lab_id == lab.c.id)
        .where(hushed.shown())
    )
    return unit.db.execute(query.order_by(broadcast.c.id.desc()).limit(limit)).all()


def ledgers(unit: Unit, broadcast_ids: Sequence[int]) -> Mapping[int, Mapping[str, int]]:
    """Broadcast -> state of its recipients -> people."""
    c = recipient.c
    query = select(c.broadcast_id, c.state, func.count()).where(c.broadcast_id.in_(broadcast_ids))
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for id, state, n in unit.db.execute(query.group_by(c.broadcast_id, c.state)):
        counts[id][state] = n
    return counts


def invited(unit: Unit) -> frozenset[int]:
    """Sessions that people have been invited to."""
    query = select(broadcast.c.session_id).where(broadcast.c.kind == "invitation")
    return frozenset(id for id in unit.db.execute(query).scalars() if id is not None)


def reminders(unit: Unit) -> Rows:
    """Reminders to come, with the session's code."""
    query = select(reminder.c.rule, reminder.c.due_at, session.c.code.label("session"), session.c.tz).join_from(
        reminder, session, reminder.c.session_id == session.c.id
    )
    return unit.db.execute(query.where(reminder.c.state == "pending").order_by(reminder.c.due_at, reminder.c.id)).all()


def waiting_for_a_human(unit: Unit) -> tuple[int, int]:
    """People who asked for a person and were not answered: all of them, and those past their time."""
    c = handover.c
    open_ = select(func.count()).select_from(handover).where(c.done_at.is_(None))
    late = open_.where(c.due_at < unit.now)
    return unit.db.execute(open_).scalar_one(), unit.db.execute(late).scalar_one()
