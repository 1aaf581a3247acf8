"""Our own files. An address with the file's hash may be kept for ever; any other is asked for again."""

from __future__ import annotations

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.web.pages import STATIC, asset

_FOR_EVER = "public, max-age=31536000, immutable"


class Assets(StaticFiles):
    """StaticFiles that says how long a file may be kept."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file. Those of `vendor` carry their version in the name."""
        response = await super().get_response(path, scope)
        if response.status_code in (200, 304):
            kept = path.startswith("vendor/") or _current(path, scope)
            response.headers["cache-control"] = _FOR_EVER if kept else "no-cache"
        return response


def _current(path: str, scope: Scope) -> bool:
    query = bytes(scope["query_string"]).decode("latin-1")
    return asset(path) == f"/static/{path}?{query}"
