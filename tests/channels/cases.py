"""The table that every channel's rows go through: what a call of its webhook tells, what an error of its means.

A channel `x` has its rows in tests/channels/cases_x.py: `CHANNEL`, `CALLS` and `ERRORS`, written in the short forms
that `heard`, `reported` and `meant` give, so that a row of one channel reads like a row of any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.routing import compile_path

from bot.channels import Channel, Hook, Hooked, News, Request
from bot.envelope import judged
from bot.errors import SendError, Unwelcome
from bot.message import Message, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a webhook, and what it comes to."""

    label: str
    request: Request
    status: int = 200
    messages: Sequence[str] = ()  # '+50760000001 sms: Hola'
    receipts: Sequence[str] = ()  # '77 5', '77 4 retry after 60 else elsewhere'
    unread: int = 0  # genuine, and not understood


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One error of a provider, as the channel raises it, and what is done about it."""

    label: str
    error: SendError
    policy: str  # 'gone else elsewhere', 'retry after 60, told'


@dataclass(frozen=True, slots=True)
class Told:
    """What a call came to, in the words of its row."""

    status: int
    messages: Sequence[str] = ()
    receipts: Sequence[str] = ()
    unread: int = 0


def told(channel: Channel, request: Request) -> Told:
    """What this channel makes of this call."""
    hook, found = _hook(channel, request)
    try:
        news: News = hook.read(found)
    except Unwelcome as no:
        return Told(no.status)
    messages, receipts = tuple(heard(m) for m in news.messages), tuple(reported(r) for r in news.receipts)
    return Told(news.answer.status, messages, receipts, len(news.unread))


def _hook(channel: Channel, request: Request) -> tuple[Hook, Request]:
    """The webhook at this path, and the request with the path's parameters. Raises LookupError."""
    assert isinstance(channel, Hooked)
    for hook in channel.hooks():
        fits = compile_path(hook.path)[0].match(request.path)
        if fits:
            return hook, replace(request, params=fits.groupdict())
    raise LookupError(f"{channel.name} has no webhook at {request.path}")


def heard(message: Message) -> str:
    """'+50760000001 sms: Hola', with [button], <voice>, @place."""
    parts = [f"{message.address} {message.channel}:", message.text, f"[{message.button}]" if message.button else ""]
    parts += [f"<{message.media.kind}>" if message.media else "", "@place" if message.location else ""]
    return " ".join(part for part in parts if part)


def reported(receipt: Receipt) -> str:
    """'77 4 gone else elsewhere': our id (else the provider's), the rank, and what a failure means."""
    known = str(receipt.outbox_id or receipt.provider_id)
    return " ".join([known, str(receipt.rank), *([meant(receipt.policy)] if receipt.policy else [])])


def meant(error: SendError) -> str:
    """'retry after 60 else elsewhere, told': what is done, then by the next channel, and whether the operator hears."""
    outcome = judged(0, error)
    waits = f" after {outcome.wait:g}" if outcome.kind in ("retry", "repeat", "throttled") else ""
    elsewhere = " else elsewhere" if outcome.fallback and outcome.kind != "left" else ""
    return f"{outcome.kind}{waits}{elsewhere}{', told' if error.alert else ''}"
