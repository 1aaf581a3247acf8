"""Backups: one file that holds every row of one moment and describes itself. Either database can be made of it.

A ZIP with `tables/<name>.jsonl` (storage/rows.py) and `manifest.json`: when, which schema, which keys are needed to
read it, and of each table its columns, how many rows, and their SHA-256. Personal data stays sealed in it.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL, Connection, inspect, literal, make_url, select, table

from storage import rows, sqlite
from storage.lock import ENDING
from storage.rows import Shape, Sum
from storage.snapshot import snapshot
from storage.tables import key

FORMAT = 1
MANIFEST = "manifest.json"
_STAMP = "%Y%m%dT%H%M%SZ"


class BadBackup(Exception):
    """This file is no backup, or not the one that was made: it was cut short or changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup says of itself."""

    path: Path
    made_at: datetime  # aware UTC
    program: str  # version of Convoca
    schema: str  # revision of the database
    keys: tuple[str, ...]  # ids of the keys without which personal data in it can not be read
    tables: tuple[tuple[Shape, Sum], ...]

    @property
    def rows(self) -> int:
        """How many, in all tables."""
        return sum(sum_.rows for _shape, sum_ in self.tables)

    def lines(self, shape: Shape) -> Iterator[bytes]:
        """The rows of a table."""
        with zipfile.ZipFile(self.path) as packed, packed.open(_member(shape.name)) as member:
            yield from member


def make(
    url: str, path: Path, *, program: str, now: datetime, shut: Callable[[Path], None] = lambda draft: None
) -> Backup:
    """Write a backup of this database, beside whoever uses it. It takes the name `path` when it is whole.

    shut  what locks the file once it was looked through (storage/lock.py)
    Raises FileExistsError; OSError: no room, no permission. Nothing is left of a broken one.
    """
    draft = path.with_name(f"{path.name}.part")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
                _pack(make_url(url), packed, program, now)
            file.flush()
            os.fsync(file.fileno())
        backup = look(draft)
        shut(draft)
        _named(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return replace(backup, path=path)


def _named(draft: Path, path: Path) -> None:
    """Give it its name, never over another backup. Sticks and network folders may know no hard links."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
        draft.replace(path)


def _pack(url: URL, packed: zipfile.ZipFile, program: str, now: datetime) -> None:
    with snapshot(url) as db:
        told = {"format": FORMAT, "made_at": now.isoformat(), "program": program, "schema": _schema(db)}
        told["keys"] = sorted(db.execute(select(key.c.id)).scalars())
        told["tables"] = [shape.told() | _packed(db, packed, shape) for shape in rows.shapes()]
    packed.writestr(MANIFEST, json.dumps(told, indent=1))


def _schema(db: Connection) -> str:
    return str(db.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())


def _packed(db: Connection, packed: zipfile.ZipFile, shape: Shape) -> dict[str, object]:
    with packed.open(_member(shape.name), "w", force_zip64=True) as member:
        found = rows.summed(_passed(member.write, rows.lines(db, shape)))
    return {"rows": found.rows, "sha256": found.sha256}


def _passed(write: Callable[[bytes], object], given: Iterator[bytes]) -> Iterator[bytes]:
    for line in given:
        write(line)
        yield line


def _member(name: str) -> str:
    return f"tables/{name}.jsonl"


def look(path: Path) -> Backup:
    """Read what a backup says of itself, and hold every row against it. Raises BadBackup; OSError: no such file."""
    try:
        backup = _manifest(path)
        wrong = [shape.name for shape, told in backup.tables if rows.summed(backup.lines(shape)) != told]
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise BadBackup(f"{path.name} is no whole backup of Convoca. Take another one.") from error
    if wrong:
        raise BadBackup(f"{path.name} was changed after it was made: {', '.join(wrong)}. Take another one.")
    return backup


def _manifest(path: Path) -> Backup:
    with zipfile.ZipFile(path) as packed:
        told = json.loads(packed.read(MANIFEST))
    if told["format"] != FORMAT:
        raise BadBackup(f"{path.name} has format {told['format']}, this program reads {FORMAT}: use a newer Convoca.")
    return Backup(
        path=path,
        made_at=datetime.fromisoformat(told["made_at"]),
        program=str(told["program"]),
        schema=str(told["schema"]),
        keys=tuple(told["keys"]),
        tables=tuple((Shape.read(t), Sum(int(t["rows"]), str(t["sha256"]))) for t in told["tables"]),
    )


def is_empty(url: str) -> bool:
    """Whether nothing is kept there yet: no tables, or tables of Convoca, of whatever version, without rows.

    The mark of a move that was broken off is a row like any other.
    """
    where = make_url(url)
    if where.get_backend_name() == "sqlite" and not sqlite.file_of(where).exists():
        return True
    with snapshot(where) as db:
        names = set(inspect(db).get_table_names())
        ours = not names or "alembic_version" in names  # tables of others are not ours to fill
        return ours and not any(_has_rows(db, name) for name in names - {"alembic_version"})


def _has_rows(db: Connection, name: str) -> bool:
    return db.execute(select(literal(1)).select_from(table(name)).limit(1)).first() is not None


def named(now: datetime) -> str:
    """The name of a backup made now: 'convoca-20261121T140500Z.zip'."""
    return f"convoca-{now.astimezone(UTC):{_STAMP}}.zip"


def expired(folder: Path, before: datetime) -> list[Path]:
    """Backups in this folder, by their names, that were made before this moment. Other files are not ours."""
    found = []
    for path in sorted([*folder.glob("convoca-*.zip"), *folder.glob(f"convoca-*.zip{ENDING}")]):
        with suppress(ValueError):
            made_at = datetime.strptime(path.name.removesuffix(ENDING), f"convoca-{_STAMP}.zip").replace(tzinfo=UTC)
            found += [path] * (made_at < before)
    return found
