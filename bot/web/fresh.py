"""Answers that a browser may keep as long as it asks again each time: nothing changed is 304 and no body.

Nothing is kept without asking: a comarca that withdraws its authorisation is hidden at once (people.md 4.4).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

ASK_AGAIN = "public, no-cache"


def answer(request: Request, body: str | bytes, media_type: str, headers: Mapping[str, str] | None = None) -> Response:
    """The body with its mark, or 304 when the reader has it already."""
    data = body.encode() if isinstance(body, str) else body
    mark = f'W/"{hashlib.sha256(data).hexdigest()[:32]}"'
    kept = {**(headers or {}), "etag": mark, "cache-control": ASK_AGAIN}
    if _held(request.headers.get("if-none-match", ""), mark):
        return Response(status_code=304, headers=kept)
    return Response(data, media_type=media_type, headers=kept)


def _held(given: str, mark: str) -> bool:
    marks = {one.strip().removeprefix("W/") for one in given.split(",")}
    return "*" in marks or mark.removeprefix("W/") in marks
