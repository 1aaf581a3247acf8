"""Shall I tell you what happens with those topics? Asked once, kept with the choice, taken back by one word."""

from __future__ import annotations

import random

import pytest

from bot.player import Phone
from storage import follows
from storage import tables as t
from tests.choose.polls import CLOSES, Neighbours, Polls, last
from tests.convoke.town import Town

ASKED = "pasa con esos temas? 1 Si 2 No"


@pytest.fixture
def people(town: Town) -> Neighbours:
    return Neighbours(town.store)


@pytest.fixture
def polls(town: Town) -> Polls:
    return Polls.opened(town)


def followed(town: Town) -> list[int]:
    numbers = {row.id: row.number for row in town.rows(t.option)}
    return sorted(numbers[row.option_id] for row in town.rows(t.follow))


def test_yes_follows_what_was_chosen_and_no_nothing(town: Town, people: Neighbours, polls: Polls) -> None:
    rosa, luis = people.signed_up("Rosa"), people.signed_up("Luis")
    assert last(rosa.say("ELEGIR 3 1")).endswith(ASKED)
    assert followed(town) == []
    assert last(rosa.say("1")) == (
        "Gracias, Rosa. Te aviso de esos temas. Despues del lun 30 nov te cuento el resultado."
    )
    assert followed(town) == [1, 3]
    luis.say("ELEGIR 2")
    assert last(luis.say("2")) == (
        "Esta bien, no te aviso. Tu eleccion sigue igual: 2. Para cambiarla, escribe ELEGIR."
    )
    assert followed(town) == [1, 3]


def test_a_change_takes_the_follow_along_and_is_not_asked_again(town: Town, people: Neighbours, polls: Polls) -> None:
    rosa = people.signed_up("Rosa")
    rosa.say("ELEGIR 3 1")
    rosa.say("si")
    assert last(rosa.say("ELEGIR 2 5")) == "Cambiado: 2 Camino y 5 Basura. Antes era 3 y 1. Vale esta ultima."
    assert followed(town) == [2, 5]
    rosa.say("BLANCO")
    assert followed(town) == []
    assert ASKED not in last(rosa.say("ELEGIR 4"))


def test_several_numbers_are_a_choice_while_the_question_waits(town: Town, people: Neighbours, polls: Polls) -> None:
    rosa = people.signed_up("Rosa")
    rosa.say("ELEGIR 3 1")
    assert last(rosa.say("251")).startswith("Cambiado: 2 Camino, 5 Basura y 1 Agua.")
    assert last(rosa.say("2")).startswith("Esta bien, no te aviso. Tu eleccion sigue igual: 2, 5 y 1.")
    assert [row.payload for row in town.rows(t.ballot, t.ballot.c.status == "current")] == ["1,2,5"]


def test_the_same_choice_twice_is_no_answer_to_the_question(town: Town, people: Neighbours, polls: Polls) -> None:
    rosa = people.signed_up("Rosa")
    rosa.say("ELEGIR")
    rosa.say("3")
    assert last(rosa.say("3")) == "Ya tengo tu eleccion: 3. Es la misma. No hace falta repetir."
    assert last(rosa.say("3")) == "Ya tengo tu eleccion: 3. Es la misma. No hace falta repetir."
    assert last(rosa.say("1")).startswith("Gracias, Rosa.")
    assert last(rosa.say("1")) == "Ya recibi esa respuesta. No hace falta escribir otra vez."
    assert town.rows(t.handover) == []


def test_who_has_chosen_is_not_asked_for_the_ballot_again(town: Town, people: Neighbours, polls: Polls) -> None:
    """The ballot's own question waited beside it, and another word would have brought it up."""
    rosa = people.signed_up("Rosa")
    rosa.say("ELEGIR")
    rosa.say("3 1")
    shown = rosa.say("RECIBO")
    assert len(shown) == 1
    assert "primero" not in shown[0].text
    assert "Te aviso" not in shown[0].text


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_on_a_shared_phone_it_is_not_asked(town: Town, people: Neighbours, polls: Polls, channel: str) -> None:
    maria = people.signed_up("Maria", channel)
    people.moves_in(maria, "Luis")
    assert "aviso" not in last(maria.say("LUIS 2 3"))
    assert "aviso" not in last(maria.say("MARIA ELEGIR 1"))
    assert followed(town) == []


