"""A broadcast is done once and whole, can be held and taken back, and knows which answers are still open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from bot import broadcast
from bot.broadcast import Ledger
from storage import broadcasts
from storage import tables as t
from storage.broadcasts import Opened
from storage.store import Store, Unit
from tests.convoke.acts import act, hello, send, settle, why
from tests.convoke.town import NOON, STARTS, Town


@pytest.fixture
def town(store: Store, clock: Any) -> Town:
    clock.set(NOON)
    return Town.build(store)


# --- once, and whole ----------------------------------------------------------------------------------------------


def test_the_same_act_twice_is_one_broadcast(town: Town) -> None:
    town.neighbour()
    first = send(town)
    town.neighbour()
    assert send(town) == first
    assert len(town.rows(t.outbox)) == 1
    assert send(town, idem="test:2").audience == 2


def test_one_place_a_person_in_a_ledger_is_the_database_s_word(town: Town) -> None:
    ana = town.neighbour()
    made = send(town).broadcast_id
    again = insert(t.recipient).values(broadcast_id=made, person_id=ana, state="pending", at=NOON)
    with pytest.raises(IntegrityError):
        town.store.do(lambda unit: unit.db.execute(again).rowcount)


class Crash(Exception):
    """The machine stops here."""


@pytest.mark.parametrize("at", range(12))
def test_a_crash_at_any_statement_leaves_nothing_and_is_done_again_whole(town: Town, at: int) -> None:
    for _n in range(3):
        town.neighbour()
    town.person(town.address(reachable=False))
    wanted = act(town, fill=select(t.person.c.id.label("person_id"), t.person.c.token.label("code")))

    def breaks_off(unit: Unit) -> Ledger:
        statements = iter(range(at))
        execute = unit.db.execute

        def counted(*args: Any, **kwargs: Any) -> Any:
            if next(statements, None) is None:
                raise Crash
            return execute(*args, **kwargs)

        unit.db.execute = counted  # type: ignore[method-assign]
        try:
            return broadcast.send(unit, wanted, hello)
        finally:
            unit.db.execute = execute  # type: ignore[method-assign]

    with pytest.raises(Crash):
        town.store.do(breaks_off)
    assert [town.rows(table) for table in (t.broadcast, t.recipient, t.broadcast_text, t.outbox)] == [[]] * 4
    ledger = town.store.do(lambda unit: broadcast.send(unit, wanted, hello))
    assert (ledger.audience, ledger.pending, ledger.skipped) == (4, 3, 1)
    assert len(town.rows(t.outbox)) == 3


def test_two_processes_at_once_make_one_broadcast(town: Town) -> None:
    for _n in range(4):
        town.neighbour()
    made = [town.store.write(lambda unit: broadcast.send(unit, act(town), hello)) for _n in range(6)]
    assert len({future.result().code for future in made}) == 1
    assert len(town.rows(t.outbox)) == 4


# --- held, taken back ---------------------------------------------------------------------------------------------


def test_a_stopped_broadcast_holds_what_has_not_gone_and_goes_on(town: Town) -> None:
    for _n in range(3):
        town.neighbour()
    code = send(town).code
    gone = town.rows(t.outbox)[0]
    town.store.do(lambda unit: settle(unit, gone.id, "sent"))
    stopped = town.store.do(lambda unit: broadcasts.stop(unit, code.lower()))
    assert stopped is not None
    assert (stopped.state, stopped.sent, stopped.pending) == ("stopped", 1, 2)
    assert [row.state for row in town.rows(t.outbox)] == ["sent", "held", "held"]
    resumed = town.store.do(lambda unit: broadcasts.resume(unit, code))
    assert resumed is not None
    assert (resumed.state, resumed.pending) == ("sending", 2)
    assert [row.state for row in town.rows(t.outbox)] == ["sent", "pending", "pending"]
    assert town.store.do(lambda unit: broadcasts.stop(unit, "NO SUCH")) is None


def test_what_waits_for_somebody_who_leaves_is_taken_back(town: Town) -> None:
    leaving, staying = town.neighbour(), town.neighbour()
    send(town)
    [row] = town.rows(t.outbox, t.outbox.c.person_id == leaving)
    assert town.store.do(lambda unit: broadcasts.withhold(unit, "opted_out", address_id=row.address_id)) == 1
    assert (why(town, leaving), why(town, staying)) == ("opted_out", None)
    assert [r.state for r in town.rows(t.outbox)] == ["cancelled", "pending"]


def test_what_a_sender_has_in_hand_is_not_taken_back(town: Town) -> None:
    person = town.neighbour()
    send(town)
    town.store.do(lambda unit: unit.db.execute(update(t.outbox).values(state="started")).rowcount)
    assert town.store.do(lambda unit: broadcasts.withhold(unit, "erased", person_id=person)) == 0
    assert why(town, person) is None


def test_to_withhold_from_nobody_in_particular_is_a_mistake(town: Town) -> None:
    with pytest.raises(ValueError, match="whose"):
        town.store.do(lambda unit: broadcasts.withhold(unit, "erased"))


def test_a_broadcast_with_nobody_pending_is_done(town: Town) -> None:
    town.neighbour()
    send(town)
    assert town.store.do(broadcasts.finish) == 0
    town.store.do(lambda unit: settle(unit, town.rows(t.outbox)[0].id, "failed"))
    assert town.store.do(broadcasts.finish) == 1
    assert town.rows(t.broadcast)[0].state == "done"


# --- answers ------------------------------------------------------------------------------------------------------

OPENS = {"conversation": "invitation", "args": {"session": "sm1"}}


def test_an_answer_finds_the_newest_question_that_nobody_took_up(town: Town) -> None:
    person = town.neighbour()
    send(town, idem="a", opens=OPENS)
    send(town, idem="b", opens={"conversation": "reminder", "args": {}})
    send(town, idem="told, not asked")
    address = town.rows(t.address)[0].id

    def opened() -> list[Opened]:
        return town.store.read(lambda unit: broadcasts.unanswered(unit, address))

    assert opened() == []  # nothing has left yet
    first, second, _told = town.rows(t.outbox)
    town.store.do(lambda unit: settle(unit, first.id, "sent"))
    town.store.do(lambda unit: settle(unit, second.id, "unknown"))
    assert [(o.conversation, o.person_id) for o in opened()] == [("reminder", person), ("invitation", person)]
    assert opened()[1].args == {"session": "sm1"}
    town.store.do(lambda unit: broadcasts.adopt(unit, second.id, 77))
    assert [o.outbox_id for o in opened()] == [first.id]


def test_a_question_that_has_expired_is_not_answered(town: Town, clock: Any) -> None:
    town.neighbour()
    send(town, opens=OPENS)
    town.store.do(lambda unit: settle(unit, town.rows(t.outbox)[0].id, "sent"))
    clock.set(STARTS + timedelta(seconds=1))
    assert town.store.read(lambda unit: broadcasts.unanswered(unit, town.rows(t.address)[0].id)) == []
