"""The example as a stranger finds it: the plan loaded, and neighbours who gave permission some days ago.

Nothing is written past the engine: the plan is loaded as `convoca load` does, and what the neighbours wrote is played
through the real turn, with the database's clock some days back and the plan as it stood then, without its meetings.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from bot import planfile
from bot.actions import load
from bot.actions.staff import codes, team
from bot.app import App
from bot.channels.simulator import Simulator
from bot.player import Phone
from bot.web.engine import Engine
from bot.web.simulator.personas import PERSONAS, Persona
from storage import clock, labs, senders, simulator
from storage.store import Unit

PLAN = Path(__file__).parents[3] / "examples" / "panama.toml"
TIMEZONE = "America/Panama"
LAB = "san-martin"  # the laboratory of the demonstration
AGO = timedelta(days=6)
BEGINS = time(9, 41)


def seed(engine: Engine) -> bool:
    """Fill an empty database with the example; False when there is a laboratory already.

    One that a crash has cut off is made anew. The example begins today at 9:41 local time, whatever the real hour is:
    at night nothing we start would be sent.
    """
    if engine.store.read(simulator.example) == "begun":
        engine.store.do(simulator.empty)
    if engine.store.read(lambda unit: labs.lab(unit, LAB)) is not None:
        return False
    parsed = planfile.read(PLAN)
    before = replace(parsed, plan=parsed.plan.model_copy(update={"session": (), "contest": ()}))
    engine.store.do(_begin)
    engine.store.do(lambda unit: clock.to(unit, _morning(unit) - AGO))
    engine.store.do(lambda unit: load.load(unit, before, engine.parts, timezone=TIMEZONE))
    for persona in PERSONAS:
        if not persona.role:
            _play(engine, persona)
    engine.store.do(lambda unit: clock.to(unit, _morning(unit)))
    for persona in PERSONAS:
        if persona.role:
            engine.store.do(partial(_hire, persona))
            _play(engine, persona)
    engine.store.do(_finish)
    engine.store.do(lambda unit: load.load(unit, parsed, engine.parts, timezone=TIMEZONE))
    return True


def again(engine: Engine) -> None:
    """Everything of the example goes, and the example comes back."""
    engine.store.do(simulator.empty)
    seed(engine)


def _morning(unit: Unit) -> datetime:
    today = (unit.now - clock.offset(unit)).astimezone(ZoneInfo(TIMEZONE)).date()
    return datetime.combine(today, BEGINS, ZoneInfo(TIMEZONE))


def _begin(unit: Unit) -> None:
    """Our identities, held still: a sender process that runs beside must not send what was said days ago."""
    for identity in Simulator().identities():
        found = senders.ensure(unit, identity.name, identity.channel, Simulator.name, identity.rate)
        senders.halt(unit, found, "the example is being made")
    simulator.note_example(unit, "begun")


def _hire(persona: Persona, unit: Unit) -> None:
    """A role in this laboratory, by the act that `convoca staff add` is."""
    team.add(unit, f"{persona.channel}:{persona.number}", persona.role, lab=LAB, name=persona.name, by="demo")


def code(unit: Unit) -> str:
    """What the facilitator types when her phone was silent, by the act that `convoca staff code` is."""
    facilitator = next(persona for persona in PERSONAS if persona.role)
    return codes.shown(unit, facilitator.name, by="demo")[1]


def _finish(unit: Unit) -> None:
    simulator.note_example(unit, "made")
    for identity in Simulator().identities():
        senders.resume(unit, identity.name)


def _play(engine: Engine, persona: Persona) -> None:
    phone = Phone(cast(App, engine), persona.channel, persona.number, persona.profile)
    for number, words in enumerate(persona.history, 1):
        phone.say(words, id=f"{persona.key}-{number}")
        engine.store.do(lambda unit: clock.forward(unit, timedelta(seconds=20)))
