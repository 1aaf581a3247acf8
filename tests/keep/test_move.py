"""From SQLite to PostgreSQL: equal table by table, broken off and gone on, and refused where it would do harm."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, select, text

from bot.app import App
from storage import moving, rows
from storage.moving import CannotMove
from storage.rows import Shape
from storage.snapshot import snapshot
from storage.store import Store
from storage.tables import lease
from tests.keep.copies import sums
from tests.kit import Town, parts


@pytest.fixture
def here(lived_template: Path, tmp_path: Path) -> str:
    """A SQLite database that was lived in."""
    path = tmp_path / "here.db"
    path.write_bytes(lived_template.read_bytes())
    return f"sqlite:///{path}"


def test_every_table_is_equal_and_life_goes_on(here: str, there: str, secret: str) -> None:
    told: dict[str, int] = {}
    before = sums(here)
    count = moving.move(here, there, lambda name, n: told.update({name: n}))
    assert sums(there) == before == sums(here)
    assert told == {name: one.rows for name, one in before.items()}
    assert count == sum(told.values())
    with Store(there, secret, rng=random.Random(8)) as store:
        town = Town(App(store, parts()))
        assert "Ya estas en la lista, Maria" in town.phone().say("SANMARTIN")[-1].text
        assert town.neighbour("Nueva")  # its number is free


def test_numbers_that_were_given_are_not_given_again(here: str, there: str, secret: str) -> None:
    """Also of rows that are gone: a restored database begins far beyond them."""
    with Store(here, secret) as store:
        store.do(lambda unit: unit.db.execute(text("UPDATE sqlite_sequence SET seq = 7777 WHERE name = 'outbox'")))
    moving.move(here, there, lambda _name, _n: None)
    with Store(there, secret) as store:
        given = text("SELECT nextval(pg_get_serial_sequence('outbox', 'id'))")
        assert store.do(lambda unit: unit.db.execute(given).scalar_one()) == 7778


def test_broken_off_it_goes_on(here: str, there: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "PAGE", 2)
    fill = rows.fill
    pages: list[str] = []

    def breaks(db: Any, shape: Shape, lines: list[bytes]) -> int:
        if len(pages) == 40:
            raise ConnectionError("the network is gone")
        pages.append(shape.name)
        return fill(db, shape, lines)

    monkeypatch.setattr(rows, "fill", breaks)
    with pytest.raises(ConnectionError):
        moving.move(here, there, lambda _name, _n: None)
    with pytest.raises(CannotMove, match="half moved"):
        moving.require_whole(there)
    done = len(pages)
    pages.clear()

    def counts(db: Any, shape: Shape, lines: list[bytes]) -> int:
        pages.append(shape.name)
        return fill(db, shape, lines)

    monkeypatch.setattr(rows, "fill", counts)
    moving.move(here, there, lambda _name, _n: None)
    assert sums(there) == sums(here)
    assert done
    assert "sender" not in pages  # what was there was not copied twice
    moving.require_whole(there)
    with snapshot(make_url(there)) as db:
        assert db.execute(select(lease.c.name)).all() == []


def test_what_was_written_in_between_is_noticed(
    here: str, there: str, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = rows.fill

    def breaks(db: Any, shape: Shape, lines: list[bytes]) -> int:
        if shape.name == "recipient":
            raise ConnectionError("the network is gone")
        return fill(db, shape, lines)

    monkeypatch.setattr(rows, "fill", breaks)
    with pytest.raises(ConnectionError):
        moving.move(here, there, lambda _name, _n: None)
    monkeypatch.undo()
    with Store(here, secret) as store:
        Town(App(store, parts())).phone().say("CORREGIR")
    with pytest.raises(CannotMove, match="was the old database used"):
        moving.move(here, there, lambda _name, _n: None)


def test_what_is_written_meanwhile_is_not_left_behind(here: str, there: str, secret: str) -> None:
    def told(name: str, _rows: int) -> None:
        if name == "sender":
            with Store(here, secret) as store:
                Town(App(store, parts())).phone().say("CORREGIR")

    with pytest.raises(CannotMove, match="was used during the move"):
        moving.move(here, there, told)
    with pytest.raises(CannotMove, match="half moved"):
        moving.require_whole(there)


def test_not_while_it_is_used(here: str, there: str, secret: str) -> None:
    with Store(here, secret), pytest.raises(CannotMove, match="still uses this database"):
        moving.move(here, there, lambda _name, _n: None)


def test_not_over_other_data(here: str, there: str, secret: str) -> None:
    moving.move(here, there, lambda _name, _n: None)
    with pytest.raises(CannotMove, match="There is data in the new database"):
        moving.move(here, there, lambda _name, _n: None)


def test_only_this_way_round(here: str, there: str, tmp_path: Path) -> None:
    for source, target in ((there, here), (here, f"sqlite:///{tmp_path / 'x.db'}")):
        with pytest.raises(CannotMove, match="from SQLite to PostgreSQL"):
            moving._check(source, target)
