"""Insert a row unless it stands: the same on both databases."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from storage.store import Unit


def insert_once(unit: Unit, table: Table, values: dict[str, Any], *unique: str) -> int | None:
    """Insert unless a row with these unique columns stands; the new row's key, or None."""
    return unit.db.execute(_prepared(unit.db.dialect.name, table, unique), values).scalar()


@cache
def _prepared(dialect: str, table: Table, unique: tuple[str, ...]) -> ReturningInsert[Any]:
    """Once for each table: building a statement takes longer than running it."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    query = insert(table).on_conflict_do_nothing(index_elements=list(unique))
    return query.returning(next(iter(table.primary_key)))
