"""What Telegram posts, and what is understood of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels import News
from bot.errors import Unwelcome
from bot.message import MAX_BODY, Media, Message, Reach
from tests.channels.telegram_kit import (
    ANA,
    AT,
    GROUP,
    HOME,
    IDS,
    NOW,
    OTHER_BOT,
    SECRET,
    SENDER,
    US,
    USERNAME,
    Json,
    Settings,
    file,
    member,
    opened,
    posted,
    read,
    said,
    tapped,
    update,
)

ID, CHAT = IDS.of(1001, 7), IDS.of(1001)
HEARD = Message(channel="telegram", sender=SENDER, provider_id=ID, address="1001", profile="Ana", sent_at=NOW, text="")
PRESSED = Message(channel="telegram", sender=SENDER, provider_id=IDS.tap("77"), address="1001", profile="Ana")
STOPS_SPINNING = {"method": "answerCallbackQuery", "callback_query_id": "77"}
AGAIN = datetime(2026, 11, 24, 23, 13, tzinfo=UTC)


def quiet(news: News) -> bool:
    """Nothing is to be done."""
    return not (news.messages or news.receipts or news.reaches or news.unread or news.answer.body)


# --- what a person says ---------------------------------------------------------------------------------------------

SPOKEN: dict[str, tuple[Json, dict[str, Any]]] = {
    "words": (said("Hola"), {"text": "Hola"}),
    "a number": (said("1"), {"text": "1"}),
    "a link with something behind it": (said("/start lab-san-martin"), {"text": "/start lab-san-martin"}),
    "a link that names us": (said(f"/start@{USERNAME} lab-sm"), {"text": "/start lab-sm"}),
    "a command that names us": (said(f"/inscribir@{USERNAME}"), {"text": "/inscribir"}),
    "a command with words": (said("/idea más agua\ny luz"), {"text": "/idea más agua\ny luz"}),
    "an e-mail address": (said("ana@example.org"), {"text": "ana@example.org"}),
    "a slash in a sentence": (said("sí/no@nada"), {"text": "sí/no@nada"}),
    "words under a picture": (
        said(photo=[file(width=90, height=90), file(width=900, height=900, file_id="BIG")], caption="El camino"),
        {"text": "El camino", "media": Media(kind="photo", ref="BIG")},
    ),
    "a voice note": (
        said(voice=file(duration=12)), {"media": Media(kind="voice", ref=file()["file_id"], seconds=12)}
    ),
    "a song": (said(audio=file(duration=180)), {"media": Media(kind="voice", ref=file()["file_id"], seconds=180)}),
    "a video": (
        said(video=file(width=1, height=1, duration=3)),
        {"media": Media(kind="video", ref=file()["file_id"], seconds=3)},
    ),
    "a round video": (
        said(video_note=file(length=240, duration=5)), {"media": Media(kind="video", ref=file()["file_id"], seconds=5)}
    ),
    "an animation, which is a document too": (
        said(animation=file(width=1, height=1, duration=2), document=file()),
        {"media": Media(kind="video", ref=file()["file_id"], seconds=2)},
    ),
    "a document": (said(document=file()), {"media": Media(kind="document", ref=file()["file_id"])}),
    "a photo sent as a file": (
        said(document=file(file_name="puente.PNG", mime_type="image/png"), caption="El puente"),
        {"text": "El puente", "media": Media(kind="photo", ref=file()["file_id"])},
    ),
    "a document of another kind": (
        said(document=file(file_name="acta.pdf", mime_type="application/pdf")),
        {"media": Media(kind="document", ref=file()["file_id"])},
    ),
    "a sticker": (
        said(sticker=file(type="regular", width=1, height=1, is_animated=False, is_video=False)),
        {"media": Media(kind="sticker", ref=file()["file_id"])},
    ),
    "a contact": (
        said(contact={"phone_number": "+50760000001", "first_name": "Luis"}), {"media": Media(kind="contact")}
    ),
    "where she is": (said(location={"latitude": 8.98, "longitude": -79.52}), {"location": (8.98, -79.52)}),
    "a place with a name": (
        said(venue={"location": {"latitude": 8, "longitude": -79}, "title": "Casa", "address": "Calle"}),
        {"location": (8.0, -79.0)},
    ),
    "a kind that nobody here knows": (said(hologram={"size": 3}), {}),
    "a message that Telegram has no words for": (said(), {}),
    "a die": (said(dice={"emoji": "🎲", "value": 4}), {}),
    "one of an album": (said(photo=[file(width=1, height=1)], media_group_id="55"), {
        "provider_id": f"{CHAT}:album:55", "media": Media(kind="photo", ref=file()["file_id"]),
    }),
    "the one of an album with words": (
        said(photo=[file(width=1, height=1)], media_group_id="55", caption="x"),
        {"text": "x", "media": Media(kind="photo", ref=file()["file_id"])},
    ),
    "twenty thousand letters": (said("a" * 20_000), {"text": "a" * 20_000}),
    "half a character": (said("\ud83d"), {"text": "\ud83d"}),  # the turn mends it
    "no name": (said("Hola", who={"id": 1001, "is_bot": False, "first_name": ""}), {"text": "Hola", "profile": ""}),
    "the largest id": (
        said("x", chat={**HOME, "id": 2**52 - 1}, who={**ANA, "id": 2**52 - 1}),
        {"text": "x", "address": str(2**52 - 1), "provider_id": IDS.of(2**52 - 1, 7)},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("message", "expected"), SPOKEN.values(), ids=SPOKEN)
def test_what_a_person_says(message: Json, expected: dict[str, Any]) -> None:
    news = read(update(message=message))
    assert news.messages == [replace(HEARD, **expected)]
    assert quiet(replace(news, messages=[]))


def test_a_corrected_answer_is_a_message_of_its_own() -> None:
    news = read(update(edited_message=said("Ana María", edit_date=AT + 60)))
    changed = replace(HEARD, text="Ana María", provider_id=f"{ID}:{AT + 60}", sent_at=AGAIN)
    assert news.messages == [replace(changed, corrects=ID)]


def test_a_message_edited_by_telegram_itself_is_the_message_it_was() -> None:
    """Without a new date nothing was corrected: the id is the first one's, which is known."""
    assert read(update(edited_message=said("Ana"))).messages == [replace(HEARD, text="Ana")]


