"""The database as everybody uses it: write, read, do. One unit is one transaction, on SQLite and PostgreSQL."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic
from typing import Protocol, TypeVar

from sqlalchemy import make_url

from storage.postgres import Postgres
from storage.sealed import KeyRing
from storage.sqlite import Sqlite
from storage.trouble import TROUBLE
from storage.unit import Job, Unit

__all__ = ["Store", "Unit"]

T = TypeVar("T")


class Database(Protocol):
    """What a kind of database has to offer."""

    threads: set[int]  # idents of its writer threads

    def submit(self, job: Job, lane: str) -> None:
        """Run the job in a transaction of the writers, soon."""

    def read(self, work: Callable[[Unit], T]) -> T:
        """Run the work on a snapshot, in the caller's thread."""

    def close(self) -> None:
        """Finish what was submitted, then let go of everything."""


class Store:
    """The one shared database.

    A work gets a `Unit` and may be run again when the database undoes it, so all its effects are in the database.
    """

    def __init__(self, url: str, secret: str, *, threads: int = 6, rng: random.Random | None = None) -> None:
        self.ring = KeyRing(secret)
        self.url = make_url(url)
        self.trouble_at: float | None = None  # monotonic seconds: when the database last could not store something
        self._closed = False
        self._gate = threading.Lock()  # no job is given after the last one
        self._database: Database
        rng = rng or random.SystemRandom()
        if self.url.get_backend_name() == "sqlite":
            self._database = Sqlite(self.url, self.ring, rng)
        else:
            self._database = Postgres(self.url, self.ring, rng, threads)

    @property
    def dialect(self) -> str:
        """'sqlite' or 'postgresql'."""
        return self.url.get_backend_name()

    def write(self, work: Callable[[Unit], T], lane: str = "") -> Future[T]:
        """Run the work in one transaction. The future is resolved after the commit, or gets the work's exception.

        Works of one lane that is not empty run one after another, in the order they were given.
        """
        job = Job(work)
        job.future.add_done_callback(self._note)
        with self._gate:
            if self._closed:
                raise RuntimeError("the store is closed")
            self._database.submit(job, lane)
        return job.future

    def _note(self, done: Future[T]) -> None:
        if not done.cancelled() and isinstance(done.exception(), TROUBLE):
            self.trouble_at = monotonic()

    def do(self, work: Callable[[Unit], T], lane: str = "") -> T:
        """Write and wait. Never from inside a unit: it would wait for itself."""
        if threading.get_ident() in self._database.threads:
            raise RuntimeError("a unit can not wait for another unit: use the one it has")
        return self.write(work, lane).result()

    def read(self, work: Callable[[Unit], T]) -> T:
        """Run the work on what is committed now, beside the writers. It can not write."""
        return self._database.read(work)

    def close(self) -> None:
        """Finish what was given and let go of the database. Closing twice is fine."""
        with self._gate:
            closed, self._closed = self._closed, True
        if not closed:
            self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
