"""A phone of several people: who writes is asked, and a word is heard as what it is in any question."""

from __future__ import annotations

import pytest

from storage.store import Store
from tests.kit import Town


def house(store: Store) -> Town:
    """Ana and Luis on one phone."""
    town = Town.on(store)
    for words in ("SANMARTIN", "1", "Ana", "1", "1", "OTRA", "1", "Luis", "1", "1"):
        town.phone("sms", "C").say(words)
    return town


def said(town: Town, words: str) -> str:
    return town.phones["C"].say(words)[-1].text


@pytest.mark.parametrize("name", ["Ana", "SOY ANA", "soy ana", "I am Ana"])
def test_the_name_may_come_with_the_words_that_say_it(store: Store, name: str) -> None:
    town = house(store)
    assert "Quien escribe" in said(town, "NECESITO")
    assert "que necesitas" in said(town, name)


def test_somebody_new_is_not_taken_for_a_name(store: Store) -> None:
    town = house(store)
    assert "Quien escribe" in said(town, "NECESITO")
    assert said(town, "OTRA").startswith("Que conteste esa persona")


def test_who_says_both_name_and_wish_is_not_asked_who_it_is(store: Store) -> None:
    town = house(store)
    assert "Quien escribe" in said(town, "NECESITO")
    assert "Son 3" in said(town, "LUIS CON 2")


@pytest.mark.parametrize("word", ["MENU", "IDIOMA", "CANCELAR"])
def test_a_word_said_again_repeats_its_question_and_is_no_mistake(store: Store, word: str) -> None:
    town = house(store)
    asked = said(town, word)
    assert said(town, word) == asked
    assert said(town, word) == asked
