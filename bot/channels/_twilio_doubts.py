"""What Twilio knows of a message whose sending got no clear answer: looked up in its list (channels.md 4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from twilio.rest import Client

from bot.channels import Doubt
from bot.channels._twilio_check import NoAnswer, ask
from bot.channels._twilio_errors import reported
from bot.channels._twilio_hooks import FAILED, RANKS
from bot.errors import SendError
from bot.message import Receipt

BEFORE, AFTER = timedelta(seconds=5), timedelta(minutes=2)  # round the call: two clocks, and Twilio's own queue
MOST = 50  # messages to one number that are looked through


async def look(client: Client, doubt: Doubt, envelope: Mapping[str, object], body: str) -> Receipt | None:
    """What became of it; None: Twilio lists no such message, or several that can not be told apart.

    body  its text, where Twilio keeps it as it was sent; '' otherwise
    Raises  SendError: Twilio could not be asked
    """
    since = doubt.parcel.now - BEFORE
    try:
        listed = await ask(client.messages.list_async(to=envelope["to"], date_sent_after=since, limit=MOST))
    except NoAnswer as no:
        trouble = SendError(f"Twilio's list of messages could not be read: {no.why}")
    else:
        fit = [one for one in listed if _fits(one, doubt, body)]
        return _receipt(fit[-1], doubt.parcel.now, doubt) if len(fit) == 1 or (fit and body) else None
    raise trouble


def _fits(one: Any, doubt: Doubt, body: str) -> bool:
    """Ours, of that moment, in these words, and not known as another of our messages."""
    made = one.date_created
    if not isinstance(made, datetime) or not str(one.direction).startswith("outbound") or one.sid in doubt.others:
        return False
    made = made if made.tzinfo else made.replace(tzinfo=UTC)
    return doubt.parcel.now - BEFORE <= made <= doubt.parcel.now + AFTER and body in ("", one.body)


def _receipt(one: Any, now: datetime, doubt: Doubt) -> Receipt | None:
    rank = RANKS.get(str(one.status).lower())
    if rank is None:
        return None
    code = int(one.error_code) if str(one.error_code or "").isdecimal() else 0
    policy = reported(code, attempt=doubt.parcel.attempt, now=now) if rank == FAILED else None
    return Receipt(
        sender=doubt.parcel.sender,
        provider_id=one.sid,
        rank=rank,
        outbox_id=int(doubt.parcel.ref),
        error=policy.told if policy else "",
        policy=policy,
    )
