"""Who blocked us on WhatsApp gives no error: two messages that were not delivered for 7 days are one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storage import silent
from storage import tables as t
from storage.store import Store
from tests.conftest import Clock
from tests.convoke.town import NOON, Town
from tests.sending.onward_kit import House

FAR = NOON + timedelta(days=60)


@pytest.fixture
def house(store: Store, clock: Clock) -> House:
    clock.set(NOON)
    return House(Town.build(store))


def told(house: House, clock: Clock, *, channel: str = "whatsapp", messages: int = 2, others: bool = True) -> int:
    """So many messages to one phone that nobody saw arrive; those of another person did. Her phone."""
    at = house.town.address(channel, ago=60)
    house.town.person(at)
    if others:
        house.town.person(house.town.address(channel, ago=60))
    for n in range(messages):
        now = house.town.store.read(lambda unit: unit.now)
        house.announce(idem=f"test:{n}", due_at=now, expires_at=FAR)
        for id in house.hand_over():
            if house.row(id).address_id != at:
                house.tell(id, 5)
        clock.forward(minutes=1)
    return at


def gone(house: House) -> bool:
    house.town.store.do(silent.close)
    return not all(row.reachable for row in house.town.rows(t.address))


def test_after_seven_days_she_is_gone_and_her_consent_stays(house: House, clock: Clock) -> None:
    at = told(house, clock)
    clock.forward(days=6, hours=23)
    assert not gone(house)
    clock.forward(hours=2)
    assert gone(house)
    [row] = house.town.rows(t.address, t.address.c.id == at)
    assert (row.reachable, row.opted_out_at) == (False, None)
    assert house.town.store.do(silent.close) == 0


@pytest.mark.parametrize(
    "other", [{"messages": 1}, {"others": False}, {"channel": "sms"}], ids=["one message", "no receipts", "by SMS"]
)
def test_less_than_that_says_nothing(house: House, clock: Clock, other: dict[str, Any]) -> None:
    told(house, clock, **other)
    clock.forward(days=8)
    assert not gone(house)


def test_a_word_of_hers_or_a_later_delivery_says_that_she_is_there(house: House, clock: Clock) -> None:
    at = told(house, clock, messages=3)
    last = [row.id for row in house.messages() if row.address_id == at][-1]
    house.tell(last, 5)
    clock.forward(days=8)
    assert not gone(house)
    house.change(t.outbox, last, rank=3)
    house.change(t.address, at, last_inbound_at=NOON + timedelta(days=8))
    assert not gone(house)


def test_what_still_waits_for_her_goes_by_the_next_channel(house: House, clock: Clock) -> None:
    at = told(house, clock)
    [who] = [row.person_id for row in house.town.rows(t.contact, t.contact.c.address_id == at)]
    more = house.town.address("sms", ago=90)
    house.town.store.do(
        lambda u: u.db.execute(t.contact.insert().values(person_id=who, address_id=more, since=NOON)).rowcount
    )
    clock.forward(days=8)
    house.announce(idem="test:9", due_at=NOON + timedelta(days=9), expires_at=FAR)
    assert gone(house)
    assert [(channel, state) for _, channel, state in house.trail(who)][-2:] == [
        ("whatsapp", "failed"),
        ("sms", "pending"),
    ]
