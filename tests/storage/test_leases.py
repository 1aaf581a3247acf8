"""Leases, of which one process holds one at a time, and what is remembered between two questions."""

from __future__ import annotations

from datetime import timedelta

from storage import leases, remembered
from storage.store import Store
from tests.conftest import Clock

MINUTE = timedelta(minutes=1)


def test_a_lease_has_one_holder(store: Store, clock: Clock) -> None:
    def hold(name: str, who: str) -> bool:
        return store.do(lambda unit: leases.hold(unit, name, who, MINUTE))

    assert [hold("a", "me"), hold("a", "you"), hold("b", "you"), hold("a", "me")] == [True, False, True, True]
    clock.forward(seconds=40)
    assert hold("a", "me")  # for another minute
    clock.forward(seconds=40)
    assert [hold("a", "you"), hold("b", "me")] == [False, True]
    store.do(lambda unit: leases.release(unit, "a", "you"))  # not theirs to give back
    assert not hold("a", "you")
    store.do(lambda unit: leases.release(unit, "a", "me"))
    assert hold("a", "you")


def test_of_many_at_once_one_gets_the_lease(store: Store) -> None:
    futures = [store.write(lambda unit, n=n: leases.hold(unit, "a", f"p{n}", MINUTE)) for n in range(12)]  # type: ignore[misc]
    assert sum(future.result() for future in futures) == 1


def test_a_clock_that_is_a_little_behind_takes_nobody_s_lease(store: Store, clock: Clock) -> None:
    """Of two that begin at once, and of two machines, one reads the earlier time."""

    def hold(who: str) -> bool:
        return store.do(lambda unit: leases.hold(unit, "a", who, MINUTE))

    assert hold("me")
    clock.forward(milliseconds=-1)
    assert not hold("you")
    clock.forward(seconds=-59)
    assert not hold("you")
    clock.forward(hours=-1)  # set back by far: nobody waits for that
    assert hold("you")


def test_what_is_remembered_is_the_last_that_was_put(store: Store) -> None:
    for name, value in (("a", "1"), ("b", "2"), ("a", "3"), ("b", "")):
        store.do(lambda unit, name=name, value=value: remembered.put(unit, name, value))  # type: ignore[misc]
    assert [store.read(lambda unit, n=n: remembered.get(unit, n)) for n in "abc"] == ["3", "", ""]  # type: ignore[misc]
