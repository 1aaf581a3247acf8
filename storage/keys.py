"""Secrets through their life: made, checked at start, renewed by `rekey`; an old one goes when nothing needs it."""

from __future__ import annotations

import os
import secrets
import stat
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    String,
    Table,
    bindparam,
    delete,
    exists,
    func,
    select,
    type_coerce,
    update,
)

from storage.sealed import BadKey, MissingKey, Sealed
from storage.store import Store, Unit
from storage.tables import address, consent, key, metadata, suppression

BATCH = 500  # rows a transaction

_MISSING = """\
This database holds data sealed with the key {ids}, which CONVOCA_SECRET_KEY does not contain. \
Put the old secret behind the new one, parted by a comma, and start again; `convoca rekey` then seals everything \
with the new one. Without the old secret that data can not be read by anybody: restore the secret from your backup."""


def new_secret() -> str:
    """A secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def key_file(path: Path) -> str:
    """The secret in this file, made with mode 0600 when there is none. Raises BadKey: others may read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _make(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise BadKey(f"Others on this machine may read the secret key in {path}. Say: chmod 600 {path}")
    return path.read_text().strip()


def _make(path: Path) -> None:
    """Written whole beside it, then linked: two processes that start at once get the same secret."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(new_secret() + "\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):  # the other process was first
        os.link(draft, path)
    draft.unlink()


def check(store: Store) -> None:
    """At every start: refuse a ring that lacks a key of this database, remember the one that seals from now on.

    Raises MissingKey: which id is missing and what to do.
    """
    store.do(_check)


def _check(unit: Unit) -> None:
    require(unit)
    unit.insert_new(key, id=unit.ring.current.id, since=unit.now)


def require(unit: Unit) -> None:
    """Refuse a ring that lacks a key of this database. Raises MissingKey.

    Asked at a start, and before somebody is taken for a stranger: with a newer key in use, who is known under it can
    not be found here.
    """
    known = set(unit.db.execute(select(key.c.id)).scalars())
    missing = sorted(known - set(unit.ring.by_id))
    if missing:
        raise MissingKey(_MISSING.format(ids=", ".join(missing)))


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key and what needs it."""

    id: str
    current: bool  # it seals what is written now
    held: bool  # CONVOCA_SECRET_KEY contains it
    needed_by: dict[str, int]  # 'table.column' -> rows


def report(store: Store) -> list[KeyUse]:
    """Every key of the ring and of the database, the current one first, with what needs it."""
    return store.read(_report)


def _report(unit: Unit) -> list[KeyUse]:
    current, held = unit.ring.current.id, set(unit.ring.by_id)
    needs = _needs(unit)
    ids = held | set(needs) | set(unit.db.execute(select(key.c.id)).scalars())
    order = sorted(ids, key=lambda id: (id != current, id))
    return [KeyUse(id, id == current, id in held, needs.get(id, {})) for id in order]


def _needs(unit: Unit) -> dict[str, dict[str, int]]:
    needs: dict[str, dict[str, int]] = defaultdict(dict)
    for column, id_of in (*_sealed_with(), *_marked_with()):
        for found, rows in unit.db.execute(select(id_of, func.count()).where(column.is_not(None)).group_by(id_of)):
            id = found.decode("ascii", "replace") if isinstance(found, bytes) else str(found)
            needs[id][f"{column.table.name}.{column.name}"] = rows
    return needs


def _columns() -> list[Column[str]]:
    return [c for table in metadata.sorted_tables for c in table.columns]


def _sealed_with() -> list[tuple[Column[str], ColumnElement[object]]]:
    """Every sealed column, with what gives the id of a value's key."""
    found = [c for c in _columns() if isinstance(c.type, Sealed)]
    return [(c, func.substr(_raw(c), 2, 8, type_=LargeBinary)) for c in found]


def _marked_with() -> list[tuple[Column[str], ColumnElement[object]]]:
    return [(c, func.substr(c, 1, 8, type_=String)) for c in _columns() if c.name == "fingerprint"]


def _raw(column: Column[str]) -> ColumnElement[bytes]:
    return type_coerce(column, LargeBinary)


def rekey(store: Store, batch: int = BATCH) -> int:
    """Seal everything with the current key and let go of the keys that nothing needs; how many values were changed.

    A transaction a batch, beside the running service: broken off, it goes on where it stopped. A service that was not
    started again with the new key first answers 503 meanwhile, and providers deliver again. What can not be computed
    anew keeps its key in the ring: the fingerprints of addresses that were wiped or never known.
    """
    changed = 0
    for column, id_of in _sealed_with():
        changed += _in_batches(store, batch, partial(_reseal, column, id_of))
    changed += _in_batches(store, batch, _mark_anew)
    store.do(_let_go)
    return changed


Step = Callable[[int, int, Unit], tuple[int, int]]  # (after this id, at most so many rows) -> (last id, rows seen)


def _in_batches(store: Store, batch: int, step: Step) -> int:
    after, changed, rows = 0, 0, batch
    while rows == batch:
        after, rows = store.do(partial(step, after, batch))
        changed += rows
    return changed


def _reseal(column: Column[str], id_of: ColumnElement[object], after: int, limit: int, unit: Unit) -> tuple[int, int]:
    id, old = column.table.c.id, _raw(column)
    stale = (id > after, column.is_not(None), id_of != unit.ring.current.id.encode())
    rows = unit.db.execute(
        select(id, old.label("old"), column.label("text")).where(*stale).order_by(id).limit(limit)
    ).all()
    # Compared with the old bytes: a turn may have written the row since, on PostgreSQL.
    change = (
        update(column.table)
        .where(id == bindparam("row"), old == bindparam("old", type_=LargeBinary))
        .values({column: bindparam("text", type_=column.type)})
    )
    if rows:
        unit.db.execute(change, [{"row": r.id, "old": r.old, "text": r.text} for r in rows])
    return (rows[-1].id if rows else after), len(rows)


def _mark_anew(after: int, limit: int, unit: Unit) -> tuple[int, int]:
    c = address.c
    stale = (c.id > after, c.value.is_not(None), c.fingerprint.not_like(unit.ring.current.id + ":%"))
    rows = unit.db.execute(
        select(c.id, c.channel, c.value, c.fingerprint).where(*stale).order_by(c.id).limit(limit)
    ).all()
    for row in rows:
        new = unit.ring.fingerprint(row.channel, row.value)
        if row.fingerprint in unit.ring.fingerprints(row.channel, row.value):
            for table in (address, suppression, consent):
                _replace(unit, table, row.channel, row.fingerprint, new)
    return (rows[-1].id if rows else after), len(rows)


def _replace(unit: Unit, table: Table, channel: str, old: str, new: str) -> None:
    """The same fingerprint in every table, since they are compared with each other; never two equal ones."""
    c, twin = table.c, table.alias()
    taken = exists().where(twin.c.channel == channel, twin.c.fingerprint == new)
    change = update(table).where(c.channel == channel, c.fingerprint == old).values(fingerprint=new)
    unit.db.execute(change if table is consent else change.where(~taken))


def _let_go(unit: Unit) -> None:
    kept = {use.id for use in _report(unit) if use.current or use.needed_by}
    unit.db.execute(delete(key).where(key.c.id.not_in(kept)))
