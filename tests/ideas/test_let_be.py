"""Whoever says "no" or "nada" where an idea is asked for has proposed nothing."""

from __future__ import annotations

import pytest

from storage import tables as t
from storage.store import Store
from tests.kit import Town

LET_BE = "Esta bien. No anote nada."


@pytest.mark.parametrize("said", [("IDEA", "no"), ("IDEA", "Nada."), ("IDEA nada",), ("IDEA", "agua", "no gracias")])
def test_a_no_is_no_idea(store: Store, said: tuple[str, ...]) -> None:
    phone = Town.on(store).phone()
    for words in ("SANMARTIN", "1", "Ana", "1", "1"):
        phone.say(words)
    assert [phone.say(words)[-1].text for words in said][-1] == LET_BE
    assert Town(phone.app).count(t.contribution) == 0


def test_nor_of_who_gives_no_number(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    assert [phone.say(words)[-1].text for words in ("IDEA", "san martin", "1", "2", "nada")][-1] == LET_BE
    assert town.count(t.contribution) == 0
