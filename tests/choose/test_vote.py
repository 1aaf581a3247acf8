"""Choosing by text and by buttons, word for word: echo, change, mistakes, the shared phone (conversations.md 2)."""

from __future__ import annotations

from typing import Any

import pytest

from bot.actions import contest as acts
from bot.i18n import Catalogues
from bot.player import Phone, Said
from storage import tables as t
from storage.store import Store
from tests.choose.polls import CLOSES, Neighbours, Polls, first, last
from tests.convoke.town import Town

WORDS = Catalogues.load()
QUESTION = (
    "Convoca. Elige hasta 3. Cierra lun 30 nov, 6 pm. Confidencial, no secreto: PRIVACIDAD. ¿Que va primero?"
    " Ejemplo: 3 1. 1 Agua 2 Camino 3 Salud 4 Señal 5 Basura"
)


@pytest.fixture
def people(town: Town) -> Neighbours:
    return Neighbours(town.store)


@pytest.fixture
def polls(town: Town, people: Neighbours) -> Polls:
    """The contest, not open yet: those who sign up first are asked."""
    return Polls.drafted(town)


def asked(polls: Polls, *phones: Phone) -> None:
    """The contest opens; the ballot stands on these screens."""
    seen = polls.store.read(lambda unit: acts.preview(unit, WORDS, "sm")).people
    polls.store.do(lambda unit: acts.open_(unit, WORDS, "sm", "yaneth", seen))
    for phone in phones:
        phone.read()


def current(town: Town) -> list[str]:
    return [r.payload for r in town.rows(t.ballot, t.ballot.c.status == "current")]


def close(store: Store) -> None:
    store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))


# --- by text ------------------------------------------------------------------------------------------------------


def test_one_text_chooses_and_is_echoed(town: Town, people: Neighbours, polls: Polls) -> None:
    maria = people.signed_up("Maria")
    asked(polls, maria)
    assert last(maria.screen) == QUESTION
    echo = "Anotado: 2 Camino, 5 Basura y 1 Agua. Para cambiar: ELEGIR, hasta el lun 30 nov."
    assert last(maria.say("2-5 1")) == f"{echo} ¿Te aviso que pasa con esos temas? 1 Si 2 No"
    assert current(town) == ["1,2,5"]
    same = "Ya tengo tu eleccion: 2, 5 y 1. Es la misma. No hace falta repetir."
    assert last(maria.say("251")) == same
    assert last(maria.say("2-5 1")) == same
    assert len(town.rows(t.ballot)) == 1


def test_a_later_choice_replaces_with_the_old_one_named(town: Town, people: Neighbours, polls: Polls) -> None:
    maria = people.signed_up("Maria")
    asked(polls, maria)
    maria.say("3 1")
    assert last(maria.say("2 1")) == "Cambiado: 2 Camino y 1 Agua. Antes era 3 y 1. Vale esta ultima."
    assert last(maria.say("ELEGIR")) == QUESTION
    assert last(maria.say("4")) == "Cambiado: 4 Señal. Antes era 2 y 1. Vale esta ultima."
    assert last(maria.say("ELEGIR 5")) == "Cambiado: 5 Basura. Antes era 4. Vale esta ultima."
    assert last(maria.say("BLANCO")) == "Cambiado: en blanco. Antes era 5. Vale esta ultima."
    assert [r.rev for r in town.rows(t.ballot)] == [1, 2, 3, 4, 5]
    assert current(town) == ["blank"]


