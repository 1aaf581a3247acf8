"""On an SMS phone broadcasts that waited together come one at a time: the next when the first is answered."""

from __future__ import annotations

from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import insert

from storage import broadcasts, outbox, talks
from storage import tables as t
from storage.store import Store, Unit
from tests.conftest import Clock
from tests.convoke.town import NOON, Town
from tests.sending.onward_kit import DROPPED, House
from tests.sending.pretend import reply_to
from tests.sending.steps import steps

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
    house.town.store.do(lambda unit: talks.end(unit, talk))


def answered(house: House, message: int) -> None:
    """She answers what this message asked, and it is over."""
    talk = talking(house, house.row(message).address_id)
    house.town.store.do(lambda unit: broadcasts.adopt(unit, message, talk))
    over(house, talk)


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
    answered(house, house.messages()[0].id)
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


def test_an_answer_that_is_under_way_while_the_queue_is_looked_at_is_not_overlooked(house: House, clock: Clock) -> None:
    at = phone(house)
    open_talk = talking(house, at)
    made = announce(house, 1)
    entered, go = Event(), Event()

    def turn(unit: Unit) -> None:
        unit.lock(t.address, at)
        talks.end(unit, open_talk)
        entered.set()
        assert go.wait(10)

    answer = house.town.store.write(turn)
    assert entered.wait(10)
    if house.town.store.read(lambda unit: unit.db.dialect.name) == "sqlite":
        go.set()  # there is one writer: the look waits for the turn
    first = sent(house, clock)
    go.set()
    answer.result()
    assert [*first, *sent(house, clock)] == [made]


def test_what_became_due_later_did_not_wait_together_and_goes(house: House, clock: Clock) -> None:
    phone(house)
    announce(house, 1)
    assert len(sent(house, clock)) == 1
    clock.forward(minutes=5)
    later = announce(house, 2)
    assert sent(house, clock) == [later]


def test_what_came_later_does_not_overtake_what_waits(house: House, clock: Clock) -> None:
    """A story is not read before the news it stands on."""
    phone(house)
    made = [announce(house, 1), announce(house, 2)]
    assert [sent(house, clock), sent(house, clock)] == [[made[0]], []]
    clock.forward(minutes=5)
    made.append(announce(house, 3))
    assert sent(house, clock) == []
    clock.forward(hours=24)
    assert [sent(house, clock), sent(house, clock)] == [[made[1]], []]
    answered(house, house.messages()[1].id)
    assert sent(house, clock) == [made[2]]


def test_what_asks_nothing_waits_for_no_answer(house: House, clock: Clock) -> None:
    """No answer could be taken for one to it: that a meeting does not take place is told at once."""
    at = phone(house)
    talking(house, at)
    made = [announce(house, 1), announce(house, 2, opens=None)]
    assert sent(house, clock) == [made[1]]


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


def test_one_that_fails_after_it_was_sent_holds_nothing_any_more(house: House, clock: Clock) -> None:
    phone(house)
    announce(house, 1)
    second = announce(house, 2)
    [first] = house.hand_over()
    clock.forward(seconds=2)
    assert sent(house, clock) == []
    house.tell(first, 4, DROPPED)
    assert sent(house, clock) == [second]


def test_it_waits_no_longer_than_the_first_can_be_answered(house: House, clock: Clock) -> None:
    phone(house)
    announce(house, 1, expires_at=NOON + timedelta(hours=3))
    second = announce(house, 2)
    assert len(sent(house, clock)) == 1
    assert sent(house, clock) == []
    assert house.messages()[-1].due_at == NOON + timedelta(hours=3)
    clock.set(NOON + timedelta(hours=3))
    assert sent(house, clock) == [second]


def test_what_is_planned_for_later_does_not_come_because_a_question_was_answered(house: House, clock: Clock) -> None:
    phone(house)
    announce(house, 1)
    tomorrow = NOON + timedelta(days=1, hours=2)
    announce(house, 2, due_at=tomorrow)
    [first] = house.hand_over()
    answered(house, first)
    clock.forward(seconds=2)
    assert sent(house, clock) == []
    assert house.messages()[-1].due_at == tomorrow


def test_who_answers_in_the_evening_reads_the_next_one_in_the_morning(house: House, clock: Clock) -> None:
    phone(house)
    announce(house, 1)
    second = announce(house, 2)
    [first] = house.hand_over()
    clock.forward(hours=9)  # 9 pm in Panama
    assert sent(house, clock) == []
    answered(house, first)
    assert sent(house, clock) == []
    clock.set(NOON + timedelta(hours=20))
    assert sent(house, clock) == [second]


def looks(house: House) -> int:
    """What a look for something to send costs."""
    return steps(house.town.store, lambda unit: outbox.ready(unit, gap=1.0))


@pytest.mark.parametrize("why", ["asked together", "open talk", "night"])
def test_a_look_costs_the_same_however_many_wait(house: House, clock: Clock, why: str) -> None:
    for _ in range(40):
        at = phone(house)
        if why == "open talk":
            talking(house, at)
    if why == "asked together":
        announce(house, 1)
    announce(house, 2)
    if why == "asked together":
        assert len(house.hand_over()) == 40
    clock.forward(hours=9 if why == "night" else 1)
    assert [house.claim() for _ in range(3)] == [[], [], []]
    assert house.town.store.read(lambda unit: outbox.ready(unit, gap=1.0)) == []
    many = looks(house)
    waiting = [row.id for row in house.messages() if row.state == "pending"]
    assert len(waiting) == 40
    for id in waiting[1:]:
        house.change(t.outbox, id, state="cancelled")
    assert looks(house) == many


def test_who_has_nothing_open_is_not_kept_waiting_by_those_who_have(house: House, clock: Clock) -> None:
    for _ in range(40):
        talking(house, phone(house))
    free = phone(house)
    announce(house, 1)
    assert [house.row(id).address_id for id in house.hand_over()] == [free]


def test_one_that_was_not_delivered_holds_nothing(house: House, clock: Clock) -> None:
    phone(house)
    announce(house, 1)
    second = announce(house, 2)
    [letter] = house.claim()
    house.settle(letter.id, "failed")
    assert sent(house, clock) == [second]


@pytest.mark.parametrize(("priority", "comes"), [(1, True), (2, False)], ids=["own place", "invitation"])
def test_news_of_ones_own_place_that_would_be_over_does_not_wait_for_a_talk(
    house: House, clock: Clock, priority: int, comes: bool
) -> None:
    talking(house, phone(house))
    told = announce(house, 1, priority=priority, expires_at=NOON + timedelta(hours=5))
    assert sent(house, clock) == ([told] if comes else [])


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


def test_what_nobody_needs_to_answer_holds_nothing(house: House, clock: Clock) -> None:
    talk = talking(house, phone(house))
    waits = announce(house, 1)
    assert sent(house, clock) == []
    house.town.store.do(lambda u: talks.keep(u, talk, state="{}", pending="follow", person_id=None, offer=True))
    assert sent(house, clock) == [waits]
    clock.forward(seconds=1)
    later = announce(house, 2, opens=None)
    assert sent(house, clock) == [later]
