"""A phone, our channel on it, and the road between them: calls go by HTTP, webhooks straight to the channel."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot.channels import News, Request
from bot.channels.android import Android, Phone
from bot.errors import SendError, Unwelcome
from bot.message import Parcel, Reply
from fakes.android import Android as FakeAndroid
from fakes.provider import Outgoing

KEY = "a-signing-key-of-the-tests-32-letters"
SITE = "https://convoca.example"
ANA = "+50760000001"
NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)

T = TypeVar("T")


class Clock:
    """One time for both sides. It stands still, and `sleep` moves it on."""

    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.forward(seconds=seconds)


class Gateway(FakeAndroid):
    """The fake, whose webhooks go straight to the channel."""

    def __init__(self, clock: Clock, **more: Any) -> None:
        self.news: list[News] = []
        self.unwelcome: list[Unwelcome] = []
        self.channel: Android | None = None
        self.lost = False  # nobody listens
        self.time = clock
        super().__init__(**{"key": KEY, "clock": clock.seconds, "carry": self._take, "order": "fifo", **more})

    def _take(self, out: Outgoing) -> tuple[int, str]:
        if self.lost or self.channel is None:
            return 0, "nobody"
        (hook,) = self.channel.hooks()
        assert out.url == SITE + hook.path
        headers = {name.lower(): value for name, value in out.headers.items()}
        try:
            news = hook.read(Request(path=hook.path, headers=headers, body=out.body, now=self.time.now))
        except Unwelcome as fault:
            self.unwelcome.append(fault)
            return fault.status, ""
        self.news.append(news)
        return news.answer.status, news.answer.body

    @property
    def texts(self) -> list[str]:
        """What came in by webhook."""
        return [message.text for news in self.news for message in news.messages]

    @property
    def ranks(self) -> list[int]:
        """What was told of ours."""
        return [receipt.rank for news in self.news for receipt in news.receipts]


class Line:
    """Our side."""

    def __init__(self, gateway: Gateway, clock: Clock, **more: Any) -> None:
        self.gateway, self.clock = gateway, clock
        self.channel = self.open(**more)
        gateway.channel = self.channel

    def open(self, *, every: float | None = None, **phone: Any) -> Android:
        """The channel, as a new process has it."""
        given = {
            "url": self.gateway.url,
            "login": "sms",
            "password": self.gateway.password,
            "key": KEY,
            "country": "PA",
            "rate": 10.0,
            "public_url": SITE,
            **phone,
        }
        return Android(Phone(**given), every=every, clock=self.clock, sleep=self.clock.sleep)

    def run(self, work: Callable[[Android], Awaitable[T]], channel: Android | None = None) -> T:
        """Do it, in a loop of its own, and leave nothing open."""
        used = channel or self.channel

        async def whole() -> T:
            try:
                return await work(used)
            finally:
                await used.close()

        return asyncio.run(whole())

    def send(self, parcel: Parcel) -> str | SendError:
        """The provider's id, or why not."""
        try:
            return self.run(lambda channel: channel.send(parcel))
        except SendError as error:
            return error

    def refused(self, parcel: Parcel) -> SendError:
        """Why not."""
        outcome = self.send(parcel)
        assert isinstance(outcome, SendError)
        return outcome

    def look(self, since: str, channel: Android | None = None) -> tuple[News, str]:
        """One call of `poll`."""
        return self.run(lambda used: used.poll(since), channel)


@contextmanager
def line(**more: Any) -> Iterator[Line]:
    """Both, the webhooks registered; no breach of the specification is left unseen."""
    clock = Clock()
    with Gateway(clock, **more) as gateway:
        joined = Line(gateway, clock)
        joined.run(lambda channel: channel.prepare())
        yield joined
        gateway.settle()
    assert gateway.faults == []


def parcel(text: str = "Hola", ref: str = "12", attempt: int = 1, **more: Any) -> Parcel:
    given = {"ref": ref, "attempt": attempt, "sender": "android:sim", "address": ANA, "reply": Reply(text=text)}
    return Parcel(**{**given, "now": NOW, **more})
