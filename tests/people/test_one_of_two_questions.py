"""Asked for permission twice, by two posters or two words, she stays one person: from her admission on every question
that waits knows who she is.
"""

from __future__ import annotations

import pytest

from bot.actions import contest
from storage import tables as t
from storage.store import Store
from tests.kit import Town

LAB, SESSION, CHOICE = "/start lab-san-martin", "/start s-sm1", "/start v-sm"
ALREADY = "Ya estás en la lista, Ana."


def said(town: Town, *words: str, channel: str = "telegram") -> str:
    """All that she reads after the last of these words."""
    phone = town.phone(channel)
    return "\n".join(one.text for one in [phone.say(word) for word in words][-1])


def rows(town: Town) -> list[int]:
    """How many people, permissions and registrations there are."""
    return [town.count(table) for table in (t.person, t.consent, t.registration)]


@pytest.mark.parametrize("first", [LAB, "hola"])
def test_two_posters_of_one_lab_ask_her_once(store: Store, first: str) -> None:
    town = Town.on(store)
    listed = said(town, first, SESSION, "1", "Ana", "1", "1")
    assert listed.startswith("Listo, Ana. Vas el")
    assert "¿Aceptas?" not in listed
    assert said(town, "1").startswith(ALREADY)
    assert said(town, LAB).startswith(ALREADY)
    assert said(town, "SANMARTIN").startswith(ALREADY)
    assert rows(town) == [1, 1, 1]


def test_half_way_through_the_other_question_too(store: Store) -> None:
    """The older one had her yes and her name already."""
    town = Town.on(store)
    listed = said(town, LAB, "1", "Ana", SESSION, "1", "Ana", "1", "1")
    assert listed.startswith("Listo, Ana. Vas el")
    assert "¿" not in listed
    assert rows(town) == [1, 1, 1]


def test_an_idea_that_waits_for_its_author_knows_her(store: Store) -> None:
    town = Town.on(store)
    listed = said(town, "IDEA", "SANMARTIN", LAB, "1", "Ana", "1", "1")
    assert listed.startswith("Listo, Ana. Vas el")
    assert "¿Aceptas?" not in listed
    assert said(town, "falta agua en la calle 5").startswith("Recibido, Ana.")
    assert rows(town)[:2] == [1, 1]


def test_by_sms_the_keyword_before_the_idea(store: Store) -> None:
    town = Town.on(store)
    said(town, "IDEA", "SANMARTIN", "1", "Ana", "1", channel="sms")
    said(town, "1", "1", "1", channel="sms")
    assert rows(town)[:2] == [1, 1]


def test_a_choice_that_waits_for_her_permission_goes_on_to_the_choice(store: Store) -> None:
    town = Town.on(store)
    town.store.do(lambda unit: contest.open_(unit, town.app.catalogues, "sm", "yaneth", 0))
    asked = said(town, CHOICE, SESSION, "1", "Ana", "1", "1")
    assert asked.startswith("Listo, Ana. Vas el")
    assert "¿Aceptas?" not in asked
    assert "Elegiste" in said(town, "2")
    assert rows(town) == [1, 1, 1]


def test_another_lab_asks_its_own_permission_but_not_her_name(store: Store) -> None:
    town = Town.on(store)
    asked = said(town, "BOCAS", LAB, "1", "Ana", "1", "1")
    assert "Antes te pregunté: ¿Aceptas?" in asked
    assert "¿Te llamo" not in said(town, "1")
    assert [town.count(t.person), town.count(t.consent)] == [1, 2]


def test_a_no_to_another_lab_does_not_say_that_nothing_of_her_is_kept(store: Store) -> None:
    town = Town.on(store)
    refused = said(town, "BOCAS", LAB, "1", "Ana", "1", "1", "2")
    assert "No guardamos" not in refused
    assert "BOCAS" in refused
    assert rows(town) == [1, 1, 1]


def test_who_says_another_age_takes_back_what_waits_for_her(store: Store) -> None:
    """She was admitted, came back to the age with ATRAS, and is under 14."""
    town = Town.on(store)
    said(town, LAB, SESSION, "1", "Ana", "1", "ATRAS", "3")
    assert town.count(t.person, erased_at=None) == 0
    assert town.count(t.talk) == 0
