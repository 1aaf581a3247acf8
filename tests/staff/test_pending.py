"""What waits for the team, and the answer to a neighbour who asked for a person."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.actions import answer, contest, suspend
from bot.actions.staff import pending
from bot.errors import Refused
from storage import tables as t
from storage.store import Store
from tests.kit import parts
from tests.staff.crew import Crew

WORDS = parts().catalogues


def asked(store: Store, channel: str = "telegram") -> Crew:
    crew = Crew(store)
    crew.said(crew.town.phone(channel, "C"), "SANMARTIN", "1", "Ana", "1", "1", "PERSONA")
    return crew


def test_a_neighbour_who_asked_is_in_the_list_and_gone_once_answered(store: Store) -> None:
    crew = asked(store)
    phone = crew.join("F")
    number = crew.town.rows(t.handover, "id")[0].id
    assert f"Ana espera a una persona, hasta el viernes 13 nov. RESPONDER {number}" in crew.said(phone, "PENDIENTES")
    crew.said(phone, f"RESPONDER {number}", "El bus sale a las 2.")
    assert crew.town.phones["C"].read()[-1].text == "El bus sale a las 2. (El equipo de la Junta Comunal de Ejemplo)"
    assert crew.said(phone, "PENDIENTES") == "No hay nada pendiente."
    assert [row.actor[:8] for row in crew.audit("handover.answered")] == ["staff:F-"]


def test_two_answer_at_once_and_one_is_sent(store: Store) -> None:
    crew = asked(store)
    phones = [crew.join(name) for name in ("F", "G")]
    for phone in phones:
        crew.said(phone, "RESPONDER")
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda phone: crew.said(phone, "Hola."), phones))
    assert sorted("Enviado" in text for text in told) == [False, True]
    assert "Esa persona ya tiene respuesta." in told
    assert len(crew.town.phones["C"].read()) == 1


def test_an_answer_to_who_is_erased_meanwhile_reaches_nobody_else(store: Store) -> None:
    crew = asked(store)
    phone, other = crew.join("F"), crew.town.phone("telegram", "D")
    crew.said(phone, "RESPONDER")
    crew.said(crew.town.phones["C"], "BORRAR", "BORRAR")
    crew.said(other, "SANMARTIN", "1", "Luis", "1", "1", "PERSONA")
    assert crew.said(phone, "Lamento lo de tu hijo.") == "Esa persona ya tiene respuesta."
    assert other.read() == []
    assert [row.done_at for row in crew.town.rows(t.handover, "done_at")] == [None]


def test_by_sms_an_answer_is_one_segment(store: Store) -> None:
    crew = asked(store, "sms")
    number = crew.town.rows(t.handover, "id")[0].id
    with pytest.raises(Refused, match="Por SMS caben 100 letras"):
        store.do(lambda unit: answer.answer(unit, WORDS, number, "x" * 140, by="t"))
    with pytest.raises(Refused, match="Escríbelo con letras"):
        store.do(lambda unit: answer.answer(unit, WORDS, number, "\x01😀", by="t"))
    assert crew.audit("handover.answered") == []


def test_a_lab_sees_its_own_and_a_stranger_is_everybodys(store: Store) -> None:
    crew = asked(store)
    other = crew.join("F", lab="san-martin-bocas")
    assert crew.said(other, "PENDIENTES") == "No hay nada pendiente."
    crew.said(crew.town.phone("telegram", "X"), "PERSONA")
    assert "espera a una persona" in crew.said(other, "PENDIENTES")


def test_a_session_that_nobody_closed_waits(store: Store) -> None:
    crew = Crew(store)
    crew.town.at(store.read(lambda unit: unit.now).replace(day=22))
    found = {(item.kind, item.about) for item in store.read(pending.read)}
    assert ("unclosed", "sm1") in found
    phone = crew.join("F")
    assert "TERMINAR sm1" in crew.said(phone, "PENDIENTES")
    assert crew.said(phone, "TERMINAR") == "¿Cuántas personas contaste en la sala?"


def test_what_was_closed_early_is_late_only_after_the_day_people_were_told(store: Store) -> None:
    crew = Crew(store)
    store.do(lambda unit: contest.open_(unit, WORDS, "sm", "t", 0))
    store.do(lambda unit: contest.close_(unit, WORDS, "sm", "t"))
    waiting = [item for item in store.read(pending.read) if item.kind == "undecided"]
    assert {item.late for item in waiting} == {False}
    crew.town.at(waiting[0].due or store.read(lambda unit: unit.now))
    assert {item.late for item in store.read(pending.read) if item.kind == "undecided"} == {True}


def test_who_comes_to_what_was_called_off_reads_that_it_was(store: Store) -> None:
    crew = Crew(store)
    store.do(lambda unit: suspend.suspend(unit, WORDS, "sm1", "lluvia", by="t", expect=0))
    told = crew.said(crew.join("F"), "QUIEN VIENE sm1")
    assert told.startswith("La sesión sm1 se suspendió.")
    assert "Quedan" not in told


def test_who_asks_and_is_not_understood_stands_there_once(store: Store) -> None:
    crew = asked(store)
    crew.said(crew.town.phone("telegram", "C"), "ELEGIR", "ñññ qqq", "www zzz", "xxx www")
    crew.said(crew.town.phone("telegram", "D"), "SANMARTIN", "zzz", "www", "PERSONA")
    assert len(crew.town.rows(t.handover, "reason")) == 2
    assert crew.said(crew.join("F"), "PENDIENTES").count("espera a una persona") == 2


@pytest.mark.parametrize("said", ["Soy Delia, escribo el martes", "Hola Kevin, te llamo el lunes", "NO"])
def test_what_she_answers_goes_out_as_it_is(store: Store, said: str) -> None:
    crew = asked(store)
    phone = crew.join("Delia")
    number = crew.town.rows(t.handover, "id")[0].id
    signed = f"{said} (El equipo de la Junta Comunal de Ejemplo)"
    assert crew.said(phone, f"RESPONDER {number}", said) == f"Enviado: «{signed}»"
