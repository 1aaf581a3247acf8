"""Where a name is asked, a word that begins something is none: it does what it says."""

from __future__ import annotations

import pytest

from bot.actions import contest
from conversations.attend import GOING
from storage import tables as t
from storage.store import Store
from tests.kit import Town
from tests.words.reading import meant

ASKED = "Antes te pregunté: ¿Cómo te llamas?"


def said(town: Town, *words: str) -> str:
    """All that she reads after the last of these words."""
    phone = town.phone("telegram")
    return "\n".join(one.text for one in [phone.say(word) for word in words][-1])


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("ELEGIR", "Ahora no hay nada que elegir."),
        ("voy con mi hija", "Primero anótate tú."),
        ("OTRA", ""),
        ("MEETINGS", ""),
    ],
)
def test_a_word_is_no_name(store: Store, word: str, told: str) -> None:
    town = Town.on(store)
    read = said(town, "SANMARTIN", "1", word)
    assert read.startswith(told)
    assert f"Hola, {word}" not in read
    assert "comunidad" not in read
    assert said(town, "OTRA VEZ" if ASKED in read else "SANMARTIN").endswith("¿Cómo te llamas?")
    assert said(town, "Ana").startswith("Hola, Ana.")


@pytest.mark.parametrize(("word", "before"), [("NO VOY", ()), ("not coming", ("Ana",))], ids=["name", "age"])
def test_who_is_not_coming_after_all_is_not_signed_up(store: Store, word: str, before: tuple[str, ...]) -> None:
    town = Town.on(store)
    read = said(town, "SANMARTIN", "1", *before, word)
    assert read == "Está bien. No guardamos tu usuario. Si cambias de idea, escribe /start."
    assert [town.count(table) for table in (t.person, t.talk)] == [0, 0]


def test_nor_where_a_name_is_offered(store: Store) -> None:
    """A no asks for another name there; NO VOY does not."""
    town = Town.on(store)
    phone = town.phone("telegram", profile="Ana Paz")
    assert "¿Te llamo Ana?" in said(town, "SANMARTIN", "1")
    assert phone.say("NO VOY")[-1].text.startswith("Está bien. No guardamos tu usuario.")
    assert said(town, "SANMARTIN", "1", "no").endswith("¿Cómo te llamas?")


@pytest.mark.parametrize(
    "word", ["no voy", "no voy a ir", "no podré ir", "ya no puedo ir", "I'm not coming", "I can't go"]
)
def test_not_going_is_a_no_to_whether_she_goes(word: str) -> None:
    assert meant(GOING, word) == "no"


def test_who_comes_along_and_will_not_come_gives_nobody_s_place_back(store: Store) -> None:
    """Nor is what was said of that person kept."""
    town = Town.on(store)
    said(town, "SANMARTIN", "1", "Ana", "1", "1")
    read = said(town, "OTRA", "1", "Luis", "NO VOY")
    assert read == "Está bien. No guardamos nada de esa persona. Si cambia de idea, escribe OTRA."
    assert town.count(t.registration, state="registered") == 1
    assert not [row for row in town.rows(t.inbound, "payload") if row.payload and "Luis" in row.payload]
    assert said(town, "NO VOY").startswith("Gracias por avisar, Ana.")


def test_whose_word_it_is_on_a_shared_phone_is_still_asked(store: Store) -> None:
    town = Town.on(store)
    said(town, "SANMARTIN", "1", "Ana", "1", "1", "OTRA", "1", "Luis", "1", "1")
    assert "¿Quién escribe?" in said(town, "SANMARTIN")
    assert "¿Quién escribe?" in said(town, "NO VOY")
    assert said(town, "Luis").startswith("Gracias por avisar, Luis.")


def test_a_choice_in_the_middle_of_a_name_makes_one_person(store: Store) -> None:
    town = Town.on(store)
    town.store.do(lambda unit: contest.open_(unit, town.app.catalogues, "sm", "yaneth", 0))
    assert "¿Aceptas?" in said(town, "SANMARTIN", "1", "ELEGIR")
    said(town, "1", "Ana", "1", "2", "4")
    assert [town.count(table) for table in (t.person, t.consent)] == [1, 1]


def test_another_name_is_no_word_either(store: Store) -> None:
    town = Town.on(store)
    read = said(town, "SANMARTIN", "1", "Ana", "1", "1", "CORREGIR", "1", "NO VOY")
    assert read.startswith("Gracias por avisar, Ana.")
