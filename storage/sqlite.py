"""SQLite: one writer thread that commits in groups, readers beside it (DESIGN 4)."""

from __future__ import annotations

import random
import sqlite3
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic, sleep
from typing import TypeVar, cast

from sqlalchemy import URL, Connection, Engine, NullPool, QueuePool, create_engine, event

from storage.machine import Machine
from storage.sealed import RING, KeyRing
from storage.unit import Job, Unit, begun, forbid_commit

T = TypeVar("T")

GROUP = 64  # units a commit at most
SPAN = 0.02  # seconds a group may gather: the longest that a unit waits for its neighbours
PATIENCE = 30  # seconds to wait for another process's transaction
POLL = 0.0005  # seconds between two tries meanwhile; SQLite's own time-out sleeps up to 0.1 and lets others overtake
BUSY = 10_000  # milliseconds that a reader waits, which WAL hardly ever asks of it


class TransactionLost(Exception):
    """The database undid the whole transaction (disk full?)."""


def file_of(url: URL) -> Path:
    """The database file. A database in memory is refused: readers and a second process could not see it."""
    if not url.database or ":memory:" in url.database:
        raise ValueError("a SQLite database needs a file: sqlite:///data/convoca.db")
    return Path(url.database)


def engine_of(url: URL, ring: KeyRing | None, *pragmas: str, pool: bool = False) -> Engine:
    """An engine that leaves BEGIN and COMMIT to us."""
    kind = {"poolclass": QueuePool, "pool_size": 8, "max_overflow": 40} if pool else {"poolclass": NullPool}
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,  # neither a log nor an error quotes what somebody wrote
        connect_args={"check_same_thread": False, "cached_statements": 512},
        **kind,
    )
    setattr(engine.dialect, RING, ring)

    @event.listens_for(engine, "connect")
    def prepare(raw: sqlite3.Connection, _: object) -> None:
        for pragma in pragmas:
            raw.execute(f"PRAGMA {pragma}").close()

    return engine


def driver(db: Connection) -> sqlite3.Connection:
    """The connection under SQLAlchemy's: BEGIN, SAVEPOINT and COMMIT are ours."""
    return cast("sqlite3.Connection", db.connection.driver_connection)


def _busy(error: sqlite3.OperationalError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _refuse_if_lost(conn: object, cursor: sqlite3.Cursor, *_: object) -> None:
    # A unit that swallowed "disk full" would go on in autocommit, and run again as a whole later.
    if not cursor.connection.in_transaction:
        raise TransactionLost(TransactionLost.__doc__)


class Sqlite:
    """The database file, its one writer and its readers."""

    def __init__(self, url: URL, ring: KeyRing, rng: random.Random) -> None:
        self._ring, self._rng = ring, rng
        path = file_of(url)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # ballots stand in it beside a person's id
        self._machine = Machine(path)
        self._writers = engine_of(
            url, ring, "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 0"
        )
        self._readers = engine_of(url, ring, "query_only = ON", f"busy_timeout = {BUSY}", pool=True)
        event.listen(self._writers, "before_cursor_execute", _refuse_if_lost)
        event.listen(self._writers, "commit", forbid_commit)
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._ended = False
        with ExitStack() as undo:
            undo.callback(self._machine.leave)
            self._connect()
            undo.pop_all()
        self._thread = threading.Thread(target=self._serve, name="convoca-writer", daemon=True)
        self._thread.start()
        self.threads = {self._thread.ident or 0}

    def submit(self, job: Job, lane: str) -> None:
        """Lanes need nothing here: there is one writer, first come, first served."""
        self._queue.put(job)

    def read(self, work: Callable[[Unit], T]) -> T:
        """On a snapshot of what is committed, in the caller's thread."""
        with self._readers.connect() as db:
            raw = driver(db)
            raw.execute("BEGIN")
            try:
                return work(begun(db, self._ring, self._rng))
            finally:
                if not db.invalidated and raw.in_transaction:
                    raw.execute("ROLLBACK")

    def close(self) -> None:
        """Finish what was submitted, then let go of the file."""
        self._queue.put(None)
        self._thread.join()
        self._db.close()
        self._writers.dispose()
        self._readers.dispose()
        self._machine.leave()

    # -- the writer thread --

    def _serve(self) -> None:
        while not self._ended:
            job = self._take(wait=True)
            if job is not None:
                self._group(job)

    def _take(self, wait: bool = False) -> Job | None:
        """The next job that somebody still waits for; None: nothing now, or the end."""
        while not self._ended:
            try:
                job = self._queue.get(block=wait)
            except Empty:
                return None
            if job is None:
                self._ended = True
            elif job.starts():
                return job
        return None

    def _group(self, first: Job) -> None:
        """One transaction for all that is waiting; whoever comes meanwhile may still join."""
        try:
            self._begin()
        except (sqlite3.Error, OSError) as error:
            self._undo()
            return first.fail(error)
        jobs: list[Job] = []
        job: Job | None = first
        until = monotonic() + SPAN
        while job is not None:
            jobs.append(job)
            if not self._run(job):
                return self._each_alone(jobs)
            full = len(jobs) >= GROUP or monotonic() > until
            job = None if full else self._take()
        if not self._committed():
            return self._each_alone(jobs)
        for job in jobs:
            job.tell()

    def _begin(self) -> None:
        """In turn with other processes: a busy one would else starve the others (1.4 s at worst, with this 0.06)."""
        until = monotonic() + PATIENCE
        with self._machine.turn():
            while True:
                try:
                    self._raw.execute("BEGIN IMMEDIATE")
                    return
                except sqlite3.OperationalError as error:
                    if not _busy(error) or monotonic() > until:
                        raise
                sleep(POLL)

    def _unit(self) -> Unit:
        return begun(self._db, self._ring, self._rng)

    def _run(self, job: Job) -> bool:
        """Run it under a savepoint. False: SQLite has undone the whole transaction, so nothing in it counts."""
        try:
            self._raw.execute("SAVEPOINT unit")
            if not job.run(self._unit) and self._stands():
                self._raw.execute("ROLLBACK TO unit")
            if self._stands():
                self._raw.execute("RELEASE unit")
        except sqlite3.Error as error:  # the savepoint itself failed
            job.error = error
            self._undo()
        return self._stands()

    def _stands(self) -> bool:
        """Whether the transaction is open. A connection that was lost took it along, and is replaced."""
        try:
            return self._raw.in_transaction
        except sqlite3.ProgrammingError:  # closed: SQLAlchemy does so when a unit is broken off in mid-statement
            self._connect()
            return False

    def _connect(self) -> None:
        self._db = self._writers.connect()
        self._raw = driver(self._db)

    def _committed(self) -> bool:
        try:
            self._raw.execute("COMMIT")
        except sqlite3.Error:
            self._undo()
            return False
        return True

    def _undo(self) -> None:
        if self._stands():
            self._raw.execute("ROLLBACK")

    def _each_alone(self, jobs: list[Job]) -> None:
        """The group was undone as a whole and nobody was told anything: each gets a transaction of its own."""
        for job in jobs:
            try:
                self._begin()
                if self._run(job):
                    self._raw.execute("COMMIT")
                elif job.error is None:
                    job.error = TransactionLost(TransactionLost.__doc__)
            except (sqlite3.Error, OSError) as error:
                self._undo()
                job.error = error
            job.tell()