CHANGE = "Puedes cambiarlo hasta el lunes 30 nov: escribe ELEGIR."
FOLLOW = "¿Te aviso qué pasa con esos temas? 1 Sí 2 No"
NUMBERS = "1 Agua, 2 Camino, 3 Salud, 4 Señal, 5 Basura"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("said", "answer", "counts"),
    [
        ("7", "Hay 5 opciones, del 1 al 5. ¿Cuál quisiste decir?", []),
        ("1 2 3 4", "Se pueden elegir hasta 3. ¿Cuáles 3?", []),
        ("agua", "¿Elegiste 1 Agua potable? 1 Sí 2 No", []),
        ("salud y camino", "¿Elegiste 3 Centro de salud y 2 Camino a la escuela? 1 Sí 2 No", []),
        (
            "3 3 3",
            f"Anotado: 3 Centro de salud. El 3 cuenta una vez. Puedes elegir 2 más: escribe ELEGIR. {FOLLOW}",
            ["3"],
        ),
        (
            "ninguno",
            f"Anotado: ninguno de los 5. {CHANGE} Lo que digas ahora va como idea.\n¿Qué falta en la lista?",
            ["blank"],
        ),
        ("BLANCO", f"Anotado: en blanco. {CHANGE}", ["blank"]),
        ("3 y 1", f"Anotado, Elena: 3 Centro de salud y 1 Agua potable. {CHANGE} {FOLLOW}", ["1,3"]),
        ("no sé mija", f"Escribe el número de lo que más falta: {NUMBERS}. También puedes mandar un audio.", []),
    ],
)
def test_each_way_to_answer_hears_what_it_came_to(
    town: Town, people: Neighbours, polls: Polls, said: str, answer: str, counts: list[str]
) -> None:
    elena = people.signed_up("Elena", "whatsapp")
    asked(polls, elena)
    assert last(elena.say(said)) == answer
    assert current(town) == counts


def test_a_number_twice_is_told_also_where_it_replaces_a_choice(town: Town, people: Neighbours, polls: Polls) -> None:
    elena = people.signed_up("Elena", "whatsapp")
    asked(polls, elena)
    elena.say("3 1")
    assert last(elena.say("ELEGIR 2 2 2")) == (
        "Cambiado: 2 Camino a la escuela. Antes era 3 y 1. Vale esta última. El 2 cuenta una vez. Puedes elegir 2 más:"
        " escribe ELEGIR."
    )
    assert current(town) == ["2"]


def test_everything_is_nothing_yet(town: Town, people: Neighbours, polls: Polls) -> None:
    elena = people.signed_up("Elena", "whatsapp")
    asked(polls, elena)
    assert last(elena.say("todo")).startswith("Todo importa. Hay que empezar por algo.")
    assert current(town) == []


def test_words_count_after_a_yes(town: Town, people: Neighbours, polls: Polls) -> None:
    elena = people.signed_up("Elena", "whatsapp")
    asked(polls, elena)
    elena.say("agua")
    assert last(elena.say("1")).startswith("Anotado, Elena: 1 Agua potable.")
    assert last(elena.say("ELEGIR basura")) == "¿Elegiste 5 Basura? 1 Sí 2 No"
    elena.say("2")
    assert current(town) == ["1"]
    assert last(elena.say("3 2")).startswith("Cambiado: 3 Centro de salud y 2 Camino a la escuela. Antes era 1.")


def test_the_same_message_delivered_twice_is_one_choice(town: Town, people: Neighbours, polls: Polls) -> None:
    maria = people.signed_up("Maria")
    asked(polls, maria)
    maria.say("2 1", id="twice")
    assert maria.say("2 1", id="twice") == []
    assert len(town.rows(t.ballot)) == 1


def test_a_stranger_gives_permission_first_and_the_choice_is_not_lost(
    town: Town, people: Neighbours, polls: Polls
) -> None:
    asked(polls)
    luis = people.phone()
    assert "¿Aceptas?" in last(luis.say("ELEGIR 2 1"))
    for said in ("1", "Luis"):
        luis.say(said)
    assert last(luis.say("1")).startswith("Anotado: 2 Camino y 1 Agua.")
    assert current(town) == ["1,2"]


def test_a_stranger_who_refuses_leaves_nothing(town: Town, people: Neighbours, polls: Polls) -> None:
    asked(polls)
    luis = people.phone()
    luis.say("ELEGIR 2 1")
    luis.say("2")
    assert town.rows(t.person) == town.rows(t.ballot) == []


def test_the_link_of_the_poster_begins_the_choice(town: Town, people: Neighbours, polls: Polls) -> None:
    kevin = people.signed_up("Kevin", "telegram")
    asked(polls)
    assert "¿Qué debe ir primero en San Martín?" in last(kevin.say("/start v-sm"))


