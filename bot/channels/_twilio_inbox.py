"""Twilio's list of what came in, looked through every ten minutes: a webhook that was lost is found there.

Twilio calls again only when it could not connect (channels.md 4). What came by a webhook too has the same id and is
heard once. A choice by button is there as its words alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from twilio.rest import Client

from bot.channels import Identity, News
from bot.channels._twilio_check import NoAnswer, ask
from bot.channels._twilio_hooks import WHATSAPP, Form, Reader
from bot.errors import SendError

EVERY = timedelta(minutes=10)
BACK = timedelta(minutes=20)  # before the last look: on its way then, or dated by a clock that is late
# Its webhook, which alone has a photo, a place or a tap, may still be on its way: heard from the list first, they were
# lost, for what comes again under the same id is not heard. The next look has it.
YOUNG = timedelta(minutes=3)
LONGEST = 25.0  # seconds of one wait
PAGE = 1000  # messages a call
MOST = 50_000  # messages of one look and number

log = structlog.stdlib.get_logger("convoca.twilio")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Inbox:
    """What was sent to our numbers."""

    client: Client
    reader: Reader
    numbers: Mapping[str, str]  # channel -> number with its +
    clock: Callable[[], datetime] = _now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _told: tuple[str, frozenset[str]] = field(default=("", frozenset()))  # the cursor given last, and what came with it

    async def poll(self, since: str) -> tuple[News, str]:
        """What came since the last look (a moment as ISO; '' at first: from now on). Raises SendError."""
        now = self.clock()
        looked = datetime.fromisoformat(since) if since else now
        left = looked + EVERY - now
        if timedelta(0) < left <= EVERY:  # more: the clock was set back
            await self.sleep(min(left.total_seconds(), LONGEST))
            return News(), looked.isoformat()
        found = [one for channel in self.numbers for one in await self._came_in(channel, looked - BACK, now - YOUNG)]
        # Who asks with another cursor than we gave has not stored what came with it: it is told again.
        known = self._told[1] if since and since == self._told[0] else frozenset()
        fresh = [one for one in sorted(found, key=lambda one: one.date_created) if one.sid not in known]
        self._told = (now.isoformat(), frozenset(one.sid for one in found))
        told = [self.reader.listed(_form(one)) for one in fresh]
        return News(messages=[message for message in told if message is not None]), self._told[0]

    async def _came_in(self, channel: str, since: datetime, until: datetime) -> Sequence[Any]:
        to = (WHATSAPP if channel == "whatsapp" else "") + self.numbers[channel]
        try:
            asked = self.client.messages.list_async(to=to, date_sent_after=since, limit=MOST, page_size=PAGE)
            listed = await ask(asked)
        except NoAnswer as no:
            trouble = SendError(f"Twilio's list of messages could not be read: {no.why}")
        else:
            if len(listed) == MOST:
                log.error("more came in than one look reads: the oldest are not heard", most=MOST, channel=channel)
            return [one for one in listed if one.direction == "inbound" and since <= _at(one) <= until]
        raise trouble


def inbox(client: Client, reader: Reader, identities: Sequence[Identity], senders: Mapping[str, str]) -> Inbox:
    """Of those of our senders that are numbers: what comes to a messaging service comes to numbers we do not know."""
    numbers = {one.channel: senders[one.name] for one in identities if senders[one.name].startswith("+")}
    return Inbox(client, reader, numbers)


def _at(one: Any) -> datetime:
    made: datetime = one.date_created
    return made if made.tzinfo else made.replace(tzinfo=UTC)


def _form(one: Any) -> Form:
    """A message of the list as its webhook would have told it."""
    return Form([("MessageSid", str(one.sid)), ("From", str(one.from_)), ("To", str(one.to)), ("Body", one.body or "")])
