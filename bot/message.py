"""What goes in and out, in no channel's words. Imports our errors and nothing else of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.errors import SendError

MediaKind = Literal["voice", "photo", "video", "document", "sticker", "contact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A voice note, a picture, a file. `ref` is the provider's handle, never the bytes."""

    kind: MediaKind
    ref: str = ""
    seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing a person sent to us."""

    channel: str  # 'sms' | 'whatsapp' | 'telegram': how it is rendered and consented to
    sender: str  # name of our identity that was written to: 'simulator:sms'
    provider_id: str  # the provider's id of this message: with `sender` the key against replays
    address: str  # the person's address on that channel, opaque: '+50760000001'
    text: str = ""
    button: str = ""  # data of the button tapped, as we gave it in Option.data
    media: Media | None = None
    location: tuple[float, float] | None = None
    profile: str = ""  # the name a channel's profile offers
    sent_at: datetime | None = None  # the provider's time, aware; ours decides
    provider_answered: str = ""  # 'STOP' | 'START' | 'HELP': the provider itself replied, we only record
    corrects: str = ""  # id of an earlier message that the person has changed into this one
    also: str = ""  # another address of the same phone, which came with it
    private: str = ""  # said in a group: the link to the private chat, or '-' when nobody knows it


@dataclass(frozen=True, slots=True)
class Option:
    """One way to answer: `number` is what a person types (0: it is a button alone), `data` what a button sends back."""

    number: int
    label: str
    data: str = ""


def on_buttons(options: Iterable[Option]) -> list[str]:
    """What stands on the buttons: "1 Sí", or "1: 18 o más" where a digit stands at a label's edge."""
    given = list(options)
    apart = any(o.label[:1].isdecimal() or o.label[-1:].isdecimal() for o in given if o.number)
    return [f"{o.number}{':' if apart else ''} {o.label}" if o.number else o.label for o in given]


def listed(options: Iterable[Option]) -> list[str]:
    """The labels in the order of their numbers, as a text repeats them; '' where a place is a button alone."""
    return [o.label if o.number else "" for o in options]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A word as a button below what is said: tapped, it is that word. `data` as in Option."""

    label: str
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A text that the provider has approved: what may be sent where free text may not (WhatsApp after 24 hours)."""

    name: str  # 'invitacion_laboratorio', of docs/templates.md
    lang: str
    variables: Mapping[str, str]  # '1', '2' ... in the order of docs/templates.md; may hold {name}
    nobody: str = ""  # what stands for the name where there is none to say


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """An answered question: its message shows the answer from now on, and its buttons go.

    Without a text it becomes the reply itself, words and buttons: no second message comes.
    """

    provider_id: str  # of the message that asked
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One message to a person: whole text (options already numbered in it) and the same options as buttons."""

    text: str
    options: tuple[Option, ...] = ()
    media: Media | None = None
    template: Template | None = None
    closes: Closing | None = None
    shortcuts: tuple[Shortcut, ...] = ()
    keeps: bool = False  # it says more than its question: it stays when that is answered

    @property
    def in_place_of(self) -> str:
        """The provider's id of the message that becomes this one; '' for a message of its own."""
        return self.closes.provider_id if self.closes and not self.closes.text else ""

    def to_json(self) -> dict[str, Any]:
        """The form kept in the outbox: what is empty is left out."""
        kept = {
            "options": [[o.number, o.label, o.data] for o in self.options],
            "media": _kept(self.media),
            "template": _kept(self.template),
            "closes": _kept(self.closes),
            "shortcuts": [[one.label, one.data] for one in self.shortcuts],
            "keeps": self.keeps,
        }
        return {"text": self.text, **{name: value for name, value in kept.items() if value}}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Reply:
        """The reply that `to_json` kept."""
        return cls(
            text=kept["text"],
            options=tuple(Option(*o) for o in kept.get("options", ())),
            media=Media(**kept["media"]) if kept.get("media") else None,
            template=Template(**kept["template"]) if kept.get("template") else None,
            closes=Closing(**kept["closes"]) if kept.get("closes") else None,
            shortcuts=tuple(Shortcut(*one) for one in kept.get("shortcuts", ())),
            keeps=bool(kept.get("keeps")),
        )


def _kept(part: Media | Template | Closing | None) -> dict[str, Any] | None:
    return asdict(part) if part else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One message on its way: all that a channel needs to hand it over."""

    ref: str  # our own id of the message: the same whenever it is tried again
    attempt: int  # grows only after a try that surely failed
    sender: str  # Identity.name
    address: str
    reply: Reply
    now: datetime
    lang: str = "es"
    stamp: str = ""  # hexadecimal; when the message was made: with `ref` unlike any of another database
    heard_at: datetime | None = None  # when the person last wrote from this address
    expires_in: float | None = None  # seconds; None = never


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a provider told later about one of our messages.

    Ranks: accepted 2, sent 3, failed 4, delivered 5, read 6. `policy` says what to do about a failure.
    """

    sender: str
    provider_id: str
    rank: int
    outbox_id: int | None = None
    stamp: str = ""  # Parcel.stamp, where the provider returns it: `outbox_id` is then of this database or not
    error: str = ""
    policy: SendError | None = None
    raw: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A provider says that an address can be reached, or no longer. It changes no consent."""

    sender: str
    channel: str
    address: str
    reachable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Something genuine that we do not understand: kept for the operator, and answered as received."""

    sender: str
    provider_id: str
    payload: str  # as it came, at most 20,000 characters
    why: str


MAX_LETTERS = 100_000  # of a message that still gets its humane answer
_WIDEST = 12  # bytes of one letter on its way: %F0%9F%99%82, or \ud83d\ude42
MAX_BODY = _WIDEST * MAX_LETTERS + 64 * 1024  # bytes of a request that brings it, with all that a provider adds


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one channel can carry, and how its texts are worded."""

    context: str  # gettext context of its wordings: 'sms', or '' for chat
    buttons: int  # buttons a message may have; 0 = numbers only
    per_address: float  # messages a second to one address
    breaks: bool  # the question stands on a line of its own
    edits: bool = False  # an answered question can be changed to show its answer
    shortcuts: bool = False  # words stand as buttons below what is said


LIMITS: Mapping[str, Limits] = {
    "sms": Limits(context="sms", buttons=0, per_address=1.0, breaks=False),
    "whatsapp": Limits(context="", buttons=3, per_address=1.0, breaks=True),
    "telegram": Limits(context="", buttons=8, per_address=1.0, breaks=True, edits=True, shortcuts=True),
}
