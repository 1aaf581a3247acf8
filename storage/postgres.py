"""PostgreSQL: a pool of threads, a unit a transaction at READ COMMITTED, one person's burst in one queue (DESIGN 4)."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TypeVar, cast

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from storage.sealed import RING, KeyRing
from storage.unit import Job, Unit, begun, forbid_commit

T = TypeVar("T")

TRIES = 6  # of a unit that the database undid because of another one
_AGAIN = {"40001", "40P01"}  # serialization failure, deadlock
_LIMITS = {
    "statement_timeout": "120s",
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}


def driver_url(url: URL) -> URL:
    """`postgresql://` means psycopg 3 here."""
    return url.set(drivername="postgresql+psycopg")


def engine_of(url: URL, ring: KeyRing | None, *, size: int, more: int = 0) -> Engine:
    """An engine whose sessions can not hang for ever."""
    # hide_parameters: neither a log nor an error quotes what somebody wrote
    engine = create_engine(driver_url(url), pool_size=size, max_overflow=more, hide_parameters=True)
    setattr(engine.dialect, RING, ring)

    @event.listens_for(engine, "connect")
    def prepare(raw: psycopg.Connection[tuple[object, ...]], _: object) -> None:
        for name, value in _LIMITS.items():
            raw.execute("SELECT set_config(%s, %s, false)", (name, value))
        raw.commit()

    return engine


def _driver(db: Connection) -> psycopg.Connection[tuple[object, ...]]:
    return cast("psycopg.Connection[tuple[object, ...]]", db.connection.driver_connection)


def _worth_another_try(job: Job) -> bool:
    """Another unit was in the way; or a pooled connection turned out dead before the work began."""
    error = job.error
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return not job.begun
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, psycopg.Error) and cause.sqlstate in _AGAIN


class Postgres:
    """The server, a pool of writers with their lanes, and the readers."""

    def __init__(self, url: URL, ring: KeyRing, rng: random.Random, threads: int) -> None:
        self._ring, self._rng = ring, rng
        self._writers = engine_of(url, ring, size=threads)
        self._readers = engine_of(url, ring, size=threads, more=40).execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        event.listen(self._writers, "commit", forbid_commit)
        self._lanes: dict[str, deque[Job]] = {}  # a lane is here while one of its jobs waits or runs
        self._gate = threading.Lock()
        self._closing = False
        with ExitStack() as undo:
            undo.callback(self._writers.dispose)
            self._writers.connect().close()  # a server that is not there is told at once
            undo.pop_all()
        self.threads: set[int] = set()
        self._pool = ThreadPoolExecutor(threads, "convoca-writer", lambda: self.threads.add(threading.get_ident()))

    def submit(self, job: Job, lane: str) -> None:
        """Jobs of a lane wait in the lane, not in the pool."""
        if not lane:
            self._pool.submit(self._serve, job)
            return
        with self._gate:
            if lane in self._lanes:
                self._lanes[lane].append(job)
                return
            self._lanes[lane] = deque([job])
        self._pool.submit(self._serve_lane, lane)

    def read(self, work: Callable[[Unit], T]) -> T:
        """On a snapshot of what is committed, in the caller's thread."""
        with self._readers.connect() as db:
            return work(begun(db, self._ring, self._rng))

    def close(self) -> None:
        """Finish what was submitted, then let go of the server."""
        with self._gate:
            self._closing = True
        self._pool.shutdown()
        self._writers.dispose()
        self._readers.dispose()

    # -- the writer threads --

    def _serve_lane(self, lane: str) -> None:
        """One job; then the lane queues up again behind the others."""
        while True:
            with self._gate:
                job = self._lanes[lane].popleft()
            self._serve(job)
            with self._gate:
                if not self._lanes[lane]:
                    del self._lanes[lane]
                    return
                if not self._closing:  # a closed pool takes nothing more: then this thread finishes the lane
                    self._pool.submit(self._serve_lane, lane)
                    return

    def _serve(self, job: Job) -> None:
        if not job.starts():
            return
        for attempt in range(TRIES):
            self._try(job)
            if not _worth_another_try(job):
                break
            time.sleep(0.005 * 2**attempt)
        job.tell()

    def _try(self, job: Job) -> None:
        try:
            with self._writers.connect() as db:
                if job.run(lambda: begun(db, self._ring, self._rng)):
                    _driver(db).commit()
        except Exception as error:  # noqa: BLE001 - no connection, or the commit failed: whoever waits is told
            job.error = error
