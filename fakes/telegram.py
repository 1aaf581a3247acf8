"""A fake Telegram: the Bot API over HTTP, and the people who write to the bot.

    with Telegram(token="7000001:A-made-up-token", spec=Path("telegram_bot_api.json")) as telegram:
        ...the product calls setWebhook, or polls...
        telegram.write("1001", "Hola", name="Ana")
        telegram.until(lambda: telegram.phone("1001").shown)
        telegram.tap("1001", "Sí")
        assert telegram.unanswered() == [] and telegram.faults == []

Addresses are chat ids as text; groups are negative. Message ids count in each chat for itself. A webhook at a public
name is reached through `telegram.public["https://bot.example"] = "http://127.0.0.1:8000"`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from fakes._post import Delivered
from fakes._telegram_api import Api
from fakes._telegram_chats import PDF, Json, commands_in, media_of
from fakes._telegram_markup import TEXT, wanted_by
from fakes._telegram_wire import units

__all__ = ["Telegram"]

HERE = (8.9824, -79.5199)  # where a person is who shares their place


class Said(TypedDict, total=False):
    """What a person's message may have besides its text."""

    name: str  # 'Ana Pérez', as the profile shows it
    user: Mapping[str, Any]  # more fields of the User: {'is_bot': True, 'language_code': 'en'}
    group: str  # said in this group
    start: str  # the payload of a deep link; '' = a bare /start
    edited: str  # id of the message that is changed
    reply_to: str  # id of the message it answers
    voice: int  # seconds
    video: int  # seconds
    photo: bytes
    document: bytes
    mime: str  # of the document: 'image/jpeg' is a photo sent as a file; 'application/pdf' where nothing is said
    sticker: bytes
    location: tuple[float, float]  # latitude, longitude
    contact: str | Mapping[str, Any]  # own number, or the fields of somebody's Contact


