"""Every error of Telegram's and what is done about it (channels.md 3)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from telegram.error import BadRequest, Forbidden, TelegramError, TimedOut

from bot.channels._telegram_errors import NotSent, Unanswered, about_media, judge, refusal
from bot.errors import SendError

TOKEN = "7000001:AA-made-up_token-of-the-tests"
POLICIES = ("retry_after", "throttled", "gone", "uncertain", "halt", "repeat", "left", "fallback", "alert")


def policy(error: SendError) -> dict[str, Any]:
    """What it carries, without what is not set."""
    given = {name: getattr(error, name) for name in POLICIES}
    return {name: value for name, value in given.items() if value is not None and value is not False}


def body(status: int, description: str, **parameters: object) -> bytes:
    said = {"ok": False, "error_code": status, "description": description}
    return json.dumps(said | ({"parameters": parameters} if parameters else {})).encode()


GONE: dict[str, Any] = {"gone": True}
BAD: dict[str, Any] = {"gone": True, "fallback": True}
GROUP_GONE: dict[str, Any] = {"gone": True, "alert": True}
HALT: dict[str, Any] = {"halt": True, "alert": True}
DEAF: dict[str, Any] = {"halt": True}
BUG: dict[str, Any] = {"alert": True}
UNKNOWN: dict[str, Any] = {"uncertain": True}

ROWS = [
    # 403 and 400 about the person
    (403, "Forbidden: bot was blocked by the user", GONE),
    (403, "Forbidden: user is deactivated", GONE),
    (403, "Forbidden: bot can't initiate conversation with a user", GONE),
    (403, "Forbidden: bot can't send messages to bots", BAD),
    (400, "Bad Request: chat not found", BAD),
    (400, "Bad Request: PEER_ID_INVALID", BAD),
    (400, "[Error]: Bad Request: user not found", BAD),
    # about a group
    (403, "Forbidden: bot was kicked from the group chat", GROUP_GONE),
    (403, "Forbidden: bot was kicked from the supergroup chat", GROUP_GONE),
    (403, "Forbidden: bot is not a member of the supergroup chat", GROUP_GONE),
    (400, "Bad Request: not enough rights to send text messages to the chat", GROUP_GONE),
    (400, "Bad Request: group is deactivated", GROUP_GONE),
    # our content, or what nobody foresaw
    (400, "Bad Request: message text is empty", BUG),
    (400, "Bad Request: entities too long", BUG),
    (400, "Bad Request: BUTTON_URL_INVALID", BUG),
    (400, "Bad Request: wrong parameter action in request", BUG),
    (400, "Bad Request: BUTTON_DATA_INVALID", BUG),
    (400, "Bad Request: message is too long", BUG),
    (403, "Forbidden: something new", BUG),
    (418, "I'm a teapot", BUG),
    # the bot itself
    (401, "Unauthorized", HALT),
    (404, "Not Found", HALT),
    (409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running", DEAF),
    (409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first", DEAF),
    # nobody knows
    (500, "Internal Server Error", UNKNOWN),
    (502, "Bad Gateway", UNKNOWN),
]


@pytest.mark.parametrize(("status", "description", "expected"), ROWS, ids=[row[1][:50] for row in ROWS])
def test_a_refusal_carries_its_policy(status: int, description: str, expected: dict[str, Any]) -> None:
    assert policy(judge(refusal(status, body(status, description)))) == expected


WAITS: list[tuple[bytes, float]] = [
    (body(429, "Too Many Requests: retry after 35", retry_after=35), 36.0),
    (body(429, "Too Many Requests: retry after 0", retry_after=0), 1.0),
    (body(429, "Too Many Requests: retry after 7"), 8.0),
    (body(429, "Too Many Requests"), 1.0),
    (body(429, "Too Many Requests: retry after 3", retry_after="soon"), 4.0),
    (body(429, "Too Many Requests", retry_after=-5), 1.0),
    (body(429, "Too Many Requests", retry_after=10**12), 86_401.0),
    (body(429, "Too Many Requests", retry_after=True), 1.0),
    (body(429, "Too Many Requests", retry_after=10**400), 86_401.0),
    (body(429, "Too Many Requests", retry_after=float("nan")), 86_401.0),
    (body(429, "Too Many Requests", retry_after=float("inf")), 86_401.0),
    (b"<html>429</html>", 1.0),
]


@pytest.mark.parametrize(("said", "seconds"), WAITS)
def test_too_fast_makes_the_whole_sender_wait_a_second_more_than_told(said: bytes, seconds: float) -> None:
    assert policy(judge(refusal(429, said))) == {"throttled": True, "retry_after": seconds}


@pytest.mark.parametrize("status", [301, 400, 403, 404, 407, 413])
@pytest.mark.parametrize("said", [b"", b"<html>", b"[]", b'{"error": "no"}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_refused_by_something_else_than_telegram_is_kept_and_told(status: int, said: bytes) -> None:
    error = judge(refusal(status, said))
    assert policy(error) == {"throttled": True, "retry_after": 60.0, "alert": True}
    assert "CONVOCA_TELEGRAM_API_URL" in error.told


@pytest.mark.parametrize("said", [b"", b"<html>", b'{"ok": false}'])
def test_a_5xx_may_have_been_sent_whatever_its_body(said: bytes) -> None:
    assert policy(judge(refusal(503, said))) == UNKNOWN


LIBRARY: list[tuple[TelegramError, dict[str, Any]]] = [
    (NotSent("ClientConnectorError"), {"retry_after": 0.0}),
    (Unanswered("ServerDisconnectedError"), UNKNOWN),
    (TimedOut("Timed out"), UNKNOWN),
    (TelegramError("Invalid server response"), UNKNOWN),
    (Forbidden("Forbidden: bot was blocked by the user"), UNKNOWN),  # never from our line: so nothing is concluded
    (BadRequest("Bad Request: chat not found"), UNKNOWN),
]


@pytest.mark.parametrize(("error", "expected"), LIBRARY, ids=lambda v: type(v).__name__)
def test_what_is_no_refusal_is_judged_by_whether_it_may_have_arrived(
    error: TelegramError, expected: dict[str, Any]
) -> None:
    assert policy(judge(error)) == expected


MOVED: list[tuple[bytes, int | None]] = [
    (body(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1001234567890), -1001234567890),
    (body(400, "Bad Request: group chat was upgraded", migrate_to_chat_id="-100"), None),
    (body(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=True), None),
    (body(400, "Bad Request: group chat was upgraded"), None),
    (b'{"ok": false, "description": "x", "parameters": [1]}', None),
]


@pytest.mark.parametrize(("said", "moved"), MOVED)
def test_where_a_group_moved_to(said: bytes, moved: int | None) -> None:
    assert refusal(400, said).moved_to == moved


MEDIA = [
    "Bad Request: invalid file id",
    "Bad Request: wrong file identifier/HTTP URL specified",
    "Bad Request: file is too big",
    "Bad Request: failed to get HTTP URL content",
    "Bad Request: wrong type of the web page content",
    "Bad Request: PHOTO_INVALID_DIMENSIONS",
    "Bad Request: IMAGE_PROCESS_FAILED",
]


@pytest.mark.parametrize("description", MEDIA)
def test_a_fault_of_the_picture_is_known(description: str) -> None:
    assert about_media(refusal(400, body(400, description)))


@pytest.mark.parametrize("description", [row[1] for row in ROWS if row[0] == 400])
def test_other_faults_are_not_blamed_on_the_picture(description: str) -> None:
    assert not about_media(refusal(400, body(400, description)))


@pytest.mark.parametrize(
    "quoted", [TOKEN, "-1001234567890", "123456789", f"https://api.telegram.org/bot{TOKEN}/sendMessage"]
)
def test_no_token_and_no_address_gets_into_a_text_for_the_operator(quoted: str) -> None:
    told = judge(refusal(400, body(400, f"Bad Request: {quoted} is strange\nand long {'x' * 500}"))).told
    assert TOKEN.partition(":")[2] not in told
    assert not any(number in told for number in ("1001234567890", "123456789", "7000001"))
    assert len(told) < 250
    assert "\n" not in told