def test_with_nothing_open_nothing_is_asked(town: Town, people: Neighbours) -> None:
    maria = people.signed_up("Maria")
    assert last(maria.say("ELEGIR")) == "Ahora no hay nada que elegir."


# --- by buttons ---------------------------------------------------------------------------------------------------


def test_each_tap_counts_at_once(town: Town, people: Neighbours, polls: Polls) -> None:
    kevin = people.signed_up("Kevin", "telegram")
    asked(polls, kevin)
    said = last(kevin.tap("Agua"))
    assert said == "Elegiste: 1 Agua. ¿Quieres agregar otro? 2 Camino 3 Salud 4 Señal 5 Basura 6 Terminar"
    assert current(town) == ["1"]
    kevin.tap("Camino")
    assert current(town) == ["1,2"]
    kevin.tap("Quitar 1 Agua")
    assert current(town) == ["2"]
    assert "Tiene que quedar una" in last(kevin.tap("Quitar 2 Camino"))
    code = town.rows(t.ballot, t.ballot.c.status == "current")[0].code
    assert last(kevin.tap("Terminar")) == (
        f"Anotado: 2 Camino. Tu recibo es {code[:4]}-{code[4:8]}-{code[8:]}."
        f" Puedes cambiarlo hasta el lunes 30 nov, 6:00 pm: escribe ELEGIR.\n{FOLLOW}"
    )


def test_a_fourth_option_needs_a_place(town: Town, people: Neighbours, polls: Polls) -> None:
    kevin = people.signed_up("Kevin", "telegram")
    asked(polls, kevin)
    for label in ("Agua", "Camino", "Salud"):
        kevin.tap(label)
    assert "Ya elegiste 3. Para poner Señal, quita una primero." in last(kevin.tap("Señal"))
    assert current(town) == ["1,2,3"]


def test_an_old_button_of_a_chosen_option_takes_nothing_away(town: Town, people: Neighbours, polls: Polls) -> None:
    kevin = people.signed_up("Kevin", "telegram")
    asked(polls, kevin)
    first = kevin.screen[-1].options[0].data
    kevin._send(Said(button=first))
    kevin._send(Said(button=first))
    assert current(town) == ["1"]


def test_typing_works_beside_tapping(town: Town, people: Neighbours, polls: Polls) -> None:
    kevin = people.signed_up("Kevin", "telegram")
    asked(polls, kevin)
    kevin.tap("Agua")
    assert last(kevin.say("5")).startswith("Elegiste: 1 Agua y 5 Basura.")
    assert last(kevin.say("2 3")) == (f"Cambiado: 2 Camino y 3 Salud. Antes era 1 y 5. Vale esta última. {FOLLOW}")
    assert last(kevin.say("ELEGIR")).startswith("Elegiste: 2 Camino y 3 Salud. ¿Quieres agregar otro?")
    assert last(kevin.say("ninguno")).startswith("Cambiado: en blanco. Antes era 2 y 3.")


# --- seeing it ----------------------------------------------------------------------------------------------------


def test_one_s_own_choice_and_receipt(town: Town, people: Neighbours, polls: Polls) -> None:
    maria, elena = people.signed_up("Maria"), people.signed_up("Elena", "whatsapp")
    asked(polls, maria, elena)
    assert last(maria.say("MI ELECCION")).startswith("Todavia no tengo una eleccion tuya.")
    maria.say("3 1")
    assert last(maria.say("MI ELECCION")).startswith("Elegiste 3 Salud y 1 Agua.")
    code = last(maria.say("RECIBO")).removeprefix("Tu recibo es ").split(".")[0]
    assert first(elena.say(f"RECIBO {code.lower()}")) == "Ese recibo está guardado. Se cuenta al terminar la elección."
    maria.say("2 1")
    assert first(elena.say(f"recibo {code}")) == "Ese recibo se cambió por otro, más nuevo. Vale el más nuevo."
    assert first(elena.say("RECIBO MWTT-PTXX-K6D4")).startswith("No conozco ese recibo.")


