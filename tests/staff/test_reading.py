"""LEER: words that nobody understood, and words about a promise, are read by a human and answered where needed."""

from __future__ import annotations

import pytest

from storage import tables as t
from storage import unread
from storage.store import Store
from tests.staff.crew import Crew


def lost(store: Store) -> Crew:
    """A neighbour who was not understood, and a facilitator."""
    crew = Crew(store)
    crew.said(crew.town.phone("telegram", "C"), "SANMARTIN", "1", "Ana", "1", "1")
    crew.said(crew.town.phones["C"], "el techo de la escuela", "no era eso")
    crew.join("F")
    return crew


def twice_lost(store: Store) -> Crew:
    """A neighbour who was not understood twice at one question, and so waits for a person; and a facilitator."""
    crew = Crew(store)
    crew.said(crew.town.phone("telegram", "C"), "SANMARTIN", "1", "Kevin", "1")
    crew.said(crew.town.phones["C"], "pues mire usted", "llueve en la loma")
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


@pytest.mark.parametrize("said", ["0", "1"])
def test_what_is_erased_meanwhile_makes_nothing_else_read(store: Store, said: str) -> None:
    crew, phone = (made := lost(store)), made.town.phones["F"]
    crew.said(phone, "LEER")
    crew.said(crew.town.phones["C"], "BORRAR", "BORRAR")
    crew.said(crew.town.phone("telegram", "D"), "SANMARTIN", "1", "Luis", "1", "1", "mi mama necesita una silla")
    crew.said(phone, said)
    assert [row.resolved_at for row in crew.town.rows(t.not_understood, "resolved_at")] == [None]
    assert crew.town.count(t.handover) == 0


@pytest.mark.parametrize("talk", ["vote", "over", "my_choice", "copy", "erase"])
def test_what_was_said_to_a_choice_or_beside_a_code_is_shown_to_nobody(store: Store, talk: str) -> None:
    crew = lost(store)
    crew.store.do(lambda unit: unit.db.execute(t.not_understood.update().values(conversation=talk)))
    assert crew.said(crew.town.phones["F"], "LEER") == "No hay mensajes por leer."


def test_no_conversation_that_nobody_reads_is_missing_there(store: Store) -> None:
    registry = Crew(store).town.app.parts.registry.by_name
    assert {name for name, one in registry.items() if one.unseen} == set(unread.UNSEEN)


def test_a_number_that_is_not_there_asks_again_and_a_stranger_learns_nothing(store: Store) -> None:
    crew = lost(store)
    assert "Escribe un número del 0 al 2." in crew.said(crew.town.phones["F"], "LEER", "7")
    assert "techo" not in crew.said(crew.town.phone("telegram", "X"), "LEER")


def test_whoever_is_answered_does_not_wait_any_more(store: Store) -> None:
    crew, phone = (made := twice_lost(store)), made.town.phones["F"]
    assert "Kevin espera a una persona" in crew.said(phone, "PENDIENTES")
    told = crew.said(phone, "LEER", "1")
    assert told.startswith("Alguien escribió: «pues mire usted / llueve en la loma». ¿Qué le digo?")
    crew.said(phone, "Lo hablamos el sábado.")
    assert "espera a una persona" not in crew.said(phone, "PENDIENTES")


def test_on_a_phone_of_several_the_other_one_still_waits(store: Store) -> None:
    crew, phone = (made := twice_lost(store)), made.town.phones["F"]
    crew.said(crew.town.phones["C"], "1", "OTRA", "1", "Luis", "1", "1")
    crew.said(phone, "LEER", "1", "Lo hablamos el sábado.")
    assert "Kevin espera a una persona" in crew.said(phone, "PENDIENTES")


def test_long_words_end_with_dots(store: Store) -> None:
    crew = lost(store)
    text = "el techo " * 30
    crew.store.do(lambda unit: unit.db.execute(t.not_understood.update().values(text=text)))
    line = crew.said(crew.town.phones["F"], "LEER").split("»")[0].split("«")[1]
    assert line.endswith("…")
    assert len(line) <= 160


def test_whoever_is_chosen_among_several_stands_with_the_reason_and_nothing_leaves_the_list(store: Store) -> None:
    crew = Crew(store)
    crew.said(crew.town.phone("telegram", "C"), "SANMARTIN", "1", "Kevin", "1", "1", "PERSONA")
    crew.said(crew.town.phones["C"], "el representante Pérez se robó la plata", "1")
    phone = crew.join("F")
    assert crew.said(phone, "RESPONDER").endswith("1 Kevin: pidió hablar 2 Kevin: queja 3 A nadie")
    assert crew.said(phone, "NADA") == "No envié nada."
    assert "¿A quién respondes?" in crew.said(phone, "RESPONDER")
    assert "¿Qué le digo?" in crew.said(phone, "1")
