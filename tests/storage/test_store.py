"""The store on both databases: what is acknowledged is stored, what fails leaves no trace and harms nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage.sqlite import driver
from storage.store import Store, Unit
from storage.tables import erasure, setting
from tests.conftest import Clock

WAIT = 30  # seconds until a test gives up; none comes near it


def put(name: str, value: str = "") -> Callable[[Unit], str]:
    """A work that stores one row."""

    def work(unit: Unit) -> str:
        unit.db.execute(insert(setting).values(name=name, value=value))
        return name

    return work


def names(unit: Unit) -> list[str]:
    """What is stored, in order."""
    return list(unit.db.execute(select(setting.c.name).order_by(setting.c.name)).scalars())


class Held:
    """Keeps the writers busy, so that what is written meanwhile comes together in one group."""

    def __init__(self, store: Store, lane: str = "") -> None:
        self._go, self.running = threading.Event(), threading.Event()
        self.future = store.write(self._wait, lane)
        assert self.running.wait(WAIT)

    def _wait(self, unit: Unit) -> None:
        self.running.set()
        assert self._go.wait(WAIT)

    def release(self) -> None:
        self._go.set()
        self.future.result(WAIT)


def test_what_is_written_can_be_read(store: Store) -> None:
    assert store.do(put("a")) == "a"
    assert store.read(names) == ["a"]


def test_a_unit_that_raises_leaves_nothing_and_its_neighbours_alone(store: Store) -> None:
    def fails(unit: Unit) -> None:
        put("broken")(unit)
        raise LookupError("as planned")

    held = Held(store)
    before, broken, after = store.write(put("a")), store.write(fails), store.write(put("b"))
    held.release()
    assert (before.result(WAIT), after.result(WAIT)) == ("a", "b")
    with pytest.raises(LookupError, match="as planned"):
        broken.result(WAIT)
    assert store.read(names) == ["a", "b"]


def test_a_row_that_is_there_already_fails_only_the_second_unit(store: Store) -> None:
    held = Held(store)
    futures = [store.write(put("same", str(n)), "lane") for n in range(3)]
    held.release()
    assert futures[0].result(WAIT) == "same"
    for late in futures[1:]:
        with pytest.raises(IntegrityError):
            late.result(WAIT)


def test_a_unit_may_catch_its_own_conflict_and_go_on(store: Store) -> None:
    store.do(put("same"))

    def twice(unit: Unit) -> bool:
        return unit.insert_new(setting, name="same", value="") or unit.insert_new(setting, name="new", value="")

    assert store.do(twice)
    assert store.read(names) == ["new", "same"]


def test_a_reader_sees_only_what_is_committed(store: Store) -> None:
    def look_from_outside(unit: Unit) -> list[str]:
        put("a")(unit)
        return store.read(names)

    assert store.do(look_from_outside) == []
    assert store.read(names) == ["a"]


def test_a_reader_keeps_its_snapshot_while_others_write(store: Store) -> None:
    def before_and_after(unit: Unit) -> tuple[list[str], list[str]]:
        before = names(unit)
        store.do(put("a"))
        return before, names(unit)

    assert store.read(before_and_after) == ([], [])


def test_a_reader_can_not_write(store: Store) -> None:
    with pytest.raises(DBAPIError):
        store.read(put("a"))
    store.do(put("b"))
    assert store.read(names) == ["b"]


def test_a_future_is_resolved_after_the_commit(store: Store) -> None:
    seen: list[list[str]] = []
    held = Held(store)
    futures = [store.write(put(f"{n}"), "lane") for n in range(5)]
    for future in futures:
        future.add_done_callback(lambda told: seen.append([told.result(), *store.read(names)]))
    held.release()
    assert [f.result(WAIT) for f in futures] == list("01234")
    store.close()
    assert len(seen) == 5
    assert all(name in stored for name, *stored in seen)


def test_two_hundred_threads_lose_nothing(store: Store) -> None:
    def several(n: int) -> None:
        for m in range(5):
            store.do(put(f"{n}-{m}"), lane=f"{n}")

    threads = [threading.Thread(target=several, args=(n,)) for n in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
    assert len(store.read(names)) == 1000


def test_a_locked_row_is_counted_up_without_loss(store: Store) -> None:
    def none_yet(unit: Unit) -> int:
        values = {"code": "X", "done_at": unit.now, "backups_until": unit.now, "people": 0}
        row: int = unit.db.execute(insert(erasure).values(**values).returning(erasure.c.id)).scalar_one()
        return row

    row = store.do(none_yet)

    def count_up(unit: Unit) -> None:
        unit.lock(erasure, row)
        people = unit.db.execute(select(erasure.c.people)).scalar_one()
        unit.db.execute(update(erasure).values(people=people + 1))

    for future in [store.write(count_up) for _ in range(60)]:
        future.result(WAIT)
    assert store.read(lambda unit: unit.db.execute(select(erasure.c.people)).scalar()) == 60


def test_a_lane_keeps_its_order(store: Store) -> None:
    ran: list[tuple[str, int]] = []

    def note(lane: str, n: int) -> Callable[[Unit], None]:
        return lambda unit: ran.append((lane, n))

    futures = [store.write(note(lane, n), lane) for n in range(50) for lane in "abc"]
    for future in futures:
        future.result(WAIT)
    for lane in "abc":
        assert [n for kept, n in ran if kept == lane] == list(range(50))


def test_a_future_that_nobody_waits_for_is_not_run(store: Store) -> None:
    held = Held(store, "lane")
    kept, dropped, last = (store.write(put(name), "lane") for name in "abc")
    assert dropped.cancel()
    held.release()
    assert (kept.result(WAIT), last.result(WAIT)) == ("a", "c")
    with pytest.raises(CancelledError):
        dropped.result(WAIT)
    assert store.read(names) == ["a", "c"]


def test_a_unit_can_not_commit_by_itself(store: Store) -> None:
    def commits(unit: Unit) -> None:
        put("a")(unit)
        unit.db.commit()

    with pytest.raises(RuntimeError, match="committed by the store alone"):
        store.do(commits)
    assert store.read(names) == []


def test_a_unit_that_rolls_back_by_itself_harms_nobody(store: Store) -> None:
    def rolls_back(unit: Unit) -> None:
        put("mine")(unit)
        unit.db.rollback()

    held = Held(store)
    futures: list[Future[object]] = [store.write(put("a")), store.write(rolls_back), store.write(put("b"))]
    held.release()
    for future in futures:
        future.exception(WAIT)
    assert store.read(names) == ["a", "b"]


def test_a_unit_that_waits_for_another_is_told_so(store: Store) -> None:
    with pytest.raises(RuntimeError, match="can not wait"):
        store.do(lambda unit: store.do(put("a")))


def test_closing_finishes_what_was_given(database_url: str, secret: str) -> None:
    store = Store(database_url, secret)
    held = Held(store, "lane")
    futures = [store.write(put(f"{n}"), "lane") for n in range(9)]
    closing = threading.Thread(target=store.close)
    closing.start()
    held.release()
    closing.join(WAIT)
    assert [f.result(WAIT) for f in futures] == list("012345678")
    with pytest.raises(RuntimeError, match="closed"):
        store.write(put("late"))
    store.close()


def test_the_time_is_the_databases_and_stands_still_in_a_unit(store: Store) -> None:
    before = datetime.now(UTC)
    told = store.do(lambda unit: unit.now)
    assert told.tzinfo is UTC
    assert abs(told - before) < timedelta(seconds=WAIT)


def test_the_clock_obeys_writers_and_readers(store: Store, clock: Clock) -> None:
    noon = datetime(2031, 5, 4, 12, tzinfo=UTC)
    clock.set(noon)
    clock.forward(hours=2, seconds=0.5)
    for told in (clock.now(), store.do(lambda unit: unit.now)):
        assert timedelta(hours=2) <= told - noon < timedelta(hours=2, seconds=WAIT)
    clock.set(noon - timedelta(days=1))
    assert clock.now() < noon


def test_rows_of_one_person_are_locked_by_the_lane_alone(store: Store) -> None:
    """A burst of one lane waits in its lane; the pool stays free for the others."""
    held = Held(store, "busy") if store.dialect == "postgresql" else None
    burst = [store.write(put(f"busy {n}"), "busy") for n in range(20)]
    other = [store.write(put(f"other {n}"), f"other {n}") for n in range(20)]
    assert [f.result(WAIT) for f in other] == [f"other {n}" for n in range(20)]
    if held is not None:
        assert not any(f.done() for f in burst)
        held.release()
    assert all(f.result(WAIT) for f in burst)


def test_units_that_lock_each_other_out_both_end_well(store: Store) -> None:
    store.do(lambda unit: (put("a", "0")(unit), put("b", "0")(unit)))
    meet = threading.Barrier(2)
    tries: list[str] = []

    def change(first: str, second: str) -> Callable[[Unit], None]:
        def work(unit: Unit) -> None:
            tries.append(first)
            for name in (first, second):
                unit.db.execute(update(setting).where(setting.c.name == name).values(value=setting.c.value + first))
                if name == first and len(tries) <= 2 and unit.db.dialect.name == "postgresql":
                    meet.wait(WAIT)

        return work

    futures = [store.write(change("a", "b")), store.write(change("b", "a"))]
    for future in futures:
        future.result(WAIT)
    values = store.read(lambda unit: unit.db.execute(select(setting.c.value)).scalars().all())
    assert len(values) == 2
    assert {"".join(sorted(value)) for value in values} == {"0ab"}
    assert len(tries) == (3 if store.dialect == "postgresql" else 2)


@pytest.mark.parametrize("moment", ["before_cursor_execute", "after_cursor_execute"])
@pytest.mark.parametrize("broken", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_a_unit_broken_off_in_mid_statement_is_told_and_its_neighbours_are_stored(
    store: Store, moment: str, broken: type[BaseException]
) -> None:
    """What is no Exception makes SQLAlchemy throw the connection away, and with it the transaction."""

    def broken_off(unit: Unit) -> None:
        put("lost")(unit)
        event.listen(unit.db, moment, _raises(broken))
        put("never")(unit)

    held = Held(store)
    before, lost, after = store.write(put("a")), store.write(broken_off), store.write(put("b"))
    held.release()
    with pytest.raises(broken):
        lost.result(WAIT)
    assert (before.result(WAIT), after.result(WAIT)) == ("a", "b")
    assert store.do(put("c")) == "c"
    assert store.read(names) == ["a", "b", "c"]


def _raises(error: type[BaseException]) -> Callable[..., None]:
    def listener(*_: object) -> None:
        raise error

    return listener


def test_a_reader_broken_off_in_mid_statement_is_told_and_others_read_on(store: Store) -> None:
    def broken_off(unit: Unit) -> list[str]:
        event.listen(unit.db, "before_cursor_execute", _raises(KeyboardInterrupt))
        return names(unit)

    store.do(put("a"))
    with pytest.raises(KeyboardInterrupt):
        store.read(broken_off)
    assert store.read(names) == ["a"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_connection_that_a_unit_closed_is_replaced(store: Store) -> None:
    def closes(unit: Unit) -> None:
        put("lost")(unit)
        driver(unit.db).close()

    held = Held(store)
    before, lost, after = store.write(put("a")), store.write(closes), store.write(put("b"))
    held.release()
    assert lost.exception(WAIT) is not None
    assert (before.result(WAIT), after.result(WAIT)) == ("a", "b")
    assert store.read(names) == ["a", "b"]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_lost_connection_fails_its_unit_and_no_other(store: Store) -> None:
    def cut(unit: Unit) -> None:
        put("lost")(unit)
        unit.db.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(DBAPIError):
        store.do(cut)
    store.do(put("a"))
    assert store.read(names) == ["a"]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_connections_that_died_in_the_pool_are_replaced(store: Store, database_url: str) -> None:
    for future in [store.write(put(f"{n}")) for n in range(20)]:
        future.result(WAIT)
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    for future in [store.write(put(f"again {n}")) for n in range(20)]:
        future.result(WAIT)
    assert store.read(lambda unit: unit.db.execute(select(func.count()).select_from(setting)).scalar()) == 40
