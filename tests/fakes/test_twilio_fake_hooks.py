"""What the fake Twilio posts: what people write, its own words for leaving, status callbacks, repeats, disorder."""

from __future__ import annotations

import json
import threading
from typing import Literal
from urllib.parse import parse_qsl

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from fakes._server import Served
from fakes.twilio import Twilio
from tests.fakes.twilio_kit import (
    ANA,
    BACK,
    DATA,
    HOOK,
    ROSA,
    SID,
    SITE,
    TOKEN,
    Product,
    call,
    code,
    send,
)

# --- SMS ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["STOP", "stop ", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"])
def test_twilio_answers_stop_itself_posts_it_and_refuses_what_follows(
    twilio: Twilio, product: Product, word: str
) -> None:
    twilio.write(ANA, word)
    assert len(twilio.phone(ANA).texts) == 1
    assert product.forms()[0]["OptOutType"] == "STOP"
    assert code(send(twilio)) == (400, 21610)
    twilio.write(ANA, word)
    assert len(twilio.phone(ANA).texts) == 1
    twilio.write(ANA, "START")
    assert product.forms()[-1]["OptOutType"] == "START"
    assert send(twilio).status_code == 201
    assert len(twilio.phone(ANA).texts) == 3
    assert twilio.faults == []


def test_help_is_answered_yes_is_not_and_whatsapp_has_no_such_words(twilio: Twilio, product: Product) -> None:
    twilio.write(ANA, "HELP")
    twilio.write(ANA, "YES")
    twilio.write(ANA, "STOP por favor")
    twilio.write(ROSA, "STOP")
    assert [form.get("OptOutType") for form in product.forms()] == ["HELP", None, None, None]
    assert len(twilio.phone(ANA).texts) == 1
    assert twilio.phone(ROSA).texts == []
    assert send(twilio).status_code == send(twilio, ROSA).status_code == 201


# --- webhooks -------------------------------------------------------------------------------------------------------


def test_an_inbound_form_has_the_documented_fields_blanks_and_one_that_nobody_knows(
    twilio: Twilio, product: Product
) -> None:
    known = json.loads((DATA / "twilio_inbound_fields.json").read_text(encoding="utf-8"))
    twilio.write(ANA, "Hola", fields={"Forwarded": "true"})
    twilio.write(ROSA, location=(8.98, -79.52, "Casa Comunal", "Calle 1"), profile="Rosa")
    sms, place = product.forms()
    assert set(known["always"] + known["geo"] + known["messaging_service"]) <= set(sms)
    assert sms["FromCity"] == ""
    documented = {name for key, names in known.items() if key != "source" for name in names}
    assert set(sms) | set(place) == {"NotYetInTheDocumentation"} | (documented & (set(sms) | set(place)))
    assert (place["Latitude"], place["Longitude"], place["Label"], place["Body"]) == (
        "8.98",
        "-79.52",
        "Casa Comunal",
        "",
    )


def test_media_are_fetched_with_the_account_s_credentials_only(twilio: Twilio, product: Product) -> None:
    twilio.write(ROSA, media=[("audio/ogg", b"voice"), ("image/png", b"picture")])
    form = product.forms()[0]
    assert (form["NumMedia"], form["MediaContentType1"], form["Body"]) == ("2", "image/png", "")
    path = form["MediaUrl0"].removeprefix(twilio.url)
    sent_on = call(twilio, "GET", path)  # to where the file lies, which asks for no password
    assert sent_on.status_code == 307
    got = call(twilio, "GET", sent_on.headers["location"].removeprefix(twilio.url), auth=None)
    assert (got.content, got.headers["content-type"]) == (b"voice", "audio/ogg")
    assert call(twilio, "GET", path, auth=(SID, "wrong")).status_code == 401
    told = call(twilio, "GET", f"{path}.json").json()
    assert set(told) == set(twilio.spec.fields("api.v2010.account.message.media"))
    listed = call(twilio, "GET", f"/2010-04-01/Accounts/{SID}/Messages/{form['MessageSid']}/Media.json").json()
    assert [one["content_type"] for one in listed["media_list"]] == ["audio/ogg", "image/png"]


@pytest.mark.parametrize(("text", "body"), [("", "puente.jpg"), ("El puente", "El puente")])
def test_a_photo_sent_as_a_file_says_so(twilio: Twilio, product: Product, text: str, body: str) -> None:
    twilio.write(ROSA, text, channel="whatsapp", media=[("image/jpeg", b"picture")], document="puente.jpg")
    form = product.forms()[0]
    assert (form["MessageType"], form["MediaContentType0"], form["Body"]) == ("document", "image/jpeg", body)


def test_a_webhook_is_tried_again_once_and_only_when_there_was_no_connection(twilio: Twilio, product: Product) -> None:
    product.answers = [(0, "ConnectionRefusedError"), (0, "ConnectionRefusedError")]
    assert twilio.write(ANA, "Hola").status == 0
    assert len(product.got) == 2
    for answer in [(500, ""), (0, "TimeoutError"), (403, "")]:
        product.got.clear()
        product.answers = [answer]
        assert twilio.write(ANA, "Hola").status == answer[0]
        assert len(product.got) == 1


