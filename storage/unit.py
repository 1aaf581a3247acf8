"""What one transaction is given, and the work that waits for one."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.sealed import KeyRing

# One cheap query: the database's clock and the seconds a test or the simulator adds to it.
_OFFSET = "(SELECT value FROM setting WHERE name = 'clock_offset')"
_CLOCKS = {
    "sqlite": f"SELECT strftime('%Y-%m-%d %H:%M:%f', 'now'), {_OFFSET}",
    "postgresql": f"SELECT clock_timestamp(), {_OFFSET}",
}


@dataclass(slots=True)
class Unit:
    """One transaction: all of it is stored, or nothing."""

    db: Connection  # Core only; it is neither committed nor rolled back by who uses it
    now: datetime  # aware UTC, the database's clock plus the offset; the same through the whole unit
    ring: KeyRing
    rng: random.Random

    def lock(self, table: Table, id: int) -> None:
        """Nobody else changes this row until the unit ends. On SQLite there is one writer anyway."""
        if self.db.dialect.name == "postgresql":
            # NO KEY UPDATE: rows that only point at it (an outbox row at its sender) need not wait.
            self.db.execute(select(table.c.id).where(table.c.id == id).with_for_update(key_share=True))

    def insert_new(self, table: Table, **values: object) -> bool:
        """Insert a row unless a row with the same unique key is there. True: it is new."""
        insert = postgresql.insert if self.db.dialect.name == "postgresql" else sqlite.insert
        row = insert(table).values(**values).on_conflict_do_nothing().returning(*table.primary_key)
        return self.db.execute(row).first() is not None

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the unit that may fail by itself: when it raises, it is undone and the rest stands."""
        self.db.exec_driver_sql("SAVEPOINT part")
        try:
            yield
        except Exception:
            self.db.exec_driver_sql("ROLLBACK TO part")
            self.db.exec_driver_sql("RELEASE part")
            raise
        self.db.exec_driver_sql("RELEASE part")


Work = Callable[[Unit], Any]


def forbid_commit(_: Connection) -> None:
    """A listener: whoever commits inside a unit would part what belongs together."""
    raise RuntimeError("a unit is committed by the store alone")


def begun(db: Connection, ring: KeyRing, rng: random.Random) -> Unit:
    """A unit on a connection whose transaction has begun."""
    at, offset = db.exec_driver_sql(_CLOCKS[db.dialect.name]).one()
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC) if isinstance(at, str) else at.astimezone(UTC)
    return Unit(db, moment + timedelta(seconds=float(offset)) if offset else moment, ring, rng)


@dataclass(slots=True)
class Job:
    """A work and the future of who waits for it."""

    work: Work
    future: Future[Any] = field(default_factory=Future)
    result: Any = None
    error: BaseException | None = None
    begun: bool = False  # the work has been called

    def starts(self) -> bool:
        """False: nobody waits for it any more, so it is not run."""
        return self.future.set_running_or_notify_cancel()

    def run(self, opened: Callable[[], Unit]) -> bool:
        """Keep what the work gives, to be told after the commit. False: it raised, or no unit could be opened."""
        self.result, self.error, self.begun = None, None, False
        try:
            unit = opened()
            self.begun = True
            self.result = self.work(unit)
        except BaseException as error:  # noqa: BLE001 - it goes to whoever waits, and undoes the unit
            self.error = error
        return self.error is None

    def tell(self) -> None:
        """The transaction has ended: say how."""
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)

    def fail(self, error: BaseException) -> None:
        """Nothing of it is stored."""
        self.error = error
        self.tell()
