"""A word with a number behind it, ENVIAR 5, goes to the question that asked for it, whatever was asked since."""

from __future__ import annotations

import pytest

from bot import locks
from storage import tables as t
from storage.store import Store
from tests.staff.crew import Crew


def crew_of(store: Store, people: int = 4) -> Crew:
    """So many neighbours; F is of the team."""
    crew = Crew(store)
    for n in range(people):
        crew.town.neighbour(f"Vecina {n}")
    crew.join("F")
    return crew


def test_a_lock_typed_behind_a_newer_question_opens_its_own_and_reaches_no_neighbour(store: Store) -> None:
    crew = crew_of(store)
    phone, lost = crew.town.phones["F"], crew.town.phone("sms", "X")
    crew.said(lost, "PERSONA")
    crew.said(phone, "INVITAR sm1", "2")
    assert "¿Qué le digo?" in crew.said(phone, "RESPONDER 1")
    told = crew.said(phone, "ENVIAR 4")
    assert told.startswith("En camino.")
    assert "¿Qué le digo?" in told, "the newer question still waits"
    assert [row.audience for row in crew.sent()] == [4]
    assert lost.read() == []


@pytest.mark.parametrize("typed", ["ENVIAR 5", "Suspender 9.", "/novedad 3", "send 5", "ENVIAR cinco", "enviar 1.200"])
def test_where_nothing_is_to_be_confirmed_it_is_neither_words_nor_places(store: Store, typed: str) -> None:
    crew = crew_of(store)
    phone, lost = crew.town.phones["F"], crew.town.phone("sms", "X")
    before = [row.capacity for row in crew.town.rows(t.session, "capacity")]
    crew.said(phone, "EDITAR sm1", "3")
    told = crew.said(phone, typed)
    assert told.startswith("No hay nada que confirmar con ")
    assert told.endswith("Antes te pregunté: ¿Cuántas personas caben?")
    assert [row.capacity for row in crew.town.rows(t.session, "capacity")] == before
    crew.said(lost, "PERSONA")
    crew.said(phone, "RESPONDER 1")
    assert crew.said(phone, typed).startswith("No hay nada que confirmar con ")
    assert lost.read() == []


def test_with_no_question_at_all_it_says_so_and_what_was_done_is_not_done_again(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    told = crew.said(phone, "enviar 5")
    assert told == "No hay nada que confirmar con ENVIAR 5. Lo que espera: PENDIENTES."
    crew.said(phone, "INVITAR sm1", "2", "ENVIAR 4")
    assert crew.said(phone, "ENVIAR 4").startswith("Ya recibí esa respuesta.")
    assert len(crew.sent()) == 1


def test_each_of_two_locks_is_opened_by_its_own_word(store: Store) -> None:
    crew = crew_of(store)
    crew.town.fill("sm1", 2)
    phone = crew.town.phones["F"]
    assert "ENVIAR" in crew.said(phone, "INVITAR sm1", "2")
    shown = crew.said(phone, "SUSPENDER sm1", "llueve mucho")
    people = shown.rpartition(" ")[2]
    assert "El número no coincide." in crew.said(phone, "ENVIAR 99")
    assert crew.sent("suspension") == []
    assert crew.said(phone, f"SUSPENDER {people}").startswith("Suspendida.")


def test_the_words_that_begin_an_act_still_do(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    crew.said(phone, "EDITAR sm1", "3")
    assert "¿Por qué?" in crew.said(phone, "SUSPENDER SANMARTIN")
    assert "Para abrir, escribe: ABRIR" in crew.said(phone, "ABRIR sm")
    assert crew.said(phone, "PROMESA agua").startswith("Un compromiso va con un tema")


def test_to_a_neighbour_it_is_a_word_like_any_other(store: Store) -> None:
    crew = crew_of(store)
    assert crew.said(crew.town.phone("telegram", "C"), "ENVIAR 5").startswith("Hola. Soy Convoca")


@pytest.mark.parametrize(
    ("typed", "word"),
    [("ENVIAR 5", "ENVIAR"), ("¡Send 12!", "ENVIAR"), ("open 3", "ABRIR"), ("PUBLICAR sm3", ""), ("ENVIAR", ""),
     ("ENVIAR 5 cajas", ""), ("PROMESA agua", ""), ("5", ""), ("LLEGO 7222", "")],
)  # fmt: skip
def test_what_is_shaped_like_a_lock(typed: str, word: str) -> None:
    assert locks.word(typed) == word
