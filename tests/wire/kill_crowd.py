"""The people at their phones: they read, answer, and write again when nothing comes."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from time import monotonic

from fakes.provider import Delivered, Phone, Provider
from tests.kit import CHANNELS
from tests.wire.kill_kit import Providers, address_of

ASKED = (  # what a person answers, by what the newest message asks; accents go on their way to an SMS
    (re.compile(r"¿Aceptas\?"), "1"),
    (re.compile(r"Te llamo "), "1"),  # as the profile says
    (re.compile(r"te llamas\?"), "{name}"),
    (re.compile(r"años tienes\?"), "1"),
    (re.compile(r"¿Vas\?"), "1"),
)
STEPS = 5
NAMES = [f"{a}{e}{b}{o}na" for a in "BDFLMNRT" for e in "aeo" for b in "dlmrstv" for o in "ie"]
CODE = re.compile(r"c[oó]digo es (\w+)\.")


@dataclass(slots=True)
class Citizen:
    """Reads the newest message and answers it; who gets no answer for a while writes the same again."""

    name: str
    channel: str
    address: str
    provider: Provider
    patience: float  # seconds
    taps: bool
    wrote: list[str] = field(default_factory=list)
    taken: int = 0
    read: int = 0
    answered: str = ""
    at: float = 0.0

    @property
    def phone(self) -> Phone:
        """Theirs."""
        return self.provider.phone(f"whatsapp:{self.address}" if self.channel == "whatsapp" else self.address)

    @property
    def again(self) -> int:
        """Messages beyond those that the conversation takes."""
        return max(0, len(self.wrote) - STEPS)

    def confirmed(self) -> str:
        """The code that was read; '' before."""
        return next((found[1] for text in self.phone.texts if (found := CODE.search(text))), "")

    def next(self, now: float) -> str:
        """What this person writes now; '' = nothing."""
        texts = self.phone.texts
        newest = texts[-1] if texts else ""
        fresh = len(texts) > self.read and newest != self.answered
        if self.wrote and not fresh and now < self.at + self.patience:
            return ""
        self.read, self.answered, self.at = len(texts), newest, now
        said = next((says for asks, says in ASKED if asks.search(newest)), "SANMARTIN").format(name=self.name)
        self.wrote.append(said)
        return said

    def say(self, said: str) -> None:
        """Write it, or press the first button where there is one; until the house has answered."""
        told = self._press() if self.taps and said == "1" else None
        told = told or self._write(said)
        self.taken += 200 <= told.status < 300

    def _press(self) -> Delivered | None:
        buttons = [pair for one in self.phone.shown[-1:] for pair in one.buttons]
        try:
            return self.provider.tap(self.address, buttons[0][1]) if buttons else None
        except LookupError:  # it was taken away meanwhile
            return None

    def _write(self, said: str) -> Delivered:
        shown = {"telegram": {"name": self.name}, "whatsapp": {"channel": "whatsapp", "profile": self.name}}
        more = shown.get(self.channel, {})
        return self.provider.write(self.address, said, **more)


class Crowd:
    """All citizens, in threads: they write at once."""

    def __init__(self, fakes: Providers, each: int, rng: random.Random) -> None:
        self.citizens = [
            Citizen(
                name=NAMES[n],
                channel=channel,
                address=address_of(channel, n, "citizen"),
                provider=fakes.of(channel),
                patience=rng.uniform(5.0, 10.0),
                taps=channel != "sms" and n % 2 == 0,
            )
            for n, channel in enumerate(CHANNELS * each)
        ]
        self._fakes, self._writing = fakes, {c: ThreadPoolExecutor(24, c) for c in CHANNELS}
        self._ended = threading.Event()
        self._works: list[Future[None]] = []

    @contextmanager
    def awake(self) -> Iterator[Crowd]:
        """They write, and the providers bring what they owe, until this is left."""
        with ThreadPoolExecutor(2) as own, ExitStack() as pools:
            for pool in self._writing.values():
                pools.enter_context(pool)
            try:
                self._works = [own.submit(self._live)]
                bringing = own.submit(self._bring)
                yield self
            finally:
                self._ended.set()
            for work in (bringing, *self._works):
                work.result()

    @property
    def taken(self) -> int:
        """Messages that the house has taken so far."""
        return sum(one.taken for one in self.citizens)

    def done(self) -> bool:
        """Everybody knows the own code."""
        return all(one.confirmed() for one in self.citizens)

    def quiet(self) -> bool:
        """Whether nothing that was written is on its way any more."""
        return all(work.done() for work in tuple(self._works))

    def _live(self) -> None:
        waiting = list(self.citizens)
        while waiting and not self._ended.wait(0.05):
            waiting = [one for one in waiting if not one.confirmed()]
            for one in waiting:
                said = one.next(monotonic())
                if said:
                    self._works.append(self._writing[one.channel].submit(partial(one.say, said)))

    def _bring(self) -> None:
        """Receipts that were held back, and Telegram's updates that were not taken."""
        while not self._ended.wait(1.0):
            self.bring()

    def bring(self) -> None:
        """Once."""
        self._fakes.twilio.release()
        self._fakes.android.release()
        self._fakes.telegram.redeliver()
