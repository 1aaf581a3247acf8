"""A word of the team that is not understood: what was read, what can be said, and how she leaves the question."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.message import Media
from storage import tables as t
from storage.store import Store
from tests import trail
from tests.kit import PANAMA
from tests.staff.crew import Crew
from tests.staff.test_promising_by_chat import promised

LEAVE = "Para dejar esto, escribe CANCELAR."


def crew_of(store: Store) -> Crew:
    """F is of the team; Kevin has a place."""
    crew = Crew(store)
    crew.said(crew.town.phone("telegram", "C"), "SANMARTIN", "1", "Kevin", "1", "1")
    crew.join("F")
    return crew


def test_a_code_of_nobody_is_said_as_it_was_typed_and_asked_again(store: Store) -> None:
    crew, phone = promised(store)
    trail.ACTS["update"](crew.town, "agua", "done_office")
    crew.town.fill("sm1", 1)
    code = next(row.code for row in crew.town.rows(t.registration, "code") if row.code)
    told = crew.said(phone, "SALEN agua", "zzzz 4444")
    assert told.startswith("No sé de quién es ZZZZ (leo 2222) y 4444. ¿Quiénes salen en la foto?")
    assert crew.said(phone, f"{code} 3333").startswith("No sé de quién es 3333. ¿Quiénes salen en la foto?")
    assert crew.said(phone, code).startswith("Se pregunta a 1.")
    assert crew.said(phone, "1") == f"Anotado. No han contestado: {code}."
    assert crew.said(phone, "NO SALEN agua", "2222").startswith("No sé de quién es 2222. ¿Quiénes no salen?")
    assert crew.said(phone, "NADA") == "Está bien. Sigue igual."


def test_at_the_door_an_unknown_code_is_said_as_it_was_typed(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    crew.town.at(datetime(2026, 11, 21, 15, 20, tzinfo=PANAMA))
    assert crew.said(phone, "LLEGO zzzz").startswith("No conozco ZZZZ (leo 2222). ¿Llegó alguien sin lugar?")
    assert crew.said(phone, "2", "LLEGO 3333").startswith("No conozco 3333. ¿Llegó alguien sin lugar?")


def test_an_unknown_community_is_asked_again_then_listed_with_the_way_out(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    assert crew.said(phone, "NUEVA", "1", "la luna") == "No conozco ese lugar. ¿En qué comunidad?"
    told = crew.said(phone, "el sol")
    assert told.startswith(f"No conozco ese lugar. {LEAVE}")
    assert "1 San Martín, Panamá" in told
    assert "Antes te pregunté" not in told
    number = told[: told.index(" San Martín, Panamá")][-1]
    assert crew.said(phone, "99").endswith(told.partition(LEAVE)[2])
    assert crew.said(phone, number).startswith("¿Cuándo?")


def test_a_community_typed_with_its_place_is_that_one(store: Store) -> None:
    crew = crew_of(store)
    assert crew.said(crew.town.phones["F"], "NUEVA", "1", "san martin panama").startswith("¿Cuándo?")


def test_the_second_miss_of_any_question_of_the_team_names_the_way_out(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    assert LEAVE not in crew.said(phone, "EDITAR sm1", "mmm")
    told = crew.said(phone, "mmm")
    assert told.startswith(f"No entendí. {LEAVE}")
    assert told.endswith("4 Otra cosa")
    assert crew.said(phone, "CANCELAR") == "¿Qué quieres? 1 Dejar esta pregunta 2 No recibir más"
    assert crew.said(phone, "1").startswith("Listo, la dejamos.")
    assert crew.said(phone, "PENDIENTES") == "No hay nada pendiente."


def test_who_is_of_the_team_and_comes_herself_may_also_stay_at_home(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.join("C", channel="telegram")
    assert crew.said(phone, "CANCELAR").startswith("¿Qué quieres? 1 No ir a la reunión 2 Dejar esta pregunta")


@pytest.mark.parametrize("no", ["NO", "nada", "Nothing"])
def test_no_reason_calls_nothing_off(store: Store, no: str) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    assert crew.said(phone, "SUSPENDER sm1", "sí").startswith("Falta la razón. ¿Por qué?")
    assert crew.said(phone, no) == "No suspendí nada."
    assert crew.sent("suspension") == []


@pytest.mark.parametrize(
    ("reason", "told"),
    [("llueve", "se suspendió. Razón: llueve."), ("lluvia", "se suspendió por lluvia."),
     ("llueve mucho", "se suspendió. Razón: llueve mucho.")],
)  # fmt: skip
def test_any_reason_reads_right(store: Store, reason: str, told: str) -> None:
    crew = crew_of(store)
    assert told in crew.said(crew.town.phones["F"], "SUSPENDER sm1", reason)


def test_too_many_places_hear_the_bounds(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    crew.said(phone, "NUEVA", "1", "san martin panama", "sabado 28 nov 3:30 pm")
    for typed in ("casa comunal 100000", "casa comunal 0"):
        assert crew.said(phone, typed).startswith("Caben de 1 a 9999 personas.")
    assert crew.said(phone, "casa comunal 40").startswith("Es lo que más pregunta la gente")


def test_a_choice_that_is_open_is_told_so_without_its_name(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    assert crew.said(phone, "CERRAR") == "La elección sm no está abierta."
    crew.said(phone, "ABRIR sm", "ABRIR 1")
    assert crew.said(phone, "ABRIR") == "La elección sm ya se abrió."


def test_a_voice_note_of_the_team_is_no_beginning(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    shown = phone.say(media=Media(kind="voice", ref="x", seconds=3))
    assert shown[-1].text == "Aquí no oigo audios del equipo. Escríbelo. Lo que espera: PENDIENTES."
    crew.said(phone, "EDITAR sm1")
    told = phone.say(media=Media(kind="voice", ref="x", seconds=3))[-1].text
    assert told.startswith("Aquí no oigo audios del equipo. Escríbelo.")
    assert "Antes te pregunté: ¿Qué cambias?" in told


def test_who_has_arrived_and_writes_no_voy_hears_that_she_is_noted(store: Store) -> None:
    crew = crew_of(store)
    crew.town.at(datetime(2026, 11, 21, 15, 20, tzinfo=PANAMA))
    crew.town.phones["C"].read()
    assert crew.said(crew.town.phones["F"], "LLEGO kevin").startswith("Entró: Kevin")
    told = crew.said(crew.town.phones["C"], "NO VOY")
    assert told == "Ya te anotaron en la puerta: llegaste. Si no es así, escribe PERSONA."
    assert crew.town.count(t.registration, state="attended") == 1
