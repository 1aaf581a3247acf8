"""What goes in and out, in no channel's words. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

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


@dataclass(frozen=True, slots=True)
class Option:
    """One way to answer: `number` is what a person types, `data` what a button sends back."""

    number: int
    label: str
    data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One message to a person: whole text (options already numbered in it) and the same options as buttons."""

    text: str
    options: tuple[Option, ...] = ()
    media: Media | None = None

    def to_json(self) -> dict[str, Any]:
        """The form kept in the outbox."""
        media = {"kind": self.media.kind, "ref": self.media.ref, "seconds": self.media.seconds} if self.media else None
        return {"text": self.text, "options": [[o.number, o.label, o.data] for o in self.options], "media": media}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Reply:
        """The reply that `to_json` kept."""
        media = Media(**kept["media"]) if kept.get("media") else None
        return cls(text=kept["text"], options=tuple(Option(*o) for o in kept.get("options", ())), media=media)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a provider told later about one of our messages. Ranks: sent 3, failed 4, delivered 5, read 6."""

    sender: str
    provider_id: str
    rank: int
    outbox_id: int | None = None
    error: str = ""
    raw: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one channel can carry, and how its texts are worded."""

    context: str  # gettext context of its wordings: 'sms', or '' for chat
    buttons: int  # buttons a message may have; 0 = numbers only
    per_address: float  # messages a second to one address
    breaks: bool  # the question stands on a line of its own


LIMITS: Mapping[str, Limits] = {
    "sms": Limits(context="sms", buttons=0, per_address=1.0, breaks=False),
    "whatsapp": Limits(context="", buttons=3, per_address=1.0, breaks=True),
    "telegram": Limits(context="", buttons=8, per_address=1.0, breaks=True),
}
