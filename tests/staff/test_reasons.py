"""Why somebody waits for a person: each reason waits by itself, by the day she was told, and has words for the team."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from conversations.staff.pending import REASONS
from storage import people
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import PANAMA, Town, neighbour

HOUSE = Path(__file__).parents[2]
SAID_BY = ("people.hand_over", "hand_over", "objection")  # whoever hands somebody over, with the reason as a word


def calls() -> Iterator[tuple[str, ast.Call]]:
    for folder in ("conversations", "bot"):
        for file in (HOUSE / folder).rglob("*.py"):
            if "channels" not in file.parts:
                yield from ((ast.unparse(one.func), one) for one in _in(file))


def _in(file: Path) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]


def reason_of(call: ast.Call) -> str:
    """The reason among its arguments; '' where it is handed on."""
    given = call.args if ast.unparse(call.func) == "people.hand_over" else call.args[1:2]
    return next((str(one.value) for one in given if isinstance(one, ast.Constant)), "")


def test_every_reason_has_words_of_its_own() -> None:
    reasons = {reason_of(call) for name, call in calls() if name in SAID_BY} - {""}
    assert {"choice", "code", "copy", "result", "commitment", "not_understood"} <= reasons
    assert sorted(reasons - set(REASONS)) == []
    assert len(set(REASONS.values())) == len(REASONS)


def test_each_person_of_a_phone_waits_for_each_reason_once(store: Store) -> None:
    town = Town.on(store)

    def work(unit: Unit) -> None:
        maria = neighbour(unit, "Maria")
        at = unit.db.execute(t.contact.select()).one().address_id
        luis = people.admit(unit, at, name="Luis", age_band="adult", lang="es", territory_id=None)
        for who in (maria, luis, None):
            for reason in ("asked", "copy", "copy", "asked", "choice"):
                people.hand_over(unit, at, who, reason)

    store.do(work)
    rows = [(row.person_id, row.reason) for row in town.rows(t.handover, "person_id", "reason")]
    assert rows == [(who, reason) for who in (1, 2, None) for reason in ("asked", "copy", "choice")]


@pytest.mark.parametrize(
    ("day", "reason", "due"),
    [(12, "asked", 13), (13, "asked", 16), (14, "asked", 16), (12, "copy", 19), (13, "result", 20), (15, "choice", 16)],
)
def test_she_is_answered_by_the_day_that_was_promised(store: Store, day: int, reason: str, due: int) -> None:
    town = Town.on(store, datetime(2026, 11, day, 10, 0, tzinfo=PANAMA))
    at = town.store.do(lambda unit: people.lock_address(unit, "sms", "+50760000001").id)
    store.do(lambda unit: people.hand_over(unit, at, None, reason))
    (row,) = town.rows(t.handover, "due_at")
    assert row.due_at.astimezone(PANAMA).day == due
