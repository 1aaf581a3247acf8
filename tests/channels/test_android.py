"""The local SIM: our channel and a phone, over HTTP."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from bot.channels import Closed, Examined, Hooked, Identity, News, Polled, Prepared
from bot.channels import android as module
from bot.channels.android import Android
from bot.errors import SendError
from fakes.provider import AcceptThenFail, AcceptThenReset, Act, Fail, Garbage, Refuse, Reset, Stall, Throttle
from tests.channels.android_kit import ANA, KEY, NOW, SITE, Clock, Gateway, Line, line, parcel
from tests.channels.test_android_errors import ALERT, FALLBACK, GONE, HALT, policy


def settings(**more: Any) -> SimpleNamespace:
    given = {
        "android_url": "http://10.0.0.5:8080",
        "android_login": "sms",
        "android_password": SecretStr("secret"),
        "android_signing_key": SecretStr(KEY),
        "android_country": "PA",
        "android_rate": 12.0,
        "android_number": "",
        "public_url": SITE,
    }
    return SimpleNamespace(**{**given, **more})


# --- what it is ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "missing", [{"android_url": ""}, {"android_login": ""}, {"android_password": SecretStr("")}], ids=str
)
def test_it_is_off_unless_the_phone_is_named_in_full(missing: dict[str, Any]) -> None:
    assert Android.open(settings(**missing), demo=False) is None


def test_it_is_one_sender_of_segments_a_second() -> None:
    channel = Android.open(settings(), demo=False)
    assert channel is not None
    assert channel.identities() == [Identity(name="android:sim", channel="sms", rate=0.2)]
    assert "secret" not in repr(vars(channel)["_phone"])
    assert KEY not in repr(vars(channel)["_phone"])


def test_it_has_all_that_a_channel_may_have() -> None:
    channel = Android.open(settings(), demo=False)
    assert all(isinstance(channel, kind) for kind in (Hooked, Polled, Prepared, Examined, Closed))
    assert Android.name == "android"
    assert Android.polls == "android:inbox"


# --- sending ------------------------------------------------------------------------------------------------------


def test_a_message_reaches_the_phone_of_the_person() -> None:
    with line() as one:
        assert one.send(parcel("¿Vienes? 1 Si 2 No", expires_in=3600.0)) == "12.1"
        (sent,) = one.gateway.calls("POST /messages")
        assert one.gateway.phone(ANA).texts == ["¿Vienes? 1 Si 2 No"]
    assert sent.params == {
        "id": "12.1",
        "textMessage": {"text": "¿Vienes? 1 Si 2 No"},
        "phoneNumbers": [ANA],
        "withDeliveryReport": True,
        "validUntil": "2026-11-21T16:00:00.000Z",
    }


def test_what_never_expires_says_no_time() -> None:
    with line() as one:
        one.send(parcel())
        assert "validUntil" not in one.gateway.calls("POST /messages")[0].params


def test_the_same_try_again_is_accepted_and_sent_once_and_the_next_attempt_is_another_message() -> None:
    with line() as one:
        assert [one.send(parcel()) for _ in range(2)] == ["12.1", "12.1"]
        assert [e.status for e in one.gateway.calls("POST /messages")] == [202, 409]
        assert one.send(parcel(attempt=2)) == "12.2"
        assert one.gateway.phone(ANA).texts == ["Hola", "Hola"]


@pytest.mark.parametrize(
    ("act", "shown"),
    [
        (Throttle(), 0),
        (Fail(), 0),
        (Fail(503), 0),
        (Reset(), 0),
        (AcceptThenFail(), 1),
        (AcceptThenReset(), 1),
        (Stall(60.0), 1),
        (Garbage(), 1),
        (Garbage(502), 1),
    ],
    ids=str,
)
def test_a_phone_that_gives_no_answer_is_asked_again_under_the_same_id(
    act: Act, shown: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 0.3)
    with line() as one:
        one.gateway.plan(act)
        error = one.refused(parcel())
        assert policy(error) == {"repeat": 5.0}
        assert len(one.gateway.phone(ANA).shown) == shown
        assert one.send(parcel()) == "12.1"
        assert one.gateway.phone(ANA).texts == ["Hola"]


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (Refuse(400, text="Text message is empty"), ALERT),
        (Refuse(400, text="Invalid phone number"), GONE),
        (Refuse(401), HALT),
        (Refuse(403), HALT),
        (Refuse(404), HALT),
    ],
    ids=str,
)
def test_a_refusal_is_final_or_stops_the_sender(act: Act, expected: dict[str, object]) -> None:
    with line() as one:
        one.gateway.plan(act)
        assert policy(one.refused(parcel())) == expected


def test_a_wrong_password_stops_the_sender() -> None:
    with line() as one:
        one.gateway.password = "another"
        assert policy(one.refused(parcel())) == HALT


def test_a_landline_is_unreachable() -> None:
    with line() as one:
        assert policy(one.refused(parcel(address="+5072000001"))) == GONE


def test_what_has_expired_on_the_way_takes_the_next_channel() -> None:
    with line() as one:
        one.clock.forward(hours=2)
        assert policy(one.refused(parcel(expires_in=3600.0))) == FALLBACK


def test_an_outage_ends_with_the_first_answer() -> None:
    with line() as one:
        one.gateway.plan(Fail(), Fail())
        assert [one.refused(parcel()).repeat for _ in range(2)] == [5.0, 10.0]
        one.send(parcel())
        one.gateway.plan(Fail())
        assert one.refused(parcel(ref="13")).repeat == 5.0


def test_a_phone_that_is_off_is_told_after_five_minutes_and_nothing_is_given_away() -> None:
    one = Line(Gateway(Clock()), Clock())  # not started
    one.channel = one.open(url="http://127.0.0.1:9")
    errors = [one.refused(parcel(now=NOW.replace(minute=minute))) for minute in range(7)]
    assert [error.repeat for error in errors] == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0, 60.0]
    assert [error.alert for error in errors] == [False] * 5 + [True, False]
    assert errors[0].told == "the phone does not answer: ClientConnectorError: ConnectionRefusedError"


# --- what became of it --------------------------------------------------------------------------------------------


def reported(*, text: str = "Hola", order: str = "as said", fate: tuple[str, ...] = (), reason: str = "") -> Gateway:
    with line() as one:
        one.gateway.deliver.receipt_order = order  # type: ignore[assignment]  # 'as said' | 'reversed'
        if fate:
            one.gateway.fate(*fate, reason=reason)
        one.send(parcel(text))
        one.gateway.settle()
        assert {r.outbox_id for news in one.gateway.news for r in news.receipts} == {12}
        return one.gateway


@pytest.mark.parametrize("order", ["as said", "reversed"])
def test_sent_and_delivered_come_back(order: str) -> None:
    assert sorted(reported(order=order).ranks) == [3, 5]


def test_of_several_parts_no_report_says_that_all_have_arrived() -> None:
    assert reported(text="a" * 400).ranks == [3, 3, 3, 3]
    assert reported(text="a" * 160).ranks == [3, 5]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("RESULT_RIL_SIM_ABSENT", HALT),
        ("TTL expired", FALLBACK),
        ("Delivery result from SC +50760009999: 70", FALLBACK),
        ("RESULT_ERROR_GENERIC_FAILURE", {"retry_after": 60.0, "strikes": 3}),
    ],
)
def test_a_failure_told_later_has_its_policy(reason: str, expected: dict[str, object]) -> None:
    (news,) = reported(fate=("failed",), reason=reason).news
    (receipt,) = news.receipts
    assert receipt.rank == 4
    assert receipt.policy is not None
    assert policy(receipt.policy) == expected


# --- what people write --------------------------------------------------------------------------------------------


def test_an_sms_comes_in_signed_as_often_as_it_is_delivered() -> None:
    with line() as one:
        one.gateway.deliver.times = 2
        delivered = one.gateway.write(ANA, "Sí", sender="6000-0001")
        assert (delivered.status, one.gateway.texts) == (200, ["Sí", "Sí"])
        assert len({m.provider_id for news in one.gateway.news for m in news.messages}) == 1
        assert one.gateway.write(ANA, "oferta", sender="BANCO").status == 200
        assert one.gateway.ping().status == 200
        assert one.gateway.texts == ["Sí", "Sí"]


@pytest.mark.parametrize(("drift", "key"), [(310.0, KEY), (-310.0, KEY), (0.0, "k" * 32), (0.0, "")])
def test_a_wrong_clock_or_key_is_refused(drift: float, key: str) -> None:
    with line(key=key) as one:
        one.gateway.drift = drift
        assert one.gateway.write(ANA, "Sí").status == 401
        assert one.gateway.unwelcome[0].why


# --- the inbox ----------------------------------------------------------------------------------------------------


def listening(one: Line) -> str:
    """The cursor after a first look; the next one is due."""
    news, cursor = one.look("")
    assert not news.messages
    one.clock.forward(minutes=10)
    return cursor


def test_what_a_webhook_lost_is_found_in_the_inbox_with_the_same_id() -> None:
    with line() as one:
        cursor = listening(one)
        one.gateway.write(ANA, "one", sender="60000001")
        one.gateway.lost = True
        one.gateway.write(ANA, "two")
        found, _ = one.look(cursor)
        assert [m.text for m in found.messages] in (["one", "two"], ["two", "one"])  # one moment
        assert [m for m in found.messages if m.text == "one"] == list(one.gateway.news[0].messages)


def test_what_was_stored_is_not_told_again_and_what_was_not_stored_is() -> None:
    with line() as one:
        cursor = listening(one)
        one.gateway.write(ANA, "one")
        found, later = one.look(cursor)
        one.clock.forward(minutes=10)
        assert [m.text for m in one.look(cursor)[0].messages] == ["one"]  # storing it had failed
        one.clock.forward(minutes=10)
        found, later = one.look(cursor)
        one.clock.forward(minutes=10)
        one.gateway.write(ANA, "two")
        found, later = one.look(later)
        assert [m.text for m in found.messages] == ["two"]
        restarted = one.look(later, one.open())[0]
        assert {m.text for m in restarted.messages} == {"one", "two"}  # the same ids: the store knows them


def test_it_looks_once_in_ten_minutes_and_waits_25_seconds_at_most() -> None:
    with line() as one:
        _, cursor = one.look("")
        for _ in range(24):
            assert one.look(cursor) == (News(), cursor)
        assert (one.clock.slept, len(one.gateway.calls("GET /inbox"))) == ([25.0] * 24, 1)
        assert one.look(cursor)[1] > cursor
        assert len(one.gateway.calls("GET /inbox")) == 2


def test_a_phone_that_can_not_call_us_is_looked_at_every_20_seconds() -> None:
    with line() as one:
        alone: list[dict[str, Any]] = [{"public_url": ""}, {"public_url": "http://10.0.0.4"}, {"key": ""}]
        for given in alone:
            channel = one.open(**given)
            _, cursor = one.look("", channel)
            one.look(cursor, channel)
        assert one.clock.slept == [20.0] * 3


def test_a_clock_that_was_set_back_does_not_stop_it() -> None:
    with line() as one:
        _, cursor = one.look("")
        one.clock.forward(days=-2)
        one.look(cursor)
        assert (one.clock.slept, len(one.gateway.calls("GET /inbox"))) == ([], 2)


@pytest.mark.parametrize(
    ("act", "expected"), [(Fail(), {"repeat": 60.0}), (Garbage(), {"repeat": 60.0}), (Refuse(401), HALT)], ids=str
)
def test_an_inbox_that_is_not_told_is_asked_for_again_after_a_minute(act: Act, expected: dict[str, object]) -> None:
    with line() as one:
        one.gateway.plan(act, operation="GET /inbox")
        with pytest.raises(SendError) as raised:
            one.look("")
        assert policy(raised.value) == expected
        assert one.look("")[1] == ""
        assert one.clock.slept == [25.0]
        one.clock.forward(seconds=35)
        assert one.look("")[1]


# --- secrets -----------------------------------------------------------------------------------------------------


def test_no_text_of_ours_has_the_password_or_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 0.3)
    acts: list[Act] = [Fail(), Reset(), Refuse(400, text=f"no {ANA}"), Refuse(401), AcceptThenReset(), Garbage()]
    with line() as one:
        one.gateway.plan(*acts)
        told = [one.refused(parcel()).told for _ in acts]
    assert not [text for text in told if ANA in text or "password-of" in text or "127.0.0.1" in text]
