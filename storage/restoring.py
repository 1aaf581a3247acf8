"""A database made anew of a backup, in one transaction: whole, or as empty as before."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence

from alembic.util.exc import CommandError
from sqlalchemy import Connection, MetaData, func, make_url, select, text

from storage import backups, migrate, resuming, rows
from storage.backups import Backup, BadBackup
from storage.rows import Shape
from storage.sealed import BadKey, KeyRing
from storage.tables import LASTING, metadata
from storage.unit import begun

# An open talk, or the way back of two phones, keeps their numbers. Some are read aloud: they stay short.
KEPT = tuple(
    made.name
    for made in metadata.sorted_tables
    if made.dialect_options["sqlite"]["autoincrement"] and made.name not in LASTING
)
LEAP = 1000  # numbers left out at a restore: of rows that were gone before the backup, or came after it


class NotEmpty(Exception):
    """A backup never goes over data that is there."""


def restore(url: str, backup: Backup, ring: KeyRing, rng: random.Random | None = None) -> None:
    """Fill an empty database with a backup and bring it to this program's schema.

    It is marked as restored: nothing leaves it before a person has said `convoca resume` (storage/resuming.py). New
    numbers that leave the house begin far beyond the old ones: receipts and buttons of messages that the backup does
    not know come late, and must not be taken for those of other messages. Those that a talk keeps begin LEAP beyond.

    Raises NotEmpty; BadKey: a key is missing without which personal data could not be read; BadBackup: of a newer
    program, or not as it was.
    """
    require_keys(backup, ring)
    if not backups.is_empty(url):
        raise NotEmpty("There is data in this database already. Name a new place in CONVOCA_DATABASE_URL.")
    with migrate.changing(make_url(url), ring) as db:
        _schema(db, backup)
        shapes = [shape for shape, _sum in backup.tables]
        _fill(db, backup, shapes)
        _compare(db, backup)
        migrate.bring(db)
        unit = begun(db, ring, rng or random.SystemRandom())
        kept = {name: _newest(db, name) + LEAP for name in KEPT}
        number_on(db, rows.shapes(), beyond=kept | dict.fromkeys(LASTING, int(unit.now.timestamp() * 1000)))
        resuming.mark(unit, backup.made_at)


def _fill(db: Connection, backup: Backup, shapes: Sequence[Shape]) -> None:
    for shape in reversed(shapes):  # a migration may have put rows there
        rows.empty(db, shape)
    for shape in shapes:
        rows.fill(db, shape, backup.lines(shape))
    for shape in shapes:
        if shape.own:
            rows.tie(db, shape, backup.lines(shape))


def require_keys(backup: Backup, ring: KeyRing) -> None:
    """Raises BadKey with the ids of the keys that this backup needs and the ring lacks."""
    missing = sorted(set(backup.keys) - set(ring.by_id))
    if missing:
        raise BadKey(
            f"{backup.path.name} was sealed with the key {', '.join(missing)}, which CONVOCA_SECRET_KEY does not "
            "contain. Without it names, numbers and messages can not be read by anybody: bring the secret first."
        )


def _schema(db: Connection, backup: Backup) -> None:
    """The tables as the backup knew them, made anew: an empty database may be of another version."""
    there = MetaData()
    there.reflect(db)
    there.drop_all(db)
    try:
        migrate.bring(db, backup.schema)
    except CommandError:
        raise BadBackup(
            f"{backup.path.name} has schema {backup.schema}, which this program does not know: it was made by "
            f"Convoca {backup.program}. Install that version or a newer one."
        ) from None


def number_on(db: Connection, shapes: Iterable[Shape], *, beyond: Mapping[str, int]) -> None:
    """New rows are numbered behind those that came, and behind `beyond`: table -> a number used elsewhere.

    Only tables of LASTING and KEPT may stand in `beyond`: on SQLite the others number by themselves.
    """
    for shape in shapes:
        if shape.numbered:
            last = max(_newest(db, shape.name), beyond.get(shape.name, 0))
            if db.dialect.name == "postgresql":
                where = {"name": shape.name, "last": last or 1, "used": last > 0}
                db.execute(text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last, :used)"), where)
            elif shape.name in beyond:
                db.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": shape.name})
                where = {"name": shape.name, "last": last}
                db.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), where)


def _newest(db: Connection, name: str) -> int:
    """The number of the newest row of this table; 0: it has none."""
    return db.execute(select(func.max(metadata.tables[name].c.id))).scalar() or 0


def _compare(db: Connection, backup: Backup) -> None:
    """What stands in the database is what was read, or nothing is kept."""
    other = [shape.name for shape, told in backup.tables if rows.summed(rows.lines(db, shape)) != told]
    if other:
        raise BadBackup(f"{backup.path.name} came out differently: {', '.join(other)}. Nothing was kept.")
