"""The processes of `convoca run`: a supervisor with two children, web and sender, so that a sender flat out never
takes the web's turns away (DESIGN 4).

SIGTERM or SIGINT ends them gracefully: the web finishes its requests, the sender what it is sending. A second one
ends them at once. A child that dies is started again, later and later while it keeps dying.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from types import FrameType
from typing import Any

import structlog
import uvicorn

from bot import doubts, fetching
from bot.channels import Channel, Closed
from bot.clock import Clock, Tick
from bot.outbox import Outbox
from storage.store import Store

FIRST, LONGEST = 0.5, 30.0  # seconds before a dead child is started again
STEADY = 60.0  # seconds after which a child counts as healthy
FINISH = 10  # seconds that requests under way may take
PARENT = "CONVOCA_SUPERVISOR"  # in a child's environment: the process it must not outlive
SWITCH = 0.0005  # seconds: threads hand over often, so that a busy one does not hold up a turn

log = structlog.stdlib.get_logger("convoca.run")


@dataclass(frozen=True, slots=True)
class Child:
    """A process to be kept alive."""

    name: str
    argv: Sequence[str]


class Supervisor:
    """Keeps the children alive until it is told to end."""

    def __init__(self, children: Sequence[Child], *, first: float = FIRST) -> None:
        self._children, self._first = children, first
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()

    async def run(self) -> int:
        """0: ended as asked, every child too; 1: some child failed at its end or had to be killed."""
        with tempfile.TemporaryDirectory(prefix="convoca-metrics-") as folder:
            env = {**os.environ, PARENT: str(os.getpid()), "PROMETHEUS_MULTIPROC_DIR": folder}
            on_signals(self.signal)
            codes = await asyncio.gather(*(self._keep(child, env) for child in self._children))
        # A child that is asked before it listens to signals ends by the signal itself.
        return int(any(code not in (0, -signal.SIGTERM) for code in codes))

    def signal(self) -> None:
        """The first time: end in good order. The second: at once."""
        sent = signal.SIGKILL if self._stopping.is_set() else signal.SIGTERM
        self._stopping.set()
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.send_signal(sent)

    async def _keep(self, child: Child, env: Mapping[str, str]) -> int:
        wait = self._first
        while True:
            began = monotonic()
            code = await self._once(child, env)
            if self._stopping.is_set():
                return code
            wait = self._first if monotonic() - began > STEADY else wait
            log.error("a process has ended and is started again", process=child.name, code=code, seconds=wait)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)
                return code
            wait = min(2 * wait, LONGEST)

    async def _once(self, child: Child, env: Mapping[str, str]) -> int:
        # A session of its own: Ctrl-C reaches the supervisor alone, or the child would count it as the first signal.
        process = await asyncio.create_subprocess_exec(*child.argv, env=env, start_new_session=True)
        self._running[child.name] = process
        log.info("a process has started", process=child.name, pid=process.pid)
        if self._stopping.is_set():
            process.terminate()
        code = await process.wait()
        del self._running[child.name]
        return code


def supervise(children: Sequence[Child]) -> int:
    """Run the children until a signal; the exit status."""
    return asyncio.run(Supervisor(children).run())


# --- the children -------------------------------------------------------------------------------------------------


class _Server(uvicorn.Server):
    """Uvicorn that ends with status 0 when asked, and at once when asked twice, whichever the signal."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True


def web(app: Callable[..., Any], host: str, port: int) -> None:
    """Serve until a signal, then finish the requests under way."""
    settings = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=FINISH,
    )
    server = _Server(settings)

    async def serve() -> None:
        watch = asyncio.create_task(_outlived(lambda: setattr(server, "should_exit", True)))
        await server.serve()
        watch.cancel()

    sys.setswitchinterval(SWITCH)
    asyncio.run(serve())
    if not server.started:  # the port is taken; uvicorn has said so
        raise SystemExit(3)


def sender(store: Store, channels: Mapping[str, Channel], ticks: Iterable[Tick]) -> None:
    """Send and tick until a signal, then finish what is being sent and give back the rest."""
    sys.setswitchinterval(SWITCH)
    with suppress(asyncio.CancelledError):
        asyncio.run(_sender(store, channels, Clock(store, ticks)))
        return
    raise SystemExit(1)


async def _sender(store: Store, channels: Mapping[str, Channel], clock: Clock) -> None:
    beside = [asyncio.create_task(each.keep(store, channels)) for each in (doubts, fetching)]
    try:
        await send(Outbox(store, channels), clock, channels.values())
    finally:
        for task in beside:
            task.cancel()


async def send(outbox: Outbox, clock: Clock, channels: Iterable[Channel] = ()) -> None:
    """One sender process: the loop and the clock. At its end these channels let their connections go."""
    work, asked = asyncio.create_task(outbox.run()), asyncio.Event()

    def end() -> None:
        if asked.is_set():
            work.cancel()
        asked.set()
        clock.stop()
        outbox.stop()

    on_signals(end)
    clock.start()
    watch = asyncio.create_task(_outlived(end))
    try:
        await work
    finally:
        watch.cancel()
        clock.stop()
        for channel in channels:
            if isinstance(channel, Closed):
                await channel.close()


def on_signals(act: Callable[[], None]) -> None:
    """Call this in the event loop at SIGTERM and SIGINT."""
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, act)


async def _outlived(end: Callable[[], None]) -> None:
    """End when the supervisor is gone, killed without a word: nobody else would end this child."""
    parent = os.environ.get(PARENT)
    while parent is not None:
        if str(os.getppid()) != parent:
            log.warning("the supervisor is gone")
            return end()
        await asyncio.sleep(1.0)
