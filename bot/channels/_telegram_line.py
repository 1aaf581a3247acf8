"""The line to Telegram: python-telegram-bot's Bot over our own connections, where the token is nowhere to be seen.

The token is a part of every address. So it stays inside the Wire: the Bot is made with the bot's public id in its
place, which is all that its `repr`, its debug log and its tracebacks can show.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from telegram import Bot
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData

from bot.channels import _wire
from bot.channels._telegram_errors import NotSent, Unanswered, refusal
from bot.channels._telegram_ids import Ids

ANSWER_WITHIN = 10.0  # seconds without a byte of an answer
LONG_POLL = 20  # seconds that Telegram holds a call for news open
_DEFAULT = BaseRequest.DEFAULT_NONE


class Transport(BaseRequest):
    """What the Bot sends with. Time-outs are the Wire's; those of single calls are not looked at."""

    def __init__(self, wire: _wire.Wire, timeout: float) -> None:
        self._wire, self._timeout = wire, timeout

    @property
    def read_timeout(self) -> float | None:
        """Seconds."""
        return self._timeout

    async def initialize(self) -> None:
        """Nothing: connections open when they are needed."""

    async def shutdown(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = _DEFAULT,
        write_timeout: Any = _DEFAULT,
        connect_timeout: Any = _DEFAULT,
        pool_timeout: Any = _DEFAULT,
    ) -> tuple[int, bytes]:
        """The status (2xx) and body. Raises NotSent, Unanswered, Refusal."""
        if request_data is not None and request_data.contains_files:
            raise TelegramError("no file is ever uploaded")  # a path that a media's `ref` names by mistake
        return await self._carry(url, request_data.json_parameters if request_data else {})

    async def ask(self, operation: str, fields: Mapping[str, str]) -> Any:
        """The result as it came. For news: the Bot reads a whole batch, and one strange update would block the rest.

        Raises  NotSent, Unanswered, Refusal; TelegramError: the answer is not JSON
        """
        _status, body = await self._carry(f"/{operation}", fields)
        return self.parse_json_payload(body).get("result")

    async def _carry(self, path: str, fields: Mapping[str, str]) -> tuple[int, bytes]:
        fault: TelegramError
        try:
            answer = await self._wire.call("POST", path, data=dict(fields))
        except _wire.NotSent as wrong:
            fault = NotSent(wrong.told)
        except _wire.Ambiguous as wrong:
            fault = Unanswered(wrong.told)
        else:
            if 200 <= answer.status < 300:
                return answer.status, answer.body
            fault = refusal(answer.status, answer.body)
        raise fault

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer's object. The library's own writes what it can not read into the log. Raises Unanswered."""
        try:
            read = json.loads(payload)
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, dict) or "result" not in read:
            raise Unanswered("not an answer of Telegram's")
        return cast("dict[str, Any]", read)


class Line:
    """One bot's connections.

    bot   for every call but one
    news  for getUpdates, whose answer takes up to LONG_POLL seconds
    ids   by which its messages are known
    """

    def __init__(self, api_url: str, token: str, *, timeout: float = ANSWER_WITHIN) -> None:
        base = f"{api_url.rstrip('/')}/bot{token}"
        self.news = Transport(_wire.Wire(base, timeout=LONG_POLL + timeout), LONG_POLL + timeout)
        self._calls = Transport(_wire.Wire(base, timeout=timeout), timeout)
        self._files = _wire.Wire(f"{api_url.rstrip('/')}/file/bot{token}", timeout=timeout)
        self.ids = Ids(token)
        self.bot = Bot(
            token.partition(":")[0], base_url=_nothing, base_file_url=_nothing, request=self._calls,
            get_updates_request=self.news,
        )  # fmt: skip

    async def file(self, path: str, most: int) -> bytes:
        """What getFile has named, of at most so many bytes. Raises TelegramError, TooLarge."""
        fault: TelegramError
        try:
            answer = await self._files.call("GET", f"/{path.lstrip('/')}", most=most)
        except (_wire.NotSent, _wire.Ambiguous) as wrong:
            fault = NotSent(wrong.told)  # asking again doubles nothing
        else:
            if answer.status == 200:
                return answer.body
            fault = refusal(answer.status, answer.body)
        raise fault

    async def close(self) -> None:
        """Let the connections go; the next call opens new ones."""
        await self._files.close()
        await self._calls.shutdown()
        await self.news.shutdown()


def _nothing(_token: str) -> str:
    """What the Bot writes before '/sendMessage': the Wire knows the rest."""
    return ""
