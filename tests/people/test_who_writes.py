"""A phone of several people: who writes is asked, and a word is heard as what it is in any question."""

from __future__ import annotations

from datetime import datetime

import pytest

from storage import tables as t
from storage.store import Store
from tests.kit import PANAMA, Town


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


def last_of(store: Store, *lines: str) -> str:
    """What is answered to the last of these, written on the phone of Ana and Luis."""
    town = house(store)
    return [said(town, words) for words in lines][-1]


def places(town: Town) -> list[str]:
    return [row.state for row in town.rows(t.registration, "state")]


def names(town: Town) -> list[str]:
    return [row.name for row in town.rows(t.person, "name")]


@pytest.mark.parametrize(
    ("hers", "his"),
    [
        ("ANA CANCELAR", "LUIS 1"),
        ("ANA CORREGIR", "LUIS 1"),
        ("ANA NECESITO", "LUIS 1"),
        ("ANA DATOS", "LUIS 1"),
        ("ANA CORREGIR", "LUIS ATRAS"),
        ("ANA CORREGIR", "LUIS REPITE"),
    ],
)
def test_who_says_a_name_never_answers_the_question_of_another(store: Store, hers: str, his: str) -> None:
    town = house(store)
    asked = said(town, hers)
    assert asked not in said(town, his)
    assert "¿Como te llamas?" not in said(town, his)  # of CORREGIR
    assert (names(town), places(town), town.count(t.need)) == (["Ana", "Luis"], ["registered"] * 2, 0)


def test_a_right_that_another_has_begun_is_shown_to_nobody_else(store: Store) -> None:
    town = house(store)
    assert "nombre Ana" in said(town, "ANA DATOS")
    assert "nombre Luis" in said(town, "LUIS DATOS")
    assert "Para confirmar" in [said(town, words) for words in ("ANA BORRAR", "1")][-1]
    assert "De quien son los datos" in said(town, "LUIS BORRAR")
    assert names(town) == ["Ana", "Luis"]


@pytest.mark.parametrize("words", ["LUIS 1", "LUIS SI"])
def test_who_is_known_answers_nothing_for_who_is_signing_up(store: Store, words: str) -> None:
    town = house(store)
    said(town, "OTRA")
    said(town, words)
    assert "Gracias" in said(town, "1")
    said(town, words)
    said(town, "Eva")
    said(town, "1")
    said(town, "1")
    assert (names(town), places(town)) == (["Ana", "Luis", "Eva"], ["registered"] * 3)


def test_of_a_question_that_is_nobodys_yet_who_is_named_gives_the_answer(store: Store) -> None:
    assert "Ya te guardo" not in last_of(store, "CANCELAR", "LUIS 2")
    assert "que necesitas" in last_of(store, "NECESITO", "LUIS 1")


def test_a_question_put_to_one_of_the_phone_is_no_question_to_the_other(store: Store) -> None:
    town = house(store)
    town.at(datetime(2026, 11, 20, 17, tzinfo=PANAMA))
    town.phones["C"].read()
    assert "Gracias, Luis" in said(town, "LUIS 1")
    assert "Gracias por avisar, Luis" in said(town, "LUIS 2")
    assert places(town) == ["registered", "cancelled"]
    assert "Gracias, Ana" in said(town, "ANA 1")


@pytest.mark.parametrize("name", ["Ana B", "Ana Maria", "Luis Carlos"])
def test_a_name_that_begins_like_a_known_one_is_not_cut(store: Store, name: str) -> None:
    town = house(store)
    for words in ("mi hija", "1"):
        said(town, words)
    assert said(town, name).startswith(f"Hola, {name}.")
    said(town, "1")
    assert said(town, "1").startswith(f"Listo, {name}.")
    assert said(town, f"{name.upper()} 1").startswith(f"Ya estas en la lista, {name}")
    assert name not in said(town, f"{name.split()[0]} 1")


@pytest.mark.parametrize(("answer", "heard"), [("LUIS DATOS", "nombre Luis"), ("LUIS 1", "Luis")])
def test_while_one_is_asked_a_name_the_other_may_speak(store: Store, answer: str, heard: str) -> None:
    town = house(store)
    for words in ("mi hija", "1"):
        said(town, words)
    assert heard in said(town, answer)


