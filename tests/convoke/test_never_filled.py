"""What the team writes is told as it is written: a {name} in it names nobody, so it is refused before it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.actions import changed, correct, suspend
from bot.actions.changed import Change
from bot.errors import Refused
from storage import tables as t
from storage.store import Store
from tests.convoke.test_correct import invited
from tests.kit import Town
from tests.staff.crew import Crew

TYPED = "hola {name}"
ACTS: list[Callable[[Any, Any, str], object]] = [
    lambda unit, words, _code: suspend.preview(unit, words, "sm1", TYPED),
    lambda unit, words, _code: suspend.preview(unit, words, "sm1", "lluvia", {"en": {"reason": TYPED}}),
    lambda unit, words, _code: changed.preview(unit, words, "sm1", Change(place=TYPED)),
    lambda unit, words, code: correct.preview(unit, words, code, TYPED),
    lambda unit, words, code: correct.preview(unit, words, code, "{code} vale"),
]


@pytest.mark.parametrize("act", ACTS)
def test_an_act_with_braces_is_refused(store: Store, act: Callable[[Any, Any, str], object]) -> None:
    town = Town.on(store)
    first, _people = invited(town, "sent")
    with pytest.raises(Refused, match="sin llaves"):
        store.read(lambda unit: act(unit, town.app.catalogues, first.code))


@pytest.mark.parametrize(
    ("begin", "typed"),
    [
        (("SUSPENDER sm1",), TYPED),
        (("EDITAR sm1", "2"), TYPED),
        (("/nueva", "1", "san martin", "1", "sabado 28 nov 3 pm"), "{name}, 40"),
    ],
)
def test_by_chat_it_is_said_at_once(store: Store, begin: tuple[str, ...], typed: str) -> None:
    crew = Crew(store)
    crew.town.neighbour("Vecina")
    assert "sin llaves" in crew.said(crew.join("F"), *begin, typed)
    assert crew.town.count(t.broadcast, kind="suspension") == crew.town.count(t.broadcast, kind="change") == 0
