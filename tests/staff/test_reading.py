"""LEER: words that nobody understood, and words about a promise, are read by a human and answered where needed."""

from __future__ import annotations

from storage import tables as t
from storage.store import Store
from tests.staff.crew import Crew


def lost(store: Store) -> Crew:
    """A neighbour who was not understood, and a facilitator."""
    crew = Crew(store)
    crew.said(crew.town.phone("telegram", "C"), "SANMARTIN", "1", "Ana", "1", "1")
    crew.said(crew.town.phones["C"], "el techo de la escuela", "no era eso")
    crew.join("F")
    return crew


def test_they_stand_in_the_list_with_the_word_that_reads_them(store: Store) -> None:
    crew = lost(store)
    assert "Mensajes de vecinos sin leer: 2. LEER" in crew.said(crew.town.phones["F"], "PENDIENTES")


def test_they_are_read_without_a_name_and_gone_after_a_zero(store: Store) -> None:
    crew, phone = (made := lost(store)), made.town.phones["F"]
    told = crew.said(phone, "LEER")
    assert told.startswith("1: «el techo de la escuela».\n2: «no era eso».")
    assert "Ana" not in told
    assert crew.said(phone, "0") == "Listo. Quedan como leídos. Si hay más, escribe LEER."
    assert crew.said(phone, "LEER") == "No hay mensajes por leer."
    assert [row.payload for row in crew.audit("words.read")] == [{"count": 2}]


def test_one_of_them_is_answered_like_who_asked_for_a_person(store: Store) -> None:
    crew, phone = (made := lost(store)), made.town.phones["F"]
    crew.said(phone, "LEER")
    assert "¿Qué le digo?" in crew.said(phone, "1")
    crew.said(phone, "Lo hablamos el sábado.")
    assert crew.town.phones["C"].read()[-1].text.startswith("Lo hablamos el sábado.")
    assert "2" not in crew.said(phone, "LEER").split("¿")[0]


def test_what_was_said_to_a_choice_is_shown_to_nobody(store: Store) -> None:
    crew = lost(store)
    crew.store.do(lambda unit: unit.db.execute(t.not_understood.update().values(conversation="vote")))
    assert crew.said(crew.town.phones["F"], "LEER") == "No hay mensajes por leer."


def test_a_number_that_is_not_there_asks_again_and_a_stranger_learns_nothing(store: Store) -> None:
    crew = lost(store)
    assert "Escribe un número del 0 al 2." in crew.said(crew.town.phones["F"], "LEER", "7")
    assert "techo" not in crew.said(crew.town.phone("telegram", "X"), "LEER")
