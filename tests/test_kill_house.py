"""`kill -9` of the whole house under load: its two processes as `convoca run` starts them, citizens over HTTP, a
broadcast on its way. Nothing is lost, and nothing is doubled but what is counted as uncertain.

Beside it: two real sender processes that share nothing but the database keep one rate.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update

from bot.actions import announce
from storage import audit, broadcasts
from storage import tables as t
from storage.store import Store, Unit
from tests.conftest import Clock
from tests.kit import CHANNELS, Town, neighbour, parts
from tests.sending.pretend import FakeChannel, address_of, broadcast_to, ledger, open_senders, reply_to, settled
from tests.sending.test_rates import worst_second
from tests.sending.test_run import free_port

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0  # seconds after which a test gives up
LEASE_OVER = 31.0  # seconds
PAUSE = threading.Event()  # never set: a wait that ends by its time

CITIZENS, AT_ONCE, NEIGHBOURS = 60, 30, 900
DIALOGUE = ("SANMARTIN", "1", "{name}", "1", "1")  # permission, name, age, going
# After so many acknowledged messages of citizens the web dies; after so many more sent ones, the sender.
DEATHS = ((30, 20), (120, 200), (220, 10))
ANNOUNCED_AT = 120

# `convoca` as it is, but for three things. More people hold the simulator's phones: its form names one of a list. A
# message is acknowledged once it is stored, as for a provider: no page waits to show the reply too. And the provider
# is a file: what stands in it was accepted, whatever became of the process afterwards.
HOUSE = """
import asyncio, os, sys
from dataclasses import replace
from bot.channels.simulator import Simulator
from bot.cli import main
from bot.terminal import serving
from bot.web.simulator import personas, routes

def persona(n):
    channel = ("sms", "whatsapp", "telegram")[n % 3]
    number = f"{71000000 + n}" if channel == "telegram" else f"+507610{n:05}"
    return personas.Persona(key=f"c{n}", channel=channel, name="", about="", number=number)

async def send(self, parcel):
    os.write(provider, f"{parcel.ref}\\n".encode())
    await asyncio.to_thread(os.fsync, provider)  # the answer is on its way
    return f"sim-{parcel.ref}"

def child(settings, role, *, demo):
    made = ordinary(settings, role, demo=demo)
    return replace(made, argv=[*sys.orig_argv[:3], *made.argv[3:]])  # for `-m bot` this text

