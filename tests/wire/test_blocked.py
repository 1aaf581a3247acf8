"""Who blocks us, who must wait, who can not be written to this way: seen from both ends of the wire."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import update

from fakes.provider import Throttle
from storage import tables as t
from storage.store import Store
from tests.kit import BEGINS
from tests.wire.acts import (
    address,
    consents,
    neighbour,
    pause,
    recipients,
    rows,
    said,
    second_phone,
    slot_in,
    tell,
)
from tests.wire.house import Ground, House
from tests.wire.phones import WAYS, WirePhone, WireTown
from tests.wire.providers import RICH, approved, providers

BOT = "telegram:7000001"
NEWS = approved("invitacion_laboratorio", "Hola, {{1}}. Hay una novedad de tu barrio. Te esperamos.")
DAY = timedelta(hours=25)


@contextmanager
def town_over(ground: Ground, store: Store, way: str, *, template: bool = False) -> Iterator[WireTown]:
    """A town one way; at its end every specification was kept."""
    contents = (*RICH, NEWS) if template else RICH
    with providers(WAYS[way].provider, contents=contents) as fakes, House(ground, store, fakes) as house:
        yield WireTown.over(house, WAYS[way])
        house.rest()
        fakes.good()


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database: the other has the storage's own tests."""
    return sqlite_url


# --- blocked ----------------------------------------------------------------------------------------------------------


def test_who_blocks_the_bot_is_unreachable_keeps_the_permission_and_is_back_by_writing(
    ground: Ground, store: Store
) -> None:
    with town_over(ground, store, "telegram") as town:
        house, ana = town.house, neighbour(town, "Ana")
        before, telegram = consents(house), house.fakes.telegram
        telegram.blocked.add(ana.number)  # without the word that Telegram mostly sends: the first 403 tells
        tell(house, "uno")
        assert ana.read() == []
        assert not address(house, ana).reachable
        assert recipients(house) == [("failed", "gone")]
        assert consents(house) == before
        tell(house, "dos")
        assert recipients(house)[1:] == [("skipped", "unreachable")]

        telegram.blocked.remove(ana.number)
        ana.say("hola")
        assert address(house, ana).reachable
        tell(house, "tres")
        assert [shown.text for shown in ana.read()] == ["telegram: tres"]
        assert recipients(house)[2:] == [("sent", None)]
        assert consents(house) == before


def test_telegram_says_who_blocks_and_who_comes_back(ground: Ground, store: Store) -> None:
    with town_over(ground, store, "telegram") as town:
        house, ana = town.house, neighbour(town, "Ana")
        before, telegram = consents(house), house.fakes.telegram
        assert telegram.block(ana.number).status == 200
        assert not address(house, ana).reachable
        tell(house, "uno")
        assert recipients(house) == [("skipped", "unreachable")]
        assert telegram.unblock(ana.number).status == 200
        assert address(house, ana).reachable
        tell(house, "dos")
        assert [shown.text for shown in ana.read()] == ["telegram: dos"]
        assert consents(house) == before


def test_who_is_blocked_on_sms_is_unreachable_until_they_write(ground: Ground, store: Store) -> None:
    with town_over(ground, store, "twilio") as town:
        house, ana = town.house, neighbour(town, "Ana")
        before, twilio = consents(house), house.fakes.twilio
        twilio.blocked.add(ana.number)
        tell(house, "uno")
        assert ana.read() == []
        twilio.settle()  # the carrier tells it afterwards: 30004
        assert not address(house, ana).reachable
        assert recipients(house) == [("failed", "refused")]
        twilio.blocked.remove(ana.number)
        ana.say("hola")
        tell(house, "dos")
        house.store.do(lambda unit: unit.db.execute(update(t.talk).values(pending=None)))  # "hola" has opened a menu
        assert "sms: dos" in [shown.text for shown in ana.read()]
        assert consents(house) == before


# --- too fast ---------------------------------------------------------------------------------------------------------


def test_after_too_fast_the_sender_waits_and_then_answers_first(ground: Ground, store: Store) -> None:
    with town_over(ground, store, "telegram") as town:
        house = town.house
        phones = [neighbour(town, name) for name in ("Ana", "Luis", "Rosa")]
        house.store.do(lambda unit: unit.db.execute(update(t.sender).values(interval_us=100_000)))
        telegram = house.fakes.telegram
        telegram.plan(Throttle(30))
        tell(house, "ven")
        telegram.until(lambda: telegram.log[-1].misbehaved == "Throttle")
        house.rest()
        assert 28 < slot_in(house, BOT) <= 32
        asked = len(telegram.calls("sendMessage"))
        telegram.write(phones[2].number, "SANMARTIN")
        house.rest()
        waiting = rows(house, t.outbox, state="pending")
        assert [(row.kind, row.attempt, row.attempts) for row in waiting] == [
            *[("broadcast", 1, 0)] * 3,
            ("reply", 1, 0),
        ]
        assert len(telegram.calls("sendMessage")) == asked

        pause(house, BOT, 0)
        house.rest()
        texts = [said(call.params) for call in telegram.calls("sendMessage")[asked:]]
        assert texts[0].startswith("Ya estás en la lista, Rosa.")
        assert texts[1:] == ["telegram: ven"] * 3
        assert {(row.state, row.attempt, row.attempts) for row in rows(house, t.outbox)} == {("sent", 1, 0)}
        assert recipients(house) == [("sent", None)] * 3


# --- WhatsApp outside of its 24 hours ---------------------------------------------------------------------------------


def whatsapp_and_sms(town: WireTown) -> tuple[WirePhone, WirePhone]:
    """Ana, who writes by WhatsApp and has written an SMS once."""
    ana = neighbour(town, "Ana")
    sms = second_phone(town.house, ana, "sms")
    assert sms.read() == []
    return ana, sms


