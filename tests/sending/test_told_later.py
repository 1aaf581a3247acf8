"""What providers say afterwards: about the message, its sender and its address, in whatever order they say it."""

from __future__ import annotations

import itertools
import time
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.errors import SendError
from storage import broadcasts, receipts
from storage import tables as t
from storage.store import Store
from tests.conftest import Clock
from tests.convoke.acts import adds_up
from tests.convoke.town import NOON, Town
from tests.sending.onward_kit import AGAIN, BLOCKED, NO_WAY, OFF, House, phones

CHATS_FIRST = {"whatsapp": 5.0, "sms": 60.0}


@pytest.fixture
def house(store: Store, clock: Clock) -> House:
    clock.set(NOON)
    return House(Town.build(store))


def rosa(house: House) -> int:
    """Somebody with WhatsApp and an SMS number."""
    return house.town.person(*phones(house.town, CHATS_FIRST).values(), name="Rosa")


# --- delivered after all --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [NO_WAY, BLOCKED, AGAIN])
def test_delivered_after_all_calls_a_second_try_back(house: House, policy: SendError) -> None:
    who = rosa(house)
    house.announce()
    [first] = house.hand_over()
    house.tell(first, 4, policy)
    assert house.trail(who)[1][2] == "pending"
    house.tell(first, 5)
    assert [state for _, _, state in house.trail(who)] == ["sent", "cancelled"]
    assert house.messages(who)[1].error == "arrived"
    assert house.claim() == []
    assert (house.recipient(who).state, house.ledger().state) == ("sent", "done")
    assert house.recipient(who).address_id == house.row(first).address_id
    assert all(row.reachable for row in house.town.rows(t.address))


def test_a_held_second_try_is_called_back_too(house: House) -> None:
    who = rosa(house)
    house.announce()
    [first] = house.hand_over()
    house.tell(first, 4, NO_WAY)
    code = house.ledger().code
    house.town.store.do(lambda u: broadcasts.stop(u, code))
    house.tell(first, 5)
    house.town.store.do(lambda u: broadcasts.resume(u, code))
    assert house.claim() == []
    assert house.recipient(who).state == "sent"


def test_a_second_try_that_is_under_way_is_not_called_back(house: House) -> None:
    who = rosa(house)
    house.announce()
    [first] = house.hand_over()
    house.tell(first, 4, NO_WAY)
    [second] = house.claim()
    house.tell(first, 5)
    assert house.recipient(who).state == "sent"
    assert house.settle(second.id, "uncertain") == "unknown"
    assert (house.recipient(who).state, house.ledger().state) == ("sent", "done")


# --- once, whoever says it ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [NO_WAY, OFF, AGAIN])
def test_the_same_failure_told_twice_has_one_consequence(house: House, policy: SendError) -> None:
    who = rosa(house)
    house.announce()
    [first] = house.hand_over()
    house.tell(first, 4, policy)
    house.tell(first, 4, policy)
    assert len(house.trail(who)) == 2


@pytest.mark.parametrize("policy", [NO_WAY, OFF])
def test_a_failure_known_at_once_and_told_again_later_has_one_consequence(house: House, policy: SendError) -> None:
    who = rosa(house)
    house.announce()
    [letter] = house.claim()
    house.settle(letter.id, "failed", fallback=True)
    house.tell(letter.id, 4, policy)
    assert house.trail(who) == [(1, "whatsapp", "failed"), (2, "sms", "pending")]


def test_a_message_that_waits_for_its_next_try_gets_no_second_one(house: House) -> None:
    who = rosa(house)
    house.announce()
    [letter] = house.claim()
    house.settle(letter.id, "retry")
    house.tell(letter.id, 4, AGAIN)  # of the try that we know of
    assert house.trail(who) == [(1, "whatsapp", "pending")]


def test_told_before_our_own_call_has_come_back(house: House) -> None:
    who = rosa(house)
    house.announce()
    [letter] = house.claim()
    house.tell(letter.id, 4, NO_WAY)
    assert house.trail(who) == [(1, "whatsapp", "started"), (2, "sms", "pending")]
    house.settle(letter.id, "sent")
    assert house.trail(who) == [(1, "whatsapp", "failed"), (2, "sms", "pending")]
    assert len(house.hand_over()) == 1
    assert house.recipient(who).state == "sent"


def test_and_when_our_own_call_says_the_same_there_is_still_one_next_try(house: House) -> None:
    who = rosa(house)
    house.announce()
    [letter] = house.claim()
    house.tell(letter.id, 4, NO_WAY)
    house.settle(letter.id, "failed", fallback=True)
    assert house.trail(who) == [(1, "whatsapp", "failed"), (2, "sms", "pending")]


def test_a_failure_ends_the_doubt_about_a_broadcast_and_goes_another_way(house: House) -> None:
    who = rosa(house)
    house.announce()
    [letter] = house.claim()
    assert house.settle(letter.id, "uncertain", told="no answer") == "unknown"
    assert house.trail(who) == [(1, "whatsapp", "unknown")]  # it may have arrived: nothing goes another way
    house.tell(letter.id, 4, NO_WAY)
    assert house.trail(who) == [(1, "whatsapp", "failed"), (2, "sms", "pending")]


