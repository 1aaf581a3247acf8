"""The real server with the real sender and clock on a free port, and a real browser that forgives no console error."""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from bot.app import App
from bot.channels.simulator import Simulator
from bot.clock import Clock
from bot.outbox import Outbox
from bot.web import make_app
from storage.store import Store
from tests.web.conftest import SECRET

CHROMIUM = "/usr/bin/chromium"  # Debian's: nothing is downloaded
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Opener = Callable[..., Any]


@contextmanager
def serving(store: Store) -> Iterator[str]:
    """The demonstration's address while it is served."""
    app, listening = App.on(store), threading.Event()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        free.listen(128)
        served = _Served(app, free, listening)
        thread = threading.Thread(target=lambda: asyncio.run(served.run()))
        thread.start()
        assert listening.wait(20), "the server has not begun"
        try:
            yield f"http://127.0.0.1:{free.getsockname()[1]}"
        finally:
            served.end()
            thread.join(20)


class _Served(uvicorn.Server):
    """Web, sender and clock in one loop."""

    def __init__(self, app: App, free: socket.socket, listening: threading.Event) -> None:
        super().__init__(uvicorn.Config(make_app(app, demo=True), log_level="error", timeout_graceful_shutdown=2))
        self._app, self._free, self._listening = app, free, listening

    async def run(self) -> None:  # type: ignore[override]
        outbox, clock = Outbox(self._app.store, {"simulator": Simulator()}), Clock(self._app.store, self._app.ticks())
        clock.start()
        sending = asyncio.create_task(outbox.run())
        await self.serve(sockets=[self._free])
        clock.stop()
        outbox.stop()
        await sending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening.set()

    def end(self) -> None:
        self.should_exit = True


@pytest.fixture
def site(example_file: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh example."""
    path = tmp_path / "convoca.db"
    shutil.copyfile(example_file, path)
    with Store(f"sqlite:///{path}", SECRET) as store, serving(store) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for all."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def look(chromium: Any, site: str) -> Iterator[Opener]:
    """Open a page of the site: look(path, width=, dark=, script=). At the end no page may have logged an error."""
    faults: list[str] = []
    contexts: list[Any] = []

    def opened(path: str = "/simulador", *, width: int = 1360, dark: bool = False, script: bool = True) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": 960 if width > 500 else 800},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=script,
            locale="es-PA",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(site + path)
        return page

    opened.faults = faults  # type: ignore[attr-defined]
    yield opened
    for context in contexts:
        context.close()
    assert faults == []
