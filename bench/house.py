"""The work as the house does it: turns, the snapshot of an audience, the drain of the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from sqlalchemy import insert, select

from bot import planfile
from bot.actions import announce, load
from bot.app import App
from bot.channels.simulator import Simulator
from bot.message import Message, Reply
from bot.outbox import Outbox, ensure_senders
from storage import migrate, people, senders
from storage import outbox as queue
from storage import tables as t
from storage.store import Store, Unit

PLAN = Path(__file__).parent.parent / "examples" / "panama.toml"
SECRET = "a-secret-of-the-bench-long-enough-for-a-key"
STORY = ("SANMARTIN", "1", "Ana", "1", "1")


def opened(url: str) -> App:
    """The example plan in this empty database."""
    migrate.upgrade(url)
    app = App.on(Store(url, SECRET))
    ensure_senders(app.store, {"simulator": Simulator(rate=1_000_000)})
    plan = planfile.read(PLAN)
    app.store.do(lambda unit: load.load(unit, plan, app.parts, timezone="America/Panama"))
    return app


def turns(app: App, citizens: int, at_once: int) -> tuple[float, Sequence[float]]:
    """Turns a second, webhook to commit, and the 100-quantiles of a turn's time in seconds."""
    times: list[float] = []

    def dialogue(n: int) -> None:
        for step, text in enumerate(STORY):
            began = perf_counter()
            said = Message(
                channel="sms", sender="simulator:sms", provider_id=f"{n}.{step}", address=f"+5076{n:07d}", text=text
            )
            app.receive(said).result()
            times.append(perf_counter() - began)

    began = perf_counter()
    with ThreadPoolExecutor(at_once) as crowd:
        list(crowd.map(dialogue, range(citizens)))
    return citizens * len(STORY) / (perf_counter() - began), quantiles(times, n=100)


def populate(app: App, count: int) -> None:
    """So many people with a permission and an address."""

    def work(unit: Unit) -> None:
        lab = unit.db.execute(select(t.lab).where(t.lab.c.slug == "san-martin")).one()
        sender = unit.db.execute(select(t.sender.c.id).where(t.sender.c.channel == "sms")).scalar_one()
        for n in range(count):
            at = people.lock_address(unit, "sms", f"+5078{n:07d}")
            people.heard_from(unit, at, f"+5078{n:07d}", sender)
            who = people.admit(unit, at.id, name="Ana", age_band="adult", lang="es", territory_id=lab.territory_id)
            yes = {"person_id": who, "fingerprint": at.fingerprint, "purpose": "lab", "lab_id": lab.id}
            shown = {"text_version": "x", "text": "¿Aceptas?", "lang": "es", "channel": "sms"}
            unit.db.execute(insert(t.consent).values(**yes, **shown, at=unit.now, answer=True))

    app.store.do(work)


def snapshot(app: App) -> float:
    """People a second: an announcement's recipients and messages."""
    seen = app.store.read(lambda unit: announce.preview(unit, app.catalogues, "sm2"))
    began = perf_counter()
    app.store.do(lambda unit: announce.announce(unit, app.catalogues, "sm2", "bench", seen.people))
    return seen.people / (perf_counter() - began)


def drain(app: App, count: int) -> float:
    """Messages a second through the sender loop to a channel that does nothing."""
    reply = Reply(text="Listo.").to_json()

    def fill(unit: Unit) -> None:
        unit.db.execute(t.outbox.delete())
        senders.ensure(unit, "simulator:sms", "sms", "simulator", 1_000_000)
        sender = unit.db.execute(select(t.sender.c.id).where(t.sender.c.channel == "sms")).scalar_one()
        for address in unit.db.execute(select(t.address.c.id).limit(count)).scalars().all():
            queue.put_reply(unit, sender_id=sender, address_id=address, person_id=None, reply=reply)

    app.store.do(fill)
    return count / asyncio.run(_drained(app))


async def _drained(app: App) -> float:
    loop = Outbox(app.store, {"simulator": Simulator()}, gap=0)
    began = perf_counter()
    running = asyncio.create_task(loop.run())
    while app.store.read(_left):  # noqa: ASYNC110  # the database is asked, there is no event to wait for
        await asyncio.sleep(0.02)
    took = perf_counter() - began
    loop.stop()
    await running
    return took


def _left(unit: Unit) -> bool:
    waits = t.outbox.c.state.in_(("pending", "claimed", "started"))
    return unit.db.execute(select(t.outbox.c.id).where(waits).limit(1)).first() is not None
