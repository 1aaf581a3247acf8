"""Webhooks of the phone: what is believed, what is understood, what is done with the rest."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels import News, Request
from bot.channels._android_hook import LARGEST, message_id, read
from bot.channels._android_sms import number
from bot.errors import Unwelcome

KEY = "a-signing-key-of-the-tests-32-letters"
NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
RECEIVED = "2026-11-21T09:59:58.000-05:00"
MARK = "8a3f00de91"  # of an envelope


def signed(body: bytes, *, key: str = KEY, at: datetime = NOW, **more: str) -> Request:
    stamp = str(int(at.timestamp()))
    signature = hmac.new(key.encode(), body + stamp.encode(), hashlib.sha256).hexdigest()
    headers = {"x-signature": signature, "x-timestamp": stamp, **{k.replace("_", "-"): v for k, v in more.items()}}
    return Request(path="/webhooks/android", headers=headers, body=body, now=NOW)


def event(kind: object, payload: object, **more: object) -> bytes:
    told = {"deviceId": "phone-1", "event": kind, "id": MARK, "webhookId": "convoca", "payload": payload, **more}
    return json.dumps(told).encode()


def sms(**more: object) -> dict[str, object]:
    payload = {"messageId": "c0ffee", "sender": "+50760000001", "message": "SI", "receivedAt": RECEIVED}
    return {**payload, "simNumber": 1, "phoneNumber": "+50760000001", **more}


def outgoing(**more: object) -> dict[str, object]:
    return {"messageId": "12.1", "recipient": "+50760000001", "phoneNumber": "+50760000001", "simNumber": 1, **more}


def told(body: bytes, country: str = "PA") -> News:
    return read(signed(body), key=KEY, country=country)


# --- what is believed ---------------------------------------------------------------------------------------------

GOOD = event("sms:received", sms())

UNWELCOME: Mapping[str, tuple[Request, int, str]] = {
    "no headers": (Request(path="/", headers={}, body=GOOD, now=NOW), 401, "not signed"),
    "no signature": (signed(GOOD, x_signature=""), 401, "not signed"),
    "no time": (signed(GOOD, x_timestamp=""), 401, "not signed"),
    "a time that is none": (signed(GOOD, x_timestamp="now"), 401, "not signed"),
    "a time with a sign": (signed(GOOD, x_timestamp="-1795273200"), 401, "not signed"),
    "another key": (signed(GOOD, key="x" * 40), 401, "signature"),
    "another time than was signed": (signed(GOOD, x_timestamp="1795273201"), 401, "signature"),
    "letters that are not ASCII": (signed(GOOD, x_signature="ñ" * 64), 401, "signature"),
    "cut off": (Request(path="/", headers=signed(GOOD).headers, body=GOOD[:-9], now=NOW), 401, "signature"),
    "a letter changed": (
        Request(path="/", headers=signed(GOOD).headers, body=GOOD.replace(b"SI", b"NO"), now=NOW),
        401,
        "signature",
    ),
    "signed six minutes ago": (signed(GOOD, at=NOW - timedelta(minutes=6)), 401, "clock"),
    "signed in six minutes": (signed(GOOD, at=NOW + timedelta(minutes=6)), 401, "clock"),
    "a time far beyond": (signed(GOOD, at=datetime(9999, 1, 1, tzinfo=UTC)), 401, "clock"),
    "empty": (signed(b""), 400, "JSON"),
    "not JSON": (signed(b"<html>"), 400, "JSON"),
    "not UTF-8": (signed(b'{"event": "\xff"}'), 400, "JSON"),
    "JSON cut off": (signed(GOOD[:-3]), 400, "JSON"),
    "nested without end": (signed(b"[" * 100_000), 400, "JSON"),
    "a number without end": (signed(b"9" * 5_000), 400, "JSON"),
    "a list": (signed(b"[]"), 400, "object"),
    "null": (signed(b"null"), 400, "object"),
    "too large": (signed(b" " * (LARGEST + 1)), 413, "large"),
}


@pytest.mark.parametrize("name", UNWELCOME)
def test_what_is_not_from_the_phone_is_not_taken(name: str) -> None:
    request, status, why = UNWELCOME[name]
    with pytest.raises(Unwelcome, match=why) as raised:
        read(request, key=KEY, country="PA")
    assert raised.value.status == status


def test_without_a_key_nothing_is_believed_not_even_what_is_signed_with_none() -> None:
    with pytest.raises(Unwelcome, match="CONVOCA_ANDROID_SIGNING_KEY") as raised:
        read(signed(GOOD, key=""), key="", country="PA")
    assert raised.value.status == 401


@pytest.mark.parametrize("minutes", [-4.9, 0, 4.9])
def test_a_clock_may_be_off_by_nearly_five_minutes(minutes: float) -> None:
    news = read(signed(GOOD, at=NOW + timedelta(minutes=minutes)), key=KEY, country="PA")
    assert [m.text for m in news.messages] == ["SI"]


def test_why_something_is_not_taken_holds_nothing_of_it() -> None:
    for request, _, _ in UNWELCOME.values():
        with pytest.raises(Unwelcome) as raised:
            read(request, key=KEY, country="PA")
        assert not [part for part in ("6000", KEY, "SI", MARK) if part in raised.value.why]


# --- what people write --------------------------------------------------------------------------------------------


def test_an_sms_is_a_message() -> None:
    (message,) = told(GOOD).messages
    assert (message.channel, message.sender, message.address) == ("sms", "android:sim", "+50760000001")
    assert (message.text, message.sent_at) == ("SI", datetime(2026, 11, 21, 14, 59, 58, tzinfo=UTC))
    assert message.provider_id == "h:" + hashlib.sha256(b"+50760000001\n1795273198000\nSI").hexdigest()[:40]


@pytest.mark.parametrize(
    ("who", "country", "address"),
    [
        ("+50760000001", "PA", "+50760000001"),
        ("60000001", "PA", "+50760000001"),
        ("6000-0001", "PA", "+50760000001"),
        (" 6000 0001 ", "PA", "+50760000001"),
        ("0050760000001", "PA", "+50760000001"),
        ("2000001", "PA", "+5072000001"),
        ("3001234567", "CO", "+573001234567"),
        ("+573001234567", "PA", "+573001234567"),
        ("123", "PA", ""),
        ("*111#", "PA", ""),
        ("CLARO", "PA", ""),
        ("800-FLOWERS", "PA", ""),
        ("Banco 24", "PA", ""),
        ("", "PA", ""),
        ("+", "PA", ""),
        ("+999123456789", "PA", ""),
        ("60000001" * 5, "PA", ""),
        ("٦٠٠٠٠٠٠١", "PA", ""),
    ],
)
def test_a_sender_is_a_number_of_the_world_or_nobody(who: str, country: str, address: str) -> None:
    assert number(who, country) == address
    news = told(event("sms:received", sms(sender=who, phoneNumber=who)), country)
    assert [m.address for m in news.messages] == ([address] if address else [])
    assert bool(news.unread) is False


def test_a_national_and_a_whole_number_are_one_sender() -> None:
    ways = [told(event("sms:received", sms(sender=who))).messages[0] for who in ("+50760000001", "60000001")]
    assert ways[0] == ways[1]


def test_an_older_app_names_the_sender_phone_number() -> None:
    payload = sms()
    del payload["sender"]
    assert told(event("sms:received", payload)).messages[0].address == "+50760000001"


@pytest.mark.parametrize(
    ("text", "read_as"),
    [("", ""), ("  Sí, ñandú\n", "  Sí, ñandú\n"), ("👍🏽", "👍🏽"), ("a\x00b", "ab"), ("\ud83d!", "?!")],
)
def test_a_text_comes_as_it_was_written_without_what_no_database_takes(text: str, read_as: str) -> None:
    assert [m.text for m in told(event("sms:received", sms(message=text))).messages] == [read_as]


@pytest.mark.parametrize(
    "when",
    ["2026-11-21T14:59:58Z", "2026-11-21T14:59:58.000Z", "2026-11-21T09:59:58.000+-5:00", "2026-11-21T15:59:58+01:00"],
)
def test_one_moment_has_many_writings_and_one_id(when: str) -> None:
    assert told(event("sms:received", sms(receivedAt=when))).messages == told(GOOD).messages


def test_the_same_sms_delivered_again_has_the_same_id_and_others_have_others() -> None:
    again = [event("sms:received", sms(), id="other", deviceId="other"), event("sms:received", sms(messageId="1"))]
    other = [sms(message="NO"), sms(sender="+50760000002"), sms(receivedAt="2026-11-21T09:59:59.000-05:00")]
    first = told(GOOD).messages[0].provider_id
    assert {told(body).messages[0].provider_id for body in again} == {first}
    assert len({told(event("sms:received", p)).messages[0].provider_id for p in other} | {first}) == 4


# --- what is genuine and not understood ---------------------------------------------------------------------------

UNREAD: Mapping[str, bytes] = {
    "an event of another kind": event("mms:received", sms()),
    "data": event("sms:data-received", {"data": "AQI="}),
    "no event": event(None, sms()),
    "an event that is a list": event(["sms:received"], sms()),
    "no payload": event("sms:received", None),
    "a payload that is a text": event("sms:sent", "12.1"),
    "no sender": event("sms:received", sms(sender=None, phoneNumber=None)),
    "a sender that is a number": event("sms:received", sms(sender=60000001)),
    "no text": event("sms:received", sms(message=None)),
    "no time": event("sms:received", sms(receivedAt=None)),
    "a time without a zone": event("sms:received", sms(receivedAt="2026-11-21T09:59:58")),
    "a time before all phones": event("sms:received", sms(receivedAt="0001-01-01T00:00:00+14:00")),
    "a time in words": event("sms:received", sms(receivedAt="today")),
    "no messageId": event("sms:sent", outgoing(messageId=None)),
    "a messageId that is a number": event("sms:failed", outgoing(messageId=12.1)),
}


@pytest.mark.parametrize("name", UNREAD)
def test_what_is_signed_and_not_understood_is_kept_for_the_operator(name: str) -> None:
    news = told(UNREAD[name])
    assert (news.messages, news.receipts) == ((), ())
    (unread,) = news.unread
    assert (unread.sender, unread.provider_id) == ("android:sim", f"phone-1:{MARK}")
    assert unread.payload == UNREAD[name].decode()
    assert unread.why
    assert "6000" not in unread.why


def test_what_is_not_understood_has_a_key_without_an_envelope_too_and_is_cut() -> None:
    body = event("x", "é" * 30_000, id="no envelope", deviceId=7)
    first, again = told(body).unread[0], told(body).unread[0]
    assert first == again
    assert first.provider_id == "b:" + hashlib.sha256(body).hexdigest()[:40]
    assert len(first.payload) == 20_000


@pytest.mark.parametrize("payload", [{"health": {"status": "pass"}}, None])
def test_a_ping_is_no_news(payload: object) -> None:
    assert told(event("system:ping", payload)) == News()


# --- what became of ours ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "payload", "rank"),
    [
        ("sms:sent", outgoing(partsCount=1, sentAt=RECEIVED), 3),
        ("sms:sent", outgoing(partsCount=-1), 3),
        ("sms:delivered", outgoing(deliveredAt=RECEIVED), 5),
        ("sms:delivered", outgoing(messageId="12.1.3"), 3),
        ("sms:delivered", outgoing(messageId="12.1.3", partsCount=1), 5),
        ("sms:delivered", outgoing(partsCount=2), 3),
        ("sms:delivered", outgoing(partsCount=-1), 5),
        ("sms:failed", outgoing(reason="Send result: RESULT_ERROR_NULL_PDU (no PDU)"), 4),
        ("sms:failed", outgoing(), 4),
        ("sms:cancelled", outgoing(cancelledAt=RECEIVED), 4),
    ],
)
def test_a_report_raises_the_rank_of_our_message(kind: str, payload: dict[str, object], rank: int) -> None:
    (receipt,) = told(event(kind, payload)).receipts
    assert (receipt.sender, receipt.outbox_id, receipt.rank) == ("android:sim", 12, rank)
    assert receipt.provider_id == payload["messageId"]
    assert (receipt.policy is not None) == (rank == 4)
    assert "6000" not in f"{receipt.error}{dict(receipt.raw)}"


def test_a_cancelled_message_has_failed_for_good() -> None:
    policy = told(event("sms:cancelled", outgoing())).receipts[0].policy
    assert policy is not None
    assert not any([policy.retry_after, policy.repeat, policy.gone, policy.halt, policy.fallback, policy.uncertain])


@pytest.mark.parametrize("theirs", ["V1StGXR8_Z5jdHi6B-myT", "", "12", "12.", ".1", "-1.1", "a.1", "1" * 19 + ".1"])
def test_a_report_on_a_message_of_somebody_else_is_no_news(theirs: str) -> None:
    assert told(event("sms:failed", outgoing(messageId=theirs, reason="TTL expired"))) == News()


@pytest.mark.parametrize(("parts", "known_as"), [(1, "12.3"), (2, "12.3.2")])
def test_our_own_id_comes_back(parts: int, known_as: str) -> None:
    assert message_id("12", 3, parts) == known_as
    assert told(event("sms:sent", outgoing(messageId=known_as))).receipts[0].outbox_id == 12


def test_its_stamp_comes_back() -> None:
    assert told(event("sms:sent", outgoing(messageId="12.3.1.19aa0f3c1"))).receipts[0].stamp == "19aa0f3c1"


# --- whatever comes -----------------------------------------------------------------------------------------------

NAMES = ("event", "deviceId", "id", "payload", "sender", "message", "receivedAt", "messageId", "reason", "partsCount")
KEYS = st.sampled_from(NAMES)
VALUES = st.sampled_from(
    ["sms:received", "sms:delivered", "sms:failed", "12.1", RECEIVED, "+50760000001", "TTL expired", "\ud800", "\x00"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=6),
    max_leaves=20,
)


def attempted(request: Request) -> News | None:
    try:
        return read(request, key=KEY, country="PA")
    except Unwelcome:
        return None


def sound(news: News) -> bool:
    """Every text of it can be stored, and every key is of a known form."""
    texts = [m.text + m.address for m in news.messages] + [u.payload for u in news.unread]
    ids = [m.provider_id for m in news.messages] + [u.provider_id for u in news.unread]
    ids += [r.provider_id for r in news.receipts]
    return all(len(i) < 200 for i in ids) and all(b"\x00" not in t.encode() for t in (*texts, *ids))


@settings(deadline=None)
@given(
    body=st.binary(max_size=300), headers=st.dictionaries(st.sampled_from(["x-signature", "x-timestamp"]), st.text())
)
def test_nothing_unsigned_is_read_whatever_it_is(body: bytes, headers: dict[str, str]) -> None:
    assert attempted(Request(path="/webhooks/android", headers=headers, body=body, now=NOW)) is None


@settings(deadline=None)
@given(body=st.binary(max_size=300))
def test_whatever_is_signed_is_read_or_refused(body: bytes) -> None:
    assert attempted(signed(body)) is None or sound(told(body))


@settings(deadline=None)
@given(
    kind=st.sampled_from(["sms:received", "sms:sent", "sms:delivered", "sms:failed", "sms:cancelled"]) | JSON,
    payload=st.dictionaries(KEYS, JSON, max_size=8) | JSON,
    more=st.dictionaries(KEYS, JSON, max_size=3),
)
def test_whatever_an_event_holds_is_news_or_kept(kind: Any, payload: Any, more: dict[str, Any]) -> None:
    news = told(json.dumps({"event": kind, "payload": payload, **more}).encode())
    assert sound(news)
    assert len([*news.messages, *news.receipts, *news.unread]) <= 1
