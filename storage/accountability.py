"""Decisions with their reason, and who must be told of a result (accountability.md 2 and 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, exists, func, literal, select, union_all, update

from storage import authors
from storage.store import Unit
from storage.tables import (
    ballot,
    contest,
    decision,
    enrolment,
    event,
    follow,
    lab,
    option,
    participation,
    registration,
    session,
)
from storage.tables import problem as problems
from storage.texts import Texts
from storage.upsert import insert_once

HAS_COME = ("registered", "attended", "no_show")  # registrations whose person hears the result
# Groups of a result's audience. A person in several is told by the first of them: they sort in this order.
CHOSE, FOLLOWS, BLANK, TOOK_PART, LATE, NO_CHOICE = "1:", "2:", "3:blank", "4:took", "5:late", "6:none"
WROTE = "7:wrote"  # an idea, and nothing else
IDEAS = "#"  # behind it stand the ideas of an author: '6:none#27:2', idea 27 is in option 2
COMES = "@"  # at the very end: has a place in the next meeting, or a turn for one, and is not asked again


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of one option, and why."""

    problem_id: int
    outcome: str
    reason: str
    next_step: str
    by: str
    at: datetime
    texts: Texts  # reason and next_step in other languages


def decisions(unit: Unit, contest_id: int) -> dict[int, Decision]:
    """The decisions of a contest by problem."""
    names = Decision.__slots__
    rows = unit.db.execute(select(*(decision.c[n] for n in names)).where(decision.c.contest_id == contest_id))
    return {row.problem_id: Decision(**row._mapping) for row in rows}


def decide(
    unit: Unit,
    contest_id: int,
    problem_id: int,
    *,
    outcome: str,
    reason: str,
    next_step: str,
    by: str,
    texts: Texts | None = None,
) -> bool:
    """Write a decision, or replace it; whether it is a new one. Who may still replace it is the caller's to know."""
    values = {"outcome": outcome, "reason": reason, "next_step": next_step, "by": by, "at": unit.now}
    values |= {"texts": texts or {}}
    key = {"contest_id": contest_id, "problem_id": problem_id}
    if insert_once(unit, decision, values | key, "contest_id", "problem_id") is not None:
        return True
    mine = (decision.c.contest_id == contest_id, decision.c.problem_id == problem_id)
    unit.db.execute(update(decision).where(*mine).values(**values))
    return False


def undecided(unit: Unit, contest_id: int) -> Sequence[int]:
    """Problems of the contest's options that have no decision yet, by their number."""
    decided = select(decision.c.problem_id).where(decision.c.contest_id == contest_id)
    query = select(option.c.problem_id).where(
        option.c.contest_id == contest_id, option.c.withdrawn_at.is_(None), option.c.problem_id.not_in(decided)
    )
    return unit.db.execute(query.order_by(option.c.number)).scalars().all()


def contests_of(unit: Unit, problem: str) -> list[tuple[str, int]]:
    """(contest slug, problem id) of the options that a problem's slug, or 'lab/slug', names; newest contest first."""
    lab_slug, _, slug = problem.rpartition("/")
    query = (
        select(contest.c.slug, problems.c.id)
        .join_from(option, contest, option.c.contest_id == contest.c.id)
        .join(problems, option.c.problem_id == problems.c.id)
        .join(lab, problems.c.lab_id == lab.c.id)
        .where(problems.c.slug == slug, option.c.withdrawn_at.is_(None))
        .order_by(contest.c.id.desc())
    )
    rows = unit.db.execute(query.where(lab.c.slug == lab_slug) if lab_slug else query)
    return [(row[0], row[1]) for row in rows]


def note_event(unit: Unit, kind: str, subject: str, broadcast_id: int | None) -> bool:
    """Something happened that those concerned are told of; False when it was noted before."""
    values = {"kind": kind, "subject": subject, "at": unit.now, "broadcast_id": broadcast_id}
    return insert_once(unit, event, values, "kind", "subject") is not None


def noted(unit: Unit, kind: str, subject: str) -> bool:
    """Whether this was noted before."""
    mine = (event.c.kind == kind, event.c.subject == subject)
    return unit.db.execute(select(event.c.id).where(*mine)).first() is not None


# --- who hears a result -------------------------------------------------------------------------------------------


