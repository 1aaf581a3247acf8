"""The town that most tests begin with is built once a run: what is copied is what was built."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from storage.store import Store, Unit
from storage.tables import metadata
from tests import founding
from tests.kit import Town

BUILT = "organisation"


def test_the_copy_is_what_was_built(
    sqlite_template: Path, tmp_path: Path, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(founding, "_kept", {})
    built, copied = (rows(sqlite_template, tmp_path / name, secret) for name in ("built.db", "copied.db"))
    assert built[BUILT]
    assert copied == built


def rows(template: Path, path: Path, secret: str) -> dict[str, list[object]]:
    """All that stands in a new town, but the clock."""
    shutil.copyfile(template, path)
    with Store(f"sqlite:///{path}", secret) as store:
        Town.on(store)
        return store.read(lambda unit: {name: stand(unit, name) for name in founding.TABLES})


def stand(unit: Unit, name: str) -> list[object]:
    """The rows of a table."""
    return [tuple(row) for row in unit.db.execute(metadata.tables[name].select())]
