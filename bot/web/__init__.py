"""The web: one Starlette application, its safety layers outermost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Lifespan

from bot.channels import Channel
from bot.web import api, errors, health, hooks, security
from bot.web.assets import Assets
from bot.web.copy import Copy
from bot.web.engine import Engine
from bot.web.public import Public
from bot.web.receipts import Receipts
from bot.web.simulator import Simulator

Background = Lifespan[Starlette]


class Site(Starlette):
    """Starlette whose every answer, that of a crash too, goes out through the header layer."""

    def build_middleware_stack(self) -> ASGIApp:
        """Outside of Starlette's own error page, where no middleware of a list can stand."""
        return security.SecureHeaders(super().build_middleware_stack())


def make_app(
    app: Engine,
    *,
    demo: bool,
    channels: Mapping[str, Channel] | None = None,
    lifespan: Background | None = None,
    names: Collection[str] = (),
) -> Starlette:
    """The application on these parts. `demo` adds the simulator; `channels` their webhooks; `names`: see `dressed`."""
    routes: list[BaseRoute] = [*health.routes(app.store), *Public(app, channels or {}, demo=demo).routes()]
    routes += [*Receipts(app, demo=demo).routes(), *Copy(app).routes()]
    routes += [*api.routes(app, channels or {}), *hooks.routes(app, channels or {})]
    if demo:
        routes += Simulator(app).routes()
    return dressed(routes, lifespan, names=names, freely=() if demo else security.SAFE)


def dressed(
    routes: Sequence[BaseRoute],
    lifespan: Background | None = None,
    *,
    names: Collection[str] = (),
    freely: Collection[str] = security.SAFE,
) -> Starlette:
    """These routes and our files, inside of every safety layer.

    names   hosts that are ours; none: any will do
    freely  methods that any host will do for; a demonstration has none: all it holds could be read from elsewhere
    """
    layers = [
        Middleware(security.SameSite, exempt=(hooks.PREFIX,)),
        Middleware(security.BodyLimit),
        Middleware(GZipMiddleware),
    ]
    if names:
        layers.insert(0, Middleware(security.OwnName, names=names, freely=freely, exempt=(hooks.PREFIX,)))
    handlers = {HTTPException: errors.told, Exception: errors.told}
    return Site(
        routes=[*routes, Mount("/static", Assets(), name="static")],
        middleware=layers,
        exception_handlers=handlers,
        lifespan=lifespan,
    )
