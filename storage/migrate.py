"""The schema and its changes: Alembic inside the package, run by the program. The only way back is a backup."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, make_url

from storage import postgres, sqlite
from storage.machine import Machine
from storage.sealed import KeyRing

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x4D69677261  # 'Migra': the advisory lock on PostgreSQL
_WAIT = 60_000  # milliseconds for another process's migration on SQLite


class MigrationError(Exception):
    """A migration would have left the data in disorder. Nothing was changed."""


class OtherSchema(Exception):
    """This database has not the schema of this program."""


def upgrade(url: str, revision: str = "head", *, secrets: str = "", scripts: Path = MIGRATIONS) -> None:
    """Bring the database to the schema of this program, in one transaction: all of it or nothing.

    Two processes may call it at once: the second waits, then finds nothing to do. secrets: of CONVOCA_SECRET_KEY;
    only a database with rows may need them. Raises MigrationError; BadKey: a row is to be sealed, and there is no key.
    """
    with changing(make_url(url), KeyRing(secrets) if secrets else None) as db:
        bring(db, revision, scripts=scripts)


def bring(db: Connection, revision: str = "head", *, scripts: Path = MIGRATIONS) -> None:
    """The same within a transaction of `changing`. Raises CommandError: no such revision."""
    config = config_of(scripts)
    config.attributes["connection"] = db
    command.upgrade(config, revision)


def require_current(url: str) -> None:
    """Raises OtherSchema, with what to do, unless the database is at the newest revision of this program."""
    found = current(url)
    if found is None:
        raise OtherSchema("This database has no tables yet. Say: convoca migrate")
    if found != newest():
        raise OtherSchema(
            f"This database has schema {found}, this program needs {newest()}. "
            "Make a backup, then say: convoca migrate (or install the program that made this database)."
        )


def newest() -> str | None:
    """The revision of this program."""
    return ScriptDirectory.from_config(config_of(MIGRATIONS)).get_current_head()


def current(url: str) -> str | None:
    """The revision of this database; None: it has no tables, or is not there."""
    where = make_url(url)
    if where.get_backend_name() == "sqlite" and not sqlite.file_of(where).exists():
        return None
    engine = _engine(where)
    try:
        with engine.connect() as db:
            return MigrationContext.configure(db).get_current_revision()
    finally:
        engine.dispose()


def config_of(scripts: Path) -> Config:
    """Alembic's settings, without a file."""
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return config


def _engine(url: URL, ring: KeyRing | None = None) -> Engine:
    if url.get_backend_name() == "sqlite":
        return sqlite.engine_of(url, ring, f"busy_timeout = {_WAIT}", "foreign_keys = OFF", "synchronous = FULL")
    return postgres.engine_of(url, ring, size=1)


def changing(url: URL, ring: KeyRing | None = None) -> AbstractContextManager[Connection]:
    """One transaction that has the whole database for itself: everything in it is kept, or nothing."""
    kind = _changing_sqlite if url.get_backend_name() == "sqlite" else _changing_postgres
    return kind(url, ring)


@contextmanager
def _changing_sqlite(url: URL, ring: KeyRing | None) -> Iterator[Connection]:
    """Foreign keys are off before the transaction begins: a batch change drops the parent table, and with them on
    SQLite would quietly empty its children. So they are checked as a whole before the commit."""
    path = sqlite.file_of(url)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    machine, engine = Machine(path), _engine(url, ring)
    try:
        with engine.connect() as db:
            db.exec_driver_sql("PRAGMA journal_mode = WAL")
            with machine.turn():
                db.exec_driver_sql("BEGIN EXCLUSIVE")
            try:
                yield db
                _check_foreign_keys(db)
                db.exec_driver_sql("COMMIT")
            finally:
                if sqlite.driver(db).in_transaction:
                    db.exec_driver_sql("ROLLBACK")
    finally:
        engine.dispose()
        machine.leave()


def _check_foreign_keys(db: Connection) -> None:
    broken = sorted({f"{row[0]} -> {row[2]}" for row in db.exec_driver_sql("PRAGMA foreign_key_check")})
    if broken:
        raise MigrationError(f"The migration would leave rows without their parents: {', '.join(broken)}")


@contextmanager
def _changing_postgres(url: URL, ring: KeyRing | None) -> Iterator[Connection]:
    engine = _engine(url, ring)
    try:
        with engine.begin() as db:
            db.exec_driver_sql("SET LOCAL statement_timeout = 0")  # a big table may take its time
            # A restore reads and unpacks a file between two statements; a slow disk must not end it.
            db.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            db.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            yield db
    finally:
        engine.dispose()
