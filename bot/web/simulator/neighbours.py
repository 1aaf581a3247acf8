"""A handful of invented neighbours who write when they are asked to: with fewer than 5 people no numbers are shown.

Each of their messages is a real one through the same turn, as the phones' are. They have no phone on the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

from bot.message import Message
from bot.web.engine import Engine
from bot.web.simulator.personas import Persona
from storage import simulator
from storage.store import Unit

REGISTERS = ("SANMARTIN", "1", "{name}", "1", "1")
OFFERED = ("SANMARTIN", "1", "1", "1", "1")  # the name of the profile is offered
NEIGHBOURS = (
    Persona(key="delia", channel="sms", name="Delia", about="", number="+50760000041"),
    Persona(key="abel", channel="sms", name="Abel", about="", number="+50760000042"),
    Persona(key="nubia", channel="sms", name="Nubia", about="", number="+50760000043"),
    Persona(key="toño", channel="sms", name="Toño", about="", number="+50760000044"),
    Persona(key="chela", channel="whatsapp", name="Chela", about="", number="+50760000045", profile="Chela"),
    Persona(key="eric", channel="whatsapp", name="Eric", about="", number="+50760000046", profile="Eric"),
)
CHOICES = ("1 2", "1", "1 5", "2 3", "1 3", "1")  # not all alike: then no number could be shown
FOLLOWS = "1"  # yes, tell me what becomes of it
ANSWERS = (("1", "2"), ("1", "2"), ("1", "1"), ("1", "2"), ("1", "2"), ("2", "0"))  # and whether it is the first time
TURNS = ("register", "choose", "answer")


def play(engine: Engine, turn: str) -> int:
    """They write; how many messages. Who has not registered yet does that first."""
    return sum(_wrote(engine, n, turn) for n in range(len(NEIGHBOURS)))


def _wrote(engine: Engine, number: int, turn: str) -> int:
    persona = NEIGHBOURS[number]
    here = engine.store.read(lambda unit: known(unit, persona))
    said = [*([] if here else _registers(persona)), *_THEN[turn](number)]
    for text in said:
        engine.receive(_message(persona, text)).result()
    return len(said)


def known(unit: Unit, persona: Persona) -> bool:
    """Whether this neighbour has written before."""
    return simulator.address_of(unit, persona.channel, persona.number) is not None


def _registers(persona: Persona) -> Iterator[str]:
    for text in OFFERED if persona.profile else REGISTERS:
        yield text.format(name=persona.name)


def _choose(number: int) -> tuple[str, ...]:
    return ("ELEGIR", CHOICES[number], FOLLOWS)


def _answer(number: int) -> tuple[str, ...]:
    return ANSWERS[number]


def _nothing(number: int) -> tuple[str, ...]:
    return ()


_THEN = {"register": _nothing, "choose": _choose, "answer": _answer}


def _message(persona: Persona, text: str) -> Message:
    return Message(
        channel=persona.channel,
        sender=f"simulator:{persona.channel}",
        provider_id=uuid4().hex,
        address=persona.number,
        text=text,
        profile=persona.profile,
    )
