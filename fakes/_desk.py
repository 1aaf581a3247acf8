"""Three people with a phone each, their providers, and what shall go wrong: what the page shows and does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fakes._wire import Line, Wire
from fakes.android import Android
from fakes.provider import AcceptThenFail, AcceptThenReset, Act, Delivered, Provider, Shown
from fakes.telegram import Telegram
from fakes.twilio import Twilio

BUSY = 10.0  # seconds
REPLY = 1.5  # seconds that a browser without script waits for the answer
ERROR, CUT = AcceptThenFail(), AcceptThenReset()
PLANNED: Mapping[str, Act] = {"error": ERROR, "cut": CUT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who holds a phone. Invented; the numbers belong to nobody."""

    channel: str  # 'sms': the key of the page
    title: str
    name: str
    shown: str  # number or name, as one reads it
    by: str  # who carries it, as the wire says
    address: str  # the provider's


PEOPLE = (
    Person(channel="sms", title="Teléfono sencillo", name="Rosa", shown="6000-0001", by="SIM local",
           address="+50760000001"),
    Person(channel="whatsapp", title="WhatsApp", name="José", shown="6000-0012", by="Twilio",
           address="whatsapp:+50760000012"),
    Person(channel="telegram", title="Telegram", name="Yari", shown="@yari", by="Telegram",
           address="70000022"),
)  # fmt: skip
BY_CHANNEL = {person.channel: person for person in PEOPLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message on a phone."""

    id: str
    at: float
    text: str
    mine: bool
    note: str = ""
    buttons: Sequence[tuple[str, str]] = ()  # (label, data)
    media: str = ""  # 'photo' ...


@dataclass(frozen=True, slots=True)
class Mishap:
    """Something that can go wrong, in words."""

    key: str
    title: str
    when: str


MISHAPS = (
    Mishap("busy", "Contesta 429", "durante 10 segundos"),
    Mishap("error", "Acepta y contesta 500", "el próximo envío"),
    Mishap("cut", "Acepta y corta la conexión", "el próximo envío"),
    Mishap("twice", "Webhook por duplicado", "lo próximo que se escriba"),
    Mishap("blocked", "La persona bloquea", "hasta desbloquear"),
)


class Desk:
    """The three fakes and their people, for the threads of a web server: on one phone one thing is done at a time."""

    def __init__(self, *, sms: Android, whatsapp: Twilio, telegram: Telegram, wire: Wire) -> None:
        self._sms, self._whatsapp, self._telegram, self._wire = sms, whatsapp, telegram, wire
        self.providers: Mapping[str, Provider] = {"sms": sms, "whatsapp": whatsapp, "telegram": telegram}
        self._said: dict[str, list[Bubble]] = {channel: [] for channel in self.providers}
        self._twice: set[str] = set()
        self._hands = {channel: threading.Lock() for channel in self.providers}

    # the phones

    def write(self, channel: str, text: str) -> Delivered:
        """The person writes; returns when the product has answered."""
        person = BY_CHANNEL[channel]
        ways: Mapping[str, Callable[[], Delivered]] = {
            "sms": lambda: self._sms.write(person.address, text),
            "whatsapp": lambda: self._whatsapp.write(person.address, text, channel="whatsapp", profile=person.name),
            "telegram": lambda: self._telegram.write(person.address, text, name=person.name),
        }
        return self._say(channel, text, ways[channel])

    def tap(self, channel: str, data: str) -> Delivered:
        """The person presses a button; on WhatsApp its label then stands as said. Raises LookupError."""
        provider, address = self.providers[channel], BY_CHANNEL[channel].address
        _, (label, _) = provider.phone(address).button(data)
        said = "" if channel == "telegram" else label
        return self._say(channel, said, lambda: provider.tap(address, data))

    def _say(self, channel: str, text: str, way: Callable[[], Delivered]) -> Delivered:
        provider = self.providers[channel]
        with self._hands[channel]:
            id, at = f"{channel}-m{len(self._said[channel])}", provider.clock()
            if text:
                self._said[channel].append(Bubble(id=id, at=at, text=text, mine=True, note="sale"))
            provider.deliver.times = 2 if channel in self._twice else 1
            self._twice.discard(channel)
            try:
                delivered = way()
            finally:
                provider.deliver.times = 1
            if text:
                self._said[channel][-1] = Bubble(id=id, at=at, text=text, mine=True, note=_note(delivered))
        return delivered

    def answered(self, channel: str, before: int) -> None:
        """Wait a moment until the phone shows or changes something more than it did."""
        try:
            self.providers[channel].until(lambda: self.seen(channel) != before, REPLY)
        except TimeoutError:
            return

    def seen(self, channel: str) -> int:
        """A number that differs when the phone shows something else."""
        return hash(tuple(self._shown(channel)))

    def bubbles(self, channel: str) -> list[Bubble]:
        """What stands on the phone, in order."""
        ours = [
            Bubble(
                id=f"{channel}-o{one.id}",
                at=one.at,
                text=one.text,
                mine=False,
                buttons=one.buttons,
                media=one.media,
                note="editado" if one.edited else "",
            )
            for one in self._shown(channel)
        ]
        return sorted([*self._said[channel], *ours], key=lambda bubble: bubble.at)

    def _shown(self, channel: str) -> list[Shown]:
        return self.providers[channel].phone(BY_CHANNEL[channel].address).shown

    def listening(self, channel: str) -> bool:
        """Whether the product has told this provider where it listens (Twilio: has called at all)."""
        if channel == "telegram":
            return bool(self._telegram.queue.url)
        return bool(self._sms.webhooks) if channel == "sms" else bool(self._whatsapp.log)

    # the wire

    def lines(self) -> list[Line]:
        """What went over it, oldest first."""
        return self._wire.lines({person.channel: (person.by, self.providers[person.channel]) for person in PEOPLE})

    def faults(self) -> list[str]:
        """Where the product broke a provider's specification."""
        return [fault for provider in self.providers.values() for fault in list(provider.faults)]

    def dotted(self, text: str) -> str:
        """The text with every secret as dots."""
        return self._wire.dotted(text)

    # what goes wrong

    def turn(self, channel: str, key: str) -> None:
        """Switch something that goes wrong on, or off when it is on. Raises KeyError: there is no such thing."""
        provider, on = self.providers[channel], bool(self.state(channel, key))
        if key == "busy":
            provider.busy(0.0 if on else BUSY)
        elif key == "twice":
            self._twice ^= {channel}
        elif key == "blocked":
            address = BY_CHANNEL[channel].address
            provider.unblock(address) if on else provider.block(address)
        elif on:
            provider.unplan(PLANNED[key])
        else:
            provider.plan(PLANNED[key])

    def state(self, channel: str, key: str) -> str:
        """How it stands, in words; '' = off. Raises KeyError."""
        provider = self.providers[channel]
        if key == "busy":
            return f"{provider.busy_for} s" if provider.busy_for else ""
        if key == "twice":
            return "En espera" if channel in self._twice else ""
        if key == "blocked":
            return "Bloqueado" if BY_CHANNEL[channel].address in provider.blocked else ""
        return "En espera" if provider.coming(PLANNED[key]) else ""


def _note(delivered: Delivered) -> str:
    """What a phone says beside one's own message: the webhook's status."""
    if delivered.status:
        return f"entregado, {delivered.status}"
    return "en espera" if delivered.body.startswith(("waits", "no webhook")) else "nadie contestó"
