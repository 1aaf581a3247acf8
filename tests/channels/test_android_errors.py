"""What the phone says when a message does not go, and what is done about it: the table of channels.md 7."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels._android_errors import Outage, failed, refused
from bot.errors import SendError

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
POLICY = ("retry_after", "throttled", "gone", "uncertain", "halt", "repeat", "left", "fallback", "alert", "strikes")


def policy(error: SendError) -> dict[str, object]:
    """What is set of it."""
    return {name: getattr(error, name) for name in POLICY if getattr(error, name)}


def said(code: str) -> str:
    return f"Send result: {code} (Failed because of something)"


PAUSE: Mapping[str, object] = {"throttled": True, "retry_after": 1800.0}
NO_NETWORK: Mapping[str, object] = {"throttled": True, "retry_after": 600.0, "alert": True}
HALT: Mapping[str, object] = {"halt": True}
RETRY: Mapping[str, object] = {"retry_after": 60.0, "strikes": 3}
GONE: Mapping[str, object] = {"gone": True}
FIXED: Mapping[str, object] = {"gone": True, "alert": True}
FALLBACK: Mapping[str, object] = {"fallback": True}
ALERT: Mapping[str, object] = {"alert": True}

REASONS: Mapping[str, Mapping[str, object]] = {
    said("RESULT_ERROR_LIMIT_EXCEEDED"): PAUSE,
    said("RESULT_RIL_REQUEST_RATE_LIMITED"): PAUSE,
    said("RESULT_ERROR_NO_SERVICE"): NO_NETWORK,
    said("RESULT_ERROR_RADIO_OFF"): NO_NETWORK,
    said("RESULT_RADIO_NOT_AVAILABLE"): NO_NETWORK,
    said("RESULT_RIL_RADIO_NOT_AVAILABLE"): NO_NETWORK,
    said("RESULT_RIL_NETWORK_NOT_READY"): NO_NETWORK,
    said("RESULT_RIL_SIM_ABSENT"): HALT,
    "Can't send message: No SIMs found": HALT,
    "Can't send message: SIM 2 not found": HALT,
    said("RESULT_NO_DEFAULT_SMS_APP"): HALT,
    "sendSMS: uid 10123 does not have android.permission.SEND_SMS.": HALT,
    said("RESULT_ERROR_GENERIC_FAILURE"): RETRY,
    said("RESULT_MODEM_ERROR"): RETRY,
    said("RESULT_RIL_MODEM_ERR"): RETRY,
    said("RESULT_NETWORK_REJECT"): RETRY,
    said("RESULT_RIL_NETWORK_REJECT"): RETRY,
    said("RESULT_NETWORK_ERROR"): RETRY,
    said("RESULT_RIL_NETWORK_ERR"): RETRY,
    "sendSMS: Invalid phone number": GONE,
    "sendSMS: Invalid phone number type": GONE,
    said("RESULT_ERROR_FDN_CHECK_FAILURE"): FIXED,
    said("RESULT_ERROR_SHORT_CODE_NOT_ALLOWED"): GONE,
    said("RESULT_ERROR_SHORT_CODE_NEVER_ALLOWED"): GONE,
    "TTL expired": FALLBACK,
    "Delivery result from SC +50760000009: 64": FALLBACK,
    "Delivery result from SC null: 70": FALLBACK,
    "Delivery result from SC +50760000009: 128": FALLBACK,
    "Delivery result from SC +50760000009: 63": ALERT,
    "Delivery result: 5": ALERT,
    said("RESULT_INVALID_ARGUMENTS"): ALERT,
    said("RESULT_RIL_INVALID_ARGUMENTS"): ALERT,
    said("RESULT_ENCODING_ERROR"): ALERT,
    said("RESULT_RIL_ENCODING_ERR"): ALERT,
    said("RESULT_ERROR_NULL_PDU"): ALERT,
    said("RESULT_INVALID_SMS_FORMAT"): ALERT,
    said("RESULT_RIL_INVALID_MODEM_STATE"): ALERT,
    said("RESULT_NO_BLUETOOTH_SERVICE"): ALERT,
    "Unknown error code: 4711.": ALERT,
    "": ALERT,
}


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_has_its_policy(reason: str) -> None:
    error = failed(reason)
    assert policy(error) == REASONS[reason]
    assert error.tries == (3 if REASONS[reason] is RETRY else SendError("").tries)


@pytest.mark.parametrize("reason", REASONS)
def test_what_is_told_has_the_code_and_never_the_words_of_the_phone(reason: str) -> None:
    told = failed(reason).told
    assert told
    assert not [word for word in ("6000", "Failed because", "uid", "null") if word in told]
    assert ("RESULT_" in told) == ("RESULT_" in reason)


@given(st.text(max_size=200))
@settings(deadline=None)
def test_words_nobody_knows_end_the_message_and_tell_the_operator(reason: str) -> None:
    assert policy(failed(reason)) == ALERT


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [
        (400, "Text message is empty", ALERT),
        (400, "", ALERT),
        (400, "Invalid phone number", GONE),
        (400, "message already expired", FALLBACK),
        (400, "RESULT_RIL_SIM_ABSENT", ALERT),
        (413, "", ALERT),
        (422, "", ALERT),
        (401, "", HALT),
        (403, "", HALT),
        (404, "Not Found", HALT),
        (405, "", HALT),
    ],
)
def test_a_refusal_has_its_policy(status: int, words: str, expected: Mapping[str, object]) -> None:
    error = refused(status, words)
    assert error is not None
    assert policy(error) == expected


@pytest.mark.parametrize("status", [200, 204, 302, 408, 429, 500, 503])
def test_what_is_no_refusal_is_a_phone_out_of_order(status: int) -> None:
    assert refused(status, "Invalid phone number") is None


def test_a_phone_that_does_not_answer_is_asked_more_and_more_seldom() -> None:
    outage = Outage()
    errors = [outage.error("TimeoutError", NOW) for _ in range(6)]
    assert [policy(e) for e in errors] == [{"repeat": s} for s in (5.0, 10.0, 20.0, 40.0, 60.0, 60.0)]
    outage.over()
    assert outage.error("TimeoutError", NOW).repeat == 5.0


def test_after_five_minutes_the_operator_is_told_once_in_an_outage() -> None:
    outage = Outage()

    def alerts(start: datetime) -> list[int]:
        moments = range(0, 900, 60)
        return [s for s in moments if outage.error("TimeoutError", start + timedelta(seconds=s)).alert]

    assert alerts(NOW) == [300]
    assert alerts(NOW) == []
    outage.over()
    assert alerts(NOW + timedelta(days=1)) == [300]