# --- any order ------------------------------------------------------------------------------------------------------

TOLD: list[list[tuple[int, SendError | None]]] = [
    [(2, None), (3, None), (5, None)],
    [(3, None), (4, NO_WAY), (4, NO_WAY)],
    [(2, None), (4, AGAIN), (3, None)],
    [(4, NO_WAY), (5, None), (6, None)],
    [(4, AGAIN), (5, None), (2, None)],
    [(4, BLOCKED), (6, None)],
]


@pytest.mark.parametrize("told", TOLD, ids=lambda told: " ".join(str(rank) for rank, _ in told))
def test_receipts_in_any_order_give_the_same_end(
    house: House, clock: Clock, told: list[tuple[int, SendError | None]]
) -> None:
    ends = set()
    for n, order in enumerate(itertools.permutations(told)):
        who = rosa(house)
        house.announce(idem=f"test:{n}")
        mine = [row.id for row in house.messages(who)]
        house.hand_over()
        for rank, policy in order:
            house.tell(mine[0], rank, policy)
        first, entry = house.row(mine[0]), house.recipient(who)
        waiting = [row.state for row in house.messages(who) if row.state in ("pending", "held")]
        went = {row.id: row.channel for row in house.town.rows(t.address)}[entry.address_id]
        reach = sorted(row.reachable for row in house.town.rows(t.address))[0]
        ends.add((first.state, first.rank, first.error, entry.state, entry.reason, went, len(waiting), reach))
        assert adds_up(house.ledger())
        clean_up(house, clock, who)
    assert len(ends) == 1


def clean_up(house: House, clock: Clock, who: int) -> None:
    """The next order begins with nobody who waits, and nobody else in the audience."""
    for row in house.messages(who):
        if row.state == "pending":
            house.change(t.outbox, row.id, state="cancelled")
    for row in house.town.rows(t.address):
        house.change(t.address, row.id, reachable=True)
    gone = t.consent.delete().where(t.consent.c.person_id == who)
    house.town.store.do(lambda u: u.db.execute(gone).rowcount)
    clock.forward(seconds=1)


# --- the sender -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "halted"),
    [
        (SendError("above the carrier's rate", throttled=True, retry_after=60.0), False),
        (SendError("no SIM card", halt=True), True),
    ],
)
def test_a_sender_that_waits_or_stops_keeps_the_message_it_learned_by(
    house: House, policy: SendError, halted: bool
) -> None:
    who = house.town.neighbour("sms")
    house.announce()
    [first] = house.hand_over()
    house.tell(first, 4, policy)
    assert house.trail(who) == [(1, "sms", "failed"), (2, "sms", "pending")]
    assert (house.recipient(who).state, house.ledger().state) == ("pending", "sending")
    [sender] = house.town.rows(t.sender, t.sender.c.channel == "sms")
    assert (sender.halted_at is not None) is halted
    assert house.claim() == []


def test_a_message_is_not_tried_for_ever_while_its_sender_stops_again_and_again(house: House) -> None:
    who = house.town.neighbour("sms")
    house.announce()
    sms = house.town.senders["sms"]
    for _ in range(8):
        for id in house.hand_over():
            house.tell(id, 4, SendError("no SIM card", halt=True))
        house.change(t.sender, sms, halted_at=None)
    assert len(house.trail(who)) == 5
    assert house.recipient(who).state == "failed"


STRIKE = SendError("refused by the network", retry_after=60.0, tries=3, strikes=3)


def struck(house: House, ranks: list[int], later: int = 0) -> bool:
    """Told of so many messages in this order, and `later` more are under way: whether the sender has stopped."""
    for _ in range(len(ranks) + later):
        house.town.neighbour("sms")
    house.announce()
    taken = house.hand_over()
    for id, rank in zip(taken, ranks, strict=False):
        house.tell(id, rank, STRIKE if rank == 4 else None)
    return house.town.rows(t.sender, t.sender.c.channel == "sms")[0].halted_at is not None


@pytest.mark.parametrize(
    ("ranks", "later", "halted"),
    [
        ([4, 4, 4], 0, True),
        ([4, 4, 4], 4, True),  # those under way say nothing
        ([4, 4], 0, False),
        ([4, 4], 4, False),
        ([4, 4, 5, 4, 4], 0, False),
        ([4, 4, 3, 4], 2, False),  # one was sent
        ([5, 5, 4, 4, 4], 1, True),
    ],
)
def test_so_many_failures_in_a_row_stop_the_sender(house: House, ranks: list[int], later: int, halted: bool) -> None:
    assert struck(house, ranks, later) is halted


def test_one_message_told_of_many_times_is_one_failure(house: House) -> None:
    assert not struck(house, [4])
    [first, *_] = house.messages()
    for _ in range(5):
        house.tell(first.id, 4, STRIKE)
    assert house.town.rows(t.sender, t.sender.c.channel == "sms")[0].halted_at is None


# --- the address ----------------------------------------------------------------------------------------------------


