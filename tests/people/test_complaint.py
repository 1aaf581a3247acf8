"""A complaint about somebody by name: on no list, read by one person of the team; who meant no harm loses a word."""

from __future__ import annotations

from datetime import date

import pytest

from bot.upset import accuses
from storage import handovers
from storage import tables as t
from storage.store import Store
from tests.kit import Town
from tests.staff.crew import Crew

SAID = "el representante Pérez se robó la plata del tanque"
ASKED = "Una queja sobre una persona no sale en ninguna lista. ¿Es una queja? 1 Si 2 No, es una idea"
APART = "Eso no va en la lista publica. Lo lee una sola persona del equipo y te escribe."
HURT = "mi padre le pega a mi madre"
HURT_ASKED = "Gracias por decirlo. ¿Quieres que te escriba una persona del equipo? 1 Si 2 No"


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        "EL REPRESENTANTE SE ROBO LA PLATA",
        "se robó el dinero el alcalde",
        "Pedro Gómez vende droga en la escuela",
        "el director es un corrupto",
        "the mayor stole the money for the pump",
        "mi padre le robó la plata a la escuela",
    ],
)
def test_who_accuses_somebody_is_heard(text: str) -> None:
    assert accuses(text) == "did"


@pytest.mark.parametrize(
    "text",
    [
        HURT,
        "Don Pedro golpea a su mujer",
        "Pedro amenazó a mi hermana",
        "mi vecino dice que Juan Pérez abusó de una niña",
        "la maestra Rosa le pega a los niños",
        "mi marido me pega",
        "me pega mi esposo",
        "mi tío violó a mi prima",
        "Mr Brown threatens the neighbours",
        "my husband hits me",
    ],
)
def test_who_was_hurt_is_heard(text: str) -> None:
    assert accuses(text) == "hurt"


@pytest.mark.parametrize(
    "text",
    [
        "el puente de la quebrada se inunda y los niños no pueden ir a la escuela",
        "se robaron el cable de la luz en San Martín",
        "en San Martín se roban las tejas",
        "alguien robó la bomba de agua",
        "Nos robaron la bomba de agua",
        "el alcalde no arregla el camino",
        "que el representante venga a la reunión",
        "hace falta un policía de noche porque hay robos",
        "el agua golpea la pared de la casa de don Pedro",
        "el director de la escuela pide un techo",
        "la quebrada Honda mató tres vacas",
        "el río Chagres mató dos caballos",
        "mi hermano pide luz en la cancha",
        "la corriente mató a mi hermano",
        "1",
        "",
        "Ana",
        "the mayor should repair the road",
    ],
)
def test_what_is_wrong_somewhere_is_an_idea(text: str) -> None:
    assert not accuses(text)


def known(store: Store) -> Town:
    """Ana has signed up."""
    town = Town.on(store)
    for words in ("SANMARTIN", "1", "Ana", "1", "1"):
        town.phone("sms", "C").say(words)
    return town


@pytest.mark.parametrize("begins", [(f"IDEA {SAID}",), ("IDEA", SAID), (SAID,)])
def test_a_complaint_is_no_idea_and_one_person_reads_it(store: Store, begins: tuple[str, ...]) -> None:
    town = known(store)
    phone = town.phones["C"]
    assert [phone.say(words) for words in begins][-1][-1].text == ASKED
    assert phone.say("1")[-1].text == APART
    assert town.count(t.contribution) == 0
    assert town.count(t.not_understood) == 0
    assert [row.reason for row in town.rows(t.handover, "reason")] == ["complaint"]
    phone.say("no hay luz en la cancha")  # the idea that it would have been is over
    assert town.count(t.contribution) == 0


@pytest.mark.parametrize("begins", [(f"IDEA {HURT}",), ("IDEA", HURT), (HURT,)])
def test_who_was_hurt_is_asked_for_nothing_but_a_person(store: Store, begins: tuple[str, ...]) -> None:
    town = known(store)
    phone = town.phones["C"]
    assert [phone.say(words) for words in begins][-1][-1].text == HURT_ASKED
    assert phone.say("1")[-1].text == "Lo lee una sola persona del equipo y te escribe, hoy o mañana."
    assert [row.reason for row in town.rows(t.handover, "reason")] == ["complaint"]
    address = town.rows(t.handover, "address_id")[0].address_id
    assert "padre" not in store.read(lambda unit: handovers.last_words(unit, address))
    (waits,) = store.read(lambda unit: handovers.open_at(unit, address))
    assert HURT in (store.do(lambda unit: handovers.take(unit, waits, "staff:F")) or "")
    phone.say("no hay luz en la cancha")
    assert town.count(t.contribution) == 0


