"""A message that was not delivered: the next try is a row of its own, and the next channel is tried once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from storage import broadcasts, senders
from storage import tables as t
from storage.store import Store
from tests.conftest import Clock
from tests.convoke.acts import adds_up
from tests.convoke.town import NOON, Town
from tests.sending.onward_kit import BLOCKED, DROPPED, LEFT, NO_WAY, OFF, House, phones

CHATS_FIRST = {"whatsapp": 5.0, "sms": 60.0}


@pytest.fixture
def house(store: Store, clock: Clock) -> House:
    clock.set(NOON)
    return House(Town.build(store))


def rosa(house: House, **values: Any) -> int:
    """Somebody who last wrote on WhatsApp and has an SMS number too."""
    return house.town.person(*phones(house.town, CHATS_FIRST).values(), name="Rosa", **values)


# --- by the next channel --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "error"), [("failed", "unsuited"), ("gone", "gone")])
def test_what_can_not_go_one_way_goes_by_the_next_channel_in_its_words(house: House, kind: Any, error: str) -> None:
    who = rosa(house)
    house.announce()
    [letter] = house.claim()
    assert house.settle(letter.id, kind, fallback=True, told="x") == "failed"
    assert house.row(letter.id).error == f"{error}: x"
    assert house.trail(who) == [(1, "whatsapp", "failed"), (2, "sms", "pending")]
    assert (house.ledger().pending, house.ledger().state) == (1, "sending")
    [second] = house.hand_over()
    assert house.text(second) == "sms own {name}"
    assert (house.recipient(who).state, house.ledger().state) == ("sent", "done")


def test_a_refusal_that_says_nothing_of_another_way_is_final(house: House) -> None:
    who = rosa(house)
    house.announce()
    [letter] = house.claim()
    house.settle(letter.id, "failed", told="the text is empty")
    assert house.trail(who) == [(1, "whatsapp", "failed")]
    assert house.recipient(who).reason == "refused"


def test_the_last_of_several_tries_may_end_in_another_channel(house: House, clock: Clock) -> None:
    who = rosa(house)
    house.announce()
    for _ in range(2):
        [letter] = house.claim()
        house.settle(letter.id, "retry", tries=2, fallback=True, told="no route")
        clock.forward(minutes=3)
    assert house.trail(who) == [(1, "whatsapp", "failed"), (2, "sms", "pending")]


def test_the_next_channel_is_tried_once(house: House) -> None:
    who = house.town.person(*phones(house.town, {"telegram": 1.0, "whatsapp": 5.0, "sms": 60.0}).values())
    house.announce()
    for _ in range(2):
        [letter] = house.claim()
        house.settle(letter.id, "failed", fallback=True, told="x")
    assert house.claim() == []
    assert house.trail(who) == [(1, "telegram", "failed"), (2, "whatsapp", "failed")]
    assert (house.recipient(who).state, house.recipient(who).reason) == ("failed", "unsuited")


@pytest.mark.parametrize(
    "second",
    [
        {"opted_out_at": NOON},
        {"reachable": False},
        {"forget": True},
        {"value": None},
        {"sender_id": None},
    ],
    ids=lambda values: next(iter(values)),
)
def test_an_address_that_must_not_be_written_to_is_no_next_channel(house: House, second: dict[str, Any]) -> None:
    town = house.town
    who = town.person(town.address("whatsapp", ago=5), town.address("sms", **second))
    if "opted_out_at" in second:  # of two people: it is not she who has left
        town.person(town.rows(t.address)[1].id, consent=None)
    house.announce()
    [letter] = house.claim()
    house.settle(letter.id, "failed", fallback=True)
    assert house.trail(who) == [(1, "whatsapp", "failed")]
    assert house.recipient(who).state == "failed"


def test_who_left_on_a_phone_of_her_own_is_not_reached_on_another(house: House) -> None:
    who = rosa(house)
    third = house.town.address("telegram", ago=90)
    house.town.store.do(
        lambda u: u.db.execute(t.contact.insert().values(person_id=who, address_id=third, since=NOON)).rowcount
    )
    house.announce()
    [letter] = house.claim()
    house.change(t.address, third, opted_out_at=NOON)  # she says SALIR on Telegram while WhatsApp is being tried
    house.settle(letter.id, "failed", fallback=True)
    assert house.trail(who) == [(1, "whatsapp", "failed")]


def test_who_left_long_ago_and_wrote_since_is_reached(house: House) -> None:
    town = house.town
    left = town.address("telegram", ago=900, opted_out_at=NOON - timedelta(minutes=800))
    who = town.person(left, *phones(town, CHATS_FIRST).values())
    house.announce()
    [letter] = house.claim()
    house.settle(letter.id, "failed", fallback=True)
    assert house.trail(who) == [(1, "whatsapp", "failed"), (2, "sms", "pending")]


def test_a_sender_that_has_stopped_is_no_next_channel(house: House) -> None:
    who = rosa(house)
    house.announce()
    house.town.store.do(lambda u: senders.halt(u, house.town.senders["sms"], "no credit"))
    [letter] = house.claim()
    house.settle(letter.id, "failed", fallback=True)
    assert house.trail(who) == [(1, "whatsapp", "failed")]


def test_a_second_number_on_the_same_channel_is_no_next_channel(house: House) -> None:
    town = house.town
    who = town.person(town.address("sms", ago=5), town.address("sms", ago=50))
    house.announce()
    [letter] = house.claim()
    house.settle(letter.id, "failed", fallback=True)
    assert house.trail(who) == [(1, "sms", "failed")]


def test_nothing_goes_another_way_after_its_time(house: House, clock: Clock) -> None:
    who = rosa(house)
    house.announce(expires_at=NOON + timedelta(seconds=20))
    [letter] = house.claim()
    clock.forward(seconds=21)
    house.settle(letter.id, "failed", fallback=True)
    assert house.trail(who) == [(1, "whatsapp", "failed")]


# --- whose phone is it ----------------------------------------------------------------------------------------------


def test_a_shared_phone_gets_the_words_for_all_of_it(house: House) -> None:
    town = house.town
    together = town.address("sms", ago=90)
    who = town.person(town.address("whatsapp", ago=5), together, name="Rosa")
    town.person(together, consent=None, name="Luis")
    house.announce()
    [letter] = house.claim()
    house.settle(letter.id, "failed", fallback=True)
    [second] = house.hand_over()
    assert house.text(second) == "sms shared"
    assert house.recipient(who).variant.split("/")[3] == "shared"


def test_words_for_one_person_never_go_to_a_phone_that_became_shared(house: House) -> None:
    who = rosa(house)
    house.announce()
    [letter] = house.claim()
    sms = house.town.rows(t.address, t.address.c.channel == "sms")[0].id
    house.town.person(sms, consent=None, name="Luis")  # after the words were made
    house.settle(letter.id, "failed", fallback=True)
    assert house.trail(who) == [(1, "whatsapp", "failed")]
    assert house.recipient(who).state == "failed"


def filled(house: House) -> Any:
    """Each person's own words: here the token."""
    return select(t.person.c.id.label("person_id"), t.person.c.token.label("name"))


