"""Keyboards and texts that the fake Telegram takes, and those it refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fakes._telegram_wire import Call, breach, shown_text, units

TEXT, CAPTION, DATA, BUTTONS = 4096, 1024, 64, 100
Button = Mapping[str, Any]


def markup_of(call: Call) -> dict[str, Any]:
    """The reply markup of a call; {} = none. Raises TelegramError."""
    markup = call.json("reply_markup")
    if not markup:
        return {}
    if not isinstance(markup, dict):
        raise breach("object expected as reply markup")
    rows = markup.get("inline_keyboard", markup.get("keyboard", []))
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise breach("can't parse reply keyboard markup JSON object")
    if sum(len(row) for row in rows) > BUTTONS:
        raise breach("reply markup is too long")
    for button in (button for row in markup.get("inline_keyboard", []) for button in row):
        _check(button)
    return markup


def _check(button: Button) -> None:
    """Raises TelegramError: an inline button that Telegram does not take."""
    if not isinstance(button, dict) or not str(button.get("text", "")).strip():
        raise breach("can't parse inline keyboard button: Can't find field \"text\"")
    if len(button.keys() - {"text", "style", "icon_custom_emoji_id"}) != 1:
        raise breach("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= DATA:
        raise breach("BUTTON_DATA_INVALID")
    if "url" in button and not str(button["url"]).startswith(("http://", "https://", "tg://")):
        raise breach("BUTTON_URL_INVALID")


def buttons_of(markup: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(label, data or link) of each button; data is '' on a keyboard that replaces the phone's."""
    return tuple((str(b["text"]), str(b.get("callback_data", b.get("url", "")))) for b in _buttons(markup))


def _buttons(markup: Mapping[str, Any]) -> Iterator[Button]:
    for row in markup.get("inline_keyboard", markup.get("keyboard", [])):
        yield from (button if isinstance(button, dict) else {"text": button} for button in row)


def wanted_by(markup: Mapping[str, Any], label: str) -> str:
    """What a button of the phone's keyboard sends: 'contact', 'location' or 'text'."""
    for button in _buttons(markup):
        if button["text"] == label:
            return next((kind for kind in ("contact", "location") if button.get(f"request_{kind}")), "text")
    return "text"


def text_of(call: Call) -> str:
    """The text of a message as shown. Raises TelegramError: empty, too long, wrong entities."""
    text = shown_text(call.text("text"), call.text("parse_mode"))
    if not text.strip():
        raise breach("message text is empty")
    if units(text) > TEXT:
        raise breach("message is too long")
    return text


def caption_of(call: Call) -> str:
    """The caption; '' = none. Raises TelegramError: too long."""
    caption = shown_text(call.text("caption"), call.text("parse_mode"))
    if units(caption) > CAPTION:
        raise breach("message caption is too long")
    return caption
