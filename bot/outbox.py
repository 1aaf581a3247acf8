"""The sender loop: reserve slots, claim, mark, send, settle (DESIGN 5). Any number of processes may run it at once.

Two short transactions before a message's network call and one after it:

    claim   slots of the sender and rows for them (a lot: about a tenth of a second of the rate)
    mark    'started', for those whose slot is near
    send    each at its own slot; a slot missed by more than `LATE` is not used: the message takes another
    settle  results of 20 ms together

Whatever breaks in between, the row's state and lease say how far it came; `sweep` takes it up again.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import TypeVar

import structlog

from bot import envelope, logs, metrics
from bot.channels import Channel, Identity, identities
from bot.countries import country_of, land_of
from bot.errors import SendError
from bot.sending_rules import sender_for
from storage import closures, lines, outbox, senders, settle
from storage.outbox import Letter
from storage.senders import LATE, SHARE, Sender
from storage.settle import Outcome
from storage.store import Store, Unit
from storage.trouble import TROUBLE
from storage.watch import Watch

T = TypeVar("T")

GAP = 1.0 / SHARE  # seconds between two messages to one address
IDLE = 0.05  # seconds between two looks at an empty queue
LAZY = 0.25  # seconds between two looks while the database says that nothing was written
GATHER = 0.02  # seconds that results wait for each other
NEAR = 0.05  # seconds before its slot that a message is marked
UNWRITTEN = 100  # results; while more wait, nothing is claimed
IN_HAND = 1000  # messages claimed and not settled, at most
SPARE = 1.0  # seconds before its lease ends that a message must be through
SWEEP = 1.0  # seconds between two looks for what others lost

log = structlog.stdlib.get_logger("convoca.outbox")


@dataclass(slots=True)
class Held:
    """A claimed message and its moments on this process's own clock."""

    letter: Letter
    sender: Sender
    slot: float
    lease: float
    expires: float
    void: bool = False  # its sender waits or stopped meanwhile: it goes back unsent


def ensure_senders(store: Store, channels: Mapping[str, Channel], rules: str = "") -> None:
    """A row for each of our identities, with its limit: at the start of every process, before anything comes in.

    Those that no setting names any more are switched off; the phones of an SMS line go over to another one, by the
    rules of CONVOCA_SMS_BY_COUNTRY.
    """
    every = identities(channels)

    def work(unit: Unit) -> list[str]:
        on = [_ensure(unit, via, who) for via, who in every]
        off = senders.switch_off(unit, on)
        _take_over(unit, rules)
        return off

    placed: int | None = 0
    while placed is not None:
        placed = store.do(partial(_place, after=placed))
    for name in store.do(work):
        log.warning("a sender is switched off: what waits for it goes another way, or waits", sender=name)


def _ensure(unit: Unit, via: str, who: Identity) -> int:
    return senders.ensure(unit, who.name, who.channel, via, who.rate, window=who.window, templates=who.templates)


def _place(unit: Unit, after: int) -> int | None:
    """Write down the country of some addresses that came before countries were kept; the last of them."""
    found = closures.unplaced(unit, after)
    closures.place(unit, [(id, land_of("sms", number)) for id, number in found])
    return found[-1][0] if found else None


def _take_over(unit: Unit, rules: str) -> None:
    on = senders.senders(unit)
    theirs: dict[int, list[int]] = {}
    for id, number in lines.left_behind(unit):
        line = sender_for(country_of(number), on, rules)
        if line is not None:
            theirs.setdefault(line.id, []).append(id)
    for line_id, ids in theirs.items():
        lines.take_over(unit, ids, line_id)


