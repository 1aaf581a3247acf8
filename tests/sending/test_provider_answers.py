"""What becomes of a message, for every way a provider can answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.envelope import judged
from bot.errors import SendError
from storage import outbox, senders, settle
from storage.settle import Outcome
from storage.store import Store, Unit
from tests.conftest import Clock
from tests.sending.pretend import (
    GONE,
    HALT,
    ME,
    REFUSED,
    THROTTLED,
    UNSURE,
    FakeChannel,
    address_of,
    address_row,
    broadcast_state,
    broadcast_to,
    claim,
    ledger,
    open_senders,
    play,
    reasons,
    reply_to,
    row,
    sender_row,
    settle_one,
    states,
)


def test_too_fast_moves_the_sender_and_burns_no_attempt(store: Store, fake: FakeChannel, one_reply: int) -> None:
    fake.plan["ana"] = [THROTTLED]
    play(store, fake)
    sent = row(store, one_reply)
    assert (sent.state, sent.attempts, sent.uncertain) == ("sent", 0, 0)
    first, second = fake.calls
    assert second.at - first.at >= 0.3


def test_too_fast_holds_the_whole_sender(store: Store, fake: FakeChannel, via: dict[str, int]) -> None:
    store.do(lambda u: [reply_to(u, via["telegram"], address_of(u, f"a{n}")) for n in range(40)])
    fake.plan["a0"] = [THROTTLED]
    play(store, fake)
    assert len(fake.taken) == 40
    first = next(n for n, call in enumerate(fake.calls) if call.address == "a0")  # on a busy machine not the first
    quiet = [c for c in fake.calls[first + 1 :] if c.at < fake.calls[first].at + 0.29]
    assert len(quiet) <= 1  # one may have been in the air


def test_a_passing_fault_is_tried_after_1_5_30_and_120_minutes(
    store: Store, clock: Clock, via: dict[str, int], one_reply: int
) -> None:
    waits = []
    for _ in range(4):
        assert claim(store, via["telegram"]) == [one_reply]
        store.do(lambda u: outbox.mark(u, ME, [one_reply]))
        settle_one(store, Outcome(id=one_reply, kind="retry", wait=1.0, told="no route"))
        waits.append((row(store, one_reply).due_at - clock.now()).total_seconds() / 60)
        assert row(store, one_reply).state == "pending"
        clock.forward(minutes=waits[-1])
    assert claim(store, via["telegram"]) == [one_reply]
    settle_one(store, Outcome(id=one_reply, kind="retry", told="no route"))
    last = row(store, one_reply)
    assert (last.state, last.attempts, last.error) == ("failed", 4, "retries: no route")
    for wait, planned in zip(waits, settle.RETRIES, strict=True):
        assert planned * 0.99 <= wait <= planned * 1.1


def test_retry_waits_as_long_as_the_provider_asks(store: Store, clock: Clock, via: dict[str, int]) -> None:
    made = store.do(lambda u: reply_to(u, via["telegram"], address_of(u, "a")))
    claim(store, via["telegram"])
    settle_one(store, Outcome(id=made, kind="retry", wait=3600.0, told="busy"))
    assert row(store, made).due_at >= clock.now() + timedelta(minutes=59)


def test_gone_ends_all_that_waits_for_the_address(store: Store, fake: FakeChannel, via: dict[str, int]) -> None:
    def work(unit: Unit) -> tuple[int, int]:
        ana = address_of(unit, "ana")
        reply_to(unit, via["telegram"], ana)
        reply_to(unit, via["telegram"], ana)
        return ana, broadcast_to(unit, via["telegram"], [ana, address_of(unit, "luis")])

    ana, made = store.do(work)
    fake.plan["ana"] = [GONE]
    play(store, fake)
    assert not address_row(store, ana).reachable
    assert states(store) == {"failed": 3, "sent": 1}
    assert ledger(store, made) == {"failed": 1, "sent": 1}
    assert reasons(store, made)["gone"] == 1
    assert len([c for c in fake.calls if c.address == "ana"]) == 1
    store.do(lambda u: reply_to(u, via["telegram"], ana))
    play(store, fake)
    assert states(store)["failed"] == 4  # nothing more is tried until the person writes


def test_a_timeout_sends_a_reply_once_more_and_counts_it(store: Store, fake: FakeChannel, one_reply: int) -> None:
    fake.plan["ana"] = [UNSURE]
    play(store, fake)
    sent = row(store, one_reply)
    assert (sent.state, sent.uncertain) == ("sent", 1)
    assert len(fake.taken) == 2


def test_a_second_timeout_leaves_a_reply_unknown(store: Store, fake: FakeChannel, one_reply: int) -> None:
    fake.plan["ana"] = [UNSURE, UNSURE]
    play(store, fake)
    assert (row(store, one_reply).state, row(store, one_reply).uncertain) == ("unknown", 2)
    assert len(fake.calls) == 2


def test_a_timeout_leaves_a_broadcast_unknown_and_never_sends_it_again(
    store: Store, fake: FakeChannel, via: dict[str, int]
) -> None:
    made = store.do(lambda u: broadcast_to(u, via["telegram"], [address_of(u, n) for n in ("a", "b")]))
    fake.plan["a"] = [UNSURE]
    play(store, fake)
    assert ledger(store, made) == {"unknown": 1, "sent": 1}
    assert broadcast_state(store, made) == "done"
    play(store, fake, done=lambda: True)
    assert len(fake.calls) == 2


def test_any_other_exception_counts_as_uncertain_and_the_loop_goes_on(
    store: Store, fake: FakeChannel, via: dict[str, int]
) -> None:
    ids = store.do(lambda u: [reply_to(u, via["telegram"], address_of(u, n)) for n in ("a", "b")])
    fake.plan["a"] = [RuntimeError("said Ana"), RuntimeError("said Ana")]
    play(store, fake)
    broken, fine = (row(store, i) for i in ids)
    assert (broken.state, fine.state) == ("unknown", "sent")
    assert broken.error.startswith("uncertain: RuntimeError, error ")
    assert "Ana" not in broken.error


def test_halt_stops_the_sender_and_keeps_its_queue(store: Store, fake: FakeChannel, via: dict[str, int]) -> None:
    store.do(lambda u: [reply_to(u, via["telegram"], address_of(u, f"a{n}")) for n in range(10)])
    fake.plan["a0"] = [HALT]
    play(store, fake, done=lambda: sender_row(store, via["telegram"]).halted_at is not None)
    assert sender_row(store, via["telegram"]).halted_why == "the token is not valid"
    assert states(store)["pending"] + states(store)["sent"] == 10
    assert row(store, 1).state == "pending"
    assert claim(store, via["telegram"]) == []
    assert store.do(lambda u: senders.resume(u, "fake:telegram"))
    play(store, fake)
    assert states(store) == {"sent": 10}


def test_a_start_lets_a_halted_sender_try_again(store: Store, fake: FakeChannel, via: dict[str, int]) -> None:
    store.do(lambda u: senders.halt(u, via["telegram"], "no"))
    assert open_senders(store, fake) == via
    assert sender_row(store, via["telegram"]).halted_at is None


def test_a_refusal_is_final_and_keeps_its_reason(store: Store, fake: FakeChannel, via: dict[str, int]) -> None:
    made = store.do(lambda u: broadcast_to(u, via["telegram"], [address_of(u, n) for n in ("a", "b")]))
    fake.plan["a"] = [REFUSED]
    play(store, fake)
    assert ledger(store, made) == {"failed": 1, "sent": 1}
    assert reasons(store, made)["refused"] == 1
    assert row(store, 1).error == "refused: the text is empty"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (SendError("x", throttled=True, retry_after=7), "throttled"),
        (SendError("x", throttled=True), "throttled"),
        (SendError("x", halt=True), "halt"),
        (SendError("x", halt=True, country=True), "closed"),
        (SendError("x", throttled=True, retry_after=7, country=True), "closed"),
        (SendError("x", gone=True), "gone"),
        (SendError("x", uncertain=True, retry_after=5), "uncertain"),
        (SendError("x", retry_after=0), "retry"),
        (SendError("x"), "failed"),
    ],
)
def test_each_error_carries_one_policy(error: SendError, kind: str) -> None:
    assert judged(1, error).kind == kind
