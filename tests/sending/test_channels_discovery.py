"""Channels are found by the presence of their files; what is wrong with one stops the start and says so."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import SecretStr

from bot import channels
from bot.channels import BadChannel, Identity
from bot.channels.simulator import Simulator
from bot.message import Parcel, Reply
from bot.settings import Settings

GOOD = """
from bot.channels import Identity

class Pigeon:
    name = "{name}"

    @classmethod
    def open(cls, settings, *, demo):
        return cls()

    def identities(self):
        return [Identity(name="pigeon:one", channel="sms", rate=1)]

    async def send(self, parcel):
        return parcel.ref
"""

Made = Callable[[dict[str, str]], ModuleType]
_numbers = count()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """A package of channels made of these files."""
    monkeypatch.syspath_prepend(tmp_path)
    made: list[str] = []

    def make(files: dict[str, str]) -> ModuleType:
        name = f"some_channels_{next(_numbers)}"
        made.append(name)
        folder = tmp_path / name
        folder.mkdir()
        for file, text in {"__init__": "", **files}.items():
            (folder / f"{file}.py").write_text(text)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield make
    for name in [m for m in sys.modules if m.split(".")[0] in made]:
        del sys.modules[name]


def test_the_simulator_is_found_by_its_file() -> None:
    assert channels.discover()["simulator"] is Simulator


def test_a_file_is_all_it_takes(package: Made) -> None:
    found = channels.discover(package({"pigeon": GOOD.format(name="pigeon"), "_helpers": "x = 1"}))
    assert list(found) == ["pigeon"]


def test_two_of_one_name_are_refused(package: Made) -> None:
    with pytest.raises(BadChannel, match=r"the name 'pigeon' is taken by .*\.one"):
        channels.discover(package({"one": GOOD.format(name="pigeon"), "two": GOOD.format(name="pigeon")}))


@pytest.mark.parametrize(
    "text",
    ["import nothing_of_that_name", "def broken(:", "raise ValueError('no')", "x = missing", "import os; os.none"],
)
def test_a_broken_file_stops_the_start_and_is_named(package: Made, text: str) -> None:
    with pytest.raises(BadChannel, match=r"\.smoke does not load: "):
        channels.discover(package({"smoke": text}))


@pytest.mark.parametrize("text", ["", GOOD.replace("async def", "def"), GOOD.replace("name = ", "title = ")])
def test_a_file_without_a_channel_is_refused(package: Made, text: str) -> None:
    with pytest.raises(BadChannel, match="has 0 channels; it needs one class with"):
        channels.discover(package({"smoke": text}))


def test_two_senders_of_one_name_are_refused() -> None:
    one, two = Simulator(), Simulator()
    with pytest.raises(BadChannel, match="two senders are called simulator:sms, simulator:telegram"):
        channels.identities({"one": one, "two": two})


def test_a_channel_without_its_settings_is_off() -> None:
    settings = Settings(secret_key=SecretStr("x" * 40))
    assert channels.open_all(settings) == {}
    assert "simulator" in channels.open_all(settings, demo=True)


def test_the_simulator_takes_every_message_and_names_it() -> None:
    simulator = Simulator(rate=7)
    sent: dict[str, Any] = {"ref": "12", "attempt": 1, "sender": "simulator:sms", "address": "+50760000001"}
    parcel = Parcel(**sent, reply=Reply(text="hola"), now=datetime(2026, 11, 21, tzinfo=UTC))
    assert asyncio.run(simulator.send(parcel)) == "sim-12"
    assert Identity(name="simulator:sms", channel="sms", rate=7) in simulator.identities()