provider = os.open(os.environ["PROVIDER"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
personas.PERSONAS += tuple(persona(n) for n in range(int(os.environ["CITIZENS"])))
Simulator.send, routes.PATIENCE = send, 0.0
ordinary, serving._child = serving._child, child
raise SystemExit(main())
"""


def until(reached: Callable[[], bool], every: float = 0.01) -> None:
    """Look again and again."""
    end = monotonic() + PATIENCE
    while not reached():
        assert monotonic() < end, "it does not come to an end"
        PAUSE.wait(every)


# --- the house ----------------------------------------------------------------------------------------------------


class House:
    """The supervisor with its children, read by its own log."""

    def __init__(self, folder: Path, url: str, secret: str) -> None:
        self.port, self._log, self._provider = free_port(), folder / "log", folder / "provider"
        self._provider.touch()
        settings = {"DATABASE_URL": url, "SECRET_KEY": secret, "LOG_FORMAT": "json", "LOG_LEVEL": "info"}
        own = {"CITIZENS": str(CITIZENS), "PROVIDER": str(self._provider)}
        self._env = {**os.environ, **own, **{f"CONVOCA_{name}": value for name, value in settings.items()}}
        self.process: subprocess.Popen[bytes]

    @contextmanager
    def running(self) -> Iterator[House]:
        """`convoca run --role all --demo`."""
        command = [sys.executable, "-c", HOUSE, "run", "--role", "all", "--demo", "--port", str(self.port)]
        with (
            self._log.open("wb") as log,
            subprocess.Popen(command, cwd=ROOT, env=self._env, stdout=log, stderr=log) as self.process,
        ):
            try:
                yield self
            finally:
                self.process.terminate()
                self.process.wait(60)

    def told(self, event: str) -> list[dict[str, Any]]:
        """The log lines of an event; the last line may still be being written."""
        lines = self._log.read_text(encoding="utf-8").split("\n")[:-1]
        return [line for line in map(json.loads, lines) if line["event"] == event]

    def errors(self) -> set[str]:
        """What was logged as an error."""
        lines = map(json.loads, self._log.read_text(encoding="utf-8").splitlines())
        return {line["event"] for line in lines if line["level"] in ("error", "critical")}

    def sent(self) -> Counter[int]:
        """How often the provider got which message."""
        return Counter(map(int, self._provider.read_text(encoding="utf-8").split()))

    def pids(self, child: str) -> list[int]:
        """Every process that this child was, the newest last."""
        return [line["pid"] for line in self.told("a process has started") if line["process"] == child]

    def kill(self, child: str) -> None:
        """`kill -9`; then wait until the supervisor has started another."""
        before = self.pids(child)
        os.kill(before[-1], signal.SIGKILL)
        until(lambda: len(self.pids(child)) > len(before))


@dataclass(slots=True)
class Crowd:
    """Citizens who write; each message with its own id, delivered until it is acknowledged, as providers do."""

    port: int
    acknowledged: dict[str, list[str]] = field(default_factory=dict)  # citizen -> ids
    again: list[str] = field(default_factory=list)  # ids whose first delivery failed
    known: list[str] = field(default_factory=list)  # ids that were told to have come before

    @property
    def count(self) -> int:
        """How many messages were acknowledged so far."""
        return sum(len(ids) for ids in tuple(self.acknowledged.values()))

    def walk(self, n: int) -> None:
        """One citizen from the first word to the place in the session. One message comes late a second time."""
        mine = self.acknowledged[f"c{n}"] = []
        for said in DIALOGUE:
            message_id = uuid4().hex
            self._deliver(n, message_id, said.format(name=name_of(n)))
            mine.append(message_id)
            if said == "{name}":
                self._deliver(n, mine[1], DIALOGUE[1])

    def _deliver(self, n: int, message_id: str, said: str) -> None:
        end = monotonic() + PATIENCE
        while not self._taken(n, message_id, said):
            assert monotonic() < end, "nobody takes this message"
            self.again.append(message_id)
            PAUSE.wait(0.1)

    def _taken(self, n: int, message_id: str, said: str) -> bool:
        """One POST of the phone's form; whether it was acknowledged."""
        channel = CHANNELS[n % 3]
        form = urlencode({"message_id": message_id, "text": said})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", f"/simulador/{channel}?{channel}=c{n}", form, kind)
            answer = connection.getresponse()
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
        assert answer.status == 303 or answer.status >= 500, f"a citizen is refused with {answer.status}"
        if "aviso=again" in answer.getheader("location", ""):
            self.known.append(message_id)
        return answer.status == 303


def name_of(n: int) -> str:
    return f"Ana {chr(65 + n // 26)}{chr(97 + n % 26)}"


# --- what was stored ----------------------------------------------------------------------------------------------


def build(store: Store) -> Town:
    """Places for everybody in San Martín, and another community whose people are invited meanwhile."""
    town = Town.on(store)
    town.capacity("sm1", CITIZENS)

    def work(unit: Unit) -> None:
        other = select(t.lab.c.id).where(t.lab.c.slug == "san-martin-bocas").scalar_subquery()
        unit.db.execute(update(t.session).where(t.session.c.code == "sm2").values(lab_id=other))
        for n in range(NEIGHBOURS):
            neighbour(unit, f"Vecina {n}", CHANNELS[n % 3], "san-martin-bocas")

    store.do(work)
    return town


def invite(unit: Unit) -> int:
    """`convoca announce sm2`; the broadcast."""
    seen = announce.preview(unit, parts().catalogues, "sm2")
    assert seen.people == NEIGHBOURS
    return announce.announce(unit, parts().catalogues, "sm2", "test", seen.people).broadcast_id


def drain(store: Store, clock: Clock) -> None:
    """Let everything leave; what the dead had in their hands, once their leases are over."""

    def empty() -> bool:
        if store.read(lambda unit: unit.db.execute(waiting).first()) is None:
            return True
        clock.forward(seconds=LEASE_OVER)
        return False

    waiting = select(t.outbox.c.id).where(t.outbox.c.state.in_(("pending", "held", "claimed", "started"))).limit(1)
    until(empty, every=0.5)


def check_citizens(town: Town, crowd: Crowd) -> None:
    """Each is there once, each message is there once, each has one reply."""
    going = (
        select(t.person.c.name).select_from(t.registration.join(t.person)).where(t.registration.c.state == "registered")
    )
    names = town.store.read(lambda unit: list(unit.db.execute(going).scalars()))
    assert sorted(names) == sorted(name_of(n) for n in range(CITIZENS))
    assert len({row.code for row in town.rows(t.registration, "code")}) == CITIZENS
    assert town.count(t.person) == town.count(t.contact) == town.count(t.consent) == CITIZENS + NEIGHBOURS
    came = town.rows(t.inbound, "provider_id", "state", "address_id")
    assert Counter(row.provider_id for row in came) == Counter(i for ids in crowd.acknowledged.values() for i in ids)
    assert {row.state for row in came} == {"done"}
    replies = (row.address_id for row in town.rows(t.outbox, "address_id", "kind") if row.kind == "reply")
    assert Counter(replies) == Counter(row.address_id for row in came)
    assert set(Counter(row.address_id for row in came).values()) == {len(DIALOGUE)}


def check_broadcast(town: Town, broadcast_id: int) -> None:
    """It adds up, and each person stands in it once."""
    counted = town.store.read(lambda unit: broadcasts.ledger(unit, broadcast_id))
    assert (counted.state, counted.audience, counted.pending) == ("done", NEIGHBOURS, 0)
    assert counted.sent + counted.unknown == NEIGHBOURS
    assert counted.unknown < NEIGHBOURS / 2
    people = Counter(row.person_id for row in town.rows(t.recipient, "person_id"))
    assert (len(people), people.total()) == (NEIGHBOURS, NEIGHBOURS)


def check_sent(town: Town, sent: Counter[int]) -> None:
    """The provider's own count against ours."""
    rows = town.rows(t.outbox, "id", "kind", "state", "uncertain")
    assert len(rows) == NEIGHBOURS + CITIZENS * len(DIALOGUE)
    assert {row.state for row in rows} <= {"sent", "unknown"}
    for row in rows:
        most = 1 if row.kind == "broadcast" else 1 + row.uncertain
        assert (row.state == "sent") <= sent[row.id] <= most
    twice = sum(times - 1 for times in sent.values() if times > 1)
    assert twice <= sum(row.uncertain for row in rows)
    assert set(sent) <= {row.id for row in rows}


@pytest.mark.kill
def test_the_whole_house_killed_under_load(
    store: Store, clock: Clock, database_url: str, secret: str, tmp_path: Path
) -> None:
    town = build(store)
    invited = 0
    with House(tmp_path, database_url, secret).running() as house, ThreadPoolExecutor(AT_ONCE) as citizens:
        crowd = Crowd(house.port)
        walks = [citizens.submit(crowd.walk, n) for n in range(CITIZENS)]
        for acknowledged, more in DEATHS:
            until(partial(lambda goal: crowd.count >= goal, acknowledged))
            house.kill("web")
            sent = house.sent().total()
            if acknowledged == ANNOUNCED_AT:
                invited = store.do(invite)
            until(partial(lambda goal: house.sent().total() >= goal, sent + more))
            house.kill("sender")
        for walk in walks:
            walk.result(PATIENCE)
        drain(store, clock)
    assert house.process.returncode == 0
    assert house.errors() == {"a process has ended and is started again"}
    assert [len(house.pids(child)) for child in ("web", "sender")] == [4, 4]
    assert crowd.again  # some were in the air when the web died
    check_citizens(town, crowd)
    assert len(crowd.known) >= CITIZENS
    check_broadcast(town, invited)
    check_sent(town, house.sent())
    assert store.read(audit.verify) == []
    if store.dialect == "sqlite":
        assert store.read(lambda unit: unit.db.execute(text("PRAGMA integrity_check")).scalar()) == "ok"


# --- one rate -----------------------------------------------------------------------------------------------------

RATE = 50
MESSAGES = 3 * RATE  # three seconds of it

# One sender process whose provider is a file of (moment, message). The clock of the moments is the machine's own.
SENDER = """
import asyncio, os, sys, time
from bot import run
from bot.clock import Clock
from bot.outbox import Outbox
from storage.store import Store

class File:
    name = "fake"
    async def send(self, parcel):
        os.write(provider, f"{time.monotonic()} {parcel.ref}\\n".encode())
        return f"file-{parcel.ref}"

def seam(step):
    if step == "looked" and not looked:
        looked.append(os.write(1, b"looked\\n"))

url, secret, path = sys.argv[1:]
looked = []
provider = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
with Store(url, secret) as store:
    asyncio.run(run.send(Outbox(store, {"fake": File()}, seam=seam), Clock(store, [])))
"""


@contextmanager
def sender_process(url: str, secret: str, path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """It has looked at the queue once when this begins."""
    command = [sys.executable, "-c", SENDER, url, secret, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"looked\n"
            yield process
        finally:
            process.terminate()
            process.wait(60)


@pytest.mark.kill
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_two_sender_processes_keep_one_rate(store: Store, database_url: str, secret: str, tmp_path: Path) -> None:
    via = open_senders(store, FakeChannel(rate=RATE))["telegram"]
    files = [tmp_path / "first", tmp_path / "second"]
    with ExitStack() as both:
        processes = [both.enter_context(sender_process(database_url, secret, path)) for path in files]
        made = store.do(lambda u: broadcast_to(u, via, [address_of(u, f"a{n}") for n in range(MESSAGES)]))
        store.do(lambda u: [reply_to(u, via, address_of(u, f"r{n}")) for n in range(RATE // 2)])
        until(lambda: settled(store), every=0.05)
    assert [process.returncode for process in processes] == [0, 0]
    each = [[line.split() for line in path.read_text(encoding="utf-8").splitlines()] for path in files]
    assert all(each)  # both have had a part of it
    moments = [float(moment) for lines in each for moment, _ref in lines]
    assert worst_second(moments) <= RATE
    assert max(moments) - min(moments) < 2.5 * len(moments) / RATE  # and they use it
    assert set(Counter(ref for lines in each for _moment, ref in lines).values()) == {1}
    assert len(moments) == MESSAGES + RATE // 2
    assert ledger(store, made) == {"sent": MESSAGES}