def test_an_update_id_that_comes_again_after_a_quiet_week_hides_no_message() -> None:
    first, second = read(update(message=said("a"))), read(update(message=said("b", message_id=8)))
    assert first.messages[0].provider_id != second.messages[0].provider_id


# --- buttons ----------------------------------------------------------------------------------------------------------

OLD = {"message_id": 7, "date": 0, "chat": HOME}  # too old for Telegram to show
TAPS: dict[str, tuple[Json, list[Message]]] = {
    "a button": (tapped(), [replace(PRESSED, button="t12|going|yes")]),
    "under a message too old to be shown": (tapped(message=OLD), [replace(PRESSED, button="t12|going|yes")]),
    "64 bytes": (tapped("ñ" * 32), [replace(PRESSED, button="ñ" * 32)]),
    "more than Telegram allows": (tapped("ñ" * 33), []),
    "without data": (tapped(None), []),
    "with empty data": (tapped(""), []),
    "of a game": (tapped(None, game_short_name="x"), []),
    "in a group": (tapped(message=said("¿Vas?", chat=GROUP, who=US)), []),
    "in somebody else's chat": (tapped(message=said("¿Vas?", chat={**HOME, "id": 1002}, who=US)), []),
    "under a message sent by way of us": (tapped(inline_message_id="9"), []),
    "by a bot": ({**tapped(), "from": {**ANA, "is_bot": True}}, []),
}


@pytest.mark.parametrize(("query", "expected"), TAPS.values(), ids=TAPS)
def test_a_button_is_answered_whatever_it_says(query: Json, expected: list[Message]) -> None:
    news = read(update(callback_query=query))
    assert news.messages == expected
    assert json.loads(news.answer.body) == STOPS_SPINNING
    assert (news.answer.type, news.answer.status) == ("application/json", 200)


def test_a_button_that_can_not_be_read_is_answered_too() -> None:
    news = read(update(callback_query={**tapped(), "from": {"id": "1001"}}))
    assert [one.provider_id for one in news.unread] == ["update:500"]
    assert json.loads(news.answer.body) == STOPS_SPINNING


# --- groups ---------------------------------------------------------------------------------------------------------