def test_personal_words_go_along_to_a_phone_of_her_own_and_to_no_other(house: House) -> None:
    town = house.town
    together = town.address("sms", ago=90)
    alone = rosa(house)
    sharing = town.person(town.address("whatsapp", ago=5), together)
    town.person(together, consent=None)
    house.announce(fill=filled(house))
    for letter in house.claim():
        house.settle(letter.id, "failed", fallback=True)
    assert house.trail(sharing) == [(1, "whatsapp", "failed")]
    assert house.trail(alone) == [(1, "whatsapp", "failed"), (2, "sms", "pending")]
    first, second = house.messages(alone)
    assert second.body == first.body
    assert "P-" in second.body


def test_a_phone_whose_language_has_no_words_for_it_gets_those_of_the_first_channel(house: House) -> None:
    who = rosa(house)
    house.announce()
    [letter] = house.claim()
    gone = t.broadcast_text.delete().where(t.broadcast_text.c.variant.like("sms/%"))
    house.town.store.do(lambda u: u.db.execute(gone).rowcount)
    house.settle(letter.id, "failed", fallback=True)
    [second] = house.hand_over()
    assert house.text(second) == "whatsapp own {name}"
    assert house.recipient(who).state == "sent"


def test_everybody_who_waits_for_a_phone_that_is_gone_goes_another_way(house: House) -> None:
    town = house.town
    together = town.address("whatsapp", ago=5)
    people = [town.person(together, town.address("sms", ago=90), name=name) for name in ("Rosa", "Luis")]
    house.announce(shared="each")
    [letter] = house.claim()  # one an address at a time
    house.settle(letter.id, "gone", fallback=True)
    assert [house.trail(who)[-1] for who in people] == [(2, "sms", "pending")] * 2
    assert len(house.hand_over()) == 2
    assert house.ledger().sent == 2


