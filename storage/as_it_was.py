"""Rows that a join changed or took away, as they were before it, and how they are given back (`merging.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, select, update

from storage.store import Unit
from storage.tables import consent, follow, muted, person, registration, sighting
from storage.tables.base import Instant

# JSON: of a row that changed [table, id, {column: [before, after]}], of one that went [table, None, {column: value}].
AsItWas = list[list[Any]]
_BY_NAME: Mapping[str, Table] = {t.name: t for t in (consent, follow, muted, person, registration, sighting)}


def change(unit: Unit, was: AsItWas, table: Table, *which: ColumnElement[bool], **values: Any) -> None:
    """These columns of these rows; what they held is noted in `was`."""
    for row in unit.db.execute(select(table).where(*which).order_by(table.c.id)).mappings().all():
        new = {name: [_plain(row[name]), _plain(value)] for name, value in values.items() if row[name] != value}
        if new:
            was.append([table.name, row["id"], new])
            unit.db.execute(update(table).where(table.c.id == row["id"]).values(**values))


def drop(unit: Unit, was: AsItWas, table: Table, *which: ColumnElement[bool]) -> None:
    """These rows; what they held is noted in `was`."""
    for row in unit.db.execute(select(table).where(*which).order_by(table.c.id)).mappings().all():
        was.append([table.name, None, {name: _plain(value) for name, value in row.items() if name != "id"}])
    unit.db.execute(delete(table).where(*which))


def give_back(unit: Unit, was: Iterable[list[Any]]) -> None:
    """What nobody has changed since is as it was. A row that went comes back unless there is one like it by now."""
    for name, id, values in reversed(list(was)):
        table = _BY_NAME[name]
        if id is None:
            unit.insert_new(table, **{column: _value(table, column, value) for column, value in values.items()})
        else:
            _change_back(unit, table, id, values)


def _change_back(unit: Unit, table: Table, id: int, values: Mapping[str, tuple[Any, Any]]) -> None:
    found = unit.db.execute(select(table).where(table.c.id == id)).mappings().first()
    row: Mapping[Any, Any] = found or {}
    as_left = {name: before for name, (before, after) in values.items() if name in row and _plain(row[name]) == after}
    given = {column: _value(table, column, before) for column, before in as_left.items()}
    if given:
        unit.db.execute(update(table).where(table.c.id == id).values(**given))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _value(table: Table, column: str, value: Any) -> Any:
    """As the column holds it."""
    moment = isinstance(table.c[column].type, Instant) and value is not None
    return datetime.fromisoformat(value) if moment else value
