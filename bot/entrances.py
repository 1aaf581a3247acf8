"""How people begin: whom they write to on each kind of phone, as a page, a poster or an invitation shows it.

Channels tell it (`Linked`). Telegram's name for us is learned at the start and kept, so that it is known in every
process and while Telegram does not answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import phonenumbers

from bot.channels import Channel, Linked
from storage import remembered
from storage.store import Unit

KINDS = ("whatsapp", "telegram", "sms")  # in the order in which they are shown
NAMES = {"whatsapp": "WhatsApp", "telegram": "Telegram", "sms": "SMS"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """One way in. The link only writes the word for who taps it: what to write and to whom stands beside it."""

    kind: str  # of KINDS
    address: str  # '@ConvocaBot', '+507 6000-0001'
    link: str

    @property
    def name(self) -> str:
        """'WhatsApp'."""
        return NAMES[self.kind]


def remember(unit: Unit, channel: Channel, told: Mapping[str, str]) -> None:
    """Keep what this channel told of itself."""
    for kind, who in told.items():
        if remembered.get(unit, _key(channel, kind)) != who:
            remembered.put(unit, _key(channel, kind), who)


def known(unit: Unit, channels: Mapping[str, Channel]) -> dict[str, str]:
    """Kind of phone -> whom one writes to, of the channels that are on; of two for one kind the first."""
    found: dict[str, str] = {}
    for channel in channels.values():
        if isinstance(channel, Linked):
            now = channel.entrances()
            for kind in {identity.channel for identity in channel.identities()} - set(found):
                if who := now.get(kind) or remembered.get(unit, _key(channel, kind)):
                    found[kind] = who
    return {kind: found[kind] for kind in KINDS if kind in found}


def _key(channel: Channel, kind: str) -> str:
    """Of this bot alone: another token is another name."""
    ours = next((i.name for i in channel.identities() if i.channel == kind), channel.name)
    return f"entrance:{ours}"


def entrances(found: Mapping[str, str], keyword: str, payload: str) -> list[Entrance]:
    """The ways in for one purpose.

    keyword  written on WhatsApp and by SMS: 'SANMARTIN'
    payload  of Telegram's deep link: 'lab-san-martin', at most 64 of A-Z a-z 0-9 _ -
    """
    return [
        Entrance(kind=kind, address=shown(who), link=_link(kind, who, keyword, payload)) for kind, who in found.items()
    ]


def _link(kind: str, who: str, keyword: str, payload: str) -> str:
    if kind == "telegram":
        return f"https://t.me/{quote(who)}?start={quote(payload)}"
    if kind == "whatsapp":
        return f"https://wa.me/{who.removeprefix('+')}?text={quote(keyword)}"
    return f"sms:{who}?body={quote(keyword)}"  # RFC 5724


def shown(who: str) -> str:
    """As people read and copy it."""
    if not who.startswith("+"):
        return f"@{who}"
    try:
        number = phonenumbers.parse(who)
    except phonenumbers.NumberParseException:
        return who
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
