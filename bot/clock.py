"""The clock: timers in memory, in every sender process; each tick only claims what is due in the database (DESIGN 6).

Time is a column and a sweep, never a job in memory: a tick that is missed, doubled or run by two processes at once
changes nothing, because its work claims rows by their state.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import logs, metrics
from storage import copies, forgetting, joining, leaps, needs, pictures, retention
from storage.store import Store, Unit

log = structlog.stdlib.get_logger("convoca.clock")
_TICKING = "apscheduler.executors.default"  # the library's logger of what a tick comes to


@dataclass(frozen=True, slots=True)
class Tick:
    """Work that is looked at every so many seconds. It is idempotent: a claim of due rows in one transaction."""

    name: str
    seconds: float
    work: Callable[[Unit], object]


def _look(unit: Unit) -> None:
    if leaps.look(unit):
        log.error("the clock of this machine is far ahead of all that was recorded: nothing is erased for now")


OWN = (
    Tick("the machine's clock", 3600, _look),
    Tick("answered", 60, forgetting.wipe_answered),
    Tick("strangers", 3600, leaps.careful(forgetting.wipe_strangers)),
    Tick("last replies", 60, forgetting.forget_last_replies),
    Tick("erasures not confirmed", 600, forgetting.drop_unconfirmed),
    Tick("old words", 600, leaps.careful(forgetting.wipe_old_words)),
    Tick("links to copies", 3600, copies.purge),
    Tick("codes of second phones", 600, leaps.careful(joining.purge)),
    Tick("people whose time is over", 3600, leaps.careful(retention.part_with_people)),
    Tick("what people need", 3600, leaps.careful(needs.forget)),
    Tick("delivery logs", 3600, leaps.careful(retention.drop_delivery_logs)),
    Tick("evidence of permissions", 21600, leaps.careful(retention.drop_evidence)),
    Tick("requests to the team", 21600, leaps.careful(retention.drop_handled)),
    Tick("words of ideas", 21600, leaps.careful(retention.drop_unpublished_ideas)),
    Tick("pictures of no story", 3600, leaps.careful(pictures.drop_strays)),
)


def _no_stop(record: logging.LogRecord) -> bool:
    """The library tells each tick that a stop cut short as an error; the next start claims what is due again."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


class Clock:
    """The ticks of one process. Raises ValueError: two of one name."""

    def __init__(self, store: Store, ticks: Iterable[Tick]) -> None:
        self.ticks = (*OWN, *ticks)
        names = [tick.name for tick in self.ticks]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two ticks are called {', '.join(twice)}")
        self._store = store
        logging.getLogger(_TICKING).addFilter(_no_stop)
        # Late is better than never, and several that were missed are one.
        settings = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=settings)

    def start(self) -> None:
        """Begin, in the running event loop: each tick at once, then every so often."""
        for tick in self.ticks:
            now = datetime.now(UTC)
            self._scheduler.add_job(
                self.run, "interval", seconds=tick.seconds, args=[tick], id=tick.name, next_run_time=now
            )
        self._scheduler.start()

    def stop(self) -> None:
        """No further tick; one that runs is finished by the store."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def run(self, tick: Tick) -> bool:
        """One tick now. A failure is recorded and the clock goes on: the next tick tries again."""
        try:
            done = await asyncio.wrap_future(self._store.write(tick.work, lane=f"tick:{tick.name}"))
        except Exception as error:  # an edge like the turn's: recorded and told
            metrics.tick_failures.labels(tick.name).inc()
            log.error("a tick failed", tick=tick.name, error_id=logs.error_id(), exc_info=error)
            return False
        if done:
            log.debug("tick", tick=tick.name, done=done)
        return True
