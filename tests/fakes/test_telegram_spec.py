"""The checker of calls and updates: what it finds, and that what the fake answers is in order itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fakes._telegram_spec import Spec
from fakes.telegram import Telegram
from tests.fakes.telegram_kit import ANA, SPEC, TOKEN, call

SAMPLES = SPEC.with_name("teloxide_samples.json")


@pytest.fixture(scope="module")
def spec() -> Spec:
    return Spec.load(SPEC)


HOLA: dict[str, Any] = {"chat_id": "1", "text": "Hola"}
GOOD: list[tuple[str, dict[str, Any]]] = [
    ("sendMessage", HOLA),
    ("sendMessage", {**HOLA, "chat_id": -100123, "disable_notification": True}),
    ("sendMessage", {**HOLA, "chat_id": "@barrio", "disable_notification": "true"}),
    ("sendMessage", {**HOLA, "reply_markup": {"inline_keyboard": [[{"text": "Sí", "callback_data": "1"}]]}}),
    ("sendMessage", {**HOLA, "reply_markup": '{"keyboard":[[{"text":"Sí"}]],"resize_keyboard":true}'}),
    ("sendMessage", {**HOLA, "entities": '[{"type":"bold","offset":0,"length":4}]'}),
    ("setMyCommands", {"commands": '[{"command":"a","description":"b"}]', "scope": '{"type":"all_private_chats"}'}),
    ("setWebhook", {"url": "https://bot.example", "allowed_updates": '["message"]', "max_connections": "40"}),
    ("getMe", {}),
]


@pytest.mark.parametrize(("method", "params"), GOOD)
def test_a_good_call_has_no_fault(spec: Spec, method: str, params: dict[str, Any]) -> None:
    assert spec.call(method, params) == []


BUTTONS = "sendMessage.reply_markup.inline_keyboard"
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("sendPigeon", {}, "sendPigeon: no such method"),
    ("sendMessage", {"chat_id": "1"}, "sendMessage: text is missing"),
    ("sendMessage", {**HOLA, "txt": "a"}, "sendMessage.txt: no such parameter"),
    ("sendMessage", {**HOLA, "text": 5}, "sendMessage.text: int is no String"),
    ("sendMessage", {**HOLA, "chat_id": "+507"}, "sendMessage.chat_id: neither a number nor a @name"),
    ("sendMessage", {**HOLA, "chat_id": 1.5}, "sendMessage.chat_id: float is no Integer"),
    ("sendMessage", {**HOLA, "disable_notification": "yes"},
     "sendMessage.disable_notification: a text where Boolean is wanted"),
    ("sendMessage", {**HOLA, "disable_notification": 1}, "sendMessage.disable_notification: int is no Boolean"),
    ("sendMessage", {**HOLA, "reply_markup": {"inline_keyboard": [{"text": "Sí"}]}}, f"{BUTTONS}[0]: dict is no list"),
    ("sendMessage", {**HOLA, "reply_markup": {"inline_keyboard": [[{"callback_data": "1"}]]}},
     f"{BUTTONS}[0][0].text is missing"),
    ("sendMessage", {**HOLA, "reply_markup": '{"inline_keyboard":[[{"text":"Sí","data":"1"}]]}'},
     f"{BUTTONS}[0][0].data: InlineKeyboardButton has no such field"),
    ("sendMessage", {**HOLA, "entities": [{"type": "loud", "offset": 0, "length": 4}]},
     "sendMessage.entities[0].type: 'loud' is none of"),
    ("sendMessage", {**HOLA, "entities": [{"type": "bold", "offset": "0", "length": 4}]},
     "sendMessage.entities[0].offset: str is no Integer"),
    ("setMyCommands", {"commands": '[{"command":"a"}]'}, "setMyCommands.commands[0].description is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "params", "fault"), BAD, ids=[fault[:50] for _, _, fault in BAD])
def test_a_wrong_call_has_this_fault_alone(spec: Spec, method: str, params: dict[str, Any], fault: str) -> None:
    (found,) = spec.call(method, params)
    assert found.startswith(fault)


def test_a_file_goes_where_a_file_is_wanted(spec: Spec) -> None:
    assert spec.call("sendPhoto", {"chat_id": "1"}, files=["photo"]) == []
    assert spec.call("sendPhoto", {"chat_id": "1", "photo": "attach://a"}, files=["a"]) == []
    assert spec.call("sendPhoto", {"chat_id": "1"}) == ["sendPhoto: photo is missing"]
    assert spec.call("sendMessage", HOLA, files=["photo"]) == ["sendMessage.photo: no file is wanted here"]


def test_the_value_of_a_status_chooses_the_kind_of_member(spec: Spec) -> None:
    user = {"id": 1, "is_bot": False, "first_name": "Ana"}
    assert spec.value({"status": "member", "user": user}, "ChatMember") == []
    assert spec.value({"status": "kicked", "user": user, "until_date": 0}, "ChatMember") == []
    assert spec.value({"status": "kicked", "user": user}, "ChatMember")
    assert spec.value({"status": "gone", "user": user}, "ChatMember")


def test_updates_of_others_are_judged_as_the_library_judges_them(spec: Spec) -> None:
    samples = [sample["json"] for sample in json.loads(SAMPLES.read_text(encoding="utf-8"))]
    updates = [one for one in samples if isinstance(one, dict) and "update_id" in one]
    assert len(updates) == 14
    strange = [sorted(one.keys() - {"update_id"}) for one in updates if spec.value(one, "Update")]
    assert ["new_update_kind"] in strange
    assert ["my_chat_member"] not in strange


RESULTS: list[tuple[str, dict[str, Any], str]] = [
    ("getMe", {}, "User"),
    ("getWebhookInfo", {}, "WebhookInfo"),
    ("sendMessage", {"chat_id": ANA, "text": "Hola"}, "Message"),
    ("sendMessage", {"chat_id": ANA, "text": "Hola", "reply_parameters": {"message_id": 1}}, "Message"),
    ("editMessageText", {"chat_id": ANA, "message_id": 2, "text": "Hola, Ana"}, "Message"),
    ("sendPhoto", {"chat_id": ANA, "photo": "https://bot.example/a.png", "caption": "El mapa"}, "Message"),
    ("sendVoice", {"chat_id": ANA, "voice": "https://bot.example/a.ogg", "duration": 3}, "Message"),
    ("sendDocument", {"chat_id": ANA, "document": "https://bot.example/a.pdf"}, "Message"),
    ("sendVideo", {"chat_id": ANA, "video": "https://bot.example/a.mp4"}, "Message"),
    ("getChat", {"chat_id": ANA}, "ChatFullInfo"),
    ("setMyCommands", {"commands": [{"command": "a", "description": "b"}]}, "Boolean"),
    ("getMyCommands", {}, "Array of BotCommand"),
    ("getMyName", {}, "BotName"),
    ("getMyDescription", {}, "BotDescription"),
    ("getMyShortDescription", {}, "BotShortDescription"),
    ("getUpdates", {}, "Array of Update"),
    ("getFile", {"file_id": "AgAC-file-of-somebody-1"}, "File"),
    ("setWebhook", {"url": "https://bot.example"}, "Boolean"),
    ("getWebhookInfo", {}, "WebhookInfo"),
]


def test_what_the_fake_answers_is_in_order(spec: Spec) -> None:
    with Telegram(TOKEN, spec=SPEC) as telegram:
        telegram.write(ANA, "Hola", name="Ana Pérez")
        for method, params, result in RESULTS:
            status, body = call(telegram, method, **params)
            assert (status, spec.value(body.get("result"), result, method)) == (200, [])
        assert telegram.faults == []


def test_without_a_specification_the_limits_still_hold() -> None:
    with Telegram(TOKEN) as telegram:
        telegram.meet(ANA)
        assert call(telegram, "sendMessage", chat_id=ANA, text="Hola", loud=True)[0] == 200
        assert call(telegram, "sendMessage", chat_id=ANA, text="a" * 4097)[0] == 400
        assert telegram.faults == ["sendMessage: Bad Request: message is too long"]
