"""WhatsApp by the fake Twilio: the window of 24 hours, buttons and lists, people without a phone."""

from __future__ import annotations

import pytest

from fakes.twilio import Content, Twilio
from tests.fakes.twilio_kit import (
    ANA,
    BACK,
    BUTTONS,
    CHOICE,
    DAY,
    FOUR,
    FOUR_APPROVED,
    INVITATION,
    LIST,
    PENDING,
    ROSA,
    WHATSAPP,
    Product,
    Time,
    call,
    content,
    send,
)


def test_outside_24_hours_free_text_is_taken_and_fails_later(twilio: Twilio, product: Product, time: Time) -> None:
    twilio.write(ROSA, "Hola")
    time.now += DAY - 1
    assert send(twilio, ROSA, StatusCallback=BACK).status_code == 201
    time.now += 1
    late = send(twilio, ROSA, StatusCallback=BACK)
    assert (late.status_code, late.json()["status"], late.json()["error_code"]) == (201, "queued", None)
    twilio.settle()
    assert product.statuses() == ["sent", "delivered", "failed"]
    assert product.forms()[-1]["ErrorCode"] == "63016"
    assert call(twilio, "GET", late.json()["uri"]).json()["error_code"] == 63016
    assert twilio.phone(ROSA).texts == ["Hola"]
    assert twilio.faults == []


STRANGER = "whatsapp:+50760000003"  # has never written


@pytest.mark.parametrize(
    ("one", "values", "error"),
    [
        (INVITATION, {"1": "Rosa", "2": "sábado"}, None),
        (PENDING, {"1": "Rosa", "2": "sábado"}, 63016),
        (BUTTONS, CHOICE, 63016),
        (LIST, CHOICE, 63016),
        (FOUR_APPROVED, None, None),
    ],
)
def test_outside_24_hours_only_an_approved_template_arrives(
    table: Twilio, one: Content, values: dict[str, str] | None, error: int | None
) -> None:
    before = len(table.phone(STRANGER).texts)
    told = send(table, STRANGER, **content(one, values))
    assert told.status_code == 201
    assert call(table, "GET", told.json()["uri"]).json()["error_code"] == error
    assert len(table.phone(STRANGER).texts) - before == (error is None)
    assert table.faults == []


@pytest.mark.parametrize(
    ("one", "values", "error"),
    [
        (BUTTONS, CHOICE, None),
        (LIST, CHOICE, None),
        (FOUR_APPROVED, None, None),
        (FOUR, None, 63021),
        (BUTTONS, CHOICE | {"1": "x" * 1025}, 63021),
        (BUTTONS, CHOICE | {"2": "x" * 21}, 63021),
        (BUTTONS, CHOICE | {"3": "Sí"}, 63021),
        (BUTTONS, CHOICE | {"4": "x" * 257}, 63021),
        (LIST, CHOICE | {"2": "x" * 25}, 63021),
        (LIST, CHOICE | {"4": "t1|no"}, 63021),
        (INVITATION, {"1": "Ana\nRosa", "2": "hoy"}, 63013),
        (INVITATION, {"1": "Ana" + 5 * " " + "Rosa", "2": "hoy"}, 63013),
        (INVITATION, {"1": "x" * 1024, "2": "hoy"}, 63021),
    ],
)
def test_the_limits_of_buttons_lists_and_variables(
    table: Twilio, one: Content, values: dict[str, str] | None, error: int | None
) -> None:
    table.write(ROSA, "Hola")
    told = send(table, ROSA, **content(one, values))
    assert told.status_code == 201
    assert call(table, "GET", told.json()["uri"]).json()["error_code"] == error
    assert len(table.faults) == (0 if error is None else 1)


def test_a_quick_reply_and_an_item_come_back_with_what_they_hold(twilio: Twilio, product: Product, time: Time) -> None:
    twilio.write(ROSA, "Hola")
    sid = send(twilio, ROSA, **content(BUTTONS, CHOICE)).json()["sid"]
    assert twilio.phone(ROSA).shown[-1].buttons == (("Sí", "t1|si"), ("No", "t1|no"))
    assert twilio.tap(ROSA, "Sí").status == 200
    send(twilio, ROSA, **content(LIST, CHOICE | {"4": "t2|si", "5": "t2|no"}))
    twilio.tap("+50760000002", "t2|no")
    time.now += 8 * DAY
    twilio.tap(ROSA, "t1|si")
    _, tapped, picked, old = product.forms()
    assert (tapped["ButtonPayload"], tapped["ButtonText"], tapped["Body"]) == ("t1|si", "Sí", "Sí")
    assert (tapped["OriginalRepliedMessageSid"], tapped["OriginalRepliedMessageSender"]) == (sid, WHATSAPP)
    assert (picked["ListId"], picked["ListTitle"]) == ("t2|no", "No")
    assert "ButtonPayload" not in picked
    assert "OriginalRepliedMessageSid" not in old
    with pytest.raises(LookupError):
        twilio.tap(ROSA, "Quizás")


def test_a_person_without_a_phone_writes_and_is_answered(twilio: Twilio, product: Product) -> None:
    twilio.write("US.1234", "Hola", channel="whatsapp")
    assert send(twilio, "whatsapp:US.1234").status_code == 201
    assert twilio.phone("whatsapp:US.1234").texts == ["Hola"]
    form = product.forms()[0]
    assert form["From"] == form["ExternalUserId"] == "whatsapp:US.1234"
    assert "ProfileName" not in form
    twilio.write(ROSA, "Hola", profile="Rosa", external="US.5678")
    form = product.forms()[1]
    assert (form["From"], form["WaId"], form["ProfileName"]) == (ROSA, "50760000002", "Rosa")
    assert form["ExternalUserId"] == "whatsapp:US.5678"
    send(twilio, "whatsapp:US.5678")
    assert twilio.phone("whatsapp:US.5678").texts == ["Hola"]
    assert twilio.faults == []


def test_who_blocks_is_not_reached_and_only_sms_says_so(twilio: Twilio, product: Product) -> None:
    twilio.write(ROSA, "Hola")
    twilio.block(ROSA)
    twilio.block(ANA)
    send(twilio, ROSA, StatusCallback=BACK)
    send(twilio, ANA, StatusCallback=BACK)
    twilio.settle()
    assert product.statuses() == ["sent", "sent", "undelivered"]
    assert product.forms()[-1]["ErrorCode"] == "30004"
    assert twilio.phone(ROSA).texts == twilio.phone(ANA).texts == []