class Outbox:
    """One sender loop.

    gap   seconds between two messages to one address
    seam  called with the name of each step, so that a test can break off there
    """

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        *,
        gap: float = GAP,
        seam: Callable[[str], None] | None = None,
    ) -> None:
        self.me = f"{socket.gethostname()[:40]}-{os.getpid()}-{logs.error_id()}"
        self._store, self._channels, self._gap = store, channels, gap
        self._seam = seam or (lambda step: None)
        self._stopping, self._bell, self._news = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._senders: dict[int, Sender] = {}
        self._held: dict[int, Held] = {}
        self._again: dict[int, float] = {}  # sender -> when asking for slots is worth it
        self._barred: dict[int, int] = {}  # message -> its sender, which waits until this result is written
        self._results: list[Outcome] = []
        self._unwritten = 0
        self._claiming, self._marking = 0.0, 0.0  # how long these take, lately
        self._sending: asyncio.TaskGroup
        self._ended = False

    def stop(self) -> None:
        """Finish what is being sent, give back the rest, write it all down, end."""
        self._stopping.set()
        self._bell.set()

    async def run(self) -> None:
        """Send until `stop`. Raises what breaks the loop itself; a channel's errors never do."""
        async with asyncio.TaskGroup() as writing:
            writing.create_task(self._write_results())
            async with asyncio.TaskGroup() as self._sending:
                await self._pump()
            self._ended = True
            self._news.set()

    # -- claiming --

    async def _pump(self) -> None:
        swept, look_at, watch = -SWEEP, 0.0, Watch(self._store)
        try:
            while not self._stopping.is_set():
                if monotonic() >= swept + SWEEP:
                    swept = monotonic()
                    await self._look_round()
                wait = IDLE
                if watch.news() or monotonic() >= look_at:
                    began = monotonic()
                    wait = await self._look()
                    # A sender that could not yet send when the look began may be free by now: it is looked at again.
                    later = [again for again in self._again.values() if again > began]
                    look_at = min([monotonic() + LAZY, *later])
                await self._rest(wait)
        finally:
            watch.close()

    async def _look(self) -> float:
        """Claim for every sender that can send now; seconds until the next look is worth it."""
        claimed = [await self._claim(i) for i in await self._ready()]
        self._seam("looked")
        return min([IDLE, *claimed])

    async def _look_round(self) -> None:
        """What other processes lost, what has expired, and which senders there are."""
        held = list(self._held)
        every = await self._write(lambda unit: (outbox.sweep(unit, held), senders.senders(unit))[1])
        self._senders = {s.id: s for s in every if s.via in self._channels}

    async def _ready(self) -> list[int]:
        if self._unwritten > UNWRITTEN or len(self._held) >= IN_HAND:
            return []
        headroom = self._headroom()
        try:
            found = await asyncio.to_thread(
                self._store.read, lambda unit: outbox.ready(unit, gap=self._gap, headroom=headroom)
            )
        except TROUBLE as error:
            log.warning("the database does not answer", exc_info=error)
            return []
        barred, now = set(self._barred.values()), monotonic()
        return [i for i in found if i in self._senders and i not in barred and self._again.get(i, 0.0) <= now]

    async def _claim(self, sender_id: int) -> float:
        """Claim for one sender and set out; seconds until asking again is worth it."""
        sender, headroom, asked = self._senders[sender_id], self._headroom(), monotonic()

        def work(unit: Unit) -> tuple[float, outbox.Claim]:
            # The slots are told from the unit's now: this moment on our own clock.
            base, weigh = monotonic(), partial(envelope.weigh, channel=sender.channel)
            return base, outbox.claim(unit, sender_id, self.me, gap=self._gap, headroom=headroom, weigh=weigh)

        base, claim = await self._write(work)
        self._seam("claimed")
        self._claiming = _lately(self._claiming, monotonic() - asked)
        self._again[sender_id] = monotonic() + claim.wait
        lot = [_held(letter, sender, base) for letter in claim.letters]
        self._held |= {held.letter.id: held for held in lot}
        if lot:
            self._sending.create_task(self._send_lot(deque(lot)))
        return max(claim.wait, 0.001)

    def _headroom(self) -> float:
        """Seconds from a claim to its first network call: earlier slots would be missed."""
        return min(1.0, 1.25 * (self._claiming + self._marking) + 0.002)

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), seconds)
        self._bell.clear()

    # -- sending --

    async def _send_lot(self, lot: deque[Held]) -> None:
        while lot:
            await self._until(lot[0].slot - self._near())
            if self._stopping.is_set():
                break
            near = [lot.popleft() for held in tuple(lot) if held.slot <= monotonic() + self._near()]
            self._seam("marking")
            asked, ids = monotonic(), [held.letter.id for held in near]
            ours = await self._write(lambda unit, ids=ids: outbox.mark(unit, self.me, ids))  # type: ignore[misc]
            self._marking = _lately(self._marking, monotonic() - asked)
            self._seam("marked")
            for held in near:
                if held.letter.id in ours:
                    self._sending.create_task(self._send(held))
                else:  # taken back meanwhile: the person left, or the lease was lost
                    del self._held[held.letter.id]
        for held in lot:
            self._tell(held, _outcome(held, "returned"))

    def _near(self) -> float:
        return max(NEAR, 1.25 * self._marking)

    async def _send(self, held: Held) -> None:
        await self._until(held.slot)
        outcome = self._withheld(held)
        if outcome is None:
            outcome = await self._call(held)
            self._seam("called")
        self._tell(held, outcome)

    def _withheld(self, held: Held) -> Outcome | None:
        """Why it must not be sent now, if so."""
        now = monotonic()
        if self._stopping.is_set() or held.void or now > held.slot + LATE or now > held.lease - SPARE:
            return _outcome(held, "returned")
        return _outcome(held, "expired", "its time was over") if now >= held.expires else None

    async def _call(self, held: Held) -> Outcome:
        letter, began = held.letter, monotonic()
        try:
            parcel = envelope.parcel(letter, held.sender.name, held.sender.channel)
        except envelope.UNREADABLE as error:
            return self._surprise(held, error, "failed")
        try:
            async with asyncio.timeout(held.lease - SPARE - began):
                given = await self._channels[held.sender.via].send(parcel)
            return replace(_outcome(held, "sent"), provider_id=given)
        except SendError as error:
            if error.alert:
                log.error("the operator should know", sender=held.sender.name, outbox_id=letter.id, why=error.told)
            return envelope.judged(letter.id, error)
        except Exception as error:  # noqa: BLE001  # the edge: whatever it was, the message may have been sent
            return self._surprise(held, error, "uncertain")
        finally:
            metrics.send_seconds.labels(held.sender.name).observe(monotonic() - began)

    def _surprise(self, held: Held, error: Exception, kind: settle.Kind) -> Outcome:
        """An error that no channel foresees: recorded, and the loop goes on."""
        known = logs.error_id()
        log.error("a sending broke", error_id=known, outbox_id=held.letter.id, sender=held.sender.name, exc_info=error)
        return _outcome(held, kind, f"{type(error).__name__}, error {known}")

    async def _until(self, moment: float) -> None:
        """Sleep, unless the loop is stopped meanwhile."""
        wait = moment - monotonic()
        if wait > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)

    # -- settling --

    def _tell(self, held: Held, outcome: Outcome) -> None:
        if outcome.kind in ("throttled", "halt"):
            self._barred[outcome.id] = held.sender.id
            for other in self._held.values():
                other.void |= other.sender.id == held.sender.id
        if outcome.kind == "halt":
            log.error("a sender has stopped and keeps its queue", sender=held.sender.name, why=outcome.told)
        metrics.sends.labels(held.sender.name, outcome.kind).inc()
        self._results.append(outcome)
        self._unwritten += 1
        self._news.set()

    async def _write_results(self) -> None:
        while not self._ended or self._results:
            await self._news.wait()
            self._news.clear()
            if not self._ended:
                await asyncio.sleep(GATHER)
            results, self._results = self._results, []
            if results:
                await self._write(lambda unit, results=results: self._settle(unit, results))  # type: ignore[misc]
                self._seam("settled")
                self._forget(results)

    def _settle(self, unit: Unit, results: list[Outcome]) -> None:
        settle.settle(unit, self.me, results)
        self._seam("settling")

    def _forget(self, results: list[Outcome]) -> None:
        self._unwritten -= len(results)
        for outcome in results:
            del self._held[outcome.id]
            self._barred.pop(outcome.id, None)
        self._bell.set()

    async def _write(self, work: Callable[[Unit], T]) -> T:
        """One transaction, again and again while the database does not answer. Each work may run twice unharmed."""
        wait = 0.1
        while True:
            try:
                return await asyncio.wrap_future(self._store.write(work))
            except TROUBLE as error:
                log.warning("the database does not answer", exc_info=error)
                if self._stopping.is_set() and wait > 3.0:
                    raise
            await asyncio.sleep(wait)
            wait = min(2 * wait, 5.0)


def _held(letter: Letter, sender: Sender, base: float) -> Held:
    expires = float("inf") if letter.expires_in is None else base + letter.expires_in
    lease = base + outbox.LEASE.total_seconds()
    return Held(letter, sender, base + letter.slot_in, lease, expires)


def _outcome(held: Held, kind: settle.Kind, told: str = "") -> Outcome:
    return Outcome(id=held.letter.id, kind=kind, told=told)


def _lately(known: float, measured: float) -> float:
    """A peak counts at once and is forgotten slowly."""
    return max(measured, 0.9 * known)
