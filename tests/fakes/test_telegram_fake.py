"""The fake Telegram as a bot meets it: python-telegram-bot and bare requests, against Telegram's own description."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

from fakes.provider import (
    AcceptThenFail,
    AcceptThenReset,
    Act,
    Fail,
    Garbage,
    Refuse,
    Reset,
    Stall,
    Throttle,
)
from fakes.telegram import Telegram
from tests.fakes.telegram_kit import ANA, LUIS, SPEC, TOKEN, asked, call, refusal

YES_NO = InlineKeyboardMarkup([[InlineKeyboardButton("Sí", callback_data="t1.q.1")], [
    InlineKeyboardButton("No", callback_data="t1.q.2")]])  # fmt: skip


@pytest.fixture(autouse=True)
def _durations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # without it python-telegram-bot 22 warns at each retry_after


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    with Telegram(TOKEN, spec=SPEC, rng=random.Random(1)) as fake:
        fake.meet(ANA, "Ana Pérez")
        fake.meet(LUIS)
        yield fake


# --- sending ------------------------------------------------------------------------------------------------------


def test_a_message_is_shown_with_its_buttons(telegram: Telegram) -> None:
    sent = asked(telegram, lambda b: b.send_message(ANA, "¿Vas?", reply_markup=YES_NO))
    (shown,) = telegram.phone(ANA).shown
    assert (shown.id, shown.text) == (str(sent.message_id), "¿Vas?")
    assert shown.buttons == (("Sí", "t1.q.1"), ("No", "t1.q.2"))
    assert sent.from_user is not None
    assert sent.from_user.id == 7000001
    assert telegram.faults == []
    assert [(e.operation, e.address, e.status) for e in telegram.log] == [("sendMessage", ANA, 200)]


@pytest.mark.parametrize("kind", ["data", "json", "files"])
def test_form_json_and_multipart_are_read_alike(telegram: Telegram, kind: str) -> None:
    markup = {"inline_keyboard": [[{"text": "Sí", "callback_data": "1"}]]}
    plain: dict[str, Any] = {"chat_id": ANA, "text": "Hola"}
    form = {**plain, "reply_markup": '{"inline_keyboard":[[{"text":"Sí","callback_data":"1"}]]}'}
    bodies: dict[str, dict[str, Any]] = {
        "data": {"data": form},
        "json": {"json": {**plain, "reply_markup": markup}},
        "files": {"files": {name: (None, value) for name, value in form.items()}},
    }
    with httpx.Client(trust_env=False) as http:
        answer = http.post(f"{telegram.url}/bot{TOKEN}/sendMessage", **bodies[kind])
    assert answer.json()["result"]["reply_markup"] == markup
    assert telegram.phone(ANA).shown[0].buttons == (("Sí", "1"),)
    assert telegram.calls("sendMessage")[0].params["reply_markup"] == markup
    assert telegram.faults == []


def test_message_ids_count_in_each_chat_for_itself(telegram: Telegram) -> None:
    first = asked(telegram, lambda b: b.send_message(ANA, "Hola"))
    second = asked(telegram, lambda b: b.send_message(LUIS, "Hola"))
    assert first.message_id == second.message_id


def test_an_edit_takes_the_buttons_away(telegram: Telegram) -> None:
    sent = asked(telegram, lambda b: b.send_message(ANA, "¿Vas?", reply_markup=YES_NO))
    asked(telegram, lambda b: b.edit_message_text("¿Vas? ✓ Sí", chat_id=ANA, message_id=sent.message_id))
    (shown,) = telegram.phone(ANA).shown
    assert (shown.text, shown.buttons, shown.edited) == ("¿Vas? ✓ Sí", (), True)
    with pytest.raises(BadRequest, match="not modified"):
        asked(telegram, lambda b: b.edit_message_text("¿Vas? ✓ Sí", chat_id=ANA, message_id=sent.message_id))
    assert telegram.faults == []


def test_the_keyboard_alone_can_be_edited(telegram: Telegram) -> None:
    sent = asked(telegram, lambda b: b.send_message(ANA, "¿Vas?", reply_markup=YES_NO))
    asked(telegram, lambda b: b.edit_message_reply_markup(ANA, sent.message_id, reply_markup=None))
    assert telegram.phone(ANA).shown[0].buttons == ()
    assert telegram.phone(ANA).texts == ["¿Vas?"]


def test_a_message_can_be_deleted_once(telegram: Telegram) -> None:
    sent = asked(telegram, lambda b: b.send_message(ANA, "Hola"))
    assert asked(telegram, lambda b: b.delete_message(ANA, sent.message_id))
    assert telegram.phone(ANA).shown == []
    assert refusal(telegram, "deleteMessage", chat_id=ANA, message_id=sent.message_id) == (
        400, "Bad Request: message to delete not found")  # fmt: skip


def test_media_are_uploaded_once_and_sent_again_by_their_id(telegram: Telegram) -> None:
    first = asked(telegram, lambda b: b.send_photo(ANA, b"a picture", caption="El mapa"))
    asked(telegram, lambda b: b.send_photo(LUIS, first.photo[-1].file_id))
    assert [(s.text, s.media) for s in telegram.phone(ANA).shown] == [("El mapa", "photo")]
    assert [s.media for s in telegram.phone(LUIS).shown] == ["photo"]
    asked(telegram, lambda b: b.send_voice(ANA, b"sound", duration=3))
    asked(telegram, lambda b: b.send_document(ANA, b"%PDF"))
    assert [s.media for s in telegram.phone(ANA).shown] == ["photo", "voice", "document"]
    assert telegram.faults == []


def test_a_file_is_fetched_back(telegram: Telegram) -> None:
    sent = asked(telegram, lambda b: b.send_document(ANA, b"%PDF"))
    assert sent.document is not None
    file_id = sent.document.file_id

    async def fetch(client: Bot) -> bytearray:
        return await (await client.get_file(file_id)).download_as_bytearray()

    assert asked(telegram, fetch) == b"%PDF"
    assert refusal(telegram, "getFile", file_id="nothing") == (400, "Bad Request: invalid file id")


# --- refusals -----------------------------------------------------------------------------------------------------


def test_a_wrong_token_is_401_and_an_unknown_method_404(telegram: Telegram) -> None:
    assert call(telegram, "getMe", token="7000001:wrong") == (
        401, {"ok": False, "error_code": 401, "description": "Unauthorized"})  # fmt: skip
    assert telegram.faults == []
    assert refusal(telegram, "sendCarrierPigeon") == (404, "Not Found")
    assert telegram.faults


def test_the_library_knows_the_refusals(telegram: Telegram) -> None:
    with pytest.raises(InvalidToken):
        asked(telegram, lambda b: b.get_me(), token="7000001:wrong")
    with pytest.raises(BadRequest, match="hat not found"):
        asked(telegram, lambda b: b.send_message("999", "Hola"))
    telegram.block(ANA)
    with pytest.raises(Forbidden, match="blocked by the user"):
        asked(telegram, lambda b: b.send_message(ANA, "Hola"))
    telegram.unblock(ANA)
    asked(telegram, lambda b: b.send_message(ANA, "Hola"))
    telegram.deactivate(ANA)
    with pytest.raises(Forbidden, match="deactivated"):
        asked(telegram, lambda b: b.send_message(ANA, "Hola"))
    assert len(telegram.phone(ANA).shown) == 1
    assert telegram.faults == []


LONG: dict[str, Any] = {"chat_id": ANA, "text": "a" * 4096}


def with_button(**button: str) -> dict[str, Any]:
    return {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "a", **button}]]}}


MANY = {"inline_keyboard": [[{"text": "a", "callback_data": "1"}] * 101]}
NO_END = "can't parse entities: Can't find end tag corresponding to start tag \"b\""
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"text": ""}, "message text is empty"),
    ({"text": "a" * 4097}, "message is too long"),
    ({"text": "👍" * 2049}, "message is too long"),
    ({"text": "<b>Hola", "parse_mode": "HTML"}, NO_END),
    ({"text": "<h1>Hola</h1>", "parse_mode": "HTML"}, "can't parse entities: Unsupported start tag \"h1\""),
    (with_button(callback_data="ñ" * 33), "BUTTON_DATA_INVALID"),
    (with_button(callback_data=""), "BUTTON_DATA_INVALID"),
    (with_button(url="panama"), "BUTTON_URL_INVALID"),
    ({"text": "a", "reply_markup": MANY}, "reply markup is too long"),
]  # fmt: skip


@pytest.mark.parametrize(("params", "why"), WRONG, ids=[f"{n} {why[:20]}" for n, (_, why) in enumerate(WRONG)])
def test_what_is_over_a_limit_is_refused_and_blamed(telegram: Telegram, params: dict[str, Any], why: str) -> None:
    assert refusal(telegram, "sendMessage", chat_id=ANA, **params) == (400, f"Bad Request: {why}")
    assert telegram.faults == [f"sendMessage: Bad Request: {why}"]
    assert telegram.phone(ANA).shown == []


def test_what_is_just_within_the_limits_goes_through(telegram: Telegram) -> None:
    keyboard = [[{"text": "a", "callback_data": "ñ" * 32}] * 8 for _ in range(12)]
    for params in (LONG, {**LONG, "text": "👍" * 2048}, {**LONG, "reply_markup": {"inline_keyboard": keyboard}}):
        assert call(telegram, "sendMessage", **params)[0] == 200
    html = call(telegram, "sendMessage", chat_id=ANA, text=f"<b>{'a' * 4090}</b> &amp; b", parse_mode="HTML")[1]
    assert html["result"]["text"].endswith("a & b")
    assert telegram.faults == []


def test_a_caption_has_1024_characters(telegram: Telegram) -> None:
    with pytest.raises(BadRequest, match="caption is too long"):
        asked(telegram, lambda b: b.send_photo(ANA, b"a picture", caption="a" * 1025))
    asked(telegram, lambda b: b.send_photo(ANA, b"a picture", caption="a" * 1024))
    assert len(telegram.faults) == 1


@pytest.mark.parametrize(("method", "params", "why"), [
    ("editMessageText", {"chat_id": ANA, "message_id": 99, "text": "a"}, "message to edit not found"),
    ("answerCallbackQuery", {"callback_query_id": "5"},
     "query is too old and response timeout expired or query ID is invalid"),
    ("sendPhoto", {"chat_id": ANA, "photo": "nothing"}, "invalid file id"),
    ("sendMessage", {"chat_id": ANA, "text": "a", "reply_parameters": {"message_id": 9}}, "reply message not found"),
])  # fmt: skip
def test_what_may_happen_to_a_correct_bot_is_no_fault(
    telegram: Telegram, method: str, params: dict[str, Any], why: str
) -> None:
    assert refusal(telegram, method, **params) == (400, f"Bad Request: {why}")
    assert telegram.faults == []


def test_a_bot_can_not_edit_what_a_person_wrote(telegram: Telegram) -> None:
    said = telegram.write(ANA, "Hola")
    assert refusal(telegram, "editMessageText", chat_id=ANA, message_id=int(said.id), text="Chao") == (
        400, "Bad Request: message can't be edited")  # fmt: skip


def test_a_group_that_moved_says_where_to(telegram: Telegram) -> None:
    telegram.join("-500", by=ANA, title="Mesa de agua")
    asked(telegram, lambda b: b.send_message("-500", "Hola"))
    assert telegram.migrate("-500", by=ANA) == "-100500"
    with pytest.raises(ChatMigrated) as moved:
        asked(telegram, lambda b: b.send_message("-500", "Hola"))
    assert moved.value.new_chat_id == -100500
    asked(telegram, lambda b: b.send_message(moved.value.new_chat_id, "Hola otra vez"))
    telegram.kick("-100500", by=ANA)
    with pytest.raises(Forbidden, match="kicked from the supergroup chat"):
        asked(telegram, lambda b: b.send_message("-100500", "¿Hola?"))
    assert telegram.phone("-100500").texts == ["Hola otra vez"]


# --- rate ---------------------------------------------------------------------------------------------------------


class Watch:
    now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


def test_too_fast_is_429_and_sends_nothing() -> None:
    watch = Watch()
    with Telegram(TOKEN, spec=SPEC, enforce_rate=True, clock=watch) as telegram:
        telegram.meet(ANA)
        assert call(telegram, "sendMessage", chat_id=ANA, text="1")[0] == 200
        with pytest.raises(RetryAfter) as fast:
            asked(telegram, lambda b: b.send_message(ANA, "2"))
        assert fast.value.retry_after == timedelta(seconds=1)
        watch.now += 1
        assert call(telegram, "sendMessage", chat_id=ANA, text="3")[0] == 200
        assert telegram.phone(ANA).texts == ["1", "3"]


def test_thirty_a_second_in_all_and_twenty_a_minute_in_a_group() -> None:
    watch = Watch()
    with Telegram(TOKEN, spec=SPEC, enforce_rate=True, clock=watch) as telegram:
        for n in range(31):
            telegram.meet(str(2000 + n))
        statuses = [call(telegram, "sendMessage", chat_id=str(2000 + n), text="a")[0] for n in range(31)]
        assert statuses == [200] * 30 + [429]
        telegram.join("-500", by="2000")
        watch.now += 10
        for _ in range(20):
            assert call(telegram, "sendMessage", chat_id="-500", text="a")[0] == 200
            watch.now += 1.5
        body = call(telegram, "sendMessage", chat_id="-500", text="a")[1]
        assert body["parameters"] == {"retry_after": 30}


# --- misbehaviour -------------------------------------------------------------------------------------------------

ACTS: list[tuple[Act, type[Exception], int, int]] = [  # what the library raises, messages shown, status in the log
    (Throttle(7), RetryAfter, 0, 429),
    (Refuse(400, text="Bad Request: PEER_ID_INVALID"), BadRequest, 0, 400),
    (Fail(502), NetworkError, 0, 502),
    (Reset(), NetworkError, 0, 0),
    (AcceptThenFail(500), NetworkError, 1, 500),
    (AcceptThenReset(), NetworkError, 1, 0),
    (Stall(30), TimedOut, 1, 200),
    (Garbage(), Exception, 1, 200),
]


@pytest.mark.parametrize(("act", "error", "shown", "status"), ACTS, ids=[type(act[0]).__name__ for act in ACTS])
def test_an_act_is_played_once(telegram: Telegram, act: Act, error: type[Exception], shown: int, status: int) -> None:
    telegram.plan(act, address=ANA)
    asked(telegram, lambda b: b.send_message(LUIS, "Hola"))
    with pytest.raises(error):
        asked(telegram, lambda b: b.send_message(ANA, "Hola"), seconds=0.2)
    assert len(telegram.phone(ANA).shown) == shown
    logged = telegram.calls("sendMessage")[-1]
    assert (logged.misbehaved, logged.status) == (type(act).__name__, status)
    asked(telegram, lambda b: b.send_message(ANA, "Hola"))
    assert telegram.faults == []


def test_an_act_may_wait_for_one_method(telegram: Telegram) -> None:
    telegram.plan(Fail(500), operation="getMe")
    asked(telegram, lambda b: b.send_message(ANA, "Hola"))
    with pytest.raises(NetworkError):
        asked(telegram, lambda b: b.get_me())


def test_chance_comes_from_the_rng_alone() -> None:
    def statuses() -> list[int]:
        with Telegram(TOKEN, rng=random.Random(3), chances={"throttle": 0.5}) as telegram:
            telegram.meet(ANA)
            return [call(telegram, "sendMessage", chat_id=ANA, text="a")[0] for _ in range(12)]

    first = statuses()
    assert {200, 429} == set(first)
    assert first == statuses()


# --- the profile --------------------------------------------------------------------------------------------------


def test_the_bot_says_who_it_is_in_each_language(telegram: Telegram) -> None:
    assert asked(telegram, lambda b: b.get_me()).username == "convoca_ejemplo_bot"
    asked(telegram, lambda b: b.set_my_commands([("ayuda", "Qué puedo hacer")], language_code="es"))
    asked(telegram, lambda b: b.set_my_description("Reuniones del barrio"))
    asked(telegram, lambda b: b.set_my_short_description("Reuniones"))
    asked(telegram, lambda b: b.set_my_name("Convoca", language_code="es"))
    assert [c.command for c in asked(telegram, lambda b: b.get_my_commands(language_code="es"))] == ["ayuda"]
    assert asked(telegram, lambda b: b.get_my_commands()) == ()
    assert asked(telegram, lambda b: b.get_my_description(language_code="en")).description == "Reuniones del barrio"
    assert asked(telegram, lambda b: b.get_my_short_description()).short_description == "Reuniones"
    assert asked(telegram, lambda b: b.get_my_name()).name == "Convoca"
    assert asked(telegram, lambda b: b.send_chat_action(ANA, "typing"))
    assert asked(telegram, lambda b: b.get_chat(ANA)).first_name == "Ana"
    assert telegram.faults == []


def test_commands_are_checked(telegram: Telegram) -> None:
    commands = [{"command": "Ayuda!", "description": "Qué puedo hacer"}]
    assert refusal(telegram, "setMyCommands", commands=commands) == (400, "Bad Request: BOT_COMMAND_INVALID")
    assert refusal(telegram, "sendChatAction", chat_id=ANA, action="dancing")[0] == 400
    assert len(telegram.faults) == 2


def test_the_phones_keyboard_writes_what_stands_on_it(telegram: Telegram) -> None:
    keyboard = ReplyKeyboardMarkup([["Menú", KeyboardButton("Mi número", request_contact=True)]])
    asked(telegram, lambda b: b.send_message(ANA, "¿Qué quieres?", reply_markup=keyboard))
    telegram.tap(ANA, "Menú")
    telegram.tap(ANA, "Mi número")
    said, shared = (update["message"] for update in telegram.updates)
    assert said["text"] == "Menú"
    assert shared["contact"]["user_id"] == int(ANA)
