"""The page of `convoca demo --providers`: three phones, the wire between the providers and the product, and mishaps.

    wire = Wire(secrets)
    telegram = Telegram(token, carry=wire.carrying("telegram"))
    ...
    desk = Desk(sms=android, whatsapp=twilio, telegram=telegram, wire=wire)
    page = Page(desk, house=STATIC, product="http://127.0.0.1:8000", port=8001)
    with page:
        ...http://127.0.0.1:8001...

Everything works by POST and redirect; with htmx only what changed is sent. It is served on this machine alone.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Self

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fakes._desk import MISHAPS, PEOPLE, Desk
from fakes._server import HOST, Served
from fakes._wire import Wire

__all__ = ["Desk", "Page", "Wire", "make_page"]

HERE = Path(__file__).parent
LONGEST = 1000  # characters that one can write
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-cache",
}
NOTICES = {"gone": "Ese botón ya no está.", "lost": "Nadie contestó el webhook: ¿está Convoca en marcha?"}


class Page:
    """The page, served in a thread of its own. port 0 = any."""

    def __init__(self, desk: Desk, *, house: Path, product: str, port: int = 0) -> None:
        self._served = Served(make_page(desk, house=house, product=product), port)

    @property
    def url(self) -> str:
        """'http://127.0.0.1:8001'."""
        return f"http://{HOST}:{self._served.port}"

    def __enter__(self) -> Self:
        self._served.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._served.stop()


def make_page(desk: Desk, *, house: Path, product: str) -> Starlette:
    """The application.

    house    the folder with the look that all our pages share: base.css, simulator.css, phones.css, vendor/
    product  the address of the product itself
    """
    routes = _Routes(desk, product)
    return Starlette(
        routes=[
            Route("/", routes.show, methods=["GET"]),
            Route("/vivo", routes.live, methods=["GET"]),
            Route("/falla", routes.turn, methods=["POST"]),
            Route("/telefono/{channel}", routes.write, methods=["POST"]),
            Mount("/house", StaticFiles(directory=house)),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[
            Middleware(_Guarded),
            Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"]),
        ],
    )


class _Routes:
    def __init__(self, desk: Desk, product: str) -> None:
        self._desk, self._product = desk, product

    def show(self, request: Request) -> Response:
        parts = self._parts()
        notice = NOTICES.get(request.query_params.get("aviso", ""), "")
        return HTMLResponse(
            _render("page.html", parts=parts, version=_version(parts), notice=notice, product=self._product,
                    people=PEOPLE)
        )  # fmt: skip

    def live(self, request: Request) -> Response:
        """The parts that differ from those the browser has; nothing at all when none does."""
        seen = request.query_params.get("v", "")
        parts = self._parts()
        return Response(status_code=204) if _version(parts) == seen else _fragment(parts, seen)

    async def write(self, request: Request) -> Response:
        channel = request.path_params["channel"]
        if channel not in self._desk.providers:
            raise HTTPException(404)
        form = await request.form()
        text, button = str(form.get("text") or "").strip()[:LONGEST], str(form.get("button") or "")
        before, notice = self._desk.seen(channel), ""
        try:
            if button:
                await run_in_threadpool(self._desk.tap, channel, button)
            elif text:
                delivered = await run_in_threadpool(self._desk.write, channel, text)
                notice = "" if delivered.status or channel == "telegram" else "lost"
        except LookupError:
            notice = "gone"
        if not _scripted(request) and not notice:
            await run_in_threadpool(self._desk.answered, channel, before)
        return await run_in_threadpool(self._answer, request, str(form.get("v") or ""), notice, f"#phone-{channel}")

    async def turn(self, request: Request) -> Response:
        form = await request.form()
        key, _, channel = str(form.get("mishap") or "").partition(".")
        if channel not in self._desk.providers or key not in {mishap.key for mishap in MISHAPS}:
            raise HTTPException(400)
        await run_in_threadpool(self._desk.turn, channel, key)
        return await run_in_threadpool(self._answer, request, str(form.get("v") or ""), "", "#mishaps")

    def _answer(self, request: Request, seen: str, notice: str, place: str) -> Response:
        if _scripted(request):
            return _fragment(self._parts(), seen, NOTICES.get(notice, ""))
        return RedirectResponse(f"/{f'?aviso={notice}' if notice else ''}{place}", status_code=303)

    def _parts(self) -> dict[str, str]:
        """Place -> what stands there now."""
        desk = self._desk
        screens = {
            f"screen-{one.channel}": _render(
                "_screen.html", person=one, bubbles=desk.bubbles(one.channel), listening=desk.listening(one.channel)
            )
            for one in PEOPLE
        }
        states = {
            (one.channel, mishap.key): desk.state(one.channel, mishap.key) for one in PEOPLE for mishap in MISHAPS
        }
        parts = {
            **screens,
            "wire": _render("_wire.html", lines=desk.lines()),
            "faults": _render("_faults.html", faults=desk.faults()),
            "mishaps": _render("_mishaps.html", mishaps=MISHAPS, people=PEOPLE, states=states),
        }
        return {name: desk.dotted(text) for name, text in parts.items()}


def _scripted(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def _fragment(parts: Mapping[str, str], seen: str, notice: str | None = None) -> Response:
    """The parts that changed, as htmx takes them; what is typed and focused stays."""
    marks = seen.split(".")
    known = dict(zip(parts, marks, strict=True)) if len(marks) == len(parts) else {}
    body = _render("told.html", version=_version(parts), notice=notice)
    for name, text in parts.items():
        if known.get(name) != _mark(text):
            body += f'<hx-partial hx-target="#{name}" hx-swap="innerMorph">{text}</hx-partial>\n'
    return HTMLResponse(body)


def _version(parts: Mapping[str, str]) -> str:
    return ".".join(map(_mark, parts.values()))


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@cache
def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["second"] = lambda at: time.strftime("%H:%M:%S", time.localtime(at))
    return env


def _render(template: str, /, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


class _Guarded:
    """Headers on every answer, and no posts from other sites."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["type"] == "http" and scope["method"] == "POST" and not _own(Headers(scope=scope)):
            return await PlainTextResponse("from another site", 403)(scope, receive, with_headers)
        await self.app(scope, receive, with_headers)


def _own(headers: Headers) -> bool:
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site:
        return site in ("same-origin", "none")
    return not origin or origin.removeprefix("http://") == headers.get("host")
