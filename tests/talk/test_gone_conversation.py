"""An upgrade has renamed or taken away a conversation: a talk of it that was open is over, and fails nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from storage import tables as t
from storage.store import Store, Unit
from tests.kit import BEGINS, Town

JOINED = ("SANMARTIN", "1", "Maria", "1")  # the next question is whether she comes


def gone(unit: Unit) -> None:
    """The oldest open talk is of a conversation that is not there any more."""
    first = select(func.min(t.talk.c.id)).scalar_subquery()
    unit.db.execute(update(t.talk).where(t.talk.c.id == first).values(conversation="before.the.upgrade"))


def waiting(store: Store, channel: str, *names: str) -> Town:
    """Phones whose question is open; that of the first is of a conversation that is gone."""
    town = Town.on(store)
    for name in names:
        for reply in JOINED:
            town.phone(channel, name).say(reply)
    store.do(gone)
    return town


@pytest.mark.parametrize("words", ["1", "ATRAS", "SANMARTIN", "NO VOY", "BORRAR"])
def test_every_turn_of_its_phone_goes_on_without_it(store: Store, words: str) -> None:
    town = waiting(store, "sms", "A")
    told = town.phone(name="A").say(words)
    assert told
    assert not any(shown.text.startswith("Perdon.") for shown in told)
    assert "before.the.upgrade" not in [row.conversation for row in town.rows(t.talk, "conversation")]
    assert town.count(t.inbound, state="failed") == 0


def test_a_button_of_it_is_answered_as_an_old_one(store: Store) -> None:
    town = waiting(store, "telegram", "A")
    (told,) = town.phone("telegram", "A").tap("Sí")
    assert told.text == "Esa pregunta ya cerró."
    assert town.count(t.talk) == 0


def test_the_tick_ends_it_and_asks_the_others(store: Store) -> None:
    town = waiting(store, "sms", "A", "B")
    town.at(BEGINS + timedelta(days=7, minutes=1))
    assert town.phone(name="A").read() == []
    assert [shown.text[:16] for shown in town.phone(name="B").read()] == ["Nos quedamos en:"]
    assert [row.conversation for row in town.rows(t.talk, "conversation")] != ["before.the.upgrade"]
    assert town.count(t.talk) == 1
