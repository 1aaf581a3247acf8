"""The fake gateway on a phone keeps to the gateway's ways: ids, order, numbers, reports, signed webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fakes._post import Outgoing
from fakes._sms import parts
from fakes.android import Android
from fakes.provider import AcceptThenFail, AcceptThenReset, Fail, Garbage, Refuse, Throttle
from tests.fakes.twilio_kit import DATA, Time, request

LOGIN = ("sms", "a-password-of-the-fake")
KEY = "a-signing-key-of-the-tests-long-enough"
ANA, LUIS = "+50760000001", "+50760000002"
HOOK = "https://bot.example/webhooks/android"
HEARD = ("sms:received", "sms:sent", "sms:delivered", "sms:failed", "sms:cancelled", "system:ping")


class Product:
    """Keeps what is posted to it, answers what it is told to. Every try has a signature that fits."""

    def __init__(self) -> None:
        self.got: list[Outgoing] = []
        self.answers: list[tuple[int, str]] = []

    def __call__(self, out: Outgoing) -> tuple[int, str]:
        signed = hmac.new(KEY.encode(), out.body + out.headers["X-Timestamp"].encode(), hashlib.sha256).hexdigest()
        assert out.headers["X-Signature"] == signed
        self.got.append(out)
        return self.answers.pop(0) if self.answers else (200, "")

    @property
    def told(self) -> list[dict[str, Any]]:
        """The envelopes."""
        return [json.loads(out.body) for out in self.got]

    @property
    def events(self) -> list[str]:
        """Their names."""
        return [one["event"] for one in self.told]


@pytest.fixture
def gateway() -> Product:
    return Product()


@pytest.fixture
def android(gateway: Product, time: Time) -> Iterator[Android]:
    with Android(key=KEY, carry=gateway, clock=time) as fake:
        for event in HEARD:
            assert call(fake, "POST", "/webhooks", json={"id": event, "url": HOOK, "event": event}).status_code == 201
        yield fake


@pytest.fixture(scope="module")
def lasting() -> Iterator[Android]:
    """A server takes 0.3 s to come and go: a table of cases has one."""
    with Android(clock=Time()) as fake:
        yield fake


@pytest.fixture
def table(lasting: Android) -> Android:
    """The server of the table, with no faults yet."""
    lasting.faults.clear()
    return lasting


def call(fake: Android, method: str, path: str, **more: Any) -> httpx.Response:
    """One raw request, with the phone's credentials unless others are given."""
    return request(f"{fake.url}{path}", method, more.pop("auth", LOGIN), **more)


def send(fake: Android, id: str = "1.1", *, to: str = ANA, text: str = "Hola", **more: Any) -> httpx.Response:
    """One message."""
    body = {"id": id, "textMessage": {"text": text}, "phoneNumbers": [to]} | more
    return call(fake, "POST", "/messages", json={name: value for name, value in body.items() if value is not None})


# --- sending --------------------------------------------------------------------------------------------------------


def test_a_message_is_taken_with_202_shown_and_reported(android: Android, gateway: Product) -> None:
    answer = send(android, "12.1")
    assert (answer.status_code, answer.json()["state"]) == (202, "Pending")
    android.settle()
    assert android.phone(ANA).texts == ["Hola"]
    assert gateway.events == ["sms:sent", "sms:delivered"]
    sent = gateway.told[0]["payload"]
    assert (sent["messageId"], sent["recipient"], sent["partsCount"]) == ("12.1", ANA, 1)
    state = call(android, "GET", "/messages/12.1").json()
    assert (state["state"], list(state["states"])) == ("Delivered", ["Pending", "Processed", "Sent", "Delivered"])
    assert android.faults == []


def test_the_same_id_again_is_409_and_is_not_sent_twice(android: Android) -> None:
    assert [send(android).status_code for _ in range(2)] == [202, 409]
    assert android.phone(ANA).texts == ["Hola"]
    assert android.faults == []


@pytest.mark.parametrize("auth", [("sms", "wrong"), ("other", LOGIN[1])])
def test_wrong_credentials_are_401(android: Android, auth: tuple[str, str]) -> None:
    body = {"textMessage": {"text": "Hola"}, "phoneNumbers": [ANA]}
    assert call(android, "POST", "/messages", json=body, auth=auth).status_code == 401
    assert call(android, "GET", "/webhooks", auth=auth).status_code == 401
    assert android.phone(ANA).texts == []


