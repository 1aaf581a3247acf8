"""A receipt looked up by whoever holds its code: a page without script, and the same as open data.

The address carries the code, as one types it into a form: so nothing keeps the answer, no search engine takes it up,
and the next page is not told where one came from. The answer names neither option nor person (voting.md 6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.i18n import _
from bot.web import api, errors
from bot.web.engine import Engine
from bot.web.labpage import context
from bot.web.pages import page
from bot.web.reader import Reader, reading
from storage import commitments, public, public_receipts
from storage.labs import Lab
from storage.public import Choice
from storage.public_receipts import Looked, Trees
from storage.store import Unit

MOST_TYPED = 60  # a code with a space after each letter, and some more
PRIVATE = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow, noarchive",
    "referrer-policy": "no-referrer",
}
SAID = {
    "kept": _("Ese recibo está guardado. Se cuenta al terminar la elección."),
    "counted": _("Ese recibo se contó."),
    "replaced": _("Ese recibo se cambió por otro, más nuevo. Vale el más nuevo."),
    "unknown": _("No conozco ese recibo. Revisa las letras, o escribe PERSONA al bot."),
}
NO_CODE = _("Un recibo tiene 12 letras y números, como K7TQ-6XF2-4MRD. Revisa lo que escribiste.")
SIDES = {"left": _("izquierda"), "right": _("derecha")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the page says of what was typed."""

    typed: str  # as it stands in the field again
    said: str  # '' = nothing was asked yet
    choice: Choice | None = None
    commitment: str = ""  # hex; '' = there is no path
    path: Sequence[tuple[str, str]] = ()  # (side in the reader's words, hex) from the receipt up to the root
    few: bool = False  # counted, and so few that a path would count them


class Receipts:
    """The page and the data on this database."""

    def __init__(self, app: Engine, *, demo: bool) -> None:
        self._store, self._catalogues, self._demo = app.store, app.parts.catalogues, demo
        self._trees = Trees()

    def routes(self) -> list[Route]:
        """All GET: a look changes nothing."""
        found = f"{api.PREFIX}/contests/{{slug}}/receipts/{{code}}"
        return [
            Route("/l/{slug}/recibo", self.page, methods=["GET"]),
            Route(found, self.data, methods=["GET", "OPTIONS"]),
        ]

    def page(self, request: Request) -> Response:
        """The form, and what the code in ?codigo= answers."""
        slug, typed = request.path_params["slug"], request.query_params.get("codigo", "")[:MOST_TYPED].strip()

        def read(unit: Unit) -> tuple[Reader, Lab | None, Answer | None]:
            reader = reading(request, self._catalogues, unit.now)
            lab = public.lab_of(unit, slug)
            return reader, lab, self._answer(unit, lab, typed, reader) if lab else None

        reader, lab, answer = self._store.read(read)
        if lab is None:
            return errors.answer(404)
        headers = {**PRIVATE, "content-language": reader.lang}
        shown = context(reader, path=request.url.path, demo=self._demo, lab=lab, answer=answer)
        return page("public/receipt.html", headers=headers, **shown)

    def _answer(self, unit: Unit, lab: Lab, typed: str, reader: Reader) -> Answer:
        code = commitments.typed(typed)
        if not code:
            return Answer(typed="", said=reader.say(NO_CODE) if typed else "")
        looked = public_receipts.in_lab(unit, self._trees, lab, code)
        path = looked.path or ()
        return Answer(
            typed=commitments.shown(code),
            said=reader.say(SAID[looked.state]),
            choice=looked.choice,
            commitment=looked.commitment.hex() if looked.commitment else "",
            path=[(reader.say(SIDES[side]), other.hex()) for side, other in path],
            few=looked.state == "counted" and looked.choice is not None and looked.choice.counted is None,
        )

    def data(self, request: Request) -> Response:
        """The same of one choice, for programs."""
        slug, typed = request.path_params["slug"], request.path_params["code"][:MOST_TYPED]
        if request.method == "OPTIONS":
            return api.told(request, None)
        found = self._store.read(lambda unit: self._found(unit, slug, typed))
        return JSONResponse(found, headers={**errors.CORS, **PRIVATE}) if found else errors.in_json(404)

    def _found(self, unit: Unit, slug: str, typed: str) -> Mapping[str, Any] | None:
        choice, code = public.choice(unit, slug), commitments.typed(typed)
        if choice is None:
            return None
        return _as_data(choice, code, public_receipts.in_choice(unit, self._trees, choice, code))


def _as_data(choice: Choice, code: str, looked: Looked) -> Mapping[str, Any]:
    path = None if looked.path is None else [{"side": side, "hash": other.hex()} for side, other in looked.path]
    return {
        "licence": api.LICENCE,
        "contest": choice.facts.contest.slug,
        "receipt": commitments.shown(code) or None,
        "state": looked.state,
        "commitment": looked.commitment.hex() if looked.commitment else None,
        "path": path,
        "root": choice.root or None,
        "ballots": choice.counted,
        "log_head": choice.log_head or None,
    }
