"""What the web needs of the joined parts: the App has it, and a test may give less."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from bot.message import Message
from bot.turn import Parts
from storage.store import Store


class Engine(Protocol):
    """The real turn on the real database."""

    store: Store
    parts: Parts

    def receive(self, message: Message) -> Future[bool]:
        """One message in; resolved after the commit. False: it came before."""
