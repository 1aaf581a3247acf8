"""The inbox of the phone, looked through again and again: what a webhook did not bring is found there.

The time of an SMS is that of the message centre, which may be hours before it arrives: so each look goes back two days.
What was there at the look before is left out, and what comes twice has the same key (_android_sms.key).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels import News
from bot.channels._android_sms import incoming, moment, unread
from bot.message import Message, Unread

BACK = timedelta(days=2)
BEFORE = timedelta(minutes=10)  # of the first look of all: what is older was not written to us
PAGE, PAGES = 500, 20  # messages of one answer (the app gives no more), answers of one look

Ask = Callable[[Mapping[str, str]], Awaitable[Any]]
"""GET /inbox with these parameters; what its answer holds."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """When we began to listen to this phone, and when we last looked: '<time>/<time>'."""

    began: datetime
    looked: datetime

    @classmethod
    def read(cls, text: str, now: datetime) -> Cursor:
        """Of what `str` has written; of anything else, a beginning."""
        times = [moment(part) for part in text.split("/")]
        if len(times) == 2 and times[0] and times[1]:
            return cls(times[0], times[1])
        return cls(now - BEFORE, now - BEFORE)

    def __str__(self) -> str:
        return f"{stamp(self.began)}/{stamp(self.looked)}"

    @property
    def since(self) -> datetime:
        """The oldest that is asked for."""
        return max(self.began, self.looked - BACK)


def stamp(when: datetime) -> str:
    """'2026-11-21T15:00:00.000Z', the form the app reads."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


async def entries(ask: Ask, since: datetime, until: datetime) -> Sequence[object]:
    """Every SMS of that time, the newest first as the phone has them. Raises ValueError: an answer is no list."""
    found: list[object] = []
    for page in range(PAGES):
        part = await ask(
            {
                "type": "SMS",
                "from": stamp(since),
                "to": stamp(until),
                "limit": str(PAGE),
                "offset": str(page * PAGE),
            }
        )
        if not isinstance(part, list):
            raise ValueError("not a list")
        found += part
        if len(part) < PAGE:
            break
    return found


def news(found: Sequence[object], country: str, known: frozenset[str]) -> tuple[News, frozenset[str]]:
    """(what is not known yet, the oldest first; the keys of all there is)."""
    read = [each for each in (_read(entry, country) for entry in reversed(found)) if each]
    every = {each.provider_id: each for each in read}
    fresh = [each for key, each in every.items() if key not in known]
    messages = [each for each in fresh if isinstance(each, Message)]
    strange = [each for each in fresh if isinstance(each, Unread)]
    return News(messages=messages, unread=strange), frozenset(every)


def _read(entry: object, country: str) -> Message | Unread | None:
    if isinstance(entry, dict):
        who, text, when = entry.get("sender"), entry.get("contentPreview"), moment(entry.get("createdAt"))
        if isinstance(who, str) and isinstance(text, str) and when is not None:
            return incoming(who, when, text, country)
    body = json.dumps(entry, sort_keys=True).encode()
    return unread(body, "an SMS in the inbox has no sender, contentPreview or createdAt that can be read")
