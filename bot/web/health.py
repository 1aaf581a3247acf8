"""What an operator's watch asks: is the process alive, may it get traffic, how is it doing."""

from __future__ import annotations

from time import monotonic

import structlog
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot import metrics
from storage import keys, migrate
from storage.figures import figures
from storage.sealed import BadKey
from storage.store import Store

RECENTLY = 30.0  # seconds

log = structlog.stdlib.get_logger("convoca.health")


def routes(store: Store) -> list[Route]:
    """/healthz, /readyz and /metrics."""

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(request: Request) -> Response:
        faults = await run_in_threadpool(not_ready, store)
        return JSONResponse({"status": "not ready" if faults else "ok", "faults": faults}, 503 if faults else 200)

    async def measured(request: Request) -> Response:
        text = await run_in_threadpool(lambda: metrics.render(store.read(figures)))
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", measured)]


def not_ready(store: Store) -> list[str]:
    """What stands in the way of serving; nothing secret in it, for anybody may ask."""
    try:
        migrate.require_current(store.url.render_as_string(hide_password=False))
        store.read(lambda unit: unit.now)
        keys.check(store)
    except migrate.OtherSchema as error:
        return _because("the database has another schema: convoca migrate", error)
    except BadKey as error:
        return _because("a secret key is missing: convoca check", error)
    except Exception as error:  # noqa: BLE001  # whatever it is, the answer is "not ready"
        return _because("the database does not answer", error)
    return ["the database did not store something just now: look at the disk and at the log"] if _lost(store) else []


def _lost(store: Store) -> bool:
    """A full disk still answers, and still takes what fits: one refused message says more than a question of ours."""
    return store.trouble_at is not None and monotonic() - store.trouble_at < RECENTLY


def _because(told: str, error: Exception) -> list[str]:
    log.warning("not ready", why=told, exc_info=error)
    return [told]
