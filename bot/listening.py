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

from bot import entrances, logs
from bot.channels import Channel, Closed, Linked, News, Polled, Prepared
from bot.errors import SendError
from bot.news import stored
from storage import leases, remembered, senders
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
        asking = [self._ask(c, c) for c in every if isinstance(c, Polled) and c.polls]
        return asking + [self._prepare(c, c.prepare) for c in every if isinstance(c, Prepared)]

    async def _prepare(self, channel: Channel, prepare: Callable[[], Awaitable[object]]) -> None:
        """What a provider then tells of us is kept: a page names the bot after a start without the provider too."""
        await self._patiently(channel, prepare)
        if isinstance(channel, Linked):
            told = channel.entrances()
            with suppress(*TROUBLE):
                await self._write(lambda unit: entrances.remember(unit, channel, told))

    async def _let_go(self) -> None:
        for channel in self._channels.values():
            if isinstance(channel, Polled) and channel.polls:
                with suppress(*TROUBLE):
                    await self._write(lambda unit, name=channel.polls: leases.release(unit, name, self.me))  # type: ignore[misc]
            if isinstance(channel, Closed):
                await channel.close()

    async def _patiently(self, channel: Channel, act: Callable[[], Awaitable[object]]) -> None:
        """Until it succeeds, or can not."""
        wait = FIRST
        while True:
            try:
                await act()
                return
            except SendError as error:
                log.warning("a provider was not told where we listen", channel=channel.name, why=error.told)
                if error.halt:
                    return await self._refused(channel, error)
            except Exception as bug:  # the edge: told, and tried again like any other trouble
                log.error("a preparation broke", error_id=logs.error_id(), channel=channel.name, exc_info=bug)
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST)

    async def _ask(self, channel: Channel, line: Polled) -> None:
        wait = FIRST
        while True:
            try:
                if await self._write(lambda unit: leases.hold(unit, line.polls, self.me, LEASE)):
                    await self.ask_once(line)
                    wait = FIRST
                    continue
                await asyncio.sleep(LEASE.total_seconds() / 4)
                continue
            except SendError as error:
                log.warning("a provider does not answer our question for news", sender=line.polls, why=error.told)
                if error.halt:
                    await self._refused(channel, error)
                pause = LONGEST if error.halt else max(wait, error.retry_after or error.repeat or 0.0)
            except TROUBLE as error:
                log.warning("the database does not answer", exc_info=error)
                pause = wait
            except Exception as bug:  # the edge: who is not asked any more would fall silent unseen
                log.error("a question for news broke", error_id=logs.error_id(), sender=line.polls, exc_info=bug)
                pause = wait
            await asyncio.sleep(pause)
            wait = min(2 * wait, LONGEST)

    async def _refused(self, channel: Channel, error: SendError) -> None:
        """It does not let us in. Nobody is heard then and nothing may be sent for hours, so it is told at once: where
        the operator must act our senders stop as if they had met it, which the metrics show and bot/actions/alert.py
        tells.
        """
        log.error("a provider does not let us in", channel=channel.name, why=error.told)
        if error.alert:
            names = [identity.name for identity in channel.identities()]
            with suppress(*TROUBLE):
                await self._write(lambda unit: senders.halt_all(unit, names, error.told))

    async def ask_once(self, channel: Polled) -> None:
        """One question, its news stored, and then the cursor."""
        name = f"cursor:{channel.polls}"
        since = await asyncio.to_thread(self._store.read, lambda unit: remembered.get(unit, name))
        news, cursor = await channel.poll(since)
        await stored(self._hear(news))
        if cursor != since:
            await self._write(lambda unit: remembered.put(unit, name, cursor))

    async def _write(self, work: Callable[[Unit], T]) -> T:
        return await asyncio.wrap_future(self._store.write(work))
