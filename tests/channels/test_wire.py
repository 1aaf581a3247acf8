"""The client of the providers: what is known of a call that failed, and what its errors must not tell."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import threading
import traceback
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, suppress

import pytest

from bot.channels import _wire
from bot.channels._wire import Ambiguous, Answer, NotSent, TooLarge, Wire, WireError

TOKEN = "12345:a-token-nobody-may-read"
OK = b"HTTP/1.1 200 OK\r\nX-Kind: plain\r\nContent-Length: 5\r\n\r\nhello"


class Server:
    """Reads a request of each connection and sends `says`, again and again.

    An empty `says` closes the connection, None says nothing and leaves it open.
    """

    def __init__(self, says: bytes | None) -> None:
        self.says, self.heard, self.connections = says, b"", 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._begin(self._take)

    def _begin(self, work: Callable[..., None], *given: object) -> None:
        self._threads.append(threading.Thread(target=work, args=given))
        self._threads[-1].start()

    def _take(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:  # it was shut down
                return
            self.connections += 1
            self._open.append(connection)
            self._begin(self._answer, connection)

    def _answer(self, connection: socket.socket) -> None:
        while part := connection.recv(65536):
            self.heard += part
            if self.says is None:
                return
            if not self.says:
                connection.close()
                return
            connection.sendall(self.says)

    def stop(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._threads[0].join(5)
        for connection in self._open:
            with suppress(OSError):  # the other side was quicker
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for each in (self._listening, *self._open):
            each.close()


Serve = Callable[[bytes | None], Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[Server] = []

    def start(says: bytes | None) -> Server:
        running.append(Server(says))
        return running[-1]

    yield start
    for server in running:
        server.stop()


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


async def closing(wire: Wire, call: Awaitable[Answer]) -> Answer:
    try:
        return await call
    finally:
        await wire.close()


def ask(url: str, *, timeout: float = 5.0, path: str = f"/bot{TOKEN}/sendMessage", most: int | None = None) -> Answer:
    wire = Wire(url, timeout=timeout)
    return asyncio.run(closing(wire, wire.call("POST", path, data={"chat_id": "1"}, most=most)))


def test_an_answer_has_its_status_body_and_headers_in_lower_case(serve: Serve) -> None:
    got = ask(serve(OK).url)
    assert (got.status, got.body, got.headers["x-kind"]) == (200, b"hello", "plain")


def test_a_refusal_is_an_answer_too(serve: Serve) -> None:
    assert ask(serve(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n").url).status == 503


def test_a_refused_connection_was_surely_not_sent() -> None:
    with pytest.raises(NotSent) as raised:
        ask(closed_port())
    assert raised.value.told == "ClientConnectorError: ConnectionRefusedError"


def test_too_slow_to_connect_was_surely_not_sent() -> None:
    with socket.socket() as full, ExitStack() as callers:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):  # nobody takes them, and there is no room to wait for one more
            caller = callers.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        with pytest.raises(NotSent) as raised:
            ask(f"http://127.0.0.1:{full.getsockname()[1]}", timeout=0.3)
    assert "Timeout" in raised.value.told


@pytest.mark.parametrize("base", ["http://", "ftp://127.0.0.1", "no address"])
def test_an_address_that_is_none_was_surely_not_sent(base: str) -> None:
    with pytest.raises(NotSent):
        ask(base)


@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf of it",
        b"this is not HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
    ],
    ids=["closed", "body stops", "no HTTP", "broken header"],
)
def test_no_whole_answer_may_have_been_sent(serve: Serve, says: bytes) -> None:
    server = serve(says)
    with pytest.raises(Ambiguous):
        ask(server.url, timeout=0.3)
    assert b"chat_id=1" in server.heard


def test_no_answer_in_time_may_have_been_sent(serve: Serve) -> None:
    server = serve(None)
    with pytest.raises(Ambiguous) as raised:
        ask(server.url, timeout=0.3)
    assert raised.value.told == "SocketTimeoutError"
    assert b"chat_id=1" in server.heard


def test_an_answer_without_an_end_is_not_read_to_it(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a provider says is bounded; who expects a large answer says how large it may be."""
    monkeypatch.setattr(_wire, "MOST", 4)
    server = serve(OK)
    with pytest.raises(Ambiguous):
        ask(server.url)
    with pytest.raises(TooLarge):
        ask(server.url, most=4)
    assert ask(server.url, most=5).body == b"hello"


def test_a_redirect_is_not_followed(serve: Serve) -> None:
    goal = serve(OK)
    there = f"HTTP/1.1 307 There\r\nLocation: {goal.url}/\r\nContent-Length: 0\r\n\r\n"
    assert ask(serve(there.encode()).url).status == 307
    assert not goal.connections


def test_one_connection_carries_many_calls_with_credentials_and_json(serve: Serve) -> None:
    server = serve(OK)

    async def thrice(wire: Wire) -> Answer:
        for n in range(2):
            await wire.call("POST", "/messages", json={"n": n}, headers={"X-Own": "yes"})
        return await wire.call("GET", "/inbox", params={"from": "2026-01-01T00:00:00+00:00"})

    wire = Wire(server.url + "/base/", timeout=5, auth=("sms", "contraseña"))
    assert asyncio.run(closing(wire, thrice(wire))).status == 200
    assert server.connections == 1
    assert server.heard.count(b"Authorization: Basic c21zOmNvbnRyYXNlw7Fh") == 3
    assert b"POST /base/messages HTTP/1.1" in server.heard
    assert b'{"n": 1}' in server.heard
    assert b"X-Own: yes" in server.heard
    assert b"GET /base/inbox?from=2026-01-01T00:00:00%2B00:00 HTTP/1.1" in server.heard


def test_a_wire_may_be_used_in_one_loop_after_the_other_and_leaves_nothing_open(serve: Serve) -> None:
    wire = Wire(serve(OK).url, timeout=5)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for _ in range(2):
            assert asyncio.run(closing(wire, wire.call("GET", "/"))).status == 200
        asyncio.run(wire.close())  # twice does no harm
        gc.collect()
    assert not told


def test_two_loops_at_once_have_connections_of_their_own(serve: Serve) -> None:
    server = serve(OK)
    wire = Wire(server.url, timeout=5)

    async def both() -> Answer:
        await wire.call("GET", "/")
        await asyncio.to_thread(lambda: asyncio.run(closing(wire, wire.call("GET", "/other"))))
        return await wire.call("GET", "/again")

    assert asyncio.run(closing(wire, both())).status == 200
    assert server.connections == 2


def everything(error: BaseException | None) -> str:
    return "".join(traceback.format_exception(error)) if error else ""


@pytest.mark.parametrize("says", [b"", None, b"junk\r\n\r\n", "refused"])
def test_neither_errors_nor_logs_tell_the_token_or_the_address(
    serve: Serve, says: bytes | str | None, caplog: pytest.LogCaptureFixture
) -> None:
    url = closed_port() if isinstance(says, str) else serve(says).url
    with caplog.at_level(logging.DEBUG), pytest.raises(WireError) as raised:
        ask(url, timeout=0.3)
    told = repr(raised.value) + raised.value.told + everything(raised.value) + caplog.text
    assert raised.value.__context__ is None
    assert TOKEN not in told
    assert url.rpartition(":")[2] not in told


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_is_one_kind_of_error(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"char|decode|deep"):
        Answer(200, body, {}).json()


def test_a_body_of_json_is_read() -> None:
    assert Answer(200, b'{"ok": true}', {}).json() == {"ok": True}
