"""The rows of the example."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime

from bot.channels import Request
from tests.channels.cases import Call, Fault
from tests.channels.example.carrier_pigeon import PATH, CarrierPigeon, judge

KEY = "a-key-of-the-loft"
CHANNEL = CarrierPigeon(KEY)
ANA = "+50760000001"


def call(told: object, key: str = KEY) -> Request:
    """A call as the loft makes it."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    signed = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return Request(path=PATH, headers={"x-ring": signed}, body=body, now=datetime(2026, 11, 21, tzinfo=UTC))


NOTE = {"id": "n1", "from": ANA, "note": "INFO"}
FLIGHT = {"ring": "ring-7", "ref": 77}

CALLS = [
    Call(label="a note", request=call(NOTE), messages=[f"{ANA} sms: INFO"]),
    Call(label="released", request=call({**FLIGHT, "came": "released"}), receipts=["77 3"]),
    Call(label="home", request=call({**FLIGHT, "came": "home"}), receipts=["77 5"]),
    Call(
        label="taken by a hawk",
        request=call({**FLIGHT, "came": "lost", "why": "hawk"}),
        receipts=["77 4 retry after 600 else elsewhere"],
    ),
    Call(label="lost", request=call({**FLIGHT, "came": "lost"}), receipts=["77 4 failed, told"]),
    Call(label="something new", request=call({"weather": "fine"}), unread=1),
    Call(label="a list", request=call([NOTE]), unread=1),
    Call(label="another's ring", request=call(NOTE, key="guessed"), status=403),
    Call(label="cut off", request=call(b'{"id": "n1"'), status=400),
]
ERRORS = [
    Fault(label="storm", error=judge("storm"), policy="throttled after 3600"),
    Fault(label="hawk", error=judge("hawk"), policy="retry after 600 else elsewhere"),
    Fault(label="moved", error=judge("moved"), policy="gone else elsewhere"),
    Fault(label="no more notes", error=judge("no more notes"), policy="left"),
    Fault(label="too long", error=judge("too long"), policy="failed else elsewhere"),
    Fault(label="no corn", error=judge("no corn"), policy="halt"),
    Fault(label="a word nobody knows", error=judge("coo"), policy="failed, told"),
]
