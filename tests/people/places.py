"""Where personal data could stand in the clear: every byte that is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from storage import tables as t
from storage.store import Store


def in_the_database(store: Store) -> Iterator[tuple[str, bytes]]:
    """(place, bytes) of all that is stored: every byte of SQLite's files, every value of PostgreSQL's tables."""
    if store.dialect == "sqlite":
        path = Path(make_url(store.url).database or "")
        yield from ((file.name, file.read_bytes()) for file in path.parent.glob(f"{path.name}*"))
        return
    with psycopg.connect(store.url.render_as_string(hide_password=False)) as db:
        for table in t.metadata.sorted_tables:
            for row in db.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table.name))):
                yield table.name, b"\x00".join(v if isinstance(v, bytes) else str(v).encode() for v in row)


def traces(store: Store, *wanted: str) -> list[str]:
    """Where one of these texts stands in the clear, in whatever case."""
    places = list(in_the_database(store))
    assert sum(len(held) for _place, held in places) > 1000
    return [f"{word} in {place}" for place, held in places for word in wanted if word.lower().encode() in held.lower()]
