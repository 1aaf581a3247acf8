"""What a web process does besides answering: it tells each provider where we listen, and asks those that do not call.

One process at a time asks a provider: it holds a lease. The cursor is stored after the news it stands for, and the
provider learns of it by the next question: what was not stored is told again.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, TypeVar

import structlog

from bot import logs
from bot.channels import Channel, Closed, News, Polled, Prepared
from bot.errors import SendError
from storage import leases, remembered
from storage.store import Store, Unit
from storage.trouble import TROUBLE

T = TypeVar("T")

LEASE = timedelta(seconds=60)  # longer than the longest question and its storing
FIRST, LONGEST = 1.0, 300.0  # seconds before something is tried again

log = structlog.stdlib.get_logger("convoca.listening")

Hear = Callable[[News], Any]


class Listening:
    """The preparations and questions of one process, for as long as `running` lasts."""

    def __init__(self, store: Store, hear: Hear, channels: Mapping[str, Channel]) -> None:
        self._store, self._hear, self._channels = store, hear, channels
        self.me = f"{socket.gethostname()[:40]}-{os.getpid()}-{logs.error_id()}"

    @asynccontextmanager
    async def running(self, *_app: object) -> AsyncIterator[None]:
        """In the background, until it is left."""
        tasks = [asyncio.create_task(work) for work in self._works()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._let_go()

    def _works(self) -> list[Any]:
        every = self._channels.values()
        asking = [self._ask(c) for c in every if isinstance(c, Polled) and c.polls]
        return asking + [self._patiently(c.name, c.prepare) for c in every if isinstance(c, Prepared)]

    async def _let_go(self) -> None:
        for channel in self._channels.values():
            if isinstance(channel, Polled) and channel.polls:
                with suppress(*TROUBLE):
                    await self._write(lambda unit, name=channel.polls: leases.release(unit, name, self.me))  # type: ignore[misc]
            if isinstance(channel, Closed):
                await channel.close()

    async def _patiently(self, name: str, act: Callable[[], Awaitable[object]]) -> None:
        """Until it succeeds, or can not."""
        wait = FIRST
        while True:
            try:
                await act()
                return
            except SendError as error:
                log.warning("a provider was not told where we listen", channel=name, why=error.told)
                if error.halt:
                    return
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST)

    async def _ask(self, channel: Polled) -> None:
        wait = FIRST
        while True:
            try:
                if await self._write(lambda unit: leases.hold(unit, channel.polls, self.me, LEASE)):
                    await self.ask_once(channel)
                    wait = FIRST
                    continue
                await asyncio.sleep(LEASE.total_seconds() / 4)
            except SendError as error:
                log.warning("a provider does not answer our question for news", sender=channel.polls, why=error.told)
                await asyncio.sleep(LONGEST if error.halt else max(wait, error.retry_after or 0.0))
            except TROUBLE as error:
                log.warning("the database does not answer", exc_info=error)
                await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST)

    async def ask_once(self, channel: Polled) -> None:
        """One question, its news stored, and then the cursor."""
        name = f"cursor:{channel.polls}"
        since = await asyncio.to_thread(self._store.read, lambda unit: remembered.get(unit, name))
        news, cursor = await channel.poll(since)
        await asyncio.gather(*(asyncio.wrap_future(done) for done in self._hear(news)))
        if cursor != since:
            await self._write(lambda unit: remembered.put(unit, name, cursor))

    async def _write(self, work: Callable[[Unit], T]) -> T:
        return await asyncio.wrap_future(self._store.write(work))
