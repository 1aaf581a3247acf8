"""A Starlette app served in a thread of its own, whose connections can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with 0 seconds: close() sends RST instead of FIN
_WAIT = 10.0  # seconds until a start or stop counts as failed


class Served:
    """The thread and its event loop. Not started: `port` is 0."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self._app = app
        self._wanted = port
        self.port = 0
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._stopping: asyncio.Event | None = None
        self._waiting: set[asyncio.Event] = set()

    def start(self) -> None:
        """Listen. Raises OSError: the port is taken; RuntimeError: it runs already, or did not come up."""
        if self._thread is not None:
            raise RuntimeError("this provider runs already")
        listener = socket.create_server((HOST, self._wanted))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else 40 ms a call on a kept connection
        self.port = listener.getsockname()[1]
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, args=(listener,), name="fake provider", daemon=True)
        self._thread.start()
        if not self._ready.wait(_WAIT):
            raise RuntimeError("the provider did not come up")

    def stop(self) -> None:
        """Wake who waits, cut what is open, end the thread. Nothing happens when it does not run."""
        if self._thread is None or self._stopping is None:
            return
        self.soon(self._stopping.set)
        self.ring()
        self._thread.join(_WAIT)
        if self._thread.is_alive():
            raise RuntimeError("the provider did not stop")
        self._thread, self._loop, self._wanted = None, None, self.port

    def soon(self, call: Callable[[], object]) -> None:
        """Run this in the server's loop; nothing when it has ended."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # closed between the question and the call
                self._loop.call_soon_threadsafe(call)

    async def pause(self, seconds: float) -> None:
        """Inside the loop: wait so long, less when the server stops."""
        assert self._stopping is not None  # noqa: S101 - only handlers call this, and they run while it is served
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    def ring(self) -> None:
        """From any thread: wake who is in `rung`."""
        self.soon(self._wake)

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()

    async def rung(self, seconds: float) -> None:
        """Inside the loop: wait for a ring, at most so long. Nothing rung since the last `await` is missed."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await event.wait()
        finally:
            self._waiting.discard(event)

    @property
    def stopping(self) -> bool:
        """Whether handlers should end."""
        return self._stopping is not None and self._stopping.is_set()

    def cut(self, client: tuple[str, int] | None) -> None:
        """Reset the connection of this client (`scope["client"]`)."""
        transport = self._transports.get((client[0], client[1])) if client else None
        if transport is None:
            return
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()

    def _run(self, listener: socket.socket) -> None:
        asyncio.run(self._serve(listener))

    async def _serve(self, listener: socket.socket) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        config = uvicorn.Config(
            self._app,
            http=_recording(self._transports),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._loop.call_soon(self._ready.set)
        try:
            await _Server(config, self._stopping).serve(sockets=[listener])
        finally:
            listener.close()


class _Server(uvicorn.Server):
    """uvicorn's server, which stops when it is told and not 0.2 s later: a test stops one, hundreds of tests do."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def main_loop(self) -> None:
        """Until it is told; its `Date` is renewed each second."""
        while not self._stopping.is_set():
            await self.on_tick(0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Hear nobody any more, and let who is being answered end."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=self.config.timeout_graceful_shutdown)


def _recording(transports: dict[tuple[str, int], asyncio.Transport]) -> type[asyncio.Protocol]:
    """uvicorn's protocol, which keeps here whom it is connected to."""

    class Recording(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            self.peer: tuple[str, int] = transport.get_extra_info("peername")[:2]
            transports[self.peer] = transport
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            transports.pop(self.peer, None)
            super().connection_lost(exc)

    return Recording


class Cut:
    """A response that is none: the connection is reset."""

    def __init__(self, served: Served) -> None:
        self._served = served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut it, and return when uvicorn knows: else it would answer 500."""
        self._served.cut(scope.get("client"))
        while (await receive())["type"] != "http.disconnect":
            continue
