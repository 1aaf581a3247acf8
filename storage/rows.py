"""Rows as lines of text that either database can write and read: what a backup holds, and what a move compares.

A line is a JSON array in the order of the columns; bytes stand as base64, moments as ISO 8601 in UTC. Sealed values
stay sealed: nothing here knows a key.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    LargeBinary,
    String,
    Table,
    TableClause,
    Text,
    and_,
    cast,
    column,
    delete,
    insert,
    select,
    table,
    update,
)
from sqlalchemy.types import TypeEngine

from storage.sealed import Sealed
from storage.tables.base import Id, Instant, metadata

PAGE = 1000  # rows held in memory at a time

_TYPES: dict[str, TypeEngine[Any]] = {
    "bytes": LargeBinary(),
    "instant": Instant(),
    "date": Date(),
    "json": JSON(none_as_null=True),
    "bool": Boolean(),
    "number": Id,
    "text": String(),
}
_WRITE: dict[str, Callable[[Any], Any]] = {
    "bytes": lambda value: base64.b64encode(value).decode(),
    "instant": datetime.isoformat,
    "date": date.isoformat,
}
_READ: dict[str, Callable[[Any], Any]] = {
    "bytes": base64.b64decode,
    "instant": datetime.fromisoformat,
    "date": date.fromisoformat,
    "json": lambda text: JSON.NULL if (value := json.loads(text)) is None else value,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as lines: its columns with their kinds, what its rows are ordered by, which columns point at itself."""

    name: str
    columns: tuple[tuple[str, str], ...]  # (name, kind: a word of _TYPES)
    key: tuple[str, ...]
    own: tuple[str, ...]

    @classmethod
    def of(cls, made: Table) -> Shape:
        """The shape of a table as this program declares it."""
        own = [c.name for c in made.columns for key in c.foreign_keys if key.column.table is made]
        columns = tuple((c.name, _kind(c)) for c in made.columns)
        return cls(made.name, columns, tuple(c.name for c in made.primary_key), tuple(own))

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Shape:
        """The shape that `told` wrote."""
        columns = tuple((str(name), str(kind)) for name, kind in told["columns"])
        return cls(str(told["name"]), columns, tuple(told["key"]), tuple(told["own"]))

    @property
    def numbered(self) -> bool:
        """Whether its rows are ordered by a number, `id`. The few tables without one are small."""
        return self.key == ("id",) and dict(self.columns)["id"] == "number"

    def told(self) -> dict[str, Any]:
        """As JSON. A backup describes itself: it is read by programs whose tables have changed since."""
        return {"name": self.name, "columns": [list(c) for c in self.columns], "key": self.key, "own": self.own}

    def table(self) -> TableClause:
        """To make statements of; columns have the types in which the lines are written."""
        return table(self.name, *(column(name, _TYPES[kind]) for name, kind in self.columns))


def shapes() -> list[Shape]:
    """Every table, those that others point at first. Leases are left out: they belong to running processes."""
    return [Shape.of(made) for made in metadata.sorted_tables if made.name != "lease"]


def _kind(c: Column[Any]) -> str:
    if isinstance(c.type, Sealed | LargeBinary):
        return "bytes"
    kinds = (("instant", Instant), ("date", Date), ("json", JSON), ("bool", Boolean), ("text", String))
    return next((name for name, made in kinds if isinstance(c.type, made)), "number")


def lines(db: Connection, shape: Shape, after: int | None = None) -> Iterator[bytes]:
    """Every row as a line, in the order of the key; `after`: only those whose id is greater."""
    made = shape.table()
    # JSON comes as its own text: what was {} or null stays it, to the letter.
    rows = select(*(cast(c, Text) if isinstance(c.type, JSON) else c for c in made.columns))
    if after is not None:
        rows = rows.where(made.c.id > after)
    if shape.numbered:
        rows = rows.order_by(made.c.id)
    found = db.execute(rows, execution_options={"stream_results": True, "yield_per": PAGE})
    written = (_line(shape, row) for row in found)
    return written if shape.numbered else iter(sorted(written))  # texts sort differently in the two databases


def _line(shape: Shape, row: Iterable[Any]) -> bytes:
    return spelt([_told(kind, value) for (_name, kind), value in zip(shape.columns, row, strict=True)])


def spelt(told: list[Any]) -> bytes:
    """The one spelling of a line: equal rows are equal bytes."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _told(kind: str, value: Any) -> Any:
    return value if value is None or kind not in _WRITE else _WRITE[kind](value)


def values(shape: Shape, line: bytes) -> dict[str, Any]:
    """The row of a line, by column."""
    told = json.loads(line)
    pairs = zip(shape.columns, told, strict=True)
    return {name: value if value is None or kind not in _READ else _READ[kind](value) for (name, kind), value in pairs}


def fill(db: Connection, shape: Shape, given: Iterable[bytes]) -> int:
    """Insert these lines; how many. Columns that point at their own table stay empty until `tie`."""
    made, count, page = shape.table(), 0, []
    for line in given:
        page.append(values(shape, line) | dict.fromkeys(shape.own))
        if len(page) == PAGE:
            db.execute(insert(made), page)
            count, page = count + len(page), []
    if page:
        db.execute(insert(made), page)
    return count + len(page)


def tie(db: Connection, shape: Shape, given: Iterable[bytes]) -> None:
    """Fill the columns that point at their own table, now that all its rows are there."""
    made = shape.table()
    for line in given:
        row = values(shape, line)
        own = {name: row[name] for name in shape.own if row[name] is not None}
        if own:
            db.execute(update(made).where(and_(*(made.c[name] == row[name] for name in shape.key))).values(own))


def empty(db: Connection, shape: Shape) -> None:
    """Every row away."""
    db.execute(delete(shape.table()))


@dataclass(frozen=True, slots=True)
class Sum:
    """What proves that two tables are equal."""

    rows: int
    sha256: str  # of all lines, hex


def summed(given: Iterable[bytes]) -> Sum:
    """Count and digest of lines."""
    digest, count = hashlib.sha256(), 0
    for line in given:
        digest.update(line)
        count += 1
    return Sum(count, digest.hexdigest())
