"""What the web needs of the joined parts: the App has it, and a test may give less."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from bot.channels import News
from bot.clock import Tick
from bot.message import Message
from bot.turn import Parts
from storage.store import Store


class Listener(Protocol):
    """What takes in what providers tell."""

    trouble: tuple[type[Exception], ...]
    """The database's own trouble: nothing was stored, and the provider must deliver again."""

    def hear(self, news: News) -> Sequence[Future[Any]]:
        """Everything of these news, a transaction each; resolved after their commits."""


class Engine(Listener, Protocol):
    """The real turn on the real database."""

    store: Store
    parts: Parts

    def receive(self, message: Message) -> Future[bool]:
        """One message in; resolved after the commit. False: it came before."""

    def ticks(self) -> Sequence[Tick]:
        """What the clock looks at: the simulator, whose clock goes in leaps, looks at once."""
