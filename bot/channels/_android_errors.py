"""What the phone says when a message does not go, read as what is to be done (channels.md 7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.errors import SendError

LONG_OUT = timedelta(minutes=5)  # a phone that answers nothing for so long is the operator's business
FIRST, LAST = 5.0, 60.0  # seconds between two tries while it does not answer

_BAD = "the number can not be reached by SMS"
_OURS = "the phone can not send the message as it is"

# (what the reason holds, what is told, what is to be done); the first that fits
_TABLE: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    (
        r"LIMIT_EXCEEDED|RIL_REQUEST_RATE_LIMITED",
        "the phone has sent too many messages: it waits half an hour",
        {"throttled": True, "retry_after": 1800.0},
    ),
    (
        r"NO_SERVICE|RADIO_OFF|RADIO_NOT_AVAILABLE|NETWORK_NOT_READY",
        "the phone has no mobile network: look whether it shows a signal and is not in flight mode",
        {"throttled": True, "retry_after": 600.0, "alert": True},
    ),
    (
        r"SIM_ABSENT|No SIMs found|SIM \d+ not found",
        "the phone finds no SIM card: put it in, unlock it",
        {"halt": True},
    ),
    (
        r"NO_DEFAULT_SMS_APP",
        "the phone has no application for SMS: choose one in its settings",
        {"halt": True},
    ),
    (
        r"SEND_SMS",
        "the gateway is not allowed to send SMS: give it the permission in the phone's settings",
        {"halt": True},
    ),
    (
        r"GENERIC_FAILURE|MODEM_ERR|NETWORK_REJECT|NETWORK_ERR",
        "the mobile network refused the message: check credit and signal",
        {"retry_after": 60.0, "tries": 3, "strikes": 3},
    ),
    (
        r"FDN_",
        "the SIM card may call fixed numbers only: switch fixed dialling off",
        {"gone": True, "alert": True},
    ),
    (r"Invalid phone number|SHORT_CODE_", _BAD, {"gone": True}),
    (
        r"TTL expired|already expired",
        "the phone could not send it before it expired",
        {"fallback": True},
    ),
    (
        r"Delivery result from SC .*: (?:6[4-9]|[7-9]\d|\d{3,})$",
        "the message centre could not deliver it",
        {"fallback": True},
    ),
    (r"INVALID_ARGUMENTS|ENCODING_ERR|NULL_PDU|INVALID_SMS_FORMAT", _OURS, {"alert": True}),
)
_KNOWN = [(re.compile(pattern), told, policy) for pattern, told, policy in _TABLE]
_CODE = re.compile(r"\bRESULT_[A-Z_]{1,60}")


def failed(reason: str) -> SendError:
    """The policy for the reason of an sms:failed, or for the words of a refusal.

    Its text has our words and the phone's code, never the phone's words: they may hold a number.
    """
    code = _CODE.search(reason)
    behind = f" ({code[0]})" if code else ""
    for pattern, told, policy in _KNOWN:
        if pattern.search(reason):
            return SendError(told + behind, **policy)
    return SendError("the phone could not send it" + behind, alert=True)


def refused(status: int, words: str) -> SendError | None:
    """The policy for a refused request: final unless the words say more. None: the phone is out of order, as by 5xx.

    A page that is not there is another program at this address, no fault of the message: the sender stops.
    """
    if status == 401:
        return SendError("the phone does not accept CONVOCA_ANDROID_LOGIN and CONVOCA_ANDROID_PASSWORD", halt=True)
    if status in (403, 404, 405):
        return SendError(f"what answers at CONVOCA_ANDROID_URL is not the gateway (status {status})", halt=True)
    if status in (408, 429) or not 400 <= status < 500:
        return None
    known = failed(words)
    return known if known.gone or known.fallback else SendError(f"{_OURS} (status {status})", alert=True)


class Outage:
    """A phone that does not answer. The id of a message makes a second try harmless: it is tried until it expires."""

    def __init__(self) -> None:
        self._since: datetime | None = None
        self._tries = 0
        self._alerted = False

    def error(self, told: str, now: datetime) -> SendError:
        """One more call came to nothing: 5, 10 ... 60 s; once in an outage, after 5 minutes, the operator is told."""
        self._since = self._since or now
        wait = min(LAST, FIRST * 2 ** min(self._tries, 10))
        self._tries += 1
        alert = not self._alerted and now - self._since >= LONG_OUT
        self._alerted = self._alerted or alert
        return SendError(f"the phone does not answer: {told}", repeat=wait, alert=alert)

    def over(self) -> None:
        """It has answered."""
        self._since, self._tries, self._alerted = None, 0, False
