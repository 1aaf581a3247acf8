"""Twilio's rows of the shared table; all of its cases are in test_twilio_*.py."""

from __future__ import annotations

from bot.channels import Request
from bot.channels._twilio_errors import refused, reported
from tests.channels.cases import Call, Fault
from tests.channels.twilio_kit import NOW, ROSA, SMS, WHATSAPP, channel, request

CHANNEL = channel()
SID = "SM" + "0" * 32
HEARD = {"From": ROSA, "To": SMS, "MessageSid": SID, "AccountSid": "AC" + "a" * 32, "Body": "Hola", "NumMedia": "0"}
CHAT = {**HEARD, "From": f"whatsapp:{ROSA}", "To": f"whatsapp:{WHATSAPP}"}


def posted(fields: dict[str, str], path: str = "/webhooks/twilio", **more: str) -> Request:
    """A signed call."""
    return request(path, list(fields.items()), **more)


def status(told: str, **more: str) -> Request:
    """What became of message 77."""
    fields = {"From": SMS, "To": ROSA, "MessageSid": SID, "MessageStatus": told, **more}
    return posted(fields, "/webhooks/twilio/status/77", id="77")


def fault(code: int, policy: str, http: int = 400) -> Fault:
    """A call that Twilio did not take."""
    return Fault(label=str(code), error=refused(http, code, attempt=1, now=NOW), policy=policy)


CALLS = [
    Call(label="an SMS", request=posted(HEARD), messages=[f"{ROSA} sms: Hola"]),
    Call(label="by WhatsApp", request=posted(CHAT), messages=[f"{ROSA} whatsapp: Hola"]),
    Call(
        label="a button",
        request=posted({**CHAT, "Body": "Sí", "ButtonText": "Sí", "ButtonPayload": "t1|q|1"}),
        messages=[f"{ROSA} whatsapp: Sí [t1|q|1]"],
    ),
    Call(label="delivered", status=204, request=status("delivered"), receipts=["77 5"]),
    Call(label="read", status=204, request=status("read"), receipts=["77 6"]),
    Call(
        label="the phone is off",
        status=204,
        request=status("undelivered", ErrorCode="30003"),
        receipts=["77 4 retry after 7200 else elsewhere"],
    ),
    Call(label="a guessed token", request=posted(HEARD, token="guessed"), status=403),
    Call(label="another address", request=posted(HEARD, site="https://evil.example"), status=403),
]
ERRORS = [
    fault(20429, "throttled after 0.1", http=429),
    fault(20003, "halt", http=401),
    fault(21211, "gone else elsewhere"),
    fault(21610, "left"),
    fault(63016, "retry after 60 else elsewhere"),
    fault(21620, "failed, told"),
    fault(0, "uncertain", http=503),
    Fault(label="withheld by Meta", error=reported(63049, attempt=1, now=NOW), policy="failed else elsewhere"),
]
