"""Two people of ours are one: of two choices the later stands, the earlier is void, both are logged (voting.md 5).

Only in a contest in which one can choose at this moment. One that is over is never changed: where both took part, both
stand as they were counted. That a person has one choice that counts is the index of `ballot`, and no care of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, delete, exists, or_, select, update

from storage import as_it_was, audit, contests, rolls, ties
from storage.as_it_was import AsItWas
from storage.contests import Contest
from storage.store import Unit
from storage.tables import ballot, contest, enrolment, follow, option, participation
from storage.turnout import ATTENDED, OPEN
from storage.upsert import insert_once

_TABLES: Mapping[str, Table] = {t.name: t for t in (enrolment, participation, ballot)}
VOID = "la misma persona, por otro teléfono: vale la última"
# table, 'void', or 'stood' (hers who is joined, until then) -> ids of rows; 'dropped', 'classes' -> rows as they were;
# 'followed' -> (void choice, what was followed with it)
Moved = dict[str, list[Any]]


def merge(unit: Unit, keep: int, gone: int) -> Moved:
    """`gone`'s part in every contest becomes `keep`'s. Which rows moved, and which choice is void since."""
    moved: Moved = {name: [] for name in (*_TABLES, "void", "stood", "dropped", "classes", "followed")}
    for contest_id in _concerned(unit, gone):
        held = contests.holding(unit, contest_id)
        if held.takes(unit.now):
            _one_voter(unit, held, keep, gone, moved)
        elif not _has_any(unit, contest_id, keep):
            _move_all(unit, contest_id, keep, gone, moved)
    return moved


def _concerned(unit: Unit, person_id: int) -> Sequence[int]:
    theirs = {
        one
        for table in _TABLES.values()
        for one in unit.db.execute(select(table.c.contest_id).where(table.c.person_id == person_id)).scalars()
    }
    return sorted(theirs)


def _has_any(unit: Unit, contest_id: int, person_id: int) -> bool:
    hers = [
        exists().where(table.c.contest_id == contest_id, table.c.person_id == person_id) for table in _TABLES.values()
    ]
    return bool(unit.db.execute(select(or_(*hers))).scalar())


def _move_all(unit: Unit, contest_id: int, keep: int, gone: int, moved: Moved) -> None:
    for name, table in _TABLES.items():
        theirs = table.c.contest_id == contest_id, table.c.person_id == gone
        ids = list(unit.db.execute(select(table.c.id).where(*theirs).order_by(table.c.id)).scalars())
        unit.db.execute(update(table).where(table.c.id.in_(ids)).values(person_id=keep))
        moved[name] += ids


def _one_voter(unit: Unit, held: Contest, keep: int, gone: int, moved: Moved) -> None:
    """One enrolment, in the class that decides where one of them was in it, and one choice."""
    current = ballot.c.contest_id == held.id, ballot.c.person_id.in_((keep, gone)), ballot.c.status == "current"
    query = select(ballot.c.id, ballot.c.person_id).where(*current)
    standing = unit.db.execute(query.order_by(ballot.c.received_at, ballot.c.id)).all()
    moved["stood"] += [row.id for row in standing if row.person_id == gone]
    if len(standing) == 2:
        earlier = standing[0]
        unit.db.execute(update(ballot).where(ballot.c.id == earlier.id).values(status="void", void_reason=VOID))
        moved["void"].append(earlier.id)
        moved["followed"] += [[earlier.id, row] for row in _follows_nothing(unit, held.id, earlier.person_id)]
        for became in ("void", "current"):
            _log(unit, held, became)
    roll = _class(unit, held.id, keep, gone)
    _drop_likes(unit, held.id, keep, gone, moved)
    _move_all(unit, held.id, keep, gone, moved)
    mine = (enrolment.c.contest_id == held.id, enrolment.c.person_id == keep)
    moved["classes"] += [[*row] for row in unit.db.execute(select(enrolment.c.id, enrolment.c["class"]).where(*mine))]
    unit.db.execute(update(enrolment).where(*mine).values({"class": roll}))
    _in_her_class(unit, held.id, keep)


def _drop_likes(unit: Unit, contest_id: int, keep: int, gone: int, moved: Moved) -> None:
    """One is enrolled and takes part once: what the other has a row of, too, is not counted twice."""
    for table in (enrolment, participation):
        other = table.alias("other")
        like = exists().where(other.c.contest_id == contest_id, other.c.person_id == keep)
        which = table.c.contest_id == contest_id, table.c.person_id == gone, like
        for row in unit.db.execute(select(table).where(*which)).mappings().all():
            kept = {n: value.isoformat() if n == "at" else value for n, value in row.items() if n != "id"}
            moved["dropped"].append([table.name, kept])
        unit.db.execute(delete(table).where(*which))


def _in_her_class(unit: Unit, contest_id: int, person_id: int) -> None:
    here = enrolment.c.contest_id == contest_id, enrolment.c.person_id == person_id
    hers = ballot.c.contest_id == contest_id, ballot.c.person_id == person_id, ballot.c.status == "current"
    roll = select(enrolment.c["class"]).where(*here).scalar_subquery()
    unit.db.execute(update(ballot).where(*hers, exists().where(*here)).values({"class": roll}))


def _class(unit: Unit, contest_id: int, keep: int, gone: int) -> str:
    both = enrolment.c.contest_id == contest_id, enrolment.c.person_id.in_((keep, gone))
    found = set(unit.db.execute(select(enrolment.c["class"]).where(*both)).scalars())
    return ATTENDED if ATTENDED in found else next(iter(sorted(found)), OPEN)


def _follows_nothing(unit: Unit, contest_id: int, person_id: int) -> AsItWas:
    """Who followed what is chosen no more follows it no more; what it was."""
    here, was = select(option.c.id).where(option.c.contest_id == contest_id), list[Any]()
    as_it_was.drop(unit, was, follow, follow.c.person_id == person_id, follow.c.option_id.in_(here))
    return was


def _log(unit: Unit, held: Contest, became: str) -> None:
    """Neither person, option nor receipt, and the day alone, as of every choice (`ballots.py`)."""
    today = ties.day(unit.now, held.tz)
    audit.record(unit, "ballot.joined", held.slug, {"status": became}, actor="person", scope=held.scope, at=today)


# --- the way back -------------------------------------------------------------------------------------------------


def part(unit: Unit, keep: int, gone: int, moved: Moved) -> None:
    """Each has her own part again; a choice that became void counts again while one can still choose."""
    for name, table in _TABLES.items():
        back = table.c.id.in_(moved[name]), table.c.person_id == keep
        unit.db.execute(update(table).where(*back).values(person_id=gone))
    again = {ballot_id for ballot_id in (*moved["void"], *moved["stood"]) if _stands_again(unit, ballot_id)}
    as_it_was.give_back(unit, [row for ballot_id, row in moved.get("followed", []) if ballot_id in again])
    for name, row in moved["dropped"]:
        if not contests.by_id(unit, row["contest_id"]).takes(unit.now):
            continue  # what was counted stays as it was counted
        at = {"at": datetime.fromisoformat(row["at"])} if "at" in row else {}
        insert_once(unit, _TABLES[name], row | at, "contest_id", "person_id")
    open_now = exists().where(contest.c.id == enrolment.c.contest_id, contest.c.state == "open")
    for enrolment_id, roll in moved["classes"]:
        unit.db.execute(update(enrolment).where(enrolment.c.id == enrolment_id, open_now).values({"class": roll}))
    both = ballot.c.person_id.in_((keep, gone)), ballot.c.status == "current"
    for row in unit.db.execute(select(ballot).where(*both)).all():
        if contests.by_id(unit, row.contest_id).takes(unit.now):
            _takes_part(unit, row)
    for person_id in (keep, gone):
        _only_who_chose(unit, person_id)


def _takes_part(unit: Unit, row: Row[Any]) -> None:
    """Whose choice counts is enrolled, and it counts in her class while the contest can change."""
    one = {"contest_id": row.contest_id, "person_id": row.person_id}
    insert_once(unit, participation, one, "contest_id", "person_id")
    evidence = {"class": row._mapping["class"], "evidence": row.channel, "at": unit.now}
    insert_once(unit, enrolment, one | evidence, "contest_id", "person_id")
    _in_her_class(unit, row.contest_id, row.person_id)


def _only_who_chose(unit: Unit, person_id: int) -> None:
    """What she was counted by is another's again: where one can still choose she neither took part nor is enrolled by
    a choice. Rows that were made anew in between are not known by their ids."""
    open_now = contest.c.state == "open", contest.c.closes_at > unit.now
    for table in (participation, enrolment):
        hers = ballot.c.contest_id == table.c.contest_id, ballot.c.person_id == person_id
        chose = exists().where(*hers, ballot.c.status == "current")
        which = [table.c.person_id == person_id, exists().where(contest.c.id == table.c.contest_id, *open_now), ~chose]
        if table is enrolment:
            which += [enrolment.c.evidence.not_in((rolls.ASKED, rolls.CAME))]
        unit.db.execute(delete(table).where(*which))


def _stands_again(unit: Unit, ballot_id: int) -> bool:
    """Whether what she is to hear of goes with it: not where she has chosen something else since."""
    row = unit.db.execute(select(ballot).where(ballot.c.id == ballot_id)).one()
    if row.person_id is None or row.status not in ("void", "superseded"):
        return False
    held = contests.holding(unit, row.contest_id)
    if not held.takes(unit.now):
        return True  # it stays void as it was counted
    other = ballot.c.contest_id == held.id, ballot.c.person_id == row.person_id, ballot.c.status == "current"
    if unit.db.execute(select(ballot.c.id).where(*other)).first() is not None:
        return False
    unit.db.execute(update(ballot).where(ballot.c.id == ballot_id).values(status="current", void_reason=None))
    _log(unit, held, "current")
    return True
