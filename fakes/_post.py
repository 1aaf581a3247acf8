"""What a provider posts to the product: webhooks and receipts, once or twice, in order or not, now or later."""

from __future__ import annotations

import http.client
import queue
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Order = Literal["as said", "reversed", "shuffled"]
LOCAL = ("127.0.0.1", "localhost", "::1")
TIMEOUT = 15.0  # seconds that a provider waits for the product's answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One request to the product. `url` is the public one, as the product told it; signatures are made for it."""

    id: str  # of the message, update or event in it
    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "message"  # 'message' | 'receipt'
    method: str = "POST"
    ref: str = ""  # for the provider itself: what it knows this by


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the product answered. status 0: not delivered (held back, queued, or nobody answered; body says which)."""

    status: int
    body: str
    id: str


@dataclass(slots=True, kw_only=True)
class Deliver:
    """How webhooks go out. Change it at any time."""

    times: int = 1  # each so often: 2 = a duplicate
    tries: int = 3  # when it fails, so often in all
    order: Order = "as said"  # of a batch: `with provider.batch(): ...`
    delay: float = 0.0  # seconds before each
    receipt_times: int = 1
    receipt_order: Order = "as said"  # of the receipts of one message
    receipt_late: bool = False  # held until `provider.release()`


Carry = Callable[[Outgoing], tuple[int, str]]
"""Takes a request to the product; (status, body), status 0 when nobody answered."""


def carry(out: Outgoing, timeout: float = TIMEOUT) -> tuple[int, str]:
    """By HTTP, to this machine only."""
    to = urlsplit(out.url)
    if to.hostname not in LOCAL or to.scheme != "http":
        return 0, f"{to.scheme}://{to.hostname} is not this machine: give the fake a route for it"
    connection = http.client.HTTPConnection(to.hostname, to.port or 80, timeout=timeout)
    try:
        connection.request(out.method, f"{to.path}?{to.query}" if to.query else to.path, out.body, dict(out.headers))
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as fault:
        return 0, type(fault).__name__
    finally:
        connection.close()


def ordered(outs: Sequence[Outgoing], order: Order, rng: random.Random | None) -> list[Outgoing]:
    """A batch in the order asked for. Raises ValueError: to shuffle it, the provider needs an rng."""
    if order == "as said":
        return list(outs)
    if order == "reversed":
        return list(reversed(outs))
    if rng is None:
        raise ValueError("give the provider an rng: Telegram(rng=random.Random(1))")
    return rng.sample(list(outs), len(outs))


class Postman:
    """Posts in a thread of its own, one after the other: receipts come while nobody waits for them."""

    def __init__(self, post: Callable[[Outgoing], object]) -> None:
        self._post = post
        self._queue: queue.Queue[Outgoing | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._open = 0
        self._changed = threading.Condition()

    def put(self, outs: Sequence[Outgoing]) -> None:
        """To be posted soon."""
        with self._changed:
            self._open += len(outs)
        for out in outs:
            self._queue.put(out)

    def start(self) -> None:
        """Begin to post."""
        self._thread = threading.Thread(target=self._run, name="fake provider's postman", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after what is being posted now; the rest stays in the bag."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(2 * TIMEOUT)
            self._thread = None

    def idle(self, timeout: float) -> bool:
        """Wait until everything was posted; False: it took longer."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, timeout)

    def _run(self) -> None:
        while (out := self._queue.get()) is not None:
            try:
                self._post(out)
            finally:
                with self._changed:
                    self._open -= 1
                    self._changed.notify_all()
