"""SQLite alone: a full disk, a failing commit, a second process, a second machine."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from storage.machine import OtherMachine, this_machine
from storage.sqlite import Sqlite
from storage.store import Store, Unit
from storage.tables import setting

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WAIT = 30
ROOT = Path(__file__).parents[2]


def put(name: str, size: int = 1) -> Callable[[Unit], str]:
    """A work that stores one row of about that many bytes."""

    def work(unit: Unit) -> str:
        unit.db.execute(insert(setting).values(name=name, value="x" * size))
        return name

    return work


def names(unit: Unit) -> set[str]:
    """What is stored."""
    return set(unit.db.execute(select(setting.c.name)).scalars())


def held_back(store: Store) -> Callable[[], None]:
    """Keep the writer busy until the returned function is called: what comes meanwhile is one group."""
    running, go = threading.Event(), threading.Event()

    def wait(unit: Unit) -> None:
        running.set()
        assert go.wait(WAIT)

    store.write(wait)
    assert running.wait(WAIT)
    return go.set


def limit_pages(store: Store, more: int) -> None:
    """From now on the file may grow by so many pages: the disk is full soon."""

    def work(unit: Unit) -> None:
        pages = unit.db.execute(text("PRAGMA page_count")).scalar_one()
        unit.db.execute(text(f"PRAGMA max_page_count = {pages + more}"))

    store.do(work)


def acknowledged(futures: dict[str, Future[str]]) -> set[str]:
    """Whom the store told that all is well."""
    return {name for name, future in futures.items() if future.exception(WAIT) is None}


def test_on_a_full_disk_what_is_acknowledged_is_stored(store: Store) -> None:
    limit_pages(store, 25)
    told: dict[str, Future[str]] = {}
    release = held_back(store)
    for n in range(300):
        told[f"{n}"] = store.write(put(f"{n}", 400))
    release()
    stored = acknowledged(told)
    assert 0 < len(stored) < 300
    assert store.read(names) == stored
    limit_pages(store, 1000)
    assert store.do(put("after")) == "after"


def test_many_threads_on_a_full_disk_are_told_the_truth(store: Store) -> None:
    limit_pages(store, 40)
    told: dict[str, Future[str]] = {}

    def several(thread: int) -> None:
        for n in range(25):
            name = f"{thread}-{n}"
            told[name] = store.write(put(name, 10 + 97 * (n % 5)))
            told[name].exception(WAIT)

    threads = [threading.Thread(target=several, args=(n,)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    stored = acknowledged(told)
    assert 0 < len(stored) < 1000
    assert store.read(names) == stored


def test_a_unit_that_swallows_the_full_disk_is_not_half_stored(store: Store) -> None:
    limit_pages(store, 25)

    def swallows(unit: Unit) -> str:
        for n in range(300):
            try:
                put(f"big {n}", 400)(unit)
            except DBAPIError:
                break
        put("small")(unit)
        return "small"

    release = held_back(store)
    told = {name: store.write(work) for name, work in {"a": put("a"), "small": swallows, "b": put("b")}.items()}
    release()
    stored = acknowledged(told)
    assert store.read(lambda unit: {name for name in names(unit) if "big" not in name}) == stored
    assert {"a", "b"} <= stored


class Breaks:
    """The driver's connection, whose next `times` statements of this kind fail as on a broken disk."""

    def __init__(self, raw: sqlite3.Connection, statement: str, times: int) -> None:
        self._raw, self._statement, self._times = raw, statement, times

    def execute(self, statement: str) -> sqlite3.Cursor:
        if statement == self._statement and self._times:
            self._times -= 1
            raise sqlite3.OperationalError("disk I/O error")
        return self._raw.execute(statement)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


def break_down(store: Store, statement: str, times: int = 1) -> None:
    database = store._database
    assert isinstance(database, Sqlite)
    database._raw = Breaks(database._raw, statement, times)  # type: ignore[assignment]


@pytest.mark.parametrize("statement", ["COMMIT", "SAVEPOINT unit", "RELEASE unit"])
def test_a_group_that_can_not_be_committed_is_stored_one_by_one(store: Store, statement: str) -> None:
    release = held_back(store)
    told = {name: store.write(put(name)) for name in "abc"}
    break_down(store, statement)
    release()
    assert acknowledged(told) == {"a", "b", "c"}
    assert store.read(names) == {"a", "b", "c"}


