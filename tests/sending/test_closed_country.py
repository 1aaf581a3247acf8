"""A country that is closed to a sender: what is for there waits, everything else goes, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from bot import metrics
from bot.errors import SendError
from bot.outbox import ensure_senders
from bot.terminal import checkup
from storage import closures, figures, outbox, senders
from storage import tables as t
from storage.store import Store
from tests.conftest import Clock
from tests.convoke.acts import adds_up
from tests.convoke.town import NOON, Town
from tests.sending.onward_kit import House
from tests.sending.pretend import FakeChannel, address_of, broadcast_to, ledger, open_senders, play, reply_to

SHUT = SendError("off for this country", halt=True, country=True, fallback=True)
PUMPED = SendError("blocked as fraud", throttled=True, retry_after=1800.0, country=True, fallback=True)


@pytest.fixture
def house(store: Store, clock: Clock) -> House:
    clock.set(NOON)
    return House(Town.build(store))


def neighbour(house: House, country: str | None = "CO", **values: Any) -> int:
    """Somebody with one SMS phone of this country."""
    return house.town.person(house.town.address("sms", country=country), **values)


def shut(house: House, who: int, wait: float = 0.0) -> int:
    """The first message of somebody meets a closed country; its number."""
    lots = {int(letter.id): letter for letter in house.claim()}
    [mine] = [id for id in lots if house.row(id).person_id == who]
    house.settle(mine, "closed", wait=wait, told="off for this country", fallback=True)
    for id in lots.keys() - {mine}:
        house.settle(id, "returned")
    return mine


def waiting(house: House) -> list[closures.Closed]:
    return house.town.store.read(closures.every)


def start(house: House) -> None:
    """The processes start again."""
    house.town.store.do(lambda u: senders.ensure(u, "simulator:sms", "sms", "simulator", 1000.0))


# --- kept, and the others go ----------------------------------------------------------------------------------------


def test_only_that_country_waits_and_no_attempt_is_burnt(house: House) -> None:
    luz, ana = neighbour(house), neighbour(house, "PA")
    house.announce()
    kept = shut(house, luz)
    assert (house.row(kept).state, house.row(kept).attempts, house.row(kept).error) == ("pending", 0, "closed: CO")
    [sent] = house.hand_over()
    assert house.row(sent).person_id == ana
    assert (house.ledger().pending, house.ledger().sent, house.ledger().failed) == (1, 1, 0)
    assert not house.town.rows(t.sender, t.sender.c.halted_at.is_not(None))
    [one] = waiting(house)
    assert (one.sender, one.country, one.until, one.waiting) == ("simulator:sms", "CO", None, 1)
    assert one.why == "off for this country"


def test_it_goes_once_after_the_next_start(house: House) -> None:
    luz = neighbour(house)
    house.announce()
    kept = shut(house, luz)
    assert house.hand_over() == []
    start(house)
    assert (waiting(house), house.hand_over(), house.hand_over()) == ([], [kept], [])
    assert house.ledger().sent == 1


def test_what_comes_later_for_there_waits_too_also_replies_and_other_senders_go_on(house: House) -> None:
    town = house.town
    luz = neighbour(house)
    house.announce()
    shut(house, luz)
    there, chat = town.address("sms", country="CO"), town.address("whatsapp", country="CO")
    ids = [
        town.store.do(partial(reply_to, sender_id=town.senders[way], address_id=at))
        for at, way in ((there, "sms"), (chat, "whatsapp"))
    ]
    assert house.hand_over() == [ids[1]]
    assert house.row(ids[0]).error == "closed: CO"
    assert waiting(house)[0].waiting == 2


def test_a_country_that_nobody_can_tell_ends_this_message_alone(house: House) -> None:
    who = neighbour(house, "")
    house.announce()
    [letter] = house.claim()
    house.settle(letter.id, "closed", told="off", fallback=True)
    assert (house.recipient(who).state, house.recipient(who).reason) == ("failed", "unsuited")
    assert waiting(house) == []


def test_for_half_an_hour_and_then_by_itself(house: House, clock: Clock) -> None:
    luz = neighbour(house)
    house.announce()
    kept = shut(house, luz, wait=1800.0)
    clock.forward(minutes=29)
    assert (house.hand_over(), len(waiting(house))) == ([], 1)
    clock.forward(minutes=2)
    assert (house.hand_over(), waiting(house)) == ([kept], [])


def test_a_pause_does_not_open_what_is_closed_for_good(house: House, clock: Clock) -> None:
    luz = neighbour(house)
    house.announce()
    kept = shut(house, luz)
    house.town.store.do(lambda u: closures.close(u, house.row(kept).sender_id, house.row(kept).address_id, 1800.0, "x"))
    clock.forward(hours=1)
    assert [one.until for one in waiting(house)] == [None]


def test_what_waits_ends_when_its_time_is_over_and_the_ledger_adds_up(house: House, clock: Clock) -> None:
    luz, ana = neighbour(house), neighbour(house, "PA")
    house.announce(expires_at=NOON + timedelta(hours=20))
    shut(house, luz)
    house.hand_over()
    adds_up(house.ledger())
    clock.forward(hours=21)
    house.town.store.do(lambda u: outbox.sweep(u))
    assert (house.recipient(luz).state, house.recipient(luz).reason) == ("failed", "expired")
    assert (house.recipient(ana).state, house.ledger().state) == ("sent", "done")
    adds_up(house.ledger())


def test_it_is_looked_at_again_a_day_later_and_waits_on(house: House, clock: Clock) -> None:
    luz = neighbour(house)
    house.announce(expires_at=NOON + timedelta(days=9))
    kept = shut(house, luz)
    clock.forward(hours=25)
    assert house.claim() == []
    assert house.row(kept).due_at > clock.now() + closures.AGAIN - timedelta(minutes=1)


def test_a_queue_full_of_it_costs_each_message_one_look(house: House) -> None:
    for _ in range(30):
        neighbour(house)
    last = neighbour(house, "PA")
    house.announce()
    first = house.messages()[0]
    house.town.store.do(lambda u: closures.close(u, first.sender_id, first.address_id, 0.0, "off"))
    assert [house.row(id).person_id for id in house.hand_over()] == [last]
    due = [r for r in house.messages() if r.state == "pending" and r.due_at <= NOON + timedelta(hours=1)]
    assert due == []  # no later claim meets them again
    assert waiting(house)[0].waiting == 30


# --- by another channel ---------------------------------------------------------------------------------------------


def both(house: House) -> int:
    return house.town.person(
        house.town.address("sms", ago=5, country="CO"), house.town.address("telegram", ago=60), name="Luz"
    )


def test_who_has_another_channel_gets_it_there_once(house: House) -> None:
    luz = both(house)
    house.announce()
    shut(house, luz)
    assert house.trail(luz) == [(1, "sms", "failed"), (2, "telegram", "pending")]
    assert house.ledger().pending == 1
    house.hand_over()
    start(house)
    assert house.hand_over() == []
    assert (house.recipient(luz).state, house.ledger().state) == ("sent", "done")


def test_also_what_was_in_the_queue_when_it_closed(house: House) -> None:
    luz, rosa = neighbour(house), both(house)
    house.announce()
    shut(house, luz)
    house.hand_over()
    assert house.trail(rosa) == [(1, "sms", "failed"), (2, "telegram", "sent")]
    assert (house.ledger().sent, house.ledger().pending) == (1, 1)


def test_what_may_have_arrived_goes_no_other_way(house: House) -> None:
    luz = both(house)
    house.announce()
    [letter] = house.claim()
    house.change(t.outbox, letter.id, uncertain=1)
    house.settle(letter.id, "closed", told="off", fallback=True)
    assert house.trail(luz) == [(1, "sms", "pending")]


# --- told later -----------------------------------------------------------------------------------------------------


def test_told_later_it_goes_once_more_when_the_country_is_open(house: House) -> None:
    luz = neighbour(house)
    house.announce()
    [first] = house.hand_over()
    house.tell(first, 4, SHUT)
    assert house.trail(luz) == [(1, "sms", "failed"), (2, "sms", "pending")]
    assert (house.claim(), waiting(house)[0].waiting, house.ledger().state) == ([], 1, "sending")
    house.tell(first, 4, SHUT)  # told twice
    start(house)
    [second] = house.hand_over()
    house.tell(second, 5)
    assert house.trail(luz) == [(1, "sms", "failed"), (2, "sms", "sent")]
    assert (house.ledger().sent, house.ledger().state) == (1, "done")


def test_told_later_it_goes_by_the_other_channel(house: House) -> None:
    luz = both(house)
    house.announce()
    [first] = house.hand_over()
    house.tell(first, 4, SHUT)
    assert house.trail(luz) == [(1, "sms", "failed"), (2, "telegram", "pending")]


def test_told_later_a_pause_of_half_an_hour(house: House, clock: Clock) -> None:
    luz = neighbour(house)
    house.announce()
    [first] = house.hand_over()
    house.tell(first, 4, PUMPED)
    assert house.claim() == []
    clock.forward(minutes=31)
    assert len(house.hand_over()) == 1
    assert house.trail(luz)[-1] == (2, "sms", "sent")


def test_what_arrived_after_all_calls_the_next_try_back(house: House) -> None:
    luz = neighbour(house)
    house.announce()
    [first] = house.hand_over()
    house.tell(first, 4, SHUT)
    house.tell(first, 5)
    start(house)
    assert (house.hand_over(), house.recipient(luz).state) == ([], "sent")


def test_a_reply_that_was_told_later_waits_for_its_day(house: House, clock: Clock) -> None:
    town = house.town
    at = town.address("sms", country="CO")
    made = town.store.do(lambda u: reply_to(u, town.senders["sms"], at))
    house.hand_over()
    house.tell(made, 4, SHUT)
    clock.forward(hours=20)
    start(house)
    assert len(house.hand_over()) == 1


# --- the loop and the start -----------------------------------------------------------------------------------------


def test_the_loop_sends_on_and_asks_a_closed_country_once(store: Store, fake: FakeChannel, via: dict[str, int]) -> None:
    def work(unit: Any) -> int:
        there = [address_of(unit, f"+5730{n}", country="CO") for n in range(5)]
        here = [address_of(unit, f"+5076{n}", country="PA") for n in range(5)]
        return broadcast_to(unit, via["telegram"], there + here)

    made = store.do(work)
    for n in range(5):
        fake.plan[f"+5730{n}"] = [SHUT] * 9
    play(store, fake)
    assert ledger(store, made) == {"sent": 5, "pending": 5}
    refused = [call for call in fake.calls if call.address.startswith("+57")]
    assert 1 <= len(refused) <= 5  # what was in the air
    assert open_senders(store, fake) == via
    fake.plan.clear()
    play(store, fake)
    assert ledger(store, made) == {"sent": 10}


def test_a_start_writes_down_the_countries_that_nobody_has_looked_at(store: Store, fake: FakeChannel) -> None:
    def work(unit: Any) -> list[int]:
        numbers = [("sms", "+50760000001"), ("whatsapp", "CO.ab12"), ("sms", "7000"), ("telegram", "+50760000001")]
        return [address_of(unit, number, channel=channel) for channel, number in numbers]

    ids = store.do(work)
    ensure_senders(store, {"fake": fake})
    query = select(t.address.c.country).where(t.address.c.id.in_(ids)).order_by(t.address.c.id)
    assert store.read(lambda u: list(u.db.execute(query).scalars())) == ["PA", "CO", "", None]


# --- told to the operator -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wait", "end"),
    [
        (0.0, "Open the country at the provider or register the number there, then start `convoca run` again"),
        (1800.0, "It is tried again at 17:30 UTC; if that goes on, ask the provider why"),
    ],
)
def test_check_and_the_metrics_tell_it(house: House, wait: float, end: str) -> None:
    luz = neighbour(house)
    house.announce()
    shut(house, luz, wait)
    [line] = house.town.store.read(checkup.stopped)
    where = "the sender simulator:sms sends nothing to Colombia (CO) and keeps 1 messages"
    assert line == f"{where}: off for this country. {end}"
    told = metrics.render(house.town.store.read(figures.figures)).decode()
    assert 'convoca_country_closed{country="CO",sender="simulator:sms"} 1.0' in told
