"""A database made anew of a backup, in one transaction: whole, or as empty as before."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from alembic.util.exc import CommandError
from sqlalchemy import Connection, exists, func, make_url, select, text, update

from storage import backups, migrate, rows
from storage.backups import Backup, BadBackup
from storage.rows import Shape
from storage.sealed import BadKey, KeyRing
from storage.tables import outbox, recipient
from storage.unit import Unit, begun

RESTORED = "restored"  # why a message is not known to have been sent


class NotEmpty(Exception):
    """A backup never goes over data that is there."""


def restore(url: str, backup: Backup, ring: KeyRing, rng: random.Random | None = None) -> int:
    """Fill an empty database with a backup and bring it to this program's schema; how many messages are in doubt.

    What waited in the queue when the backup was made has most likely been sent since. So it counts as 'unknown' and
    does not go out again by itself; what is due later than now waits on.

    Raises NotEmpty; BadKey: a key is missing without which personal data could not be read; BadBackup: of a newer
    program, or not as it was.
    """
    require_keys(backup, ring)
    if not backups.is_empty(url):
        raise NotEmpty("There is data in this database already. Name a new place in CONVOCA_DATABASE_URL.")
    _schema(url, backup)
    with migrate.changing(make_url(url)) as db:
        shapes = [shape for shape, _sum in backup.tables]
        _fill(db, backup, shapes)
        number_on(db, shapes)
        _compare(db, backup)
        doubts = _in_doubt(begun(db, ring, rng or random.SystemRandom()))
    migrate.upgrade(url)
    return doubts


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


def _schema(url: str, backup: Backup) -> None:
    try:
        migrate.upgrade(url, backup.schema)
    except CommandError:
        raise BadBackup(
            f"{backup.path.name} has schema {backup.schema}, which this program does not know: it was made by "
            f"Convoca {backup.program}. Install that version or a newer one."
        ) from None


def number_on(db: Connection, shapes: Iterable[Shape]) -> None:
    """On PostgreSQL new rows are numbered behind those that came; SQLite does so by itself."""
    if db.dialect.name != "postgresql":
        return
    for shape in shapes:
        if shape.numbered:
            last = db.execute(select(func.max(shape.table().c.id))).scalar()
            where = {"name": shape.name, "last": last or 1, "used": last is not None}
            db.execute(text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last, :used)"), where)


def _compare(db: Connection, backup: Backup) -> None:
    """What stands in the database is what was read, or nothing is kept."""
    other = [shape.name for shape, told in backup.tables if rows.summed(rows.lines(db, shape)) != told]
    if other:
        raise BadBackup(f"{backup.path.name} came out differently: {', '.join(other)}. Nothing was kept.")


def _in_doubt(unit: Unit) -> int:
    """What was due counts as perhaps sent: written with columns alone that every schema has had."""
    due = outbox.c.state.in_(("pending", "claimed", "started")), outbox.c.due_at <= unit.now
    doubt = update(outbox).where(*due).values(state="unknown", uncertain=outbox.c.uncertain + 1, error=RESTORED)
    count = unit.db.execute(doubt).rowcount
    theirs = outbox.c.recipient_id == recipient.c.id
    waits = exists().where(theirs, outbox.c.state.in_(("pending", "held")))
    lost = exists().where(theirs, outbox.c.state == "unknown")
    of_the_ledger = update(recipient).where(recipient.c.state == "pending", lost, ~waits)
    unit.db.execute(of_the_ledger.values(state="unknown", reason="uncertain", at=unit.now))
    return count
