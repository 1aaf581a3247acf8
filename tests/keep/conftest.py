"""A town with people, choices and a broadcast under way, on either database; and an empty one of the other kind."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.actions import announce
from storage import keys
from storage.store import Store
from tests.conftest import Postgres
from tests.keep import copies
from tests.kit import Town

WAITING = 6  # invitations that nobody has sent yet


def lived_in(url: str, secret: str) -> None:
    """María is coming, Kevin has chosen, and an invitation waits in the queue."""
    with Store(url, secret, rng=random.Random(7)) as store:
        keys.check(store)
        town = Town.on(store)
        for said in ("SANMARTIN", "1", "Maria", "1", "1"):
            town.phone().say(said)
        for n in range(WAITING):
            town.neighbour(f"Vecina {n}")
        words, by = town.app.catalogues, "test"
        store.do(lambda unit: announce.announce(unit, words, "sm1", by, WAITING))


@pytest.fixture(scope="session")
def lived_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, secret: str) -> Path:
    """A SQLite file that was lived in, to be copied."""
    path = tmp_path_factory.mktemp("lived") / "convoca.db"
    path.write_bytes(sqlite_template.read_bytes())
    lived_in(f"sqlite:///{path}", secret)
    return path


@pytest.fixture(scope="session")
def restored_template(lived_template: Path, secret: str) -> Path:
    """What a restore makes of its backup, to be copied."""
    path = lived_template.with_name("restored.db")
    backup = copies.made(f"sqlite:///{lived_template}", path.parent)
    copies.restored(f"sqlite:///{path}", backup, secret)
    return path


@pytest.fixture
def lived(database_url: str, lived_template: Path, secret: str) -> str:
    """The url of a database with rows in it."""
    if database_url.startswith("sqlite"):
        Path(database_url.removeprefix("sqlite:///")).write_bytes(lived_template.read_bytes())
    else:
        lived_in(database_url, secret)
    return database_url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups go."""
    return tmp_path / "backups"


@pytest.fixture
def there(postgres: Postgres) -> Iterator[str]:
    """An empty PostgreSQL database."""
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)
