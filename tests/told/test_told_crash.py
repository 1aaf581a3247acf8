"""Broken off at each statement and done again: one promise, one telling, one question, nobody twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from bot.actions import ask, overdue, promise, story
from bot.actions import update as updating
from storage import clock
from storage import tables as t
from storage.unit import Unit
from tests.choose.test_close_crash import steps
from tests.told.office import SAID, WORDS, Office, panama

TABLES = (t.commitment, t.commitment_update, t.asking, t.followup, t.story, t.event)
CHANGE = updating.Change(name="agua", kind="done_office")
TOLD = story.Told(before="Dos horas", after="Todo el día")


def late(unit: Unit) -> Any:
    clock.to(unit, panama("2027-04-05"))


def asked(unit: Unit) -> Any:
    clock.to(unit, panama("2027-04-26"))


def counted(unit: Unit) -> Any:
    clock.to(unit, panama("2027-05-04"))


ACTS: dict[str, Callable[[Unit], Any]] = {
    "promise": lambda unit: promise.promise(unit, WORDS, SAID, by="x"),
    "update": lambda unit: updating.update(unit, WORDS, CHANGE, by="x"),
    "overdue": lambda unit: overdue.due(unit, WORDS),
    "ask": lambda unit: ask.due(unit, WORDS),
    "count": lambda unit: ask.due(unit, WORDS),
    "story": lambda unit: story.tell(unit, WORDS, "agua", TOLD, by="x"),
}


def prepared(office: Office, act: str) -> None:
    """As it stands before the act."""
    if act == "promise":
        return
    office.promises()
    if act == "overdue":
        office.store.do(late)
    if act in ("overdue", "update"):
        return
    office.store.do(lambda unit: clock.to(unit, panama("2027-03-29")))
    office.says("done_office")
    if act in ("ask", "count"):
        office.store.do(asked)
    if act == "count":
        office.tick()
        office.tick()
        office.answer(office.chose[:5], *["yes"] * 5)
        office.store.do(counted)


@pytest.mark.parametrize("act", ACTS)
def test_an_act_that_is_broken_off_anywhere_is_done_once(office: Office, act: str) -> None:
    prepared(office, act)
    before = {table.name: office.count(table) for table in (*TABLES, t.broadcast)}
    for _step in steps(office.store, ACTS[act]):
        assert {table.name: office.count(table) for table in (*TABLES, t.broadcast)} == before
    after = {table.name: office.count(table) for table in (*TABLES, t.broadcast)}
    assert after != before
    if act != "ask":  # which asks in the same tick as it begins the round
        office.store.do(ACTS[act])
    assert {table.name: office.count(table) for table in (*TABLES, t.broadcast)} == after
    per_event = Counter((row.broadcast_id, row.person_id) for row in office.town.rows(t.recipient))
    assert set(per_event.values()) == {1}
