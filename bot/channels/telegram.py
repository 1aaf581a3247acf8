"""Telegram: the Bot API by webhook where there is a public address, else by asking for news."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

import structlog
from telegram.error import TelegramError

from bot.channels import Answer, Finding, Hook, Identity, News, Request
from bot.channels import _telegram_setup as setup
from bot.channels._telegram_errors import Refusal, judge
from bot.channels._telegram_line import LONG_POLL, Line
from bot.channels._telegram_send import FILE_ID, close_question, hand_over
from bot.channels._telegram_updates import KINDS, MISREAD, Told, Whom, read
from bot.channels._wire import TooLarge
from bot.errors import SendError, Unwelcome
from bot.message import MAX_BODY, Closing, Parcel

log = structlog.get_logger("telegram channel")
T = TypeVar("T")

OFFICIAL = "https://api.telegram.org"
HEADER = "x-telegram-bot-api-secret-token"
EDIT_WITHIN = 5.0  # seconds that the closing of an old question may hold up the new message
BATCH = 100  # updates Telegram gives at once


def _now() -> datetime:
    return datetime.now(UTC)


class Telegram:
    """One bot.

    secret   what Telegram proves itself with when it posts
    webhook  where it posts; '' = we ask
    """

    name = "telegram"

    def __init__(
        self, line: Line, bot_id: int, *, rate: float, secret: str, webhook: str, now: Callable[[], datetime] = _now
    ) -> None:
        self._line, self._bot = line, line.bot
        self._id, self._rate, self._secret, self._webhook, self._now = bot_id, rate, secret, webhook, now
        self._username, self._introduced = "", False
        self.polls = "" if webhook else self._sender

    @classmethod
    def open(cls, settings: Any, *, demo: bool) -> Self | None:
        """Off without a token."""
        token = settings.telegram_token.get_secret_value()
        if not token:
            return None
        line = Line(settings.telegram_api_url, token)
        return cls(
            line,
            int(token.partition(":")[0]),
            rate=settings.telegram_rate,
            secret=settings.telegram_secret,
            webhook=_webhook(settings.public_url, settings.telegram_api_url),
        )

    @property
    def _sender(self) -> str:
        return f"{self.name}:{self._id}"

    def identities(self) -> Sequence[Identity]:
        """The bot: 'telegram:123456789'."""
        return [Identity(name=self._sender, channel="telegram", rate=self._rate)]

    async def close(self) -> None:
        """Let the connections go."""
        await self._line.close()

    # --- out --------------------------------------------------------------------------------------------------------

    async def send(self, parcel: Parcel) -> str:
        """One message; its id for ever. A question that it answers loses its buttons first, or becomes this message.

        Raises SendError.
        """
        if not parcel.address.removeprefix("-").isdecimal():
            raise SendError("the address is no Telegram chat", gone=True, fallback=True)
        chat = int(parcel.address)
        if parcel.reply.closes and not parcel.reply.in_place_of:
            await self._close(chat, parcel.reply.closes)
        return await _judged(self._follow(chat, parcel))

    async def _follow(self, chat: int, parcel: Parcel) -> str:
        """A group that became a supergroup has a new id: it goes there, at once and once."""
        try:
            return await hand_over(self._bot, self._line.ids, chat, parcel)
        except Refusal as error:
            moved = error.moved_to
            if moved is None:
                raise
        return await hand_over(self._bot, self._line.ids, moved, parcel)

    async def _close(self, chat: int, closing: Closing) -> None:
        """Whatever comes of it (too old, gone, not changed, too fast): the message itself matters more."""
        with contextlib.suppress(TelegramError, TimeoutError, *MISREAD):
            async with asyncio.timeout(EDIT_WITHIN):
                await close_question(self._bot, self._line.ids, chat, closing)

    # --- in ---------------------------------------------------------------------------------------------------------

    def hooks(self) -> Sequence[Hook]:
        """Where Telegram posts."""
        return [Hook(path=setup.PATH, read=self.read)]

    def read(self, request: Request) -> News:
        """One update. Raises Unwelcome."""
        given = request.headers.get(HEADER, "").encode("utf-8", "replace")
        if not self._secret or not hmac.compare_digest(given, self._secret.encode()):
            raise Unwelcome(403, "the secret of Telegram's webhook is missing or wrong")
        if len(request.body) > MAX_BODY:
            raise Unwelcome(413, "larger than any update of Telegram's")
        try:
            raw = json.loads(request.body)
        except (ValueError, RecursionError):
            raise Unwelcome(400, "no JSON") from None
        if not isinstance(raw, dict):
            raise Unwelcome(400, "no update")
        told = read(raw, self._whom(), request.body.decode("utf-8", "replace"))
        return _news([told], _answer(told.callback))

    async def poll(self, since: str) -> tuple[News, str]:
        """Updates since the cursor, the next update's id; button presses are answered right away. Raises SendError."""
        if not self._introduced:  # the process that asks need not be the one that prepares
            await _judged(self._introduce())
        fields = {"timeout": str(LONG_POLL), "limit": str(BATCH), "allowed_updates": json.dumps(KINDS)}
        given = await _judged(self._line.news.ask("getUpdates", fields | ({"offset": since} if since else {})))
        if not isinstance(given, list):
            raise SendError("Telegram's answer is no list of updates", retry_after=0.0)
        told = [read(raw, self._whom(), json.dumps(raw)) for raw in given]
        await asyncio.gather(*(self._answered(one.callback) for one in told if one.callback))
        return _news(told), _cursor(given, since)

    async def _answered(self, callback: str) -> None:
        """The button stops spinning; too late is no harm."""
        with contextlib.suppress(TelegramError, TimeoutError, *MISREAD):
            async with asyncio.timeout(EDIT_WITHIN):
                await self._bot.answer_callback_query(callback)

    def _whom(self) -> Whom:
        return Whom(id=self._id, sender=self._sender, ids=self._line.ids, username=self._username)

    async def fetch(self, ref: str, most: int) -> bytes:
        """A recording by its file id. Telegram gives out 20 MB at the most. Raises SendError."""
        if not FILE_ID.fullmatch(ref):
            raise SendError("no file id of Telegram's")
        found = await _judged(self._bot.get_file(ref))
        if (found.file_size or 0) > most:
            raise SendError(f"the recording is larger than {most / 1_000_000:g} MB")
        try:
            return await _judged(self._line.file(found.file_path or "", most))
        except TooLarge as wrong:
            raise SendError(wrong.told) from None

    # --- who we are, where we listen --------------------------------------------------------------------------------

    async def prepare(self) -> None:
        """Learn our name, say where updates go, show commands. Raises SendError."""
        await _judged(self._introduce())
        try:
            await _judged(setup.show_pages(self._bot))
        except SendError as error:  # the bot works without them, and the next start tries again
            log.warning("commands and descriptions are not set on Telegram", why=error.told)

    def entrances(self) -> Mapping[str, str]:
        """The bot's name, once Telegram has told it."""
        return {"telegram": self._username} if self._username else {}

    async def _introduce(self) -> None:
        await self._meet()
        await setup.listen(self._bot, self._webhook, self._secret)
        self._introduced = True

    async def _meet(self) -> str:
        self._username = (await self._bot.get_me()).username or ""
        return self._username

    async def examine(self) -> Sequence[Finding]:
        """The token, the webhook, what waits and what went wrong."""
        try:
            username = await _judged(self._meet())
            info = await _judged(self._bot.get_webhook_info())
        except SendError as error:
            return [Finding(ok=False, text=_advice(error))]
        good = Finding(ok=True, text=f"Telegram: the token is good, the bot is @{username}")
        return [good, *setup.findings(info, self._webhook, self._now())]


