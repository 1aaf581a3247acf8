"""The local SIM's rows of the shared table; all of its cases are in test_android*.py."""

from __future__ import annotations

from typing import Any

from bot.channels import Request
from bot.channels._android_errors import Outage, failed, refused
from bot.channels.android import Android, Phone
from tests.channels.cases import Call, Fault
from tests.channels.test_android_hook import KEY, NOW, event, outgoing, signed, sms

CHANNEL = Android(
    Phone(
        url="http://127.0.0.1:9", login="sms", password="p", key=KEY, country="PA", rate=10.0, public_url="https://a.example"
    )
)  # fmt: skip


def told(kind: str, **more: Any) -> Request:
    """What became of message 12."""
    return signed(event(kind, outgoing(**more)))


def fault(words: str, policy: str) -> Fault:
    """A failure in the phone's words."""
    return Fault(label=words, error=failed(words), policy=policy)


CALLS = [
    Call(label="an SMS", request=signed(event("sms:received", sms())), messages=["+50760000001 sms: SI"]),
    Call(
        label="with a national number",
        request=signed(event("sms:received", sms(sender="6000-0001"))),
        messages=["+50760000001 sms: SI"],
    ),
    Call(label="sent", request=told("sms:sent"), receipts=["12 3"]),
    Call(label="delivered", request=told("sms:delivered"), receipts=["12 5"]),
    Call(
        label="not sent",
        request=told("sms:failed", reason="Send result: RESULT_NETWORK_ERROR"),
        receipts=["12 4 retry after 60"],
    ),
    Call(label="another key", request=signed(event("sms:received", sms()), key="x" * 40), status=401),
    Call(label="not signed", request=signed(event("sms:received", sms()), x_signature=""), status=401),
]
ERRORS = [
    fault("Send result: RESULT_ERROR_LIMIT_EXCEEDED", "throttled after 1800"),
    fault("Send result: RESULT_RIL_SIM_ABSENT", "halt"),
    fault("sendSMS: Invalid phone number", "gone else elsewhere"),
    fault("Send result: RESULT_ERROR_NULL_PDU", "failed, told"),
    Fault(label="the phone is away", error=Outage().error("ConnectError", NOW), policy="repeat after 5"),
    Fault(label="a wrong password", error=refused(401, "") or failed(""), policy="halt"),
]
