"""The public pages: the front page and one page a lab. No script, no cookies, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import recount
from bot.actions import export
from bot.channels import Channel
from bot.entrances import KINDS, known
from bot.web import errors, fresh, homepage, ideaspage, labpage, labparts, poster
from bot.web.engine import Engine
from bot.web.labpage import context
from bot.web.pages import render
from bot.web.reader import Reader, reading
from storage import exports, pictures, public
from storage.store import Unit

PROGRAM = Path(recount.__file__)
HTML, SVG, JPEG = "text/html", "image/svg+xml", "image/jpeg"
IN_YOUR_WORDS = {"vary": "Accept-Language"}


class Public:
    """The pages on this database. `channels` that are on tell how people begin."""

    def __init__(self, app: Engine, channels: Mapping[str, Channel], *, demo: bool) -> None:
        self._store, self._catalogues = app.store, app.parts.catalogues
        self._channels, self._demo = channels, demo

    def routes(self) -> list[Route]:
        """All GET."""
        return [
            Route("/", self.home, methods=["GET"]),
            Route("/l/{slug}", self.lab, methods=["GET"]),
            Route("/l/{slug}/cartel", self.poster, methods=["GET"]),
            Route("/l/{slug}/cartel/{session}", self.poster, methods=["GET"]),
            Route("/l/{slug}/qr/{kind}.svg", self.qr, methods=["GET"]),
            Route("/l/{slug}/ideas", self.ideas, methods=["GET"]),
            Route("/l/{slug}/{contest}.zip", self.recount, methods=["GET"]),
            Route("/recount.py", self.program, methods=["GET"]),
            Route("/f/{name}.jpg", self.picture, methods=["GET"]),
        ]

    def home(self, request: Request) -> Response:
        """The labs that may be spoken of, those that do not fit on pages of their own (?p=2)."""
        number, common = _number(request), {"path": request.url.path, "demo": self._demo}

        def read(unit: Unit, reader: Reader) -> dict[str, object] | None:
            page = homepage.read(unit, reader, number, common) if number else None
            return {"page": page} if page else None

        return self._page(request, homepage.TEMPLATE, read)

    def lab(self, request: Request) -> Response:
        """One lab, what is older on pages of its own (?p=2); 404 for a draft, and at once when a comarca ends it."""
        slug, number = request.path_params["slug"], _number(request)
        known_here = {"path": request.url.path, "demo": self._demo}

        def read(unit: Unit, reader: Reader) -> dict[str, object] | None:
            found = public.lab_of(unit, slug)
            page = labpage.read(unit, found, known(unit, self._channels), reader) if found and number else None
            shown = labparts.shown(page, reader, number, known_here) if page else None
            return {"page": shown} if shown else None

        return self._page(request, labparts.template(number), read)

    def poster(self, request: Request) -> Response:
        """A session's poster and radio script, to be printed: the lab's next one, or the one that is named."""
        slug, code = request.path_params["slug"], request.path_params.get("session", "")

        def read(unit: Unit, reader: Reader) -> dict[str, object] | None:
            lab = public.lab_of(unit, slug)
            found = poster.read(unit, lab, code, known(unit, self._channels), reader) if lab else None
            return {"poster": found} if found else None

        return self._page(request, "public/poster.html", read)

    def ideas(self, request: Request) -> Response:
        """All that people proposed and let be shown, some to a page (?p=2)."""
        slug, number = request.path_params["slug"], _number(request)

        def read(unit: Unit, reader: Reader) -> dict[str, object] | None:
            found = public.lab_of(unit, slug)
            page = ideaspage.read(unit, found, reader, page=number) if found and number else None
            return {"lab": found, "ideas": page} if page else None

        return self._page(request, "public/ideas.html", read)

    def qr(self, request: Request) -> Response:
        """The QR code of one way in, as a picture for a poster."""
        slug, kind = request.path_params["slug"], request.path_params["kind"]

        def read(unit: Unit) -> list[labpage.Way]:
            found = public.lab_of(unit, slug)
            return labpage.ways(found, known(unit, self._channels)) if found and kind in KINDS else []

        way = next((way for way in self._store.read(read) if way.entrance.kind == kind), None)
        if way is None:
            return errors.answer(404)
        return fresh.answer(request, render("public/qr.svg", code=way.code), SVG)

    def recount(self, request: Request) -> Response:
        """The file from which anybody can count a published contest again; the same bytes every time."""
        slug, name = request.path_params["slug"], request.path_params["contest"]

        def read(unit: Unit) -> bytes | None:
            found = public.choice(unit, name)
            if found is None or found.lab != slug or not found.recountable:
                return None
            return recount.pack(export.files(exports.exported(unit, found.facts.contest)))

        data = self._store.read(read)
        if data is None:
            return errors.answer(404)
        named = {"content-disposition": f'attachment; filename="{name.lower()}.zip"'}
        return fresh.answer(request, data, "application/zip", named)

    def program(self, request: Request) -> Response:
        """The program that counts such a file: to be read, and run with Python alone."""
        return fresh.answer(request, PROGRAM.read_bytes(), "text/plain; charset=utf-8")

    def picture(self, request: Request) -> Response:
        """The picture of a story, small; 404 from the moment it is taken down. Providers fetch it here, too."""
        name = public.name_in(request.path_params["name"]).upper()
        data = self._store.read(lambda unit: pictures.shown(unit, name))
        return fresh.answer(request, data, JPEG) if data is not None else errors.answer(404)

    def _page(
        self, request: Request, template: str, read: Callable[[Unit, Reader], Mapping[str, object] | None]
    ) -> Response:
        def written(unit: Unit) -> tuple[Reader, Mapping[str, object] | None]:
            reader = reading(request, self._catalogues, unit.now)
            return reader, read(unit, reader)

        reader, found = self._store.read(written)
        if found is None:
            return errors.answer(404)
        text = render(template, **context(reader, path=request.url.path, demo=self._demo, **found))
        return fresh.answer(request, text, HTML, {**IN_YOUR_WORDS, "content-language": reader.lang})


def _number(request: Request) -> int:
    """Which page of a list is asked for; 0 = none that can be."""
    typed = request.query_params.get("p", "1")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 6 else 0
