"""A bot for the tests: its settings, updates as Telegram words them, and requests of its webhook."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from bot.channels import News, Request
from bot.channels._telegram_ids import Ids
from bot.channels.telegram import HEADER, Telegram

TOKEN = "7000001:AA-made-up_token-of-the-tests"
HIDDEN = SecretStr(TOKEN)
SENDER = "telegram:7000001"
IDS = Ids(TOKEN)
SECRET = "a-secret_of-the-webhook"
USERNAME = "convoca_ejemplo_bot"
NOW = datetime(2026, 11, 24, 23, 12, tzinfo=UTC)
AT = int(NOW.timestamp())

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the channel reads of the settings."""

    telegram_token: SecretStr = HIDDEN
    telegram_api_url: str = "http://127.0.0.1:9"  # nobody listens there
    telegram_secret: str = SECRET
    telegram_rate: float = 30.0
    public_url: str = ""

    def but(self, **more: Any) -> Settings:
        """The same with other values."""
        return replace(self, **more)


def opened(settings: Settings | None = None, username: str = USERNAME) -> Telegram:
    """The channel; it has met Telegram when there is a username."""
    channel = Telegram.open(settings or Settings(), demo=False)
    assert channel is not None
    channel._username = username
    return channel


def posted(body: bytes | Json, secret: str | None = SECRET) -> Request:
    """A call of the webhook."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json"} | ({} if secret is None else {HEADER: secret})
    return Request(path="/webhooks/telegram", headers=headers, body=raw, now=NOW)


def read(body: bytes | Json, channel: Telegram | None = None) -> News:
    """What a genuine call of the webhook tells."""
    return (channel or opened()).read(posted(body))


# --- updates ----------------------------------------------------------------------------------------------------------

ANA: Json = {"id": 1001, "is_bot": False, "first_name": "Ana", "language_code": "es"}
HOME: Json = {"id": 1001, "type": "private", "first_name": "Ana"}
GROUP: Json = {"id": -1001234, "type": "supergroup", "title": "Vecinos"}
US: Json = {"id": 7000001, "is_bot": True, "first_name": "Convoca", "username": USERNAME}
OTHER_BOT: Json = {"id": 7000002, "is_bot": True, "first_name": "Otro", "username": "otro_bot"}


def update(**content: Any) -> Json:
    """One update with this in it."""
    return {"update_id": 500, **content}


def said(text: str | None = None, *, chat: Json = HOME, who: Json | None = ANA, **more: Any) -> Json:
    """A message."""
    message: Json = {"message_id": 7, "date": AT, "chat": chat}
    message |= {"from": who} if who else {}
    message |= {"text": text} if text is not None else {}
    return message | more


def tapped(data: str | None = "t12|going|yes", **more: Any) -> Json:
    """A button pressed, under a message of ours in Ana's chat."""
    query: Json = {"id": "77", "from": ANA, "chat_instance": "3", "message": said("¿Vas?", who=US)}
    query |= {"data": data} if data is not None else {}
    return query | more


_MAY = (
    "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members"
    " can_promote_members can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories"
)
_MORE: dict[str, Json] = {"kicked": {"until_date": 0}, "administrator": dict.fromkeys(_MAY.split(), True)}


def member(status: str, chat: Json = HOME, was: str = "member") -> Json:
    """What became of the bot in a chat."""
    old, new = ({"user": US, "status": one} | _MORE.get(one, {}) for one in (was, status))
    return {"chat": chat, "from": ANA, "date": AT, "old_chat_member": old, "new_chat_member": new}


def file(**more: Any) -> Json:
    """A file, with the fields of its kind."""
    return {"file_id": "AgADBAADFmBBhYYYYYYY", "file_unique_id": "u1", **more}