def test_by_taps_it_stands_in_the_message_that_ends_them(town: Town, people: Neighbours, polls: Polls) -> None:
    kevin = people.signed_up("Kevin", "telegram")
    kevin.say("ELEGIR")
    kevin.tap("Agua")
    assert "aviso" not in last(kevin.tap("Camino"))
    ended = kevin.tap("Terminar")
    assert len(ended) == 1
    assert [o.label for o in ended[0].options] == ["Sí", "No"]
    kevin.tap("Sí")
    assert followed(town) == [1, 2]
    kevin.say("ELEGIR")
    kevin.tap("Quitar 1 Agua")
    assert followed(town) == [2]
    assert "aviso" not in last(kevin.tap("Terminar"))


def _wish(rng: random.Random, phone: Phone, chosen: bool) -> str:
    if chosen and rng.random() < 0.4:
        return rng.choice(("si", "no", "1", "2"))
    return "ELEGIR " + " ".join(str(n) for n in rng.sample(range(1, 6), rng.randint(1, 3)))


@pytest.mark.parametrize("seed", range(5))
def test_whatever_she_says_what_she_follows_is_nothing_or_her_choice(
    town: Town, people: Neighbours, polls: Polls, seed: int
) -> None:
    rng, rosa, answered = random.Random(seed), people.signed_up("Rosa"), ""
    for _ in range(12):
        said = _wish(rng, rosa, bool(town.rows(t.ballot)))
        heard = last(rosa.say(said))
        answered = answered or ("yes" if heard.startswith("Gracias") else "no" if "no te aviso" in heard else "")
        (current,) = town.rows(t.ballot, t.ballot.c.status == "current")
        expected = [int(n) for n in current.payload.split(",")] if answered == "yes" else []
        assert followed(town) == expected, said


def test_enough_of_a_topic_ends_the_follow_of_it_alone(town: Town, people: Neighbours, polls: Polls) -> None:
    rosa = people.signed_up("Rosa")
    rosa.say("ELEGIR 3 1")
    rosa.say("1")
    assert last(rosa.say("ya no quiero saber del agua")).startswith("Listo. No te escribo mas de Agua")
    assert followed(town) == [3]
    (person,) = town.rows(t.person)
    assert town.store.read(lambda unit: follows.titles(unit, person.id)) == ["Centro de salud"]


def test_the_answer_after_the_close_says_what_holds_then(town: Town, people: Neighbours, polls: Polls) -> None:
    rosa, luis, elena, kevin = (people.signed_up(name) for name in ("Rosa", "Luis", "Elena", "Kevin"))
    for phone in (rosa, luis, elena, kevin):
        phone.say("ELEGIR 3 1")
    polls.set(state="closed", closed_at=CLOSES)
    after = "Gracias, Rosa. Te aviso de esos temas. Te cuento cuando haya resultado."
    assert last(rosa.say("1")) == after
    assert last(luis.say("2")) == "Esta bien, no te aviso. Tu eleccion sigue igual: 3 y 1."
    polls.set(state="published", published_at=CLOSES)
    after = "Gracias, Elena. Te aviso de esos temas. Para ver el resultado, escribe RESULTADO."
    assert last(elena.say("si")) == after
    assert last(kevin.say("no")) == "Esta bien, no te aviso. Tu eleccion sigue igual: 3 y 1."


def test_a_blank_choice_has_no_topics_to_follow(town: Town, people: Neighbours, polls: Polls) -> None:
    rosa = people.signed_up("Rosa")
    rosa.say("ELEGIR 3 1")
    rosa.say("BLANCO")
    assert last(rosa.say("1")) == "Gracias, Rosa. Ahora no tengo temas tuyos para avisarte."
    assert followed(town) == []
