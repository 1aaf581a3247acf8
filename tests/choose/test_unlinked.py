"""30 days after a close nothing leads from a person to what she chose, not even an order or a moment (voting.md 7)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from bot import recount
from bot.actions import contest as acts
from bot.actions import withdraw
from bot.clock import OWN
from storage import audit, ballots, contest_states
from storage import tables as t
from storage.store import Store
from tests.choose.exporting import WORDS, closed, exported
from tests.choose.polls import Polls
from tests.convoke.town import Town
from tests.kit import BEGINS
from tests.kit import Town as Village

MANY = tuple((n,) for n in (1, 2, 3, 4, 5)) * 5


def closing(town: Town) -> None:
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth", None))


def given(town: Town) -> list[tuple[str, str]]:
    """(code of the receipt, what is counted under it), in the order of the rows."""
    return [(row.code, row.payload) for row in town.rows(t.ballot) if row.status == "current"]


@pytest.fixture
def later(town: Town, clock: Any) -> list[tuple[str, str]]:
    """25 chose, it closed a month ago, and it was unlinked; what the ballots were before."""
    closed(town, *MANY)
    before = given(town)
    clock.forward(days=31)
    town.store.do(contest_states.unlink_due)
    return before


def test_neither_the_order_nor_a_receipt_leads_to_a_choice(town: Town, later: list[tuple[str, str]]) -> None:
    after = given(town)
    assert [code for code, _payload in after] == [code for code, _payload in later]
    assert [payload for _code, payload in after] != [payload for _code, payload in later]


def test_what_was_counted_is_still_counted_and_proved(town: Town, later: list[tuple[str, str]]) -> None:
    assert Counter(payload for _code, payload in given(town)) == Counter(payload for _code, payload in later)
    assert recount.recount(exported(town).data) == []
    assert {town.store.read(lambda unit, c=code: ballots.receipt(unit, c)) for code, _payload in later} == {"counted"}  # type: ignore[misc]
    while town.store.do(audit.chain):
        pass
    assert town.store.read(audit.verify) == []


def test_a_second_look_deals_nothing_anew(town: Town, later: list[tuple[str, str]]) -> None:
    after = given(town)
    assert town.store.do(contest_states.unlink_due) == 0
    assert given(town) == after


def test_what_does_not_count_is_not_known_any_more(town: Town, clock: Any) -> None:
    polls = Polls.opened(town)
    ana = town.neighbour()
    polls.cast(ana, 2)
    polls.cast(ana, 3)
    closing(town)
    assert polls.cast(town.neighbour(), 4).state == "late"
    clock.forward(days=31)
    town.store.do(contest_states.unlink_due)
    rows = {row.status: (row.kind, row.payload) for row in town.rows(t.ballot)}
    assert rows == {"superseded": ("blank", "blank"), "current": ("choice", "3"), "late": ("blank", "blank")}


def test_the_log_says_the_day_and_neither_how_nor_how_often(town: Town) -> None:
    polls = Polls.opened(town)
    polls.cast(town.neighbour(), 2, 5, channel="telegram")
    (told,) = town.rows(t.audit_event, t.audit_event.c.kind == "ballot.cast")
    assert told.payload == {"status": "current"}
    assert (told.at.hour, told.at.minute, told.at.second, told.at.microsecond) == (5, 0, 0, 0)  # midnight in Panama
    (cast,) = town.rows(t.ballot)
    assert told.at.date() == cast.received_at.date()


def test_who_was_told_of_a_withdrawal_chose_that_option(town: Town, clock: Any) -> None:
    polls = Polls.opened(town)
    for _ in range(3):
        polls.cast(town.neighbour(), 3)
    town.store.do(lambda unit: withdraw.withdraw(unit, WORDS, "sm", "3", "lo hace el ministerio", by="yaneth"))
    (told,) = town.rows(t.broadcast, t.broadcast.c.kind == "ballot_changed")
    assert len([row for row in town.rows(t.recipient) if row.broadcast_id == told.id and row.person_id]) == 3
    closing(town)
    clock.forward(days=31)
    town.store.do(contest_states.unlink_due)
    mine = [row for row in town.rows(t.recipient) if row.broadcast_id == told.id]
    assert [(row.person_id, row.address_id, row.variant) for row in mine] == [(None, None, None)] * 3
    assert [row for row in town.rows(t.outbox) if row.recipient_id in {one.id for one in mine}] == []


def test_what_was_answered_last_is_known_for_ten_minutes(store: Store) -> None:
    village = Village.on(store)
    phone = village.phone("sms")
    for words in ("SANMARTIN", "1", "Rosa", "1", "1"):
        phone.say(words)
    assert [row.last_reply is None for row in village.rows(t.address, "last_reply")] == [False]
    village.at(BEGINS + timedelta(minutes=9))
    assert "Ya estás" in phone.say("1")[0].text or "Ya estas" in phone.screen[-1].text
    village.at(BEGINS + timedelta(minutes=11))
    for tick in OWN:
        store.do(tick.work)
    assert [tuple(row) for row in village.rows(t.address, "last_reply", "last_reply_at")] == [(None, None)]
