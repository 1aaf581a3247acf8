"""Webhooks of the phone: signed, read, put into our words. Pure: nothing is asked, nothing stored."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.channels import News, Request
from bot.channels._android_errors import failed
from bot.channels._android_sms import SENDER, incoming, moment, unread
from bot.errors import SendError, Unwelcome
from bot.message import Receipt

EVENTS = ("sms:received", "sms:sent", "sms:delivered", "sms:failed", "sms:cancelled", "system:ping")
SENT, FAILED, DELIVERED = 3, 4, 5  # ranks
DRIFT = 300.0  # seconds between the phone's clock and ours
LARGEST = 256_000  # bytes: the longest SMS has 40,000 letters

_OURS = re.compile(r"([0-9]{1,18})\.[0-9]{1,9}(?:\.([0-9]{1,3})(?:\.([0-9a-f]{1,12}))?)?")
_STAMP = re.compile(r"[0-9]{1,12}")
_ENVELOPE = re.compile(r"[\w.-]{1,64}")

Payload = Mapping[str, Any]


class NotUnderstood(Exception):
    """A genuine event has not what it should have. The text says what; nothing of the event is in it."""


def message_id(ref: str, attempt: int, parts: int, stamp: str = "") -> str:
    """The id a message has on the phone: '12.1', '12.1.3' when it goes in three parts, '12.1.3.19aa0f3c1' with a stamp.

    The phone keeps it as a key, so that the same id is never sent twice. The parts are in it because reports of
    delivery come part by part, and nothing else in them says how many there are. The stamp tells the messages of a
    fresh or restored database, which counts from 1 again, from those that the phone remembers.
    """
    return f"{ref}.{attempt}" + (f".{parts}" if parts > 1 or stamp else "") + (f".{stamp}" if stamp else "")


def read(request: Request, *, key: str, country: str) -> News:
    """What one request tells.

    key      the signing key of the app; country: where national numbers of senders belong to ('PA')
    Raises   Unwelcome: not signed by the phone, signed more than five minutes ago or ahead, too large, not JSON
    """
    _verify(request, key)
    told = _object(request.body)
    try:
        return _news(told, country)
    except NotUnderstood as missing:
        return News(unread=[unread(request.body, str(missing), _envelope(told))])


def _verify(request: Request, key: str) -> None:
    if len(request.body) > LARGEST:
        raise Unwelcome(413, "the body is too large")
    if not key:
        raise Unwelcome(401, "CONVOCA_ANDROID_SIGNING_KEY is not set: no webhook of the phone is taken")
    stamp, given = request.headers.get("x-timestamp", ""), request.headers.get("x-signature", "")
    if not _STAMP.fullmatch(stamp) or not given:
        raise Unwelcome(401, "it is not signed")
    made = hmac.new(key.encode(), request.body + stamp.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(made.encode(), given.strip().lower().encode()):
        raise Unwelcome(401, "its signature is wrong: the key is not the one of the phone, or it is forged")
    if abs(request.now.timestamp() - int(stamp)) > DRIFT:
        raise Unwelcome(401, "the phone's clock is off by more than five minutes, or it is an old request again")


def _object(body: bytes) -> Payload:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise Unwelcome(400, "it is not JSON") from None
    if not isinstance(told, dict):
        raise Unwelcome(400, "it is not a JSON object")
    return told


def _envelope(told: Payload) -> str:
    """'<device>:<event>'; '' when they are not there or not of that form."""
    parts = [told.get("deviceId"), told.get("id")]
    fit = all(isinstance(part, str) and _ENVELOPE.fullmatch(part) for part in parts)
    return ":".join(map(str, parts)) if fit else ""


def _news(told: Payload, country: str) -> News:
    event = told.get("event")
    if event == "system:ping":
        return News()
    payload = told.get("payload")
    if not isinstance(payload, dict):
        raise NotUnderstood("it has no payload")
    if event == "sms:received":
        return _received(payload, country)
    make = _RECEIPTS.get(event) if isinstance(event, str) else None
    if make is None:
        raise NotUnderstood("it is an event that we do not know")
    return _receipt(payload, str(event), make)


def _received(payload: Payload, country: str) -> News:
    who, text = payload.get("sender") or payload.get("phoneNumber"), payload.get("message")
    when = moment(payload.get("receivedAt"))
    if not isinstance(who, str) or not isinstance(text, str) or when is None:
        raise NotUnderstood("sms:received has no sender, message or receivedAt that can be read")
    message = incoming(who, when, text, country)
    return News(messages=[message] if message else [])


def _receipt(payload: Payload, event: str, make: Callable[[Payload, int], tuple[int, SendError | None]]) -> News:
    sent_as = payload.get("messageId")
    if not isinstance(sent_as, str):
        raise NotUnderstood(f"{event} has no messageId")
    ours = _OURS.fullmatch(sent_as)
    if ours is None:
        return News()  # somebody else sends with this phone too
    rank, policy = make(payload, int(ours[2] or 1))
    receipt = Receipt(
        sender=SENDER,
        provider_id=sent_as,
        rank=rank,
        outbox_id=int(ours[1]),
        stamp=ours[3] or "",
        error=policy.told if policy else "",
        policy=policy,
        raw={"event": event},
    )
    return News(receipts=[receipt])


def _sent(payload: Payload, parts: int) -> tuple[int, SendError | None]:
    return SENT, None


def _delivered(payload: Payload, parts: int) -> tuple[int, SendError | None]:
    """One report comes for each part: of several, one says no more than that the message is on its way."""
    told = payload.get("partsCount")
    parts = told if isinstance(told, int) and told > 0 else parts
    return (DELIVERED if parts == 1 else SENT), None


def _failed(payload: Payload, parts: int) -> tuple[int, SendError | None]:
    reason = payload.get("reason")
    return FAILED, failed(reason if isinstance(reason, str) else "")


def _cancelled(payload: Payload, parts: int) -> tuple[int, SendError | None]:
    return FAILED, SendError("it was cancelled on the phone")


_RECEIPTS: Mapping[str, Callable[[Payload, int], tuple[int, SendError | None]]] = {
    "sms:sent": _sent,
    "sms:delivered": _delivered,
    "sms:failed": _failed,
    "sms:cancelled": _cancelled,
}