# --- a broadcast that somebody holds --------------------------------------------------------------------------------


def test_of_a_stopped_broadcast_the_next_try_is_held_too(house: House) -> None:
    who = rosa(house)
    house.announce()
    [letter] = house.claim()
    code = house.ledger().code
    house.town.store.do(lambda u: broadcasts.stop(u, code))
    house.settle(letter.id, "failed", fallback=True)
    assert house.trail(who) == [(1, "whatsapp", "failed"), (2, "sms", "held")]
    assert house.claim() == []
    assert adds_up(house.ledger())
    house.town.store.do(lambda u: broadcasts.resume(u, code))
    assert len(house.hand_over()) == 1
    assert house.recipient(who).state == "sent"


# --- told afterwards ------------------------------------------------------------------------------------------------


def test_a_failure_told_later_is_tried_again_in_a_row_of_its_own(house: House, clock: Clock) -> None:
    who = house.town.neighbour("sms")
    house.announce()
    [first] = house.hand_over()
    assert house.ledger().state == "done"
    house.tell(first, 4, OFF)
    assert house.trail(who) == [(1, "sms", "failed"), (2, "sms", "pending")]
    assert (house.ledger().state, house.recipient(who).state) == ("sending", "pending")
    assert house.claim() == []  # not before its time
    clock.forward(hours=2, seconds=1)
    [second] = house.hand_over()
    house.tell(second, 5)
    assert house.trail(who) == [(1, "sms", "failed"), (2, "sms", "sent")]
    assert (house.ledger().state, house.recipient(who).state) == ("done", "sent")


def test_after_its_tries_a_failure_told_later_goes_by_the_next_channel(house: House, clock: Clock) -> None:
    who = house.town.person(*phones(house.town, {"sms": 5.0, "telegram": 60.0}).values())
    house.announce()
    for _ in range(3):
        [sent] = house.hand_over()
        house.tell(sent, 4, OFF)
        clock.forward(hours=2, seconds=1)
    assert house.trail(who) == [
        (1, "sms", "failed"),
        (2, "sms", "failed"),
        (3, "sms", "failed"),
        (4, "telegram", "pending"),
    ]
    [last] = house.hand_over()
    house.tell(last, 4, NO_WAY)
    assert len(house.trail(who)) == 4
    assert house.recipient(who).state == "failed"


def test_the_number_of_a_try_never_goes_back(house: House, clock: Clock) -> None:
    house.town.neighbour("sms")
    house.announce()
    tried = []
    for _ in range(2):  # refused at once, twice
        [letter] = house.claim()
        tried.append(letter.attempt)
        house.settle(letter.id, "retry")
        clock.forward(minutes=10)
    [letter] = house.claim()
    house.settle(letter.id, "sent")
    house.tell(letter.id, 4, OFF)  # three tries are used up
    assert [*tried, letter.attempt] == [1, 2, 3]
    assert house.claim() == []
    assert house.ledger().failed == 1


def test_nothing_is_tried_again_after_its_time(house: House) -> None:
    who = house.town.neighbour("sms")
    house.announce(expires_at=NOON + timedelta(hours=1))
    [sent] = house.hand_over()
    house.tell(sent, 4, OFF)
    assert house.trail(who) == [(1, "sms", "failed")]
    assert (house.ledger().failed, house.ledger().state) == (1, "done")


@pytest.mark.parametrize("policy", [DROPPED, LEFT])
def test_no_other_way_is_looked_for_when_none_is_wanted(house: House, policy: Any) -> None:
    who = rosa(house)
    house.announce()
    [sent] = house.hand_over()
    house.tell(sent, 4, policy)
    assert house.trail(who) == [(1, "whatsapp", "failed")]
    [left] = [row.opted_out_at is not None for row in house.town.rows(t.address, t.address.c.channel == "whatsapp")]
    assert left is (policy is LEFT)
    assert len(house.town.rows(t.suppression)) == int(left)


def test_a_blocked_address_told_later_is_gone_and_the_next_channel_is_tried(house: House) -> None:
    who = rosa(house)
    house.announce()
    [sent] = house.hand_over()
    house.tell(sent, 4, BLOCKED)
    assert house.trail(who) == [(1, "whatsapp", "failed"), (2, "sms", "pending")]
    assert [row.reachable for row in house.town.rows(t.address)] == [False, True]
