"""Run by Alembic. Connection and transaction belong to `storage.migrate`, so nothing is begun or committed here."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from storage.sealed import Sealed
from storage.tables import metadata
from storage.tables.base import Id, Instant


def _frozen(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Our types as what they are in the database: a migration must mean the same after our code has changed."""
    if kind == "type" and isinstance(item, Sealed):
        return "sa.LargeBinary()"
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and item is Id:
        return "ID"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata", metadata),
    render_as_batch=True,  # SQLite changes a table by copying it
    render_item=_frozen,
)
with context.begin_transaction():
    context.run_migrations()
