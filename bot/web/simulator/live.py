"""What of the page may change, part by part: a browser is sent the parts that differ from those it has."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from bot.web.pages import render
from bot.web.simulator import words
from bot.web.simulator.model import Page

WORDS = {"names": words.NAMES, "anchors": words.ANCHORS, "states": words.STATES}
_PARTS = ("guide", "clock", "ledgers", "totals", "sealed", "stored")  # each is the id of its place


def parts(page: Page) -> dict[str, str]:
    """Place -> what stands there now."""
    found = {name: render(f"simulator/_{name}.html", page=page, **WORDS) for name in _PARTS}
    screens = {
        f"screen-{phone.place}": render("simulator/_screen.html", page=page, phone=phone, **WORDS)
        for phone in page.phones
    }
    return found | screens


def version(found: Mapping[str, str], pulse: str) -> str:
    """What a browser that has all of this tells us the next time: the database's pulse, and a mark for each part."""
    return ".".join([pulse, *(_mark(text) for text in found.values())])


def pulse_of(seen: str) -> str:
    """The pulse of a version."""
    return seen.partition(".")[0]


def changed(found: Mapping[str, str], seen: str) -> dict[str, str]:
    """The parts that differ from those the browser has seen."""
    marks = seen.split(".")[1:]
    if len(marks) != len(found):
        return dict(found)
    return {name: text for (name, text), mark in zip(found.items(), marks, strict=True) if _mark(text) != mark}


def fragment(news: Mapping[str, str], mark: str, notice: str | None = None, afresh: str = "") -> str:
    """The parts as htmx takes them, each put in its place; what is typed and focused stays. `afresh`: not this one."""
    told = render("simulator/told.html", version=mark, notice=notice)
    return told + "".join(_placed(name, text, afresh) for name, text in news.items())


def _placed(name: str, text: str, afresh: str) -> str:
    swap = "innerHTML" if name == afresh else "innerMorph"
    return f'<hx-partial hx-target="#{name}" hx-swap="{swap}">{text}</hx-partial>\n'


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
