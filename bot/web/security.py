"""The outermost layers of the web: headers on every answer, no requests from other sites, no endless bodies."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.message import MAX_BODY
from bot.web import errors

SAFE = ("GET", "HEAD", "OPTIONS")
HERE = ("127.0.0.1", "localhost", "::1")  # this machine, as its own browser calls it
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
}
NO_STORE = ("cache-control", "no-store")
HSTS = ("strict-transport-security", "max-age=31536000")


class SecureHeaders:
    """Every answer carries the headers, those of errors and refusals too: this layer stands outside all others."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add what is missing when the answer begins."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _complete(MutableHeaders(scope=message), scope)
            await send(message)

        return await self.app(scope, receive, with_headers)


def _complete(headers: MutableHeaders, scope: Scope) -> None:
    wanted: Iterable[tuple[str, str]] = [*HEADERS.items(), NO_STORE]
    for name, value in [*wanted, HSTS] if scope["scheme"] == "https" else wanted:
        headers.setdefault(name, value)


class SameSite:
    """A request that changes something comes from our own pages (the method of Go 1.25), or is exempt by its route.

    A browser says where a request comes from; what is no browser says nothing and holds no sign-in either.
    """

    def __init__(self, app: ASGIApp, exempt: Sequence[str] = ()) -> None:
        self.app = app
        self.exempt = tuple(exempt)  # how their paths begin: webhooks, each of which checks its provider's signature

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with 403 before anything is read."""
        if (
            scope["type"] == "http"
            and not scope["path"].startswith(self.exempt)
            and not allowed(scope["method"], Headers(scope=scope))
        ):
            return await errors.foreign()(scope, receive, send)
        return await self.app(scope, receive, send)


def allowed(method: str, headers: Headers) -> bool:
    """Whether this request may change something, or changes nothing."""
    if method in SAFE:
        return True
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site:
        return site in ("same-origin", "none")
    return not origin or urlsplit(origin).netloc == headers.get("host")


class OwnName:
    """A request is made to one of our names: a foreign one that was turned to this machine is refused.

    Its Origin would match its Host, so the check of sites would let it through (DNS rebinding). `freely` are methods
    that any name will do for, `exempt` how paths begin that are checked otherwise.
    """

    def __init__(
        self, app: ASGIApp, names: Collection[str], freely: Collection[str] = (), exempt: Sequence[str] = ()
    ) -> None:
        self.app, self.names, self.freely, self.exempt = app, names, freely, tuple(exempt)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with 421 before anything is read."""
        checked = scope["type"] == "http" and scope["method"] not in self.freely
        if checked and not scope["path"].startswith(self.exempt) and hostname(Headers(scope=scope)) not in self.names:
            return await errors.misdirected()(scope, receive, send)
        return await self.app(scope, receive, send)


def hostname(headers: Headers) -> str:
    """The name that was asked for, in small letters, without its port; '' when it can not be read."""
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


class BodyLimit:
    """No request is longer than `limit` bytes, whatever it says of itself."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 when it is, and read no further."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        said = Headers(scope=scope).get("content-length", "")
        if said.isdecimal() and int(said) > self.limit:
            return await errors.too_long()(scope, receive, send)
        counted = _Counted(receive, send, self.limit)
        try:
            await self.app(scope, counted.receive, counted.send)
        except _TooLong:
            if not counted.started:
                await errors.too_long()(scope, receive, send)


class _TooLong(Exception):
    """More came than was allowed."""


class _Counted:
    def __init__(self, receive: Receive, send: Send, left: int) -> None:
        self._receive, self._send, self._left = receive, send, left
        self.started = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _TooLong
        return message

    async def send(self, message: Message) -> None:
        self.started = True
        await self._send(message)
