"""What others wrote and we carry is what they published, with its licence beside it."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

import bot.web

VENDOR = Path(bot.web.__file__).parent / "static" / "vendor"
LISTED = tomllib.loads((VENDOR / "VENDOR.toml").read_text(encoding="utf-8"))["file"]


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: entry["path"])
def test_every_listed_file_is_the_published_one_and_has_its_licence(entry: dict[str, str]) -> None:
    assert hashlib.sha256((VENDOR / entry["path"]).read_bytes()).hexdigest() == entry["sha256"]
    assert entry["version"] in entry["path"]
    assert len((VENDOR / entry["licence_file"]).read_text(encoding="utf-8")) > 300
    assert entry["name"]
    assert entry["licence"]
    assert entry["source"]


def test_nothing_is_carried_unlisted() -> None:
    listed = {entry[key] for entry in LISTED for key in ("path", "licence_file")}
    assert {path.name for path in VENDOR.iterdir()} == listed | {"VENDOR.toml"}