LINK = f"https://t.me/{USERNAME}?start="
TO_US: dict[str, tuple[Json, str]] = {
    "a command": (said("/start", chat=GROUP), LINK + "hola"),
    "a command with our name": (said(f"/ayuda@{USERNAME}", chat=GROUP), LINK + "hola"),
    "our name in capitals": (said(f"/ayuda@{USERNAME.upper()}", chat=GROUP), LINK + "hola"),
    "a lab's link": (said(f"/start@{USERNAME} lab-san-martin", chat=GROUP), LINK + "lab-san-martin"),
    "a link with nonsense": (said(f"/start@{USERNAME} ¿qué?", chat=GROUP), LINK + "hola"),
    "a mention": (said(f"oye @{USERNAME}, ¿cuándo es?", chat=GROUP), LINK + "hola"),
    "an answer to us": (said("¿cuándo?", chat=GROUP, reply_to_message=said("x", chat=GROUP, who=US)), LINK + "hola"),
    "a picture for us": (said(chat=GROUP, photo=[file(width=1, height=1)], caption=f"@{USERNAME}"), LINK + "hola"),
}


@pytest.mark.parametrize(("message", "link"), TO_US.values(), ids=TO_US)
def test_who_speaks_to_us_in_a_group_is_shown_the_private_chat(message: Json, link: str) -> None:
    [heard] = read(update(message=message)).messages
    assert (heard.private, heard.address, heard.provider_id) == (link, "-1001234", IDS.of(-1001234, 7))
    assert heard.profile == ""
    assert heard.media is None


def test_before_telegram_has_told_our_name_there_is_no_link() -> None:
    [heard] = read(update(message=said("/start@who_knows lab-x", chat=GROUP)), opened(username="")).messages
    assert heard.private == "-"


@pytest.mark.parametrize(("was", "now"), [("left", "member"), ("kicked", "member"), ("left", "administrator")])
def test_who_brings_us_into_a_group_is_told_once_where_to_write(was: str, now: str) -> None:
    [brought] = read(update(my_chat_member=member(now, GROUP, was))).messages
    assert (brought.text, brought.private) == ("", f"https://t.me/{USERNAME}?start=hola")
    assert (brought.address, brought.provider_id) == (str(GROUP["id"]), IDS.of(GROUP["id"], "brought", AT))


NOT_OURS: dict[str, Json] = {
    "talk of neighbours": update(message=said("mañana a las 3", chat=GROUP)),
    "a command for another bot": update(message=said("/start@otro_bot", chat=GROUP)),
    "a mention of another": update(message=said(f"@{USERNAME}2 hola", chat=GROUP)),
    "an address that ends like us": update(message=said(f"ana@{USERNAME}", chat=GROUP)),
    "an answer to another": update(message=said("sí", chat=GROUP, reply_to_message=said("x", chat=GROUP))),
    "an edit in a group": update(edited_message=said("/start", chat=GROUP, edit_date=AT)),
    "we were added": update(message=said(chat=GROUP, new_chat_members=[US])),
    "somebody left": update(message=said(chat=GROUP, left_chat_member=ANA)),
    "the group moved": update(message=said(chat=GROUP, migrate_to_chat_id=-100555)),
    "we became what we were in a group": update(my_chat_member=member("member", GROUP)),
    "we were made its administrator": update(my_chat_member=member("administrator", GROUP)),
    "we left a group": update(my_chat_member=member("left", GROUP)),
    "we were thrown out of a group": update(my_chat_member=member("kicked", GROUP)),
    "a restriction": update(my_chat_member=member("left")),
    "a bot": update(message=said("hola", who={**OTHER_BOT, "id": 1001})),
    "our own words": update(message=said("hola", who={**US, "id": 1001})),
    "a channel": update(channel_post=said("x", chat={"id": -1, "type": "channel", "title": "x"}, who=None)),
    "a message of a channel": update(message=said("x", chat={"id": -1, "type": "channel", "title": "x"})),
    "a chat of a new kind": update(message=said("x", chat={"id": 1001, "type": "dream"})),
    "a pinned message": update(message=said(pinned_message=said("x"))),
    "leave to write": update(message=said(write_access_allowed={})),
    "a location that moves": update(
        edited_message=said(location={"latitude": 1, "longitude": 1, "live_period": 60}, edit_date=AT)
    ),
    "a vote in a poll": update(
        poll_answer={"poll_id": "1", "user": ANA, "option_ids": [0], "option_persistent_ids": ["a"]}
    ),
    "a kind of update to come": update(dream={"of": "electric sheep"}),
    "an update with nothing in it": update(),
}


@pytest.mark.parametrize("body", NOT_OURS.values(), ids=NOT_OURS)
def test_what_is_not_said_to_us_is_nothing(body: Json) -> None:
    assert quiet(read(body))


