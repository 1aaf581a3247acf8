"""What was unclear when the team's words were played by hand: twice, out of order, too early, with nothing to tell."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.actions.decide import decide
from bot.sms import sms_text
from storage.store import Store
from tests.kit import BEGINS
from tests.staff.crew import Crew


def crew_of(store: Store) -> Crew:
    """F is of the team; Kevin has a place."""
    crew = Crew(store)
    crew.said(crew.town.phone("telegram", "C"), "SANMARTIN", "1", "Kevin", "1", "1")
    crew.join("F")
    return crew


def test_a_word_that_begins_anew_leaves_no_older_question_of_its_own_behind(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    crew.said(phone, "ABRIR sm", "ABRIR 1")
    assert "¿Cierro ahora" in crew.said(phone, "CERRAR", "CERRAR sm")
    assert crew.said(phone, "NO") == "Sigue abierta."
    assert "¿De cuál reunión?" in crew.said(phone, "EDITAR")
    assert crew.said(phone, "EDITAR sm1", "4") == "Eso se cambia en el archivo del plan: pídelo a quien lo lleva."


def test_fewer_places_than_people_name_what_can_be_done_and_no_console(store: Store) -> None:
    crew = crew_of(store)
    crew.town.fill("sm1", 2)
    phone = crew.town.phones["F"]
    asked = crew.said(phone, "EDITAR sm1", "3", "2")
    assert asked.endswith("No puedo bajar de 3 sin avisar a 1. ¿Qué hago? 1: Dejar 3 2: No cambiar nada")
    kept = crew.said(phone, "2")
    assert kept == "No cambié nada. Si alguien da su lugar con NO VOY, escribe EDITAR otra vez."
    assert "onsola" not in kept + asked


def test_a_choice_in_another_state_is_told_so(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    assert crew.said(phone, "CERRAR sm") == "La elección sm no está abierta."
    crew.said(phone, "ABRIR sm", "ABRIR 1")
    assert crew.said(phone, "ABRIR sm") == "La elección sm ya se abrió."
    assert crew.said(phone, "ABRIR luna") == "No hay una elección así en tus comunidades."


def test_a_tie_asks_for_its_draw_once_it_has_spoken_and_for_no_decision_before(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    crew.said(phone, "ABRIR sm", "ABRIR 1")
    crew.said(crew.town.phones["C"], "ELEGIR 1 3", "1")
    closed = crew.said(phone, "CERRAR sm", "1")
    assert "Empataron " in closed
    assert closed.endswith("Cuando salga, escribe CERRAR sm.")
    assert crew.said(phone, "PENDIENTES") == "La elección sm empató: faltan los números del sorteo. CERRAR sm"
    assert crew.said(phone, "DECIDIR agua").endswith("Cuando salga, escribe CERRAR sm.")
    assert "¿Qué números salieron?" in crew.said(phone, "CERRAR")
    assert crew.said(phone, "NADA") == "El empate espera su sorteo."
    assert "solo los números que salieron" in crew.said(phone, "CERRAR sm", "el gordo")
    assert f"Sorteo: {'9f2c4a1b' * 8}. Después ya no cambia." in crew.said(phone, "9F2C4A1B" * 8)
    assert crew.said(phone, "2") == "El empate espera su sorteo."
    assert "¿Qué números salieron?" in crew.said(phone, "CERRAR sm")
    assert crew.said(phone, "48213") == "Sorteo: 48213. Después ya no cambia. ¿Es así? 1 Sí 2 No"
    assert "Anotado: 48213. Se eligió " in crew.said(phone, "1")
    assert crew.said(phone, "CERRAR sm") == "La elección sm no está abierta."
    assert crew.said(phone, "DECIDIR agua").startswith("¿Qué se decidió de Agua?")


def test_who_has_no_name_is_somebody(store: Store) -> None:
    crew = crew_of(store)
    crew.said(crew.town.phone("sms", "X"), "PERSONA")
    assert "Alguien espera a una persona" in crew.said(crew.town.phones["F"], "PENDIENTES")


def test_a_number_without_a_question_is_no_greeting_of_a_stranger(store: Store) -> None:
    crew = crew_of(store)
    told = crew.said(crew.town.phones["F"], "1")
    assert told.startswith("No tengo una pregunta pendiente.")
    assert "PENDIENTES" in told
    assert crew.said(crew.town.phone("telegram", "X"), "1").startswith("Hola. Soy Convoca")


def test_at_the_door_a_name_is_taken_back_as_it_came_in(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    crew.town.at(BEGINS + timedelta(days=9, hours=5, minutes=30))
    assert crew.said(phone, "LLEGO kevin").startswith("Entró: Kevin")
    assert crew.said(phone, "NO LLEGO kevin").startswith("Quité la entrada de ")
    assert crew.said(phone, "NO LLEGO kevin") == "KEVIN no ha entrado."


def test_while_the_meeting_is_on_the_list_is_that_of_the_meeting(store: Store) -> None:
    crew = crew_of(store)
    crew.town.at(BEGINS + timedelta(days=9, hours=6))
    assert crew.said(crew.town.phones["F"], "QUIEN VIENE").startswith("San Martín, sábado 21 nov, 3:30 pm: 1 van")
    assert "sábado 21 nov" in crew.said(crew.town.phones["F"], "QUIEN VIENE SANMARTIN")


def test_a_meeting_that_has_not_begun_is_not_ended(store: Store) -> None:
    crew = crew_of(store)
    assert crew.said(crew.town.phones["F"], "TERMINAR sm1") == "Es temprano: la sesión sm1 es el sábado 21 nov."


def test_a_change_that_nobody_has_to_hear_says_what_it_changed(store: Store) -> None:
    crew = Crew(store)
    phone = crew.join("F")
    told = crew.said(phone, "EDITAR sm1", "1", "21 nov 4 pm")
    assert told == "Cambió la hora a las 4:00 pm. Todavía no había a quién avisar."
    told = crew.said(phone, "SUSPENDER sm1", "llueve mucho")
    assert told == "No hay a quién avisar. Para suspender, escribe: SUSPENDER 0"
    assert crew.said(phone, "SUSPENDER 0") == "Suspendida. No había a quién avisar."


def test_a_no_is_no_reason(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    assert crew.said(phone, "SUSPENDER sm1", "sí").startswith("Falta la razón. ¿Por qué?")
    assert crew.said(phone, "😀").startswith("Falta la razón. Para dejar esto, escribe CANCELAR. ¿Por qué?")
    assert "Razon: llueve mucho" in sms_text(crew.said(phone, "\u202ellueve mucho"))
    crew.said(phone, "NO", "ABRIR sm", "ABRIR 1", "CERRAR sm", "1", "DECIDIR agua", "1")
    assert crew.said(phone, "nada").startswith("Falta la razón de Agua potable. Sin razón no se publica")


def test_an_idea_that_stands_alone_while_people_choose_is_for_the_next_choice(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    crew.said(crew.town.phones["C"], "idea el puente de la quebrada se inunda mucho", "1")
    crew.said(phone, "ABRIR sm", "ABRIR 1", "IDEAS 1", "2")
    assert crew.said(phone, "El puente").startswith(
        "Listo. Le aviso a la persona. La elección ya se abrió: va para otra."
    )
    told = " ".join(shown.text for shown in crew.town.phones["C"].read())
    assert "Va sola. La elección de ahora ya se abrió: va para otra." in told


def decided_by_others(crew: Crew) -> None:
    for problem in ("agua", "camino", "salud", "senal", "basura"):
        crew.town.store.do(
            lambda unit, name=problem: bool(decide(unit, crew.town.app.catalogues, name, "Así.", by="otra").told)  # type: ignore[misc]
        )
    crew.town.phones["F"].read()


@pytest.mark.parametrize("says", ["1", "cualquier cosa"])
def test_who_is_asked_what_others_have_decided_meanwhile_hears_so_and_is_asked_no_more(store: Store, says: str) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    crew.said(phone, "ABRIR sm", "ABRIR 1", "CERRAR sm", "1")
    assert "¿Qué se decidió de Agua?" in crew.said(phone, "DECIDIR agua")
    decided_by_others(crew)
    assert "El resultado de sm se contó a la gente el jueves 12 nov. Ya no cambia." in crew.said(phone, says)
    assert "¿Qué se decidió" not in crew.said(phone, "AYUDA")


def test_help_asks_nothing_again_that_others_have_decided(store: Store) -> None:
    crew = crew_of(store)
    phone = crew.town.phones["F"]
    crew.said(phone, "ABRIR sm", "ABRIR 1", "CERRAR sm", "1", "DECIDIR agua")
    decided_by_others(crew)
    assert "¿Qué se decidió" not in crew.said(phone, "AYUDA")
