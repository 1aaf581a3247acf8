"""A reply as Telegram's call: one message, with its buttons, with its picture or recording."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram import Message as Sent
from telegram.error import TelegramError

from bot.channels._telegram_errors import Refusal, about_media
from bot.channels._telegram_ids import Ids
from bot.message import Closing, Media, Option, Parcel, Reply, Shortcut, on_buttons

MAX_TEXT, MAX_CAPTION = 4096, 1024  # UTF-16 units
MAX_DATA, MAX_BUTTONS = 64, 100
SHORT = 16  # characters of a label of which two stand side by side on a small phone

FILE_ID = re.compile(r"[A-Za-z0-9_-]{20,}")
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


async def hand_over(bot: Bot, ids: Ids, chat: int, parcel: Parcel) -> str:
    """Send it to this chat; the message's id among `ids`. Raises TelegramError.

    A picture or recording whose words do not fit below it goes before them, once: a repeat of the try would double it.
    """
    reply = parcel.reply
    earlier = ids.number(chat, reply.in_place_of)
    if earlier is not None and await _became(bot, chat, earlier, reply):
        return reply.in_place_of
    media = reply.media if reply.media and _sendable(reply.media) else None
    try:
        if media is not None and units(reply.text) <= MAX_CAPTION:
            return _key(ids, chat, await _illustrated(bot, chat, media, reply))
        if media is not None and not _previewed(media) and parcel.attempt == 1:
            await _illustrated(bot, chat, media, Reply(text=""))
    except TelegramError as error:
        if not about_media(error):
            raise
        media = None  # surely not sent: the words go without it
    return _key(ids, chat, await _worded(bot, chat, reply, media))


async def close_question(bot: Bot, ids: Ids, chat: int, closing: Closing) -> None:
    """The answered question of this chat shows its answer and loses its buttons. Raises TelegramError."""
    message = ids.number(chat, closing.provider_id)
    if message is not None:
        await _change(bot, chat, message, Reply(text=closing.text))


async def _became(bot: Bot, chat: int, message: int, reply: Reply) -> bool:
    """The earlier message shows this reply now; False where it can not be changed any more. Raises TelegramError.

    What is refused has surely not been done. Done twice is done once: Telegram says that nothing is modified.
    """
    try:
        await _change(bot, chat, message, reply)
    except Refusal as error:
        if error.status != 400:
            raise
        return "not modified" in error.words
    return True


async def _change(bot: Bot, chat: int, message: int, to: Reply) -> None:
    shown = below(to)
    try:
        await bot.edit_message_text(
            to.text[:MAX_TEXT], chat, message, link_preview_options=NO_PREVIEW, reply_markup=shown
        )
    except Refusal as error:
        if "no text in the message" not in error.words:
            raise
        await bot.edit_message_caption(chat, message, caption=to.text[:MAX_CAPTION], reply_markup=shown)


def keyboard(options: Sequence[Option]) -> InlineKeyboardMarkup | None:
    """The buttons, numbered as in the text; None when no option has one. Two short ones stand side by side."""
    able = [(o, face) for o, face in zip(options, on_buttons(options), strict=True) if _fits(o)][:MAX_BUTTONS]
    rows: list[list[InlineKeyboardButton]] = []
    for option, face in able:
        button = InlineKeyboardButton(face, callback_data=option.data)
        if rows and len(rows[-1]) == 1 and max(len(button.text), len(rows[-1][0].text)) <= SHORT:
            rows[-1].append(button)
        else:
            rows.append([button])
    return InlineKeyboardMarkup(rows) if rows else None


def _fits(option: Option) -> bool:
    return bool(option.data) and len(option.data.encode()) <= MAX_DATA


def below(reply: Reply) -> InlineKeyboardMarkup | None:
    """The buttons of a question, else the words that stand below a statement: without numbers, side by side."""
    return keyboard(reply.options) if reply.options else _words(reply.shortcuts)


def _words(shortcuts: Sequence[Shortcut]) -> InlineKeyboardMarkup | None:
    row = [InlineKeyboardButton(one.label, callback_data=one.data) for one in shortcuts]
    return InlineKeyboardMarkup([row]) if row else None


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 units, an emoji is two."""
    return len(text.encode("utf-16-le", "replace")) // 2


async def _worded(bot: Bot, chat: int, reply: Reply, media: Media | None) -> Sent:
    text, preview = reply.text, NO_PREVIEW
    if media is not None and _previewed(
        media
    ):  # words too long for a caption: the picture stands above them all the same
        preview = LinkPreviewOptions(url=media.ref, prefer_large_media=True, show_above_text=True)
    elif media is None and reply.media is not None and _is_link(reply.media.ref):
        linked = f"{text}\n{reply.media.ref}"
        text = linked if units(linked) <= MAX_TEXT else text
    return await bot.send_message(
        chat, text, reply_markup=below(reply), link_preview_options=preview
    )  # no parse_mode: what people wrote is never read as markup


async def _illustrated(bot: Bot, chat: int, media: Media, reply: Reply) -> Sent:
    more: dict[str, Any] = {"caption": reply.text or None, "reply_markup": below(reply)}
    match media.kind:
        case "photo":
            return await bot.send_photo(chat, media.ref, **more)
        case "voice":
            return await bot.send_voice(chat, media.ref, **more)
        case "video":
            return await bot.send_video(chat, media.ref, **more)
    return await bot.send_document(chat, media.ref, **more)


def _sendable(media: Media) -> bool:
    """A link or Telegram's own file id; a path on this machine is none of them and is never looked at."""
    known = media.kind in ("photo", "voice", "video", "document")
    return known and (_is_link(media.ref) or bool(FILE_ID.fullmatch(media.ref)))


def _previewed(media: Media) -> bool:
    return media.kind == "photo" and _is_link(media.ref)


def _is_link(ref: str) -> bool:
    return ref.startswith(("https://", "http://"))


def _key(ids: Ids, chat: int, sent: Sent) -> str:
    return ids.of(chat, int(sent.message_id))
