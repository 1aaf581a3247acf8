"""A sender that sends when a test says so, in the steps of the sender loop."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bot.message import Reply
from storage import outbox, senders, settle
from storage.outbox import Letter
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
        letters = store.do(lambda unit: outbox.claim(unit, sender_id, ME, gap=0.0)).letters
        if letters:
            store.do(partial(_sent, letters=letters))
        sent += len(letters)
    return sent


def _sent(unit: Unit, letters: Sequence[Letter]) -> None:
    """As the simulator's channel takes them: what takes the place of an earlier message has its id."""
    outbox.mark(unit, ME, [letter.id for letter in letters])
    ids = {letter.id: Reply.from_json(letter.body).in_place_of or f"sim-{letter.id}" for letter in letters}
    settle.settle(unit, ME, [Outcome(id=i, kind="sent", provider_id=given) for i, given in ids.items()])
