"""What one message looks like to Twilio: text, media, buttons or an approved template, most wanted first.

Buttons and lists need contents that were made beforehand (docs/templates.md): the text is variable 1, then come the
titles, then what each sends back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.channels._twilio_errors import CLOSED_WINDOW, MEDIA, TEMPLATE, codes
from bot.errors import SendError
from bot.message import Option, Parcel, Reply

Templates = Mapping[str, Mapping[str, str]]  # name -> language or '*' -> 'HX...'

WINDOW = timedelta(hours=24) - timedelta(minutes=5)  # the margin is for clocks and for what waits in Twilio's queue
FREE, CONTENT, CAPTION = 1600, 1024, 1024  # characters of a text: alone, above buttons, under media
BUTTONS, BUTTON_TITLE, BUTTON_ID = 3, 20, 256
ITEMS, ITEM_TITLE, ITEM_ID = 10, 24, 200
CAPTIONED = ("photo", "video", "document")  # WhatsApp shows no text with the others

CLOSED = "outside the 24 hours and no approved template"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One way to say it. When it is refused with a code of `else_next`, the next draft is tried at once."""

    body: str = ""
    media: str = ""  # https URL
    content: str = ""  # ContentSid
    variables: str = ""  # JSON
    else_next: frozenset[int] = frozenset()

    def fields(self) -> dict[str, object]:
        """As `messages.create` takes them: with a content neither body nor media."""
        if self.content:
            return {"content_sid": self.content, "content_variables": self.variables}
        given: dict[str, object] = {"body": self.body, "media_url": [self.media] if self.media else []}
        return {name: value for name, value in given.items() if value}


def for_sms(parcel: Parcel) -> list[Draft]:
    """One draft: the text. Media becomes a link, since in most countries Twilio does the same (channels.md 6)."""
    return [_text(_with_link(parcel.reply))]


def for_whatsapp(parcel: Parcel, templates: Templates) -> list[Draft]:
    """Inside the 24 hours: buttons, a list or media where they fit, then text. Outside: an approved template.

    Raises  SendError(fallback): nothing may be sent this way
    """
    approved = _approved(parcel, templates)
    # A message that is tried again may have been refused as too late: then what is allowed at any time goes first.
    if not is_open(parcel) or (approved and parcel.attempt > 1):
        if not approved:
            raise SendError(CLOSED, fallback=True)
        return approved
    return [*_rich(parcel, templates), _text(_with_link(parcel.reply), codes(CLOSED_WINDOW)), *approved]


def is_open(parcel: Parcel) -> bool:
    """Whether the person wrote within the last 24 hours."""
    return parcel.heard_at is not None and parcel.now - parcel.heard_at < WINDOW


def _text(text: str, else_next: frozenset[int] = frozenset()) -> Draft:
    if size(text) > FREE:
        raise SendError(f"the text is longer than {FREE} characters", alert=True)
    return Draft(body=text, else_next=else_next)


def _with_link(reply: Reply) -> str:
    """The text, with the media's address behind it where it has one that people can open."""
    link = reply.media.ref if reply.media else ""
    return f"{reply.text}\n{link}".strip() if link.startswith("https://") and link not in reply.text else reply.text


def _rich(parcel: Parcel, templates: Templates) -> list[Draft]:
    reply = parcel.reply
    if reply.media and reply.media.ref.startswith("https://"):
        return _shown(reply) if parcel.attempt == 1 else []  # media that was not taken goes as a link afterwards
    found = _buttons(reply.options, templates, parcel.lang) or _list(reply.options, templates, parcel.lang)
    if not found or not 0 < size(reply.text) <= CONTENT:
        return []
    sid, answers = found
    values = [reply.text, *(title for title, _ in answers), *(back for _, back in answers)]
    refused = codes(f"{TEMPLATE} {CLOSED_WINDOW}")
    return [Draft(content=sid, variables=_numbered(values), else_next=refused)]


def _shown(reply: Reply) -> list[Draft]:
    media = reply.media
    captioned = media is not None and media.kind in CAPTIONED and size(reply.text) <= CAPTION
    if media is None or (reply.text and not captioned):
        return []
    return [Draft(body=reply.text, media=media.ref, else_next=codes(f"{MEDIA} {CLOSED_WINDOW}"))]


Answers = list[tuple[str, str]]  # (title, what it sends back)


def _buttons(options: Sequence[Option], templates: Templates, lang: str) -> tuple[str, Answers] | None:
    sid = sid_of(templates, f"botones_{len(options)}", lang, "*") if len(options) <= BUTTONS else ""
    answers = answers_of(options, BUTTON_TITLE, BUTTON_ID)
    return (sid, answers) if sid and answers else None


def _list(options: Sequence[Option], templates: Templates, lang: str) -> tuple[str, Answers] | None:
    sid = sid_of(templates, f"lista_{len(options)}", lang, "*") if 2 <= len(options) <= ITEMS else ""
    answers = answers_of(options, ITEM_TITLE, ITEM_ID)
    return (sid, answers) if sid and answers else None


def answers_of(options: Sequence[Option], title_size: int, id_size: int) -> Answers:
    """Titles with the numbers that the text shows, each with what it sends back; empty when one does not fit."""
    labels = [" ".join(option.label.split()) for option in options]
    colon = ":" if any(label[:1].isdecimal() or label[-1:].isdecimal() for label in labels) else ""
    titles = [f"{option.number}{colon} {label}" for option, label in zip(options, labels, strict=True)]
    backs = [option.data or str(option.number) for option in options]
    fit = all(size(t) <= title_size for t in titles) and all(0 < size(b) <= id_size for b in backs) and all(labels)
    apart = len({t.casefold() for t in titles}) == len(set(backs)) == len(titles)
    return list(zip(titles, backs, strict=True)) if fit and apart else []


def _approved(parcel: Parcel, templates: Templates) -> list[Draft]:
    """The reply's template as one draft; empty when there is none, or it has a variable without a value."""
    template = parcel.reply.template
    if template is None:
        return []
    sid = sid_of(templates, template.name, template.lang, "es")
    # WhatsApp takes no line breaks and no more than four spaces in a value, and no empty one.
    values = {name: " ".join(value.split()) for name, value in template.variables.items()}
    if not sid or not all(values.values()) or sum(map(size, values.values())) > CONTENT:
        return []
    return [Draft(content=sid, variables=json.dumps(values, ensure_ascii=False))]


def sid_of(templates: Templates, name: str, lang: str, otherwise: str) -> str:
    """The ContentSid of this name: in the language, in the same without its region, or the other one; '' for none."""
    by_lang = templates.get(name, {})
    plain = lang.split("@")[0]
    tags = (lang, plain, plain.replace("_", "-").split("-")[0], otherwise, "*")
    return next((by_lang[tag] for tag in tags if by_lang.get(tag)), "")


def size(text: str) -> int:
    """Characters as WhatsApp counts them: UTF-16 units, so that an emoji is two."""
    return len(text) + sum(char > "\uffff" for char in text)


def _numbered(values: Sequence[str]) -> str:
    return json.dumps({str(n): value for n, value in enumerate(values, 1)}, ensure_ascii=False)
