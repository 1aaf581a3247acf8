"""What providers tell later, in any order, and a ledger that adds up at every moment."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Event
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import select, text, update

from bot import metrics, news
from bot.message import Receipt
from storage import outbox, receipts, settle
from storage.settle import Outcome
from storage.store import Store, Unit
from storage.tables import address, recipient
from storage.tables import outbox as outbox_table
from tests.conftest import Clock
from tests.sending.pretend import (
    ME,
    UNSURE,
    FakeChannel,
    address_of,
    broadcast_state,
    broadcast_to,
    claim,
    ledger,
    play,
    reasons,
    row,
    settle_one,
)

# --- receipts ---

SENDER = "fake:telegram"
KINDS: tuple[settle.Kind, ...] = ("sent", "sent", "uncertain", "failed")


def tell(store: Store, told: Receipt) -> str | None:
    return store.do(lambda u: receipts.settle_receipt(u, told))


def receipt(rank: int, outbox_id: int | None, error: str = "") -> Receipt:
    return Receipt(sender=SENDER, provider_id="p1", rank=rank, outbox_id=outbox_id, error=error)


def test_a_receipt_never_lowers_a_rank(store: Store, via: dict[str, int], one_reply: int) -> None:
    claim(store, via["telegram"])
    settle_one(store, Outcome(id=one_reply, kind="sent", provider_id="p1"))
    for rank in (5, 3, 4, 2):
        tell(store, receipt(rank, None))
    assert (row(store, one_reply).rank, row(store, one_reply).state) == (5, "sent")


def test_a_receipt_of_another_sender_is_kept_and_changes_nothing(
    store: Store, via: dict[str, int], one_reply: int
) -> None:
    told = Receipt(sender="fake:sms", provider_id="p1", rank=5, outbox_id=one_reply)
    assert tell(store, told) is None
    assert row(store, one_reply).rank == 0


@pytest.mark.parametrize("rank", [4, 5])
def test_a_receipt_with_the_id_of_another_message_is_not_of_this_row(
    store: Store, via: dict[str, int], one_reply: int, rank: int
) -> None:
    claim(store, via["telegram"])
    settle_one(store, Outcome(id=one_reply, kind="sent", provider_id="p2"))
    before = tuple(row(store, one_reply))
    assert tell(store, receipt(rank, one_reply)) is None
    assert tuple(row(store, one_reply)) == before


@pytest.mark.parametrize("mine", [True, False], ids=["of this database", "of another"])
@pytest.mark.parametrize("known", [True, False], ids=["sent", "under way"])
def test_the_stamp_tells_a_row_of_this_database_from_one_of_the_same_number_in_another(
    store: Store, via: dict[str, int], one_reply: int, known: bool, mine: bool
) -> None:
    claim(store, via["telegram"])
    if known:
        settle_one(store, Outcome(id=one_reply, kind="sent", provider_id="p1"))
    made_at = row(store, one_reply).created_at - timedelta(0 if mine else 1)
    told = replace(receipt(5, one_reply), stamp=settle.stamp(made_at))
    assert (tell(store, told) is not None) == mine
    assert row(store, one_reply).rank == (5 if mine else 3 if known else 0)


def test_what_was_sent_twice_hears_what_became_of_the_first(store: Store, via: dict[str, int], one_reply: int) -> None:
    claim(store, via["telegram"])
    settle_one(store, Outcome(id=one_reply, kind="uncertain", told="no answer"))
    claim(store, via["telegram"])
    settle_one(store, Outcome(id=one_reply, kind="sent", provider_id="p2"))
    assert tell(store, receipt(5, one_reply)) == "sent"
    assert row(store, one_reply).rank == 5


def test_receipts_that_are_of_no_message_are_counted(store: Store, via: dict[str, int], one_reply: int) -> None:
    def strays() -> float:
        return float(metrics.stray_receipts.labels(SENDER)._value.get())

    claim(store, via["telegram"])
    settle_one(store, Outcome(id=one_reply, kind="sent", provider_id="p2"))
    before = strays()
    for id in ("p1", "p2"):
        store.do(lambda u, id=id: news.settle(u, replace(receipt(5, one_reply), provider_id=id)))  # type: ignore[misc]
    assert strays() == before + 1


def one_history(
    store: Store, sender_id: int, number: int, ranks: list[int], result: Outcome, order: list[int]
) -> object:
    """Send one broadcast message; what came of it when its receipts and our result come in this order."""
    made = store.do(lambda u: broadcast_to(u, sender_id, [address_of(u, f"a{number}")]))
    (claimed,) = claim(store, sender_id)
    store.do(lambda u: outbox.mark(u, ME, [claimed]))
    for step in order:
        if step == len(ranks):
            settle_one(store, replace(result, id=claimed))
        else:
            tell(store, receipt(ranks[step], claimed, f"error {ranks[step]}"))
    end = row(store, claimed)
    return end.state, end.rank, end.error, *ledger(store, made), *reasons(store, made)


@pytest.mark.parametrize("seed", range(6))
def test_receipts_and_results_give_the_same_end_in_any_order(store: Store, via: dict[str, int], seed: int) -> None:
    rng = random.Random(seed)
    ranks = [rng.choice((2, 3, 4, 5, 6)) for _ in range(rng.randint(1, 3))]
    result = Outcome(id=0, kind=rng.choice(KINDS), provider_id="p1")
    orders = [rng.sample(range(len(ranks) + 1), len(ranks) + 1) for _ in range(4)]
    ends = {one_history(store, via["telegram"], n, ranks, result, order) for n, order in enumerate(orders)}
    assert len(ends) == 1


def test_a_receipt_that_comes_before_our_own_knowledge_is_found_later(
    store: Store, via: dict[str, int], one_reply: int
) -> None:
    assert tell(store, receipt(5, None)) is None
    claim(store, via["telegram"])
    settle_one(store, Outcome(id=one_reply, kind="sent", provider_id="p1"))
    assert row(store, one_reply).rank == 5


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("rank", [4, 5])
def test_a_receipt_waits_for_a_turn_of_the_phone_without_its_message(
    store: Store, via: dict[str, int], one_reply: int, rank: int
) -> None:
    """A turn changes messages of its phone in any order: whoever kept one and waited for the phone would deadlock."""
    claim(store, via["telegram"])
    settle_one(store, Outcome(id=one_reply, kind="sent", provider_id="p1"))
    entered, go = Event(), Event()

    def turn(unit: Unit) -> None:
        unit.lock(address, row_in(unit).address_id)
        entered.set()
        assert go.wait(10)
        row_in(unit)  # raises where the receipt has it

    def row_in(unit: Unit) -> Any:
        mine = select(outbox_table).where(outbox_table.c.id == one_reply)
        return unit.db.execute(mine.with_for_update(nowait=True) if entered.is_set() else mine).one()

    answer = store.write(turn)
    assert entered.wait(10)
    told = store.write(lambda unit: receipts.settle_receipt(unit, receipt(rank, one_reply)))
    until = monotonic() + 10
    while not store.read(waits_for_a_lock) and monotonic() < until:
        pass
    go.set()
    answer.result(10)
    assert told.result(10) in ("sent", "failed")


def waits_for_a_lock(unit: Unit) -> bool:
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return bool(unit.db.execute(text(waits)).scalar())


def test_a_receipt_ends_the_doubt_about_a_broadcast(store: Store, fake: FakeChannel, via: dict[str, int]) -> None:
    made = store.do(lambda u: broadcast_to(u, via["telegram"], [address_of(u, "a")]))
    fake.plan["a"] = [UNSURE]
    play(store, fake)
    assert ledger(store, made) == {"unknown": 1}
    tell(store, receipt(3, 1))
    assert ledger(store, made) == {"sent": 1}


def test_a_receipt_saves_a_reply_from_being_sent_twice(
    store: Store, clock: Clock, via: dict[str, int], one_reply: int
) -> None:
    claim(store, via["telegram"])
    store.do(lambda u: outbox.mark(u, ME, [one_reply]))
    settle_one(store, Outcome(id=one_reply, kind="uncertain"))
    assert row(store, one_reply).state == "pending"
    tell(store, receipt(3, one_reply))
    clock.forward(seconds=5)
    assert claim(store, via["telegram"]) == []


# --- the ledger adds up ---


EVERY: tuple[settle.Kind, ...] = (
    "sent", "returned", "throttled", "retry", "gone", "uncertain", "failed", "expired",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_the_ledger_adds_up_at_every_moment(store: Store, clock: Clock, via: dict[str, int], seed: int) -> None:
    rng = random.Random(seed)
    size = 12
    made = store.do(
        lambda u: broadcast_to(
            u,
            via["telegram"],
            [address_of(u, f"a{n}") for n in range(size)],
            expires_at=u.now + timedelta(hours=9),
        )
    )
    under_way: list[int] = []

    def some() -> list[int]:
        return rng.sample(under_way, min(len(under_way), 3))

    def settle_some() -> None:
        outcomes = [Outcome(id=i, kind=rng.choice(EVERY), provider_id=f"p{i}", wait=0.01) for i in some()]
        store.do(lambda u: settle.settle(u, ME, outcomes))
        for outcome in outcomes:
            under_way.remove(outcome.id)

    def one_leaves() -> None:
        who = rng.randint(1, size)
        store.do(lambda u: u.db.execute(update(address).where(address.c.id == who).values(opted_out_at=u.now)))

    def told() -> None:
        tell(store, receipt(rng.randint(2, 6), rng.randint(1, size)))

    steps: list[Callable[[], object]] = [
        lambda: under_way.extend(claim(store, via["telegram"])),
        lambda: store.do(lambda u: outbox.mark(u, ME, some())),
        settle_some,
        one_leaves,
        told,
        lambda: clock.forward(seconds=rng.choice((1, 40, 4000))),
        lambda: store.do(lambda u: outbox.sweep(u, under_way if rng.random() < 0.5 else [])),
    ]
    for _ in range(60):
        rng.choice(steps)()
        assert sum(ledger(store, made).values()) == size
        assert_in_step(store)
    clock.forward(hours=10)
    store.do(lambda u: outbox.sweep(u))
    assert ledger(store, made)["pending"] == 0
    assert broadcast_state(store, made) == "done"


def assert_in_step(store: Store) -> None:
    """Each recipient says what its message says."""
    expected = {
        "pending": "pending", "claimed": "pending", "started": "pending", "sent": "sent", "failed": "failed",
        "expired": "failed", "cancelled": "skipped", "unknown": "unknown",
    }  # fmt: skip
    query = select(outbox_table.c.state, recipient.c.state, outbox_table.c.rank).join_from(outbox_table, recipient)
    for message, person, rank in store.read(lambda u: u.db.execute(query).all()):
        assert person == ("sent" if rank > 4 else expected[message])
