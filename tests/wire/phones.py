"""Phones at the far end of the wire: what a script says goes through the provider, what it shows came from there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.buttons import WORD
from bot.message import Media, Option, Shortcut, on_buttons
from bot.player import Phone, Said, Shown
from fakes.provider import Delivered
from fakes.provider import Shown as Seen
from fakes.telegram import Telegram
from tests.kit import CHANNELS, Town
from tests.wire.house import House
from tests.wire.providers import Providers

FILE = b"a small file"
AS_FILE = Media(kind="photo", ref="sent as a file")


@dataclass(frozen=True, slots=True)
class Way:
    """How a channel comes to phones: by which provider, and what a person does there."""

    channel: str
    provider: str
    write: Callable[[Providers, str, str, str, Media | None], Delivered]
    more: tuple[tuple[str, str], ...] = ()  # settings


def _by_telegram(fakes: Providers, at: str, text: str, profile: str, media: Media | None) -> Delivered:
    if media is None:
        return fakes.telegram.write(at, text, name=profile)
    if media.kind == "voice":
        return fakes.telegram.write(at, text, name=profile, voice=media.seconds)
    if media == AS_FILE:
        return fakes.telegram.write(at, text, name=profile, document=FILE, mime="image/jpeg")
    if media.kind == "photo":
        return fakes.telegram.write(at, text, name=profile, photo=FILE)
    if media.kind == "document":
        return fakes.telegram.write(at, text, name=profile, document=FILE)
    return fakes.telegram.write(at, text, name=profile, sticker=FILE)


def _by_android(fakes: Providers, at: str, text: str, profile: str, media: Media | None) -> Delivered:
    assert media is None, "an SMS has letters only"
    return fakes.android.write(at, text)


def _by_twilio(channel: str) -> Callable[[Providers, str, str, str, Media | None], Delivered]:
    kinds = {"voice": "audio/ogg", "photo": "image/jpeg", "sticker": "image/webp", "document": "application/pdf"}

    def write(fakes: Providers, at: str, text: str, profile: str, media: Media | None) -> Delivered:
        files = [(kinds[media.kind], FILE)] if media else ()
        name = "IMG 2041.jpg" if media == AS_FILE else ""
        return fakes.twilio.write(at, text, channel=channel, profile=profile, media=files, document=name)

    return write


WAYS = {
    "sim": Way("sms", "android", _by_android),
    "twilio": Way("sms", "twilio", _by_twilio("sms")),
    "whatsapp": Way("whatsapp", "twilio", _by_twilio("whatsapp")),
    "telegram": Way("telegram", "telegram", _by_telegram),
    "telegram-polled": Way("telegram", "telegram", _by_telegram, (("public_url", ""),)),
}


def way_of(channel: str) -> Way:
    """Twilio's."""
    return WAYS["whatsapp" if channel == "whatsapp" else "twilio"]


@dataclass(slots=True)
class WirePhone(Phone):
    """One phone, whose messages travel."""

    house: House = field(kw_only=True)
    way: Way = field(kw_only=True)
    known: dict[str, Seen] = field(default_factory=dict)  # by their ids, as they were when they were read

    def _send(self, said: Said) -> list[Shown]:
        fakes = self.house.fakes
        now = fakes.time.ahead
        if said.sent_at is not None:  # the provider had it a while before it told us
            fakes.leap(now + said.sent_at.timestamp() - fakes.time())
        if said.location:
            told = self._at(said.location)
        elif said.button:
            told = self._press(said.button)
        else:
            told = self.way.write(fakes, self.number, said.text, self.profile, said.media)
        fakes.leap(now)
        assert told.status == 200 or told.body == "waits for getUpdates", told
        return self.read()

    def _at(self, place: tuple[float, float]) -> Delivered:
        fakes = self.house.fakes
        if self.way.provider == "telegram":
            return fakes.telegram.write(self.number, name=self.profile, location=place)
        return fakes.twilio.write(self.number, channel=self.channel, profile=self.profile, location=place)

    def _press(self, data: str) -> Delivered:
        provider = self.house.fakes.every[self.way.provider]
        if isinstance(provider, Telegram) and not any(data in pair for one in self._seen() for pair in one.buttons):
            return provider.forge(self.number, data)  # the question was closed: only an old screen still has it
        return provider.tap(self.number, data)

    def offers_numbers(self) -> bool:
        """WhatsApp takes no title of more than 20 or 24 letters: then the numbers stand in the text only."""
        newest = self.screen[-1] if self.screen else None
        return newest is not None and not newest.options and re.search(r"\? 1:? \S.* 2:? \S", newest.text) is not None

    def read(self) -> list[Shown]:
        """What has come since, once nothing moves any more."""
        self.house.rest()
        new = [one for one in self._seen() if self._is_news(one)]
        shown = [replace(_shown(one), edited=one.id in self.known) for one in new]
        self.known |= {one.id: one for one in new}
        for message in shown:
            self._appear(message)
        return shown

    def _is_news(self, one: Seen) -> bool:
        """A question that shows its answer and has lost its buttons is none: a transcript does not tell that."""
        before = self.known.get(one.id)
        return before is None or (bool(one.buttons) and (one.text, one.buttons) != (before.text, before.buttons))

    def _seen(self) -> list[Seen]:
        wire = f"whatsapp:{self.number}" if self.channel == "whatsapp" else self.number
        return self.house.fakes.every[self.way.provider].phone(wire).shown


def _shown(seen: Seen) -> Shown:
    """As the player has it: labels without the numbers that buttons carry on the wire."""
    below = tuple(Shortcut(label, data) for label, data in seen.buttons if data.startswith(WORD))
    asked = [] if below else seen.buttons
    options = tuple(_option(n, label, data) for n, (label, data) in enumerate(asked, 1))
    assert on_buttons(options) == [label for label, _ in asked]
    picture = "" if seen.media == "voice" else seen.media  # what a transcript tells: a photo, not that one is heard
    return Shown(seen.text, options, picture, below, seen.id)


def _option(n: int, face: str, data: str) -> Option:
    """The option of this button; 0 where it has no number."""
    head, _space, label = face.partition(" ")
    return Option(n, label, data) if head.removesuffix(":") == str(n) else Option(0, face, data)


@dataclass(slots=True)
class WireTown(Town):
    """San Martín, on a house over the wire."""

    house: House = field(kw_only=True)
    way: Way = field(kw_only=True)
    calling: str = "+507"  # the country of the next phones

    @classmethod
    def over(cls, house: House, way: Way) -> WireTown:
        """The plan loaded; channels that no provider carries have the simulator's senders, whose queues stay."""
        town = cls(house.app, house=house, way=way)
        carried = {identity.channel for channel in house.channels.values() for identity in channel.identities()}
        missing = [channel for channel in CHANNELS if channel not in carried]
        house.store.do(lambda unit: town._build(unit, missing))
        return town

    def phone(self, channel: str = "sms", name: str = "C", profile: str = "") -> Phone:
        """The phone of this name, at the provider."""
        assert channel == self.way.channel
        if name not in self.phones:
            number = f"6{next(self.house.fakes.numbers):07d}"
            number = number if channel == "telegram" else f"{self.calling}{number}"
            self.phones[name] = WirePhone(self.app, channel, number, profile, house=self.house, way=self.way)
        return self.phones[name]

    def at(self, moment: datetime) -> None:
        """It is this moment now, everywhere, and the clock has ticked."""
        self.house.leap(moment)
        self.tick()
