"""Who is on the fake Telegram, and what was said: users, chats and messages as the Bot API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes._telegram_wire import TelegramError, bad, breach, forbidden

Json = dict[str, Any]
PDF = "application/pdf"


class Chats:
    """The memory. Not locked: who calls holds the provider's lock."""

    def __init__(self, bot: Json) -> None:
        self.bot = bot
        self.users: dict[int, Json] = {bot["id"]: bot}
        self.chats: dict[int, Json] = {}
        self.messages: dict[tuple[int, int], Json] = {}
        self.refusals: dict[int, str] = {}  # chat -> why nothing can be sent there: '403 user is deactivated'
        self.moved: dict[int, int] = {}  # group -> the supergroup it became
        self.files: dict[str, bytes] = {}
        self._last: dict[int, int] = {}

    def person(self, address: str, name: str = "", more: Mapping[str, Any] | None = None) -> Json:
        """The user of this address, made when new, and the private chat with them."""
        id = int(address)
        user = self.users.setdefault(id, {"id": id, "is_bot": False, "first_name": "Persona", "language_code": "es"})
        if name:
            user["first_name"], _, last = name.partition(" ")
            user |= {"last_name": last} if last else {}
        user |= more or {}
        shown: Json = {key: user[key] for key in ("first_name", "last_name", "username") if key in user}
        self.chats[id] = {"id": id, "type": "private", **shown}
        return user

    def group(self, address: str, title: str) -> Json:
        """The group of this (negative) address, made when new. -100... is a supergroup."""
        kind = "supergroup" if address.startswith("-100") else "group"
        return self.chats.setdefault(int(address), {"id": int(address), "type": kind, "title": title})

    def open(self, given: str) -> Json:
        """The chat to send to. Raises TelegramError: nothing can be sent there."""
        if not given:
            raise breach("chat_id is empty")
        chat = self.known(given)
        if chat["id"] in self.moved:
            raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=self.moved[chat["id"]])
        if self.users.get(chat["id"], {}).get("is_bot"):
            raise forbidden("bot can't send messages to bots")
        if chat["id"] in self.refusals:
            code, _, why = self.refusals[chat["id"]].partition(" ")
            raise bad(why) if code == "400" else forbidden(why)
        return chat

    def known(self, given: str) -> Json:
        """The chat. Raises TelegramError: the bot has never met it."""
        chat = self.chats.get(int(given)) if given.lstrip("-").isdigit() else None
        if chat is None:
            raise bad("chat not found")
        return chat

    def say(self, chat: Json, sender: Json, date: int, content: Mapping[str, Any]) -> Json:
        """A new message. Ids count in each chat for itself, so that two chats have the same ones."""
        self._last[chat["id"]] = id = self._last.get(chat["id"], 0) + 1
        message = {"message_id": id, "from": dict(sender), "chat": dict(chat), "date": date, **content}
        self.messages[chat["id"], id] = message
        return message

    def message(self, chat: Json, id: int, otherwise: TelegramError) -> Json:
        """A message. Raises what is given otherwise."""
        if (chat["id"], id) not in self.messages:
            raise otherwise
        return self.messages[chat["id"], id]

    def newest(self, chat_id: int, sender_id: int) -> Json:
        """The newest message of this sender. Raises LookupError: there is none."""
        found = [m for (chat, _), m in self.messages.items() if chat == chat_id and m["from"]["id"] == sender_id]
        if not found:
            raise LookupError(f"nothing was said in {chat_id} by {sender_id}")
        return found[-1]

    def file(self, content: bytes = b"") -> str:
        """Keep a file; its file_id."""
        id = f"AgAC-file-of-somebody-{len(self.files) + 1}"
        self.files[id] = content
        return id


def commands_in(text: str) -> list[Json]:
    """The entity of a command at the beginning; Telegram's clients mark it."""
    word = text.split(maxsplit=1)[0] if text.startswith("/") and text.split() else ""
    return [{"type": "bot_command", "offset": 0, "length": len(word)}] if len(word) > 1 else []


def file_of(id: str, **more: Any) -> Json:
    """The fields that all files have."""
    return {"file_id": id, "file_unique_id": id.removeprefix("AgAC-"), **more}


def media_of(kind: str, id: str, size: int, seconds: int = 0, mime: str = PDF) -> Json:
    """A message's media field: {'voice': {...}}. mime: of a document."""
    match kind:
        case "photo":
            return {"photo": [file_of(id, width=90, height=67), file_of(id, width=1280, height=960, file_size=size)]}
        case "voice":
            return {"voice": file_of(id, duration=seconds, mime_type="audio/ogg", file_size=size)}
        case "video":
            return {"video": file_of(id, width=640, height=480, duration=seconds, file_size=size)}
        case "sticker":
            look = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
            return {"sticker": file_of(id, **look, emoji="👍")}
    name = f"archivo.{mime.rpartition('/')[2]}"
    return {"document": file_of(id, file_name=name, mime_type=mime, file_size=size)}
