"""Choosing in the database: one current ballot a person, replaced at once, late after the close, whoever races."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from bot.actions import contest as acts
from bot.i18n import Catalogues
from storage import ballots, commitments, contests, public, public_receipts
from storage import tables as t
from storage.public import Choice
from storage.public_receipts import Trees
from storage.store import Unit
from tests.choose.polls import CLOSES, Polls
from tests.convoke.town import NOON, Town

WORDS = Catalogues.load()


def closing(town: Town) -> contests.Facts:
    return town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))


def facts(town: Town) -> contests.Facts:
    return town.store.read(lambda unit: contests.facts(unit, "sm"))


# --- choosing -----------------------------------------------------------------------------------------------------


def test_a_choice_counts_and_leaves_its_traces(town: Town) -> None:
    polls = Polls.opened(town)
    ana = town.neighbour()
    done = polls.cast(ana, 2, 5, 1, shared=True)
    assert (done.state, done.choice.picks, done.before) == ("new", (2, 5, 1), None)
    (row,) = town.rows(t.ballot)
    assert (row.payload, row.raw_text, row.rev, row.status, row.shared) == ("1,2,5", "2 5 1", 1, "current", True)
    assert row.code == done.choice.code == commitments.code_of(bytes(row.commitment))
    assert bytes(row.commitment) == commitments.commitment(bytes(row.salt), "sm", "1,2,5")
    assert [r.person_id for r in town.rows(t.participation)] == [ana]
    assert [(r.person_id, r._mapping["class"]) for r in town.rows(t.enrolment)] == [(ana, "open")]


def test_the_log_names_neither_person_nor_option_nor_receipt(town: Town) -> None:
    polls = Polls.opened(town)
    polls.cast(town.neighbour(), 2, 5)
    (told,) = town.rows(t.audit_event, t.audit_event.c.kind == "ballot.cast")
    assert told.scope == "contest:sm"
    assert (told.actor, told.payload) == ("person", {"status": "current"})


def test_a_later_choice_replaces_and_an_equal_one_makes_no_row(town: Town) -> None:
    polls = Polls.opened(town)
    ana = town.neighbour()
    first = polls.cast(ana, 3, 1)
    again = polls.cast(ana, 1, 3)
    assert (again.state, again.choice) == ("same", first.choice)
    changed = polls.cast(ana, 2, 1)
    assert (changed.state, changed.before) == ("changed", first.choice)
    rows = town.rows(t.ballot)
    assert [(r.rev, r.payload, r.status) for r in rows] == [(1, "1,3", "superseded"), (2, "1,2", "current")]
    assert len(town.rows(t.participation)) == len(town.rows(t.enrolment)) == 1


def test_a_choice_said_again_is_newer_than_one_that_was_on_its_way_in_between(town: Town) -> None:
    polls = Polls.opened(town)
    ana, slug = town.neighbour(), polls.contest.id

    def says(minute: int, *picks: int) -> str:
        voter = replace(polls.voter(ana), sent_at=NOON + timedelta(minutes=minute))
        return town.store.do(lambda unit: ballots.cast(unit, slug, voter, picks)).state

    assert [says(1, 3), says(3, 3), says(2, 5)] == ["new", "same", "older"]
    assert [row.payload for row in town.rows(t.ballot, t.ballot.c.status == "current")] == ["3"]


def test_nothing_of_this_is_a_choice_of_its_own(town: Town) -> None:
    polls = Polls.opened(town)
    done = polls.cast(town.neighbour())
    (row,) = town.rows(t.ballot)
    assert (done.state, row.kind, row.payload) == ("new", "blank", "blank")
    seen = facts(town)
    assert (seen.took_part, seen.chose, seen.blank) == (1, 0, 1)


def test_the_same_message_counts_once(town: Town) -> None:
    polls = Polls.opened(town)
    ana = town.neighbour()
    first = polls.cast(ana, 3, message="once")
    polls.cast(ana, 1)
    replayed = polls.cast(ana, 3, message="once")
    assert (replayed.state, replayed.choice) == ("again", first.choice)
    assert [r.payload for r in town.rows(t.ballot, t.ballot.c.status == "current")] == ["1"]


def test_after_the_hour_a_choice_is_kept_and_not_counted(town: Town, clock: Any) -> None:
    polls = Polls.opened(town)
    clock.set(CLOSES - timedelta(minutes=1))
    assert polls.cast(town.neighbour(), 1).state == "new"
    clock.set(CLOSES)
    assert polls.cast(town.neighbour(), 1).state == "late"
    closing(town)
    assert polls.cast(town.neighbour(), 1).state == "late"
    seen = facts(town)
    assert (seen.took_part, seen.late, seen.enrolled) == (1, 2, 1)


def test_one_ballot_a_person_is_the_database_s_word(town: Town) -> None:
    polls = Polls.opened(town)
    ana = town.neighbour()
    polls.cast(ana, 1)
    (row,) = town.rows(t.ballot)
    second = {k: v for k, v in row._mapping.items() if k != "id"} | {"provider_msg_id": "other", "code": "OTHER"}
    with pytest.raises(IntegrityError):
        town.store.do(lambda unit: unit.db.execute(insert(t.ballot).values(**second)).rowcount)


@pytest.mark.parametrize("picks", [(6,), (1, 2, 3, 4), (1, 1)])
def test_what_is_no_ballot_is_an_error_of_ours(town: Town, picks: tuple[int, ...]) -> None:
    polls = Polls.opened(town)
    with pytest.raises(ValueError, match="is no ballot of sm"):
        polls.cast(town.neighbour(), *picks)


def test_a_receipt_says_counted_replaced_or_unknown(town: Town) -> None:
    polls = Polls.opened(town)
    ana = town.neighbour()
    old, new = polls.cast(ana, 1).choice.code, polls.cast(ana, 2).choice.code
    polls.crowd((1,), (2, 3), (5,), (4,))
    closing(town)
    late = polls.cast(town.neighbour(), 1).choice.code
    answers = [town.store.read(lambda unit, c=c: ballots.receipt(unit, c)) for c in (new, old, late, "MWTTPTXXK6D4")]  # type: ignore[misc]
    assert answers == ["counted", "replaced", "unknown", "unknown"]
    assert polls.contest.root is not None
    looked = town.store.read(lambda unit: public_receipts.in_choice(unit, Trees(), _public(unit), new))
    assert looked.commitment is not None
    assert looked.path is not None
    assert commitments.leads_to(looked.commitment, looked.path) == polls.contest.root
    assert town.store.read(lambda unit: public_receipts.in_choice(unit, Trees(), _public(unit), old)).path is None


def _public(unit: Unit) -> Choice:
    found = public.choice(unit, "sm")
    assert found
    return found


# --- many at once -------------------------------------------------------------------------------------------------


def test_two_hundred_choose_while_it_closes(town: Town) -> None:
    """Each is counted, or told late; the count is that of the ballots that stand."""
    polls = Polls.opened(town)
    people = _crowd_of(town, 200)
    contest_id = polls.contest.id
    voters = [polls.voter(p) for p in people]
    waiting = [
        town.store.write(lambda unit, v=v, n=n: ballots.cast(unit, contest_id, v, (n % 5 + 1,)).state)  # type: ignore[misc]
        for n, v in enumerate(voters[:100])
    ]
    closed = town.store.write(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    waiting += [
        town.store.write(lambda unit, v=v, n=n: ballots.cast(unit, contest_id, v, (n % 5 + 1,)).state)  # type: ignore[misc]
        for n, v in enumerate(voters[100:])
    ]
    told = [w.result() for w in waiting]
    closed.result()
    assert set(told) <= {"new", "late"}
    assert told.count("new") >= 1
    assert told.count("late") >= 1
    standing = town.rows(t.ballot, t.ballot.c.status == "current")
    assert len(standing) == told.count("new") == polls.contest.ballots_counted
    assert len(town.rows(t.ballot, t.ballot.c.status == "late")) == told.count("late")
    output = town.rows(t.result)[0].output
    assert sum(output["counts"].values()) == len(standing)
    assert polls.contest.root == commitments.root(sorted(bytes(r.commitment) for r in standing))


def _crowd_of(town: Town, size: int) -> list[int]:
    rows = [{"token": f"C-{n:06}", "name": "Ana", "created_at": NOON} for n in range(size)]

    def work(unit: Unit) -> list[int]:
        unit.db.execute(insert(t.person), rows)
        return list(unit.db.execute(select(t.person.c.id).order_by(t.person.c.id)).scalars())

    return town.store.do(work)


def test_two_phones_of_one_person_at_once_are_one_ballot(town: Town) -> None:
    polls = Polls.opened(town)
    ana, contest_id = town.neighbour(), polls.contest.id
    voters = [polls.voter(ana, channel=c) for c in ("sms", "telegram") * 10]
    casts = [
        town.store.write(lambda unit, v=v, n=n: ballots.cast(unit, contest_id, v, (n % 3 + 1,)).state)  # type: ignore[misc]
        for n, v in enumerate(voters)
    ]
    told = [c.result() for c in casts]
    assert told.count("new") == 1
    assert len(town.rows(t.ballot, t.ballot.c.status == "current")) == 1
    assert len(town.rows(t.ballot)) == 20 - told.count("same")
    assert sorted(r.rev for r in town.rows(t.ballot)) == list(range(1, len(town.rows(t.ballot)) + 1))
