"""Random histories of what providers do: the ledger adds up at every moment, and nobody is told twice on a guess."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from bot.errors import SendError
from storage import broadcasts, outbox, receipts, senders, settle
from storage import tables as t
from storage.settle import Outcome
from storage.store import Store
from tests.conftest import Clock
from tests.convoke.acts import adds_up
from tests.convoke.town import CHANNELS, NOON, Town
from tests.sending.onward_kit import AGAIN, BLOCKED, DROPPED, LEFT, ME, NO_WAY, OFF, House

PAUSED = SendError("too many", throttled=True, retry_after=30.0)
STOPPED = SendError("no SIM", halt=True)
POLICIES = (AGAIN, OFF, NO_WAY, BLOCKED, LEFT, DROPPED, PAUSED, STOPPED, None)
KINDS: tuple[settle.Kind, ...] = (
    "sent", "sent", "sent", "returned", "throttled", "repeat", "retry", "gone", "left", "uncertain", "failed", "halt",
)  # fmt: skip
PEOPLE, STEPS = 9, 120


class History:
    """A town of people with one, two, three addresses, some of them shared; and chance."""

    def __init__(self, house: House, clock: Clock, seed: int) -> None:
        self.house, self.clock, self.rng = house, clock, random.Random(seed)
        self.under_way: list[int] = []
        self.known: dict[int, Any] = {}  # tries seen so far
        town = house.town
        together = [town.address(channel, ago=200 + n) for n, channel in enumerate(CHANNELS)]
        for _ in range(PEOPLE):
            own = self.rng.sample(CHANNELS, self.rng.randint(1, 3))
            at = [town.address(channel, ago=self.rng.choice((None, 1, 50, 500))) for channel in own]
            town.person(*at, *(self.rng.sample(together, 1) if self.rng.random() < 0.4 else []))
        house.announce(shared=self.rng.choice(("one", "each")))
        self.audience = house.ledger().audience

    def some(self, ids: list[int]) -> list[int]:
        return self.rng.sample(ids, min(len(ids), 3))

    # what may happen

    def claim(self) -> None:
        self.under_way += [letter.id for letter in self.house.claim()]

    def settle(self) -> None:
        chosen = self.some(self.under_way)
        outcomes = [self.outcome(id) for id in chosen]
        self.house.town.store.do(lambda unit: settle.settle(unit, ME, outcomes))
        self.under_way = [id for id in self.under_way if id not in chosen]

    def outcome(self, id: int) -> Outcome:
        kind = self.rng.choice(KINDS)
        fallback = kind == "gone" or self.rng.random() < 0.6
        return Outcome(id=id, kind=kind, provider_id=f"p{id}", wait=0.5, fallback=fallback, tries=2, told="x")

    def told(self) -> None:
        rows = [row.id for row in self.house.messages() if row.state in ("started", "sent", "unknown", "failed")]
        for id in self.some(rows):
            rank = self.rng.choice((2, 3, 4, 4, 4, 5, 6))
            self.house.tell(id, rank, self.rng.choice(POLICIES) if rank == 4 else None)

    def one_leaves(self) -> None:
        at = self.rng.choice(self.house.town.rows(t.address)).id
        self.house.change(t.address, at, opted_out_at=self.clock.now())

    def reach(self) -> None:
        at = self.rng.choice(self.house.town.rows(t.address))
        reachable = self.rng.random() < 0.5
        self.house.town.store.do(lambda u: receipts.mark_reachable(u, at.channel, at.value, reachable))

    def hold(self) -> None:
        turn = self.rng.choice((broadcasts.stop, broadcasts.resume, broadcasts.resume))
        code = self.house.ledger().code
        self.house.town.store.do(lambda unit: turn(unit, code))

    def mend(self) -> None:
        for row in self.house.town.rows(t.sender):
            self.house.town.store.do(lambda unit, name=row.name: senders.resume(unit, name))  # type: ignore[misc]

    def later(self) -> None:
        self.clock.forward(seconds=self.rng.choice((1, 40, 4000)))

    def sweep(self) -> None:
        held = self.under_way if self.rng.random() < 0.5 else []
        self.house.town.store.do(lambda unit: outbox.sweep(unit, held))

    def step(self) -> None:
        """Anything of these; sending and settling most."""
        often: list[Callable[[], None]] = [self.claim, self.settle, self.told, self.mend] * 3
        self.rng.choice([*often, self.one_leaves, self.reach, self.hold, self.later, self.later, self.sweep])()

    # what must hold

    def check(self) -> None:
        ledger = self.house.ledger()
        assert adds_up(ledger)
        assert ledger.audience == self.audience
        assert ledger.state != "done" or not ledger.pending
        addresses = {row.id: row for row in self.house.town.rows(t.address)}
        tries: dict[int, list[Any]] = {}
        for row in self.house.messages():
            tries.setdefault(row.recipient_id, []).append(row)
        for entry in self.house.town.rows(t.recipient, t.recipient.c.broadcast_id == self.house.made):
            self.one(entry, tries.get(entry.id, []), addresses)
        self.known = {row.id: row for rows in tries.values() for row in rows}

    def one(self, entry: Any, rows: list[Any], addresses: dict[int, Any]) -> None:
        """The tries of one person."""
        if not rows:
            assert entry.state == "skipped"
            return
        told = [(row.attempt, row.state, row.rank, row.error) for row in rows]
        assert entry.state == settle.standing(told)[0]
        went = list(dict.fromkeys(row.address_id for row in rows))
        assert len(went) <= 2, "at most one fallback"
        assert len({addresses[id].channel for id in went}) == len(went)
        assert len({row.attempt for row in rows}) == len(rows)
        for row in rows:
            if row.id not in self.known and row.address_id != rows[0].address_id:
                self.fresh(row, rows, addresses[row.address_id])

    def fresh(self, row: Any, rows: list[Any], at: Any) -> None:
        """A fallback that has just been made."""
        first = [other for other in rows if other.address_id != row.address_id]
        assert all(other.state in ("failed", "started", "claimed") for other in first), "only after a failure"
        assert all(other.rank == 4 for other in first if other.state != "failed"), "told before our call came back"
        assert at.opted_out_at is None
        assert at.reachable
        sharing = len(self.house.town.rows(t.contact, t.contact.c.address_id == at.id))
        assert self.house.text(row.id) == f"{at.channel} shared" if sharing > 1 else f"{at.channel} own {{name}}"


@pytest.mark.parametrize("seed", [1, 3, 6, 8, 9, 10])
def test_the_ledger_adds_up_whatever_providers_do_and_say(store: Store, clock: Clock, seed: int) -> None:
    clock.set(NOON)
    history = History(House(Town.build(store)), clock, seed)
    for _ in range(STEPS):
        history.step()
        history.check()
    code = history.house.ledger().code
    store.do(lambda unit: broadcasts.resume(unit, code))
    clock.forward(days=4)
    store.do(lambda unit: outbox.sweep(unit))
    store.do(broadcasts.finish)
    history.check()
    assert (history.house.ledger().pending, history.house.ledger().state) == (0, "done")


def test_these_histories_come_to_every_place(store: Store, clock: Clock) -> None:
    """Else the one above would hold for nothing."""
    clock.set(NOON)
    history = History(House(Town.build(store)), clock, seed=9)
    seen: Counter[str] = Counter()
    for _ in range(2 * STEPS):
        history.step()
        rows = history.house.messages()
        seen.update({row.state for row in rows} | {f"attempt {row.attempt}" for row in rows})
        seen.update({f"recipient {row.state}" for row in history.house.town.rows(t.recipient)})
    wanted = {"sent", "failed", "unknown", "started", "held", "attempt 2", "attempt 3", "recipient unknown"}
    assert wanted <= set(seen)
