"""Broken off at each step and done again: the same record, and nobody told twice (both databases)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Table, event, select

from bot.actions import contest as acts
from bot.actions import decide as decisions
from bot.i18n import Catalogues
from storage import audit, ballots, contests
from storage import tables as t
from storage.store import Store, Unit
from tests.choose.polls import PROBLEMS, Polls
from tests.convoke.town import Town

WORDS = Catalogues.load()
# What is drawn or read from the clock differs from run to run; everything else must be the same.
DRAWN = {
    "id", "at", "hash", "prev", "code", "salt", "commitment", "root", "created_at", "computed_at", "closed_at",
    "published_at", "due_at", "received_at", "opens_at", "opened_at", "payload", "options_hash", "tie_seed",

}  # fmt: skip
TOLD = (t.contest, t.ballot, t.result, t.decision, t.event, t.broadcast, t.recipient, t.outbox, t.audit_event)


class Crash(Exception):
    """The machine dies here."""


def crashing(work: Callable[[Unit], Any], step: int) -> Callable[[Unit], Any]:
    """The same work, in which the machine dies before its statement number `step`, or after the last one."""

    def broken(unit: Unit) -> Any:
        seen = 0

        def count(*_: object) -> None:
            nonlocal seen
            seen += 1
            if seen == step:
                raise Crash

        event.listen(unit.db, "before_cursor_execute", count)
        try:
            done = work(unit)
        finally:
            event.remove(unit.db, "before_cursor_execute", count)
        if seen < step - 1:
            return done
        raise Crash

    return broken


def steps(store: Store, work: Callable[[Unit], Any]) -> Iterator[int]:
    """Every step at which it can break off, each tried; in the end the work is done."""
    for step in range(1, 500):
        try:
            store.do(crashing(work, step))
        except Crash:
            yield step
        else:
            return


def record(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that a close or a telling leaves, without what is drawn."""
    return {table.name: _rows(store, table) for table in TOLD}


def _rows(store: Store, table: Table) -> list[tuple[Any, ...]]:
    kept = [c for c in table.columns if c.name not in DRAWN and c.name != "body"]
    return store.read(lambda unit: [tuple(r) for r in unit.db.execute(select(*kept).order_by(table.c.id)).all()])


def chosen(town: Town) -> Polls:
    polls = Polls.opened(town)
    polls.crowd((1, 3), (1,), (1, 2), (3,), (2, 1), (), (5,))
    return polls


def test_a_close_broken_off_anywhere_leaves_one_record(town: Town) -> None:
    polls = chosen(town)

    def close(unit: Unit) -> contests.Facts:
        return acts.close_(unit, WORDS, "sm", "yaneth")

    tried = 0
    for _ in steps(town.store, close):
        tried += 1
        assert polls.contest.state == "open"
        assert town.rows(t.result) == []
    assert tried > 10
    once = record(town.store)
    town.store.do(close)
    assert record(town.store) == once
    assert len(town.rows(t.result)) == 1
    assert len(town.rows(t.audit_event, t.audit_event.c.kind == "contest.closed")) == 1
    town.store.do(audit.chain)
    assert town.store.read(audit.verify) == []


def test_a_tie_broken_off_while_it_is_settled_is_settled_once(town: Town) -> None:
    polls = Polls.opened(town)
    polls.crowd((1,), (3,), (1,), (3,), (5,))
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))

    def settle(unit: Unit) -> contests.Facts:
        return acts.close_(unit, WORDS, "sm", "yaneth", "48213")

    for _ in steps(town.store, settle):
        assert polls.contest.tie_seed is None
    first = town.store.do(settle)
    assert len(first.chosen) == 1
    assert len(town.rows(t.result)) == 2


def test_a_choice_broken_off_anywhere_counts_once(town: Town) -> None:
    polls = Polls.opened(town)
    ana, contest_id = town.neighbour(), polls.contest.id
    polls.cast(ana, 3)
    voter = polls.voter(ana, message="again and again")

    def cast(unit: Unit) -> str:
        return ballots.cast(unit, contest_id, voter, (1, 2)).state

    for _ in steps(town.store, cast):
        assert [r.payload for r in town.rows(t.ballot)] == ["3"]
    assert town.store.do(cast) == "again"
    assert [(r.payload, r.status) for r in town.rows(t.ballot)] == [("3", "superseded"), ("1,2", "current")]


def test_a_telling_broken_off_anywhere_tells_each_person_once(town: Town) -> None:
    polls = chosen(town)
    town.registers(town.neighbour("telegram"))
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    for slug, _title, _short in PROBLEMS[:-1]:
        town.store.do(lambda unit, slug=slug: decisions.decide(unit, WORDS, slug, "Así se acordó.", by="yaneth").told)  # type: ignore[misc]

    def last(unit: Unit) -> Any:
        return decisions.decide(unit, WORDS, "basura", "El camión ya pasa.", by="yaneth", expect=8).told

    for _ in steps(town.store, last):
        assert polls.contest.state == "closed"
        assert town.rows(t.outbox) == []
    assert polls.contest.state == "published"
    people = [r.person_id for r in town.rows(t.recipient)]
    assert len(people) == len(set(people)) == len(town.rows(t.outbox)) == 8
    assert len(town.rows(t.event)) == 1
