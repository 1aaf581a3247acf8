"""What many tests begin with is made once a run: afterwards its rows are copied into each fresh database."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, cast

from storage.sqlite import driver
from storage.store import Unit
from storage.tables import metadata

TABLES = [table.name for table in metadata.sorted_tables if table.name != "setting"]  # there is the clock's offset
_FILLED = "SELECT " + " OR ".join(f"EXISTS (SELECT 1 FROM {name})" for name in TABLES)  # noqa: S608

Rows = dict[str, list[tuple[Any, ...]]]
_kept: dict[Hashable, Rows] = {}


def once(unit: Unit, key: Hashable, build: Callable[[], object]) -> None:
    """Build it in this empty database, or copy what was built under this key before (on SQLite, which nearly all use).

    What is built must not depend on chance, and on the time only as far as the key says it.
    """
    if unit.db.dialect.name != "sqlite" or unit.db.exec_driver_sql(_FILLED).scalar():
        build()
        return
    key = unit.ring.current.id, key
    if rows := _kept.get(key):
        _copy(unit, rows)
    else:
        build()
        _kept[key] = _rows(unit)


def _rows(unit: Unit) -> Rows:
    found = {name: driver(unit.db).execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}  # noqa: S608
    return {name: cast("list[tuple[Any, ...]]", rows) for name, rows in found.items() if rows}


def _copy(unit: Unit, rows: Rows) -> None:
    raw = driver(unit.db)
    raw.execute("PRAGMA defer_foreign_keys = ON")  # until the commit: some rows point at later ones
    for name, values in rows.items():
        raw.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(values[0]))})", values)  # noqa: S608
