"""A process dies at any step of a sending; the next one leaves the same record, and tells what it cannot know."""

from __future__ import annotations

import pytest

from storage.store import Store
from tests.conftest import Clock
from tests.sending.pretend import (
    FakeChannel,
    address_of,
    broadcast_state,
    broadcast_to,
    crash,
    ledger,
    open_senders,
    play,
    reply_to,
    row,
    rows,
)

STEPS = ("claimed", "marking", "marked", "called", "settling", "settled")
BEFORE_THE_MARK = ("claimed", "marking")
AFTER_THE_RECORD = ("settled",)


@pytest.mark.parametrize("step", STEPS)
def test_a_reply_is_sent_once_or_once_more_and_counted(store: Store, clock: Clock, step: str) -> None:
    fake = FakeChannel()
    via = open_senders(store, fake)["telegram"]
    made = store.do(lambda u: reply_to(u, via, address_of(u, "ana")))
    assert crash(store, fake, step)
    clock.forward(seconds=31)
    play(store, fake)
    sent = row(store, made)
    assert sent.state == "sent"
    assert sent.uncertain == (0 if step in (*BEFORE_THE_MARK, *AFTER_THE_RECORD) else 1)
    assert len(fake.taken) <= 1 + sent.uncertain


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("step", STEPS)
def test_a_broadcast_adds_up_and_is_never_sent_twice(store: Store, clock: Clock, step: str, nth: int) -> None:
    fake = FakeChannel(rate=120)
    via = open_senders(store, fake)["telegram"]
    made = store.do(lambda u: broadcast_to(u, via, [address_of(u, f"a{n}") for n in range(9)]))
    died = crash(store, fake, step, nth=nth)
    clock.forward(seconds=31)
    play(store, fake)
    counted = ledger(store, made)
    assert sum(counted.values()) == 9
    assert counted["sent"] + counted["unknown"] == 9
    assert set(fake.times().values()) <= {1}
    assert broadcast_state(store, made) == "done"
    assert counted["sent"] <= len(fake.taken) <= 9
    if not died or (step in BEFORE_THE_MARK and nth == 1):
        assert counted["sent"] == len(fake.taken) == 9


def test_dying_again_and_again_ends_in_doubt_not_in_a_flood(store: Store, clock: Clock) -> None:
    fake = FakeChannel()
    via = open_senders(store, fake)["telegram"]
    made = store.do(lambda u: reply_to(u, via, address_of(u, "ana")))
    for _ in range(2):
        assert crash(store, fake, "called")
        clock.forward(seconds=31)
    play(store, fake)
    assert (row(store, made).state, row(store, made).uncertain) == ("unknown", 2)
    assert len(fake.taken) == 2


def test_a_graceful_stop_finishes_what_is_in_the_air_and_gives_back_the_rest(store: Store) -> None:
    fake = FakeChannel(rate=120)
    via = open_senders(store, fake)["telegram"]
    store.do(lambda u: [reply_to(u, via, address_of(u, f"a{n}")) for n in range(30)])
    play(store, fake, done=lambda: len(fake.calls) > 3)
    left = rows(store)
    assert {r.state for r in left} <= {"sent", "pending"}
    assert {r.uncertain for r in left} == {0}
    assert sum(r.state == "sent" for r in left) == len(fake.taken) < 30
    play(store, fake)
    assert set(fake.times().values()) == {1}
    assert len(fake.taken) == 30
