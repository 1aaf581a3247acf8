"""The database as it is at one moment, read beside whoever writes: for a backup, a move, a comparison."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import URL, Connection

from storage import postgres, sqlite
from storage.machine import Machine

_BUSY = 10_000  # milliseconds that a reader waits, which WAL hardly ever asks of it


def snapshot(url: URL) -> AbstractContextManager[Connection]:
    """A connection that sees what was committed when it began, and nothing later. Sealed values stay sealed."""
    return _sqlite(url) if url.get_backend_name() == "sqlite" else _postgres(url)


@contextmanager
def _sqlite(url: URL) -> Iterator[Connection]:
    machine = Machine(sqlite.file_of(url))
    engine = sqlite.engine_of(url, None, "query_only = ON", f"busy_timeout = {_BUSY}")
    try:
        with engine.connect() as db:
            db.exec_driver_sql("BEGIN")
            yield db
            db.exec_driver_sql("ROLLBACK")
    finally:
        engine.dispose()
        machine.leave()


@contextmanager
def _postgres(url: URL) -> Iterator[Connection]:
    engine = postgres.engine_of(url, None, size=1)
    try:
        with engine.connect() as opened:
            db = opened.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            # A page of rows is packed between two statements; a slow disk must not end the snapshot.
            db.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield db
    finally:
        engine.dispose()
