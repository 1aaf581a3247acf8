"""A phone that takes messages and sends none: 'Processed' for more than 15 minutes (channels.md 7).

One message is watched at a time; what became of it is asked before the next is handed over, so that nobody needs to
remember every message. After its wait one message goes as a trial, whatever became of the first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.errors import SendError

STUCK = timedelta(minutes=15)
WAIT = 1800.0  # seconds

State = Callable[[str], Awaitable[str]]
"""What the phone says of the message with this id; '' when it says nothing."""


class Watched:
    """The message that is watched."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._held: tuple[str, datetime] | None = None  # its id, and when the phone took it

    def took(self, known_as: str, now: datetime) -> None:
        """The phone has this one; it is watched if none is."""
        self._held = self._held or (known_as, now)

    async def look(self, now: datetime) -> None:
        """Raises SendError: the sender waits half an hour."""
        if self._held is None or now - self._held[1] < STUCK:
            return
        known_as, self._held = self._held[0], None
        if await self._state(known_as) == "Processed":
            raise SendError(
                "the phone has held a message for more than 15 minutes and sent none: it waits half an hour",
                throttled=True,
                retry_after=WAIT,
            )
