"""Several processes keep one rate, and a reply leaves soon: measured at the provider, in real time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from time import monotonic

import pytest

from bot.outbox import Outbox
from storage import outbox, senders, settle
from storage.store import Store
from tests.sending.pretend import FakeChannel, address_of, broadcast_to, ledger, open_senders, play, reply_to, settled

RATE = 50
MESSAGES = 150  # three seconds of it


def worst_second(times: Sequence[float]) -> int:
    """The most messages in any window of one second."""
    ordered = sorted(times)
    return max(sum(1 for t in ordered if first <= t < first + 1.0) for first in ordered)


def senders_at_once(stores: Sequence[Store], channel: FakeChannel, done: Callable[[], bool]) -> None:
    """A sender loop for each store, in threads: as several processes would, they share only the database."""

    def watch(step: str) -> None:
        if step in ("settled", "looked") and done():
            for loop, runs in zip(loops, running, strict=True):
                runs.call_soon_threadsafe(loop.stop)

    loops = [Outbox(store, {"fake": channel}, seam=watch) for store in stores]
    running = [asyncio.new_event_loop() for _ in loops]
    threads = [
        threading.Thread(target=runs.run_until_complete, args=[loop.run()])
        for runs, loop in zip(running, loops, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for runs in running:
        runs.close()


def test_two_processes_keep_one_rate(store: Store, database_url: str, secret: str) -> None:
    fake = FakeChannel(rate=RATE)
    via = open_senders(store, fake)["telegram"]
    made = store.do(lambda u: broadcast_to(u, via, [address_of(u, f"a{n}") for n in range(MESSAGES)]))
    began = monotonic()
    with Store(database_url, secret) as other:
        senders_at_once([store, other], fake, lambda: settled(store))
    assert ledger(store, made) == {"sent": MESSAGES}
    assert set(fake.times().values()) == {1}
    assert worst_second([t.at for t in fake.taken]) <= RATE
    assert monotonic() - began < 2.5 * MESSAGES / RATE  # and they use it


def test_one_process_keeps_its_rate_after_a_pause(store: Store) -> None:
    """An idle sender saves nothing up: no burst when work comes."""
    fake = FakeChannel(rate=40)
    via = open_senders(store, fake)["telegram"]
    store.do(lambda u: [reply_to(u, via, address_of(u, f"a{n}")) for n in range(50)])
    play(store, fake)
    assert len(fake.taken) == 50
    assert worst_second([t.at for t in fake.taken]) <= 40


def test_replies_overtake_a_broadcast_that_is_being_sent(store: Store) -> None:
    fake = FakeChannel(rate=100)
    via = open_senders(store, fake)["telegram"]
    store.do(lambda u: broadcast_to(u, via, [address_of(u, f"a{n}") for n in range(100)]))
    asked: list[float] = []

    def ask(call: object) -> None:
        if len(fake.calls) == 20:
            asked.append(monotonic())
            store.write(lambda u: reply_to(u, via, address_of(u, "ana"), "respuesta"))

    fake.before = ask
    play(store, fake)
    order = [t.address for t in fake.taken]
    assert order.index("ana") < 60  # of 101: it did not wait for the end


def test_a_reply_to_an_idle_sender_leaves_at_once(store: Store) -> None:
    fake = FakeChannel()
    via = open_senders(store, fake)["telegram"]
    store.do(lambda u: reply_to(u, via, address_of(u, "first")))
    asked: list[float] = []

    def seam(step: str) -> None:
        if step == "settled" and not asked:
            asked.append(monotonic())
            store.write(lambda u: reply_to(u, via, address_of(u, "ana")))

    play(store, fake, done=lambda: bool(fake.told("ana")) and settled(store), seam=seam)
    (left,) = [t.at for t in fake.taken if t.address == "ana"]
    assert left - asked[0] < 1.0


# --- the slots themselves -----------------------------------------------------------------------------------------


@pytest.fixture
def via(store: Store) -> int:
    return open_senders(store, FakeChannel(rate=100))["telegram"]


def test_unused_slots_are_given_back(store: Store, via: int) -> None:
    store.do(lambda u: reply_to(u, via, address_of(u, "a")))
    first = store.do(lambda u: outbox.claim(u, via, "me", gap=1.0))
    store.do(lambda u: reply_to(u, via, address_of(u, "b")))
    second = store.do(lambda u: outbox.claim(u, via, "me", gap=1.0))
    assert (len(first.letters), len(second.letters)) == (1, 1)
    assert second.letters[0].slot_in < 0.05  # one slot later, not a whole lot


def test_a_lot_is_a_tenth_of_a_second_of_the_rate(store: Store, via: int) -> None:
    store.do(lambda u: [reply_to(u, via, address_of(u, f"a{n}")) for n in range(40)])
    lot = store.do(lambda u: outbox.claim(u, via, "me", gap=1.0))
    assert len(lot.letters) == 10
    assert store.do(lambda u: outbox.claim(u, via, "me", gap=1.0)).letters == ()
    slots = [letter.slot_in for letter in lot.letters]
    assert slots == sorted(slots)
    assert slots[-1] - slots[0] == pytest.approx(9 * 0.010527)


@pytest.mark.parametrize(("rate", "lot"), [(0.2, 1), (1, 1), (5, 1), (1000, 95), (100_000, 100)])
def test_a_lot_is_1_to_100_messages(store: Store, rate: float, lot: int) -> None:
    via = open_senders(store, FakeChannel(rate=rate))["telegram"]
    assert store.do(lambda u: senders.reserve(u, via, 0.0)).free == lot


def test_headroom_moves_the_first_slot(store: Store, via: int) -> None:
    store.do(lambda u: reply_to(u, via, address_of(u, "a")))
    lot = store.do(lambda u: outbox.claim(u, via, "me", gap=1.0, headroom=0.25))
    assert lot.letters[0].slot_in == pytest.approx(0.25)


def sends(store: Store, via: int) -> bool:
    """Whether a message that waits is seen, claimed and settled."""
    ready = via in store.read(lambda u: outbox.ready(u, gap=1.0))
    claim = store.do(lambda u: outbox.claim(u, via, "me", gap=1.0))
    store.do(lambda u: settle.settle(u, "me", [settle.Outcome(id=one.id, kind="sent") for one in claim.letters]))
    return ready and bool(claim.letters)


@pytest.mark.parametrize("leap", [{"minutes": 3}, {"hours": 3}, {"days": 2}, {"days": 3650}])
def test_a_clock_that_leaps_stops_no_sender(
    store: Store, machine_clock: Callable[..., None], via: int, leap: dict[str, float]
) -> None:
    for number, wrong in enumerate(({}, leap, {})):
        machine_clock(**wrong)
        store.do(lambda u, number=number: reply_to(u, via, address_of(u, f"a{number}")))  # type: ignore[misc]
        assert sends(store, via)


def test_what_was_answered_while_the_clock_was_ahead_leaves_at_once(
    store: Store, machine_clock: Callable[..., None], via: int
) -> None:
    machine_clock(days=3650)
    store.do(lambda u: reply_to(u, via, address_of(u, "a")))
    machine_clock()
    assert sends(store, via)


def test_what_a_dead_process_held_while_the_clock_was_ahead_is_taken_up(
    store: Store, machine_clock: Callable[..., None], via: int
) -> None:
    machine_clock(days=3650)
    store.do(lambda u: reply_to(u, via, address_of(u, "a")))
    assert store.do(lambda u: outbox.claim(u, via, "dead", gap=1.0)).letters
    machine_clock()
    assert store.do(outbox.sweep) == 1
    assert sends(store, via)


def test_a_pause_that_the_provider_asked_for_holds_and_one_of_a_wrong_clock_does_not(
    store: Store, machine_clock: Callable[..., None], via: int
) -> None:
    for number, hours in enumerate((2, 24)):
        machine_clock(days=number)
        store.do(lambda u, number=number: reply_to(u, via, address_of(u, f"a{number}")))  # type: ignore[misc]
        store.do(lambda u, hours=hours: senders.pause(u, via, hours * 3600))  # type: ignore[misc]
        assert not sends(store, via)
        assert 7000 < store.do(lambda u: outbox.claim(u, via, "me", gap=1.0)).wait <= hours * 3600
    machine_clock()
    assert sends(store, via)
    store.do(lambda u: senders.pause(u, via, 60))  # what stands there of the wrong clock hides no new one
    store.do(lambda u: reply_to(u, via, address_of(u, "b")))
    assert not sends(store, via)


def test_a_rate_of_nothing_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="needs a rate above 0"):
        open_senders(store, FakeChannel(rate=0))


def test_a_new_rate_is_taken_over_at_start(store: Store, via: int) -> None:
    open_senders(store, FakeChannel(rate=10))
    (kept,) = store.read(senders.senders)
    assert (kept.id, kept.interval_us) == (via, 105_264)
