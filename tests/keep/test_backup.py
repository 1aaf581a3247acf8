"""Backups: taken beside the writers, whole or refused, restored into either database, and played on."""

from __future__ import annotations

import itertools
import json
import random
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, make_url, select, update

from bot.app import App
from storage import audit, backups, broadcasts, migrate, restoring, rows
from storage.backups import Backup, BadBackup
from storage.restoring import NotEmpty
from storage.rows import Shape
from storage.sealed import BadKey, KeyRing
from storage.snapshot import snapshot
from storage.store import Store, Unit
from storage.tables import broadcast, outbox, recipient, setting
from tests.keep.conftest import WAITING
from tests.kit import Town, parts

NOW = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
SCRIPTS = ScriptDirectory.from_config(migrate.config_of(migrate.MIGRATIONS))
QUEUE = ("outbox", "recipient")  # what a restore looks at with doubt


def made(url: str, folder: Path, now: datetime = NOW) -> Backup:
    return backups.make(url, folder / backups.named(now), program="0.1.0", now=now)


def restored(url: str, backup: Backup, secret: str) -> int:
    return restoring.restore(url, backup, KeyRing(secret))


def sums(url: str) -> dict[str, rows.Sum]:
    with snapshot(make_url(url)) as db:
        return {shape.name: rows.summed(rows.lines(db, shape)) for shape in rows.shapes()}


def test_a_backup_becomes_either_database_row_for_row(lived: str, bare_url: str, folder: Path, secret: str) -> None:
    before = sums(lived)
    backup = made(lived, folder)
    assert restored(bare_url, backup, secret) >= WAITING
    after = sums(bare_url)
    assert {name: after[name] for name in after if name not in QUEUE} == {
        name: before[name] for name in before if name not in QUEUE
    }
    assert [after[name].rows for name in QUEUE] == [before[name].rows for name in QUEUE]
    assert sums(lived) == before


def test_the_conversation_goes_on_where_it_was(lived: str, bare_url: str, folder: Path, secret: str) -> None:
    restored(bare_url, made(lived, folder), secret)
    with Store(bare_url, secret, rng=random.Random(8)) as store:
        maria = Town(app_on(store)).phone()
        assert "Ya estas en la lista, Maria" in maria.say("1")[-1].text
        assert "Maria" in maria.say("DATOS")[0].text


def app_on(store: Store) -> App:
    return App(store, parts())


def test_what_waited_is_not_sent_again(lived: str, bare_url: str, folder: Path, secret: str) -> None:
    later = {"state": "pending", "due_at": NOW + timedelta(days=3650)}
    with Store(lived, secret) as store:
        store.do(lambda unit: unit.db.execute(update(outbox).where(outbox.c.id == last(unit)).values(later)))
    assert restored(bare_url, made(lived, folder), secret)
    with Store(bare_url, secret) as store:
        [(code,)] = store.read(lambda unit: unit.db.execute(select(broadcast.c.id)).all())
        ledger = store.read(lambda unit: broadcasts.ledger(unit, code))
        assert (ledger.unknown, ledger.pending) == (WAITING - 1, 1)
        assert ledger.audience == ledger.unknown + ledger.pending + ledger.sent + ledger.skipped
        why = store.read(lambda unit: unit.db.execute(select(outbox.c.error).where(outbox.c.state == "unknown")).all())
        assert {reason for (reason,) in why} == {restoring.RESTORED}


def last(unit: Unit) -> int:
    """The newest message of the broadcast."""
    newest = select(outbox.c.id).where(outbox.c.recipient_id.is_not(None)).order_by(outbox.c.id.desc())
    return int(unit.db.execute(newest.limit(1)).scalar_one())


def test_new_rows_are_numbered_behind_the_old_ones(lived: str, bare_url: str, folder: Path, secret: str) -> None:
    restored(bare_url, made(lived, folder), secret)
    with Store(bare_url, secret) as store:
        newest = store.read(lambda unit: max(unit.db.execute(select(recipient.c.id)).scalars()))
        town = Town(app_on(store))
        town.neighbour("Nueva")
        assert newest
        assert town.store.do(lambda unit: unit.insert_new(setting, name="later", value="1"))


