"""A bare "hola" of the team: who she is, and what waits for her, not the question that citizens hear."""

from __future__ import annotations

import pytest

from storage.store import Store
from tests.staff.crew import Crew


def test_hola_of_the_team_is_what_waits(store: Store) -> None:
    crew = Crew(store)
    rosa, phone = crew.town.phone("sms", "Rosa"), crew.join("F")
    crew.said(rosa, "SANMARTIN", "1", "Rosa", "1", "1", "PERSONA")
    told = crew.said(phone, "hola")
    assert told.startswith("Hola, F. Lo que espera:\nRosa espera a una persona")
    assert told.endswith("RESPONDER 1")
    assert told.partition("\n")[2] == crew.said(phone, "PENDIENTES")
    assert crew.said(phone, "buenas tardes") == told


def test_with_nothing_to_do_she_hears_how_to_begin(store: Store) -> None:
    crew = Crew(store)
    told = crew.said(crew.join("F"), "Hola")
    assert told == f"{NOTHING} Para crear una reunión, escribe NUEVA."


NOTHING = "Hola, F. No hay nada pendiente."
HELD = "Del equipo tengo tu nombre, F, tu usuario o número y tu rol. Los quita quien cuida el sistema."


@pytest.mark.parametrize(("role", "begins"), [("auditor", NOTHING), ("verifier", "Hola. Soy")])
def test_each_role_hears_what_it_may_do(store: Store, role: str, begins: str) -> None:
    crew = Crew(store)
    told = crew.said(crew.join("F", role), "hola")
    assert told.startswith(begins)
    assert "NUEVA" not in told


def test_a_question_that_waits_is_not_lost(store: Store) -> None:
    crew = Crew(store)
    phone = crew.join("F")
    crew.said(phone, "/nueva", "1")
    crew.said(phone, "hola")
    assert "¿Cuál es?" in crew.said(phone, "San Martin")


def test_a_neighbour_hears_the_citizens_hello(store: Store) -> None:
    crew = Crew(store)
    assert crew.said(crew.town.phone("sms", "Rosa"), "hola").endswith("¿Que comunidad buscas?")


def test_ayuda_says_the_words_of_the_team_to_who_may_use_them(store: Store) -> None:
    crew = Crew(store)
    told = crew.said(crew.join("F"), "AYUDA")
    assert "SUSPENDER" in told
    assert "RESPONDER" in told
    assert crew.said(crew.join("G", "auditor"), "AYUDA").endswith("Equipo: PENDIENTES dice lo que espera.")
    assert "PENDIENTES" not in crew.said(crew.town.phone("telegram", "Rosa"), "AYUDA")


@pytest.mark.parametrize("word", ["SALIR", "DATOS", "BORRAR"])
def test_who_is_of_the_team_is_not_told_that_nothing_is_kept_of_her(store: Store, word: str) -> None:
    crew = Crew(store)
    told = crew.said(crew.join("F"), word)
    assert told.endswith(HELD)
    assert ("No te escribo más" in told) is (word == "SALIR")
