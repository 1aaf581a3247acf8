"""Whose choices decide: the roll classes of a contest and who is enrolled in them (voting.md 4).

open       whoever gives a permission and chooses, until the close
attended   who came to the contest's session (to any of its lab, where it names none): frozen at the opening
roll       a list of people: there is none yet, so such a contest is not opened

Who is not in the class that decides may choose too: that is counted apart and never added.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, insert, literal, or_, select

from storage import broadcasts
from storage.audiences import ALL
from storage.contests import Contest
from storage.store import Unit
from storage.tables import ballot, broadcast, contest, enrolment, participation, recipient, registration, session
from storage.tables.base import Instant
from storage.turnout import ATTENDED, OPEN
from storage.upsert import insert_once

ASKED = "asked"  # evidence of who was enrolled because the opening asked them
CAME = "attendance"  # likewise, because they came
CLOSED = "closed:"  # the act that tells a close: its idem is this and the contest's slug
REMINDED = "reminded to choose:"  # likewise, the one reminder before it
AT_MEETING = "1:came"  # group of those asked who came; the first group of a person is told
COUNTED, LATE, NONE = "1:counted", "2:late", "3:none"  # groups of who hears a close; the first of them is told


def at_meeting(asked: Contest) -> Select[Any]:
    """The people who came, as a group of the audience: (person_id, grp)."""
    return came(asked).add_columns(literal(AT_MEETING).label("grp"))


def came(asked: Contest) -> Select[Any]:
    """The people who came, by the attendance that was taken: (person_id)."""
    query = select(registration.c.person_id).where(registration.c.state == "attended")
    here: ColumnElement[bool] = registration.c.session_id == asked.session_id
    if asked.session_id is None:
        here = registration.c.session_id.in_(select(session.c.id).where(session.c.lab_id == asked.lab_id))
    return query.where(here, registration.c.person_id.is_not(None)).distinct()


def attendance(unit: Unit, asked: Contest) -> int:
    """How many came."""
    return unit.db.execute(select(func.count()).select_from(came(asked).subquery("came"))).scalar_one()


def freeze(unit: Unit, drafted: Contest) -> dict[str, Any]:
    """At the opening: enrol those of a closed class; the quorum, with the number it is a percentage of."""
    if drafted.roll_kind == ATTENDED:
        _enrol(unit, drafted.id, came(drafted), ATTENDED, CAME)
    quorum = dict(drafted.quorum)
    if quorum.get("of") == ATTENDED:
        quorum["base"] = attendance(unit, drafted)
    return quorum


def enrol_asked(unit: Unit, contest_id: int, broadcast_id: int) -> None:
    """Whom the opening asked may choose, and hears at the end whether a choice was counted (voting.md 5)."""
    asked = select(recipient.c.person_id).where(
        recipient.c.broadcast_id == broadcast_id,
        recipient.c.person_id.is_not(None),
        or_(recipient.c.reason.is_(None), recipient.c.reason != "no_consent"),
    )
    _enrol(unit, contest_id, asked, OPEN, ASKED)


def _enrol(unit: Unit, contest_id: int, people: Select[Any], name: str, evidence: str) -> None:
    """All of them in one statement; who is enrolled already keeps the class she has."""
    new = people.subquery("new")
    here = (enrolment.c.contest_id == contest_id, enrolment.c.person_id == new.c.person_id)
    values = (
        literal(contest_id),
        new.c.person_id,
        literal(name),
        literal(evidence),
        literal(unit.now, Instant()),
    )
    rows = select(*values).where(~exists().where(*here)).order_by(new.c.person_id)
    columns = ["contest_id", "person_id", "class", "evidence", "at"]
    unit.db.execute(insert(enrolment).from_select(columns, rows))


def class_of(unit: Unit, contest_id: int, person_id: int) -> str | None:
    """The class this person is enrolled in; None: in none yet."""
    mine = (enrolment.c.contest_id == contest_id, enrolment.c.person_id == person_id)
    return unit.db.execute(select(enrolment.c["class"]).where(*mine)).scalar()


def enrol(unit: Unit, contest_id: int, person_id: int, *, evidence: str) -> str:
    """Note by name that this person may choose here; her class. The row is the lock that parts two phones of one."""
    row = {"contest_id": contest_id, "person_id": person_id, "class": OPEN, "evidence": evidence, "at": unit.now}
    insert_once(unit, enrolment, row, "contest_id", "person_id")
    mine = (enrolment.c.contest_id == contest_id, enrolment.c.person_id == person_id)
    return str(unit.db.execute(select(enrolment.c["class"]).where(*mine).with_for_update()).scalar_one())


# --- who hears of it ----------------------------------------------------------------------------------------------


def without_choice(contest_id: int, lab_id: int) -> Select[Any]:
    """Those enrolled who have not chosen yet and take reminders: (person_id, grp)."""
    chose = exists().where(*_theirs(contest_id, "current"))
    silent = exists().where(
        registration.c.person_id == enrolment.c.person_id,
        registration.c.session_id.in_(select(session.c.id).where(session.c.lab_id == lab_id)),
        ~registration.c.reminders,
    )
    return _enrolled(contest_id, ALL).where(~chose, ~silent)


def unreminded(unit: Unit) -> list[str]:
    """Contests in which one can choose now, and whose reminder has not gone."""
    told = exists().where(broadcast.c.idem == literal(REMINDED) + contest.c.slug)
    query = select(contest.c.slug).where(contest.c.state == "open", contest.c.closes_at > unit.now, ~told)
    return list(unit.db.execute(query.order_by(contest.c.closes_at, contest.c.id)).scalars())


def untold(unit: Unit, until: datetime) -> list[str]:
    """Contests that closed until then, however long ago, and whose people have not been told if they were counted."""
    told = exists().where(broadcast.c.idem == literal(CLOSED) + contest.c.slug)
    closed = (contest.c.state.in_(("closed", "published")), contest.c.closed_at <= until)
    query = select(contest.c.slug).where(*closed, ~told).order_by(contest.c.closed_at, contest.c.id)
    return list(unit.db.execute(query).scalars())


def to_tell(unit: Unit, closed: Contest) -> Select[Any]:
    """(person_id, grp) of everybody enrolled whom a published result has not told already."""
    query = _enrolled(closed.id, _group(closed.id))
    result = broadcasts.found(unit, f"result:{closed.slug}")
    if result is None:
        return query
    heard = exists().where(recipient.c.broadcast_id == result, recipient.c.person_id == enrolment.c.person_id)
    return query.where(~heard)


def group_of(unit: Unit, contest_id: int, person_id: int) -> str:
    """Whether a choice of this person was counted, came late, or is not there."""
    mine = _enrolled(contest_id, _group(contest_id)).where(enrolment.c.person_id == person_id)
    late = exists().where(ballot.c.contest_id == contest_id, ballot.c.person_id == person_id, ballot.c.status == "late")
    row = unit.db.execute(mine).first()
    return str(row.grp) if row else LATE if unit.db.execute(select(late)).scalar() else NONE


def _enrolled(contest_id: int, group: Any) -> Select[Any]:
    group = literal(group) if isinstance(group, str) else group
    mine = (enrolment.c.contest_id == contest_id, enrolment.c.person_id.is_not(None))
    return select(enrolment.c.person_id, group.label("grp")).where(*mine)


def _group(contest_id: int) -> ColumnElement[str]:
    """Who took part stays known when nobody can say any more what they chose."""
    took_part = exists().where(
        participation.c.contest_id == contest_id, participation.c.person_id == enrolment.c.person_id
    )
    late = exists().where(*_theirs(contest_id, "late"))
    return case((took_part, literal(COUNTED)), (late, literal(LATE)), else_=literal(NONE))


def _theirs(contest_id: int, status: str) -> tuple[ColumnElement[bool], ...]:
    return (
        ballot.c.contest_id == contest_id,
        ballot.c.person_id == enrolment.c.person_id,
        ballot.c.status == status,
    )
