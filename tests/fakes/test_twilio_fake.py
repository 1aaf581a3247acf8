"""The fake Twilio keeps to Twilio's documents: what it takes, what it refuses, how it misbehaves."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from fakes._twilio_hooks import signature
from fakes.provider import AcceptThenFail, AcceptThenReset, Fail, Garbage, Refuse, Reset, Throttle
from fakes.twilio import Empty, Twilio
from tests.fakes.twilio_kit import (
    ANA,
    BUTTONS,
    CHOICE,
    DATA,
    INVITATION,
    ROSA,
    SID,
    SMS,
    SPEC,
    TOKEN,
    WHATSAPP,
    Product,
    Time,
    call,
    code,
    content,
    send,
    texts_of,
)

# --- data -----------------------------------------------------------------------------------------------------------


def test_the_specification_is_small_and_has_the_resources_that_are_used() -> None:
    text = SPEC.read_text(encoding="utf-8")
    assert len(text) < 300_000
    paths = " ".join(json.loads(text)["paths"])
    assert all(name in paths for name in ("Messages.json", "Media", "Balance.json", "/v1/Content", "/v2/Content"))


def test_the_signature_is_that_of_the_recorded_vectors() -> None:
    vectors = json.loads((DATA / "twilio_signature_vectors.json").read_text(encoding="utf-8"))
    for one in vectors["vectors"]:
        pairs = list(one["params"].items()) if "params" in one else [(k, v) for k, v in one.get("pairs", [])]
        assert signature(vectors["token"], one["uri"], pairs) == one["signature"]


# --- requests -------------------------------------------------------------------------------------------------------


def test_a_message_is_taken_shown_and_told_with_every_field_of_the_specification(twilio: Twilio) -> None:
    answer = send(twilio, Body="Hola, Ana")
    assert answer.status_code == 201
    told = answer.json()
    assert set(told) == set(twilio.spec.fields("api.v2010.account.message"))
    assert (told["status"], told["to"], told["direction"]) == ("queued", ANA, "outbound-api")
    assert twilio.phone(ANA).texts == ["Hola, Ana"]
    assert call(twilio, "GET", told["uri"]).json()["status"] == "delivered"
    assert twilio.faults == []


@pytest.mark.parametrize("auth", [(SID, "wrong"), ("AC" + "b" * 32, TOKEN)])
def test_wrong_credentials_are_401_20003_and_send_nothing(twilio: Twilio, auth: tuple[str, str]) -> None:
    path = f"/2010-04-01/Accounts/{SID}/Messages.json"
    answer = call(twilio, "POST", path, auth=auth, data={"To": ANA, "From": SMS, "Body": "Hola"})
    assert code(answer) == (401, 20003)
    assert twilio.phone(ANA).texts == []
    assert twilio.faults == []


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"To": ""}, 21604),
        ({"To": "6000-0001"}, 21211),
        ({"To": "whatsapp:Ana"}, 21211),
        ({"From": None}, 21603),
        ({"From": WHATSAPP}, 21910),
        ({"Body": "x" * 1601}, 21617),
        ({"Body": ""}, 21619),
        ({"Body": "Hola", **content(INVITATION, {"1": "Ana", "2": "hoy"})}, 21619),
        ({"MediaUrl": ["https://bot.example/x.png"] * 11}, 21623),
        ({"MediaUrl": "x.png"}, 21620),
        ({"Body": "Hola", "ContentVariables": "{}"}, 21654),
        ({"ContentSid": INVITATION.sid, "ContentVariables": "[]"}, 21656),
        ({"ContentSid": INVITATION.sid, "ContentVariables": "{1: 2}"}, 21656),
        (content(INVITATION, {"1": "Ana"}), 21656),
        (content(INVITATION, {"1": "Ana", "2": "hoy", "3": "más"}), 21656),
        (content(BUTTONS, CHOICE), 21655),
        ({"ValidityPeriod": "0"}, 20001),
        ({"ValidityPeriod": "36001"}, 20001),
        ({"StatusCallback": "https://my_bot.example/x"}, 21609),
        ({"StatusCallback": "bot.example"}, 21609),
        ({"Bodie": "x"}, 20001),
        ({"SmartEncoded": "si"}, 20001),
        ({"Attempt": "x"}, 20001),
        ({"RiskCheck": "maybe"}, 20001),
        ({"ContentSid": "HX1"}, 21655),
        ({"Body": ["a", "b"]}, 20001),
    ],
)
def test_what_breaks_the_specification_is_refused_and_is_a_fault(
    table: Twilio, params: dict[str, Any], expected: int
) -> None:
    assert code(send(table, **params)) == (400, expected)
    assert table.phone(ANA).texts == []
    assert len(table.faults) == (0 if params.get("ContentSid") == "HX1" else 1)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"From": "+15005550001"}, 21606),
        ({"From": None, "MessagingServiceSid": "MG" + "c" * 32}, 21703),
        ({"To": ROSA, "From": "whatsapp:+15005550001"}, 63007),
    ],
)
def test_a_wrong_setting_is_refused_and_is_no_fault(table: Twilio, params: dict[str, Any], expected: int) -> None:
    assert code(send(table, **params)) == (400, expected)
    assert table.faults == []


def test_without_a_specification_the_built_in_limits_hold_and_names_are_free(product: Product) -> None:
    with Twilio(carry=product) as fake:
        assert code(send(fake, Body="x" * 1601)) == (400, 21617)
        assert send(fake, Invented="x").status_code == 201
        assert len(fake.faults) == 1


def test_a_messaging_service_may_send_for_the_number(twilio: Twilio) -> None:
    told = send(twilio, From=None, MessagingServiceSid="MG" + "b" * 32).json()
    assert (told["status"], told["from"], told["messaging_service_sid"]) == ("accepted", SMS, "MG" + "b" * 32)


def test_a_picture_may_have_a_caption(twilio: Twilio) -> None:
    told = send(twilio, MediaUrl="https://bot.example/x.png", Body="Mapa").json()
    assert told["num_media"] == "1"
    assert twilio.phone(ANA).shown[0].media == "media"
    assert twilio.faults == []


def test_a_path_that_does_not_exist_and_a_body_that_is_no_form_are_faults(twilio: Twilio) -> None:
    assert code(call(twilio, "GET", "/2010-04-01/Nothing.json")) == (404, 20404)
    path = f"/2010-04-01/Accounts/{SID}/Messages.json"
    call(twilio, "POST", path, json={"To": ANA})
    assert code(call(twilio, "GET", path, params={"Until": "x"})) == (400, 20001)
    assert len(twilio.faults) == 3


def test_the_library_reads_what_the_fake_tells(twilio: Twilio, time: Time) -> None:
    send(twilio, Body="Primero")
    time.now += 60
    send(twilio, Body="Segundo")
    twilio.write(ANA, "INFORME")
    assert texts_of(twilio, to=ANA) == ["Segundo", "Primero"]
    assert texts_of(twilio, to=ANA, after=time.now - 30) == ["Segundo"]
    assert texts_of(twilio, to=SMS) == ["INFORME"]
    assert texts_of(twilio, to=ANA, size=1) == ["Segundo", "Primero"]
    assert call(twilio, "GET", f"/2010-04-01/Accounts/{SID}/Balance.json").json()["balance"] == "12.34"
    assert call(twilio, "GET", f"/2010-04-01/Accounts/{SID}.json").json()["status"] == "active"
    assert code(call(twilio, "GET", f"/2010-04-01/Accounts/{SID}/Messages/SM{'9' * 32}.json")) == (404, 20404)
    assert twilio.faults == []


def test_contents_and_approvals_are_told_as_the_specification_says(twilio: Twilio) -> None:
    one = call(twilio, "GET", f"/v1/Content/{INVITATION.sid}").json()
    assert set(one) == set(twilio.spec.fields("content.v1.content"))
    assert one["types"] == {"twilio/text": {"body": "Hola {{1}}, ¿vas el {{2}}?"}}
    asked = call(twilio, "GET", f"/v1/Content/{INVITATION.sid}/ApprovalRequests").json()
    assert set(asked) == set(twilio.spec.fields("content.v1.content.approval_fetch"))
    assert asked["whatsapp"]["status"] == "approved"
    for path in ("/v1/ContentAndApprovals", "/v2/ContentAndApprovals"):
        rows = call(twilio, "GET", path).json()["contents"]
        assert set(rows[0]) == set(twilio.spec.fields("content.v1.content_and_approvals"))
        assert [row["approval_requests"]["status"] for row in rows[:2]] == ["approved", "unsubmitted"]
    assert len(call(twilio, "GET", "/v1/Content").json()["contents"]) == 6
    paged = call(twilio, "GET", "/v2/Content", params={"PageSize": 4}).json()
    assert len(paged["contents"]) == 4
    assert "Page=1" in paged["meta"]["next_page_url"]
    assert code(call(twilio, "GET", f"/v1/Content/HX{'9' * 32}")) == (404, 20404)
    assert twilio.faults == []


# --- misbehaviour ---------------------------------------------------------------------------------------------------


def test_refusals_send_nothing(twilio: Twilio) -> None:
    twilio.plan(Throttle(), Refuse(code=21614, text="not mobile"), Refuse(status=403, code=20003), Fail(503))
    answers = [send(twilio) for _ in range(4)]
    assert [code(one) for one in answers[:3]] == [(429, 20429), (400, 21614), (403, 20003)]
    assert (answers[3].status_code, answers[3].text) == (503, "Server Error")
    assert twilio.phone(ANA).texts == []


def test_broken_answers_come_after_it_was_sent(twilio: Twilio) -> None:
    twilio.plan(AcceptThenFail(500), Empty(), Garbage(201))
    failed, empty, garbage = (send(twilio) for _ in range(3))
    assert failed.status_code == 500
    assert (empty.status_code, empty.content) == (201, b"")
    assert (garbage.status_code, garbage.text[:6]) == (201, "<html>")
    assert len(twilio.phone(ANA).texts) == 3
    assert [one.misbehaved for one in twilio.calls("CreateMessage")] == ["AcceptThenFail", "Empty", "Garbage"]


@pytest.mark.parametrize(("act", "arrives"), [(Reset(), 0), (AcceptThenReset(), 1)])
def test_a_connection_may_be_cut_before_or_after(twilio: Twilio, act: Reset | AcceptThenReset, arrives: int) -> None:
    twilio.plan(act, address=ANA)
    assert send(twilio, "+50760000009").status_code == 201
    with pytest.raises(httpx.TransportError):
        send(twilio)
    assert len(twilio.phone(ANA).texts) == arrives
