"""An offered place that somebody's own words open is asked about once: the clock, told later, is silent."""

from __future__ import annotations

from datetime import datetime

from bot.player import Phone
from storage import tables as t
from storage.store import Store
from tests.kit import PANAMA, Town
from tests.script import ACTS


def asked_for_it(village: Town, phone: Phone) -> int:
    """How many messages on this phone ask whether the places are taken, once the queue has been told and sent."""
    village.tick()
    phone.read()
    return sum(shown.text.endswith(("¿Lo tomas? 1 Si 2 No", "¿Los tomas? 1 Si 2 No")) for shown in phone.screen)


def waits_alone(village: Town) -> Phone:
    """Ana and who comes with her wait for three places; two are there, so that she alone would fit."""
    phone = village.phone("sms")
    village.capacity("sm1", 3)
    village.fill("sm1", 3)
    for words in ("SANMARTIN", "1", "Ana", "1", "1"):
        phone.say(words)
    phone.say("CON 1")
    village.capacity("sm1", 4)
    return phone


def test_an_offer_opened_by_the_words_of_who_waits_is_not_asked_again_by_the_clock(store: Store) -> None:
    village = Town.on(store)
    phone = waits_alone(village)
    assert "¿Lo tomas?" in phone.say("CON 0")[-1].text  # so few fit at once
    assert asked_for_it(village, phone) == 1
    assert "El lugar es tuyo" in phone.say("1")[-1].text


def test_an_offer_that_waits_for_the_morning_is_not_asked_again_after_the_keyword(store: Store) -> None:
    village = Town.on(store)
    phone = waits_alone(village)
    village.at(datetime(2026, 11, 12, 22, 0, tzinfo=PANAMA))
    village.capacity("sm1", 5)
    ACTS["freed"](village, "sm1")
    assert asked_for_it(village, phone) == 0  # it is night
    assert "Hay tiempo" not in (told := phone.say("SANMARTIN")[-1].text)
    assert "se abrieron 2 lugares para el sab 21 nov, 3:30 pm. Tienes hasta el" in told
    village.at(datetime(2026, 11, 13, 9, 0, tzinfo=PANAMA))
    assert asked_for_it(village, phone) == 1
    assert [row.reason for row in village.rows(t.recipient, "reason")][-1:] == ["asked"]
    assert "para 2" in phone.say("1")[-1].text


def test_an_offer_shown_by_words_that_runs_out_is_taken_back_in_words(store: Store) -> None:
    village = Town.on(store)
    phone, other = waits_alone(village), village.phone("sms", "C2")
    phone.say("CON 0")
    for words in ("SANMARTIN", "1", "Kevin", "1", "1"):
        other.say(words)
    village.at(datetime(2026, 11, 16, 10, 0, tzinfo=PANAMA))
    phone.read()
    assert [s.text for s in phone.screen if "paso a otra persona" in s.text]
