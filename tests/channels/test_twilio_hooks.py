"""Twilio's webhooks: what is read of them, and everything that is not let in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.channels import Hook, News
from bot.message import Media, Message, Receipt
from tests.channels.twilio_kit import ROSA, SMS, WHATSAPP, channel, digest, policy, request

DATA = Path(__file__).parents[1] / "data" / "channels"
IN, STATUS = "/webhooks/twilio", "/webhooks/twilio/status"
SID = "SM" + "0" * 32
HEARD = {"From": ROSA, "To": SMS, "MessageSid": SID, "AccountSid": "AC" + "a" * 32, "Body": "Hola", "NumMedia": "0"}
CHAT = {**HEARD, "From": f"whatsapp:{ROSA}", "To": f"whatsapp:{WHATSAPP}", "ProfileName": "Rosa", "WaId": ROSA[1:]}
TOLD = {"From": SMS, "To": ROSA, "MessageSid": SID, "MessageStatus": "delivered"}


def hook(path: str, **settings: Any) -> Hook:
    return next(h for h in channel(**settings).hooks() if h.path == path)


def read(fields: dict[str, str], path: str = IN, **settings: Any) -> News:
    return hook(path, **settings).read(request(path, list(fields.items())))


def status(fields: dict[str, str], id: str = "77", query: str = "") -> News:
    path = f"{STATUS}/{id}"
    return hook(STATUS + "/{id}").read(request(path, list(fields.items()), id=id, query=query))


def sms(**other: Any) -> Message:
    plain: dict[str, Any] = {"channel": "sms", "sender": "twilio:sms", "provider_id": SID, "address": ROSA}
    return Message(**{**plain, "text": "Hola", **other})


def chat(**other: Any) -> Message:
    return sms(**{"channel": "whatsapp", "sender": "twilio:whatsapp", "profile": "Rosa", **other})


MEDIA = "https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/ME"


def media(kind: str) -> dict[str, str]:
    return {"Body": "", "NumMedia": "1", "MediaUrl0": MEDIA, "MediaContentType0": kind}


def as_file(body: str) -> dict[str, str]:
    """Sent as a document; without words of its own WhatsApp puts the file's name there."""
    return {"MessageType": "document", "Body": body}


