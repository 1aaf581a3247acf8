"""Broken off at each statement and done again: one link, one outcome, one message; two at once take turns."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.actions import ideas as act
from bot.actions import late_ideas
from bot.actions.ideas import Office
from storage import clock
from storage import tables as t
from storage.store import Unit
from tests.choose.test_close_crash import steps
from tests.ideas.pile import WORDS, Pile
from tests.kit import parts

TABLES = (
    *(t.contribution_problem, t.contribution_outcome, t.appeal, t.problem, t.option),
    *(t.event, t.broadcast, t.recipient, t.audit_event),
)
WORKS = Office(name="el municipio", reference="1184", ask_on=date(2026, 12, 10))
ACTS: dict[str, Callable[[Unit], Any]] = {
    "join": lambda unit: act.join(unit, WORDS, 1, "camino", by="x"),
    "own": lambda unit: act.own(unit, WORDS, 1, "Puente", by="x"),
    "office": lambda unit: act.other_office(unit, WORDS, 1, WORKS, by="x"),
    "out": lambda unit: act.out_of_scope(unit, WORDS, 1, "no es de aquí", by="x"),
    "hide": lambda unit: act.hide_names(unit, WORDS, 1, "sin nombres", by="x"),
    "late": lambda unit: late_ideas.due(unit, parts()),
}


def counted(pile: Pile) -> dict[str, int]:
    def work(unit: Unit) -> dict[str, int]:
        return {x.name: unit.db.execute(select(func.count()).select_from(x)).scalar_one() for x in TABLES}

    return pile.store.read(work)


@pytest.mark.parametrize("name", ACTS)
def test_an_act_that_is_broken_off_anywhere_is_done_once(pile: Pile, name: str) -> None:
    pile.idea("el puente de Pedro se inunda")
    if name == "late":
        pile.store.do(lambda unit: clock.forward(unit, date(2026, 11, 18) - date(2026, 11, 12)))
    before = counted(pile)
    for _step in steps(pile.store, ACTS[name]):
        assert counted(pile) == before
    after = counted(pile)
    assert after["broadcast"] == before["broadcast"] + 1
    pile.store.do(ACTS[name])
    assert counted(pile) == after
    assert len(pile.told()) == 1


def test_two_who_decide_at_once_leave_one_link_and_one_outcome(pile: Pile) -> None:
    numbers = [pile.idea(f"el puente {n}") for n in range(3)]

    def decide(n: int) -> None:
        for number in numbers:
            if n % 2:
                pile.do(act.join, number, ("agua", "camino", "salud")[n % 3], by=f"staff:{n}")
            else:
                pile.do(act.out_of_scope, number, f"razón {n}", by=f"staff:{n}")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(decide, range(6)))
    for number in numbers:
        about = pile.of_number(number).idea.id
        links = [r for r in pile.town.rows(t.contribution_problem) if r.contribution_id == about and not r.undone_at]
        outcomes = [r for r in pile.town.rows(t.contribution_outcome) if r.contribution_id == about and r.current]
        assert len(links) <= 1
        assert len(outcomes) == 1
        assert (outcomes[0].outcome == "merged_into") == bool(links)
