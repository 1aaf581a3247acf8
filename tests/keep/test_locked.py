"""A backup locked for an age key: nobody without that key reads a row, and nothing of it stays lying about."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyrage import x25519
from typer.testing import CliRunner

from bot import cli
from storage import backups, lock
from storage.backups import BadBackup
from storage.lock import BadLock
from tests.keep.copies import NOW, made, sums


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A file as age-keygen writes it."""
    mine = x25519.Identity.generate()
    path = tmp_path / "key.txt"
    path.write_text(f"# created: 2026-11-21\n# public key: {mine.to_public()}\n{mine}\n")
    return path


@pytest.fixture
def public(key: Path) -> str:
    """For whom it is locked."""
    return key.read_text().partition("public key: ")[2].splitlines()[0]


@pytest.fixture
def typed(lived: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`convoca ...` on the database that was lived in."""
    monkeypatch.setenv("CONVOCA_DATABASE_URL", lived)
    monkeypatch.setenv("CONVOCA_SECRET_KEY", secret)
    return lambda *said: CliRunner().invoke(cli.app, [str(one) for one in said])


def test_locked_and_restored(
    typed: Callable[..., Any], lived: str, bare_url: str, folder: Path, key: Path, public: str,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    said = typed("backup", "--to", folder, "--lock", public)
    assert said.exit_code == 0, said.output
    [path] = folder.iterdir()  # no plain file beside it
    assert path.name.endswith(".zip.age")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(lock.HEAD)
    assert b"manifest" not in path.read_bytes()
    before = sums(lived)["person"]
    monkeypatch.setenv("CONVOCA_DATABASE_URL", bare_url)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert "its keys are here" in typed("restore", path, "--look", "--identity", key).output
    assert typed("restore", path, "--identity", key).exit_code == 0
    assert sums(bare_url)["person"] == before
    assert not list(tmp_path.glob("**/*.zip"))  # nor where it was opened


def test_without_its_key_it_stays_shut(typed: Callable[..., Any], folder: Path, key: Path, public: str) -> None:
    typed("backup", "--to", folder, "--lock", public)
    [path] = folder.iterdir()
    refused = typed("restore", path, "--look")
    assert isinstance(refused.exception, BadLock)
    assert "--identity" in str(refused.exception)
    key.write_text(str(x25519.Identity.generate()))
    assert "not the key" in str(typed("restore", path, "--look", "--identity", key).exception)
    key.write_text("# nothing")
    assert "no age key" in str(typed("restore", path, "--look", "--identity", key).exception)
    path.write_bytes(path.read_bytes()[:-20])
    assert isinstance(typed("restore", path, "--look", "--identity", key).exception, BadLock)


def test_a_wrong_recipient_is_told_before_anything_is_written(typed: Callable[..., Any], folder: Path) -> None:
    refused = typed("backup", "--to", folder, "--lock", "age1nobody")
    assert isinstance(refused.exception, BadLock)
    assert "age1nobody is no age recipient" in str(refused.exception)
    assert not folder.exists()


def test_a_plain_one_needs_no_identity_and_takes_none(lived: str, folder: Path, key: Path) -> None:
    plain = made(lived, folder)
    with lock.opened(plain.path, key) as path:
        assert backups.look(path).rows == plain.rows
    with pytest.raises(BadBackup), lock.opened(key, None) as path:
        backups.look(path)


def test_locked_ones_grow_old_too(folder: Path) -> None:
    folder.mkdir()
    old = folder / f"{backups.named(NOW)}{lock.ENDING}"
    old.touch()
    assert backups.expired(folder, NOW.replace(year=2027)) == [old]
    assert backups.expired(folder, NOW.replace(year=2025)) == []
