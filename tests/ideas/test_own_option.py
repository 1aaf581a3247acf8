"""An idea as an option of its own: put on a draft under its lock, taken back from it, never off an open list."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot import planfile
from bot.actions import contest as contests_act
from bot.actions import ideas as act
from bot.actions import load
from bot.actions.ideas import Office
from bot.errors import Refused
from storage import contests, idea_options, ideas
from storage import tables as t
from storage.store import Store, Unit
from tests.ideas.pile import WORDS, Pile
from tests.kit import PLAN, Town, parts


def titles(pile: Pile) -> list[str]:
    """What stands on the list, by number."""
    found = pile.town.rows(t.option)
    return [row.title for row in sorted(found, key=lambda row: row.number)]


def test_two_of_the_team_at_once_put_two_options_on_one_list(pile: Pile) -> None:
    numbers = [pile.idea(f"el puente {n} se inunda") for n in range(6)]
    meet = threading.Barrier(6)

    def own(number: int) -> int:
        meet.wait(10)
        return pile.do(act.own, number, "El puente", f"P{number}", by=f"staff:{number}").told

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(own, numbers)) == [1] * 6
    assert titles(pile)[5:] == ["El puente"] * 6
    assert sorted(row.number for row in pile.town.rows(t.option)) == list(range(1, 12))
    assert len({row.slug for row in pile.town.rows(t.problem)}) == 11


def test_an_opening_in_the_same_moment_has_the_option_or_never_gets_it(pile: Pile) -> None:
    number = pile.idea()
    meet = threading.Barrier(2)

    def opens() -> None:
        meet.wait(10)
        seen = pile.store.read(lambda unit: contests_act.preview(unit, WORDS, "sm"))
        pile.store.do(lambda unit: contests_act.open_(unit, WORDS, "sm", "test", seen.people))

    def owns() -> None:
        meet.wait(10)
        pile.do(act.own, number, "El puente")

    with ThreadPoolExecutor(2) as pool:
        for done in (pool.submit(opens), pool.submit(owns)):
            done.result()
    frozen = pile.store.read(lambda unit: contests.options(unit, pile.polls.contest.id))
    told = next(row.body["text"] for row in pile.town.rows(t.broadcast_text) if "Va sola" in row.body["text"])
    assert ("opcion 6" in told or "opción 6" in told) == (len(frozen) == 6)


AWAY: dict[str, Callable[[Pile, int], Any]] = {
    "undone": lambda pile, n: pile.do(act.undo, n),
    "joined": lambda pile, n: pile.do(act.join, n, "camino"),
    "out": lambda pile, n: pile.do(act.out_of_scope, n, "nombra a una persona"),
    "office": lambda pile, n: pile.do(act.other_office, n, Office(name="el municipio")),
    "done": lambda pile, n: pile.do(act.already_done, n, "la junta lo hizo ayer"),
    "other name": lambda pile, n: pile.do(act.own, n, "La quebrada"),
}


@pytest.mark.parametrize("away", AWAY)
def test_what_is_no_option_any_more_leaves_the_draft(pile: Pile, away: str) -> None:
    number = pile.idea()
    pile.do(act.own, number, "El puente")
    assert titles(pile)[5:] == ["El puente"]
    AWAY[away](pile, number)
    assert titles(pile)[5:] == (["La quebrada"] if away == "other name" else [])


@pytest.mark.parametrize("away", AWAY)
def test_nothing_is_taken_off_an_open_list_by_the_way(pile: Pile, away: str) -> None:
    number = pile.idea()
    pile.do(act.own, number, "El puente")
    pile.polls.set(state="open")
    before = pile.of_number(number)
    with pytest.raises(Refused, match="opción 6 de una elección abierta"):
        AWAY[away](pile, number)
    assert pile.of_number(number) == before
    assert titles(pile)[5:] == ["El puente"]


def test_an_option_withdrawn_with_its_reason_is_no_longer_in_the_way(pile: Pile) -> None:
    number = pile.idea()
    pile.do(act.own, number, "El puente")
    gone = t.option.update().where(t.option.c.number == 6)
    pile.store.do(lambda unit: unit.db.execute(gone.values(withdrawn_at=unit.now)))
    pile.polls.set(state="open")
    pile.do(act.undo, number)
    assert titles(pile)[5:] == ["El puente"]  # what stood on an open list stays in its record
    pile.polls.set(state="closed")
    pile.do(act.own, number, "Otra cosa")


def test_an_option_that_others_said_too_stays_when_the_first_is_put_elsewhere(pile: Pile) -> None:
    first, second = pile.idea(), pile.idea("la quebrada se lleva el puente")
    pile.do(act.own, first, "El puente")
    pile.do(act.join, second, "el-puente")
    pile.do(act.join, first, "camino")
    assert titles(pile)[5:] == ["El puente"]
    pile.do(act.undo, second)
    assert titles(pile)[5:] == []


def test_its_name_is_free_again_and_nobody_is_joined_to_it(pile: Pile) -> None:
    number = pile.idea()
    pile.do(act.own, number, "El puente")
    pile.do(act.undo, number)
    with pytest.raises(Refused, match="No hay un tema el-puente"):
        pile.do(act.join, number, "el-puente")
    pile.do(act.own, number, "El puente")
    assert titles(pile)[5:] == ["El puente"]
    assert pile.of_number(number).link is not None


def test_a_list_that_is_drawn_leaves_it_out_too(pile: Pile) -> None:
    number = pile.idea()
    pile.store.do(lambda unit: unit.db.execute(t.option.delete()))
    pile.do(act.own, number, "El puente")
    seen = pile.store.read(lambda unit: contests_act.preview(unit, WORDS, "sm"))
    assert any("El puente" in one for one in seen.options)
    pile.do(act.undo, number)
    seen = pile.store.read(lambda unit: contests_act.preview(unit, WORDS, "sm"))
    assert not any("El puente" in one for one in seen.options)


def test_who_takes_her_idea_back_takes_its_option_off_a_draft(pile: Pile) -> None:
    number = pile.idea()
    pile.do(act.own, number, "El puente")
    about = pile.of_number(number).idea
    pile.store.do(lambda unit: ideas.withdraw(unit, about.id))
    pile.store.do(lambda unit: idea_options.taken_back(unit, about))
    assert titles(pile)[5:] == []


def test_loading_the_plan_again_keeps_the_options_of_ideas(store: Store) -> None:
    town = Town.on(store)
    named = PLAN.read_text(encoding="utf-8")

    def loads(unit: Unit) -> load.Report:
        return load.load(unit, planfile.parse(named, "plan.toml"), parts(), timezone="America/Panama")

    for words in ("SANMARTIN", "1", "Marisol", "1", "2", "2", "idea el puente de la quebrada se inunda mucho", "1"):
        town.phone("sms", "C").say(words)
    store.do(lambda unit: act.own(unit, WORDS, 1, "El puente", by="staff:F-1"))
    assert not store.do(loads).changed
    named = named.replace(', "senal", "basura"]', "]")
    assert store.do(loads).changed == ("contest sm",)
    listed = sorted((row.number, row.title) for row in town.rows(t.option, "number", "title"))
    assert [n for n, _title in listed] == [1, 2, 3, 4]
    assert listed[-1][1] == "El puente"
    store.do(lambda unit: unit.db.execute(t.contest.update().values(state="open")))
    assert not store.do(loads).changed  # frozen, and what the idea brought is no difference to the file
