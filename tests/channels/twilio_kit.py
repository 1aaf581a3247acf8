"""What the tests of Twilio share: an account, signed requests, parcels."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr

from bot.channels import Request
from bot.channels.twilio import Twilio
from bot.errors import SendError
from bot.message import Option, Parcel, Reply

SID = "AC" + "a" * 32
TOKEN = "a-token-of-the-tests"
SMS, WHATSAPP = "+15005550006", "+15005550009"
ROSA = "+50760000001"
SITE = "https://convoca.example.org"
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded; charset=UTF-8"


def settings(**other: Any) -> SimpleNamespace:
    """Every setting that the channel reads."""
    given: dict[str, Any] = {
        "twilio_account_sid": SID,
        "twilio_auth_token": TOKEN,
        "twilio_api_url": "http://127.0.0.1:9",
        "twilio_content_url": "http://127.0.0.1:9",
        "twilio_sms_from": SMS,
        "twilio_sms_rate": 1.0,
        "twilio_whatsapp_from": WHATSAPP,
        "twilio_whatsapp_rate": 80.0,
        "templates": {},
        "public_url": SITE,
    }
    given |= other
    given["twilio_auth_token"] = SecretStr(given["twilio_auth_token"])
    return SimpleNamespace(**given)


def channel(**other: Any) -> Twilio:
    """The channel made of these settings."""
    opened = Twilio.open(settings(**other), demo=False)
    assert opened is not None
    return opened


def sign(url: str, pairs: Sequence[tuple[str, str]], token: str = TOKEN, digest: str = "sha1") -> str:
    """Twilio's signature: URL and sorted fields, each pair once."""
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), digest).digest()).decode()


def request(
    path: str,
    pairs: Sequence[tuple[str, str]],
    *,
    query: str = "",
    id: str = "",
    token: str = TOKEN,
    site: str = SITE,
    **headers: str,
) -> Request:
    """A request that Twilio signed; headers by their names with _ for -."""
    signature = sign(f"{site}{path}" + (f"?{query}" if query else ""), pairs, token)
    given = {"content-type": FORM, "x-twilio-signature": signature}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    params = {"id": id} if id else {}
    return Request(path=path, query=query, headers=given, body=urlencode(pairs).encode(), now=NOW, params=params)


def parcel(text: str = "Hola", *labels: str, sender: str = "twilio:whatsapp", **other: Any) -> Parcel:
    """A message with options t1|q|1, t1|q|2 ...; the person wrote an hour ago."""
    options = tuple(Option(n, label, f"t1|q|{n}") for n, label in enumerate(labels, 1))
    given: dict[str, Any] = {
        "ref": "77",
        "attempt": 1,
        "sender": sender,
        "address": ROSA,
        "reply": Reply(text=text, options=options),
        "now": NOW,
        "heard_at": NOW - timedelta(hours=1),
    }
    return Parcel(**given | other)


def policy(error: SendError) -> dict[str, object]:
    """What of the policy differs from "it has failed, and that is all"."""
    plain = vars(SendError(""))
    return {name: value for name, value in vars(error).items() if name != "told" and value != plain[name]}


def digest(body: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()
