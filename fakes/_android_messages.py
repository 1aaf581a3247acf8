"""What the gateway on a phone accepts, keeps and tells (capcom6 android-sms-gateway 1.68, local mode)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from fakes._sms import parts

EVENTS = (
    "sms:received", "sms:sent", "sms:delivered", "sms:failed", "sms:cancelled", "sms:data-received", "mms:received",
    "mms:downloaded", "app:started", "system:ping",
)  # fmt: skip
PANAMA = timezone(timedelta(hours=-5))
NUMBER = "+50760009999"  # of the SIM
TYPES: Mapping[str, type | tuple[type, ...]] = {
    "id": str, "message": str, "textMessage": dict, "dataMessage": dict, "phoneNumbers": list, "simNumber": int,
    "withDeliveryReport": bool, "isEncrypted": bool, "priority": int, "deviceId": str, "ttl": int, "validUntil": str,
    "scheduleAt": str,
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Sms:
    """One message to one or more numbers (as they were given -> state, error)."""

    id: str
    text: str
    until: float | None  # seconds since 1970
    sim: int | None
    report: bool
    blind: bool  # its numbers are not looked at
    priority: int
    made: int  # its place among all: what LIFO and FIFO go by
    state: str = "Pending"
    recipients: dict[str, tuple[str, str]] = field(default_factory=dict)
    states: dict[str, float] = field(default_factory=dict)

    @property
    def parts(self) -> int:
        """Parts it is sent in."""
        return parts(self.text)

    def to(self, state: str, at: float, error: str = "", number: str = "") -> None:
        """It, or one of its numbers, is in this state now."""
        for one in [number] if number else list(self.recipients):
            self.recipients[one] = (state, error)
        self.state, self.states[state] = state, at


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One message that came in. `sender` as the network gave it."""

    id: str
    sender: str
    text: str
    at: float


def panama(number: str) -> str:
    """E.164 of a number that a Panamanian SIM takes for a mobile one; '' = it does not.

    Stands for libphonenumber: Panama's mobile numbers are known, of other countries only the shape.
    """
    digits = re.sub(r"[\s().-]", "", number)
    if re.fullmatch(r"6\d{7}", digits):
        return f"+507{digits}"
    if digits.startswith("+507"):
        return digits if re.fullmatch(r"\+5076\d{7}", digits) else ""
    return digits if re.fullmatch(r"\+[1-9]\d{7,14}", digits) else ""


def wrong(body: Any, now: float) -> tuple[str, str]:
    """(why it is refused, what of it the product should have known).

    ('', '') = it is taken, unless its numbers are bad. Expired at arrival is nobody's fault.
    """
    if not isinstance(body, dict):
        return "not a JSON object", "not a JSON object"
    fault = next(_shape(body), "")
    if fault:
        return fault, fault
    until = moment(body["validUntil"]) if "validUntil" in body else None
    return ("message already expired", "") if until is not None and until < now else ("", "")


