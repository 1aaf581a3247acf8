"""Backups: taken beside the writers, whole or refused, restored into either database, and played on."""

from __future__ import annotations

import itertools
import json
import random
import threading
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import select, update

from storage import audit, backups, migrate, resuming, rows
from storage.backups import Backup, BadBackup
from storage.restoring import NotEmpty
from storage.rows import Shape
from storage.sealed import BadKey
from storage.store import Store, Unit
from storage.tables import recipient, setting
from tests.keep.copies import NOW, app_on, as_of, made, repacked, restored, sums
from tests.kit import Town

SCRIPTS = ScriptDirectory.from_config(migrate.config_of(migrate.MIGRATIONS))


def test_a_backup_becomes_either_database_row_for_row(lived: str, bare_url: str, folder: Path, secret: str) -> None:
    before = sums(lived)
    backup = made(lived, folder)
    restored(bare_url, backup, secret)
    with Store(bare_url, secret) as store:
        store.do(resuming.release)  # the mark that it was restored is all that is new
    assert sums(bare_url) == sums(lived) == before


def test_the_conversation_goes_on_where_it_was(lived: str, bare_url: str, folder: Path, secret: str) -> None:
    restored(bare_url, made(lived, folder), secret)
    with Store(bare_url, secret, rng=random.Random(8)) as store:
        maria = Town(app_on(store)).phone()
        assert "Ya estas en la lista, Maria" in maria.say("SANMARTIN")[-1].text
        assert "Maria" in maria.say("DATOS")[0].text


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
    backup = backups.look(as_of(made(lived, folder), before, f"sqlite:///{tmp_path / 'old.db'}"))
    restored(bare_url, backup, secret)
    migrate.require_current(bare_url)
    assert sums(bare_url)["person"] == sums(lived)["person"]


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
