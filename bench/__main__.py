"""`make bench`: one report. Each figure stands beside the same work by hand in the same run: the ratio counts."""

from __future__ import annotations

import argparse
import platform
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import process_time

from bench import house, raw, server

CITIZENS, AT_ONCE = 100, (1, 16, 64)
PEOPLE, MESSAGES, LOT = 5_000, 3_000, 100

Fresh = Callable[[], str]  # gives the url of an empty database


@contextmanager
def sqlite() -> Iterator[Fresh]:
    """Files of a folder that goes afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = count(1)
        yield lambda: f"sqlite:///{Path(folder) / f'{next(numbers)}.db'}"


DATABASES = {"sqlite": sqlite, "postgresql": server.postgresql}


def main() -> None:
    """Run it all on the databases that are named, else on both, and print the report."""
    options = argparse.ArgumentParser(prog="make bench ARGS=...")
    options.add_argument("databases", nargs="*", choices=[*DATABASES, []], default=[], help="default: both")
    names = options.parse_args().databases or list(DATABASES)
    print(f"Convoca bench, {platform.machine()}, Python {platform.python_version()}; ours, by hand, ours / by hand")
    for name in names:
        print(f"\n{name}")
        with DATABASES[name]() as fresh:
            _report(fresh)


def _report(fresh: Fresh) -> None:
    for at_once in AT_ONCE:
        _turns(fresh, at_once)
    app, db = house.opened(fresh()), raw.Raw(fresh())
    house.populate(app, PEOPLE)
    told("snapshot, people/s", house.snapshot(app), raw.snapshot(db, PEOPLE))
    told("drain to a channel that does nothing, messages/s", house.drain(app, MESSAGES), raw.drain(db, MESSAGES, LOT))
    app.store.close()
    db.close()


def _turns(fresh: Fresh, at_once: int) -> None:
    app, db = house.opened(fresh()), raw.Raw(fresh())
    turns, began = CITIZENS * 5, process_time()
    rate, times = house.turns(app, CITIZENS, at_once)
    ours, began = process_time() - began, process_time()
    told(f"turns/s, {at_once} citizens at once", rate, raw.turns(db, turns, at_once))
    by_hand = process_time() - began
    told("    processor time of ours, microseconds a turn", ours / turns * 1e6, by_hand / turns * 1e6)
    print(f"    p50 {times[49] * 1000:.1f} ms, p99 {times[98] * 1000:.1f} ms")
    app.store.close()
    db.close()


def told(what: str, ours: float, by_hand: float) -> None:
    """One row."""
    print(f"{what:<52} {ours:>10,.0f} {by_hand:>10,.0f}   {ours / by_hand:.3f}")


if __name__ == "__main__":
    main()
