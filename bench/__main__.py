"""`make bench`: one report. Each figure stands beside the same work by hand in the same run: the ratio counts."""

from __future__ import annotations

import platform
import tempfile
from pathlib import Path

from bench import house, raw

CITIZENS, AT_ONCE = 100, (1, 16, 64)
PEOPLE, MESSAGES, LOT = 5_000, 3_000, 100


def main() -> None:
    """Run it all on SQLite and print the report."""
    print(f"Convoca bench, {platform.machine()}, Python {platform.python_version()}; ratio = ours / by hand\n")
    with tempfile.TemporaryDirectory() as folder:
        for at_once in AT_ONCE:
            _turns(Path(folder), at_once)
        app = house.opened(Path(folder) / "crowd.db")
        db = raw.opened(Path(folder) / "crowd.raw.db")
        house.populate(app, PEOPLE)
        told("snapshot, people/s", house.snapshot(app), raw.snapshot(db, PEOPLE))
        told(
            "drain to a channel that does nothing, messages/s", house.drain(app, MESSAGES), raw.drain(db, MESSAGES, 100)
        )
        app.store.close()
        db.close()


def _turns(folder: Path, at_once: int) -> None:
    app = house.opened(folder / f"turns{at_once}.db")
    db = raw.opened(folder / f"turns{at_once}.raw.db")
    rate, times = house.turns(app, CITIZENS, at_once)
    told(f"turns/s, {at_once} citizens at once", rate, raw.turns(db, CITIZENS * 5, at_once))
    print(f"    p50 {times[49] * 1000:.1f} ms, p99 {times[98] * 1000:.1f} ms")
    app.store.close()
    db.close()


def told(what: str, ours: float, by_hand: float) -> None:
    """One row."""
    print(f"{what:<52} {ours:>10,.0f} {by_hand:>10,.0f}   {ours / by_hand:.3f}")


if __name__ == "__main__":
    main()
