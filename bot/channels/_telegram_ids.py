"""How our database names a message of Telegram's for ever: by its number and a digest of its chat, never the chat.

Telegram counts messages chat by chat, and a private chat has the id of its person, which is her address. So a keyed
digest stands in its place. The key is made from the bot's token, which no database holds: what is stored leads back
to nobody, and a copy of the database can not be tried against all ids there are (ADR 25).
"""

from __future__ import annotations

import hmac
import re

_DIGITS = 24  # hexadecimal, of a digest: 96 bits
_NUMBER = re.compile(r"\d{1,16}")


class Ids:
    """Of one bot. With another token every id is another one."""

    def __init__(self, token: str) -> None:
        self._key = hmac.digest(token.encode(), b"convoca: the ids of Telegram's messages", "sha256")

    def of(self, chat: int, *which: object) -> str:
        """'0f4e...:7' for message 7 of this chat; an album or a moment in the place of its number, or more."""
        return ":".join((self._digest(f"chat {chat}"), *map(str, which)))

    def tap(self, callback: str) -> str:
        """'cb:0f4e...' for a button that was pressed: its id at Telegram begins with the person's."""
        return f"cb:{self._digest(f'tap {callback}')}"

    def number(self, chat: int, id: str) -> int | None:
        """The number of the message with this id; None: it is none of this chat."""
        digest, _colon, number = id.partition(":")
        return int(number) if digest == self._digest(f"chat {chat}") and _NUMBER.fullmatch(number) else None

    def _digest(self, what: str) -> str:
        return hmac.digest(self._key, what.encode("utf-8", "replace"), "sha256").hex()[:_DIGITS]
