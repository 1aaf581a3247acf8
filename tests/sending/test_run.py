"""The supervisor and its children, as real processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

import pytest

ROOT = Path(__file__).parents[2]

SUPERVISOR = """
import asyncio, sys
from bot import logs
from bot.run import Child, Supervisor
logs.configure()
children = [Child(f"child {n}", [sys.executable, "-c", text]) for n, text in enumerate(sys.argv[1:])]
raise SystemExit(asyncio.run(Supervisor(children, first=0.05).run()))
"""
OBEYS = """
import os, signal, sys, threading
end = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: end.set())
os.write(1, f"up {os.getpid()}\\n".encode())
end.wait()
os.write(1, b"down\\n")
"""
DEAF = """
import os, signal, threading
signal.signal(signal.SIGTERM, lambda *_: os.write(1, b"no\\n"))
os.write(1, f"up {os.getpid()}\\n".encode())
while True:
    signal.pause()
"""
DIES = "import os; os.write(1, f'up {os.getpid()}\\n'.encode()); raise SystemExit(7)"

WEB = """
import asyncio, os, sys
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from bot import run

async def slow(request):
    os.write(1, b"asked\\n")
    await asyncio.to_thread(sys.stdin.readline)  # until the test says so
    return PlainTextResponse("finished")

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        os.write(1, f"up {os.getpid()}\\n".encode())
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await Starlette(routes=[Route("/slow", slow)])(scope, receive, send)

run.web(app, "127.0.0.1", int(sys.argv[1]))
"""


class Process:
    """A started process whose lines are read one by one."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def line(self) -> list[str]:
        """The next line's words; none: it has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode().split()

    def say(self) -> None:
        """Send it an empty line."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def ended(self) -> int:
        """Wait for its end; the exit status."""
        return self.process.wait(30)


@contextmanager
def start(*command: str) -> Iterator[Process]:
    given = [sys.executable, "-c", *command]
    with subprocess.Popen(given, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            yield Process(process)
        finally:
            if process.poll() is None:
                process.kill()


def test_children_are_started_and_end_in_good_order() -> None:
    with start(SUPERVISOR, OBEYS, OBEYS) as supervisor:
        assert [supervisor.line()[0], supervisor.line()[0]] == ["up", "up"]
        supervisor.process.terminate()
        assert [supervisor.line(), supervisor.line()] == [["down"], ["down"]]
        assert supervisor.ended() == 0


def test_a_dead_child_is_started_again() -> None:
    with start(SUPERVISOR, DIES) as supervisor:
        pids = {supervisor.line()[1] for _ in range(3)}
        assert len(pids) == 3
        supervisor.process.terminate()
        supervisor.ended()


def test_a_killed_child_is_started_again() -> None:
    with start(SUPERVISOR, OBEYS) as supervisor:
        os.kill(int(supervisor.line()[1]), signal.SIGKILL)
        assert supervisor.line()[0] == "up"
        supervisor.process.terminate()
        assert supervisor.line() == ["down"]
        assert supervisor.ended() == 0


def test_a_second_signal_ends_at_once() -> None:
    with start(SUPERVISOR, DEAF) as supervisor:
        supervisor.line()
        supervisor.process.terminate()
        assert supervisor.line() == ["no"]
        supervisor.process.send_signal(signal.SIGINT)
        assert supervisor.line() == []
        assert supervisor.ended() == 1


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def get(port: int, path: str) -> socket.socket:
    asked = socket.create_connection(("127.0.0.1", port), timeout=30)
    asked.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return asked


def test_the_web_process_finishes_its_requests() -> None:
    port = free_port()
    with start(WEB, str(port)) as web:
        assert web.line()[0] == "up"
        with connected(port) as asked:
            assert web.line() == ["asked"]
            web.process.terminate()
            web.say()
            assert b"finished" in b"".join(iter(lambda: asked.recv(4096), b""))
        assert web.ended() == 0


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    """A request; the server says that it is up a moment before it listens."""
    while True:
        try:
            asked = get(port, "/slow")
            break
        except ConnectionRefusedError:
            continue
    with asked:
        yield asked


def test_a_taken_port_is_an_error_and_not_a_silent_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, start(WEB, str(taken.getsockname()[1])) as web:
        web.line()
        assert web.ended() != 0


ORPHAN = """
import asyncio, os
from bot import logs, run
logs.configure()
os.write(1, f"up {os.getpid()}\\n".encode())
end = asyncio.Event()
async def main():
    watch = asyncio.create_task(run._outlived(end.set))
    await end.wait()
    os.write(1, b"alone\\n")
asyncio.run(main())
"""


@pytest.mark.kill
def test_no_child_outlives_a_killed_supervisor() -> None:
    with start(SUPERVISOR, ORPHAN) as supervisor:
        assert supervisor.line()[0] == "up"
        supervisor.process.kill()
        assert supervisor.line() == ["alone"]
        assert supervisor.line() == []
