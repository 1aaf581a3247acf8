"""Reminders follow the session: right or not at all, once, and never in the night."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.actions import announce, remind
from bot.errors import ConvocaError
from bot.i18n import Catalogues
from bot.sms import sms_text
from storage import labs, reminders
from storage import tables as t
from storage.store import Store, Unit
from tests.convoke.town import NOON, STARTS, Town

DAY_BEFORE = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)  # Friday, 5 pm in Panama
TWO_BEFORE = DAY_BEFORE - timedelta(days=1)


@pytest.fixture(scope="module")
def catalogues() -> Catalogues:
    return Catalogues.load()


@pytest.fixture
def town(store: Store, clock: Any) -> Town:
    clock.set(NOON)
    return Town.build(store)


def plan(town: Town) -> None:
    town.store.do(lambda unit: reminders.plan_for(unit, labs.session_by_id(unit, town.session)))


def tick(town: Town, catalogues: Catalogues) -> int:
    return town.store.do(lambda unit: remind.due(unit, catalogues))


def states(town: Town) -> list[tuple[str, int, str]]:
    return [(row.rule, row.session_revision, row.state) for row in town.rows(t.reminder)]


def bodies(town: Town) -> list[str]:
    texts = {row.id: row.body for row in town.rows(t.broadcast_text)}
    kept = [json.loads(row.body) if row.body else texts[row.text_id] for row in town.rows(t.outbox)]
    return [sms_text(body["text"]) for body in kept]


def test_the_hours_are_those_on_the_wall_there() -> None:
    assert reminders.moment("day_before", STARTS, "America/Panama") == DAY_BEFORE
    assert reminders.moment("unsure", STARTS, "America/Panama") == TWO_BEFORE
    late = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)  # Saturday, 9 pm in Panama
    assert reminders.moment("day_before", late, "America/Panama") == DAY_BEFORE


def test_planning_twice_is_planning_once(town: Town) -> None:
    plan(town)
    plan(town)
    assert [(row.rule, row.due_at) for row in town.rows(t.reminder)] == [
        ("day_before", DAY_BEFORE),
        ("unsure", TWO_BEFORE),
    ]


def test_what_is_past_already_is_not_planned(town: Town, clock: Any) -> None:
    clock.set(TWO_BEFORE)
    plan(town)
    assert states(town) == [("day_before", 1, "pending")]


def test_a_draft_has_no_reminders(town: Town) -> None:
    town.change_session(state="draft")
    plan(town)
    assert states(town) == []


def test_each_registered_person_is_reminded_with_her_own_code(town: Town, catalogues: Catalogues, clock: Any) -> None:
    ana, quiet, waits = town.neighbour(), town.neighbour(), town.neighbour()
    town.registers(ana, code="8QHM")
    town.registers(quiet, code="7KTQ", reminders=False)
    town.registers(waits, "waiting")
    plan(town)
    clock.set(DAY_BEFORE - timedelta(seconds=5))
    tick(town, catalogues)
    assert "8QHM" not in "".join(bodies(town))
    clock.set(DAY_BEFORE)
    assert tick(town, catalogues) == 1
    told = "Mañana, sab 21 nov, 3:30 pm, es el laboratorio. Lugar: Casa Comunal. Codigo: 8QHM. ¿Vienes? 1 Si 2 No puedo"
    assert bodies(town)[-1:] == [told]
    assert ("day_before", 1, "sent") in states(town)
    assert tick(town, catalogues) == 0


def test_on_a_shared_phone_the_code_says_for_whom_and_no_name(town: Town, catalogues: Catalogues, clock: Any) -> None:
    phone = town.address()
    town.registers(town.person(phone, name="María"), code="8QHM")
    town.registers(town.person(phone, name="Luis"), code="7KTQ")
    plan(town)
    clock.set(DAY_BEFORE)
    tick(town, catalogues)
    first, second = (text for text in bodies(town) if "Vienes" in text)
    assert first.startswith("Convoca, para el codigo que empieza con 8: el laboratorio es sab 21 nov, 3:30 pm.")
    assert second.startswith("Convoca, para el codigo que empieza con 7:")
    assert "{name}" not in first + second


def test_who_was_not_sure_is_asked_once_more_two_days_before(town: Town, catalogues: Catalogues, clock: Any) -> None:
    town.registers(town.neighbour(), "unsure")
    town.registers(town.neighbour(), code="8QHM")
    plan(town)
    clock.set(TWO_BEFORE)
    assert tick(town, catalogues) == 1
    told = "Te pregunto otra vez. Laboratorio de San Martin: sab 21 nov, 3:30 pm, Casa Comunal."
    assert bodies(town) == [f"{told} ¿Vas? 1 Si 2 No 3 Aun no se"]
    [made] = town.rows(t.broadcast)
    assert made.opens == {"conversation": "invitation", "args": {"session": "sm1", "lab": "san-martin"}}


def test_a_change_makes_the_old_reminder_silent_and_the_new_one_right(
    town: Town, catalogues: Catalogues, clock: Any
) -> None:
    town.registers(town.neighbour(), code="8QHM")
    plan(town)
    town.change_session(revision=2, starts_at=STARTS + timedelta(days=7))
    plan(town)
    assert [s for s in states(town) if s[1] == 1] == [("day_before", 1, "stale"), ("unsure", 1, "stale")]
    clock.set(DAY_BEFORE)
    assert tick(town, catalogues) == 0
    clock.set(DAY_BEFORE + timedelta(days=7))
    tick(town, catalogues)
    assert "Mañana, sab 28 nov, 3:30 pm" in bodies(town)[-1]


def test_a_change_nobody_planned_for_is_noticed_at_the_hour(town: Town, catalogues: Catalogues, clock: Any) -> None:
    town.registers(town.neighbour(), code="8QHM")
    plan(town)
    town.change_session(revision=2, starts_at=STARTS + timedelta(days=7))
    clock.set(DAY_BEFORE)
    tick(town, catalogues)
    assert bodies(town) == []
    assert ("day_before", 1, "stale") in states(town)
    assert ("day_before", 2, "pending") in states(town)


def test_a_change_takes_back_what_waits_for_the_morning(town: Town, catalogues: Catalogues, clock: Any) -> None:
    town.neighbour()
    clock.set(datetime(2026, 11, 13, 2, 0, tzinfo=UTC))  # 9 pm
    town.store.do(lambda unit: announce.announce(unit, catalogues, "sm1", "yaneth", 1))
    plan(town)
    assert [row.state for row in town.rows(t.outbox)] == ["pending"]
    town.change_session(revision=2)
    plan(town)
    assert [row.state for row in town.rows(t.outbox)] == ["cancelled"]
    assert [(row.state, row.reason) for row in town.rows(t.recipient)] == [("skipped", "changed")]


def test_a_suspended_session_reminds_nobody(town: Town, catalogues: Catalogues, clock: Any) -> None:
    town.registers(town.neighbour(), code="8QHM")
    plan(town)
    town.change_session(state="cancelled", reason="lluvia")
    plan(town)
    clock.set(DAY_BEFORE)
    assert tick(town, catalogues) == 0
    assert {s[2] for s in states(town)} == {"stale"}


def test_held_by_the_night_it_goes_at_eight_and_says_today(town: Town, catalogues: Catalogues, clock: Any) -> None:
    town.registers(town.neighbour(), code="8QHM")
    plan(town)
    clock.set(datetime(2026, 11, 21, 2, 0, tzinfo=UTC))  # the process was down until 9 pm
    tick(town, catalogues)
    [row] = town.rows(t.outbox)
    assert row.due_at == datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
    assert bodies(town)[0].startswith("Hoy, sab 21 nov, 3:30 pm, es el laboratorio.")


@pytest.mark.parametrize("at", [STARTS, STARTS + timedelta(hours=1)])
def test_past_the_start_it_is_missed_and_never_sent(
    town: Town, catalogues: Catalogues, clock: Any, at: datetime
) -> None:
    town.registers(town.neighbour(), code="8QHM")
    plan(town)
    clock.set(at)
    tick(town, catalogues)
    assert {s[2] for s in states(town)} == {"missed"}
    assert town.rows(t.outbox) == []


def test_without_the_communitys_leave_nothing_is_sent(town: Town, catalogues: Catalogues, clock: Any) -> None:
    town.registers(town.neighbour(), code="8QHM")
    plan(town)
    town.store.do(lambda unit: unit.db.execute(update(t.lab).values(setting="comarca")).rowcount)
    clock.set(DAY_BEFORE)
    tick(town, catalogues)
    assert town.rows(t.outbox) == []


class Crash(ConvocaError):
    """The machine stops here."""


def test_a_crash_in_the_pass_leaves_nothing_and_it_is_done_again_whole(
    town: Town, catalogues: Catalogues, clock: Any
) -> None:
    people = [town.neighbour() for _n in range(3)]
    for n, person in enumerate(people):
        town.registers(person, code=f"8QH{'MRT'[n]}")
    plan(town)
    clock.set(DAY_BEFORE)

    def breaks_off(unit: Unit) -> None:
        remind.due(unit, catalogues)
        raise Crash("after all of it, before the commit")

    with pytest.raises(Crash):
        town.store.do(breaks_off)
    assert town.rows(t.outbox) == []
    tick(town, catalogues)
    reminded = [row.person_id for row in town.rows(t.outbox) if row.body is not None]
    assert sorted(reminded) == people


def test_many_processes_at_once_remind_everybody_once(town: Town, catalogues: Catalogues, clock: Any) -> None:
    for n in range(4):
        town.registers(town.neighbour(), code=f"8QH{'MRTW'[n]}")
    plan(town)
    clock.set(DAY_BEFORE)
    passes = [town.store.write(lambda unit: remind.due(unit, catalogues)) for _n in range(6)]
    assert sum(future.result() for future in passes) == 2  # the one of the day before, and that of the unsure
    assert len([text for text in bodies(town) if "Vienes" in text]) == 4