def test_it_is_of_one_moment_while_others_write(database_url: str, folder: Path, secret: str) -> None:
    """Each unit writes an event and how many there are: in every backup the two agree."""
    stop = threading.Event()
    with Store(database_url, secret) as store:
        store.do(lambda unit: unit.insert_new(setting, name="events", value="0"))
        writer = threading.Thread(target=_write_on, args=(store, stop))
        writer.start()
        try:
            told = [made(database_url, folder, NOW + timedelta(seconds=n)) for n in range(5)]
        finally:
            stop.set()
            writer.join()
    counts = [sum_.rows for backup in told for shape, sum_ in backup.tables if shape.name == "audit_event"]
    assert [_settings(backup)["events"] for backup in told] == [str(count) for count in counts]
    assert counts[0] < counts[-1]


def _write_on(store: Store, stop: threading.Event) -> None:
    for n in itertools.count(1):
        if stop.is_set():
            return
        store.do(partial(_event_and_count, n=n))


def _event_and_count(unit: Unit, n: int) -> None:
    unit.db.execute(update(setting).values(value=str(n)))
    audit.record(unit, "load", f"{n}")


def _settings(backup: Backup) -> dict[str, str]:
    shape = next(shape for shape, _sum in backup.tables if shape.name == "setting")
    return dict(json.loads(line) for line in backup.lines(shape))


# --- what is refused ------------------------------------------------------------------------------------------------


def repacked(backup: Backup, change: dict[str, bytes]) -> Path:
    """The same file with other members."""
    path = backup.path.with_name("convoca-changed.zip")
    with zipfile.ZipFile(backup.path) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, change.get(name, old.read(name)))
    return path


def test_a_changed_row_is_found(lived: str, folder: Path) -> None:
    backup = made(lived, folder)
    with zipfile.ZipFile(backup.path) as packed:
        lines = packed.read("tables/session.jsonl").replace(b"Casa Comunal", b"Casa Vecinal")
    with pytest.raises(BadBackup, match="was changed after it was made: session"):
        backups.look(repacked(backup, {"tables/session.jsonl": lines}))


@pytest.mark.parametrize("keep", [0, 1, 100, 0.5, 0.99])
def test_half_a_file_is_no_backup(lived: str, folder: Path, keep: float) -> None:
    whole = made(lived, folder).path.read_bytes()
    half = folder / "half.zip"
    half.write_bytes(whole[: int(keep if keep >= 1 else len(whole) * keep)])
    with pytest.raises(BadBackup, match=r"half\.zip is no whole backup"):
        backups.look(half)


def test_another_format_and_a_newer_schema_are_told(lived: str, bare_url: str, folder: Path, secret: str) -> None:
    backup = made(lived, folder)
    with zipfile.ZipFile(backup.path) as packed:
        told = json.loads(packed.read(backups.MANIFEST))
    with pytest.raises(BadBackup, match="has format 9"):
        backups.look(repacked(backup, {backups.MANIFEST: json.dumps(told | {"format": 9}).encode()}))
    newer = backups.look(repacked(backup, {backups.MANIFEST: json.dumps(told | {"schema": "9999"}).encode()}))
    with pytest.raises(BadBackup, match="schema 9999"):
        restored(bare_url, newer, secret)
    assert backups.is_empty(bare_url)


def test_without_its_key_it_is_not_restored(lived: str, bare_url: str, folder: Path) -> None:
    with pytest.raises(BadKey, match="bring the secret first"):
        restored(bare_url, made(lived, folder), "another-secret-of-thirty-two-characters")
    assert migrate.current(bare_url) is None