def mark(house: House, value: str, reachable: bool, channel: str = "sms") -> None:
    house.town.store.do(lambda u: receipts.mark_reachable(u, channel, value, reachable))


def known(house: House, value: str, channel: str = "sms", **more: Any) -> int:
    """An address found by its real fingerprint."""
    print_ = house.town.store.read(lambda u: u.ring.fingerprints(channel, value)[0])
    return house.town.address(channel, value=value, fingerprint=print_, **more)


def test_an_address_that_is_no_longer_reached_ends_what_waits_for_it(house: House) -> None:
    at = known(house, "+50760009999", ago=1)
    who = house.town.person(at, house.town.address("telegram", ago=90))
    house.announce()
    mark(house, "+50760009999", False)
    assert house.trail(who) == [(1, "sms", "failed"), (2, "telegram", "pending")]
    assert adds_up(house.ledger())
    mark(house, "+50760009999", True)
    assert [row.reachable for row in house.town.rows(t.address)] == [True, True]
    assert house.trail(who) == [(1, "sms", "failed"), (2, "telegram", "pending")]


@pytest.mark.parametrize("reachable", [True, False])
def test_a_stranger_s_address_leaves_no_trace(house: House, reachable: bool) -> None:
    mark(house, "+50760009999", reachable)
    known(house, "+50760009998")
    mark(house, "+50760009998", reachable, channel="telegram")  # the same number elsewhere is another address
    assert [row.reachable for row in house.town.rows(t.address)] == [True]


def test_what_is_told_of_nobody_s_message_is_kept_and_harms_nothing(house: House) -> None:
    house.town.neighbour("sms")
    house.announce()
    [first] = house.hand_over()
    house.town.store.do(lambda u: receipts.settle_receipt(u, Nobody()))
    assert [row.outbox_id for row in house.town.rows(t.receipt)] == [None]
    assert house.row(first).state == "sent"


class Nobody:
    """A receipt for a test message of `convoca check --send-to`."""

    sender, provider_id, rank, outbox_id, stamp, error = "simulator:sms", "elsewhere", 4, 10**15 + 1, "", "x"


# --- too fast, told afterwards (Meta's tier: so many people in 24 hours) ---------------------------------------------

TIER = SendError("WhatsApp's tier is used up", throttled=True, retry_after=60.0)


def test_what_is_above_the_tier_is_tried_on_for_days_and_waits_twice_as_long_each_time(
    house: House, clock: Clock
) -> None:
    who = house.town.person(house.town.address("whatsapp", ago=5), name="Rosa")
    house.announce(expires_at=NOON + timedelta(days=30))
    waits: list[int] = []
    for _ in range(14):
        [tried] = house.hand_over()
        house.tell(tried, 4, TIER)
        next_try = house.messages(who)[-1]
        assert next_try.state == "pending"
        waits.append(round((next_try.due_at - clock.now()).total_seconds() / 60))
        clock.forward(days=1, minutes=2)
        house.change(t.sender, house.town.senders["whatsapp"], next_us=0)  # its pause is a minute of real time
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440, 1440]
    adds_up(house.ledger())


def test_its_sender_waits_no_longer_for_that(house: House) -> None:
    """Who writes to us is answered: the tier counts only those whom we write to first."""
    house.town.person(house.town.address("whatsapp", ago=5), name="Rosa")
    house.announce()
    [tried] = house.hand_over()
    house.change(t.outbox, tried, attempt=9)
    house.tell(tried, 4, TIER)
    [sender] = house.town.rows(t.sender, t.sender.c.name == "simulator:whatsapp")
    real = (sender.next_us / 1e6) - time.time()
    assert real < 61


# --- one is nobody's business, many are -----------------------------------------------------------------------------

FILTERED = SendError("filtered by the carrier", alert_above=0.05)


@pytest.mark.parametrize(("people", "filtered", "told"), [(40, 2, 0), (40, 3, 1), (40, 9, 1), (10, 9, 0)])
def test_above_five_in_a_hundred_within_the_hour_the_operator_is_told_once(
    house: House, people: int, filtered: int, told: int
) -> None:
    for _ in range(people):
        house.town.person(house.town.address("telegram", ago=5))
    house.announce()
    sent: list[int] = []
    while fresh := house.hand_over():
        sent += fresh
    assert len(sent) == people
    for id in sent[filtered:]:
        house.tell(id, 5)
    with capture_logs() as logs:
        for id in sent[:filtered]:
            house.tell(id, 4, FILTERED)
    assert [log["event"] for log in logs].count("many messages of this hour ended so") == told


def test_what_was_told_more_than_an_hour_ago_does_not_count(house: House, clock: Clock) -> None:
    for _ in range(25):
        house.town.person(house.town.address("telegram", ago=5))
    house.announce()
    sent: list[int] = []
    while fresh := house.hand_over():
        sent += fresh
    for id in sent[3:]:
        house.tell(id, 5)
    clock.forward(hours=2)
    with capture_logs() as logs:
        for id in sent[:3]:
            house.tell(id, 4, FILTERED)
    assert not [log for log in logs if "ended so" in log["event"]]
