"""The webhooks of every channel: read, stored, and only then answered.

200 after the commit; 503 when the database could not store it, and the provider delivers again; what is forged or cut
off is refused before anything is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

import structlog
from starlette.requests import Request as Call
from starlette.responses import Response
from starlette.routing import Route

from bot import logs, metrics
from bot.channels import Answer, Channel, Hook, Hooked, Request
from bot.errors import Unwelcome
from bot.news import stored
from bot.web.engine import Listener

PREFIX = "/webhooks/"

log = structlog.stdlib.get_logger("convoca.hooks")


def routes(app: Listener, channels: Mapping[str, Channel]) -> list[Route]:
    """A route for each webhook of each channel that is on."""
    return [_route(app, name, hook) for name, hook in hooks(channels.values())]


def hooks(channels: Iterable[Channel]) -> Iterator[tuple[str, Hook]]:
    """(channel's name, webhook) of all."""
    for channel in channels:
        if isinstance(channel, Hooked):
            yield from ((channel.name, hook) for hook in channel.hooks())


def _route(app: Listener, name: str, hook: Hook) -> Route:
    async def called(call: Call) -> Response:
        request = await _request(call)
        try:
            news = hook.read(request)
        except Unwelcome as refused:
            return _refused(name, refused)
        except Exception as bug:  # a provider's new shape must not make it deliver for ever
            log.error("a webhook broke", error_id=logs.error_id(), channel=name, exc_info=bug)
            return _refused(name, Unwelcome(400, "it could not be read"))
        try:
            await stored(app.hear(news))
        except app.trouble as error:
            log.warning("the database does not answer", exc_info=error)
            return Response("not stored; try again", 503, {"retry-after": "5"})
        metrics.hooks.labels(name, "taken").inc()
        return _answer(news.answer)

    return Route(hook.path, called, methods=["POST"])


async def _request(call: Call) -> Request:
    return Request(
        path=call.url.path,
        query=call.url.query,
        headers={name.lower(): value for name, value in call.headers.items()},
        body=await call.body(),
        now=datetime.now(UTC),
        params={name: str(value) for name, value in call.path_params.items()},
    )


def _refused(name: str, refused: Unwelcome) -> Response:
    """Says no more than its status: who forges learns nothing."""
    log.warning("a webhook was refused", channel=name, status=refused.status, why=refused.why)
    metrics.hooks.labels(name, "refused").inc()
    return Response("refused", refused.status, media_type="text/plain")


def _answer(answer: Answer) -> Response:
    return Response(answer.body or None, answer.status, media_type=answer.type if answer.body else None)
