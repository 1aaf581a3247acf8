"""Who stops our announcements at the provider (Meta 131050): they end, her own place and our answers go on."""

from __future__ import annotations

from typing import Any

import pytest

from bot.errors import SendError
from storage import leaving, lists, people
from storage import tables as t
from storage.store import Store
from tests.conftest import Clock
from tests.convoke.acts import adds_up
from tests.convoke.town import NOON, Town
from tests.sending.onward_kit import House
from tests.sending.pretend import reply_to

STOPPED = SendError("the person stopped our marketing messages", no_news=True)


@pytest.fixture
def house(store: Store, clock: Clock) -> House:
    clock.set(NOON)
    return House(Town.build(store))


def stopped(house: House, *others: int) -> tuple[int, int]:
    """(person, address) of somebody who stopped our announcements at this moment."""
    at = house.town.address("whatsapp", ago=5)
    who = house.town.person(at, *others, name="Luz")
    house.town.store.do(lambda u: leaving.stop_news(u, at))
    return who, at


def test_the_message_that_met_it_has_failed_and_says_why(house: House) -> None:
    who = house.town.person(house.town.address("whatsapp", ago=5), house.town.address("sms"))
    house.announce()
    [letter] = house.claim()
    house.settle(letter.id, "no_news", told="the person stopped our marketing messages")
    assert house.trail(who) == [(1, "whatsapp", "failed")]
    assert (house.recipient(who).state, house.recipient(who).reason) == ("failed", "opted_out")
    [row] = house.town.rows(t.address, t.address.c.channel == "whatsapp")
    assert (row.no_news_at is not None, row.opted_out_at, row.reachable) == (True, None, True)
    assert [one.reason for one in house.town.rows(t.suppression)] == ["no_news"]


def test_so_it_is_when_told_later(house: House) -> None:
    who = house.town.person(house.town.address("whatsapp", ago=5))
    house.announce()
    [id] = house.hand_over()
    house.tell(id, 4, STOPPED)
    house.tell(id, 4, STOPPED)
    assert house.recipient(who).state == "failed"
    assert house.town.rows(t.address)[0].no_news_at is not None


@pytest.mark.parametrize(("priority", "state", "reason"), [(2, "skipped", "opted_out"), (1, "pending", None)])
def test_announcements_skip_her_and_her_own_place_goes_on(
    house: House, priority: int, state: str, reason: str | None
) -> None:
    who, _ = stopped(house, house.town.address("sms", ago=60))
    house.announce(priority=priority)
    assert (house.recipient(who).state, house.recipient(who).reason) == (state, reason)
    adds_up(house.ledger())


@pytest.mark.parametrize(("priority", "state", "reason"), [(2, "skipped", "opted_out"), (1, "sent", None)])
def test_what_waited_when_she_stopped_is_judged_when_it_leaves(
    house: House, priority: int, state: str, reason: str | None
) -> None:
    at = house.town.address("whatsapp", ago=5)
    who = house.town.person(at)
    house.announce(priority=priority)
    house.town.store.do(lambda u: leaving.stop_news(u, at))
    house.hand_over()
    assert (house.recipient(who).state, house.recipient(who).reason) == (state, reason)
    adds_up(house.ledger())


def test_a_reply_is_always_sent(house: House) -> None:
    _, at = stopped(house)
    made = house.town.store.do(lambda u: reply_to(u, house.town.senders["whatsapp"], at))
    assert house.hand_over() == [made]


def test_a_message_that_can_not_go_another_way_does_not_go_where_she_stopped_them(house: House) -> None:
    at = house.town.address("whatsapp", ago=60)
    who = house.town.person(house.town.address("telegram", ago=5), at)
    house.announce()
    house.town.store.do(lambda u: leaving.stop_news(u, at))
    [letter] = house.claim()
    house.settle(letter.id, "gone", fallback=True)
    assert house.trail(who) == [(1, "telegram", "failed")]


def test_alta_brings_all_of_it_back(house: House) -> None:
    who, at = stopped(house)
    assert house.town.store.do(lambda u: leaving.come_back(u, at))
    house.announce()
    assert (house.recipient(who).state, house.town.rows(t.suppression)) == ("pending", [])


def test_who_wrote_from_another_phone_of_her_own_since_gets_them_there(house: House, clock: Clock) -> None:
    other = house.town.address("telegram", ago=300)
    who, _ = stopped(house, other)
    clock.forward(minutes=5)
    house.change(t.address, other, last_inbound_at=clock.now())
    house.announce()
    assert house.trail(who) == [(1, "telegram", "pending")]


def test_a_list_does_not_ask_her(store: Store, clock: Clock) -> None:
    def work(unit: Any) -> dict[str, Any]:
        at = people.lock_address(unit, "whatsapp", "+50760000001")
        leaving.stop_news(unit, at.id)
        return dict(lists.standing(unit, ["+50760000001"]))

    assert store.do(work) == {"+50760000001": "left"}