def to_tell(contest_id: int, lab_id: int, meeting_id: int | None = None) -> Select[Any]:
    """(person_id, grp) of all who chose, follow, came, had signed up, or may choose; '1:2,5' chose options 2 and 5.

    Everybody enrolled hears the result itself, and whether a choice of hers was counted (voting.md 5).

    A person may stand here in several groups: a broadcast takes the one that sorts first. Once ballots have lost their
    person, what she follows and that she took part is all that is known (voting.md 7). Authors are told of their ideas
    in the same message, whatever else they are: '1:2,5#27:2'. meeting_id: the next one: '1:2,5@' has a place there.
    """
    wrote = authors.of_contest(contest_id).subquery("wrote")
    alone = select(wrote.c.person_id, literal(WROTE).label("grp"))
    parts = _chose(contest_id), _follows(contest_id), _took_part(contest_id), _late(contest_id), came(lab_id, NO_CHOICE)
    people = union_all(*parts, _enrolled(contest_id), alone).subquery("concerned")
    each = select(people.c.person_id, func.min(people.c.grp).label("grp")).group_by(people.c.person_id).subquery("each")
    told = each.c.grp + func.coalesce(literal(IDEAS) + wrote.c.wrote, "")
    if meeting_id is not None:
        told += case((_has_a_place(meeting_id, each.c.person_id), literal(COMES)), else_="")
    return select(each.c.person_id, told.label("grp")).outerjoin(wrote, wrote.c.person_id == each.c.person_id)


def group_of(unit: Unit, contest_id: int, lab_id: int, person_id: int) -> str | None:
    """The group in which this person hears the result; None: it is nobody's who has to be told."""
    told = to_tell(contest_id, lab_id).subquery("told")
    return unit.db.execute(select(told.c.grp).where(told.c.person_id == person_id)).scalar()


def _chose(contest_id: int) -> Select[Any]:
    grp = case((ballot.c.kind == "choice", literal(CHOSE) + ballot.c.payload), else_=literal(BLANK))
    return select(ballot.c.person_id, grp.label("grp")).where(_mine(contest_id, "current"))


def _follows(contest_id: int) -> Select[Any]:
    """All that somebody follows of a contest, in one group: '2:1,3'."""
    mine = select(follow.c.person_id, option.c.number).join_from(follow, option, follow.c.option_id == option.c.id)
    each = mine.where(option.c.contest_id == contest_id).order_by(follow.c.person_id, option.c.number).subquery("each")
    numbers = func.aggregate_strings(cast(each.c.number, String), ",")
    return select(each.c.person_id, (literal(FOLLOWS) + numbers).label("grp")).group_by(each.c.person_id)


def _took_part(contest_id: int) -> Select[Any]:
    """Stays when nobody can say any more what they chose."""
    mine = (participation.c.contest_id == contest_id, participation.c.person_id.is_not(None))
    return select(participation.c.person_id, literal(TOOK_PART).label("grp")).where(*mine)


def _late(contest_id: int) -> Select[Any]:
    return select(ballot.c.person_id, literal(LATE).label("grp")).where(_mine(contest_id, "late"))


def _enrolled(contest_id: int) -> Select[Any]:
    mine = (enrolment.c.contest_id == contest_id, enrolment.c.person_id.is_not(None))
    return select(enrolment.c.person_id, literal(NO_CHOICE).label("grp")).where(*mine)


def _has_a_place(meeting_id: int, person_id: Any) -> ColumnElement[bool]:
    here = (registration.c.session_id == meeting_id, registration.c.person_id == person_id)
    return exists().where(*here, registration.c.state.in_(("registered", "waiting", "offered")))


def _mine(contest_id: int, status: str) -> ColumnElement[bool]:
    return and_(ballot.c.contest_id == contest_id, ballot.c.status == status, ballot.c.person_id.is_not(None))


def came(lab_id: int, grp: str) -> Select[Any]:
    """(person_id, grp) of those who signed up for a session of this lab, or came."""
    query = select(registration.c.person_id, literal(grp).label("grp"))
    of_lab = query.join(session, registration.c.session_id == session.c.id).where(session.c.lab_id == lab_id)
    return of_lab.where(registration.c.state.in_(HAS_COME), registration.c.person_id.is_not(None))