def test_who_tells_of_somebody_of_the_house_is_not_taken_for_her(store: Store) -> None:
    town = house(store)
    for words in ("SOY ANA", "IDEA", "Luis el vecino no tiene agua desde mayo"):
        said(town, words)
    assert [row.text for row in town.rows(t.contribution, "text")] == ["Luis el vecino no tiene agua desde mayo"]


@pytest.mark.parametrize("word", ["NO VOY", "DATOS", "CORREGIR", "MI IDEA", "NECESITO", "COPIA"])
def test_the_word_said_again_with_a_name_answers_who_writes(store: Store, word: str) -> None:
    town = house(store)
    assert "Quien escribe" in said(town, word)
    answer = said(town, f"Luis {word}")
    assert "Quien escribe" not in answer
    assert "No conozco" not in answer
    assert not [row for row in town.rows(t.talk, "person_id") if row.person_id is None]


def test_of_what_is_to_be_erased_only_the_name_is_left_to_say(store: Store) -> None:
    assert "Para confirmar" in last_of(store, "BORRAR", "1", "Luis BORRAR")


def test_whose_place_it_is_is_asked_once(store: Store) -> None:
    town = house(store)
    for words in ("NO VOY", "ANA NO VOY", "2", "Luis"):
        said(town, words)
    assert places(town) == ["cancelled", "registered"]


def test_to_say_who_writes_gives_no_place_back(store: Store) -> None:
    town = house(store)
    assert "Quien escribe" in said(town, "NO VOY")
    assert "¿Quien no va?" in said(town, "LUIS 1")
    assert (
        said(town, "SOY LUIS") == "Hola, Luis. Ahora te leo a ti. Antes te pregunte: ¿Quien no va? Escribe tu nombre."
    )
    assert places(town) == ["registered"] * 2
    assert "Gracias por avisar, Luis" in said(town, "Luis")


def alone(store: Store) -> Town:
    """Ana on her phone."""
    town = Town.on(store)
    for words in ("SANMARTIN", "1", "Ana", "1", "1"):
        town.phone("sms", "C").say(words)
    return town


def test_each_newcomer_is_asked_to_the_end(store: Store) -> None:
    town = alone(store)
    for words in ("mi esposo también", "1"):
        said(town, words)
    assert said(town, "mi hija").endswith("¿Acepta tu hija? 1 Si 2 No")
    assert said(town, "1").endswith("¿Como se llama tu hija?")
    for words in ("Eva", "1"):
        said(town, words)
    assert said(town, "1").endswith("Antes te pregunte: ¿Como se llama tu esposo?")
    assert said(town, "Luis").startswith("Hola, Luis. ¿Cuantos años tienes?")
    assert "¿Cuantos años tienes, Luis?" in said(town, "7 x")
    said(town, "1")
    assert "Luis, ¿vas el sab 21 nov?" in said(town, "7")
    assert said(town, "1").startswith("Listo, Luis.")
    assert (names(town), places(town)) == (["Ana", "Eva", "Luis"], ["registered"] * 3)
    assert town.count(t.talk) == 0


@pytest.mark.parametrize("answers", [["2"], ["1", "Eva", "3"]])
def test_of_two_newcomers_who_does_not_come_takes_nothing_from_the_other(store: Store, answers: list[str]) -> None:
    town = alone(store)
    for words in ("mi esposo también", "mi hija", *answers):
        last = said(town, words)
    assert last.endswith("Antes te pregunte: ¿Acepta tu esposo? 1 Si 2 No")
    for words in ("1", "Luis", "1", "1"):
        said(town, words)
    assert names(town) == ["Ana", "Luis"]


def test_the_same_word_again_is_another_person_once_the_first_has_agreed(store: Store) -> None:
    town = alone(store)
    for words in ("OTRA", "OTRA", "1", "OTRA", "1", "Eva", "1", "1", "Luis", "1", "1"):
        said(town, words)
    assert names(town) == ["Ana", "Eva", "Luis"]
    assert town.count(t.talk) == 0


def test_no_more_people_are_asked_than_a_phone_may_have(store: Store) -> None:
    town = alone(store)
    for words in ("mi esposo", "mi hija", "mi hijo", "mi abuela", "mi tía"):
        assert said(town, words).startswith("Que conteste esa persona")
    assert "ya hay 6 personas" in said(town, "mi abuelo")
    assert said(town, "mi hija").startswith("Que conteste esa persona")
    assert town.count(t.talk) == 5
