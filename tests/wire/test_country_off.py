"""A country that Twilio does not let us send to: seen from both ends of the wire."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.outbox import ensure_senders
from storage import closures
from storage import tables as t
from storage.store import Store
from tests.wire.acts import neighbour, recipients, rows, second_phone, tell
from tests.wire.house import Ground, House
from tests.wire.phones import WAYS, WirePhone, WireTown
from tests.wire.providers import providers


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database: the other has the storage's own tests."""
    return sqlite_url


def two_countries(town: WireTown) -> tuple[WirePhone, WirePhone]:
    """Ana in Panama and Luz in Colombia."""
    ana = neighbour(town, "Ana")
    town.calling = "+573"  # +57 36...: a mobile
    luz = neighbour(town, "Luz")
    return ana, luz


def closed(house: House) -> list[tuple[str, str, int]]:
    found = house.store.read(closures.every)
    return [(one.sender, one.country, one.waiting) for one in found]


def texts(phone: WirePhone) -> list[str]:
    return [shown.text for shown in phone.read()]


def test_one_country_waits_the_other_is_told_and_a_start_lets_it_go(ground: Ground, store: Store) -> None:
    with providers("twilio") as fakes, House(ground, store, fakes) as house:
        ana, luz = two_countries(WireTown.over(house, WAYS["twilio"]))
        fakes.twilio.closed.add("+57")
        tell(house, "uno")
        assert (texts(ana), texts(luz)) == (["sms: uno"], [])
        asked = len(fakes.twilio.calls("CreateMessage"))
        luz.say("hola")  # she is heard; the answer waits with the rest, and Twilio is not asked again
        assert len(fakes.twilio.calls("CreateMessage")) == asked
        assert closed(house) == [("twilio:sms", "CO", 2)]
        waiting = rows(house, t.outbox, state="pending")
        assert {(row.attempts, row.attempt, row.error) for row in waiting} == {(0, 1, "closed: CO")}
        assert sorted(recipients(house)) == [("pending", None), ("sent", None)]

        fakes.twilio.closed.clear()
        ensure_senders(house.store, house.channels)
        assert "sms: uno" in texts(luz)
        assert (closed(house), recipients(house)) == ([], [("sent", None)] * 2)
        fakes.good()


def test_who_has_whatsapp_too_reads_it_there_once(ground: Ground, store: Store) -> None:
    with providers("twilio") as fakes, House(ground, store, fakes) as house:
        _, luz = two_countries(WireTown.over(house, WAYS["twilio"]))
        chat = second_phone(house, luz, "whatsapp")
        fakes.twilio.write(luz.number, "", channel="whatsapp")  # the 24 hours are open
        earlier = update(t.address).where(t.address.c.channel == "whatsapp")
        house.store.do(lambda u: u.db.execute(earlier.values(last_inbound_at=u.now - timedelta(hours=2))).rowcount)
        chat.read()
        fakes.twilio.closed.add("+57")
        tell(house, "uno")
        assert (texts(chat), texts(luz)) == (["whatsapp: uno"], [])
        tries = [(row.attempt, row.state) for row in rows(house, t.outbox, kind="broadcast")]
        assert tries[1:] == [(1, "failed"), (2, "sent")]
        tell(house, "dos")  # known beforehand by now
        assert texts(chat) == ["whatsapp: dos"]
        assert recipients(house) == [("sent", None)] * 4
        fakes.good()


@pytest.mark.parametrize("code", [30034, 30450])
def test_told_later_it_goes_once_more_when_the_country_is_open(ground: Ground, store: Store, code: int) -> None:
    with providers("twilio") as fakes, House(ground, store, fakes) as house:
        _, luz = two_countries(WireTown.over(house, WAYS["twilio"]))
        fakes.twilio.fate("sent", "undelivered", code=code, address=luz.number)
        tell(house, "uno")
        assert texts(luz) == []
        fakes.settle()
        assert closed(house) == [("twilio:sms", "CO", 1)]
        assert sorted(recipients(house)) == [("pending", None), ("sent", None)]
        ensure_senders(house.store, house.channels)
        assert texts(luz) == ["sms: uno"]
        fakes.settle()
        assert [(row.attempt, row.state) for row in rows(house, t.outbox, kind="broadcast")][1:] == [
            (1, "failed"),
            (2, "sent"),
        ]
        assert recipients(house) == [("sent", None)] * 2
        fakes.good()


def test_who_stops_our_announcements_on_whatsapp_still_gets_answers(ground: Ground, store: Store) -> None:
    with providers("twilio") as fakes, House(ground, store, fakes) as house:
        ana = neighbour(WireTown.over(house, WAYS["whatsapp"]), "Ana")
        fakes.twilio.fate("failed", code=131050, address=f"whatsapp:{ana.number}")
        tell(house, "uno")
        ana.read()
        fakes.settle()
        tell(house, "dos")
        assert recipients(house) == [("failed", "refused"), ("skipped", "opted_out")]
        assert ana.say("menu") != []
        assert ana.say("ALTA")[0].text == "Listo. Recibes mensajes otra vez."
        tell(house, "tres")
        assert texts(ana) == ["whatsapp: tres"]
        assert recipients(house)[2:] == [("sent", None)]
        fakes.good()
