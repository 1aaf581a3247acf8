"""A person's own copy: a page for who holds the link, and the data behind it as a text, as a table and as JSON.

The page shows nothing of anybody: messengers open a link to preview it, and theirs is not the person's eye.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.i18n import _
from bot.web import copytable, copytext
from bot.web.engine import Engine
from bot.web.pages import page
from bot.web.reader import Reader, reading
from storage import copies, own_copy
from storage.store import Unit

PRIVATE = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow, noarchive",
    "referrer-policy": "no-referrer",
}
FILES = {"datos.txt": "text/plain", "datos.json": "application/json", "datos.csv": "text/csv"}
TOO_MANY = {"retry-after": "3600"}


class Copy:
    """The pages of copies on this database."""

    def __init__(self, app: Engine) -> None:
        self._store, self._catalogues = app.store, app.parts.catalogues

    def routes(self) -> list[Route]:
        """All GET."""
        return [
            Route("/copia/{token}", self.entrance, methods=["GET"]),
            Route("/copia/{token}/{file}", self.download, methods=["GET"]),
        ]

    def entrance(self, request: Request) -> Response:
        """What the link leads to, in plain words, and the ways to take it along."""
        until, reader = self._store.read(lambda unit: self._until(request, unit))
        if until is None:
            return _gone(reader)
        shown = {"token": request.path_params["token"], "until": reader.moment(*until)}
        return page("copy/page.html", headers=PRIVATE, _=reader.say, reader=reader, **shown)

    def download(self, request: Request) -> Response:
        """The rows as they are now."""
        name = request.path_params["file"]
        write = WRITERS.get(name)
        try:
            text, reader = self._store.do(lambda unit: self._written(request, unit, write))
        except copies.TooOften:
            return _too_often(self._store.read(lambda unit: reading(request, self._catalogues, unit.now)))
        if text is None:
            return _gone(reader)
        named = {"content-disposition": f'attachment; filename="convoca-{name}"'}
        return Response(text, media_type=FILES[name], headers={**PRIVATE, **named})

    def _until(self, request: Request, unit: Unit) -> tuple[tuple[datetime, str] | None, Reader]:
        reader = reading(request, self._catalogues, unit.now)
        return copies.until(unit, request.path_params["token"]), reader

    def _written(
        self, request: Request, unit: Unit, write: Callable[[Reader, copytext.Held], str] | None
    ) -> tuple[str | None, Reader]:
        reader = reading(request, self._catalogues, unit.now)
        person_id = copies.opened(unit, request.path_params["token"]) if write else None
        if write is None or person_id is None:
            return None, reader
        return write(reader, own_copy.everything(unit, person_id)), reader


def _as_json(_reader: Reader, held: copytext.Held) -> str:
    return json.dumps(held, ensure_ascii=False, indent=2) + "\n"


WRITERS: dict[str, Callable[[Reader, copytext.Held], str]] = {
    "datos.txt": copytext.written,
    "datos.json": _as_json,
    "datos.csv": copytable.written,
}


def _gone(reader: Reader) -> Response:
    """Unknown, over and erased look the same."""
    title = reader.say(_("Este enlace ya no sirve."))
    advice = reader.say(_("Un enlace sirve 72 horas. Para recibir otro, escribe COPIA al bot."))
    return page("copy/told.html", status=404, headers=PRIVATE, reader=reader, title=title, advice=advice)


def _too_often(reader: Reader) -> Response:
    title = reader.say(_("Bajaste tu copia muchas veces."))
    advice = reader.say(_("Prueba otra vez en una hora."))
    headers = {**PRIVATE, **TOO_MANY}
    return page("copy/told.html", status=429, headers=headers, reader=reader, title=title, advice=advice)