def _shape(body: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{name} is not a field" for name in body if name not in TYPES)
    yield from (f"{name} has the wrong type" for name, value in body.items() if not _is(value, TYPES.get(name, object)))
    yield from _content(body)
    numbers = body.get("phoneNumbers") or []
    if not numbers or not all(isinstance(number, str) for number in numbers):
        yield "phoneNumbers is empty, or not of texts"
    if "ttl" in body and "validUntil" in body:
        yield "fields conflict: ttl and validUntil"
    if any(name in body and moment(body[name]) is None for name in ("validUntil", "scheduleAt")):
        yield "a time is not ISO 8601"
    if len(body.get("id", "")) > 36:
        yield "id has more than 36 characters"
    for name, low, high in (("simNumber", 1, 3), ("priority", -128, 127), ("ttl", 5, 2**31)):
        if not low <= body.get(name, low) <= high:
            yield f"{name} is out of range"


def _content(body: Mapping[str, Any]) -> Iterator[str]:
    given = [name for name in ("message", "textMessage", "dataMessage") if name in body]
    if given not in (["message"], ["textMessage"]):
        yield "exactly one of textMessage and message is needed; this fake sends no data"
    elif not isinstance(text(body), str) or not text(body):
        yield "the text is empty"


def text(body: Mapping[str, Any]) -> Any:
    """The text in either of its places."""
    return body["message"] if "message" in body else body["textMessage"].get("text")


def _is(value: object, kind: type | tuple[type, ...]) -> bool:
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def moment(value: str) -> float | None:
    """Seconds since 1970 of an ISO 8601 time; None: it is none."""
    try:
        told = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()


def iso(at: float) -> str:
    """'2026-11-21T10:00:00.000-05:00': the phone's own time."""
    return datetime.fromtimestamp(at, PANAMA).isoformat(timespec="milliseconds")


def reason(told: str) -> str:
    """A failure as the gateway words it: names of Android stand behind where they came from."""
    return f"Send result: {told} (told by the radio)" if told.startswith("RESULT_") else told


# --- as it is told --------------------------------------------------------------------------------------------------


def message_json(sms: Sms, device: str) -> dict[str, Any]:
    """Its state."""
    rows = [
        {"phoneNumber": number, "state": state, **({"error": error} if error else {})}
        for number, (state, error) in sms.recipients.items()
    ]
    return {
        "id": sms.id,
        "deviceId": device,
        "state": sms.state,
        "isHashed": False,
        "isEncrypted": False,
        "textMessage": {"text": sms.text},
        "recipients": rows,
        "states": {state: iso(at) for state, at in sms.states.items()},
    }


def inbox_json(heard: Heard) -> dict[str, Any]:
    """A row of the inbox; its id is none that a webhook told."""
    return {
        "id": heard.id,
        "type": "SMS",
        "sender": heard.sender,
        "recipient": NUMBER,
        "simNumber": 1,
        "contentPreview": heard.text,
        "createdAt": iso(heard.at),
        "attachments": [],
    }


def received(heard: Heard) -> dict[str, Any]:
    """Payload of sms:received. Here everybody's "SI" has one messageId: 32 bits of the content, and no more."""
    return {
        "messageId": f"{zlib.crc32(heard.text.encode()):08x}",
        "message": heard.text,
        "sender": heard.sender,
        "recipient": NUMBER,
        "simNumber": 1,
        "phoneNumber": heard.sender,
        "receivedAt": iso(heard.at),
    }


def told(event: str, sms: Sms, number: str, at: float, why: str = "") -> dict[str, Any]:
    """Payload of what became of a message."""
    more: Mapping[str, Callable[[], dict[str, Any]]] = {
        "sms:sent": lambda: {"partsCount": sms.parts, "sentAt": iso(at)},
        "sms:delivered": lambda: {"deliveredAt": iso(at)},
        "sms:failed": lambda: {"failedAt": iso(at), "reason": why},
        "sms:cancelled": lambda: {"cancelledAt": iso(at)},
    }
    common = {"messageId": sms.id, "sender": NUMBER, "recipient": number, "simNumber": sms.sim, "phoneNumber": number}
    return {**common, **more[event]()}


def inbox(rows: list[Heard], query: Mapping[str, str], now: float) -> tuple[list[Heard], int]:
    """(the page asked for, the newest first; how many there are). Raises ValueError: the query is wrong."""
    limit, offset = int(query.get("limit", "50")), int(query.get("offset", "0"))
    start = moment(query["from"]) if "from" in query else 0.0
    end = moment(query["to"]) if "to" in query else now
    if start is None or end is None or start > end or not 1 <= limit <= 500 or offset < 0:
        raise ValueError("from, to, limit or offset is wrong")
    if query.get("type", "SMS") != "SMS":
        return [], 0
    found = [one for one in sorted(rows, key=lambda one: one.at, reverse=True) if start <= one.at <= end]
    return found[offset : offset + limit], len(found)
