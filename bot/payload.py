"""A message as the database takes it, and what is kept of it until its words are forgotten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot import buttons
from bot.message import Message
from bot.stage import MAX_TEXT

REF = 300  # letters of a provider's handle


def readable(message: Message) -> Message:
    """Without what no database takes: NUL, and halves of characters (JSON can hold a lone surrogate).

    A button that is a word is that word from here on, as if it were typed.
    """
    names = ("provider_id", "address", "also", "text", "button", "profile")
    clean = {name: str(getattr(message, name)).encode("utf-8", "replace").decode().replace("\0", "") for name in names}
    if word := buttons.word_of(clean["button"]):
        clean |= {"text": word, "button": ""}
    return replace(message, **clean)  # type: ignore[arg-type]


def kept(message: Message) -> dict[str, Any]:
    """{'text', 'button', 'profile', 'media', 'ref', 'seconds'}: what there is of them."""
    if message.private:  # of what is said in a group nothing is kept
        return {}
    found: dict[str, Any] = {"text": message.text[:MAX_TEXT], "button": message.button, "profile": message.profile}
    found["media"] = message.media.kind if message.media else "location" if message.location else ""
    if message.media and message.media.kind == "voice":  # a human of the team hears it: the provider's handle stays
        found |= {"ref": message.media.ref[:REF], "seconds": message.media.seconds}
    return {k: v for k, v in found.items() if v}
