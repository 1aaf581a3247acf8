"""How often a turn asks the database: what every message costs, however little it says."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from bot.message import Message
from storage import tables as t
from storage.store import Store
from tests.kit import Town

# The clock, sender, replay, address and its change, payload, people, loop, danger, broadcasts, talks, lab, talk, reply.
PLAIN = 14

_ids = itertools.count(1)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Those that run meanwhile."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def town(store: Store) -> Town:
    return Town.on(store)


def said(town: Town, *texts: str) -> list[str]:
    """The statements of the last of these messages of one phone."""
    for text in texts:
        id = f"counted-{next(_ids)}"
        one = Message(channel="sms", sender="simulator:sms", provider_id=id, address="+50760000001", text=text)
        with statements() as seen:
            town.app.receive(one).result()
    return seen


def test_a_plain_answer_asks_no_more_than_it_must(town: Town) -> None:
    seen = said(town, "SANMARTIN", "1")
    assert len(seen) <= PLAIN, "\n".join(seen)


def test_who_was_admitted_is_known_before_the_reply(town: Town) -> None:
    seen = said(town, "SANMARTIN", "1", "Ana", "1")
    of_people = [s for s in seen if "JOIN contact ON contact.person_id = person.id" in s]
    assert len(of_people) == 2  # as she writes, and again since a conversation has done something
    assert town.count(t.person) == 1
