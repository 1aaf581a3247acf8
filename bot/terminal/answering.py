"""`convoca answer`: what a neighbour who waits for a person wrote, and the words that go to her phone."""

from __future__ import annotations

from rich.markup import escape

from bot.actions import answer as answering
from bot.i18n import Catalogues
from bot.terminal import show
from bot.terminal.opening import operator, wordings
from storage.store import Store, Unit


def answer(store: Store, number: int, text: str) -> None:
    """Without a text, what she wrote last."""
    words, by, out = wordings(), operator(), show.console()
    waits, said = store.do(lambda unit: answering.wrote(unit, words, number, by=by))
    if text.strip():
        sent = store.do(lambda unit: _sent(unit, words, number, text))
        return out.print(escape(f"Sent: «{sent}»"))
    out.print(f"{number}  {escape(waits.reason.replace('_', ' '))}  " + (escape(f"«{said}»") if said else "no words"))
    return out.print(f'[dim]convoca answer {number} "..."[/]')


def _sent(unit: Unit, words: Catalogues, number: int, text: str) -> str:
    """What she reads."""
    shown = answering.worded(unit, words, number, text)
    answering.answer(unit, words, number, text, by=operator())
    return shown
