"""`steady`, which every transcript is checked with, finds what a replay would find changed, in each conversation."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.i18n import _
from bot.kinds import YesNo
from bot.talk import Talk, conversation
from storage import people
from storage import tables as t
from storage.store import Store
from tests.kit import Town
from tests.lint import House, Module
from tests.steady import ASKED, steady

ROOT = Path(__file__).parents[2]


def played(store: Store, ask: Callable[[Talk], None], monkeypatch: pytest.MonkeyPatch) -> Town:
    """A town where somebody stands in this conversation."""
    town = Town.on(store)
    monkeypatch.setitem(town.app.parts.registry.by_name, "hello", conversation()(ask))
    town.phone().say("hola")
    assert town.count(t.talk) == 1
    return town


def test_a_steady_conversation_is_found_steady(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def well(talk: Talk) -> None:
        hour = talk.look("hour", lambda: talk.db.now.isoformat())
        talk.once("noted", lambda: people.set_address(talk.db, talk.address_id, misses=1))
        talk.say("{hour}", hour=hour)
        talk.ask("sure", _("¿Aceptas?"), YesNo())

    assert steady(played(store, well, monkeypatch)) == {"hello"}


def test_a_conversation_that_decides_on_the_clock_is_found_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def clock(talk: Talk) -> None:
        seen.append(1)  # as a clock, a live query or chance would: another value at every run
        talk.say("{count}", count=len(seen))
        talk.ask("sure", _("¿Aceptas?"), YesNo())

    town = played(store, clock, monkeypatch)
    with pytest.raises(AssertionError, match="other words"):
        steady(town)


def test_a_conversation_that_asks_something_else_is_found_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def course(talk: Talk) -> None:
        seen.append(1)
        talk.ask(f"sure.{len(seen)}", _("¿Aceptas?"), YesNo())

    town = played(store, course, monkeypatch)
    with pytest.raises(AssertionError, match="pending changed"):
        steady(town)


def test_a_look_that_was_not_remembered_is_found_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def looks(talk: Talk) -> None:
        seen.append(1)
        talk.look(f"look.{len(seen)}", lambda: 1)
        talk.ask("sure", _("¿Aceptas?"), YesNo())

    town = played(store, looks, monkeypatch)
    with pytest.raises(AssertionError, match="looks changed"):
        steady(town)


def test_every_conversation_that_asks_is_left_open_in_a_transcript(store: Store) -> None:
    files = [path.relative_to(ROOT) for path in (ROOT / "conversations").rglob("*.py")]
    house = House(Module(".".join(p.with_suffix("").parts), ast.parse((ROOT / p).read_text("utf-8"))) for p in files)
    every = Town.on(store).app.parts.registry.by_name.values()
    asking = {one.name for one in every if (one.function.__module__, one.function.__name__) in house.asks}
    assert asking == {name for names in ASKED.values() for name in names.split()}
    assert set(ASKED) <= {path.stem for path in (ROOT / "tests" / "scripts").glob("*.txt")}
