"""What all fake providers share: the server, its memory under one lock, phones, misbehaviour, webhooks.

    with Telegram(token=TOKEN) as telegram:
        telegram.plan(AcceptThenReset(), address="1001")    # the next call that sends to 1001
        ...the product sends...
        assert telegram.phone("1001").texts == ["Hola"]
        telegram.tap("1001", "Sí")
        assert telegram.faults == []

A provider is made by a subclass: `routes()`, `throttled`, `refused`, `write`, `tap`. Each handler ends in `perform`.
"""

from __future__ import annotations

import math
import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal, Self

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from fakes._post import Carry, Deliver, Delivered, Outgoing, Postman, carry, ordered
from fakes._seen import (
    CHANCES,
    AcceptThenFail,
    AcceptThenReset,
    Act,
    Exchange,
    Fail,
    Garbage,
    Phone,
    Refuse,
    Reset,
    Shown,
    Stall,
    Throttle,
)  # fmt: skip
from fakes._server import HOST, Cut, Served

__all__ = [
    "AcceptThenFail", "AcceptThenReset", "Act", "Deliver", "Delivered", "Exchange", "Fail", "Garbage", "Outgoing",
    "Phone", "Provider", "Refuse", "Reset", "Shown", "Stall", "Throttle",
]  # fmt: skip

Kind = Literal["sends", "asks"]