def test_who_can_not_be_committed_even_alone_is_told(store: Store) -> None:
    release = held_back(store)
    told = {name: store.write(put(name)) for name in "abc"}
    break_down(store, "COMMIT", times=3)  # the group, its first unit (which held it back), and "a"
    release()
    assert acknowledged(told) == {"b", "c"}
    assert store.read(names) == {"b", "c"}


def test_a_transaction_that_can_not_begin_fails_its_unit_only(store: Store) -> None:
    break_down(store, "BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError):
        store.do(put("a"))
    assert store.do(put("b")) == "b"
    assert store.read(names) == {"b"}


def test_two_stores_on_one_file_wait_for_each_other(store: Store, database_url: str, secret: str) -> None:
    with Store(database_url, secret) as other:
        futures = [s.write(put(f"{who} {n}")) for n in range(200) for who, s in (("one", store), ("two", other))]
        for future in futures:
            future.result(WAIT)
        assert len(other.read(names)) == 400


WRITER = """
import sys
from sqlalchemy import insert
from storage.store import Store
from storage.tables import setting
url, secret, name = sys.argv[1:]
with Store(url, secret) as store:
    for n in range(100):
        store.do(lambda unit: unit.db.execute(insert(setting).values(name=f"{name} {n}", value="")) and None)
"""


def test_two_processes_write_to_one_file(store: Store, database_url: str, secret: str) -> None:
    commands = [[sys.executable, "-c", WRITER, database_url, secret, who] for who in ("web", "sender")]
    processes = [subprocess.Popen(command, cwd=ROOT) for command in commands]
    for n in range(100):
        store.do(put(f"mine {n}"))
    assert [process.wait(WAIT) for process in processes] == [0, 0]
    assert len(store.read(names)) == 300


def test_the_file_is_safe_against_loss_of_power(house_engines: None, store: Store) -> None:
    def pragmas(unit: Unit) -> list[object]:
        return [unit.db.execute(text(f"PRAGMA {p}")).scalar() for p in ("journal_mode", "synchronous", "foreign_keys")]

    assert store.do(pragmas) == ["wal", 2, 1]


def lock_file(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///") + ".machine")


def test_a_second_machine_is_refused_with_what_to_do(database_url: str, secret: str) -> None:
    lock_file(database_url).write_text(json.dumps({"host": "elsewhere", "boot": "another boot"}))
    with pytest.raises(OtherMachine, match=r"'elsewhere'.*delete convoca\.db\.machine") as refused:
        Store(database_url, secret)
    assert this_machine()["host"] in str(refused.value)


@pytest.mark.parametrize("changed", ["host", "boot"])
def test_a_renamed_or_restarted_machine_is_still_the_same(database_url: str, secret: str, changed: str) -> None:
    lock_file(database_url).write_text(json.dumps(this_machine() | {changed: "a rather long text of before"}))
    with Store(database_url, secret):
        assert json.loads(lock_file(database_url).read_text()) == this_machine()


def test_a_name_proves_nothing(database_url: str, secret: str) -> None:
    """Images that were cloned share it; each has its own id."""
    another = this_machine() | {"boot": "another boot", "id": "another id"}
    lock_file(database_url).write_text(json.dumps(another))
    with pytest.raises(OtherMachine):
        Store(database_url, secret)


def test_nor_does_an_id_while_a_process_of_another_start_is_at_work(database_url: str, secret: str) -> None:
    with Store(database_url, secret):
        lock_file(database_url).write_text(json.dumps(this_machine() | {"boot": "another boot"}))
        with pytest.raises(OtherMachine):
            Store(database_url, secret)


def test_processes_that_start_together_after_a_crash_and_a_restart_are_all_let_in(
    database_url: str, secret: str
) -> None:
    lock_file(database_url).write_text(json.dumps(this_machine() | {"boot": "the boot before"}))
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: Store(database_url, secret), range(8)))
    for store in opened:
        store.close()
    assert not lock_file(database_url).exists()


def test_the_last_to_leave_takes_the_lock_file_away(database_url: str, secret: str) -> None:
    first, second = Store(database_url, secret), Store(database_url, secret)
    first.close()
    assert lock_file(database_url).exists()
    second.close()
    assert not lock_file(database_url).exists()


def test_a_database_in_memory_is_refused(database_url: str, secret: str) -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(ValueError, match="needs a file"):
            Store(url, secret)


def test_a_missing_folder_is_made(database_url: str, secret: str, tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "convoca.db"
    with Store(f"sqlite:///{path}", secret) as made, pytest.raises(OperationalError, match="no such table"):
        made.do(names)
    assert path.exists()
