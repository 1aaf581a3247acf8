"""A sender that sends when a test says so, in the steps of the sender loop."""

from __future__ import annotations

from functools import partial

from storage import outbox, senders, settle
from storage.settle import Outcome
from storage.store import Store, Unit

ME = "a test"


def deliver(store: Store) -> int:
    """Send all that is due, in the steps of the sender loop; how many it were."""
    every = store.read(senders.senders)
    return sum(_of(store, sender.id) for sender in every)


def _of(store: Store, sender_id: int) -> int:
    sent = 0
    while sender_id in store.read(lambda unit: outbox.ready(unit, gap=0.0)):
        ids = [letter.id for letter in store.do(lambda unit: outbox.claim(unit, sender_id, ME, gap=0.0)).letters]
        if ids:
            store.do(partial(_sent, ids=ids))
        sent += len(ids)
    return sent


def _sent(unit: Unit, ids: list[int]) -> None:
    outbox.mark(unit, ME, ids)
    settle.settle(unit, ME, [Outcome(id=i, kind="sent", provider_id=f"sim-{i}") for i in ids])
