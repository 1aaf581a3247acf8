"""What the tests over the wire share: one web server, and a sender loop that does not dawdle."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import SECRET
from tests.wire.house import Ground


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    """The server that houses stand on."""
    with Ground() as served:
        yield served


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop looks more often than it does for people, who do not feel 50 ms."""
    monkeypatch.setattr("bot.outbox.IDLE", 0.004)
    monkeypatch.setattr("bot.outbox.GATHER", 0.002)


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A fresh database on SQLite."""
    shutil.copyfile(sqlite_template, tmp_path / "convoca.db")
    return f"sqlite:///{tmp_path / 'convoca.db'}"


@pytest.fixture(scope="session")
def secret_of_tests() -> str:
    """The secret key, for fixtures that live longer than a test."""
    return SECRET