def test_never_over_data_that_is_there(lived: str, folder: Path, secret: str) -> None:
    backup, before = made(lived, folder), sums(lived)
    with pytest.raises(NotEmpty):
        restored(lived, backup, secret)
    assert sums(lived) == before


def test_never_over_another_backup(lived: str, folder: Path) -> None:
    first = made(lived, folder).path.read_bytes()
    with pytest.raises(FileExistsError):
        made(lived, folder)
    assert [path.read_bytes() for path in folder.iterdir()] == [first]


def test_a_folder_without_hard_links_will_do(lived: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(_draft: Path, _path: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("storage.backups.os.link", refuses)
    first = made(lived, folder)
    with pytest.raises(FileExistsError):
        made(lived, folder)
    assert backups.look(first.path).rows == first.rows
    assert [path.name for path in folder.iterdir()] == [first.path.name]


def test_broken_off_it_leaves_the_place_empty(
    lived: str, bare_url: str, folder: Path, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup, fill = made(lived, folder), rows.fill

    def breaks(db: Any, shape: Shape, lines: Iterator[bytes]) -> int:
        if shape.name == "outbox":
            raise OSError("the disk is full")
        return fill(db, shape, lines)

    monkeypatch.setattr(rows, "fill", breaks)
    with pytest.raises(OSError, match="disk"):
        restored(bare_url, backup, secret)
    assert backups.is_empty(bare_url)
    monkeypatch.undo()
    restored(bare_url, backup, secret)
    assert not backups.is_empty(bare_url)


def test_an_older_schema_is_brought_up(lived: str, bare_url: str, folder: Path, secret: str, tmp_path: Path) -> None:
    """A backup that an earlier version has made: without the tables and columns that came since."""
    _newest, before, *_older = [one.revision for one in SCRIPTS.walk_revisions()]
    backup = backups.look(_as_of(made(lived, folder), before, f"sqlite:///{tmp_path / 'old.db'}"))
    restored(bare_url, backup, secret)
    migrate.require_current(bare_url)
    assert sums(bare_url)["person"] == sums(lived)["person"]


def _as_of(backup: Backup, revision: str, scratch: str) -> Path:
    migrate.upgrade(scratch, revision)
    engine = create_engine(scratch)
    there = {name: [c["name"] for c in inspect(engine).get_columns(name)] for name in inspect(engine).get_table_names()}
    engine.dispose()
    tables, change = [], {}
    for shape, _sum in backup.tables:
        if shape.name in there:
            keep = [n for n, (name, _kind) in enumerate(shape.columns) if name in there[shape.name]]
            text = b"".join(rows.spelt([json.loads(line)[n] for n in keep]) for line in backup.lines(shape))
            older = replace(shape, columns=tuple(shape.columns[n] for n in keep))
            found = rows.summed(text.splitlines(keepends=True))
            tables.append(older.told() | {"rows": found.rows, "sha256": found.sha256})
            change[f"tables/{shape.name}.jsonl"] = text
    told = {"format": 1, "made_at": NOW.isoformat(), "program": "0.0.9", "schema": revision, "tables": tables}
    return repacked(backup, change | {backups.MANIFEST: json.dumps(told | {"keys": backup.keys}).encode()})


def test_only_old_backups_are_named_as_old(folder: Path) -> None:
    folder.mkdir()
    for name in (backups.named(NOW), backups.named(NOW - timedelta(days=36)), "convoca-mine.zip", "other.zip"):
        (folder / name).touch()
    assert [path.name for path in backups.expired(folder, NOW - timedelta(days=35))] == [
        backups.named(NOW - timedelta(days=36))
    ]


def test_others_on_the_machine_can_not_read_it(lived: str, folder: Path) -> None:
    assert made(lived, folder).path.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0


def test_nothing_of_a_person_stands_in_it_in_the_clear(lived: str, folder: Path) -> None:
    with zipfile.ZipFile(made(lived, folder).path) as packed:
        plain = b"".join(packed.read(name) for name in packed.namelist())
    assert b"Maria" not in plain
    assert b"+5076" not in plain
