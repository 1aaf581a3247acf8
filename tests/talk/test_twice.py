"""The same reply again within ten minutes hears that it counted already: what it means counts, not how it is said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.player import Phone
from storage import tables as t
from storage.store import Store
from tests.kit import BEGINS, Town

COUNTED = "Ya estas en la lista, Maria."


@pytest.fixture
def town(store: Store) -> Town:
    """San Martín, before anybody wrote."""
    return Town.on(store)


def asked(town: Town, channel: str = "sms") -> Phone:
    """María's phone, asked whether she goes."""
    phone = town.phone(channel)
    for words in ("SANMARTIN", "1", "Maria", "1"):
        phone.say(words)
    return phone


@pytest.mark.parametrize(("first", "again"), [("VOY", "dale"), ("1", "👍"), ("dale", "el 1"), ("1", "Sí, gracias")])
def test_other_words_of_one_meaning_are_the_same_reply(town: Town, first: str, again: str) -> None:
    phone = asked(town)
    assert phone.say(first)[-1].text.startswith("Listo, Maria.")
    assert phone.say(again)[-1].text.startswith(COUNTED)
    assert town.count(t.registration) == 1


@pytest.mark.parametrize("channel", ["whatsapp", "telegram"])
def test_a_tap_and_then_a_number_and_a_number_and_then_a_tap(town: Town, channel: str) -> None:
    phone = asked(town, channel)
    phone.tap("Sí")
    assert phone.say("1")[-1].text.startswith("Ya estás en la lista")
    assert phone.tap("Sí")[-1].text.startswith("Ya estás en la lista")
    other = town.phone(channel, "C2")
    for words in ("SANMARTIN", "1", "Rosa", "1", "1"):
        other.say(words)
    assert other.tap("Sí")[-1].text.startswith("Ya estás en la lista, Rosa.")


@pytest.mark.parametrize("other", ["2", "3", "5", "agua"])
def test_what_means_something_else_is_not_the_same(town: Town, other: str) -> None:
    phone = asked(town)
    phone.say("1")
    assert not phone.say(other)[-1].text.startswith(COUNTED)


def test_another_button_of_the_answered_question_is_an_old_one(town: Town) -> None:
    phone = asked(town, "telegram")
    phone.tap("Sí")
    assert phone.tap("No")[-1].text.startswith("Esa pregunta ya cerró.")


def test_after_ten_minutes_it_is_forgotten(town: Town) -> None:
    phone = asked(town)
    phone.say("1")
    town.at(BEGINS + timedelta(minutes=11))
    assert phone.say("dale")[-1].text.startswith("No tengo una pregunta pendiente.")


def test_nothing_is_done_by_looking_whether_it_is_the_same(town: Town) -> None:
    phone = asked(town)
    phone.say("2")  # not going; then: "choose from home?"
    phone.say("2")
    before = town.rows(t.registration_log, "to_state"), town.count(t.audit_event)
    assert phone.say("nop")[-1].text.startswith("Ya recibi esa respuesta.")
    assert (town.rows(t.registration_log, "to_state"), town.count(t.audit_event)) == before


def test_what_one_of_a_phone_answered_is_no_reply_of_another(town: Town) -> None:
    phone = asked(town)
    for words in ("1", "OTRA", "1", "Luis", "1", "1"):
        phone.say(words)
    assert phone.say("LUIS dale")[-1].text.startswith("Ya estas en la lista, Luis.")
    assert "Luis" not in phone.say("MARIA dale")[-1].text
