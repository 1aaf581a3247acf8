"""On an SMS phone broadcasts that waited together come one at a time: the next when the first is answered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert

from storage import broadcasts
from storage import tables as t
from storage.store import Store
from tests.conftest import Clock
from tests.convoke.town import NOON, Town
from tests.sending.onward_kit import House
from tests.sending.pretend import reply_to

ASKS = {"conversation": "invitation", "args": {}}
WEEK = NOON + timedelta(days=7)


@pytest.fixture
def house(store: Store, clock: Clock) -> House:
    clock.set(NOON)
    return House(Town.build(store))


def announce(house: House, n: int, **values: Any) -> int:
    """One that asks something, due now."""
    due = house.town.store.read(lambda unit: unit.now)
    house.announce(**{"idem": f"test:{n}", "opens": ASKS, "due_at": due, "expires_at": WEEK, **values})
    return house.made


def talking(house: House, at: int) -> int:
    """An open question at this phone."""

    def work(unit: Any) -> int:
        asked = {"pending": "name", "asked_at": unit.now, "created_at": unit.now}
        made = insert(t.talk).values(address_id=at, conversation="register", args="{}", **asked)
        return int(unit.db.execute(made.returning(t.talk.c.id)).scalar_one())

    return house.town.store.do(work)


def over(house: House, talk: int) -> None:
    house.town.store.do(lambda unit: unit.db.execute(delete(t.talk).where(t.talk.c.id == talk)).rowcount)


def sent(house: House, clock: Clock) -> list[int]:
    """Which broadcasts are sent now; a moment later."""
    messages = {row.id: row.recipient_id for row in house.messages()}
    of = {row.id: row.broadcast_id for row in house.town.rows(t.recipient)}
    taken = [of[messages[id]] for id in house.hand_over()]
    clock.forward(seconds=2)
    return taken


def phone(house: House, channel: str = "sms") -> int:
    at = house.town.address(channel)
    house.town.person(at)
    return at


def test_what_an_open_question_held_comes_one_at_a_time_the_oldest_first(house: House, clock: Clock) -> None:
    at = phone(house)
    open_talk = talking(house, at)
    made = []
    for n in range(3):
        clock.forward(minutes=1)
        made.append(announce(house, n))
    assert sent(house, clock) == []
    over(house, open_talk)
    assert [sent(house, clock), sent(house, clock)] == [[made[0]], []]
    answered = house.messages()[0].id
    house.town.store.do(lambda u: broadcasts.adopt(u, answered, 99))  # she answers, and it is over
    assert [sent(house, clock), sent(house, clock)] == [[made[1]], []]
    clock.forward(hours=24)  # nobody answers
    assert sent(house, clock) == [made[2]]


def test_while_the_answer_is_being_talked_about_the_next_waits(house: House, clock: Clock) -> None:
    at = phone(house)
    made = [announce(house, 1), announce(house, 2)]
    assert sent(house, clock) == [made[0]]
    talk = talking(house, at)
    house.town.store.do(lambda u: broadcasts.adopt(u, house.messages()[0].id, talk))
    assert sent(house, clock) == []
    over(house, talk)
    assert sent(house, clock) == [made[1]]


def test_what_became_due_later_did_not_wait_together_and_goes(house: House, clock: Clock) -> None:
    phone(house)
    announce(house, 1)
    assert len(sent(house, clock)) == 1
    clock.forward(minutes=5)
    later = announce(house, 2)
    assert sent(house, clock) == [later]


@pytest.mark.parametrize(
    "first", [{"opens": None}, {"expires_at": NOON + timedelta(minutes=1)}], ids=["asks nothing", "its hour is over"]
)
def test_one_that_no_answer_is_awaited_to_holds_nothing(house: House, clock: Clock, first: dict[str, Any]) -> None:
    phone(house)
    announce(house, 1, **first)
    second = announce(house, 2)
    assert len(sent(house, clock)) == 1
    clock.forward(minutes=2)
    assert sent(house, clock) == [second]


def test_one_that_was_not_delivered_holds_nothing(house: House, clock: Clock) -> None:
    phone(house)
    announce(house, 1)
    second = announce(house, 2)
    [letter] = house.claim()
    house.settle(letter.id, "failed")
    assert sent(house, clock) == [second]


def test_news_of_ones_own_place_does_not_wait_for_an_answer(house: House, clock: Clock) -> None:
    phone(house)
    announce(house, 1)
    own = announce(house, 2, priority=1)
    assert sent(house, clock) == [own]  # before the other, as notices go
    announce(house, 3)
    own = announce(house, 4, priority=1)
    assert sent(house, clock) == [own]


def test_people_who_share_a_phone_get_theirs_of_one_broadcast(house: House, clock: Clock) -> None:
    at = house.town.address("sms")
    for name in ("Ana", "Luis"):
        house.town.person(at, name=name)
    made = announce(house, 1, shared="each")
    assert [sent(house, clock), sent(house, clock)] == [[made], [made]]


@pytest.mark.parametrize("channel", ["whatsapp", "telegram"])
def test_where_buttons_tell_which_question_is_meant_nothing_waits(house: House, clock: Clock, channel: str) -> None:
    phone(house, channel)
    made = [announce(house, 1), announce(house, 2)]
    assert [*sent(house, clock), *sent(house, clock)] == made


def test_a_reply_never_waits(house: House, clock: Clock) -> None:
    at = phone(house)
    announce(house, 1)
    assert len(sent(house, clock)) == 1
    house.town.store.do(lambda u: reply_to(u, house.town.senders["sms"], at))
    assert len(house.claim()) == 1
