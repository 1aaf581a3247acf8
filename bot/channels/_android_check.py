"""What `convoca check` says about the phone: one sentence a finding, with what to do when it is not well."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from bot.channels import Finding
from bot.channels._android_hook import EVENTS
from bot.channels._wire import Answer

SLOW = 60  # seconds of drift that are told; webhooks are refused from 300 on
_ILL = {
    "battery:level": "the battery is nearly empty: plug it in",
    "messages:failed": "every message of the last hour failed: check credit and signal",
    "connection:status": "it has no Internet, and calls us only if it is set not to need it",
}
_NAME = re.compile(r"[a-z:_]{1,40}")


def reachable(url: str) -> bool:
    """Whether the app takes this address for its webhooks: https, or this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1")


def no_address(public_url: str) -> str:
    """Why the phone can not call us, and what to do."""
    now = "CONVOCA_PUBLIC_URL does not begin with https://" if public_url else "CONVOCA_PUBLIC_URL is not set"
    return (
        f"The phone can not call this machine: {now}, and the gateway calls nothing else. Its inbox is looked through"
        " every few seconds instead; whether a message was delivered is not known"
    )


def key(signing_key: str) -> Finding:
    """Whether webhooks can be believed."""
    if signing_key:
        return Finding(ok=True, text="Calls of the phone must be signed, and the key is set")
    return Finding(
        ok=False,
        text="CONVOCA_ANDROID_SIGNING_KEY is not set: every call of the phone is refused. Think of a key of at least 32"
        " characters, write it on the phone under Settings > Webhooks > Signing Key, and set it here",
    )


def silent(told: str) -> Finding:
    """Nobody answers at the phone's address."""
    return Finding(
        ok=False,
        text=f"The phone does not answer at CONVOCA_ANDROID_URL ({told}). Is it on, in the same network as this"
        " machine, at the address that the app shows? Is Local Server switched on in the app, and the phone's battery"
        " saver off for it?",
    )


def health(answer: Answer) -> Finding:
    """Of GET /health: 200, or 500 when something fails."""
    if answer.status == 200:
        return Finding(ok=True, text="The phone answers and is well")
    if answer.status == 500 and (ill := sorted(_failing(answer))):
        said = "; ".join(_ILL.get(name, name) for name in ill)
        return Finding(ok=False, text=f"The phone answers, but is not well: {said}")
    return Finding(
        ok=False,
        text=f"What answers at CONVOCA_ANDROID_URL is not a gateway that is well (status {answer.status}). Look at the"
        " app on the phone, and at the address",
    )


def _failing(answer: Answer) -> Iterator[str]:
    checks = _mapping(_json(answer), "checks")
    for name, check in checks.items():
        if isinstance(check, dict) and check.get("status") == "fail" and _NAME.fullmatch(name):
            yield name


def clock(answer: Answer, now: datetime) -> Finding | None:
    """Of the Date that every answer of the phone has; None: it has none, or one that can not be read."""
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    drift = round((told - now).total_seconds())
    if abs(drift) < SLOW:
        return Finding(ok=True, text="The phone's clock agrees with ours")
    side = "ahead" if drift > 0 else "behind"
    return Finding(
        ok=False,
        text=f"The phone's clock is {abs(drift)} seconds {side}; over 300 its calls are refused. Switch on automatic"
        " date and time on the phone, and check the clock of this machine",
    )


def login(answer: Answer) -> Finding | None:
    """Of any answer that needs the password; None: it was accepted."""
    if answer.status != 401:
        return None
    return Finding(
        ok=False,
        text="The phone refuses CONVOCA_ANDROID_LOGIN and CONVOCA_ANDROID_PASSWORD: copy both from the app's first page"
        " (Local Server)",
    )


def webhooks(answer: Answer, url: str) -> Finding:
    """Of GET /webhooks: whether each event comes to our address."""
    listed = _json(answer)
    hooks = [hook for hook in listed if isinstance(hook, dict)] if isinstance(listed, list) else []
    ours = {hook.get("event") for hook in hooks if hook.get("url") == url}
    missing = [event for event in EVENTS if event not in ours]
    if not missing:
        return Finding(ok=True, text="The phone calls us for every event")
    return Finding(
        ok=False,
        text=f"The phone does not call this machine for {', '.join(missing)}. `convoca run` registers that when it"
        " starts: start it again while the phone is reachable",
    )


def order(answer: Answer) -> Finding:
    """Of GET /settings, which older apps do not have: the first message written must be the first sent."""
    told = _mapping(_json(answer), "messages").get("processing_order") if answer.status == 200 else None
    if told == "FIFO":
        return Finding(ok=True, text="The phone sends in the order in which messages were written")
    if told == "LIFO":
        return Finding(
            ok=False,
            text="The phone sends the newest message first, so that parts and questions arrive in the wrong order. On"
            " the phone: Settings > Messages > Processing order > FIFO",
        )
    return Finding(
        ok=True,
        text="Look yourself: on the phone, Settings > Messages > Processing order must be FIFO; the app begins with"
        " LIFO, the newest first",
    )


def internet(answer: Answer) -> Finding | None:
    """Of GET /settings: whether the phone holds its calls back while it has no Internet; None: not known, or it not."""
    needed = _mapping(_json(answer), "webhooks").get("internet_required") if answer.status == 200 else None
    if needed is not True:
        return None
    return Finding(
        ok=True,
        text="The phone waits for the Internet before it calls us. In a network without Internet switch that off on the"
        " phone: Settings > Webhooks > Require Internet connection",
    )


RCS = Finding(
    ok=True,
    text="Look yourself: RCS chats (chat features) must be off in the phone's messages application; what people write"
    " by RCS does not reach us",
)


def _json(answer: Answer) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _mapping(told: Any, name: str) -> Mapping[str, Any]:
    inner = told.get(name) if isinstance(told, dict) else None
    return inner if isinstance(inner, dict) else {}