class Provider(ABC):
    """A fake. Subclasses say what it speaks.

    port     0 = any
    rng      for `chances` and shuffled deliveries; without one nothing is left to chance
    chances  of misbehaving on a call that sends: {'throttle': .02}; names in CHANCES
    carry    how webhooks travel; by HTTP to this machine unless a test has something shorter
    """

    def __init__(
        self,
        *,
        port: int = 0,
        rng: random.Random | None = None,
        clock: Callable[[], float] = time.time,
        chances: Mapping[str, float] | None = None,
        carry: Carry = carry,
    ) -> None:
        self.changed = threading.Condition(threading.RLock())  # the one lock; told at every change
        self.clock, self.rng, self.chances = clock, rng, dict(chances or {})
        self.faults: list[str] = []
        self.log: list[Exchange] = []
        self.deliver = Deliver()
        self.blocked: set[str] = set()
        self.public: dict[str, str] = {}  # {'https://bot.example': 'http://127.0.0.1:8000'}: where it really listens
        self._plans: dict[tuple[str, str], list[Act]] = {}
        self._busy_until = 0.0
        self._phones: dict[str, Phone] = {}
        self._count = 0
        self._carry = carry
        self._held: list[Outgoing] | None = None  # a batch being written
        self._late: list[Outgoing] = []  # receipts held back
        self._postman = Postman(self.post)
        self._served = Served(self._app(), port)

    # what a subclass says

    @abstractmethod
    def routes(self) -> Sequence[BaseRoute]:
        """The provider's URLs."""

    @abstractmethod
    def throttled(self, act: Throttle) -> Response:
        """Its 429."""

    @abstractmethod
    def refused(self, act: Refuse) -> Response:
        """Its error body."""

    @abstractmethod
    def write(self, address: str, text: str = "", **more: Any) -> Delivered:
        """The person writes; returns when the product has answered."""

    @abstractmethod
    def tap(self, address: str, label_or_data: str) -> Delivered:
        """The person presses a button of the newest message that has it. Raises LookupError."""

    def failed(self, status: int) -> Response:
        """Its 5xx: not JSON, as it comes from the machine before the provider."""
        return PlainTextResponse("Server Error", status)

    def again(self, status: int) -> bool:
        """Whether a webhook answered like this is delivered again (0: nobody answered)."""
        return not 200 <= status < 300

    def answered(self, out: Outgoing, status: int, body: str) -> None:
        """The product has answered a webhook: every try comes by here. Most have nothing to do then."""
        return None

    # the server

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Serve, in a thread."""
        self._served.start()
        self._postman.start()

    def stop(self) -> None:
        """Nothing is left running. What it remembers stays, and it may be started again on the same port."""
        self._postman.stop()
        self._served.stop()

    @property
    def url(self) -> str:
        """'http://127.0.0.1:40123'."""
        return f"http://{HOST}:{self._served.port}"

    def _app(self) -> ASGIApp:
        return Starlette(routes=list(self.routes()))

    # memory

    def next_id(self) -> int:
        """1, 2, 3 ..."""
        with self.changed:
            self._count += 1
            return self._count

    def fault(self, text: str) -> None:
        """The product broke the specification."""
        with self.changed:
            self.faults.append(text)
            self.changed.notify_all()

    def note(self, exchange: Exchange) -> None:
        """Into the log; who waits in `until` looks again."""
        with self.changed:
            self.log.append(exchange)
            self.changed.notify_all()

    def calls(self, operation: str) -> list[Exchange]:
        """The requests for this operation, in order."""
        with self.changed:
            return [one for one in self.log if one.operation == operation]

    def until(self, condition: Callable[[], object], timeout: float = 5.0) -> None:
        """Wait until this is true, looking at every change. Raises TimeoutError."""
        with self.changed:
            if not self.changed.wait_for(lambda: bool(condition()), timeout):
                raise TimeoutError(f"not within {timeout} s")

    def phone(self, address: str) -> Phone:
        """The phone of this person; empty when nothing was sent to it."""
        with self.changed:
            return self._phones.setdefault(address, Phone(address, self.changed))

    def block(self, address: str) -> Delivered:
        """The person blocks us. status 0: this provider tells nobody."""
        with self.changed:
            self.blocked.add(address)
        return Delivered(0, "", "")

    def unblock(self, address: str) -> Delivered:
        """The person takes us back."""
        with self.changed:
            self.blocked.discard(address)
        return Delivered(0, "", "")

    # misbehaviour

    def plan(self, *acts: Act, address: str = "", operation: str = "") -> None:
        """Misbehave on the next calls that send to this address ('': any), one act a call.

        operation  on the next calls of this operation instead, whether they send or not: 'getUpdates'
        """
        with self.changed:
            self._plans.setdefault((operation, address), []).extend(acts)
        self._served.ring()

    def unplan(self, act: Act) -> None:
        """Forget every such act that is still to come."""
        with self.changed:
            for acts in self._plans.values():
                acts[:] = [one for one in acts if one != act]

    def coming(self, act: Act) -> int:
        """How often this act is still to come."""
        with self.changed:
            return sum(acts.count(act) for acts in self._plans.values())

    def busy(self, seconds: float) -> None:
        """429 to every call that sends, for so long; 0 ends it."""
        with self.changed:
            self._busy_until = self.clock() + seconds

    @property
    def busy_for(self) -> int:
        """Whole seconds that are left of it; 0: it is not busy."""
        return max(0, math.ceil(self._busy_until - self.clock()))

    def planned(self, operation: str) -> bool:
        """Whether something is planned for this operation, whatever the address."""
        with self.changed:
            return any(acts for (name, _), acts in self._plans.items() if name == operation)

    def _next_act(self, operation: str, address: str, kind: Kind) -> Act | None:
        keys = [(operation, address), (operation, "")] + ([("", address), ("", "")] if kind == "sends" else [])
        with self.changed:
            if kind == "sends" and self.busy_for:
                return Throttle(self.busy_for)
            for key in keys:
                if self._plans.get(key):
                    return self._plans[key].pop(0)
            if kind == "asks":
                return None
            for name, chance in self.chances.items():
                if self._chance() < chance:
                    return CHANCES[name]
        return None

    def _chance(self) -> float:
        if self.rng is None:
            raise ValueError("chances need an rng: Telegram(rng=random.Random(1), ...)")
        return self.rng.random()

    async def perform(
        self,
        operation: str,
        params: Mapping[str, Any],
        accept: Callable[[], Response],
        *,
        address: str = "",
        kind: Kind = "sends",
    ) -> ASGIApp:
        """Answer one request, with what was planned for it; it is logged.

        accept  does it, and gives the provider's answer
        kind    what is planned for sending calls happens to those that send alone
        """
        act = self._next_act(operation, address, kind)
        with self.changed:  # noted in the same breath as done: who sees the phone also sees the log
            answer = self._before(act) or self._after(act, accept())
            status = answer.status_code if isinstance(answer, Response) else 0
            self.note(
                Exchange(
                    at=self.clock(),
                    operation=operation,
                    address=address,
                    params=dict(params),
                    status=status,
                    misbehaved=type(act).__name__ if act else "",
                )
            )
        if isinstance(act, Stall):
            await self._served.pause(act.seconds)
        return answer

    def _before(self, act: Act | None) -> ASGIApp | None:
        match act:
            case Throttle():
                return self.throttled(act)
            case Refuse():
                return self.refused(act)
            case Fail():
                return self.failed(act.status)
            case Reset():
                return Cut(self._served)
        return None

    def _after(self, act: Act | None, answer: Response) -> ASGIApp:
        match act:
            case AcceptThenFail():
                return self.failed(act.status)
            case AcceptThenReset():
                return Cut(self._served)
            case Garbage():
                return PlainTextResponse("<html><body>moment, please</body></html>", act.status, media_type="text/html")
        return answer

    # webhooks

    def post(self, out: Outgoing) -> Delivered:
        """Deliver it now, again while it fails, as `deliver` says."""
        delivered = Delivered(0, "", out.id)
        for _ in range(self.deliver.times if out.kind == "message" else self.deliver.receipt_times):
            if self.deliver.delay:
                threading.Event().wait(self.deliver.delay)
            delivered = self._post_once(out)
        return delivered

    def _post_once(self, out: Outgoing) -> Delivered:
        status, body = 0, ""
        for _ in range(self.deliver.tries):
            status, body = self._carry(self._really(out))
            self.answered(out, status, body)
            if not self.again(status):
                break
        with self.changed:
            self.changed.notify_all()
        return Delivered(status, body, out.id)

    def _really(self, out: Outgoing) -> Outgoing:
        for public, local in self.public.items():
            if out.url.startswith(public):
                return replace(out, url=local + out.url.removeprefix(public))
        return out

    def dispatch(self, out: Outgoing) -> Delivered:
        """Deliver a message now; inside `batch()` it is held, status 0."""
        with self.changed:
            if self._held is not None:
                self._held.append(out)
                return Delivered(0, "held", out.id)
        return self.post(out)

    @contextmanager
    def batch(self) -> Iterator[list[Delivered]]:
        """What is written inside goes out together at the end, in `deliver.order`; the list then has the answers."""
        answers: list[Delivered] = []
        self._held = []
        try:
            yield answers
        finally:
            outs, self._held = self._held, None
        answers += [self.post(out) for out in ordered(outs, self.deliver.order, self.rng)]

    def receipts(self, *outs: Outgoing) -> None:
        """Post the receipts of one message soon, in `deliver.receipt_order`; late ones wait for `release()`."""
        outs_ = ordered(outs, self.deliver.receipt_order, self.rng)
        with self.changed:
            if self.deliver.receipt_late:
                self._late += outs_
                return
        self._postman.put(outs_)

    def release(self) -> None:
        """Post the receipts that were held back."""
        with self.changed:
            outs, self._late = self._late, []
        self._postman.put(outs)

    def settle(self, timeout: float = 5.0) -> None:
        """Wait until every receipt was posted. Raises TimeoutError."""
        if not self._postman.idle(timeout):
            raise TimeoutError(f"receipts were not posted within {timeout} s")
