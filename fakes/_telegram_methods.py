"""What the bot does in chats: send, edit, delete, answer taps, fetch files. One function, one method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fakes._seen import Phone, Shown
from fakes._telegram_chats import Chats, Json, media_of
from fakes._telegram_markup import buttons_of, caption_of, markup_of, text_of
from fakes._telegram_wire import Call, bad, breach, forbidden

MEGABYTE = 1_000_000
_ACTIONS_WORDS = (
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker"
    " find_location record_video_note upload_video_note"
)
ACTIONS = frozenset(_ACTIONS_WORDS.split())
Method = Callable[[Call], Any]


class Conversing:
    """The methods on chats and messages. Who calls holds the lock."""

    def __init__(
        self, chats: Chats, phone: Callable[[str], Phone], blocked: set[str], clock: Callable[[], float]
    ) -> None:
        self._chats, self._phone, self._blocked, self._clock = chats, phone, blocked, clock
        self.taps: dict[str, str] = {}  # id of a tap -> 'address: label'
        self.keyboards: dict[int, Json] = {}  # chat -> what stands in place of the phone's letters
        self.answers: dict[str, Json] = {}  # id of a tap -> what it was answered
        self.methods: Mapping[str, Method] = {
            "sendMessage": self._send_message,
            "sendPhoto": lambda call: self._send_media(call, "photo"),
            "sendVoice": lambda call: self._send_media(call, "voice"),
            "sendDocument": lambda call: self._send_media(call, "document"),
            "sendVideo": lambda call: self._send_media(call, "video"),
            "editMessageText": self._edit_text,
            "editMessageCaption": self._edit_caption,
            "editMessageReplyMarkup": self._edit_markup,
            "deleteMessage": self._delete,
            "answerCallbackQuery": self._answer,
            "sendChatAction": self._action,
            "getChat": self._get_chat,
            "getFile": self._get_file,
        }

    def _chat(self, call: Call) -> Json:
        chat = self._chats.open(call.text("chat_id"))
        if str(chat["id"]) in self._blocked:
            raise forbidden("bot was blocked by the user")
        return chat

    # sending

    def _send_message(self, call: Call) -> Json:
        chat, text, markup = self._chat(call), text_of(call), markup_of(call)
        return self._said(call, chat, {"text": text}, markup)

    def _send_media(self, call: Call, kind: str) -> Json:
        chat, caption, markup = self._chat(call), caption_of(call), markup_of(call)
        file_id = self._upload(call, kind)
        content = media_of(kind, file_id, len(self._chats.files[file_id]), call.number("duration"))
        return self._said(call, chat, content | ({"caption": caption} if caption else {}), markup, kind)

    def _said(self, call: Call, chat: Json, content: Json, markup: Json, media: str = "") -> Json:
        if "inline_keyboard" in markup:
            content = {**content, "reply_markup": markup}
        content |= self._replied(call, chat)
        now = self._clock()
        message = self._chats.say(chat, self._chats.bot, int(now), content)
        text = str(content.get("text", content.get("caption", "")))
        shown = Shown(id=str(message["message_id"]), text=text, buttons=buttons_of(markup), media=media, at=now)
        self._phone(str(chat["id"])).show(shown)
        if "keyboard" in markup or "remove_keyboard" in markup:
            self.keyboards[chat["id"]] = markup
        return message

    def _replied(self, call: Call, chat: Json) -> Json:
        asked = call.json("reply_parameters")
        if not isinstance(asked, dict):
            return {}
        key = (chat["id"], int(asked.get("message_id", 0)))
        if key not in self._chats.messages:
            if asked.get("allow_sending_without_reply"):
                return {}
            raise bad("reply message not found")
        return {"reply_to_message": {k: v for k, v in self._chats.messages[key].items() if k != "reply_to_message"}}

    def _upload(self, call: Call, kind: str) -> str:
        """The file_id of what is sent: uploaded now, uploaded before, or on the web."""
        given = call.text(kind)
        content = call.files.get(given.removeprefix("attach://") or kind)
        if content is not None:
            if not content:
                raise breach("file must be non-empty")
            if len(content) > (10 if kind == "photo" else 50) * MEGABYTE:
                raise breach("file is too big")
            return self._chats.file(content)
        if given.startswith(("http://", "https://")):
            return self._chats.file(given.encode())
        if given not in self._chats.files:
            raise bad("invalid file id")
        return given

    # editing

    def _mine(self, call: Call, otherwise: str) -> tuple[Json, Json]:
        chat = self._chat(call)
        message = self._chats.message(chat, call.number("message_id"), bad(otherwise))
        if message["from"]["id"] != self._chats.bot["id"]:
            raise bad("message can't be edited")
        return chat, message

    def _edit_text(self, call: Call) -> Json:
        text, markup = text_of(call), markup_of(call)
        chat, message = self._mine(call, "message to edit not found")
        if "text" not in message:
            raise bad("there is no text in the message to edit")
        return self._edited(chat, message, {"text": text}, markup)

    def _edit_caption(self, call: Call) -> Json:
        caption, markup = caption_of(call), markup_of(call)
        chat, message = self._mine(call, "message to edit not found")
        if "text" in message:
            raise bad("there is no caption in the message to edit")
        return self._edited(chat, message, {"caption": caption}, markup)

    def _edit_markup(self, call: Call) -> Json:
        markup = markup_of(call)
        chat, message = self._mine(call, "message to edit not found")
        return self._edited(chat, message, {}, markup)

    def _edited(self, chat: Json, message: Json, content: Json, markup: Json) -> Json:
        before = dict(message)
        message |= content
        message.pop("reply_markup", None)  # an edit without a keyboard takes it away
        if markup.get("inline_keyboard"):
            message["reply_markup"] = markup
        if message == before:
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly the same as a "
                "current content and reply markup of the message"
            )
        message["edit_date"] = int(self._clock())
        text = message.get("text", message.get("caption", ""))
        self._phone(str(chat["id"])).change(
            str(message["message_id"]), text=text, buttons=buttons_of(markup), edited=True
        )
        return message

    def _delete(self, call: Call) -> bool:
        chat, id = self._chat(call), call.number("message_id")
        message = self._chats.message(chat, id, bad("message to delete not found"))
        if message["from"]["id"] != self._chats.bot["id"] and chat["type"] != "private":
            raise bad("message can't be deleted")
        del self._chats.messages[chat["id"], id]
        self._phone(str(chat["id"])).remove(str(id))
        return True

    # the rest

    def _answer(self, call: Call) -> bool:
        id = call.text("callback_query_id")
        if id not in self.taps:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        if len(call.text("text")) > 200:
            raise breach("MESSAGE_TOO_LONG")
        self.answers[id] = {"text": call.text("text"), "show_alert": call.true("show_alert")}
        return True

    def _action(self, call: Call) -> bool:
        self._chat(call)
        if call.text("action") not in ACTIONS:
            raise breach("wrong parameter action in request")
        return True

    def _get_chat(self, call: Call) -> Json:
        chat = self._chats.known(call.text("chat_id"))
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
        full = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, True)}
        return {**chat, **full}

    def _get_file(self, call: Call) -> Json:
        id = call.text("file_id")
        content = self._chats.files.get(id)
        if content is None:
            raise bad("invalid file id")
        if len(content) > 20 * MEGABYTE:
            raise breach("file is too big")
        unique = id.removeprefix("AgAC-")
        return {"file_id": id, "file_unique_id": unique, "file_size": len(content), "file_path": f"files/{unique}"}
