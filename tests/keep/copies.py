"""Backups made, changed and restored: what the tests of this room share."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, inspect, make_url

from bot.app import App
from storage import backups, migrate, restoring, rows
from storage.backups import Backup
from storage.sealed import KeyRing
from storage.snapshot import snapshot
from storage.store import Store
from tests.kit import parts

NOW = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)


def made(url: str, folder: Path, now: datetime = NOW) -> Backup:
    return backups.make(url, folder / backups.named(now), program="0.1.0", now=now)


def restored(url: str, backup: Backup, secret: str) -> None:
    restoring.restore(url, backup, KeyRing(secret))


def sums(url: str) -> dict[str, rows.Sum]:
    with snapshot(make_url(url)) as db:
        return {shape.name: rows.summed(rows.lines(db, shape)) for shape in rows.shapes()}


def app_on(store: Store) -> App:
    return App(store, parts())


def repacked(backup: Backup, change: dict[str, bytes]) -> Path:
    """The same file with other members."""
    path = backup.path.with_name("convoca-changed.zip")
    with zipfile.ZipFile(backup.path) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, change.get(name, old.read(name)))
    return path


def as_of(backup: Backup, revision: str, scratch: str) -> Path:
    """What an earlier version would have made: without the tables and columns that came since."""
    migrate.upgrade(scratch, revision)
    engine = create_engine(scratch)
    there = {name: [c["name"] for c in inspect(engine).get_columns(name)] for name in inspect(engine).get_table_names()}
    engine.dispose()
    tables, change = [], {}
    for shape, _sum in backup.tables:
        if shape.name in there:
            keep = [n for n, (name, _kind) in enumerate(shape.columns) if name in there[shape.name]]
            text = b"".join(rows.spelt([json.loads(line)[n] for n in keep]) for line in backup.lines(shape))
            own = tuple(name for name in shape.own if name in there[shape.name])
            older = replace(shape, columns=tuple(shape.columns[n] for n in keep), own=own)
            found = rows.summed(text.splitlines(keepends=True))
            tables.append(older.told() | {"rows": found.rows, "sha256": found.sha256})
            change[f"tables/{shape.name}.jsonl"] = text
    told = {"format": 1, "made_at": NOW.isoformat(), "program": "0.0.9", "schema": revision, "tables": tables}
    return repacked(backup, change | {backups.MANIFEST: json.dumps(told | {"keys": backup.keys}).encode()})