def test_a_busy_phone_sends_the_newest_first_unless_it_is_set_otherwise(android: Android) -> None:
    assert texts_after_a_pause(android, "a") == ["tres", "dos", "uno"]
    android.order = "fifo"
    assert texts_after_a_pause(android, "b")[3:] == ["uno", "dos", "tres"]


def texts_after_a_pause(fake: Android, ids: str) -> list[str]:
    fake.hold()
    for n, text in enumerate(["uno", "dos", "tres"]):
        send(fake, f"{ids}{n}", text=text)
    fake.release()
    return fake.phone(ANA).texts


def test_priority_comes_before_order(android: Android) -> None:
    android.hold()
    send(android, "1", text="urgente", priority=100)
    send(android, "2", text="después")
    assert android.phone(ANA).texts == []
    android.release()
    assert android.phone(ANA).texts == ["urgente", "después"]


@pytest.mark.parametrize(
    ("more", "faults"),
    [
        ({"to": "+5072000000"}, 0),
        ({"to": "4141"}, 0),
        ({"validUntil": "2020-01-01T00:00:00Z"}, 0),
        ({"ttl": 60, "validUntil": "2036-01-01T00:00:00Z"}, 1),
        ({"text": ""}, 1),
        ({"message": "Hola"}, 1),
        ({"phoneNumbers": []}, 1),
        ({"phoneNumbers": ANA}, 1),
        ({"validUntil": "mañana"}, 1),
        ({"simNumber": 0}, 1),
        ({"simNumber": True}, 1),
        ({"priority": 128}, 1),
        ({"ttl": 4}, 1),
        ({"id": "x" * 37}, 1),
        ({"to_whom": ANA}, 1),
        ({"textMessage": None}, 1),
    ],
)
def test_what_the_gateway_does_not_take_is_400(table: Android, more: dict[str, Any], faults: int) -> None:
    answer = send(table, **more)
    assert answer.status_code == 400
    assert answer.json()["message"]
    assert table.messages == {}
    assert len(table.faults) == faults


@pytest.mark.parametrize("number", ["6000-0001", "60000001", "+507 6000 0001"])
def test_a_national_number_reaches_the_same_phone(android: Android, number: str) -> None:
    assert send(android, to=number).status_code == 202
    assert android.phone(ANA).texts == ["Hola"]


def test_a_number_that_is_not_mobile_may_also_fail_when_its_turn_comes(android: Android, gateway: Product) -> None:
    android.refuses = "when sent"
    assert send(android, to="+5072000000").status_code == 202
    android.settle()
    assert gateway.events == ["sms:failed"]
    assert gateway.told[0]["payload"]["reason"] == "sendSMS: Invalid phone number type"


def test_a_number_goes_unseen_when_that_is_asked_for(android: Android) -> None:
    body = {"id": "1", "textMessage": {"text": "Hola"}, "phoneNumbers": ["4141"]}
    assert call(android, "POST", "/messages?skipPhoneValidation=true", json=body).status_code == 202
    assert android.phone("4141").texts == ["Hola"]


def test_only_what_waits_can_be_cancelled(android: Android, gateway: Product) -> None:
    send(android, "1")
    assert call(android, "DELETE", "/messages/1").status_code == 400
    assert call(android, "DELETE", "/messages/2").status_code == 404
    assert call(android, "GET", "/messages/2").status_code == 404
    android.hold()
    send(android, "3", to=LUIS)
    assert call(android, "DELETE", "/messages/3").json()["state"] == "Cancelled"
    android.release()
    android.settle()
    assert android.phone(LUIS).texts == []
    assert gateway.events == ["sms:sent", "sms:delivered", "sms:cancelled"]
    assert android.faults == []


def test_what_waited_too_long_fails(android: Android, gateway: Product, time: Time) -> None:
    android.hold()
    send(android, ttl=60)
    time.now += 61
    android.release()
    android.settle()
    assert gateway.told[0]["payload"]["reason"] == "TTL expired"
    assert android.phone(ANA).texts == []


