"""At most two invitations or stories a week and person; who had them is skipped with the reason, and counted before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot import broadcast
from bot.broadcast import Ledger
from storage import audiences, cadence
from storage import tables as t
from storage.store import Store
from tests.conftest import Clock
from tests.convoke.acts import act, adds_up, hello
from tests.convoke.town import NOON, Town


@pytest.fixture
def town(store: Store, clock: Clock) -> Town:
    clock.set(NOON)
    return Town.build(store)


def told(town: Town, n: int, kind: str = "invitation", **values: Any) -> Ledger:
    """One more broadcast to everybody who gave permission."""
    due = values.pop("due_at", NOON)
    audience = audiences.permitting(town.lab)
    if kind in cadence.UNSOLICITED:
        audience = cadence.capped(audience, due)
    times = {"due_at": due, "expires_at": due + timedelta(days=9)}
    made = act(town, idem=f"cap:{n}", kind=kind, audience=audience, **times, **values)
    return town.store.do(lambda unit: broadcast.send(unit, made, hello))


def reasons(town: Town, n: int) -> dict[int, str | None]:
    """Person -> why she was left out of the nth."""
    [made] = town.rows(t.broadcast, t.broadcast.c.idem == f"cap:{n}")
    return {row.person_id: row.reason for row in town.rows(t.recipient, t.recipient.c.broadcast_id == made.id)}


def test_the_third_in_a_week_is_skipped_with_the_reason(town: Town) -> None:
    who = town.neighbour()
    assert [told(town, n, kind).pending for n, kind in enumerate(("invitation", "story"))] == [1, 1]
    fresh = town.neighbour()
    third = told(town, 3)
    assert (third.pending, third.skipped, third.reasons) == (1, 1, {"cap": 1})
    assert adds_up(third)
    assert reasons(town, 3) == {who: "cap", fresh: None}


@pytest.mark.parametrize(("days", "skipped"), [(6.9, 1), (7, 0)])
def test_a_week_is_seven_days(town: Town, days: float, skipped: int) -> None:
    town.neighbour()
    for n in range(2):
        told(town, n)
    assert told(town, 3, due_at=NOON + timedelta(days=days)).skipped == skipped


def test_what_is_planned_for_later_in_the_week_counts_too(town: Town) -> None:
    town.neighbour()
    for n in range(2):
        told(town, n, due_at=NOON + timedelta(days=3))
    assert told(town, 3).reasons == {"cap": 1}


@pytest.mark.parametrize(
    "kind", ["reminder", "offer", "change", "suspension", "result", "commitment", "ballot", "asking"]
)
def test_what_one_asked_for_is_neither_counted_nor_capped(town: Town, kind: str) -> None:
    town.neighbour()
    for n in range(3):
        assert told(town, n, kind).pending == 1
    assert [told(town, n).pending for n in (3, 4)] == [1, 1]
    assert told(town, 5, kind).pending == 1


@pytest.mark.parametrize(
    ("state", "reason", "counts"),
    [("failed", "gone", False), ("skipped", "opted_out", False), ("unknown", None, True), ("skipped", "shared", True)],
)
def test_only_what_came_or_may_have_come_to_her_phone_counts(
    town: Town, state: str, reason: str | None, counts: bool
) -> None:
    town.neighbour()
    for n in range(2):
        told(town, n)
    values = {"state": state, "reason": reason}
    town.store.do(lambda unit: unit.db.execute(t.recipient.update().values(**values)).rowcount)
    assert told(town, 3).reasons == ({"cap": 1} if counts else {})


def test_who_shares_a_phone_gets_no_third_for_the_others_either(town: Town) -> None:
    at = town.address("sms")
    for name in ("Ana", "Luis"):
        town.person(at, name=name)
    for n in range(2):
        assert told(town, n).pending == 1
    assert told(town, 3).reasons == {"cap": 2}


def test_a_stronger_reason_comes_first(town: Town) -> None:
    who = town.neighbour()
    for n in range(2):
        told(town, n)
    town.store.do(lambda unit: unit.db.execute(t.address.update().values(opted_out_at=NOON)).rowcount)
    told(town, 3)
    assert reasons(town, 3) == {who: "opted_out"}


def test_it_is_counted_before_it_is_sent(town: Town) -> None:
    town.neighbour()
    for n in range(2):
        told(town, n)
    audience = cadence.capped(audiences.permitting(town.lab), NOON)
    seen = town.store.read(lambda unit: broadcast.look(unit, audience, lab_id=town.lab))
    assert (seen.people, seen.skipped) == (0, {"cap": 1})