def test_who_is_winning_is_not_told(town: Town, people: Neighbours, polls: Polls) -> None:
    maria = people.signed_up("Maria")
    asked(polls, maria)
    said = first(maria.say("¿quién va ganando?"))
    assert said.startswith("No lo digo antes de terminar, para no influir en nadie.")
    assert last(maria.say("2 1")).startswith("Anotado: 2 Camino y 1 Agua.")


# --- late ---------------------------------------------------------------------------------------------------------


def test_a_late_choice_is_kept_and_told(town: Town, people: Neighbours, polls: Polls, clock: Any) -> None:
    maria, elena = people.signed_up("Maria"), people.signed_up("Elena", "whatsapp")
    asked(polls, maria, elena)
    clock.set(CLOSES)
    assert last(maria.say("3")) == "La eleccion termino el lun 30 nov, 6 pm. Tu eleccion llego despues y no se cuenta."
    close(town.store)
    assert "Tu elección llegó después y no se cuenta." in last(elena.say("2 1"))
    assert [r.status for r in town.rows(t.ballot)] == ["late", "late"]
    assert last(maria.say("ELEGIR")) == "La eleccion termino el lun 30 nov, 6 pm. Te cuento cuando haya resultado."
    assert "ya no se muestra" in last(maria.say("MI ELECCION"))


# --- a shared phone -----------------------------------------------------------------------------------------------


def test_on_a_shared_phone_no_option_is_named_after_the_echo(town: Town, people: Neighbours, polls: Polls) -> None:
    phone = people.signed_up("Maria")
    people.moves_in(phone, "Luis")
    asked(polls, phone)
    codes = {r.person_id: r.code for r in town.rows(t.registration)}
    maria, luis = sorted(codes)
    phone.say("SOY Luis")
    assert first(phone.say("ELEGIR 2 5")).startswith("Anotado: 2 Camino y 5 Basura.")
    assert [(r.person_id, r.shared) for r in town.rows(t.ballot)] == [(luis, True)]
    gate = "Ya hay una eleccion. Para verla o cambiarla, escribe tu codigo."
    assert first(phone.say("MI ELECCION")) == gate
    assert "Ese codigo no es" in first(phone.say(codes[maria]))
    assert first(phone.say(codes[luis].lower())).startswith("Elegiste 2 Camino y 5 Basura.")
    assert first(phone.say("ELEGIR 1")) == gate
    assert first(phone.say(codes[luis])).startswith("Cambiado: 1 Agua. Vale esta ultima.")
    phone.say("SOY Maria")
    assert first(phone.say("ELEGIR 3")).startswith("Anotado: 3 Salud.")
    assert {r.person_id: r.payload for r in town.rows(t.ballot, t.ballot.c.status == "current")} == {
        maria: "3",
        luis: "1",
    }


def test_a_ballot_to_a_shared_phone_counts_for_who_says_her_name(town: Town, people: Neighbours, polls: Polls) -> None:
    phone = people.signed_up("Maria")
    people.moves_in(phone, "Luis")
    asked(polls, phone)
    maria, luis = sorted(r.person_id for r in town.rows(t.registration))
    assert first(phone.say("2 5")) == "¿Quien escribe? Escribe tu nombre."
    assert current(town) == []
    assert first(phone.say("Luis")).startswith("Anotado: 2 Camino y 5 Basura.")
    assert [(r.person_id, r.payload) for r in town.rows(t.ballot)] == [(luis, "2,5")]
    assert first(phone.say("MARIA ELEGIR 1")).startswith("Anotado: 1 Agua.")
    assert [(r.person_id, r.payload) for r in town.rows(t.ballot)] == [(luis, "2,5"), (maria, "1")]


def test_five_wrong_codes_bring_a_human(town: Town, people: Neighbours, polls: Polls) -> None:
    phone = people.signed_up("Maria")
    people.moves_in(phone, "Luis")
    asked(polls, phone)
    phone.say("SOY Luis")
    phone.say("ELEGIR 2")
    phone.say("MI ELECCION")
    for _ in range(4):
        assert "Ese codigo no es" in first(phone.say("2222"))
    assert first(phone.say("2222")).startswith("Te escribe una persona del equipo")
    assert [r.reason for r in town.rows(t.handover)] == ["code"]
