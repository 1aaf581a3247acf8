"""A demonstration on each database, and a sender that sends when a test says so."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bot.app import App
from bot.web import make_app
from bot.web.simulator import routes, seed
from storage import clock as database_clock
from storage.store import Store
from tests.convoke.town import NOON, Town
from tests.web.postman import deliver
from tests.web.square import Square

SECRET = "a-secret-key-of-the-web-tests-long-enough-for-anybody"


@pytest.fixture(scope="session")
def example_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the example, made once and copied for each test."""
    path = tmp_path_factory.mktemp("example") / "convoca.db"
    shutil.copyfile(sqlite_template, path)
    with Store(f"sqlite:///{path}", SECRET) as store:
        seed(App.on(store))
    return path


@pytest.fixture
def example(example_file: Path, tmp_path: Path) -> Iterator[Store]:
    """The example on a SQLite file of its own."""
    path = tmp_path / "convoca.db"
    shutil.copyfile(example_file, path)
    with Store(f"sqlite:///{path}", SECRET) as store:
        yield store


@pytest.fixture
def browser(example: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A browser without script, that does not wait for replies."""
    with browsing(example, monkeypatch) as client:
        yield client


@pytest.fixture
def everywhere(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The same, and its test runs on both databases."""
    seed(App.on(store))
    with browsing(store, monkeypatch) as client:
        yield client


def browsing(store: Store, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A browser on this database."""
    monkeypatch.setattr(routes, "PATIENCE", 0.0)
    return TestClient(make_app(App.on(store), demo=True), base_url="http://localhost", follow_redirects=False)


@pytest.fixture
def square(sqlite_template: Path, tmp_path: Path) -> Iterator[Square]:
    """The public pages of the small town, at noon, on a SQLite file of its own."""
    path = tmp_path / "square.db"
    shutil.copyfile(sqlite_template, path)
    with Store(f"sqlite:///{path}", SECRET) as store:
        yield at_noon(store)


@pytest.fixture
def square_on_both(store: Store) -> Square:
    """The same, and its test runs on both databases."""
    return at_noon(store)


@pytest.fixture
def comarca(store: Store) -> Square:
    """A lab in a comarca whose community has authorised nothing yet, on both databases."""
    return at_noon(store, setting="comarca")


def at_noon(store: Store, *, setting: str = "rural") -> Square:
    """The town on Thursday 12 November at noon."""
    store.do(lambda unit: database_clock.to(unit, NOON))
    return Square(store, Town.build(store, setting=setting))


@pytest.fixture
def send(example: Store) -> Callable[[], int]:
    """Send all that is due in the example."""
    return lambda: deliver(example)
