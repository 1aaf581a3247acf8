"""The transcripts of tests/scripts over the real wire: the same words and the same buttons as in the simulator.

The first conversation goes all ways, on both databases; each of the others goes one way, in turn, which keeps the whole
within a minute. With CONVOCA_TEST_EVERY_WAY=1 each goes every way on which it makes sense.
"""

from __future__ import annotations

import itertools
import os
import random
import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels._twilio_draft import BUTTON_TITLE, BUTTONS, ITEM_TITLE, ITEMS
from storage.store import Store
from tests.kit import BEGINS, PANAMA
from tests.script import Script, transcript
from tests.wire.house import Ground, House
from tests.wire.phones import WAYS, WireTown
from tests.wire.providers import Providers, providers

HERE = Path(__file__).parents[1] / "scripts"
FIRST = "01_register"
ENGLISH = "telegram"  # where the first conversation is had in English too

_HELD = "the sender keeps a broadcast from an SMS phone with an open question; the simulator's player takes it at once"
_WINDOW = "the team writes more than a day after the neighbour: approved templates alone, test_blocked.py"
_LEFT = "it stops a broadcast under way, which over the wire has left by then"
_BY_HAND = "an act writes into the outbox what became of each message; over the wire the provider says it"
LEFT_OUT = {  # (script's number, way) -> why it makes sense in the simulator only
    ("13", "sim"): "a SIM card carries letters: no voice notes, no pictures",
    ("51", "sim"): "a SIM card carries letters: no voice notes",
    ("61", "whatsapp"): _LEFT,
    ("61", "telegram"): _LEFT,
    ("61", "telegram-polled"): _LEFT,
    ("34", "sim"): _HELD,
    ("34", "twilio"): _HELD,
    ("40", "sim"): _HELD,
    ("40", "twilio"): _HELD,
    **{(number, way): _HELD for number in ("37", "80", "87") for way in ("sim", "twilio")},
    **{(number, way): _BY_HAND for number in ("112", "113") for way in ("whatsapp", "telegram", "telegram-polled")},
    **{(number, "whatsapp"): _WINDOW for number in ("85", "86", "89")},
    ("66", "whatsapp"): "a tap on WhatsApp carries its title as text, and the team reads it among the last words",
    ("71", "whatsapp"): "the same: the team reads the last words of who sent a voice note",
}


def leaps(script: Script) -> bool:
    """Its clock leaps by more than a day, after which WhatsApp takes approved templates alone: test_blocked.py."""
    told = [datetime.fromisoformat(line[2:]).replace(tzinfo=PANAMA) for line in script.lines if line.startswith("@ ")]
    return any(later - earlier > timedelta(days=1) for earlier, later in itertools.pairwise([BEGINS, *told]))


def ways(path: Path) -> list[str]:
    """Where a script makes sense."""
    script = Script.read(path)
    able = [name for name, way in WAYS.items() if way.channel in script.channels]
    far = {"whatsapp"} if leaps(script) else set()
    return [name for name in able if name not in far and (path.stem.partition("_")[0], name) not in LEFT_OUT]


def cases() -> Iterator[Any]:
    """(database, script, way, language)."""
    for turn, path in enumerate(sorted(HERE.glob("*.txt"))):
        able = ways(path)
        every = path.stem == FIRST or os.environ.get("CONVOCA_TEST_EVERY_WAY")
        for name in able if every or not able else [able[turn % len(able)]]:
            yield _case("sqlite", path, name, "es")
            if path.stem == FIRST:
                yield _case("postgres", path, name, "es")
    yield _case("sqlite", HERE / f"{FIRST}.txt", ENGLISH, "en")


def _case(database: str, path: Path, name: str, lang: str) -> Any:
    return pytest.param(database, path, name, lang, id=f"{database}-{path.stem}-{name}-{lang}")


def carried(golden: str, channel: str) -> str:
    """What WhatsApp shows of it: buttons and lists whose titles fit. Without them the text has the numbers all the
    same."""
    if channel != "whatsapp":
        return golden
    return "".join(line for line in golden.splitlines(keepends=True) if _fits(re.findall(r"\[([^\]]+)\]", line), line))


def _fits(labels: list[str], line: str) -> bool:
    if not line.startswith("   ["):
        return True
    longest = max(map(len, labels))
    return (len(labels) <= BUTTONS and longest <= BUTTON_TITLE) or (1 < len(labels) <= ITEMS and longest <= ITEM_TITLE)


@pytest.fixture(scope="module")
def every() -> Iterator[dict[str, Providers]]:
    """The providers of each way, for all scripts: each of them has phones of its own."""
    with ExitStack() as running:
        yield {name: running.enter_context(providers(way.provider, more=dict(way.more))) for name, way in WAYS.items()}


@pytest.mark.parametrize(("database_url", "path", "name", "lang"), [*cases()], indirect=["database_url"])
def test_over_the_wire_the_transcript_is_the_same(
    path: Path, name: str, lang: str, database_url: str, secret: str, ground: Ground, every: dict[str, Providers]
) -> None:
    way, fakes = WAYS[name], every[name]
    golden = (HERE / f"{way.channel}.{lang}" / path.name).read_text(encoding="utf-8")
    with Store(database_url, secret, rng=random.Random(7)) as store, House(ground, store, fakes) as house:
        told = transcript(Script.read(path), WireTown.over(house, way), way.channel, lang)
    fakes.good()
    assert told == carried(golden, way.channel)


def test_each_script_goes_over_the_wire_but_those_that_stop_or_refuse_a_broadcast() -> None:
    numbers = {path.stem.partition("_")[0]: path for path in HERE.glob("*.txt")}
    assert {number for number, path in numbers.items() if not ways(path)} == {"61", "112", "113"}


def test_what_is_left_out_is_a_transcript_that_could_go_that_way() -> None:
    channels = {path.stem.partition("_")[0]: Script.read(path).channels for path in HERE.glob("*.txt")}
    assert all(WAYS[name].channel in channels[number] for number, name in LEFT_OUT)