def test_after_24_hours_the_approved_template_goes(ground: Ground, store: Store) -> None:
    with town_over(ground, store, "whatsapp", template=True) as town:
        house, (ana, sms) = town.house, whatsapp_and_sms(town)
        house.leap(BEGINS + DAY)
        tell(house, "ven", template="invitacion_laboratorio")
        assert [shown.text for shown in ana.read()] == ["Hola, Ana. Hay una novedad de tu barrio. Te esperamos."]
        assert house.fakes.twilio.calls("CreateMessage")[-1].params["ContentSid"] == NEWS.sid
        assert sms.read() == []
        assert recipients(house) == [("sent", None)]


def test_within_24_hours_it_is_said_in_our_own_words(ground: Ground, store: Store) -> None:
    with town_over(ground, store, "whatsapp", template=True) as town:
        house, ana = town.house, neighbour(town, "Ana")
        house.leap(BEGINS + timedelta(hours=23))
        tell(house, "ven", template="invitacion_laboratorio")
        assert [shown.text for shown in ana.read()] == ["whatsapp: ven"]


@pytest.mark.parametrize("template", ["", "unknown"])
def test_after_24_hours_without_a_template_it_goes_by_sms_once(ground: Ground, store: Store, template: str) -> None:
    with town_over(ground, store, "whatsapp") as town:
        house, (ana, sms) = town.house, whatsapp_and_sms(town)
        house.leap(BEGINS + DAY)
        tell(house, "ven", template=template)
        assert [shown.text for shown in sms.read()] == ["sms: ven"]
        assert ana.read() == []
        house.fakes.settle()
        sent = [(row.attempt, row.state) for row in rows(house, t.outbox, kind="broadcast")]
        assert sent == [(1, "sent")]
        assert recipients(house) == [("sent", None)]


def test_when_the_24_hours_end_while_it_waits_it_goes_by_sms_once(ground: Ground, store: Store) -> None:
    with town_over(ground, store, "whatsapp") as town:
        house, (ana, sms) = town.house, whatsapp_and_sms(town)
        pause(house, "twilio:whatsapp", 3600)
        tell(house, "ven")
        house.rest()
        house.leap(BEGINS + DAY)
        pause(house, "twilio:whatsapp", 0)
        assert [shown.text for shown in sms.read()] == ["sms: ven"]
        assert ana.read() == []
        sent = [(row.attempt, row.state) for row in rows(house, t.outbox, kind="broadcast")]
        assert sent == [(1, "failed"), (2, "sent")]
        assert recipients(house) == [("sent", None)]


def test_who_has_no_other_channel_is_not_reached_and_the_ledger_says_so(ground: Ground, store: Store) -> None:
    with town_over(ground, store, "whatsapp") as town:
        house, ana = town.house, neighbour(town, "Ana")
        house.leap(BEGINS + DAY)
        tell(house, "ven")
        assert ana.read() == []
        assert recipients(house) == [("failed", "unsuited")]


def test_a_late_63016_tries_once_more_and_then_goes_by_sms(ground: Ground, store: Store) -> None:
    """Our clock and WhatsApp's differ: Twilio takes the message and tells afterwards that it was too late."""
    with town_over(ground, store, "whatsapp") as town:
        house, (ana, sms) = town.house, whatsapp_and_sms(town)
        twilio = house.fakes.twilio
        for _ in range(2):
            twilio.fate("failed", code=63016, address=f"whatsapp:{ana.number}")
        tell(house, "ven")
        assert ana.read() == []
        twilio.settle()
        assert sms.read() == []
        assert recipients(house) == [("pending", None)]
        house.leap(BEGINS + timedelta(minutes=5))
        assert ana.read() == []
        twilio.settle()
        assert [shown.text for shown in sms.read()] == ["sms: ven"]
        assert ana.read() == []
        house.leap(BEGINS + timedelta(minutes=30))
        assert (ana.read(), sms.read()) == ([], [])
        assert recipients(house) == [("sent", None)]


def test_a_late_63016_is_said_again_by_the_template(ground: Ground, store: Store) -> None:
    with town_over(ground, store, "whatsapp", template=True) as town:
        house, (ana, sms) = town.house, whatsapp_and_sms(town)
        house.fakes.twilio.fate("failed", code=63016, address=f"whatsapp:{ana.number}")
        tell(house, "ven", template="invitacion_laboratorio")
        assert ana.read() == []
        house.fakes.settle()
        house.leap(BEGINS + timedelta(minutes=5))
        assert [shown.text for shown in ana.read()] == ["Hola, Ana. Hay una novedad de tu barrio. Te esperamos."]
        assert sms.read() == []
        assert recipients(house) == [("sent", None)]


def test_delivered_after_failed_calls_back_what_has_not_left(ground: Ground, store: Store) -> None:
    with town_over(ground, store, "whatsapp") as town:
        house, (ana, sms) = town.house, whatsapp_and_sms(town)
        twilio = house.fakes.twilio
        pause(house, "twilio:sms", 3600)
        twilio.fate("sent", "failed", code=63024, address=f"whatsapp:{ana.number}")
        tell(house, "ven")
        house.rest()
        twilio.settle()
        [first, second] = rows(house, t.outbox, kind="broadcast")
        assert (first.state, second.state) == ("failed", "pending")
        twilio.tell(first.provider_id, "delivered")
        twilio.settle()
        assert [row.state for row in rows(house, t.outbox, kind="broadcast")] == ["sent", "cancelled"]
        pause(house, "twilio:sms", 0)
        assert sms.read() == []
        assert recipients(house) == [("sent", None)]