def seen(kind: Any) -> dict[str, Any]:
    return {"text": "", "media": Media(kind=kind, ref=MEDIA)}


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        (HEARD, sms()),
        (HEARD | {"Body": ""}, sms(text="")),
        (HEARD | {"Body": "  3 y 1 \n"}, sms(text="3 y 1")),
        (HEARD | {"Body": "¿Qué? ñandú 🙂 & = % +"}, sms(text="¿Qué? ñandú 🙂 & = % +")),
        (HEARD | {"Body": "a\x00b"}, sms(text="ab")),
        (HEARD | {"OptOutType": "STOP", "Body": "Stop"}, sms(text="Stop", provider_answered="STOP")),
        (HEARD | {"OptOutType": "start"}, sms(provider_answered="START")),
        (HEARD | {"OptOutType": "HELP"}, sms(provider_answered="HELP")),
        (HEARD | {"OptOutType": "NEW"}, sms()),
        (HEARD | {"FromCity": "", "FromZip": "", "NotYetKnown": "x", "MessagingServiceSid": "MG1"}, sms()),
        ({k: v for k, v in HEARD.items() if k not in ("Body", "NumMedia")}, sms(text="")),
        ({**HEARD, "MessageSid": "", "SmsMessageSid": SID}, sms()),
        (CHAT, chat()),
        (CHAT | {"ExternalUserId": "whatsapp:PA.1234"}, chat(also="PA.1234")),
        (CHAT | {"ExternalUserId": "whatsapp:nobody at all"}, chat()),
        (HEARD | {"ExternalUserId": "PA.1234"}, sms()),
        (CHAT | {"From": "whatsapp:PA.1234", "WaId": ""}, chat(address="PA.1234")),
        (CHAT | {"From": "whatsapp:PA.1234", "ExternalUserId": "whatsapp:PA.1234"}, chat(address="PA.1234")),
        (CHAT | {"From": "", "ExternalUserId": "whatsapp:US.1234aZ"}, chat(address="US.1234aZ")),
        (CHAT | {"From": "whatsapp:", "ExternalUserId": "US.1234"}, chat(address="US.1234")),
        (CHAT | {"From": "whatsapp:someone", "ExternalUserId": "whatsapp:US.1"}, chat(address="US.1")),
        (CHAT | {"From": "whatsapp:someone"}, chat(address="someone")),
        (CHAT | {"ProfileName": ""}, chat(profile="")),
        (CHAT | {"ProfileName": "R" * 300}, chat(profile="R" * 100)),
        (
            CHAT | {"ButtonPayload": "t1|q|si", "ButtonText": "1 Sí", "Body": "1 Sí"},
            chat(text="1 Sí", button="t1|q|si"),
        ),
        (CHAT | {"ButtonPayload": "t1|q|si", "ButtonText": "1 Sí", "Body": ""}, chat(text="1 Sí", button="t1|q|si")),
        (CHAT | {"ButtonPayload": "2", "ButtonText": "2 No", "Body": "2 No"}, chat(text="2")),
        (CHAT | {"ListId": "t1|q|b", "ListTitle": "2 Camino", "Body": ""}, chat(text="2 Camino", button="t1|q|b")),
        (CHAT | media("audio/ogg; codecs=opus"), chat(**seen("voice"))),
        (CHAT | media("image/jpeg"), chat(**seen("photo"))),
        (CHAT | media("image/webp"), chat(**seen("sticker"))),
        (CHAT | media("video/mp4"), chat(**seen("video"))),
        (CHAT | media("text/vcard"), chat(**seen("contact"))),
        (CHAT | media("application/pdf"), chat(**seen("document"))),
        (CHAT | media(""), chat(**seen("document"))),
        (CHAT | media("image/jpeg") | as_file("puente 1.jpg"), chat(**seen("photo"))),
        (CHAT | media("image/webp") | as_file("puente.webp"), chat(**seen("photo"))),
        (CHAT | media("application/pdf") | as_file("Acta de la junta.PDF"), chat(**seen("document"))),
        (CHAT | media("image/png") | as_file("El puente"), chat(text="El puente", media=seen("photo")["media"])),
        (CHAT | {"Body": "acta.pdf"}, chat(text="acta.pdf")),
        (CHAT | media("IMAGE/PNG") | {"NumMedia": "2", "MediaUrl1": "https://x/2"}, chat(**seen("photo"))),
        (CHAT | {"Body": "", "Latitude": "8.98", "Longitude": "-79.5"}, chat(text="", location=(8.98, -79.5))),
        (CHAT | {"Latitude": "nan", "Longitude": "0"}, chat()),
        (CHAT | {"Latitude": "91", "Longitude": "0"}, chat()),
        (CHAT | {"Latitude": "x", "Longitude": ""}, chat()),
        (CHAT | {"OriginalRepliedMessageSid": "SM1", "Forwarded": "true"}, chat()),
    ],
)
def test_a_message_is_read(fields: dict[str, str], wanted: Message) -> None:
    news = read(fields)
    assert news == News(messages=[wanted], answer=news.answer)
    assert (news.answer.status, news.answer.body, news.answer.type) == (200, "<Response/>", "text/xml")


@pytest.mark.parametrize(
    "fields",
    [
        HEARD | {"From": "12345"},  # a short code
        HEARD | {"From": "BancoSeguro"},
        HEARD | {"From": "+0123456789"},
        HEARD | {"From": SMS, "To": SMS},
        CHAT | {"From": f"whatsapp:{WHATSAPP}"},
    ],
)
def test_machines_and_ourselves_are_heard_in_silence(fields: dict[str, str]) -> None:
    news = read(fields)
    assert news == News(answer=news.answer)
    assert news.answer.body == "<Response/>"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({k: v for k, v in HEARD.items() if k != "MessageSid"}, "without MessageSid"),
        (HEARD | {"MessageSid": ""}, "without MessageSid"),
        ({k: v for k, v in HEARD.items() if k != "From"}, "without a sender"),
        (HEARD | {"From": ""}, "without a sender"),
        (CHAT | {"From": "whatsapp:", "ProfileName": ""}, "without a sender"),
        (CHAT | {"From": "whatsapp:two words"}, "without a sender"),
        (HEARD | {"From": "messenger:1234"}, "do not speak"),
        ({}, "without MessageSid"),
    ],
)
def test_what_is_genuine_and_strange_is_kept(fields: dict[str, str], why: str) -> None:
    news = read(fields or {"Unknown": "1"})
    assert (news.messages, news.receipts, news.answer.status) == ((), (), 200)
    [unread] = news.unread
    assert why in unread.why
    assert unread.payload == urlencode(fields or {"Unknown": "1"})
    assert unread.provider_id in (SID, f"body:{digest(unread.payload.encode())[:32]}")


