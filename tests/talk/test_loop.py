"""Where a machine seems to answer ours we fall silent; but nobody is held by that who wants to leave."""

from __future__ import annotations

import pytest

from storage import tables as t
from storage.store import Store
from tests.kit import Town


@pytest.fixture
def looping(store: Store) -> Town:
    """A phone that got the same reply five times, each after the one before had come."""
    town = Town.on(store)
    for word in ("SANMARTIN", "1", "Rosa", *["SANMARTIN"] * 4):
        town.phone().say(word)
    assert town.phone().say("SANMARTIN") == []
    return town


def test_the_silence_is_in_the_audit_log(looping: Town) -> None:
    assert [row.subject for row in looping.rows(t.audit_event, "kind", "subject") if row.kind == "loop_guard"] == [
        "sms"
    ]


@pytest.mark.parametrize(("word", "answer"), [("SALIR", "No te escribo mas"), ("DATOS", "datos tuyos")])
def test_a_right_is_heard_also_then(looping: Town, word: str, answer: str) -> None:
    assert answer in looping.phone().say(word)[-1].text