# --- reports --------------------------------------------------------------------------------------------------------


def test_each_part_has_its_own_report_of_delivery(android: Android, gateway: Product) -> None:
    send(android, text="á" * 135)
    android.settle()
    assert gateway.events == ["sms:sent", *["sms:delivered"] * 3]
    assert gateway.told[0]["payload"]["partsCount"] == 3


def test_one_part_alone_may_be_reported_and_reports_can_be_off(android: Android, gateway: Product) -> None:
    android.fate("sent", "part")
    send(android, "1", text="á" * 135)
    send(android, "2", withDeliveryReport=False)
    android.settle()
    assert gateway.events == ["sms:sent", "sms:delivered", "sms:sent"]


@pytest.mark.parametrize(
    ("steps", "reason", "told"),
    [
        (("failed",), "RESULT_ERROR_NO_SERVICE", "Send result: RESULT_ERROR_NO_SERVICE"),
        (("failed",), "RESULT_ERROR_GENERIC_FAILURE", "Send result: RESULT_ERROR_GENERIC_FAILURE"),
        (("sent", "failed"), "Delivery result from SC +5070: 64", "Delivery result from SC +5070: 64"),
    ],
)
def test_failures_come_with_the_reason_that_was_written(
    android: Android, gateway: Product, steps: tuple[str, ...], reason: str, told: str
) -> None:
    android.fate(*steps, reason=reason, address=ANA)
    send(android, "1", to=LUIS)
    send(android, "2")
    android.settle()
    assert gateway.told[-1]["payload"]["reason"].startswith(told)
    row = call(android, "GET", "/messages/2").json()["recipients"][0]
    assert (row["state"], row["error"].startswith(told)) == ("Failed", True)
    assert android.phone(ANA).texts == []
    assert android.phone(LUIS).texts == ["Hola"]


def test_a_sim_that_is_not_there_and_a_person_who_blocks(android: Android, gateway: Product) -> None:
    android.block(ANA)
    send(android, "1")
    send(android, "2", simNumber=2)
    android.settle()
    assert gateway.events == ["sms:sent", "sms:failed"]
    assert gateway.told[1]["payload"]["reason"] == "Can't send message: SIM 2 not found"
    assert android.phone(ANA).texts == []


def test_parts_are_counted_as_the_recorded_calculator_does() -> None:
    oracle = json.loads((DATA.parent / "sms_segments_oracle.json").read_text(encoding="utf-8"))
    wrong = [one["text"] for one in oracle["cases"] if parts(one["text"]) != max(one["plain"]["segments"], 1)]
    assert wrong == []


# --- webhooks -------------------------------------------------------------------------------------------------------


def test_webhooks_are_kept_by_id_and_their_address_is_https_or_the_phone_itself(android: Android) -> None:
    body = {"id": "sms:sent", "url": "http://127.0.0.1:9/x", "event": "sms:sent"}
    assert call(android, "POST", "/webhooks", json=body).json()["source"] == "Local"
    listed = {one["id"]: one["url"] for one in call(android, "GET", "/webhooks").json()}
    assert (len(listed), listed["sms:sent"]) == (6, "http://127.0.0.1:9/x")
    assert call(android, "POST", "/webhooks", json=body | {"url": "http://10.0.0.9/x"}).status_code == 400
    assert android.faults == []
    assert call(android, "POST", "/webhooks", json=body | {"event": "sms:read"}).status_code == 400
    assert len(android.faults) == 1
    assert call(android, "DELETE", "/webhooks/sms:sent").status_code == 204
    assert len(android.webhooks) == 5


def test_a_message_comes_in_as_the_network_shows_its_sender(android: Android, gateway: Product) -> None:
    assert android.write(ANA, "SI", sender="6000-0001").status == 200
    android.write("BANCO", "Gane un premio")
    android.write(LUIS, "SI")
    one, advert, other = gateway.told
    assert (one["event"], one["payload"]["sender"], one["payload"]["message"]) == ("sms:received", "6000-0001", "SI")
    assert one["payload"]["receivedAt"] == "2026-11-18T06:06:40.000-05:00"
    assert advert["payload"]["sender"] == "BANCO"
    assert one["payload"]["messageId"] == other["payload"]["messageId"]
    assert len({told["id"] for told in gateway.told}) == 3


