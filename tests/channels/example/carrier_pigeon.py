"""An example of a whole channel: notes carried by pigeons. The recipe of CONTRIBUTING.md is this file."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Self

from bot.channels import Hook, Identity, News, Request
from bot.errors import SendError, Unwelcome
from bot.message import Message, Parcel, Receipt, Unread

PATH = "/webhooks/carrier_pigeon"
SENDER = "carrier_pigeon:loft"
RANKS = {"released": 3, "lost": 4, "home": 5}

# What the loft answers, or tells later -> what is to be done. What is not here is final, and the operator is told.
POLICIES: Mapping[str, Mapping[str, Any]] = {
    "storm": {"throttled": True, "retry_after": 3600.0},  # all pigeons wait
    "hawk": {"retry_after": 600.0, "tries": 3, "fallback": True},  # another pigeon, then another channel
    "moved": {"gone": True},
    "no more notes": {"left": True},
    "too long": {"fallback": True},
    "no corn": {"halt": True},
}

Loft = Callable[[Parcel], Awaitable[str]]  # releases a pigeon; its ring, or a word of POLICIES


async def no_answer(parcel: Parcel) -> str:
    """Where nobody has built a loft. A real channel asks its provider here."""
    raise TimeoutError


def judge(word: str) -> SendError:
    """The loft's word as a policy. Its text is for the operator: never an address, never the note."""
    if word not in POLICIES:
        return SendError("the loft refuses the note", alert=True)
    return SendError(f"the loft says: {word}", **POLICIES[word])


class CarrierPigeon:
    """One loft."""

    name = "carrier_pigeon"

    def __init__(self, key: str, loft: Loft = no_answer) -> None:
        self._key, self._loft = key, loft

    @classmethod
    def open(cls, settings: Any, *, demo: bool) -> Self | None:
        """Off while no setting names it."""
        key = settings.pigeon_key.get_secret_value()
        return cls(key) if key else None

    def identities(self) -> Sequence[Identity]:
        """One identity with one limit. Its notes are worded and permitted as SMS are."""
        return [Identity(name=SENDER, channel="sms", rate=0.1)]

    async def send(self, parcel: Parcel) -> str:
        """The pigeon's ring. Raises SendError."""
        try:
            answer = await self._loft(parcel)
        except TimeoutError:
            raise SendError("the loft does not answer", uncertain=True) from None  # it may have flown
        if not answer.startswith("ring-"):
            raise judge(answer)
        return answer

    def hooks(self) -> Sequence[Hook]:
        """Where the loft calls."""
        return [Hook(path=PATH, read=self.read)]

    def read(self, request: Request) -> News:
        """What the loft tells. Pure: no clock, no network, no database. Raises Unwelcome."""
        signed = hmac.new(self._key.encode(), request.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signed.encode(), request.headers.get("x-ring", "").encode()):
            raise Unwelcome(403, "the ring is not of our loft")
        try:
            told = json.loads(request.body)
        except (ValueError, RecursionError):
            raise Unwelcome(400, "no JSON") from None
        return _news(told, request.body.decode())


def _news(told: object, raw: str) -> News:
    match told:
        case {"id": str(id), "from": str(address), "note": str(note)}:
            said = Message(channel="sms", sender=SENDER, provider_id=id, address=address, text=note)
            return News(messages=[said])
        case {"ring": str(ring), "ref": int(ref), "came": str(came), **more} if came in RANKS:
            why = str(more.get("why", "")) if came == "lost" else ""
            policy = judge(why) if came == "lost" else None
            told_later = Receipt(
                sender=SENDER, provider_id=ring, outbox_id=ref, rank=RANKS[came], error=why[:40], policy=policy
            )
            return News(receipts=[told_later])
    # Genuine and not understood: kept for the operator, and answered as received.
    digest = hashlib.sha256(raw.encode()).hexdigest()
    return News(unread=[Unread(sender=SENDER, provider_id=digest, payload=raw[:20_000], why="nothing we know of")])
