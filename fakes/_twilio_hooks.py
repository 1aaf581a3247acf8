"""What Twilio posts to the product: signed forms, inbound messages, status callbacks, and how it insists."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from fakes._post import Carry, Outgoing
from fakes._sms import parts
from fakes._twilio_send import WHATSAPP, is_whatsapp

VERSION = "2010-04-01"
_UNMADE = ("ConnectionRefusedError", "gaierror")  # no connection: what Twilio calls a connect failure
_TOOK = 1  # tries after the first, when the URL does not say


def signature(token: str, url: str, params: Sequence[tuple[str, str]]) -> str:
    """X-Twilio-Signature: HMAC-SHA1 over the URL and every name with its value, sorted; a pair counts once."""
    text = url + "".join(name + value for name, value in sorted(set(params)))
    return b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def outgoing(token: str, url: str, fields: Mapping[str, str], *, id: str, kind: str) -> Outgoing:
    """A form to this public URL, signed for it. What stands behind # is for Twilio alone: never sent, never signed."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        "X-Twilio-Signature": signature(token, url.partition("#")[0], list(fields.items())),
        "I-Twilio-Idempotency-Token": hashlib.sha256(f"{kind} {id} {sorted(fields.items())}".encode()).hexdigest()[:36],
        "User-Agent": "TwilioProxy/1.1",
    }
    return Outgoing(id=id, url=url, body=urlencode(fields).encode(), headers=headers, kind=kind)


def insisting(carry: Carry) -> Carry:
    """Twilio tries once more, when no connection was made; `#rc=3&rp=all` on the URL asks for more."""

    def carried(out: Outgoing) -> tuple[int, str]:
        asked = parse_qs(urlsplit(out.url).fragment)
        again = int(asked.get("rc", [str(_TOOK)])[0])
        on = set(asked.get("rp", ["ct"])[0].split(","))
        status, body = carry(out)
        while again and _kind(status, body) in (on if "all" not in on else {"ct", "rt", "4xx", "5xx"}):
            again -= 1
            status, body = carry(out)
        return status, body

    return carried


def _kind(status: int, body: str) -> str:
    """The name Twilio has for a failure; '' = none."""
    if status == 0:
        return "ct" if body in _UNMADE else "rt"
    return {4: "4xx", 5: "5xx"}.get(status // 100, "")


def inbound(sid: str, account: str, service: str, sender: str, to: str, text: str) -> dict[str, str]:
    """The fields that every message from a person has; `sender` and `to` as on the wire."""
    return {
        **_ids(sid, account),
        "From": sender,
        "To": to,
        "Body": text,
        "NumMedia": "0",
        "NumSegments": str(1 if is_whatsapp(sender) else parts(text)),
        "ApiVersion": VERSION,
        "SmsStatus": "received",
        **({"MessagingServiceSid": service} if service else {}),
    }


def of_sms() -> dict[str, str]:
    """Where the numbers are from: Twilio seldom knows, and sends the names with nothing."""
    places = {f"{who}{part}": "" for who in ("From", "To") for part in ("City", "State", "Zip")}
    return {**places, "FromCountry": "PA", "ToCountry": "US"}


def of_whatsapp(sender: str, profile: str, external: str) -> dict[str, str]:
    """Who writes. Without a visible phone (whatsapp:US.1234) there is none in WaId either."""
    bare = sender.removeprefix(WHATSAPP)
    hidden = external or ("" if bare.startswith("+") else bare)
    profiled = {"ProfileName": profile} if profile else {}
    about = {"type": "whatsapp", "data": {"context": profiled}}
    return {
        "WaId": bare.removeprefix("+"),
        "MessageType": "text",
        "ChannelMetadata": json.dumps(about, ensure_ascii=False),
        **profiled,
        **({"ExternalUserId": WHATSAPP + hidden.removeprefix(WHATSAPP)} if hidden else {}),
    }


def of_place(location: tuple[float, float, *tuple[str, ...]]) -> dict[str, str]:
    """(latitude, longitude[, label[, address]])."""
    names = ("Latitude", "Longitude", "Label", "Address")
    return {"MessageType": "location", **{name: str(value) for name, value in zip(names, location, strict=False)}}


def of_media(media: Sequence[tuple[str, str]]) -> dict[str, str]:
    """(url, type) of each."""
    fields = {"NumMedia": str(len(media))}
    for n, (url, kind) in enumerate(media):
        fields |= {f"MediaUrl{n}": url, f"MediaContentType{n}": kind}
    return fields


def of_reply(sid: str, ours: str) -> dict[str, str]:
    """It answers this message of ours."""
    return {"OriginalRepliedMessageSid": sid, "OriginalRepliedMessageSender": ours}


def of_button(kind: str, label: str, data: str) -> dict[str, str]:
    """A quick reply, or an item of a list, was tapped."""
    if kind == "twilio/list-picker":
        return {"MessageType": "interactive", "ListId": data, "ListTitle": label}
    return {"MessageType": "button", "ButtonPayload": data, "ButtonText": label, "ButtonType": "QUICK_REPLY"}


def callback(record: Any, account: str, status: str) -> dict[str, str]:
    """A status callback about this record (fakes._twilio_records.Record)."""
    fields = {
        "SmsSid": record.sid,
        "MessageSid": record.sid,
        "AccountSid": account,
        "ApiVersion": VERSION,
        "From": record.sender,
        "To": record.to,
        "SmsStatus": status,
        "MessageStatus": status,
    }
    if is_whatsapp(record.to):
        fields |= {"ChannelPrefix": "whatsapp", "ChannelToAddress": record.to.removeprefix(WHATSAPP)}
    if record.error and status in ("failed", "undelivered"):
        fields |= {"ErrorCode": str(record.error), "ErrorMessage": "told by the fake"}
    if record.service:
        fields["MessagingServiceSid"] = record.service
    return fields


def _ids(sid: str, account: str) -> dict[str, str]:
    return {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "AccountSid": account}
