"""Telegram's updates in our words. Pure: no clock, no network. What can not be read is kept for the operator."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from telegram import CallbackQuery, ChatMemberUpdated, Update
from telegram import Message as Said

from bot.channels._telegram_ids import Ids
from bot.message import Media, MediaKind, Message, Reach, Unread

CHANNEL = "telegram"
KINDS = ("message", "edited_message", "callback_query", "my_chat_member", "poll_answer")  # what we ask Telegram for
MAX_PAYLOAD = 20_000
MAX_DATA = 64  # bytes of a button's data: Telegram itself takes no more
MAX_ID = 2**52  # Telegram's ids are smaller (channels.md 2)
GREETING = "hola"  # what the link to the private chat begins with, when the group gave nothing better

# What the library raises on an update without a field it needs, and on fields of the wrong kind.
MISREAD = (TypeError, AttributeError, ValueError, LookupError, ArithmeticError, OSError, RecursionError)

_GROUPS = ("group", "supergroup")
_REACH = {"member": True, "kicked": False}
_OUTSIDE, _INSIDE = ("left", "kicked"), ("member", "administrator", "restricted")  # of a group
_COMMAND = re.compile(r"/(\w{1,32})(?:@(\w{1,64}))?(?=\s|$)")
_PAYLOAD = re.compile(r"/start\s+([A-Za-z0-9_-]{1,64})\s*")
_MEDIA: tuple[tuple[str, MediaKind], ...] = (
    ("voice", "voice"), ("audio", "voice"), ("photo", "photo"), ("video", "video"), ("video_note", "video"),
    ("animation", "video"), ("document", "document"), ("sticker", "sticker"), ("contact", "contact"),
)  # fmt: skip
# Nobody says these: Telegram writes them into the chat. Whatever is not here is answered, kinds to come included.
_SERVICE = """
new_chat_members left_chat_member new_chat_title new_chat_photo delete_chat_photo group_chat_created
supergroup_chat_created channel_chat_created message_auto_delete_timer_changed migrate_to_chat_id migrate_from_chat_id
pinned_message successful_payment refunded_payment users_shared chat_shared gift unique_gift connected_website
write_access_allowed passport_data proximity_alert_triggered boost_added chat_background_set checklist_tasks_done
checklist_tasks_added direct_message_price_changed forum_topic_created forum_topic_edited forum_topic_closed
forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden giveaway_created giveaway
giveaway_winners giveaway_completed paid_message_price_changed video_chat_scheduled video_chat_started
video_chat_ended video_chat_participants_invited web_app_data
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """The bot that was written to. `username` is '' until Telegram has told it."""

    id: int
    sender: str  # Identity.name
    ids: Ids
    username: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one update says: at most one of each. `callback` is the id of a button press that awaits its answer."""

    message: Message | None = None
    reach: Reach | None = None
    unread: Unread | None = None
    callback: str = ""


NOTHING = Told()


def read(raw: object, whom: Whom, payload: str) -> Told:
    """One update, whatever it is. `payload` is how it came; of what can not be read it is kept.

    Whether it is genuine has been seen to. Never raises.
    """
    try:
        update = Update.de_json(raw, None)  # type: ignore[arg-type]  # whatever JSON held
        return _update(update, whom)
    except MISREAD as wrong:
        why = f"an update that can not be read: {type(wrong).__name__}"  # its text may quote what somebody wrote
    unread = Unread(sender=whom.sender, provider_id=_unread_id(raw, payload), payload=payload[:MAX_PAYLOAD], why=why)
    return Told(unread=unread, callback=_callback_of(raw))


def _update(update: Update, whom: Whom) -> Told:
    if update.callback_query:
        return _tap(update.callback_query, whom)
    if update.my_chat_member:
        return _reach(update.my_chat_member, whom)
    if update.message:
        return _said(update.message, whom)
    if update.edited_message:
        return _edited(update.edited_message, whom)
    return NOTHING  # polls, channels, kinds to come: nobody speaks to us there


# --- messages -------------------------------------------------------------------------------------------------------


def _said(said: Said, whom: Whom) -> Told:
    if said.from_user is None or said.from_user.is_bot or any(getattr(said, kind, None) for kind in _SERVICE.split()):
        return NOTHING
    if said.chat.type == "private":
        return Told(message=_private(said, whom, _said_id(said, whom), said.date))
    if said.chat.type in _GROUPS and _to_us(said, whom):
        return Told(message=_in_group(said, whom))
    return NOTHING


def _edited(said: Said, whom: Whom) -> Told:
    """A corrected answer counts. A location that moves is edited every few seconds, and is no answer."""
    if said.from_user is None or said.from_user.is_bot or said.chat.type != "private" or said.location:
        return NOTHING
    at = [int(said.edit_date.timestamp())] if said.edit_date else []  # without a date: the message it was
    message = _private(said, whom, _key(said, whom, *at), said.edit_date or said.date)
    return Told(message=replace(message, corrects=_key(said, whom) if at else ""))


def _private(said: Said, whom: Whom, provider_id: str, sent_at: datetime) -> Message:
    who = said.from_user
    if who is None or _id(who.id) != _id(said.chat.id):
        raise ValueError("a private chat is its one person's")
    return Message(
        channel=CHANNEL,
        sender=whom.sender,
        provider_id=provider_id,
        address=str(_id(said.chat.id)),
        text=_addressed(_words(said)),
        media=_media(said),
        location=_location(said),
        profile=_text(who.first_name),
        sent_at=sent_at,
    )


def _in_group(said: Said, whom: Whom) -> Message:
    """What is said to the bot in a group is answered with the way to the private chat, and nothing of it is kept."""
    words = _addressed(_words(said))
    begins = _PAYLOAD.fullmatch(words)
    return Message(
        channel=CHANNEL,
        sender=whom.sender,
        provider_id=_key(said, whom),
        address=str(_id(said.chat.id)),
        text=words,
        sent_at=said.date,
        private=_way(whom, begins[1] if begins else GREETING),
    )


def _way(whom: Whom, payload: str) -> str:
    """The link to the private chat; '-' when our own name is not known."""
    return f"https://t.me/{whom.username}?start={payload}" if whom.username else "-"


def _to_us(said: Said, whom: Whom) -> bool:
    """A command, a mention, a reply to the bot. A command with another bot's name is that bot's."""
    words, above = _words(said), said.reply_to_message
    command = _COMMAND.match(words)
    if command:
        return not command[2] or not whom.username or command[2].lower() == whom.username.lower()
    if above and above.from_user and above.from_user.id == whom.id:
        return True
    return bool(whom.username) and bool(re.search(rf"(?<!\w)@{re.escape(whom.username)}(?!\w)", words, re.IGNORECASE))


def _key(said: Said, whom: Whom, *more: int) -> str:
    return whom.ids.of(_id(said.chat.id), _id(said.message_id), *more)


def _said_id(said: Said, whom: Whom) -> str:
    """Its id for ever. The bare pictures of one album count as one: one answer, not ten."""
    if said.media_group_id and not _words(said):
        return whom.ids.of(_id(said.chat.id), "album", _text(said.media_group_id))
    return _key(said, whom)


def _words(said: Said) -> str:
    return _text(said.text) or _text(said.caption)


def _addressed(words: str) -> str:
    """'/start@our_bot lab-x' -> '/start lab-x'."""
    command = _COMMAND.match(words)
    return f"/{command[1]}{words[command.end() :]}" if command else words


def _media(said: Said) -> Media | None:
    for field, kind in _MEDIA:
        found = getattr(said, field, None)
        if not found:
            continue
        largest = found[-1] if isinstance(found, tuple | list) else found
        facts = largest.to_dict()  # its attributes warn: what is a number of seconds today will be a timedelta
        if kind == "document" and _text(facts.get("mime_type")).startswith("image/"):
            kind = "photo"  # sent as a file, so that it keeps its size
        return Media(kind=kind, ref=_text(facts.get("file_id")), seconds=_seconds(facts.get("duration")))
    return None


def _location(said: Said) -> tuple[float, float] | None:
    """(latitude, longitude) in degrees."""
    at = said.location or (said.venue.location if said.venue else None)
    if at is None:
        return None
    latitude, longitude = float(at.latitude), float(at.longitude)
    if not (math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        raise ValueError("no place on earth")
    return latitude, longitude


# --- buttons, blocking -----------------------------------------------------------------------------------------------


def _tap(query: CallbackQuery, whom: Whom) -> Told:
    """A button. Who pressed it counts, not where it stands: our questions are asked in private chats only.

    The message under it may be too old to be shown; the press is answered and counts all the same.
    """
    who, data, callback = query.from_user, _text(query.data), _text(query.id)
    chat = query.message.chat if query.message else None
    elsewhere = query.inline_message_id or (chat and (chat.type != "private" or chat.id != who.id))
    if who.is_bot or elsewhere or not data or len(data.encode("utf-8", "replace")) > MAX_DATA:
        return Told(callback=callback)
    pressed = Message(
        channel=CHANNEL,
        sender=whom.sender,
        provider_id=whom.ids.tap(callback),
        address=str(_id(who.id)),
        button=data,
        profile=_text(who.first_name),
    )
    return Told(message=pressed, callback=callback)


def _reach(change: ChatMemberUpdated, whom: Whom) -> Told:
    """Somebody blocked the bot, or took it back; or brought it into a group, which says once where it may be asked."""
    was, now = _text(change.old_chat_member.status), _text(change.new_chat_member.status)
    if change.chat.type in _GROUPS and was in _OUTSIDE and now in _INSIDE:
        return Told(message=_brought(change, whom))
    reachable = _REACH.get(now)
    if change.chat.type != "private" or reachable is None:
        return NOTHING
    address = str(_id(change.chat.id))
    return Told(reach=Reach(sender=whom.sender, channel=CHANNEL, address=address, reachable=reachable))


def _brought(change: ChatMemberUpdated, whom: Whom) -> Message:
    chat = _id(change.chat.id)
    return Message(
        channel=CHANNEL,
        sender=whom.sender,
        provider_id=whom.ids.of(chat, "brought", int(change.date.timestamp())),
        address=str(chat),
        sent_at=change.date,
        private=_way(whom, GREETING),
    )


# --- values: the library takes whatever JSON held ---------------------------------------------------------------------


def _id(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -MAX_ID < value < MAX_ID:
        raise ValueError("no id")
    return value


def _text(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def _seconds(value: object) -> int:
    return max(int(value), 0) if isinstance(value, int | float) else 0


def _unread_id(raw: object, payload: str) -> str:
    number: Any = raw.get("update_id") if isinstance(raw, Mapping) else None
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < MAX_ID:
        return f"update:{number}"
    return "body:" + hashlib.sha256(payload.encode("utf-8", "replace")).hexdigest()


def _callback_of(raw: object) -> str:
    """The id of a button press that could not be read: the phone still waits for its answer."""
    query: Any = raw.get("callback_query") if isinstance(raw, Mapping) else None
    given: Any = query.get("id") if isinstance(query, Mapping) else None
    return given if isinstance(given, str) and given.isascii() and len(given) <= MAX_DATA else ""
