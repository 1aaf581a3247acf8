"""What a script may do about ideas: '! idea join 1 camino', parts of an act divided by ' / '."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.actions import ideas as act
from bot.actions.ideas import Office
from storage import tables as t
from storage.store import Unit
from tests.kit import Town

FIRST, SECOND = "test", "second"  # who of the team


def _office(unit: Unit, words: Any, number: int, said: str, *, by: str) -> act.Done:
    """idea office 1 el municipio / 1184 / jueves 10 dic"""
    name, reference, day = said.split(" / ")
    ask_on = act.day_named(unit, words, day, "America/Panama")
    return act.other_office(unit, words, number, Office(name=name, reference=reference, ask_on=ask_on), by=by)


def _done(unit: Unit, words: Any, number: int, said: str, *, by: str) -> act.Done:
    """idea done 1 la junta limpió la quebrada / agua"""
    why, _mark, problem = said.partition(" / ")
    return act.already_done(unit, words, number, why, problem, by=by)


def _undo(unit: Unit, words: Any, number: int, _said: str, *, by: str) -> act.Done:
    return act.undo(unit, words, number, by=by)


VERBS: dict[str, Callable[..., act.Done]] = {
    "join": act.join,
    "own": act.own,
    "office": _office,
    "out": act.out_of_scope,
    "done": _done,
    "keep": act.keep,
    "undo": _undo,
    "hide": act.hide_names,
}


def _idea(town: Town, verb: str, rest: str, by: str = FIRST) -> None:
    number, _space, said = rest.partition(" ")
    work = VERBS[verb]
    town.store.do(lambda unit: work(unit, town.app.catalogues, int(number), said, by=by))


def _second(town: Town, verb: str, rest: str) -> None:
    """The same by another person of the team."""
    _idea(town, verb, rest, by=SECOND)


def _outcome(town: Town, number: str, outcome: str) -> None:
    """'none': there is no answer that counts."""
    ids = {row.id: row.number for row in town.rows(t.contribution, "id", "number")}
    rows = town.rows(t.contribution_outcome, "contribution_id", "outcome", "current")
    found = [row.outcome for row in rows if row.current and ids[row.contribution_id] == int(number)]
    assert found == ([] if outcome == "none" else [outcome])


def _appeals(town: Town, count: str) -> None:
    """So many wait for another person's answer."""
    assert len([row for row in town.rows(t.appeal, "answered_at") if row.answered_at is None]) == int(count)


def _agreed(town: Town, count: str) -> None:
    assert town.count(t.contribution_problem, agreed=True) == int(count)


ACTS: dict[str, Callable[..., None]] = {"idea": _idea, "second": _second}
CHECKS: dict[str, Callable[..., None]] = {
    "outcome": _outcome,
    "appeals": _appeals,
    "agreed": _agreed,
}
