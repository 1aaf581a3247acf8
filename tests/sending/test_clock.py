"""Ticks: each one claims what is due; a fault or a second process harms nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from bot.clock import OWN, Clock, Tick
from storage.store import Store, Unit
from storage.tables import contact, setting
from tests.conftest import Clock as DatabaseClock
from tests.sending.pretend import FakeChannel, address_of, address_row, open_senders, person_of, reply_to


def once(unit: Unit) -> int:
    """A claim: whoever comes second finds nothing to do."""
    if unit.db.execute(select(setting).where(setting.c.name == "done")).first():
        return 0
    unit.db.execute(insert(setting).values(name="done", value="1"))
    return 1


def broken(unit: Unit) -> None:
    unit.db.execute(insert(setting).values(name="half", value="1"))
    raise RuntimeError("a bug")


def test_a_started_clock_runs_each_tick_at_once_and_then_every_so_often(store: Store) -> None:
    ran: list[str] = []

    async def run() -> None:
        enough = asyncio.Event()
        here = asyncio.get_running_loop()

        def tick(unit: Unit) -> None:
            ran.append("fast")
            if ran.count("fast") == 3:
                here.call_soon_threadsafe(enough.set)

        clock = Clock(store, [Tick("fast", 0.05, tick), Tick("slow", 3600, lambda unit: ran.append("slow"))])
        clock.start()
        async with asyncio.timeout(20):
            await enough.wait()
        clock.stop()

    asyncio.run(run())
    assert ran.count("slow") == 1


def test_a_tick_that_fails_leaves_nothing_and_stops_no_other(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock(store, [Tick("broken", 60, broken), Tick("fine", 60, once)])

    async def run() -> list[bool]:
        return [await clock.run(tick) for tick in clock.ticks]

    assert asyncio.run(run()) == [*(True for _ in OWN), False, True]
    kept = {row.name for row in store.read(lambda u: u.db.execute(select(setting)).all())}
    assert ("done" in kept, "half" in kept) == (True, False)


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_a_stop_in_the_middle_of_the_start_is_no_error(
    store: Store, caplog: pytest.LogCaptureFixture, steps: int
) -> None:
    async def run() -> None:
        clock = Clock(store, [])
        clock.start()
        for _ in range(steps):
            await asyncio.sleep(0)
        clock.stop()
        for _ in range(5):
            await asyncio.sleep(0)

    asyncio.run(run())
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


def test_two_processes_tick_at_once_and_the_work_is_done_once(store: Store, database_url: str, secret: str) -> None:
    with Store(database_url, secret) as other:
        tick = Tick("once", 60, once)
        clocks = [Clock(store, [tick]), Clock(other, [tick])]

        async def run() -> None:
            await asyncio.gather(*(clock.run(tick) for clock in clocks for _ in range(3)))

        asyncio.run(run())
    done = select(setting).where(setting.c.name == "done")
    assert len(store.read(lambda u: u.db.execute(done).all())) == 1


def test_two_ticks_of_one_name_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="two ticks are called nudges"):
        Clock(store, [Tick("nudges", 1, once), Tick("nudges", 2, once)])


# --- strangers ----------------------------------------------------------------------------------------------------


def tick(store: Store, name: str) -> None:
    (work,) = [t.work for t in OWN if t.name == name]
    store.do(work)


def test_who_never_gave_a_permission_is_forgotten_after_seven_days(store: Store, clock: DatabaseClock) -> None:
    def work(unit: Unit) -> tuple[int, int, int]:
        stranger, known = address_of(unit, "stranger"), address_of(unit, "known")
        unit.db.execute(insert(contact).values(person_id=person_of(unit, "Ana"), address_id=known, since=unit.now))
        recent = address_of(unit, "recent", last_inbound_at=unit.now + timedelta(days=3))
        return stranger, known, recent

    stranger, known, recent = store.do(work)
    clock.forward(days=6, hours=23)
    tick(store, "strangers")
    assert address_row(store, stranger).value == "stranger"
    clock.forward(hours=2)
    tick(store, "strangers")
    assert [address_row(store, i).value for i in (stranger, known, recent)] == [None, "known", "recent"]


def test_an_answered_no_is_wiped_by_the_tick_when_a_crash_left_it_behind(store: Store) -> None:
    via = open_senders(store, FakeChannel())["telegram"]

    def work(unit: Unit) -> tuple[int, int]:
        waits = address_of(unit, "waits", forget=True)
        reply_to(unit, via, waits)
        return address_of(unit, "answered", forget=True), waits

    answered, waits = store.do(work)
    tick(store, "answered")
    assert [address_row(store, i).value for i in (answered, waits)] == [None, "waits"]
    assert address_row(store, answered).forget is False
