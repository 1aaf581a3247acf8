"""What a look at the database costs, counted and not timed."""

from __future__ import annotations

from collections.abc import Callable

from storage.store import Store, Unit


def steps(store: Store, look: Callable[[Unit], object]) -> int:
    """Steps of SQLite's machine that this takes, nothing of it kept; 0 on PostgreSQL, which has no such count."""

    def work(unit: Unit) -> int:
        if unit.db.dialect.name != "sqlite":
            return 0
        raw, count = unit.db.connection.driver_connection, 0

        def step() -> int:
            nonlocal count
            count += 1
            return 0

        look(unit)  # compiled, and what it has to do is done
        raw.set_progress_handler(step, 1)  # type: ignore[union-attr]
        look(unit)
        raw.set_progress_handler(None, 0)  # type: ignore[union-attr]
        return count

    return store.do(work)
