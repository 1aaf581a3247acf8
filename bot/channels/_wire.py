"""One small HTTP client for the providers, which knows what of a call that failed may have arrived.

Error texts hold names of exceptions only: the address of Telegram has the token in it, that of a phone its number.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

CONNECT = 10.0  # seconds to a connection, the wait for a free one among CONNECTIONS with it
CONNECTIONS = 100
IDLE = 4.0  # seconds: shorter than any server keeps one, so that a call seldom meets a connection that is being closed
MOST = 32 * 2**20  # bytes of an answer that nobody expects to be large: far more than any list of a provider

# The connection was not made: nothing has left. ConnectionTimeoutError is also the wait for a free connection.
_UNMADE = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)


class WireError(Exception):
    """A call came to nothing. `told` is for the operator: names of exceptions, no address, no token."""

    def __init__(self, told: str) -> None:
        super().__init__(told)
        self.told = told


class NotSent(WireError):
    """No connection was made (refused, name not found, too slow to connect): the provider has surely got nothing."""


class TooLarge(WireError):
    """The answer is longer than it may be; the rest was not read."""


class Ambiguous(WireError):
    """It may have been sent: no answer in time, the connection was cut, or the answer was broken."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever the status: `headers` have lower-case names."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """The body read as JSON. Raises ValueError: it is none."""
        try:
            return json.loads(self.body)
        except RecursionError:  # nested too deep for the parser
            raise ValueError("nested too deep") from None


class Wire:
    """Calls to one provider over one pool of connections, opened when first needed, in the loop that runs then.

    base     'https://api.example.org', with or without a path; a call's path is written behind it
    timeout  seconds without a byte of the answer; connecting has at most CONNECT, a whole call both together
    auth     (login, password) of basic authentication

    Redirects are not followed (they would carry the credentials elsewhere), cookies not kept, proxies not looked for.
    """

    def __init__(self, base: str, *, timeout: float, auth: tuple[str, str] | None = None) -> None:
        self._base = base.rstrip("/")
        connect = min(timeout, CONNECT)
        self._timeout = aiohttp.ClientTimeout(total=connect + timeout, connect=connect, sock_read=timeout)
        self._headers = {} if auth is None else {"Authorization": _basic(*auth)}
        self._sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}

    async def call(
        self,
        method: str,
        path: str,
        *,
        data: Any = None,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        most: int | None = None,
    ) -> Answer:
        """The answer to one request, of any status.

        data     a mapping (sent as a form), aiohttp.FormData or bytes; json: anything JSON can hold; not both
        most     bytes of the answer's body, for who expects a large one; TooLarge is raised for it alone
        Raises   NotSent: repeating it can not double anything. Ambiguous: it may have been done. TooLarge
        """
        fault: WireError
        try:
            request = self._open().request(
                method, self._base + path, data=data, json=json, params=params, headers=headers, allow_redirects=False
            )
            async with request as got:
                body = await _at_most(got, most or MOST)
                return Answer(got.status, body, {name.lower(): value for name, value in got.headers.items()})
        except TooLarge as wrong:
            fault = wrong if most else Ambiguous("the answer has no end")
        except _UNMADE as wrong:
            fault = NotSent(_names(wrong))
        except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
            fault = Ambiguous(_names(wrong))
        raise fault  # outside of `except`: what aiohttp raised has the address in its text and must not be its context

    async def close(self) -> None:
        """Release the connections of the running loop, before it ends. The next call opens new ones."""
        session = self._sessions.pop(asyncio.get_running_loop(), None)
        if session is not None:
            await session.close()

    def _open(self) -> aiohttp.ClientSession:
        """The session of the running loop: a connection lives in one loop, and a process may have several."""
        loop = asyncio.get_running_loop()
        if loop not in self._sessions:
            self._sessions = {old: session for old, session in self._sessions.items() if not old.is_closed()}
            self._sessions[loop] = aiohttp.ClientSession(
                headers=self._headers,
                timeout=self._timeout,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE),
            )
        return self._sessions[loop]


async def _at_most(got: aiohttp.ClientResponse, most: int) -> bytes:
    """The body. Raises TooLarge, whatever length was announced."""
    body = bytearray()
    async for chunk in got.content.iter_chunked(65_536):
        body += chunk
        if len(body) > most:
            raise TooLarge(f"the recording is larger than {most / 1_000_000:g} MB")
    return bytes(body)


def _basic(login: str, password: str) -> str:
    return "Basic " + b64encode(f"{login}:{password}".encode()).decode()


def _names(wrong: BaseException) -> str:
    """'ClientConnectorError: ConnectionRefusedError'."""
    inner = getattr(wrong, "os_error", None)
    return ": ".join(type(e).__name__ for e in (wrong, inner) if e is not None)
