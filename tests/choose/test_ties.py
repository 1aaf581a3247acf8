"""A tie that waits, told: the draw named at the opening, or the assembly. Too few people, in plain words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.actions import contest as acts
from bot.actions import tell_closed
from bot.i18n import Catalogues
from bot.sms import sms_text
from storage import public
from storage import tables as t
from tests.choose.polls import CLOSES, Neighbours, Polls, last
from tests.convoke.town import Town

WORDS = Catalogues.load()
TIED = [(1,)] * 3 + [(3,)] * 3 + [(2,)]


def closed(town: Town, clock: Any, *choices: tuple[int, ...], **values: Any) -> Polls:
    """Closed at its hour, and told in the morning."""
    polls = Polls.opened(town, **values)
    polls.crowd(*choices)
    clock.set(CLOSES)
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    clock.set(CLOSES + tell_closed.AFTER + timedelta(hours=3))
    town.store.do(lambda unit: tell_closed.due(unit, WORDS))
    return polls


def told(town: Town) -> dict[str, str]:
    return {row.variant: sms_text(row.body["text"]) for row in town.rows(t.broadcast_text)}


def test_a_draw_is_told_by_the_name_it_was_given_at_the_opening(town: Town, clock: Any) -> None:
    closed(town, clock, *TIED, tie_mode="seed", tie_seed_source="loteria del miercoles 2 dic")
    assert told(town)["sms/es/tu/own/1:counted"] == (
        "Contamos tu eleccion. Empataron Agua y Salud, con 3 cada uno."
        " Decide: loteria del miercoles 2 dic. Se dijo al abrir."
    )


def test_a_long_name_of_a_draw_stays_out_of_an_sms(town: Town, clock: Any) -> None:
    closed(town, clock, *TIED, tie_mode="seed", tie_seed_source="el sorteo " * 10)
    assert told(town)["sms/es/tu/own/1:counted"].endswith(
        "Decide el sorteo publico que se dijo al abrir. Despues te cuento."
    )


def test_an_assembly_without_a_day_is_told_and_asks_nothing(town: Town, clock: Any) -> None:
    """With one it is a question: tests/scripts/59_tie.txt."""
    rosa = Neighbours(town.store).signed_up("Rosa", going="2")
    closed(town, clock, *TIED, tie_mode="assembly")
    assert told(town)["sms/es/tu/own/1:counted"] == (
        "Contamos tu eleccion. Empataron Agua y Salud, con 3 cada uno. Decide la asamblea. Te cuento cuando haya fecha."
    )
    assert last(rosa.say("quien gano")).startswith("Empataron Agua y Salud, con 3 cada uno.")


@pytest.mark.parametrize("mode", ["seed", "assembly"])
def test_without_a_tie_nothing_of_it_is_said(town: Town, clock: Any, mode: str) -> None:
    closed(town, clock, *TIED[:-3], (1,), (1,), tie_mode=mode)
    assert all("mpat" not in text for text in told(town).values())


def test_a_tie_of_very_few_has_no_number(town: Town, clock: Any) -> None:
    closed(town, clock, (1,), (3,), tie_mode="seed", tie_seed_source="loteria")
    assert told(town)["sms/es/tu/own/1:counted"].startswith("Contamos tu eleccion. Empataron Agua y Salud. Decide")


def test_too_few_people_is_said_in_plain_words(town: Town, clock: Any) -> None:
    closed(town, clock, *TIED, quorum={"count": 30})
    assert "No llego el minimo: no se elige nada." in told(town)["sms/es/tu/own/1:counted"]


def test_the_page_names_who_are_equal_and_no_other_number(town: Town, clock: Any) -> None:
    polls = closed(town, clock, *TIED, tie_mode="assembly")
    choice = town.store.read(lambda unit: public.choice(unit, polls.contest.slug))
    assert choice is not None
    assert choice.tied == (1, 3)
    assert all(option.votes is None and not option.chosen for option in choice.facts.options)