@pytest.mark.parametrize("begins", [(f"IDEA {HURT}",), ("IDEA", HURT), (HURT,)])
def test_who_was_hurt_and_wants_nobody_leaves_no_trace(store: Store, begins: tuple[str, ...]) -> None:
    town = known(store)
    phone = town.phones["C"]
    for words in begins:
        phone.say(words)
    told = phone.say("2")[-1].text
    assert told == "Esta bien. No guardamos ese mensaje. Para hablar con una persona, escribe PERSONA."
    assert town.count(t.handover) == town.count(t.contribution) == town.count(t.not_understood) == 0
    kept = [*town.rows(t.inbound, "payload"), *town.rows(t.talk, "args", "state")]
    assert "padre" not in " ".join(map(str, kept))


def test_while_she_has_not_answered_nobody_of_the_team_reads_it(store: Store) -> None:
    town = known(store)
    phone = town.phones["C"]
    for words in ("PERSONA", HURT):
        phone.say(words)
    address = town.rows(t.handover, "address_id")[0].address_id
    assert "padre" not in store.read(lambda unit: handovers.last_words(unit, address))


@pytest.mark.parametrize("begins", [(f"IDEA {SAID}",), ("IDEA", SAID), (SAID,)])
def test_who_meant_an_idea_says_so_and_goes_on(store: Store, begins: tuple[str, ...]) -> None:
    town = known(store)
    phone = town.phones["C"]
    for words in begins:
        phone.say(words)
    assert "Es la idea 1" in phone.say("2")[-1].text
    (row,) = town.rows(t.contribution, "text")
    assert row.text == SAID
    assert town.count(t.handover) == 0


def test_without_a_number_nothing_leads_from_the_idea_to_a_phone(store: Store) -> None:
    town = known(store)
    phone = town.phones["C"]
    for words in ("OTRA", "1", "Luis", "1", "1", f"IDEA {SAID}", "2", "2", "2"):
        shown = phone.say(words)
    assert "sin tu numero: idea 1" in shown[0].text
    assert "Pérez" not in str([row.payload for row in town.rows(t.inbound, "payload")])


def test_the_line_of_the_country_is_named(store: Store) -> None:
    town = known(store)
    row = {"line": "999", "words": ["sos azul"], "reviewed_by": "prueba", "reviewed_on": date(2026, 11, 1)}
    town.store.do(lambda unit: unit.db.execute(t.help_line.insert().values(country="PA", **row)))
    town.phones["C"].say(SAID)
    assert town.phones["C"].say("1")[-1].text == f"{APART} Si hay peligro, llama al 999."
    for answer in ("1", "2"):
        town.phones["C"].say(HURT)
        assert town.phones["C"].say(answer)[-1].text.endswith("Si hay peligro, llama al 999.")


def test_only_who_opens_it_first_reads_the_words(store: Store) -> None:
    crew = Crew(store)
    crew.said(crew.town.phone("telegram", "C"), "SANMARTIN", "1", "Ana", "1", "1", "PERSONA", SAID, "1")
    first, second = crew.join("F"), crew.join("G")
    other, complaint = (row.id for row in crew.town.rows(t.handover, "id"))
    assert "Pérez" not in crew.said(first, f"RESPONDER {other}")
    crew.said(first, "NADA")
    assert SAID in crew.said(first, f"RESPONDER {complaint}")
    assert crew.said(second, f"RESPONDER {complaint}") == "Ese mensaje lo lee otra persona del equipo."
    assert "Enviado" in crew.said(first, "Gracias, Ana.")
    address = crew.town.rows(t.handover, "address_id")[0].address_id
    assert "Pérez" not in store.read(lambda unit: handovers.last_words(unit, address))


def test_when_its_day_is_over_another_may_read_it(store: Store) -> None:
    crew = Crew(store)
    crew.said(crew.town.phone("telegram", "C"), "SANMARTIN", "1", "Ana", "1", "1", SAID, "1")
    first, second = crew.join("F"), crew.join("G")
    crew.said(first, "RESPONDER 1")
    late = t.handover.update().values(due_at=store.read(lambda unit: unit.now))
    store.do(lambda unit: unit.db.execute(late))
    assert SAID in crew.said(second, "RESPONDER 1")


def test_the_team_is_not_asked_what_it_writes(store: Store) -> None:
    crew = Crew(store)
    crew.said(crew.town.phone("telegram", "C"), "SANMARTIN", "1", "Ana", "1", "1", "PERSONA")
    phone = crew.join("F")
    assert "Enviado" in crew.said(phone, "RESPONDER 1", "El representante Pérez robó, dice la gente.")