def test_a_message_for_a_number_that_is_off_is_kept() -> None:
    [unread] = read(CHAT, twilio_whatsapp_from="").unread
    assert (unread.sender, unread.why) == ("twilio:sms", "a message for whatsapp, which is off")


def test_no_more_is_kept_than_fits() -> None:
    [unread] = read({"Body": "x" * 30_000}).unread
    assert len(unread.payload) == 20_000


# --- status callbacks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        ("accepted", 2), ("scheduled", 2), ("queued", 2), ("sending", 2), ("sent", 3), ("delivered", 5), ("read", 6),
        ("failed", 4), ("undelivered", 4), ("canceled", 4), ("partially_delivered", 4), ("Delivered", 5),
    ],
)  # fmt: skip
def test_each_status_has_its_rank(name: str, rank: int) -> None:
    news = status(TOLD | {"MessageStatus": name})
    assert (news.answer.status, news.answer.body, news.messages) == (204, "", ())
    [receipt] = news.receipts
    assert (receipt.sender, receipt.provider_id, receipt.rank, receipt.outbox_id) == ("twilio:sms", SID, rank, 77)
    assert (receipt.policy is None) == (rank != 4)
    assert receipt.raw == {"MessageSid": SID, "MessageStatus": name}


def failed(code: str, query: str = "") -> Receipt:
    fields = TOLD | {"MessageStatus": "undelivered", "ErrorCode": code, "From": f"whatsapp:{WHATSAPP}"}
    [receipt] = status(fields, query=query).receipts
    return receipt


@pytest.mark.parametrize(
    ("code", "query", "wanted"),
    [
        ("30003", "", {"retry_after": 7200.0, "tries": 3, "fallback": True}),
        ("30003", "attempt=2", {"retry_after": 21600.0, "tries": 3, "fallback": True}),
        ("30003", "attempt=3", {"fallback": True}),
        ("30003", "attempt=x", {"retry_after": 7200.0, "tries": 3, "fallback": True}),
        ("30003", "attempt=0", {"retry_after": 7200.0, "tries": 3, "fallback": True}),
        ("30004", "", {"gone": True}),
        ("30006", "", {"gone": True, "fallback": True}),
        ("30410", "", {"uncertain": True}),
        ("63016", "", {"retry_after": 60.0, "tries": 2, "fallback": True}),
        ("63018", "", {"throttled": True, "retry_after": 60.0}),
        ("21610", "", {"left": True}),
        ("63051", "", {"halt": True}),
        ("", "", {"alert": True}),
        ("99999", "", {"alert": True}),
        ("not a number", "", {"alert": True}),
        ("9" * 400, "", {"alert": True}),
    ],
)
def test_a_failure_brings_its_policy(code: str, query: str, wanted: dict[str, object]) -> None:
    receipt = failed(code, query)
    assert (receipt.sender, receipt.rank) == ("twilio:whatsapp", 4)
    assert receipt.policy is not None
    assert policy(receipt.policy) == wanted
    assert receipt.error == receipt.policy.told
    assert ROSA not in str(receipt)


def test_a_delivery_brings_no_policy_whatever_its_code() -> None:
    [receipt] = status(TOLD | {"ErrorCode": "30003"}).receipts
    assert (receipt.policy, receipt.error) == (None, "")


@pytest.mark.parametrize("id", ["x", "-1", "1" * 19, "١٢", "0"])
def test_an_id_that_is_not_ours_is_no_id(id: str) -> None:
    news = hook(STATUS + "/{id}").read(replace(request(STATUS, list(TOLD.items())), params={"id": id}))
    assert [r.outbox_id for r in news.receipts] == [None]


def test_without_an_id_the_provider_s_id_is_enough() -> None:
    [receipt] = read(TOLD, STATUS).receipts
    assert (receipt.outbox_id, receipt.provider_id) == (None, SID)


def test_a_status_at_the_address_of_messages_is_a_status() -> None:
    news = read(TOLD | {"SmsStatus": "delivered"})
    assert ([r.rank for r in news.receipts], news.messages, news.answer.status) == ([5], (), 204)


@pytest.mark.parametrize("fields", [TOLD | {"MessageStatus": "teleported"}, TOLD | {"MessageStatus": ""}, HEARD])
def test_an_unknown_status_is_kept(fields: dict[str, str]) -> None:
    news = status(fields)
    assert (news.receipts, news.answer.status) == ((), 204)
    [unread] = news.unread
    assert unread.provider_id.startswith(SID)


def test_a_status_without_the_provider_s_id_is_kept() -> None:
    [unread] = status({k: v for k, v in TOLD.items() if k != "MessageSid"}).unread
    assert "do not understand" in unread.why