# --- blocking -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "reachable"), [("kicked", False), ("member", True)])
def test_who_blocks_us_can_not_be_reached(status: str, reachable: bool) -> None:
    news = read(update(my_chat_member=member(status)))
    assert news.reaches == [Reach(sender=SENDER, channel="telegram", address="1001", reachable=reachable)]
    assert not news.messages


# --- what can not be read, and what is not genuine ------------------------------------------------------------------

STRANGE: dict[str, Json] = {
    "no date": update(message={k: v for k, v in said("x").items() if k != "date"}),
    "no chat": update(message={"message_id": 7, "date": AT, "from": ANA, "text": "x"}),
    "a text that is a number": update(message={**said(), "text": 5}),
    "a chat that is a text": update(message=said("x", chat={"id": "1001", "type": "private"})),
    "a chat that is a switch": update(message=said("x", chat={**HOME, "id": True}, who={**ANA, "id": True})),
    "an id that no database holds": update(message=said("x", chat={**HOME, "id": 10**30}, who={**ANA, "id": 10**30})),
    "somebody else in a private chat": update(message=said("x", who={**ANA, "id": 1002})),
    "a date after the end of time": update(message=said("x", date=10**15)),
    "a date that no clock holds": update(message=said("x", date=10**30)),
    "a recording without end": update(message=said(voice=file(duration=float("inf")))),
    "a place not on earth": update(message=said(location={"latitude": 1000, "longitude": 0})),
    "a message that is a list": update(message=[1, 2]),
    "a message that is a text": update(message="hola"),
    "a name that is a list": update(message=said("x", who={**ANA, "first_name": ["A"]})),
    "a photo that is a number": update(message=said(photo=5)),
    "an old vote in a poll": update(poll_answer={"poll_id": "1", "user": ANA, "option_ids": [0]}),
}


@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE)
def test_what_can_not_be_read_is_kept_for_the_operator(body: Json) -> None:
    news = read(body)
    [kept] = news.unread
    assert (kept.sender, kept.provider_id, json.loads(kept.payload)) == (SENDER, "update:500", body)
    assert "x" not in kept.why.split()
    assert not news.messages
    assert news.answer.status == 200


@pytest.mark.parametrize("update_id", [None, "500", True, -1, 10**30, 1.5])
def test_what_can_not_be_read_and_has_no_number_is_known_by_its_hash(update_id: object) -> None:
    body = json.dumps({"update_id": update_id, "message": 5}).encode()
    [kept] = read(body).unread
    assert kept.provider_id == f"body:{hashlib.sha256(body).hexdigest()}"


def test_of_a_large_update_that_can_not_be_read_the_beginning_is_kept() -> None:
    [kept] = read(update(message=said("x" * 50_000, date="today"))).unread
    assert len(kept.payload) == 20_000


FORGED: dict[str, tuple[bytes, str | None, int]] = {
    "no secret": (b"{}", None, 403),
    "an empty secret": (b"{}", "", 403),
    "another secret": (b"{}", SECRET + "x", 403),
    "the beginning of the secret": (b"{}", SECRET[:-1], 403),
    "a secret that is not ASCII": (b"{}", "señal", 403),
    "half a character as secret": (b"{}", "\udcff", 403),
    "no body": (b"", SECRET, 400),
    "cut off": (json.dumps(update(message=said("Hola"))).encode()[:-5], SECRET, 400),
    "no JSON": (b"hola=1", SECRET, 400),
    "no UTF-8": (b'{"a": "\xff"}', SECRET, 400),
    "a list": (b"[]", SECRET, 400),
    "a text": (b'"hola"', SECRET, 400),
    "null": (b"null", SECRET, 400),
    "too deep": (b"[" * 100_000, SECRET, 400),
    "a number too long to read": (b'{"update_id": ' + b"9" * 5000 + b"}", SECRET, 400),
    "too large": (b'{"update_id": 1, "x": "' + b"a" * (MAX_BODY + 1) + b'"}', SECRET, 413),
    "too large and forged": (b"a" * (MAX_BODY + 1), "x", 403),
}


@pytest.mark.parametrize(("body", "secret", "status"), FORGED.values(), ids=FORGED)
def test_what_is_not_genuine_is_refused(body: bytes, secret: str | None, status: int) -> None:
    with pytest.raises(Unwelcome) as refused:
        opened().read(posted(body, secret))
    assert refused.value.status == status
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("secret", [None, "", SECRET])
def test_without_a_secret_of_ours_nobody_is_believed(secret: str | None) -> None:
    with pytest.raises(Unwelcome):
        opened(Settings(telegram_secret="")).read(posted(b"{}", secret))
