"""Telegram's rows of the shared table; all of its cases are in test_telegram_*.py."""

from __future__ import annotations

from bot.channels._telegram_errors import NotSent, Unanswered, judge, refusal
from tests.channels.cases import Call, Fault
from tests.channels.telegram_kit import file, opened, posted, said, tapped, update
from tests.channels.test_telegram_errors import body

CHANNEL = opened()


def fault(status: int, words: str, policy: str, **parameters: object) -> Fault:
    """A refusal in Telegram's words."""
    return Fault(label=words, error=judge(refusal(status, body(status, words, **parameters))), policy=policy)


CALLS = [
    Call(label="words", request=posted(update(message=said("Hola"))), messages=["1001 telegram: Hola"]),
    Call(
        label="a button", request=posted(update(callback_query=tapped())), messages=["1001 telegram: [t12|going|yes]"]
    ),
    Call(
        label="a voice note",
        request=posted(update(message=said(voice=file(duration=9)))),
        messages=["1001 telegram: <voice>"],
    ),
    Call(
        label="a place",
        request=posted(update(message=said(location={"latitude": 9.0, "longitude": -79.5}))),
        messages=["1001 telegram: @place"],
    ),
    Call(label="something new", request=posted(update(weather={"fine": True}))),
    Call(label="no secret", request=posted(update(message=said("Hola")), secret=None), status=403),
    Call(label="a guessed secret", request=posted(update(message=said("Hola")), secret="guessed"), status=403),
    Call(label="cut off", request=posted(b'{"update_id": 5'), status=400),
]
ERRORS = [
    fault(429, "Too Many Requests: retry after 35", "throttled after 36", retry_after=35),
    fault(403, "Forbidden: bot was blocked by the user", "gone else elsewhere"),
    fault(400, "Bad Request: chat not found", "gone else elsewhere"),
    fault(400, "Bad Request: message text is empty", "failed, told"),
    fault(401, "Unauthorized", "halt, told"),
    fault(502, "Bad Gateway", "uncertain"),
    Fault(label="no route", error=judge(NotSent("ConnectError")), policy="retry after 0"),
    Fault(label="no answer", error=judge(Unanswered("ReadTimeout")), policy="uncertain"),
]
