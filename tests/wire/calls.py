"""Calls of our webhooks as anybody on the Internet could make them: signed rightly, wrongly, or not at all."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from fakes._twilio_hooks import signature
from tests.wire.providers import ACCOUNT, AUTH, KEY, SITE, SMS

FORM = "application/x-www-form-urlencoded; charset=UTF-8"
JSON = "application/json"
TELEGRAM, TWILIO, STATUS, ANDROID = (
    "/webhooks/telegram",
    "/webhooks/twilio",
    "/webhooks/twilio/status/1",
    "/webhooks/android",
)
SECRET_HEADER = "x-telegram-bot-api-secret-token"
SIGNED = {TELEGRAM: SECRET_HEADER, TWILIO: "x-twilio-signature", STATUS: "x-twilio-signature", ANDROID: "x-signature"}
WAIT = 30.0  # seconds for an answer
ROSA = "+50760000077"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, byte by byte. `length`: what it says of its body, when that is not true."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    length: int | None = None
    chunked: bool = False

    def but(self, **more: Any) -> Call:
        """The same with other fields."""
        return replace(self, **more)

    def header(self, name: str, value: str | None) -> Call:
        """The same with another header; None: without it."""
        kept = {n: v for n, v in self.headers.items() if n != name}
        return replace(self, headers=kept if value is None else {**kept, name: value})


def posted(url: str, call: Call) -> int:
    """The status it is answered with; 0: the connection ended without an answer."""
    to = urlsplit(url)
    with socket.create_connection((to.hostname, to.port), WAIT) as wire:
        wire.sendall(_head(call) + (_chunk(call.body) if call.chunked else call.body))
        if call.length is not None and call.length > len(call.body) > 0:
            wire.shutdown(socket.SHUT_WR)  # cut off: nothing more will come
        with wire.makefile("rb") as answer:
            first = answer.readline().split()
    return int(first[1]) if len(first) > 1 else 0


def _head(call: Call) -> bytes:
    length = len(call.body) if call.length is None else call.length
    sized = {"transfer-encoding": "chunked"} if call.chunked else {"content-length": str(length)}
    lines = [f"{call.method} {call.path} HTTP/1.1", "host: convoca.example", "connection: close"]
    lines += [f"{name}: {value}" for name, value in {**sized, **call.headers}.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _chunk(body: bytes) -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"


# --- genuine ones -----------------------------------------------------------------------------------------------------


def telegram(body: bytes | Json, secret: str) -> Call:
    """An update."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Call(path=TELEGRAM, body=raw, headers={"content-type": JSON, SECRET_HEADER: secret})


def twilio(pairs: Sequence[tuple[str, str]], path: str = TWILIO, *, token: str = AUTH, site: str = SITE) -> Call:
    """A form, signed for this path of our site."""
    headers = {"content-type": FORM, "x-twilio-signature": signature(token, site + path, pairs)}
    return Call(path=path, body=urlencode(pairs).encode(), headers=headers)


def android(body: bytes | Json, *, key: str = KEY, late: float = 0.0) -> Call:
    """An event, signed so many seconds ago."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return stamped(raw, str(int(time.time() - late)), key)


def stamped(raw: bytes, stamp: str, key: str = KEY) -> Call:
    """The same with any timestamp."""
    made = hmac.new(key.encode(), raw + stamp.encode(), hashlib.sha256).hexdigest()
    return Call(path=ANDROID, body=raw, headers={"content-type": JSON, "x-timestamp": stamp, "x-signature": made})


def update(**message: Any) -> Json:
    """An update with a message in a private chat."""
    who = {"id": 1077, "is_bot": False, "first_name": "Rosa"}
    said = {
        "message_id": 7,
        "date": 1_795_000_000,
        "chat": {"id": 1077, "type": "private"},
        "from": who,
        "text": "hola",
    }
    return {"update_id": 500, "message": {**said, **message}}


def inbound(**fields: str) -> list[tuple[str, str]]:
    """The form of a message to our SMS number."""
    sid = "SM" + "7" * 32
    given = {"MessageSid": sid, "AccountSid": ACCOUNT, "From": ROSA, "To": SMS, "Body": "hola", "NumMedia": "0"}
    return list({**given, "SmsStatus": "received", **fields}.items())


def callback(**fields: str) -> list[tuple[str, str]]:
    """The form of a status callback."""
    given = {"MessageSid": "SM" + "8" * 32, "AccountSid": ACCOUNT, "From": SMS, "To": ROSA}
    return list({**given, "SmsStatus": "sent", "MessageStatus": "sent", **fields}.items())


def event(name: str = "sms:received", **payload: Any) -> Json:
    """An event of the phone."""
    said = {"messageId": "0a", "message": "hola", "sender": ROSA, "receivedAt": "2026-11-12T10:00:00.000-05:00"}
    return {"id": "event-77", "webhookId": "w", "event": name, "deviceId": "d", "payload": {**said, **payload}}


def genuine(secret: str, number: int = 7) -> dict[str, Call]:
    """One of each, by its path; of another number it is another message."""
    return {
        TELEGRAM: telegram(update(message_id=number), secret),
        TWILIO: twilio(inbound(MessageSid=f"SM{number:032x}")),
        STATUS: twilio(callback(), STATUS),
        ANDROID: android(event(message=f"hola {number}")),
    }


Spoil = Callable[[Call], Call]
