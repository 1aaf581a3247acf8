"""A process killed in the middle of its commits: what it acknowledged is stored, what it did not is whole or absent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text

from storage.store import Store, Unit
from storage.tables import setting

ROOT = Path(__file__).parents[2]

# Each unit stores a pair of rows; its name is written out once the future says that it is stored.
WRITER = """
import itertools, os, sys
from sqlalchemy import insert
from storage.store import Store
from storage.tables import setting

def pair(name):
    def work(unit):
        for half in "ab":
            unit.db.execute(insert(setting).values(name=f"{name}{half}", value=""))
        return name
    return work

url, secret, who = sys.argv[1:]
store = Store(url, secret)
for n in itertools.count():
    future = store.write(pair(f"{who}-{n}"), lane=str(n % 7))
    future.add_done_callback(lambda told: os.write(1, f"{told.result()}\\n".encode()))
    if n % 100 == 99:
        future.result()
"""


def acknowledged_until_killed(url: str, secret: str, who: str, lines: int) -> set[str]:
    """Start the writer, kill it after so many acknowledgements; every one it got out."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, url, secret, who], cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        told += process.stdout.readlines()
    return {line.decode().strip() for line in told if line.endswith(b"\n")}


def stored(unit: Unit) -> set[str]:
    return set(unit.db.execute(select(setting.c.name)).scalars())


@pytest.mark.kill
def test_what_a_killed_process_acknowledged_is_stored(store: Store, database_url: str, secret: str) -> None:
    told: set[str] = set()
    for n, lines in enumerate((1, 130, 517)):
        told |= acknowledged_until_killed(database_url, secret, f"{n}", lines)
    found = store.read(stored)
    assert len(told) >= 648
    assert {f"{name}{half}" for name in told for half in "ab"} <= found
    assert {name[:-1] + "b" for name in found} == {name for name in found if name.endswith("b")}
    assert store.do(lambda unit: unit.insert_new(setting, name="after", value=""))
    if store.dialect == "sqlite":
        assert store.read(lambda unit: unit.db.execute(text("PRAGMA integrity_check")).scalar()) == "ok"
