"""The house over the real wire: fakes of the providers at one end, our web and our sender loop at the other.

    with Ground() as ground, providers("telegram") as fakes, House(ground, store, fakes) as house:
        fakes.telegram.write("1001", "SANMARTIN")
        house.rest()                                    # until everything that is due was sent
        assert fakes.telegram.phone("1001").texts

It is put together as `convoca run` does it: channels made of Settings, the web application with its webhooks and its
`Listening`, the Outbox. All runs in one thread, whose server stays while houses on fresh databases come and go. The
clock ticks when a test says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from concurrent.futures import Future
from datetime import datetime
from typing import Self

import uvicorn
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from bot import channels
from bot.app import App
from bot.listening import Listening
from bot.outbox import Outbox, ensure_senders
from bot.web import make_app
from fakes.telegram import Telegram
from storage import clock, senders
from storage import outbox as queue
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import BEGINS, parts
from tests.wire.providers import Providers

LONG = 60.0  # seconds after which a wait has failed
FAST = 1_000  # microseconds between two slots of a sender, where a test is not about rates


class Ground:
    """The thread, its event loop and its web server, on which houses stand one after the other."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop
        self.site: ASGIApp | None = None  # of the house that stands here now
        self.url = ""  # 'http://127.0.0.1:40123'
        self._server: uvicorn.Server
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="the house", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(LONG), "the house was not served"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(LONG)
        assert not self._thread.is_alive(), "the house did not stop"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What came from outside."""
        assert self.site is not None, "nobody lives here"
        await self.site(scope, receive, send)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else 40 ms a call on a kept connection
        self.loop, self.url = asyncio.get_running_loop(), f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            self, lifespan="off", ws="none", log_config=None, log_level="critical", access_log=False,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self.loop.call_soon(self._ready.set)
        try:
            await self._server.serve(sockets=[listener])
        finally:
            listener.close()


class House:
    """Lived in while it is entered.

    at       the moment it is then
    gap      seconds between two messages to one address
    fast     senders have no rate but this machine's
    """

    def __init__(
        self,
        ground: Ground,
        store: Store,
        fakes: Providers,
        *,
        at: datetime = BEGINS,
        gap: float = 0.0,
        fast: bool = True,
    ) -> None:
        self.store, self.fakes, self.app = store, fakes, App(store, parts())
        self.channels = channels.open_all(fakes.settings())
        self._ground, self._at, self._gap, self._fast = ground, at, gap, fast
        self._moved = threading.Condition()  # told whenever the sender loop has done something
        self._ready = threading.Event()
        self._living: Future[None]
        self._leaving: asyncio.Event

    def __enter__(self) -> Self:
        self.fakes.begin(self._ground.url)
        self.leap(self._at)
        ensure_senders(self.store, self.channels)
        if self._fast:
            self.store.do(lambda unit: unit.db.execute(update(t.sender).values(interval_us=FAST)))
        self._living = asyncio.run_coroutine_threadsafe(self._live(), self._ground.loop)
        assert self._ready.wait(LONG), "nobody moved in"
        self._wait_until_told()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self.fakes.settle()
        finally:
            self._ground.loop.call_soon_threadsafe(self._leaving.set)
            self._living.result(LONG)

    @property
    def url(self) -> str:
        """Where the web really listens."""
        return self._ground.url

    def leap(self, moment: datetime) -> None:
        """It is this moment now, here and at the providers."""
        self.store.do(lambda unit: clock.to(unit, moment))
        self.fakes.leap(self.store.read(clock.offset).total_seconds())

    # --- waiting ---

    def rest(self) -> None:
        """Until every message in was heard, and every message that is due was sent and written down."""
        for provider in self.fakes.every.values():
            if isinstance(provider, Telegram) and not provider.queue.url:
                provider.until(lambda updates=provider.queue: not updates.pending, LONG)  # type: ignore[misc]
        with self._moved:
            assert self._moved.wait_for(self._is_still, LONG), "something was not sent"

    def _is_still(self) -> bool:
        if self._living.done():
            self._living.result()
            raise AssertionError("nobody lives here any more")
        return self.store.read(self._nothing_moves)

    def _nothing_moves(self, unit: Unit) -> bool:
        """Nothing is under way, nothing can be claimed. What an open talk holds back, or a pause, is at rest."""
        moving = t.outbox.c.state.in_(("claimed", "started"))
        if unit.db.execute(select(t.outbox.c.id).where(moving).limit(1)).first() is not None:
            return False
        ready = queue.ready(unit, gap=self._gap, headroom=1.0)
        return not any(s.id in ready and s.via in self.channels for s in senders.senders(unit))

    def _wait_until_told(self) -> None:
        """The providers know where we listen, or we ask them."""
        if "android" in self.fakes.every:
            self.fakes.android.until(lambda: len(self.fakes.android.webhooks) == 6, LONG)
        if "telegram" in self.fakes.every:
            updates = self.fakes.telegram.queue
            self.fakes.telegram.until(lambda: updates.url or updates.poller, LONG)

    # --- in the thread ---

    async def _live(self) -> None:
        self._leaving = asyncio.Event()
        listening = Listening(self.store, self.app.hear, self.channels)
        site = make_app(self.app, demo=False, channels=self.channels, lifespan=listening.running)
        outbox = Outbox(self.store, self.channels, gap=self._gap, seam=self._seam)
        try:
            async with _awake(site), asyncio.TaskGroup() as tasks:
                tasks.create_task(outbox.run())
                self._ground.site = site
                self._ready.set()
                await self._leaving.wait()
                outbox.stop()
        finally:
            self._ground.site = None
            with self._moved:
                self._moved.notify_all()

    def _seam(self, step: str) -> None:
        if step in ("looked", "settled"):
            with self._moved:
                self._moved.notify_all()


def _awake(site: Starlette) -> contextlib.AbstractAsyncContextManager[object]:
    """Between its start and its end, as a server keeps it."""
    return site.router.lifespan_context(site)
