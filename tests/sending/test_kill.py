"""`kill -9` of the real sender process under load, again and again: nothing lost, nothing doubled uncounted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.store import Store
from storage.tables import outbox
from tests.conftest import Clock
from tests.sending.pretend import (
    FakeChannel,
    address_of,
    broadcast_state,
    broadcast_to,
    ledger,
    open_senders,
    reply_to,
    settled,
    states,
)

ROOT = Path(__file__).parents[2]
PEOPLE = 2000

# The provider is the pipe: what is written into it was accepted, whatever became of the process afterwards.
SENDER = """
import asyncio, os, sys, tempfile
from bot import run
from bot.clock import Clock
from bot.outbox import Outbox
from storage.store import Store

class Pipe:
    name = "fake"
    async def send(self, parcel):
        os.write(1, f"sent {parcel.ref}\\n".encode())
        await asyncio.to_thread(os.fsync, disk.fileno())  # the answer is on its way
        return f"pipe-{parcel.ref}"

def seam(step):
    if step == "looked":
        os.write(1, b"looked\\n")

url, secret = sys.argv[1:]
disk = tempfile.TemporaryFile()
os.write(1, f"began {os.getpid()}\\n".encode())
with Store(url, secret) as store:
    asyncio.run(run.send(Outbox(store, {"fake": Pipe()}, seam=seam), Clock(store, [])))
"""

SUPERVISOR = """
import asyncio, sys
from bot import logs
from bot.run import Child, Supervisor
logs.configure()
raise SystemExit(asyncio.run(Supervisor([Child("sender", sys.argv[1:])], first=0.05).run()))
"""


class Running:
    """The supervisor, its sender child, and what the provider got."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.sent: Counter[int] = Counter()
        self.child = 0

    def hear(self) -> str:
        """The next line; which it was."""
        assert self.process.stdout is not None
        word, _, rest = self.process.stdout.readline().decode().strip().partition(" ")
        if word == "sent":
            self.sent[int(rest)] += 1
        elif word == "began":
            self.child = int(rest)
        return word

    def kill_child_after(self, messages: int) -> None:
        """`kill -9` once so many more were taken; then read what it still got out, until the next one begins."""
        goal = self.sent.total() + messages
        while self.sent.total() < goal:
            self.hear()
        os.kill(self.child, signal.SIGKILL)
        while self.hear() != "began":
            pass


@contextmanager
def running(url: str, secret: str) -> Iterator[Running]:
    command = [sys.executable, "-c", SUPERVISOR, sys.executable, "-c", SENDER, url, secret]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            yield Running(process)
        finally:
            process.terminate()
            process.communicate(timeout=60)


@pytest.mark.kill
def test_killed_under_load_nothing_is_lost_or_doubled_uncounted(
    store: Store, clock: Clock, database_url: str, secret: str
) -> None:
    via = open_senders(store, FakeChannel(rate=1000))["telegram"]
    made = store.do(lambda u: broadcast_to(u, via, [address_of(u, f"a{n}") for n in range(PEOPLE)]))
    replies: list[int] = []

    def answer(number: int) -> None:
        replies.extend(store.do(lambda u: [reply_to(u, via, address_of(u, f"r{number}/{n}")) for n in range(40)]))

    with running(database_url, secret) as processes:
        for number, messages in enumerate((1, 30, 250, 77, 400, 3)):
            answer(number)
            processes.kill_child_after(messages)
            clock.forward(seconds=31)  # their leases are over
        while not settled(store):
            while processes.hear() != "looked":
                pass
    assert processes.process.returncode == 0
    sent = processes.sent

    counted = ledger(store, made)
    assert counted["sent"] + counted["unknown"] == PEOPLE
    assert counted["unknown"] < PEOPLE / 4  # at most what was in the air at six deaths
    assert broadcast_state(store, made) == "done"
    assert set(states(store)) <= {"sent", "unknown"}
    for row in store.read(lambda u: u.db.execute(select(outbox)).all()):
        most = 1 if row.kind == "broadcast" else 1 + row.uncertain
        least = 1 if row.state == "sent" else 0
        assert least <= sent[row.id] <= most
    assert len(replies) == 240
