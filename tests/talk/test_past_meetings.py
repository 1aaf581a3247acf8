"""Open questions about a meeting that has begun or was called off: not asked again, and a late answer changes nothing.

Also an erasure that nobody confirmed in a day, and one meeting that was asked about in several ways.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.actions import suspend
from bot.player import Phone
from storage import broadcasts, clock
from storage import tables as t
from storage.store import Store
from tests.kit import BEGINS, PANAMA, Town

JOINED = ("SANMARTIN", "1", "Maria", "1")  # the next question is whether she comes
GONE = "Esa reunion ya no esta abierta."
WEEK = timedelta(days=7)


def november(day: int, hour: int = 17, minute: int = 10) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=PANAMA)


def said(phone: Phone, *replies: str) -> list[str]:
    """What came on the last of these replies."""
    return [[shown.text for shown in phone.say(reply)] for reply in replies][-1]


def states(town: Town) -> list[str]:
    return [row.state for row in town.rows(t.registration, "state")]


def reminded(store: Store) -> tuple[Town, Phone]:
    """She has a place and answers the reminder of the day before with what nobody understands."""
    town = Town.on(store)
    phone = town.phone()
    said(phone, *JOINED, "1")
    town.at(november(20, 17, 0))
    phone.read()
    assert said(phone, "kk")[0].endswith("¿Vienes el sab 21 nov? 1 Si 2 No puedo")
    return town, phone


def test_a_reminder_is_not_asked_again_after_its_meeting(store: Store) -> None:
    town, phone = reminded(store)
    town.at(november(27))
    assert phone.read() == []
    assert town.count(t.talk) == 0


@pytest.mark.parametrize("reply", ["1", "2"])
@pytest.mark.parametrize("day", [21, 27])
def test_a_late_answer_to_a_reminder_leaves_who_came_as_it_is(store: Store, reply: str, day: int) -> None:
    town, phone = reminded(store)
    town.store.do(lambda unit: clock.to(unit, november(day)))
    assert said(phone, reply) == [GONE]
    assert said(phone, reply) == [GONE]
    assert states(town) == ["registered"]


@pytest.mark.parametrize("reply", ["1", "2", "3"])
def test_a_late_answer_of_who_never_said_stores_nothing(store: Store, reply: str) -> None:
    town = Town.on(store)
    phone = town.phone()
    said(phone, *JOINED, "kk")
    town.store.do(lambda unit: clock.to(unit, november(21)))
    assert said(phone, reply) == [GONE]
    assert states(town) == []


@pytest.mark.parametrize("words", ["kk", "REPETIR", "ATRAS"])
def test_other_words_do_not_have_the_question_asked_again(store: Store, words: str) -> None:
    town, phone = reminded(store)
    town.store.do(lambda unit: clock.to(unit, november(22)))
    assert "21 nov" not in " ".join(said(phone, words))
    assert town.count(t.talk, conversation="reminder") == 0


def test_a_question_about_the_meeting_does_not_follow_another_word(store: Store) -> None:
    town, phone = reminded(store)
    town.store.do(lambda unit: clock.to(unit, november(22)))
    assert "21 nov" not in " ".join(said(phone, "PRIVACIDAD"))


def test_who_is_still_signing_up_when_it_begins_is_not_asked_whether_she_goes(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    said(phone, *JOINED[:-1])
    town.store.do(lambda unit: clock.to(unit, november(21)))
    assert said(phone, "1") == [GONE]
    assert town.count(t.person) == 1


def test_whether_she_chooses_from_home_is_answered_after_the_meeting(store: Store) -> None:
    town, phone = reminded(store)
    assert "desde tu casa" in said(phone, "2")[0]
    town.store.do(lambda unit: clock.to(unit, november(22)))
    assert said(phone, "2") == ["Esta bien."]


def test_a_place_is_not_given_for_places_together_once_the_meeting_has_begun(store: Store) -> None:
    town = Town.on(store)
    town.capacity("sm1", 3)
    phone = town.phone()
    said(phone, *JOINED, "1")
    town.fill("sm1", 2)
    assert "Te faltan" in said(phone, "CON 2")[0]
    town.store.do(lambda unit: clock.to(unit, november(21)))
    assert said(phone, "2") == [GONE]
    assert states(town) == 3 * ["registered"]


def test_an_offer_that_went_on_is_not_asked_again(store: Store) -> None:
    town = Town.on(store)
    town.capacity("sm1", 1)
    first, phone, next_one = (town.phone(name=name) for name in "CDE")
    said(first, *JOINED, "1")
    for waits in (phone, next_one):
        said(waits, "SANMARTIN", "1", "Luis", "1", "1")
    said(first, "NO VOY")
    town.tick()
    phone.read()
    assert "¿Lo tomas?" in said(phone, "kk")[0]
    town.store.do(lambda unit: clock.to(unit, BEGINS + timedelta(days=3)))
    town.tick()
    assert town.count(t.offer, answer="expired") == 1
    assert "¿Lo tomas?" not in said(phone, "REPETIR")[-1]


def test_who_was_being_asked_hears_once_that_it_is_called_off(store: Store) -> None:
    town = Town.on(store)
    phone, other, third = (town.phone(name=name) for name in "CDE")
    said(phone, *JOINED, "kk")
    said(other, "SANMARTIN", "1", "Luis", "1", "1")
    said(third, "SANMARTIN", "1", "Rosa")  # has not read of it yet
    town.at(BEGINS + timedelta(days=1))
    words = town.app.catalogues
    shown = town.store.read(lambda unit: suspend.preview(unit, words, "sm1", "lluvia"))
    ledger = town.store.do(lambda unit: suspend.suspend(unit, words, "sm1", "lluvia", by="ana", expect=2))
    assert (shown.people, ledger.audience) == (2, 2)
    town.tick()
    assert ["se suspendio por lluvia" in one.text for one in phone.read()] == [True]
    assert (len(other.read()), len(third.read())) == (1, 0)
    now = town.store.read(lambda unit: broadcasts.ledger(unit, ledger.broadcast_id))
    assert now.audience == now.sent == 2
    for days in (7, 8, 14, 15):
        town.at(BEGINS + timedelta(days=days, minutes=5))
        assert [one.text for one in phone.read()] == []


def test_an_answer_to_what_was_called_off_says_so(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    said(phone, *JOINED)
    words = town.app.catalogues
    town.store.do(lambda unit: suspend.suspend(unit, words, "sm1", "lluvia", by="ana", expect=1))
    assert "se suspendio por lluvia" in said(phone, "2")[-1]
    assert states(town) == []


# --- an erasure that nobody confirms ------------------------------------------------------------------------------


def test_an_erasure_is_not_confirmed_after_a_day_and_begins_anew(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    said(phone, *JOINED, "1", "BORRAR")
    town.at(BEGINS + timedelta(hours=26))
    assert said(phone, "BORRAR")[0].endswith("Para confirmar, escribe BORRAR.")
    assert town.count(t.person, erased_at=None) == 1
    assert said(phone, "BORRAR")[0].startswith("Hecho.")


def test_an_erasure_is_never_asked_again(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    said(phone, *JOINED, "1", "BORRAR")
    town.at(BEGINS + WEEK + timedelta(minutes=1))
    assert phone.read() == []
    assert town.count(t.talk) == 0


# --- one meeting, asked about in several ways ---------------------------------------------------------------------


def test_one_meeting_is_asked_about_once(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    said(phone, *JOINED, "CON 0", "voy con mi hija y un vecino", "1")
    assert town.count(t.talk) == 3
    town.at(BEGINS + WEEK + timedelta(minutes=1))
    assert [shown.text[:16] for shown in phone.read()] == ["Nos quedamos en:"]
    assert said(phone, "1")[0].startswith("Listo, Maria. Vas el sab 21 nov")
    assert states(town) == 3 * ["registered"]
    assert town.count(t.talk) == 0
