"""Twilio over real HTTP, against the fake that holds every request against Twilio's own specification."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from bot.channels import _twilio_http
from bot.message import Media, Reply
from fakes.provider import AcceptThenFail, AcceptThenReset, Act, Fail, Garbage, Refuse, Reset, Stall, Throttle
from fakes.twilio import Empty
from tests.channels.twilio_house import HX, OUTSIDE, REMINDER, House
from tests.channels.twilio_kit import NOW, ROSA, SID, SITE, SMS, TOKEN, WHATSAPP, policy

# --- what goes out ------------------------------------------------------------------------------------------------


def test_an_sms_is_handed_over_and_its_receipts_come_back(house: House) -> None:
    given = house.send(house.sms(expires_in=7200.9))
    house.fake.settle()
    assert house.calls() == [{
        "To": house.rosa, "From": SMS, "Body": "Hola", "ValidityPeriod": "7200",
        "StatusCallback": f"{SITE}/webhooks/twilio/status/77#rc=3&rp=all",
    }]  # fmt: skip
    receipts = [receipt for news in house.news for receipt in news.receipts]
    assert {(r.outbox_id, r.provider_id, r.sender) for r in receipts} == {(77, given, "twilio:sms")}
    assert [r.rank for r in receipts][-1] == 5
    assert house.fake.phone(house.rosa).texts == ["Hola"]


@pytest.mark.parametrize(
    ("expires_in", "sent"), [(None, None), (0.2, "1"), (-5.0, "1"), (60.0, "60"), (36_000.0, "36000"), (1e9, "36000")]
)
def test_its_time_is_clamped(house: House, expires_in: float | None, sent: str | None) -> None:
    house.send(house.sms(expires_in=expires_in))
    assert house.calls()[0].get("ValidityPeriod") == sent


def test_without_a_public_address_no_receipt_is_asked_for(house: House) -> None:
    house.open(public_url="")
    house.send(house.sms())
    assert "StatusCallback" not in house.calls()[0]


def test_its_callback_says_of_which_database_it_is(house: House) -> None:
    house.send(house.sms(stamp="19aa0f3c1", attempt=2))
    house.fake.settle()
    [call] = house.calls()
    assert call["StatusCallback"] == f"{SITE}/webhooks/twilio/status/77?made=19aa0f3c1&attempt=2#rc=3&rp=all"
    assert {r.stamp for news in house.news for r in news.receipts} == {"19aa0f3c1"}


def test_a_second_try_says_so_in_its_callback(house: House) -> None:
    house.fake.fate("sent", "undelivered", code=30003, address=house.rosa)
    house.send(house.sms(attempt=2))
    house.fake.settle()
    [failed] = [r for news in house.news for r in news.receipts if r.rank == 4]
    assert failed.outbox_id == 77
    assert failed.policy is not None
    assert failed.policy.retry_after == 21600.0


def test_a_messaging_service_stands_for_the_number() -> None:
    house = House(service="MG" + "1" * 32)
    with house.fake:
        house.open(twilio_sms_from="MG" + "1" * 32)
        house.send(house.sms(address=ROSA))
    assert house.fake.faults == []
    assert house.calls()[0]["MessagingServiceSid"] == "MG" + "1" * 32
    assert "From" not in house.calls()[0]


@pytest.mark.parametrize("address", [ROSA, "US.1234"])
def test_whatsapp_has_its_prefix_on_both_ends(house: House, address: str) -> None:
    house.fake.write(address, "Hola", channel="whatsapp")
    [heard] = [m for news in house.news for m in news.messages]
    assert (heard.address, heard.sender) == (address, "twilio:whatsapp")
    house.send(house.parcel("Hola", address=heard.address))
    assert (house.calls()[0]["To"], house.calls()[0]["From"]) == (f"whatsapp:{address}", f"whatsapp:{WHATSAPP}")
    assert house.fake.phone(f"whatsapp:{address}").texts == ["Hola"]


@pytest.mark.parametrize(
    ("labels", "field"), [(("Sí", "No"), "ButtonPayload"), (("Agua potable siempre", "Camino"), "")]
)
def test_buttons_and_lists_are_tapped(house: House, labels: tuple[str, str], field: str) -> None:
    house.hear()
    house.send(house.parcel("¿Qué va?", *labels))
    [shown] = house.phone.shown
    assert (shown.text, shown.buttons) == ("¿Qué va?", ((f"1 {labels[0]}", "t1|q|1"), (f"2 {labels[1]}", "t1|q|2")))
    assert house.calls()[0]["ContentSid"] == (HX[1] if field else HX[2])
    assert house.fake.tap(house.rosa, "t1|q|2").status == 200
    [tapped] = [m for news in house.news for m in news.messages]
    assert (tapped.button, tapped.text) == ("t1|q|2", f"2 {labels[1]}")


def test_outside_the_24_hours_the_template_arrives(house: House) -> None:
    house.send(house.parcel(reply=Reply(text="Te recordamos", template=REMINDER), **OUTSIDE))
    assert house.phone.texts == ["Hola, Ana. Te recordamos el sáb 21 nov. Te esperamos."]
    assert "Body" not in house.calls()[0]


def test_outside_without_a_template_nothing_is_sent(house: House) -> None:
    assert policy(house.refuse(house.parcel(**OUTSIDE))) == {"fallback": True}
    assert house.calls() == []


def test_free_text_after_the_24_hours_fails_later_and_is_tried_as_a_template(house: House) -> None:
    house.send(house.parcel("Hola"))  # we believe it is open, Twilio knows better
    house.fake.settle()
    [failed] = [r for news in house.news for r in news.receipts]
    assert failed.policy is not None
    assert policy(failed.policy) == {"retry_after": 60.0, "tries": 2, "fallback": True}
    house.send(house.parcel(reply=Reply(text="Hola", template=REMINDER), attempt=2))
    assert house.phone.texts == ["Hola, Ana. Te recordamos el sáb 21 nov. Te esperamos."]


# --- what goes wrong ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "wanted", "arrived"),
    [
        (Throttle(), {"throttled": True, "retry_after": 0.1}, False),
        (Fail(500), {"uncertain": True}, False),
        (Fail(503), {"uncertain": True}, False),
        (AcceptThenFail(500), {"uncertain": True}, True),
        (AcceptThenFail(502), {"uncertain": True}, True),
        (Reset(), {"uncertain": True}, False),  # from here it looks the same as the next one
        (AcceptThenReset(), {"uncertain": True}, True),
        (Stall(1.0), {"uncertain": True}, True),
        (Garbage(200), {"uncertain": True}, True),
        (Garbage(201), {"uncertain": True}, True),
        (Empty(), {"uncertain": True}, True),
        (Refuse(401, 20003), {"halt": True}, False),
        (Refuse(400, 21606), {"halt": True}, False),
        (Refuse(400, 21610), {"left": True}, False),
        (Refuse(400, 21211), {"gone": True, "fallback": True}, False),
        (Refuse(400, 21612), {"fallback": True}, False),
        (Refuse(400, 99999), {"alert": True}, False),
        (Refuse(400, 21211, f"The 'To' number {ROSA} is not valid"), {"gone": True, "fallback": True}, False),
        (Refuse(429, 20429), {"throttled": True, "retry_after": 0.1}, False),
        (
            Refuse(400, 21211, more={"type": "about:blank", "title": f"bad {ROSA}", "detail": ROSA}),
            {"gone": True, "fallback": True},
            False,
        ),
    ],
)
def test_each_misbehaviour_has_its_policy(
    house: House, monkeypatch: pytest.MonkeyPatch, act: Act, wanted: dict[str, object], arrived: bool
) -> None:
    monkeypatch.setattr(_twilio_http, "TIMEOUT", 0.3)
    house.open()
    house.fake.plan(act)
    assert policy(house.refuse(house.sms())) == wanted
    assert len(house.calls()) == 1, "the library must not try again by itself"
    assert bool(house.fake.phone(house.rosa).texts) == arrived


def test_wrong_credentials_halt(house: House) -> None:
    house.open(twilio_auth_token="wrong")
    assert policy(house.refuse(house.sms())) == {"halt": True}


def test_someone_who_wrote_stop_has_left(house: House) -> None:
    assert house.fake.write(house.rosa, "STOP").status == 200
    [heard] = [m for news in house.news for m in news.messages]
    assert (heard.provider_answered, heard.sender) == ("STOP", "twilio:sms")
    assert policy(house.refuse(house.sms())) == {"left": True}


def test_without_a_connection_nothing_was_sent(house: House) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        house.open(twilio_api_url=f"http://127.0.0.1:{closed.getsockname()[1]}")
        assert policy(house.refuse(house.sms())) == {"retry_after": 60.0}


def test_proxies_of_the_machine_are_not_asked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("TWILIO_EDGE", "TWILIO_REGION", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.setenv(name, "elsewhere")
    house.open()
    assert house.send(house.sms()).startswith("SM")
    client, _ = _twilio_http.client(SID, TOKEN, house.fake.url, house.fake.url)
    assert (client.edge, client.region, client.account_sid) == ("", "", SID)


def test_the_pause_doubles_and_ends_with_a_message_that_is_taken(house: House) -> None:
    house.fake.plan(Throttle(), Throttle())
    first = house.refuse(house.sms())
    second = house.refuse(house.sms(now=NOW + timedelta(seconds=0.2)))
    house.send(house.sms())
    house.fake.plan(Throttle())
    third = house.refuse(house.sms(now=NOW + timedelta(seconds=1)))
    assert [e.retry_after for e in (first, second, third)] == [0.1, 0.2, 0.1]


@pytest.mark.parametrize("code", [21655, 21656, 63027, 63042])
def test_buttons_that_are_refused_become_numbers_at_once(house: House, code: int) -> None:
    house.hear()
    house.fake.plan(Refuse(400, code))
    assert house.send(house.parcel("¿Vas? 1 Sí 2 No", "Sí", "No")).startswith("SM")
    assert [call.get("Body") for call in house.calls()] == [None, "¿Vas? 1 Sí 2 No"]


def test_a_dead_content_is_not_asked_for_again_within_the_hour(house: House) -> None:
    house.hear()
    house.open(templates={"botones_2": {"*": HX[8]}})  # the account has no such content
    for minutes in (0, 59, 61):
        house.send(house.parcel("¿Vas?", "Sí", "No", now=NOW + timedelta(minutes=minutes)))
    assert ["ContentSid" in call for call in house.calls()] == [True, False, False, True, False]


def test_a_text_never_rests(house: House) -> None:
    house.hear()
    house.fake.plan(Refuse(400, 63027))
    assert policy(house.refuse(house.parcel())) == {"fallback": True, "alert": True}
    assert house.send(house.parcel()).startswith("SM")


def test_variables_of_one_message_do_not_rest_its_template(house: House) -> None:
    late = house.parcel(reply=Reply(text="Te recordamos", template=REMINDER), **OUTSIDE)
    house.fake.plan(Refuse(400, 21656))
    assert policy(house.refuse(late)) == {"fallback": True, "alert": True}
    assert house.send(late).startswith("SM")


def test_a_template_that_is_refused_rests_too(house: House) -> None:
    late = house.parcel(reply=Reply(text="Te recordamos", template=REMINDER), **OUTSIDE)
    house.fake.plan(Refuse(400, 63040))
    assert policy(house.refuse(late)) == {"fallback": True, "alert": True}
    assert policy(house.refuse(late)) == {"fallback": True, "alert": True}
    assert len(house.calls()) == 1


def test_an_uncertain_call_is_not_followed_by_another_form(house: House) -> None:
    house.hear()
    house.fake.plan(AcceptThenReset())
    assert policy(house.refuse(house.parcel("¿Vas?", "Sí", "No"))) == {"uncertain": True}
    assert len(house.calls()) == 1


def test_a_refusal_inside_the_answer_is_a_refusal(house: House) -> None:
    with answering(201, {"sid": "SM1", "status": "failed", "error_code": 30005}) as (url, _):
        house.open(twilio_api_url=url)
        assert policy(house.refuse(house.sms())) == {"gone": True, "fallback": True}


@pytest.mark.parametrize("body", ["[]", "null", '"SM1"', "{}", '{"sid": 7}', '{"sid": ""}', "<html>", ""])
def test_an_answer_without_an_id_may_have_been_sent(house: House, body: str) -> None:
    with answering(201, body) as (url, _):
        house.open(twilio_api_url=url)
        assert policy(house.refuse(house.sms())) == {"uncertain": True}


@pytest.mark.parametrize(("status", "wanted"), [(302, {"alert": True}), (404, {"alert": True}), (401, {"halt": True})])
def test_answers_that_are_not_twilio_s(house: House, status: int, wanted: dict[str, object]) -> None:
    for body in ("<html>no</html>", "[1]", '{"code": "x"}', '{"code": null}', '{"code": {"a": 1}}'):
        with answering(status, body) as (url, heard):
            house.open(twilio_api_url=url)
            assert policy(house.refuse(house.sms())) == wanted
            assert len(heard) == 1


# --- the wire itself ----------------------------------------------------------------------------------------------


@contextmanager
def answering(status: int, body: object) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """A server that answers everything alike; what it was asked as (path, content type, body)."""
    text = (body if isinstance(body, str) else json.dumps(body)).encode()
    heard: list[tuple[str, str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
            heard.append((self.path, self.headers["Content-Type"], asked))
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Silence."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_media_travels_with_its_text_and_as_a_link_when_it_is_not_taken(house: House) -> None:
    link = "https://convoca.example.org/f/1.jpg"
    message = house.parcel(reply=Reply(text="Mira", media=Media(kind="photo", ref=link)))
    with answering(201, {"sid": "MM1", "status": "queued"}) as (url, heard):
        house.open(twilio_api_url=url)
        assert house.send(message) == "MM1"
    fields = parse_qs(heard[0][2])
    assert (fields["Body"], fields["MediaUrl"]) == (["Mira"], [link])
    with answering(400, {"code": 63019, "message": "x", "status": 400}) as (url, heard):
        house.open(twilio_api_url=url)
        assert house.refuse(message).retry_after == 60.0
    assert [parse_qs(asked).get("MediaUrl") for _, _, asked in heard] == [[link], None]
    assert parse_qs(heard[1][2])["Body"] == [f"Mira\n{link}"]


def test_json_travels_as_json_and_to_the_host_of_contents(house: House) -> None:
    made: dict[str, Any] = {"friendly_name": "x", "language": "es", "types": {"twilio/text": {"body": "Hola {{1}}"}}}
    with answering(201, {"sid": HX[1]}) as (url, heard):
        _, http = _twilio_http.client(SID, TOKEN, "http://127.0.0.1:9", url)

        async def work() -> int:
            headers = {"Content-Type": "application/json"}
            answer = await http.request("POST", "https://content.twilio.com/v1/Content", data=made, headers=headers)
            await http.close()
            return int(answer.status_code)

        assert asyncio.run(work()) == 201
    [(path, kind, body)] = heard
    assert (path, kind, json.loads(body)) == ("/v1/Content", "application/json", made)
