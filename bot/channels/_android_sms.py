"""An SMS as the phone tells it: who wrote, when and what, and the key by which webhook and inbox are the same SMS."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta

import phonenumbers

from bot.message import Message, Unread

SENDER = "android:sim"
PAYLOAD = 20_000  # characters of what was not understood that are kept

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(2000, 2100)  # a date outside of them is a mistake, and some can not be turned into UTC
_DIGITS = re.compile(r"\+?[0-9][0-9 ().-]{0,40}")
# The app on Android 5 and 6 writes hours west of Greenwich as "+-5:00" (GsonBuilder.kt of v1.68.0).
_OLD_OFFSET = re.compile(r"\+-([0-9]{1,2}):([0-9]{2})$")


def incoming(who: str, when: datetime, text: str, country: str) -> Message | None:
    """The message of a person; None: the sender is a short code or a name, nobody who could be answered."""
    address = number(who, country)
    if not address:
        return None
    text = clean(text)
    return Message(
        channel="sms", sender=SENDER, provider_id=key(address, when, text), address=address, text=text, sent_at=when
    )


def key(address: str, when: datetime, text: str) -> str:
    """The provider id of an SMS: 'h:' and 40 hexadecimal digits of its sender, time and text.

    The app has no id of its own for an SMS: the webhook's is made for each delivery, the inbox has another, and the
    messageId of both is a hash of 32 bits. Time and text are the same in both places, because the app writes the
    `receivedAt` of the webhook and the `createdAt` of the inbox from one value, and `contentPreview` is the whole
    text (v1.68.0). That time is the centre's, mostly in whole seconds.

    What would break it: an app that shortens the preview or notes another time (each SMS would then count twice, once
    from the webhook and once from the inbox); another CONVOCA_ANDROID_COUNTRY while messages of national numbers
    still lie in the window of the inbox (the same). The same words twice within a second count once: the app itself
    already keeps only one of them.
    """
    milliseconds = (when - _EPOCH) // timedelta(milliseconds=1)
    return "h:" + hashlib.sha256(f"{address}\n{milliseconds}\n{text}".encode()).hexdigest()[:40]


def number(who: str, country: str) -> str:
    """'+50760000001' of a sender in any writing, a national one read in this country; '' if it is no subscriber's.

    Its length decides, not the lists of prefixes: new ones are given out faster than lists are.
    """
    if not _DIGITS.fullmatch(who.strip()):
        return ""
    try:
        parsed = phonenumbers.parse(who, country)
    except phonenumbers.NumberParseException:
        return ""
    if phonenumbers.is_possible_number_with_reason(parsed) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def moment(told: object) -> datetime | None:
    """A time of the phone, in UTC; None: it is none."""
    if not isinstance(told, str):
        return None
    try:
        when = datetime.fromisoformat(_OLD_OFFSET.sub(lambda found: f"-{found[1]:0>2}:{found[2]}", told))
    except ValueError:
        return None
    return when.astimezone(UTC) if when.tzinfo and when.year in _YEARS else None


def clean(text: str) -> str:
    """The text without what no database takes: half characters become '?', NUL goes."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def unread(body: bytes, why: str, provider_id: str = "") -> Unread:
    """Genuine, and not understood. Without an id the payload itself is the key against replays."""
    digest = "b:" + hashlib.sha256(body).hexdigest()[:40]
    payload = clean(body.decode("utf-8", "replace"))[:PAYLOAD]
    return Unread(sender=SENDER, provider_id=provider_id or digest, payload=payload, why=why)