def test_each_try_is_signed_anew_and_keeps_its_id(android: Android, gateway: Product) -> None:
    gateway.answers = [(500, ""), (0, "TimeoutError")]
    android.pauses = [0.001]
    assert android.write(ANA, "SI").status == 200
    assert len({out.headers["X-Timestamp"] for out in gateway.got}) == 3
    assert len({told["id"] for told in gateway.told}) == 1
    gateway.got.clear()
    android.deliver.tries, gateway.answers = 2, [(503, ""), (503, "")]
    assert android.write(ANA, "SI").status == 503
    assert len(gateway.got) == 2


def test_duplicates_disorder_and_a_clock_that_is_wrong(android: Android, gateway: Product, time: Time) -> None:
    android.deliver.receipt_times, android.deliver.receipt_order, android.drift = 2, "reversed", 400.0
    send(android)
    android.settle()
    assert gateway.events == ["sms:delivered", "sms:delivered", "sms:sent", "sms:sent"]
    assert int(gateway.got[0].headers["X-Timestamp"]) == int(time.now) + 400


def test_without_a_webhook_a_message_is_only_in_the_inbox(android: Android, time: Time) -> None:
    call(android, "DELETE", "/webhooks/sms:received")
    assert android.write(ANA, "uno").status == 0
    time.now += 60
    android.write(LUIS, "dos")
    rows = call(android, "GET", "/inbox", params={"type": "SMS", "limit": 500})
    assert [(row["sender"], row["contentPreview"]) for row in rows.json()] == [(LUIS, "dos"), (ANA, "uno")]
    assert rows.headers["X-Total-Count"] == "2"
    later = call(android, "GET", "/inbox", params={"from": rows.json()[0]["createdAt"], "type": "SMS"}).json()
    assert [row["contentPreview"] for row in later] == ["dos"]
    paged = call(android, "GET", "/inbox", params={"limit": 1, "offset": 1}).json()
    assert [row["contentPreview"] for row in paged] == ["uno"]
    assert call(android, "GET", "/inbox", params={"limit": 501}).status_code == 400
    assert call(android, "GET", "/inbox", params={"from": "ayer"}).status_code == 400
    assert len(android.faults) == 2


def test_health_needs_no_password_and_a_ping_comes_when_it_is_told_to(android: Android, gateway: Product) -> None:
    assert call(android, "GET", "/health", auth=None).json()["status"] == "pass"
    android.health = "fail"
    assert call(android, "GET", "/health", auth=None).status_code == 500
    assert android.ping().status == 200
    assert gateway.told[0]["payload"] == {"health": {"status": "fail"}}


def test_the_settings_tell_the_order(android: Android) -> None:
    told = call(android, "GET", "/settings").json()
    assert (told["messages"]["processing_order"], told["webhooks"]["internet_required"]) == ("LIFO", True)


def test_a_path_that_does_not_exist_is_a_fault(android: Android) -> None:
    assert call(android, "GET", "/sms").status_code == 404
    assert len(android.faults) == 1


def test_a_text_message_has_no_buttons(android: Android) -> None:
    with pytest.raises(LookupError):
        android.tap(ANA, "Sí")


# --- misbehaviour ---------------------------------------------------------------------------------------------------


def test_it_may_misbehave_before_and_after_it_has_taken_a_message(android: Android) -> None:
    android.plan(Throttle(), Refuse(400, text="no"), Fail(500), AcceptThenFail(502), Garbage(202))
    answers = [send(android, str(n)) for n in range(5)]
    assert [one.status_code for one in answers] == [429, 400, 500, 502, 202]
    assert answers[1].json() == {"message": "no"}
    assert len(android.phone(ANA).texts) == 2
    assert send(android, "3").status_code == 409


def test_a_connection_is_cut_after_the_message_was_taken(android: Android) -> None:
    android.plan(AcceptThenReset(), address=ANA)
    with pytest.raises(httpx.TransportError):
        send(android)
    assert android.phone(ANA).texts == ["Hola"]
    assert send(android).status_code == 409
