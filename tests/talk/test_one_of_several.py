"""Several questions are open on one phone: each answer ends its own, and nobody else's."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.player import Phone, Said, Shown
from bot.sms import fold_acute, sms_text
from storage import tables as t
from storage.store import Store
from tests.kit import PANAMA, Town
from tests.script import ACTS

HOUSE = ("SANMARTIN", "1", "Ana", "1", "1", "mi esposo tambien", "1", "Luis", "1", "1")
EVE = datetime(2026, 11, 20, 17, tzinfo=PANAMA)


def said(phone: Phone, *words: str) -> str:
    """What came back to the last of these."""
    texts: list[str] = []
    for word in words:
        texts = [shown.text for shown in phone.say(word)]
    return " ".join(texts)


def tapped(phone: Phone, shown: Shown, place: int) -> str:
    """A button of a message that is not the newest one."""
    return " ".join(one.text for one in phone._send(Said(button=shown.options[place].data)))


def states(town: Town) -> list[str]:
    """Of the places, in the order they were taken."""
    return [row.state for row in town.rows(t.registration, "id", "state")]


@pytest.mark.parametrize(("first", "then"), [("LUIS 1", "ANA 2"), ("Ana 1", "LUIS 2")])
def test_two_reminders_on_one_phone_are_answered_each(store: Store, first: str, then: str) -> None:
    town = Town.on(store)
    phone = town.phone()
    said(phone, *HOUSE)
    town.at(EVE)
    assert len(phone.read()) == 2
    said(phone, first)
    assert "Gracias por avisar" in said(phone, then)
    assert sorted(states(town)) == ["cancelled", "registered"]


def test_two_reminders_on_one_phone_are_tapped_each(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone("whatsapp")
    said(phone, *HOUSE)
    town.at(EVE)
    hers, his = phone.read()
    tapped(phone, his, 0)
    assert "Gracias por avisar" in tapped(phone, hers, 1)
    assert states(town) == ["cancelled", "registered"]


def test_who_signs_up_answers_nobody_else_s_reminder(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    said(phone, *HOUSE[:5])
    town.at(EVE)
    phone.read()
    said(phone, *HOUSE[5:])
    assert "Gracias por avisar" in said(phone, "ANA 2")
    assert states(town) == ["cancelled", "registered"]


def test_cancelar_leaves_one_question_and_the_next_is_asked(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    told = said(phone, "SANMARTIN", "1", "Ana", "1", "IDEA", "CANCELAR", "2")
    assert "la dejamos" in told
    assert "¿Vas el" in told
    assert "Listo, Ana" in said(phone, "1")
    assert states(town) == ["registered"]


def test_cancelar_of_one_leaves_the_question_of_another(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    said(phone, *HOUSE, "ANA NECESITO", "LUIS CANCELAR", "LUIS 2")
    assert "Anotado" in said(phone, "ANA 6")


# --- a permission is what was shown -------------------------------------------------------------------------------


def consents(town: Town) -> list[tuple[str, str]]:
    return [(row.lang, row.text) for row in town.rows(t.consent, "lang", "text")]


def test_who_changes_the_language_agreed_to_what_she_had_read(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    shown = said(phone, "SANMARTIN")
    assert "Do you accept?" in said(phone, "english")
    said(phone, "1", "Ana", "1")
    assert [(lang, sms_text(fold_acute(text))) for lang, text in consents(town)] == [("es", shown)]


def test_who_reads_it_again_in_her_language_agreed_to_that(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    said(phone, "SANMARTIN", "english")
    shown = said(phone, "REPITE")
    assert "We keep your name" in shown
    said(phone, "1", "Ana", "1")
    assert consents(town) == [("en", shown)]


# --- choosing from home -------------------------------------------------------------------------------------------


def not_coming(town: Town, phone: Phone) -> str:
    return said(phone, "SANMARTIN", "1", "Beto", "1", "2")


def test_whether_she_chooses_from_home_is_not_asked_of_who_has_chosen(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    assert "¿Quieres elegir desde tu casa?" in not_coming(town, phone)
    ACTS["open"](town, "sm")
    phone.read()
    assert "desde tu casa" not in said(phone, "ELEGIR 2 5")
    assert "desde tu casa" not in said(phone, "1")


@pytest.mark.parametrize(
    ("before", "told"),
    [((), "¿Qué debe ir primero"), (("close",), "terminó")],
)
def test_a_yes_to_it_is_answered_by_what_is_so_now(store: Store, before: tuple[str, ...], told: str) -> None:
    town = Town.on(store)
    phone = town.phone("telegram")
    asked = "¿Quieres elegir desde tu casa?"
    said(phone, "SANMARTIN", "1", "Beto", "1", "2")
    button = next(shown for shown in phone.screen if asked in shown.text)
    ACTS["open"](town, "sm")
    for act in before:
        ACTS[act](town, "sm")
    phone.read()
    assert told in tapped(phone, button, 0)


# --- choosing on one phone ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", ["Ana 2 5 1", "Ana 3", "Ana: 2 5 1"])
def test_who_writes_is_answered_by_a_name_and_a_choice(store: Store, again: str) -> None:
    """The form that the phone was taught: nobody is told that a name has letters."""
    town = Town.on(store)
    phone = town.phone()
    said(phone, *HOUSE)
    ACTS["open"](town, "sm")
    phone.read()
    assert "¿Quien escribe?" in said(phone, "2 5 1")
    assert "Anotado" in said(phone, again)
    assert "Anotado" in said(phone, "LUIS 3")
    assert town.count(t.ballot) == 2
