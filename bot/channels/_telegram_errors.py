"""What Telegram's errors mean, and what is done about each (channels.md 3)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from telegram.error import NetworkError, TelegramError

from bot.errors import SendError

MARGIN = 1.0  # seconds on top of what Telegram tells us to wait
LONGEST_WAIT = 86_400.0
NOT_TELEGRAM_WAIT = 60.0  # seconds until we knock again where something else than Telegram answered

_BLOCKED = ("blocked by the user", "user is deactivated", "can't initiate conversation", "user_is_blocked")
_NOBODY = (
    "chat not found",
    "peer_id_invalid",
    "user not found",
    "input_user_deactivated",
    "can't send messages to bots",
)
_LEFT_GROUP = ("was kicked", "not a member", "group is deactivated", "not enough rights", "have no rights to send",
               "chat_write_forbidden", "chat_restricted")  # fmt: skip
_MEDIA = ("file id", "file identifier", "file_reference", "file is too big", "web page content", "http url", "photo_",
          "image_process", "wrong type of the", "wrong remote file", "webpage_",
          "voice_messages_forbidden")  # fmt: skip
_LONG_NUMBER = re.compile(r"-?\d{5,}(?::[\w-]+)?")  # a chat's id, a bot's token
_RETRY = re.compile(r"retry after (\d{1,7})\b")


class NotSent(NetworkError):
    """No connection to Telegram was made: nothing has left."""


class Unanswered(NetworkError):
    """It may have arrived: no answer, half of one, or one that is not Telegram's."""


class Refusal(TelegramError):
    """Telegram (or what stands before it) answered with another status than 2xx.

    Our own class for all of them, since python-telegram-bot 22 makes BadRequest and TimedOut network errors, takes
    "retry after 0" for one too, forgets the status, and warns about its own RetryAfter.
    """

    def __init__(self, status: int, description: str, parameters: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{status} {description}".strip())
        self.status, self.description, self.parameters = status, description, parameters or {}

    @property
    def words(self) -> str:
        """The description as it is looked through: lower case."""
        return self.description.lower()

    @property
    def foreign(self) -> bool:
        """Not Telegram's own answer: a proxy's page, another service."""
        return not self.description

    @property
    def moved_to(self) -> int | None:
        """The new id of a group that became a supergroup."""
        moved = self.parameters.get("migrate_to_chat_id")
        return moved if isinstance(moved, int) and not isinstance(moved, bool) and moved else None


def refusal(status: int, body: bytes) -> Refusal:
    """What an answer with this status says."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return Refusal(status, "")
    if not isinstance(said, dict) or "ok" not in said:
        return Refusal(status, "")
    parameters = said.get("parameters")
    described = str(said.get("description") or "no description")
    return Refusal(status, described, parameters if isinstance(parameters, dict) else None)


def judge(error: TelegramError) -> SendError:
    """What to do about it. The text is for the operator: no token, no address."""
    if isinstance(error, Refusal):
        return _refused(error)
    if isinstance(error, NotSent):
        return SendError(f"Telegram can not be reached ({error.message})", retry_after=0.0)
    if isinstance(error, Unanswered):
        return SendError(f"Telegram gave no proper answer ({error.message})", uncertain=True)
    return SendError(f"Telegram's answer can not be read ({type(error).__name__})", uncertain=True)


def about_media(error: TelegramError) -> bool:
    """The picture or file itself is refused: its words can still go without it."""
    return isinstance(error, Refusal) and error.status in (400, 413) and _says(error, _MEDIA)


def _refused(error: Refusal) -> SendError:
    """By status; the more a policy stops, the surer its sign."""
    told = f"Telegram: {tidy(error.message)}"
    if error.status == 429:
        return SendError(told, throttled=True, retry_after=_wait(error))
    if error.status >= 500:
        return SendError(told, uncertain=True)
    if error.foreign:
        return _foreign(error)
    if error.status in (401, 404):
        return SendError(f"{told}. Check CONVOCA_TELEGRAM_TOKEN", halt=True, alert=True)
    if error.status == 409:
        # It hears instead of us; sending goes on.
        return SendError(f"{told}. Another program uses this bot's token", halt=True)
    return _of_address(error, told)


def _of_address(error: Refusal, told: str) -> SendError:
    if _says(error, _BLOCKED):
        return SendError(told, gone=True)
    if _says(error, _NOBODY):
        return SendError(told, gone=True, fallback=True)
    if _says(error, _LEFT_GROUP):
        return SendError(told, gone=True, alert=True)
    return SendError(told, alert=True)


def _foreign(error: Refusal) -> SendError:
    """Something else answers in Telegram's place, and it has refused: nothing was sent, and nothing need be lost."""
    told = f"Telegram: {error.status}, and the answer is not Telegram's. Check CONVOCA_TELEGRAM_API_URL and the network"
    return SendError(told, throttled=True, retry_after=NOT_TELEGRAM_WAIT, alert=True)


def _wait(error: Refusal) -> float:
    """Seconds, from the parameter or else from the words; 0 is said too."""
    given = error.parameters.get("retry_after")
    if isinstance(given, bool) or not isinstance(given, int | float):
        said = _RETRY.search(error.words)
        given = int(said[1]) if said else 0
    return float(max(0.0, min(LONGEST_WAIT, given))) + MARGIN  # NaN, which JSON may bring, is the longest


def _says(error: Refusal, signs: tuple[str, ...]) -> bool:
    return any(sign in error.words for sign in signs)


def tidy(text: str) -> str:
    """A text of Telegram's for an operator: one short line without ids."""
    return " ".join(_LONG_NUMBER.sub("[…]", text).split())[:200]
