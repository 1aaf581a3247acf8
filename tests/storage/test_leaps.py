"""A machine's clock that leaps years ahead erases nobody; a house that was switched off erases a few days later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.actions import status
from bot.clock import OWN
from storage import clock, leaps
from storage import tables as t
from storage.store import Store
from tests.kit import Town

Wrong = Callable[..., None]


@pytest.fixture
def town(store: Store) -> Town:
    """Ana has a place."""
    town = Town.on(store)
    phone = town.phone("sms", "C")
    for words in ("SANMARTIN", "1", "Ana", "1", "1"):
        phone.say(words)
    return town


def tick(town: Town) -> None:
    for one in (*OWN, *town.app.ticks()):
        town.store.do(one.work)


def known(town: Town) -> bool:
    """Whether Ana is there, with her phone."""
    assert len(town.rows(t.person, "name")) == 1
    return town.rows(t.person, "name")[0].name == "Ana" and town.rows(t.address, "value")[0].value is not None


def days_pass(town: Town, machine_clock: Wrong, ahead: float, days: int) -> None:
    """The house runs on, so many days ahead of the right time."""
    for hour in range(0, days * 24, 12):
        machine_clock(days=ahead, hours=hour)
        tick(town)


@pytest.mark.parametrize("years", [3, 50])
def test_a_clock_that_is_years_ahead_for_a_moment_erases_nobody(town: Town, machine_clock: Wrong, years: int) -> None:
    tick(town)
    machine_clock(days=years * 365)
    tick(town)
    tick(town)
    machine_clock()
    tick(town)
    assert known(town)


def test_nor_where_no_tick_has_run_before(store: Store, machine_clock: Wrong) -> None:
    """The newest event that was recorded says when the clock was right."""
    town = Town.on(store)
    store.do(lambda unit: clock.forward(unit, -clock.offset(unit)))
    town.phone("sms", "C").say("AYUDA")
    store.do(lambda unit: unit.db.execute(t.setting.delete()))
    machine_clock(days=3 * 365)
    tick(town)
    assert [row.value is None for row in town.rows(t.address, "value")] == [False]


def test_nor_when_it_leaps_again_and_again(town: Town, machine_clock: Wrong) -> None:
    tick(town)
    for year in range(3, 12):
        machine_clock(days=year * 365)
        tick(town)
    assert known(town)


def test_the_operator_is_told_while_it_is_in_doubt(town: Town, machine_clock: Wrong) -> None:
    tick(town)
    machine_clock(days=3 * 365)
    with capture_logs() as logs:
        tick(town)
    assert [one["log_level"] for one in logs if "clock" in one["event"]] == ["error"]
    late = town.store.read(status.read).late
    assert [note.text for note in late if "clock" in note.text]
    machine_clock()
    tick(town)
    assert not [note for note in town.store.read(status.read).late if "clock" in note.text]


def test_a_house_that_was_switched_off_for_years_erases_once_days_have_passed(town: Town, machine_clock: Wrong) -> None:
    tick(town)
    days_pass(town, machine_clock, 3 * 365, leaps.SEEN_FOR.days)
    assert known(town)
    machine_clock(days=3 * 365 + leaps.SEEN_FOR.days)
    tick(town)
    tick(town)
    assert not known(town)


def test_a_clock_that_was_moved_by_hand_is_believed(town: Town) -> None:
    """The simulator and a rehearsal leap by months; they move the offset, not the clock."""
    tick(town)
    town.store.do(lambda unit: clock.forward(unit, timedelta(days=3 * 365)))
    tick(town)
    tick(town)
    assert not known(town)
