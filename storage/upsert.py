"""Insert a row unless it stands: the same on both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from storage.store import Unit


def insert_once(unit: Unit, table: Any, values: dict[str, Any], *unique: str) -> int | None:
    """Insert unless a row with these unique columns stands; the new row's key, or None."""
    dialect = postgresql if unit.db.dialect.name == "postgresql" else sqlite
    query = dialect.insert(table).values(**values).on_conflict_do_nothing(index_elements=list(unique))
    return unit.db.execute(query.returning(next(iter(table.primary_key)))).scalar()
