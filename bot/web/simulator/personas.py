"""Who holds the phones of the demonstration. All are invented; their numbers belong to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.message import LIMITS

KNOWN = "Vecina. Ya dio permiso."
NEW = "Su primer mensaje: SANMARTIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """One person, or one household, with a phone."""

    key: str
    channel: str
    name: str
    about: str
    number: str
    profile: str = ""  # the name that the channel's profile offers
    history: tuple[str, ...] = ()  # what was written days ago, played through the real turn


PERSONAS = (
    Persona(
        key="rosa",
        channel="sms",
        name="Rosa, 44",
        about=KNOWN,
        number="+50760000001",
        history=("SANMARTIN", "1", "Rosa", "1"),
    ),
    Persona(
        key="casa",
        channel="sms",
        name="María y Luis",
        about="Un teléfono para dos. Dieron permiso.",
        number="+50760000002",
        history=("SANMARTIN", "1", "María", "1", "mi esposo también", "1", "Luis", "1"),
    ),
    Persona(key="marta", channel="sms", name="Marta, 31", about=NEW, number="+50760000003"),
    Persona(
        key="elena",
        channel="whatsapp",
        name="Elena, 67",
        about="Ya dio permiso. Prefiere usted.",
        number="+50760000011",
        profile="Elena",
        history=("SANMARTIN", "1", "1", "1", "USTED"),
    ),
    Persona(key="jose", channel="whatsapp", name="José, 52", about=NEW, number="+50760000012", profile="José"),
    Persona(
        key="kevin",
        channel="telegram",
        name="Kevin, 22",
        about="Vecino. Ya dio permiso.",
        number="70000021",
        profile="Kevin",
        history=("/start lab-san-martin", "1", "1", "1"),
    ),
    Persona(key="yari", channel="telegram", name="Yari, 19", about=NEW, number="70000022", profile="Yari"),
)
CHANNELS = tuple(LIMITS)


def of_channel(channel: str) -> tuple[Persona, ...]:
    """Who may hold this phone."""
    return tuple(p for p in PERSONAS if p.channel == channel)


def chosen(asked: Mapping[str, str]) -> dict[str, Persona]:
    """Channel -> who holds that phone; an unknown name gives the first."""
    return {channel: _one(of_channel(channel), asked.get(channel, "")) for channel in CHANNELS}


def _one(personas: tuple[Persona, ...], key: str) -> Persona:
    return next((p for p in personas if p.key == key), personas[0])