def test_the_url_may_ask_for_more_tries_and_that_part_is_not_signed(twilio: Twilio, product: Product) -> None:
    twilio.webhook = f"{HOOK}?a=1#rc=3&rp=all"
    product.answers = [(500, ""), (0, "TimeoutError"), (404, "")]
    assert twilio.write(ANA, "Hola").status == 200
    forms = product.forms()
    assert len(forms) == 4
    assert len({form["MessageSid"] for form in forms}) == 1


def test_a_fallback_url_is_told_why(twilio: Twilio, product: Product) -> None:
    twilio.fallback = f"{HOOK}/again"
    product.answers = [(500, "")]
    assert twilio.write(ANA, "Hola").status == 200
    assert product.forms()[1]["ErrorUrl"] == HOOK


def test_a_reply_in_twiml_is_a_fault(twilio: Twilio, product: Product) -> None:
    product.answers = [(200, "<Response><Message>Hola</Message></Response>"), (200, "ok")]
    twilio.write(ANA, "Hola")
    twilio.write(ANA, "Hola")
    assert len(twilio.faults) == 2


def test_duplicates_and_a_batch_in_another_order(twilio: Twilio, product: Product) -> None:
    twilio.deliver.times, twilio.deliver.order = 2, "reversed"
    with twilio.batch() as answers:
        twilio.write(ANA, "uno")
        twilio.write(ANA, "dos")
    assert [form["Body"] for form in product.forms()] == ["dos", "dos", "uno", "uno"]
    assert [one.status for one in answers] == [200, 200]


def test_over_http_the_signature_is_for_the_public_address() -> None:
    heard: list[tuple[str, dict[str, str], str]] = []

    async def hook(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        heard.append((str(request.url.path), form, request.headers["x-twilio-signature"]))
        return Response("<Response/>", media_type="text/xml")

    served = Served(Starlette(routes=[Route("/{rest:path}", hook, methods=["POST"])]))
    served.start()
    try:
        with Twilio(webhook=HOOK) as fake:
            fake.public[SITE] = f"http://127.0.0.1:{served.port}"
            assert fake.write(ANA, "¿Ñandú? +507 & más").status == 200
            send(fake, StatusCallback=BACK)
            fake.settle()
    finally:
        served.stop()
    assert [path for path, _, _ in heard] == ["/webhooks/twilio", *["/webhooks/twilio/status/7"] * 2]
    for path, form, signed in heard:
        assert RequestValidator(TOKEN).validate(SITE + path, form, signed)
        assert not RequestValidator(TOKEN).validate(f"http://127.0.0.1:{served.port}{path}", form, signed)


# --- status callbacks -----------------------------------------------------------------------------------------------


def test_callbacks_follow_the_script_with_the_error_code(twilio: Twilio, product: Product) -> None:
    twilio.fate("queued", "sent", "undelivered", code=30005, address=ANA)
    sid = send(twilio, StatusCallback=BACK).json()["sid"]
    twilio.settle()
    assert product.statuses() == ["queued", "sent", "undelivered"]
    assert [form.get("ErrorCode") for form in product.forms()] == [None, None, "30005"]
    assert {(form["MessageSid"], form["To"]) for form in product.forms()} == {(sid, ANA)}
    assert twilio.phone(ANA).texts == []


def test_callbacks_repeat_and_come_in_another_order(twilio: Twilio, product: Product) -> None:
    twilio.deliver.receipt_times, twilio.deliver.receipt_order = 2, "reversed"
    send(twilio, StatusCallback=BACK)
    twilio.settle()
    assert product.statuses() == ["delivered", "delivered", "sent", "sent"]


def test_callbacks_may_be_held_back_and_told_one_more_time(twilio: Twilio, product: Product) -> None:
    twilio.deliver.receipt_late = True
    sid = send(twilio, StatusCallback=BACK).json()["sid"]
    twilio.settle()
    assert product.got == []
    twilio.deliver.receipt_late = False
    twilio.tell(sid, "failed", 30008)
    twilio.release()
    twilio.settle()
    assert product.statuses() == ["failed", "sent", "delivered"]


@pytest.mark.parametrize(("when", "crossed"), [("before the answer", [False]), ("at once", [True])])
def test_a_callback_may_come_before_the_answer(
    twilio: Twilio, product: Product, when: Literal["before the answer", "at once"], crossed: list[bool]
) -> None:
    answered, seen = threading.Event(), list[bool]()
    product.seen = lambda out: seen.append(answered.wait(5.0 if when == "at once" else 0.1))
    twilio.deliver.receipts = when
    twilio.fate("sent")
    send(twilio, StatusCallback=BACK)
    answered.set()
    twilio.settle()
    assert seen == crossed


def test_a_read_receipt_comes_when_the_chat_is_opened(twilio: Twilio, product: Product) -> None:
    twilio.write(ROSA, "Hola")
    send(twilio, ROSA, StatusCallback=BACK)
    twilio.read("+50760000002")
    twilio.read(ROSA)
    twilio.settle()
    assert product.statuses() == ["sent", "delivered", "read"]


def test_without_a_callback_url_nothing_is_told(twilio: Twilio, product: Product) -> None:
    send(twilio)
    twilio.settle()
    assert product.got == []
