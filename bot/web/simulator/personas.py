"""Who holds the phones of the demonstration. All are invented; their numbers belong to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.message import LIMITS

KNOWN = "Vecina. Ya dio permiso."
NEW = "Su primer mensaje: SANMARTIN"
TEAM = "team"  # the place of the facilitator's phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """One person, or one household, with a phone."""

    key: str
    channel: str
    name: str
    about: str
    number: str
    profile: str = ""  # the name that the channel's profile offers
    history: tuple[str, ...] = ()  # what was written before, played through the real turn
    role: str = ""  # in the laboratory's team

    @property
    def place(self) -> str:
        """Where on the page this phone lies: the channel's name, or the team's."""
        return TEAM if self.role else self.channel


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
    Persona(
        key="yaneth",
        channel="telegram",
        name="Yaneth",
        about="Facilita. Escribe PENDIENTES.",
        number="70000031",
        profile="Yaneth",
        history=("PENDIENTES",),
        role="facilitator",
    ),
)
PLACES = (*LIMITS, TEAM)


def of_place(place: str) -> tuple[Persona, ...]:
    """Who may hold this phone."""
    return tuple(p for p in PERSONAS if p.place == place)


def chosen(asked: Mapping[str, str]) -> dict[str, Persona]:
    """Place -> who holds that phone; an unknown name gives the first."""
    return {place: _one(of_place(place), asked.get(place, "")) for place in PLACES}


def _one(personas: tuple[Persona, ...], key: str) -> Persona:
    return next((p for p in personas if p.key == key), personas[0])
