"""The product as `convoca run`, three providers that misbehave by chance, and the people at their phones.

The house is real: two processes and the supervisor, the settings an operator would write, webhooks by HTTP. One thing
is not as delivered: the SIM card sends faster than any phone may, or three hundred people would take half an hour.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import select, update

from bot import planfile
from bot.actions import load
from fakes._post import Outgoing, carry
from fakes.android import Android
from fakes.provider import Act, Provider
from fakes.telegram import Telegram
from fakes.twilio import Twilio
from storage import clock, people, senders
from storage import tables as t
from storage.store import Store, Unit
from tests import test_kill_house as kill_house
from tests.kit import BEGINS, CHANNELS, PANAMA, PLAN, parts
from tests.wire.providers import ACCOUNT, AUTH, DATA, KEY, RICH, SMS, TOKEN, WHATSAPP, approved

PATIENCE = 240.0  # seconds after which a test gives up
LEASE_OVER = 31.0  # seconds
PAUSE = threading.Event()  # never set: a wait that ends by its time
INVITATION = approved(
    "invitacion_laboratorio", "Hola, {{1}}. Te invita {{2}}, en {{3}}, el {{4}}, en {{5}}. Lo que elijan {{6}}. ¿Vas?"
)
SENDERS = {"sms": "android:sim", "whatsapp": "twilio:whatsapp", "telegram": f"telegram:{TOKEN.partition(':')[0]}"}
VIA = {"sms": "android", "whatsapp": "twilio", "telegram": "telegram"}

# `convoca` as it is, but for the pace of the SIM card, which no setting may raise so far.
HOUSE = """
import os, sys
from dataclasses import replace
from bot.channels import Identity, android
from bot.cli import main
from bot.terminal import serving

def child(settings, role, *, demo):
    made = ordinary(settings, role, demo=demo)
    return replace(made, argv=[*sys.orig_argv[:3], *made.argv[3:]])  # for `-m bot` this text