class Telegram(Api):
    """api.telegram.org.

    token         of the one bot it knows; its digits before the colon are the bot's id
    spec          api.json, or a part of it: calls are then checked against it; None: only against the limits
    enforce_rate  429 above 1 message a second in a chat (20 a minute in a group) and 30 a second in all
    username      of the bot
    first_update  the id of the first update
    The rest      port, rng, clock, chances, carry: see Provider
    """

    def write(self, address: str, text: str = "", **more: Unpack[Said]) -> Delivered:  # type: ignore[override]
        """The person writes, sends or changes something. With media the text is the caption.

        Delivered.id is the message's id in its chat. Who had blocked the bot takes it back first.
        Raises ValueError: longer than Telegram's programs let anybody write.
        """
        text = text if "start" not in more else f"/start {more['start']}".strip()
        if units(text) > TEXT:
            raise ValueError(f"nobody can write more than {TEXT} characters")
        if address in self.blocked:
            self.unblock(address)
        with self.changed:
            user = self.chats.person(address, more.get("name", ""), more.get("user"))
            chat = self.chats.group(more["group"], "Grupo") if "group" in more else self.chats.chats[user["id"]]
            content = self._content(text, user, more) | self._replied(chat, more.get("reply_to", ""))
            if "edited" in more:
                message = self.chats.messages[chat["id"], int(more["edited"])]
                message |= content | {"edit_date": int(self.clock())}
            else:
                message = self.chats.say(chat, user, int(self.clock()), content)
        kind = "edited_message" if "edited" in more else "message"
        return self.update(kind, message, str(message["message_id"]))

    def _content(self, text: str, user: Json, more: Said) -> Json:
        media = self._media(user, more)
        if media:
            return media | ({"caption": text} if text else {})
        entities = commands_in(text)
        return {"text": text} | ({"entities": entities} if entities else {})

    def _media(self, user: Json, more: Said) -> Json:
        if "location" in more:
            latitude, longitude = more["location"]
            return {"location": {"latitude": latitude, "longitude": longitude}}
        if "contact" in more:
            own = {"phone_number": more["contact"], "first_name": user["first_name"], "user_id": user["id"]}
            return {"contact": own if isinstance(more["contact"], str) else dict(more["contact"])}
        for kind in ("voice", "video"):
            if kind in more:
                return media_of(kind, self.chats.file(b"sound"), 5, more[kind])
        for kind in ("photo", "document", "sticker"):
            if kind in more:
                content: bytes = more[kind]  # type: ignore[literal-required]
                return media_of(kind, self.chats.file(content), len(content), mime=more.get("mime", PDF))
        return {}

    def _replied(self, chat: Json, id: str) -> Json:
        return {"reply_to_message": self.chats.messages[chat["id"], int(id)]} if id else {}

    # buttons

    def tap(self, address: str, label_or_data: str, *, by: str = "") -> Delivered:
        """The newest button of this label or data in a chat is pressed. Raises LookupError: there is none.

        by  who presses it, in a group. A button of the phone's own keyboard writes its words.
        """
        shown, (label, data) = self.phone(address).button(label_or_data)
        with self.changed:
            message = self.chats.messages[int(address), int(shown.id)]
            keyboard = self.talks.keyboards.get(int(address), {})
        if "reply_markup" not in message:
            return self._typed(address, label, wanted_by(keyboard, label), by)
        return self._tapped(by or address, message, data, f"{address}: {label}")

    def _typed(self, address: str, label: str, wanted: str, by: str) -> Delivered:
        if wanted == "contact":
            return self.write(address, contact=f"+507{address}")
        if wanted == "location":
            return self.write(address, location=HERE)
        return self.write(by, label, group=address) if by else self.write(address, label)

    def forge(self, address: str, data: str) -> Delivered:
        """A changed program sends this data with the bot's newest message."""
        with self.changed:
            message = self.chats.newest(int(address), self.chats.bot["id"])
        return self._tapped(address, message, data, f"{address}: {data}")

    def tap_old(self, address: str, label_or_data: str) -> Delivered:
        """Like tap, on a message so old that Telegram does not show it to the bot any more."""
        shown, (label, data) = self.phone(address).button(label_or_data)
        with self.changed:
            old = {"chat": self.chats.chats[int(address)], "message_id": int(shown.id), "date": 0}
        return self._tapped(address, old, data, f"{address}: {label}")

    def _tapped(self, who: str, message: Json, data: str, label: str) -> Delivered:
        id = str(4_000_000_000_000_000 + self.next_id())
        with self.changed:
            user = self.chats.person(who)
            self.talks.taps[id] = label
        query = {"id": id, "from": user, "chat_instance": f"-{message['chat']['id']}", "message": message, "data": data}
        return self.update("callback_query", query, id)

    # comings and goings

    def meet(self, address: str, name: str = "") -> None:
        """The bot knows this person from before; nothing is written."""
        with self.changed:
            self.chats.person(address, name)

    def block(self, address: str) -> Delivered:
        """The person blocks the bot: sending gives 403."""
        super().block(address)
        return self._member(address, "member", "kicked")

    def unblock(self, address: str) -> Delivered:
        """The person takes the bot back."""
        super().unblock(address)
        return self._member(address, "kicked", "member")

    def deactivate(self, address: str) -> None:
        """The account is deleted: sending gives 403, and nobody tells."""
        with self.changed:
            self.chats.refusals[self.chats.person(address)["id"]] = "403 user is deactivated"

    def join(self, group: str, by: str, title: str = "Grupo") -> Delivered:
        """A person takes the bot into a group."""
        with self.changed:
            self.chats.group(group, title)
            self.chats.refusals.pop(int(group), None)
        return self._member(group, "left", "member", by)

    def kick(self, group: str, by: str) -> Delivered:
        """A person throws the bot out of a group: sending gives 403."""
        with self.changed:
            kind = self.chats.chats[int(group)]["type"]
            self.chats.refusals[int(group)] = f"403 bot was kicked from the {kind} chat"
        return self._member(group, "member", "kicked", by)

    def migrate(self, group: str, by: str) -> str:
        """A group becomes a supergroup: its new id. Sending to the old one gives 400 with migrate_to_chat_id."""
        new = f"-100{group.removeprefix('-')}"
        with self.changed:
            user, old = self.chats.person(by), self.chats.chats[int(group)]
            supergroup = self.chats.group(new, old["title"])
            gone = self.chats.say(old, user, int(self.clock()), {"migrate_to_chat_id": int(new)})
            come = self.chats.say(supergroup, user, int(self.clock()), {"migrate_from_chat_id": int(group)})
            self.chats.moved[int(group)] = int(new)
        for message in (gone, come):
            self.update("message", message, str(message["message_id"]))
        return new

    def _member(self, address: str, old: str, new: str, by: str = "") -> Delivered:
        with self.changed:
            user = self.chats.person(by or address)
            changed = {
                "chat": self.chats.chats[int(address)],
                "from": user,
                "date": int(self.clock()),
                "old_chat_member": self._membership(old),
                "new_chat_member": self._membership(new),
            }
        return self.update("my_chat_member", changed, f"{address} {new}")

    def _membership(self, status: str) -> Json:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"user": self.chats.bot, "status": status, **until}