def _webhook(public_url: str, api_url: str) -> str:
    """Where Telegram can post to: by https alone; a Bot API server of one's own takes http too."""
    able = public_url.startswith("https://") or (public_url and api_url.rstrip("/") != OFFICIAL)
    return public_url.rstrip("/") + setup.PATH if able else ""


async def _judged(call: Awaitable[T]) -> T:
    """The call's result. Raises SendError, which has nothing of the library's error in it, nor behind it."""
    try:
        return await call
    except TelegramError as error:
        fault = judge(error)
    except MISREAD as wrong:
        fault = SendError(f"Telegram's answer can not be read ({type(wrong).__name__})", uncertain=True)
    raise fault


def _news(told: Sequence[Told], answer: Answer = Answer()) -> News:  # noqa: B008  # frozen
    return News(
        messages=[one.message for one in told if one.message],
        reaches=[one.reach for one in told if one.reach],
        unread=[one.unread for one in told if one.unread],
        answer=answer,
    )


def _answer(callback: str) -> Answer:
    """The webhook's answer is itself a call: it stops the button from spinning."""
    if not callback:
        return Answer()
    call = {"method": "answerCallbackQuery", "callback_query_id": callback}
    return Answer(body=json.dumps(call), type="application/json")


def _cursor(given: Sequence[Any], since: str) -> str:
    """One more than the last id: asking from there tells Telegram that the others are stored."""
    ids = [raw["update_id"] for raw in given if isinstance(raw, dict) and type(raw.get("update_id")) is int]
    return str(max(ids) + 1) if ids else since


def _advice(error: SendError) -> str:
    if error.halt:
        return (
            "Telegram: the token is refused. Ask @BotFather for it (/mybots, API Token) and put it into "
            "CONVOCA_TELEGRAM_TOKEN"
        )
    return f"{error.told}. Is the Internet reached from here, and is CONVOCA_TELEGRAM_API_URL right?"
