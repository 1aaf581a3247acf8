"""The front page: the labs that may be spoken of, as many on a page as keep it light; the others follow (?p=2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from markupsafe import Markup

from bot.web import labparts
from bot.web.labpage import context
from bot.web.labparts import Piece
from bot.web.pages import render
from bot.web.reader import Reader
from storage import labs, public
from storage.store import Unit

TEMPLATE = "public/home.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the list. number: from 1; more: another follows."""

    places: Sequence[Markup] = ()
    number: int
    more: bool = True


def read(unit: Unit, reader: Reader, number: int, common: Mapping[str, Any]) -> Page | None:
    """The page of this number; None: there are not so many.

    common  what every template of this answer is given beside the reader: its path, whether it is the demonstration
    """
    first, later = (_room(reader, n, common) for n in (1, max(2, number)))
    held = [*islice(labparts.packed(_pieces(unit, reader), first, later), number - 1, number + 1)]
    if not held:
        return None
    return Page(places=[one.html for one in held[0] if one.html], number=number, more=len(held) > 1)


def _room(reader: Reader, number: int, common: Mapping[str, Any]) -> int:
    return labparts.room(render(TEMPLATE, **context(reader, page=Page(number=number), **common)))


def _pieces(unit: Unit, reader: Reader) -> Iterator[Piece]:
    """Read one by one, as far as a page wants them."""
    for lab in public.listed(unit):
        meeting = labs.next_session(unit, lab.id) if lab.state == "published" else None
        html = render("public/_place.html", **context(reader, lab=lab, meeting=meeting))
        yield Piece("labs", False, Markup(html), Markup())  # noqa: S704  a template of ours escapes what it is given
