"""A town with people, choices and a broadcast under way, on either database; and an empty one of the other kind."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bot.actions import announce
from storage import keys
from storage.store import Store
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


@pytest.fixture
def lived(database_url: str, secret: str) -> str:
    """The url of a database with rows in it."""
    lived_in(database_url, secret)
    return database_url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups go."""
    return tmp_path / "backups"
