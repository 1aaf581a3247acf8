"""A reply whose failure was told late is tried again in a row of its own, and called back when the first arrives."""

from __future__ import annotations

import itertools

import pytest

from bot.errors import SendError
from storage import tables as t
from storage.store import Store
from tests.conftest import Clock
from tests.convoke.town import NOON, Town
from tests.sending.onward_kit import AGAIN, NO_WAY, House
from tests.sending.pretend import reply_to


@pytest.fixture
def house(store: Store, clock: Clock) -> House:
    clock.set(NOON)
    return House(Town.build(store))


def replied(house: House, *, others: int = 0) -> int:
    """A reply that its provider took, and others to the same phone; its id."""
    at = house.town.address("sms")
    made = [
        house.town.store.do(lambda u: reply_to(u, house.town.senders["sms"], at, "hola")) for _ in range(1 + others)
    ]
    for _ in made:
        house.hand_over()
    return made[0]


def states(house: House) -> list[tuple[int, str]]:
    return [(row.attempt, row.state) for row in house.messages()]


def test_a_reply_that_arrives_after_all_does_not_come_twice(house: House, clock: Clock) -> None:
    first = replied(house)
    house.tell(first, 4, AGAIN)
    assert states(house) == [(1, "failed"), (2, "pending")]
    house.tell(first, 5)
    assert states(house) == [(1, "sent"), (2, "cancelled")]
    clock.forward(minutes=5)
    assert house.claim() == []


def test_the_third_try_is_called_back_when_the_second_arrives(house: House, clock: Clock) -> None:
    house.tell(replied(house), 4, AGAIN)
    clock.forward(minutes=5)
    [second] = house.hand_over()
    house.tell(second, 4, AGAIN)
    house.tell(second, 6)
    assert states(house) == [(1, "failed"), (2, "sent"), (3, "cancelled")]


def test_another_reply_to_the_same_phone_is_not_called_back(house: House) -> None:
    first = replied(house, others=1)
    second = house.messages()[1].id
    for id in (first, second):
        house.tell(id, 4, AGAIN)
    house.tell(first, 5)
    assert states(house) == [(1, "sent"), (1, "failed"), (2, "cancelled"), (2, "pending")]
    assert {row.first_id for row in house.messages()} == {None, first, second}


@pytest.mark.parametrize("policy", [AGAIN, NO_WAY], ids=["again", "no other way for a reply"])
def test_in_whatever_order_it_is_told_a_reply_waits_once_or_not_at_all(house: House, policy: SendError) -> None:
    for order in itertools.permutations([(3, None), (4, policy), (4, policy), (5, None)]):
        first = replied(house)
        for rank, why in order:
            house.tell(first, rank, why)
        assert house.row(first).state == "sent"
        assert house.town.rows(t.outbox, t.outbox.c.state == "pending") == []