android.Android.identities = lambda self: [Identity(name=android.SENDER, channel="sms", rate=60.0)]
ordinary, serving._child = serving._child, child
raise SystemExit(main())
"""


def until(reached: Callable[[], object], every: float = 0.05) -> None:
    """Look again and again."""
    end = monotonic() + PATIENCE
    while not reached():
        assert monotonic() < end, "it does not come to an end"
        PAUSE.wait(every)


# --- the providers ----------------------------------------------------------------------------------------------------

ILL = {  # what becomes of a call that sends
    "throttle": 0.004, "fail": 0.015, "accept_then_fail": 0.015, "reset": 0.015, "accept_then_reset": 0.015,
    "stall": 0.004, "garbage": 0.01,
}  # fmt: skip
ON_THE_WAY = {"late": 0.1, "twice": 0.1, "answer lost": 0.03}  # what becomes of a webhook
LATEST = 1.5  # seconds by which a message is late


class Road:
    """From the providers to the house: webhooks come late, twice, and seem not to have been answered."""

    def __init__(self, rng: random.Random, chances: Mapping[str, float]) -> None:
        self._rng, self._chances, self._lock = rng, chances, threading.Lock()
        self.met: Counter[str] = Counter()

    def __call__(self, out: Outgoing) -> tuple[int, str]:
        """Take it there."""
        with self._lock:
            met = {name for name, chance in self._chances.items() if self._rng.random() < chance}
            late = self._rng.uniform(0.0, LATEST)
            self.met.update(met)
        if "late" in met and out.kind == "message":  # so that others overtake it
            PAUSE.wait(late)
        told = carry(out)
        if "twice" in met:
            carry(out)
        return (0, "TimeoutError") if "answer lost" in met else told


@dataclass(frozen=True, slots=True)
class Providers:
    """The three of them."""

    telegram: Telegram
    twilio: Twilio
    android: Android
    road: Road

    @property
    def every(self) -> Sequence[Provider]:
        """All."""
        return (self.telegram, self.twilio, self.android)

    def of(self, channel: str) -> Provider:
        """Who carries this channel."""
        found: Provider = getattr(self, VIA[channel])
        return found

    def settings(self, site: str) -> dict[str, str]:
        """What an operator would write down."""
        contents = {one.name: {"es" if one.approval == "approved" else "*": one.sid} for one in (*RICH, INVITATION)}
        return {
            "public_url": site,
            "telegram_token": TOKEN,
            "telegram_api_url": self.telegram.url,
            "twilio_account_sid": ACCOUNT,
            "twilio_auth_token": AUTH,
            "twilio_api_url": self.twilio.url,
            "twilio_whatsapp_from": WHATSAPP,
            "twilio_content": json.dumps(contents),
            "android_url": self.android.url,
            "android_login": self.android.login,
            "android_password": self.android.password,
            "android_signing_key": KEY,
        }

    def well(self) -> None:
        """From now on nobody misbehaves."""
        for provider in self.every:
            provider.chances = {}

    def surely(self, acts: Sequence[Act]) -> None:
        """Each misbehaves in all these ways before it goes on by chance."""
        for provider in self.every:
            provider.plan(*acts)

    def tried(self) -> int:
        """How many messages the house has tried to send."""
        operations = ("sendMessage", "CreateMessage", "POST /messages")
        return sum(len(one.calls(name)) for one, name in zip(self.every, operations, strict=True))

    def sick(self) -> Counter[str]:
        """How they have misbehaved."""
        return Counter(one.misbehaved for provider in self.every for one in list(provider.log) if one.misbehaved)


@contextmanager
def providers(
    seed: int, port: int, *, ill: Mapping[str, float] = ILL, met: Mapping[str, float] = ON_THE_WAY
) -> Iterator[Providers]:
    """Served, each with a chance of its own. What fails is brought again as each of them does."""
    road = Road(random.Random(seed), met)
    sick: list[dict[str, Any]] = [
        {"rng": random.Random(f"{seed} {n}"), "chances": ill, "carry": road} for n in range(3)
    ]
    hook = f"http://127.0.0.1:{port}/webhooks/twilio"
    with ExitStack() as running:
        telegram = running.enter_context(Telegram(TOKEN, spec=DATA / "telegram_bot_api.json", **sick[0]))
        twilio = running.enter_context(
            Twilio(
                account=ACCOUNT,
                token=AUTH,
                sms=SMS,
                whatsapp=WHATSAPP,
                contents=(*RICH, INVITATION),
                webhook=hook,
                spec=DATA / "twilio_openapi.json",
                **sick[1],
            )
        )
        android = running.enter_context(Android(key=KEY, order="fifo", **sick[2]))
        telegram.deliver.tries = 1  # `Crowd` brings it again
        android.deliver.tries, android.pauses = 8, (0.2, 0.4, 0.8, 1.6, 3.2)
        for provider in (twilio, android):
            provider.deliver.receipt_late, provider.deliver.receipt_order = True, "shuffled"
        yield Providers(telegram, twilio, android, road)


# --- the house --------------------------------------------------------------------------------------------------------


class House(kill_house.House):
    """The supervisor with its children, on these settings."""

    def __init__(self, folder: Path, settings: Mapping[str, str], port: int) -> None:
        self.port, self._log = port, folder / "log"
        given = {"LOG_FORMAT": "json", "LOG_LEVEL": "info"} | {name.upper(): text for name, text in settings.items()}
        self._env = {**os.environ, **{f"CONVOCA_{name}": text for name, text in given.items()}}

    @contextmanager
    def running(self) -> Iterator[House]:
        """`convoca run`."""
        command = [sys.executable, "-c", HOUSE, "run", "--role", "all", "--port", str(self.port)]
        with (
            self._log.open("wb") as log,
            subprocess.Popen(command, cwd=kill_house.ROOT, env=self._env, stdout=log, stderr=log) as self.process,
        ):
            try:
                yield self
            finally:
                self.process.terminate()
                self.process.wait(60)

    @property
    def log(self) -> str:
        """Everything that was logged."""
        return self._log.read_text(encoding="utf-8")


def listening(fakes: Providers) -> bool:
    """Whether the house has told them where it listens."""
    return bool(fakes.telegram.queue.url) and len(fakes.android.webhooks) == 6


# --- the town ---------------------------------------------------------------------------------------------------------


def build(store: Store, folder: Path, fakes: Providers, citizens: int, neighbours: int) -> None:
    """The plan, some days ahead of today and at ten in the morning; neighbours who wrote two days ago."""

    def work(unit: Unit) -> None:
        tomorrow = unit.now.astimezone(PANAMA) + timedelta(days=1)
        clock.to(unit, tomorrow.replace(hour=10, minute=0))
        for channel, name in SENDERS.items():
            senders.ensure(unit, name, channel, VIA[channel], 1.0)
        plan = planfile.read(_plan(folder, tomorrow.date()))
        load.load(unit, plan, parts(), timezone="America/Panama")
        unit.db.execute(update(t.session).where(t.session.c.code == "sm1").values(capacity=citizens))
        other = select(t.lab.c.id).where(t.lab.c.slug == "san-martin-bocas").scalar_subquery()
        unit.db.execute(update(t.session).where(t.session.c.code == "sm2").values(lab_id=other))

    def settled(unit: Unit) -> None:
        for n in range(neighbours):
            _neighbour(unit, CHANNELS[n % 3], n)

    store.do(work)
    store.do(settled)
    store.do(lambda unit: clock.forward(unit, timedelta(days=2)))
    for n in range(neighbours):
        fakes.telegram.meet(address_of("telegram", n, "neighbour"))


def _plan(folder: Path, today: date) -> Path:
    """The plan of the scripts as if its first day were today: its dates must lie ahead, whenever this is run."""

    def moved(found: re.Match[str]) -> str:
        return str(today + (date.fromisoformat(found[0]) - BEGINS.date()))

    path = folder / "plan.toml"
    path.write_text(re.sub(r"\d{4}-\d\d-\d\d", moved, PLAN.read_text(encoding="utf-8")), encoding="utf-8")
    return path


def address_of(channel: str, n: int, who: str) -> str:
    """A made-up number."""
    first = 2 if who == "neighbour" else 3
    return f"7{first}{n:06d}" if channel == "telegram" else f"+5076{first}{CHANNELS.index(channel)}{n:05d}"


def _neighbour(unit: Unit, channel: str, n: int) -> None:
    number = address_of(channel, n, "neighbour")
    at = people.lock_address(unit, channel, number)
    sender = unit.db.execute(select(t.sender.c.id).where(t.sender.c.channel == channel)).scalar_one()
    people.heard_from(unit, at, number, sender)
    home = unit.db.execute(select(t.lab).where(t.lab.c.slug == "san-martin-bocas")).one()
    who = people.admit(unit, at.id, name=f"Vecina {n}", age_band="adult", lang="es", territory_id=home.territory_id)
    people.consented(
        unit, who, at.id, purpose="lab", lab_id=home.id, text="¿Aceptas?", lang="es", inbound_id=None,
        at=unit.now.isoformat(),
    )  # fmt: skip


def drain(store: Store) -> None:
    """Let everything leave; what the dead had in their hands, once their leases are over."""

    def empty() -> bool:
        if store.read(lambda unit: unit.db.execute(waiting).first()) is None:
            return True
        store.do(lambda unit: clock.forward(unit, timedelta(seconds=LEASE_OVER)))
        return False

    waiting = select(t.outbox.c.id).where(t.outbox.c.state.in_(("pending", "held", "claimed", "started"))).limit(1)
    until(empty, every=1.0)
