"""Quiet hours hold what we start, whatever delayed it: a next channel, a late try, a long queue. Replies go at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage import broadcasts
from storage import tables as t
from storage.store import Store
from tests.conftest import Clock
from tests.convoke.acts import adds_up
from tests.convoke.town import Town
from tests.sending.onward_kit import AGAIN, NO_WAY, House, phones
from tests.sending.pretend import reply_to

EVENING = datetime(2026, 11, 13, 0, 59, tzinfo=UTC)  # Thursday 12 November, 7:59 pm in Panama
MORNING = datetime(2026, 11, 13, 13, 0, tzinfo=UTC)  # Friday, 8:00 am
CHATS_FIRST = {"whatsapp": 5.0, "sms": 60.0}


@pytest.fixture
def house(store: Store, clock: Clock) -> House:
    clock.set(EVENING)
    return House(Town.build(store))


def rosa(house: House) -> int:
    """Somebody who last wrote on WhatsApp and has an SMS number too."""
    return house.town.person(*phones(house.town, CHATS_FIRST).values(), name="Rosa")


def test_the_next_channel_waits_for_the_morning(house: House, clock: Clock) -> None:
    who = rosa(house)
    house.announce(due_at=EVENING)
    [first] = house.hand_over()
    clock.forward(minutes=20)
    house.tell(first, 4, NO_WAY)
    assert house.claim() == []
    assert house.trail(who) == [(1, "whatsapp", "failed"), (2, "sms", "pending")]
    assert house.messages(who)[1].due_at == MORNING
    assert adds_up(house.ledger())
    clock.set(MORNING)
    assert len(house.hand_over()) == 1
    assert house.recipient(who).state == "sent"


@pytest.mark.parametrize("later", [False, True], ids=["refused at once", "told later"])
def test_another_try_of_a_broadcast_waits_for_the_morning(house: House, clock: Clock, later: bool) -> None:
    rosa(house)
    house.announce(due_at=EVENING)
    [letter] = house.claim()
    if later:
        house.settle(letter.id, "sent")
        house.tell(letter.id, 4, AGAIN)
    else:
        house.settle(letter.id, "retry", tries=3)
    clock.forward(minutes=30)
    assert house.claim() == []
    clock.set(MORNING)
    assert len(house.claim()) == 1


def test_the_end_of_a_long_queue_waits_for_the_morning(house: House, clock: Clock) -> None:
    rosa(house)
    house.announce(due_at=EVENING)
    clock.forward(minutes=1)  # the sender was busy
    assert house.claim() == []
    clock.set(MORNING)
    assert len(house.claim()) == 1


def test_it_is_the_night_of_those_who_read_it(house: House, clock: Clock) -> None:
    rosa(house)
    house.change(t.territory, house.town.territory, tz="Asia/Tokyo")  # 9:59 in the morning
    house.announce(due_at=EVENING)
    clock.forward(hours=5)
    assert len(house.claim()) == 1


def test_of_a_session_its_own_zone_decides(house: House, clock: Clock) -> None:
    rosa(house)
    house.change(t.session, house.town.session, tz="Asia/Tokyo")
    house.announce(due_at=EVENING, session_id=house.town.session)
    clock.forward(hours=5)
    assert len(house.claim()) == 1


def test_what_was_due_in_the_night_is_a_change_of_that_day_and_goes_at_once(house: House, clock: Clock) -> None:
    who = rosa(house)
    clock.set(EVENING + timedelta(hours=10))  # 5:59 am
    house.announce(due_at=EVENING + timedelta(hours=10))
    [first] = house.hand_over()
    house.tell(first, 4, NO_WAY)
    assert len(house.hand_over()) == 1
    assert house.recipient(who).state == "sent"


def test_what_was_held_over_its_time_is_not_sent(house: House, clock: Clock) -> None:
    who = rosa(house)
    house.announce(due_at=EVENING, expires_at=EVENING + timedelta(hours=9))
    clock.forward(minutes=1)
    assert house.claim() == []
    clock.set(MORNING)
    assert house.claim() == []
    assert (house.recipient(who).state, house.recipient(who).reason) == ("failed", "expired")


def test_one_that_is_held_stands_in_nobodys_way(house: House, clock: Clock) -> None:
    for _ in range(40):  # more than a claim looks at
        house.town.person(house.town.address("sms"))
    house.announce(due_at=EVENING)
    awake = house.town.person(house.town.address("sms"))
    clock.forward(minutes=1)
    answer = house.town.store.do(
        lambda u: reply_to(u, house.town.senders["sms"], house.town.rows(t.address)[-1].id, person_id=awake)
    )
    assert [letter.id for letter in house.claim()] == [answer]
    for _ in range(3):
        assert house.claim() == []
    assert {row.due_at for row in house.messages() if row.kind == "broadcast"} == {MORNING}


@pytest.mark.parametrize("kind", ["reply", "notice"])
def test_a_reply_goes_at_once_and_a_late_reminder_of_an_open_question_does_not(
    house: House, clock: Clock, kind: Any
) -> None:
    who, at = rosa(house), house.town.rows(t.address)[1].id
    put = house.town.senders["sms"], at
    house.town.store.do(lambda u: reply_to(u, *put, person_id=who, kind=kind, talk_id=1))
    clock.forward(hours=1)
    assert len(house.claim()) == (1 if kind == "reply" else 0)
    clock.set(MORNING)
    assert len(house.claim()) == (0 if kind == "reply" else 1)


def test_another_try_of_an_open_question_that_is_made_in_the_night_waits_for_the_morning(
    house: House, clock: Clock
) -> None:
    who, at = rosa(house), house.town.rows(t.address)[1].id
    put = house.town.senders["sms"], at
    house.town.store.do(lambda u: reply_to(u, *put, person_id=who, kind="notice", talk_id=1))
    [first] = house.hand_over()
    clock.forward(hours=1)
    house.tell(first, 4, AGAIN)
    clock.forward(minutes=5)
    assert house.claim() == []
    clock.set(MORNING)
    assert len(house.claim()) == 1


@pytest.mark.parametrize("lives", ["nowhere", "in Tokyo"])
def test_who_lives_nowhere_reads_where_her_lab_is(house: House, clock: Clock, lives: str) -> None:
    who, at = rosa(house), house.town.rows(t.address)[1].id
    if lives == "nowhere":
        house.change(t.person, who, territory_id=None)
    else:
        house.change(t.person, who, territory_id=house.town.territory)
    house.change(t.territory, house.town.territory, tz="Asia/Tokyo")
    clock.forward(hours=5)
    put = house.town.senders["sms"], at
    house.town.store.do(lambda u: reply_to(u, *put, person_id=who, kind="notice", talk_id=1))
    assert len(house.claim()) == 1


def test_the_operator_is_told_of_a_stopped_sender_in_the_night(house: House, clock: Clock) -> None:
    at = house.town.address("sms")
    house.town.store.do(lambda u: reply_to(u, house.town.senders["sms"], at, kind="notice"))
    clock.forward(hours=1)
    assert len(house.claim()) == 1


def test_a_broadcast_that_goes_on_in_the_evening_waits_too(house: House, clock: Clock) -> None:
    rosa(house)
    house.announce(due_at=EVENING)
    code = house.ledger().code
    house.town.store.do(lambda u: broadcasts.stop(u, code))
    clock.forward(hours=2)
    house.town.store.do(lambda u: broadcasts.resume(u, code))
    assert house.claim() == []
    clock.set(MORNING)
    assert len(house.claim()) == 1
