"""What may have been sent is 'unknown' until somebody knows: a receipt, or another try that a person asks for."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from bot.errors import SendError
from storage import sendings, settle
from storage import tables as t
from storage.store import Store
from tests.conftest import Clock
from tests.convoke.acts import adds_up
from tests.convoke.town import NOON, Town
from tests.sending.onward_kit import DROPPED, House
from tests.sending.test_told_later import clean_up


@pytest.fixture
def house(store: Store, clock: Clock) -> House:
    clock.set(NOON)
    return House(Town.build(store))


def doubtful(house: House, n: int = 0) -> tuple[int, int]:
    """(person, message) of a broadcast that may have been sent."""
    who = house.town.neighbour("sms")
    house.announce(idem=f"test:{n}")
    [letter] = house.claim()
    assert house.settle(letter.id, "uncertain", told="no answer") == "unknown"
    assert house.recipient(who).state == "unknown"
    return who, letter.id


def again(house: House) -> int:
    return house.town.store.do(lambda unit: sendings.try_unknown_again(unit, house.made))


@pytest.mark.parametrize(
    ("told", "end"),
    [([], "unknown"), ([2], "sent"), ([3], "sent"), ([4], "failed"), ([3, 4], "failed"), ([4, 5], "sent")],
    ids=str,
)
def test_receipts_settle_the_doubt_in_whatever_order(house: House, clock: Clock, told: list[int], end: str) -> None:
    for n, order in enumerate(itertools.permutations(["uncertain", *told])):
        who = house.town.neighbour("sms")
        house.announce(idem=f"test:{n}")
        [letter] = house.claim()
        for step in order:
            if isinstance(step, int):
                house.tell(letter.id, step, DROPPED if step == 4 else None)
            else:
                house.settle(letter.id, "uncertain")
            assert adds_up(house.ledger())
        assert (house.row(letter.id).state, house.recipient(who).state) == (end, end)
        assert house.ledger().state == "done"
        clean_up(house, clock, who)


SECOND: list[tuple[settle.Kind, list[int], str]] = [
    ("sent", [], "sent"),
    ("failed", [], "unknown"),  # the first may have arrived all the same
    ("uncertain", [], "unknown"),
    ("expired", [], "unknown"),
    ("failed", [3], "sent"),  # and did
    ("failed", [4], "failed"),
    ("failed", [5], "sent"),
    ("uncertain", [4], "unknown"),
    ("sent", [4], "sent"),
]


@pytest.mark.parametrize(("kind", "first", "end"), SECOND, ids=str)
def test_another_try_takes_nothing_from_what_is_known_of_the_first(
    house: House, clock: Clock, kind: settle.Kind, first: list[int], end: str
) -> None:
    steps: list[Any] = [kind, *first]
    for n, order in enumerate(itertools.permutations(steps)):
        who, one = doubtful(house, n)
        assert (again(house), house.ledger().state) == (1, "sending")
        [two] = house.claim()
        assert two.id != one
        for step in order:
            if isinstance(step, int):
                house.tell(one, step, DROPPED if step == 4 else None)
            else:
                house.settle(two.id, step)
            assert adds_up(house.ledger())
        assert house.recipient(who).state == end
        assert house.ledger().state == "done"
        clean_up(house, clock, who)


def test_another_try_is_a_row_of_its_own_with_the_next_number(house: House) -> None:
    who, one = doubtful(house)
    again(house)
    assert house.trail(who) == [(1, "sms", "unknown"), (2, "sms", "pending")]
    assert house.messages(who)[1].first_id == one
    assert (again(house), house.recipient(who).state) == (0, "pending")


def test_it_is_called_back_when_the_first_arrives(house: House) -> None:
    who, one = doubtful(house)
    again(house)
    house.tell(one, 5)
    assert house.trail(who) == [(1, "sms", "sent"), (2, "sms", "cancelled")]
    assert (house.recipient(who).state, house.ledger().state) == ("sent", "done")


def test_a_receipt_of_the_first_says_nothing_of_the_second(house: House) -> None:
    who, one = doubtful(house)
    again(house)
    house.tell(one, 4, SendError("no signal"))
    assert house.trail(who) == [(1, "sms", "failed"), (2, "sms", "pending")]
    assert house.recipient(who).state == "pending"


def test_twice_in_doubt_may_be_tried_a_third_time(house: House) -> None:
    who, _one = doubtful(house)
    again(house)
    [two] = house.claim()
    house.settle(two.id, "uncertain")
    assert (house.recipient(who).state, again(house)) == ("unknown", 1)
    assert [attempt for attempt, _channel, _state in house.trail(who)] == [1, 2, 3]


def test_nobody_is_tried_again_whose_phone_has_left(house: House) -> None:
    who, one = doubtful(house)
    house.change(t.address, house.row(one).address_id, opted_out_at=NOON)
    again(house)
    assert house.claim() == []
    assert (house.recipient(who).state, adds_up(house.ledger())) == ("unknown", True)
