"""What happened in a lab, the newest first, in pieces: as many on a page as keep it light, the older ones follow.

A page is light whatever people wrote, for its bytes are counted: with the style sheets it stays under 50 KB (people.md
7). No piece is cut or left out; one that does not fit any more begins the next page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby, islice
from typing import Any

from markupsafe import Markup

from bot.web.labpage import Asked, Kept, Page, Part, context
from bot.web.pages import render, weight
from bot.web.reader import Reader

LIGHT = 50_000  # bytes of a page with its sheets
FIRST = 20_000  # of these at most on the first page: the next meeting and the way to it are not pushed far down
SPARE = 1_500  # its icon, and a number of a page that is longer than that of the page which was weighed
SHEETS = ("base.css", "public.css")
SECTION = 80  # bytes of the section round a piece
STEPS = 8  # of what happened to a promise, beside it; the earlier ones come after all promises
MEETINGS = 5  # to a piece
Draw = Callable[..., Markup]  # (template, **values) -> the piece


@dataclass(frozen=True, slots=True)
class Piece:
    """Some HTML that is not parted. Those of one section share its id; `again` heads them on a later page."""

    id: str
    asked: bool
    html: Markup
    again: Markup

    @property
    def weight(self) -> int:
        """Bytes."""
        return len(self.html.encode()) + SECTION


def template(number: int) -> str:
    """The layout of this page."""
    return "public/lab.html" if number == 1 else "public/older.html"


def shown(page: Page, reader: Reader, number: int, common: Mapping[str, Any]) -> Page | None:
    """The page with what stands on it; None: there are not so many pages.

    common  what every template of this answer is given beside the reader: its path, whether it is the demonstration
    """
    first, later = (_room(replace(page, number=n, older=True), reader, common) for n in (1, max(2, number)))
    found = [*islice(packed(_pieces(page, _drawing(page, reader)), min(first, FIRST), later), number - 1, number + 1)]
    if not found:
        return None
    return replace(page, parts=[*_parts(found[0])], number=number, older=len(found) > 1)


def _room(page: Page, reader: Reader, common: Mapping[str, Any]) -> int:
    return room(render(template(page.number), **context(reader, page=page, **common)))


def room(frame: str) -> int:
    """The bytes that are left for pieces once all else on the page is there."""
    return LIGHT - SPARE - sum(weight(sheet) for sheet in SHEETS) - len(frame.encode())


def packed(pieces: Iterable[Piece], first: int, later: int) -> Iterator[list[Piece]]:
    """The pieces of each page: bytes of the first one, and of those after it, that they may weigh.

    The first may be left without any; on each later one stands at least one, for none weighs more than a page holds.
    """
    held: list[Piece] = []
    left = first
    for piece in pieces:
        if piece.weight > left:
            yield held
            held = [replace(piece, html=piece.again)] if held and held[-1].id == piece.id else []
            left = later - sum(one.weight for one in held)
        held.append(piece)
        left -= piece.weight
    yield held


def _parts(held: Sequence[Piece]) -> Iterator[Part]:
    for about, pieces in groupby(held, lambda piece: (piece.id, piece.asked)):
        yield Part(id=about[0], asked=about[1], pieces=[piece.html for piece in pieces])


# --- what there is ------------------------------------------------------------------------------------------------


def _drawing(page: Page, reader: Reader) -> Draw:
    def draw(name: str, **values: Any) -> Markup:
        given = context(reader, lab=page.lab, newest=page.newest, **values)
        return Markup(render(f"public/{name}.html", **given))  # noqa: S704  a template of ours escapes what it is given

    return draw


def _pieces(page: Page, draw: Draw) -> Iterator[Piece]:
    for asked in chain([page.newest] if page.newest else [], page.earlier):
        about = f"h-{asked.choice.facts.contest.slug}"
        again = draw("_asked", asked=asked, again=True)
        yield from (Piece(about, True, html, again + head) for html, head in _of(asked, draw))
    if page.ideas and (page.ideas.groups or page.ideas.red):
        yield Piece("h-ideas", False, draw("_ideas", ideas=page.ideas), Markup())
    for n in range(0, len(page.meetings), MEETINGS):
        head = Markup() if n else draw("_others")
        rows = draw("_meetings", meetings=page.meetings[n : n + MEETINGS])
        yield Piece("h-others", False, head + rows, draw("_others"))


def _of(asked: Asked, draw: Draw) -> Iterator[tuple[Markup, Markup]]:
    """A contest: its question, what came out, what was decided, what was promised and what became of it.

    Each with the heading that it needs above it where it begins a page.
    """
    head, none = draw("_asked", asked=asked, again=False), Markup()
    if not asked.choice.published:
        yield head + draw("_ballot", asked=asked), none
        yield draw("_proof", asked=asked), none
        return
    yield head + draw("_result", asked=asked), none
    yield draw("_fates", asked=asked), none
    yield draw("_proof", asked=asked), none
    promised = draw("_promised")
    for n, kept in enumerate(asked.kept):
        piece = draw("_kept", kept=kept, most=STEPS)
        yield (piece, promised) if n else (promised + piece, none)
    for kept in asked.kept:
        yield from ((piece, none) for piece in _before(kept, draw))


def _before(kept: Kept, draw: Draw) -> Iterator[Markup]:
    """What happened to a promise before its newest steps, from there backwards."""
    for end in range(len(kept.line) - STEPS, 0, -STEPS):
        yield draw("_before", kept=kept, line=kept.line[max(0, end - STEPS) : end])
