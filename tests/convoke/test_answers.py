"""What people answer to an invitation and to a reminder, on the real turn."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.actions import announce
from bot.player import Phone, Shown
from storage import tables as t
from storage.store import Store
from tests.kit import BEGINS, PANAMA, Town

DAY_BEFORE = datetime(2026, 11, 20, 17, 0, tzinfo=PANAMA)


@pytest.fixture
def town(store: Store) -> Town:
    return Town.on(store, BEGINS)


def known(town: Town, name: str, channel: str = "sms") -> Phone:
    """Somebody who gave permission, and was asked nothing yet."""
    phone = town.phone(channel, name, profile="")
    for said in ("SANMARTIN", "1", name, "1", "3"):
        phone.say(said)
    town.store.do(lambda unit: unit.db.execute(t.registration_log.delete()).rowcount)
    town.store.do(lambda unit: unit.db.execute(t.registration.delete()).rowcount)
    return phone


def invited(town: Town, *phones: Phone) -> list[list[Shown]]:
    town.store.do(lambda unit: announce.announce(unit, town.app.catalogues, "sm1", "yaneth", len(phones)))
    return [phone.read() for phone in phones]


def places(town: Town) -> list[str]:
    return [row.state for row in town.rows(t.registration, "state")]


@pytest.mark.parametrize(
    ("said", "state"), [("1", "registered"), ("no", "declined"), ("3", "unsure"), ("aún no sé", "unsure")]
)
@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_the_answer_to_an_invitation_counts(town: Town, channel: str, said: str, state: str) -> None:
    phone = known(town, "Ana", channel)
    [[shown]] = invited(town, phone)
    assert "¿Vas?" in shown.text
    phone.say(said)
    assert places(town) == [state]


def test_a_button_of_the_invitation_registers_once(town: Town) -> None:
    phone = known(town, "Ana", "telegram")
    invited(town, phone)
    [told] = phone.tap("Sí")
    assert "Listo, Ana. Vas el sábado 21 nov, 3:30 pm, Casa Comunal. Tu código es" in told.text
    [again] = phone.tap("Sí")
    assert places(town) == ["registered"]
    assert "Ya estás en la lista" in again.text


def test_a_full_session_tells_the_place_in_the_queue_before_it_is_taken(town: Town) -> None:
    phone = known(town, "Ana")
    town.capacity("sm1", 1)
    invited(town, phone)
    town.fill("sm1", 1)
    [told] = phone.say("1")
    assert "el cupo esta lleno" in told.text
    assert "waiting" not in places(town)
    phone.say("1")
    assert places(town) == ["registered", "waiting"]


def test_who_registered_by_herself_in_the_meantime_keeps_her_place(town: Town) -> None:
    phone = known(town, "Ana")
    invited(town, phone)
    phone.say("SANMARTIN")
    phone.say("1")
    phone.say("1")
    assert places(town) == ["registered"]


def test_an_invitation_to_a_session_that_is_over_answers_nothing(town: Town) -> None:
    phone = known(town, "Ana")
    invited(town, phone)
    town.at(datetime(2026, 11, 21, 16, 0, tzinfo=PANAMA))
    phone.say("1")
    assert places(town) == []


def registered(town: Town, name: str = "Ana") -> Phone:
    phone = town.phone("sms", name)
    for said in ("SANMARTIN", "1", name, "1", "1"):
        phone.say(said)
    return phone


def test_the_reminder_asks_and_a_yes_keeps_the_place(town: Town) -> None:
    phone = registered(town)
    town.at(DAY_BEFORE - timedelta(minutes=1))
    assert phone.read() == []
    town.at(DAY_BEFORE)
    [asked] = phone.read()
    [place] = town.rows(t.registration, "code")
    assert asked.text == (
        f"Mañana, sab 21 nov, 3:30 pm, es el laboratorio. Lugar: Casa Comunal. Codigo: {place.code}."
        " ¿Vienes? 1 Si 2 No puedo"
    )
    [told] = phone.say("1")
    assert told.text.startswith("Gracias, Ana. Te esperamos el sab 21 nov, 3:30 pm, Casa Comunal.")
    assert places(town) == ["registered"]


def test_a_no_to_the_reminder_frees_the_place_at_once_for_the_next(town: Town) -> None:
    town.capacity("sm1", 1)
    phone = registered(town)
    town.phone("sms", "Luis")
    waits = registered(town, "Luis")
    waits.say("1")
    assert places(town) == ["registered", "waiting"]
    town.at(DAY_BEFORE)
    phone.read()
    waits.read()
    [told] = phone.say("2")
    assert told.text.startswith("Gracias por avisar, Ana. Le damos tu lugar a otra persona.")
    assert places(town) == ["cancelled", "offered"]
    town.tick()
    [offered] = waits.read()
    assert "se abrio un lugar" in offered.text


def test_the_words_of_a_no_are_understood_too(town: Town) -> None:
    phone = registered(town)
    town.at(DAY_BEFORE)
    phone.read()
    phone.say("no puedo")
    assert places(town) == ["cancelled"]


def test_two_on_one_phone_are_reminded_each_and_answer_each(town: Town) -> None:
    phone = registered(town)
    for said in ("mi esposo también", "1", "Luis", "1", "1"):
        phone.say(said)
    town.at(DAY_BEFORE)
    assert len(phone.read()) == 2
    phone.say("2")
    phone.say("1")
    phone.say("1")
    assert sorted(places(town)) == ["cancelled", "registered"]


def test_after_leaving_no_invitation_comes(town: Town) -> None:
    phone = known(town, "Ana")
    town.store.do(lambda unit: announce.announce(unit, town.app.catalogues, "sm1", "yaneth", 1))
    phone_said = phone.say("SALIR")
    assert [shown.text for shown in phone_said if "¿Vas?" in shown.text] == []
    town.store.do(lambda unit: unit.db.execute(update(t.outbox).values(due_at=unit.now)).rowcount)
    assert phone.read() == []
    [row] = town.rows(t.recipient, "state", "reason")
    assert (row.state, row.reason) == ("skipped", "opted_out")
