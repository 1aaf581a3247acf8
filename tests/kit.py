"""What the tests play with: the town of the transcripts, its phones, its clock, and what was stored."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, func, select, update

from bot import planfile, router
from bot.actions import load
from bot.app import App
from bot.i18n import Catalogues
from bot.player import Phone
from bot.turn import Parts
from storage import clock, people, registrations, senders
from storage import tables as t
from storage.store import Store, Unit
from tests import founding

PLAN = Path(__file__).parent / "scripts" / "plan.toml"
PANAMA = ZoneInfo("America/Panama")
BEGINS = datetime(2026, 11, 12, 10, 0, tzinfo=PANAMA)  # a Thursday; the lab meets on Saturday 21
CHANNELS = ("sms", "whatsapp", "telegram")

_ids = itertools.count(1)


@cache
def parts() -> Parts:
    """Catalogues and conversations, read once for all tests."""
    return Parts(Catalogues.load(), router.discover())


@dataclass(slots=True)
class Town:
    """San Martín on a fresh database."""

    app: App
    phones: dict[str, Phone] = field(default_factory=dict)
    lang: str = "es"  # of the people in it

    @classmethod
    def on(cls, store: Store, at: datetime = BEGINS) -> Town:
        """The plan loaded, the simulator's senders there, the clock set."""
        town = cls(App(store, parts()))
        store.do(lambda unit: clock.to(unit, at))
        store.do(lambda unit: founding.once(unit, at, lambda: town._build(replace(unit, now=at))))
        return town

    def _build(self, unit: Unit, simulated: Sequence[str] = CHANNELS) -> None:
        for channel in simulated:
            senders.ensure(unit, f"simulator:{channel}", channel, "simulator", 30.0)
        load.load(unit, planfile.read(PLAN), self.app.parts, timezone="America/Panama")

    @property
    def store(self) -> Store:
        """The database."""
        return self.app.store

    def phone(self, channel: str = "sms", name: str = "C", profile: str = "") -> Phone:
        """The phone of this name, on this channel."""
        if name not in self.phones:
            self.phones[name] = Phone(self.app, channel, f"+5076{len(self.phones):07d}", profile)
        return self.phones[name]

    def at(self, moment: datetime) -> None:
        """It is this moment now, and the clock has ticked."""
        self.store.do(lambda unit: clock.to(unit, moment))
        self.tick()

    def tick(self) -> None:
        """Everything the clock looks at, once."""
        for tick in self.app.ticks():
            self.store.do(tick.work)

    def count(self, table: Table, **where: object) -> int:
        """How many rows hold these values."""
        query = select(func.count()).select_from(table).where(*(table.c[k] == v for k, v in where.items()))
        return self.store.read(lambda unit: int(unit.db.execute(query).scalar_one()))

    def rows(self, table: Table, *columns: str) -> list[Any]:
        """The rows of a table, in the order they came."""
        query = select(*(table.c[c] for c in columns)).order_by(table.c.id)
        return self.store.read(lambda unit: list(unit.db.execute(query)))

    def capacity(self, code: str, places: int) -> None:
        """Let a session have so many places."""
        change = update(t.session).where(t.session.c.code == code).values(capacity=places)
        self.store.do(lambda unit: unit.db.execute(change))

    def neighbour(self, name: str, channel: str = "sms", lab: str = "san-martin") -> int:
        """Somebody who gave permission, with an address; the person's id."""
        return self.store.do(lambda unit: neighbour(unit, name, channel, lab))

    def fill(self, code: str, count: int) -> None:
        """So many neighbours have a place in this session."""

        def work(unit: Unit) -> None:
            meeting = unit.db.execute(select(t.session.c.id).where(t.session.c.code == code)).scalar_one()
            for n in range(count):
                registrations.sign_up(unit, meeting, neighbour(unit, f"Vecina {n}", "sms"), "sms")

        self.store.do(work)


def neighbour(unit: Unit, name: str, channel: str = "sms", lab: str = "san-martin") -> int:
    """A person with permission and an address, put straight into the tables."""
    number = f"+5077{next(_ids):07d}"
    at = people.lock_address(unit, channel, number)
    sender = unit.db.execute(select(t.sender.c.id).where(t.sender.c.channel == channel)).scalar_one()
    people.heard_from(unit, at, number, sender)
    home = unit.db.execute(select(t.lab).where(t.lab.c.slug == lab)).one()
    who = people.admit(unit, at.id, name=name, age_band="adult", lang="es", territory_id=home.territory_id)
    people.consented(
        unit,
        who,
        at.id,
        purpose="lab",
        lab_id=home.id,
        text="¿Aceptas?",
        lang="es",
        inbound_id=None,
        at=unit.now.isoformat(),
    )
    return who
