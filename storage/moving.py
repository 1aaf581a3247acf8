"""From SQLite to PostgreSQL: row for row, a page a transaction. Broken off, it goes on where it stopped."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import Connection, Engine, delete, func, insert, inspect, make_url, select, text

from storage import backups, migrate, postgres, restoring, rows, sqlite
from storage.machine import Machine
from storage.rows import Shape
from storage.snapshot import snapshot
from storage.tables import lease

MARK = "moving"  # the lease of a database that is half moved; leases themselves are not moved
FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)


class CannotMove(Exception):
    """The move did not begin, or what came of it is not what was there. The old database is as it was."""


def move(source: str, target: str, told: Callable[[str, int], None]) -> int:
    """Copy all rows of `source` into `target`, then compare every table; how many rows there are.

    told(table, rows) is called after each table. The old database is only read: nobody may use it meanwhile.
    Raises CannotMove; OtherSchema: the source has not this program's schema.
    """
    migrate.require_current(source)
    _check(source, target)
    migrate.upgrade(target)
    with _watched(source) as disturbed, snapshot(make_url(source)) as old, _pool(target) as new:
        _begin(new)
        for shape in rows.shapes():
            _table(old, new, shape)
            told(shape.name, _compared(old, new, shape))
        if disturbed():  # what was written meanwhile would stay behind: the mark stays, and nothing starts on it
            raise CannotMove("The old database was used during the move. Stop Convoca, empty the new one, begin again.")
        with new.begin() as db:
            restoring.number_on(db, rows.shapes(), beyond=_numbered(old))
            db.execute(delete(lease).where(lease.c.name == MARK))
            return sum(_rows(db, shape) for shape in rows.shapes())


def require_whole(url: str) -> None:
    """Raises CannotMove for a database whose move was broken off: half of its rows are still elsewhere."""
    if make_url(url).get_backend_name() != "sqlite" and _half(url):
        raise CannotMove("This database is half moved. Say `convoca move` again: it goes on where it stopped.")


def _half(url: str) -> bool:
    with snapshot(make_url(url)) as db:
        there = inspect(db).has_table(lease.name)
        return there and db.execute(select(lease.c.name).where(lease.c.name == MARK)).first() is not None


def _check(source: str, target: str) -> None:
    if make_url(source).get_backend_name() != "sqlite" or make_url(target).get_backend_name() == "sqlite":
        raise CannotMove("A move goes from SQLite to PostgreSQL. For the way back, restore a backup into a new file.")
    machine = Machine(sqlite.file_of(make_url(source)))
    alone = machine.alone()
    machine.leave()
    if not alone:
        raise CannotMove("Convoca still uses this database. Stop it (`convoca run`), then say it again.")
    if not backups.is_empty(target) and not _half(target):
        raise CannotMove("There is data in the new database already. Make an empty one.")


@contextmanager
def _watched(source: str) -> Iterator[Callable[[], bool]]:
    """Tells whether anybody has written to this SQLite file since."""
    where = sqlite.file_of(make_url(source)).absolute().as_uri()
    raw = sqlite3.connect(f"{where}?mode=ro", uri=True, isolation_level=None)
    try:
        before = raw.execute("PRAGMA data_version").fetchone()
        yield lambda: raw.execute("PRAGMA data_version").fetchone() != before
    finally:
        raw.close()


@contextmanager
def _pool(url: str) -> Iterator[Engine]:
    engine = postgres.engine_of(make_url(url), None, size=1)
    try:
        yield engine
    finally:
        engine.dispose()


def _begin(new: Engine) -> None:
    with new.begin() as db:
        if db.execute(select(lease.c.name).where(lease.c.name == MARK)).first() is None:
            db.execute(insert(lease).values(name=MARK, holder="convoca move", until=FOR_EVER))


def _table(old: Connection, new: Engine, shape: Shape) -> None:
    """Numbered rows go on behind the last that came; the few others come all at once."""
    if not shape.numbered:
        with new.begin() as db:
            rows.empty(db, shape)
            rows.fill(db, shape, rows.lines(old, shape))
        return
    with new.begin() as db:
        last = db.execute(select(func.max(shape.table().c.id))).scalar()
    for page in _pages(rows.lines(old, shape, last or 0)):
        with new.begin() as db:
            rows.fill(db, shape, page)
    if shape.own:
        with new.begin() as db:
            rows.tie(db, shape, rows.lines(old, shape))


def _pages(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    while page := list(islice(lines, rows.PAGE)):
        yield page


def _compared(old: Connection, new: Engine, shape: Shape) -> int:
    was = rows.summed(rows.lines(old, shape))  # first: PostgreSQL ends a session that waits a minute in a transaction
    with new.connect() as db:
        came = rows.summed(rows.lines(db, shape))
    if came != was:
        raise CannotMove(
            f"The table {shape.name} has {was.rows} rows here and {came.rows} there, or other ones: was the old "
            "database used in between? Empty the new database and begin again."
        )
    return was.rows


def _numbered(old: Connection) -> dict[str, int]:
    """Table -> the last number it gave, also where that row is gone."""
    return {row.name: row.seq for row in old.execute(text("SELECT name, seq FROM sqlite_sequence"))}


def _rows(db: Connection, shape: Shape) -> int:
    return db.execute(select(func.count()).select_from(shape.table())).scalar_one()
