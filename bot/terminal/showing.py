"""Who is shown in a story, from the command line: named by the codes of their places, and asked by chat."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions import shown as act
from bot.actions import telling
from bot.terminal import asking, show
from bot.terminal.opening import operator, wordings
from storage import shown as rows
from storage.shown import Shown
from storage.store import Store

STATES = {
    "yes": "yes",
    "unnamed": "yes, without the name",
    "no": "no",
    "waiting": "asked, no answer yet",
    "paper": "not asked by chat: get the permission on paper",
}


def shown(store: Store, name: str, codes: Sequence[str], *, yes: bool) -> None:
    """Name them and ask who was not asked yet; without codes only say how they stand."""
    words, out, by = wordings(), show.console(), operator()
    if not codes:
        about = store.read(lambda unit: telling.promise_named(unit, words, name))
        return _stand(store.read(lambda unit: rows.of(unit, about.id)))
    seen = store.read(lambda unit: act.preview(unit, words, name, codes))
    if seen.people:
        show.samples(out, seen.samples)
        now = store.read(lambda unit: unit.now)
        out.print(f"By chat: {show.people(seen.people)}; on paper: {seen.paper}.")
        out.print(f"It goes out {asking.when(seen.when, now, seen.promise.tz)}.")
        asking.agreed("Ask them?", yes=yes)
    return _stand(store.do(lambda unit: act.name_them(unit, words, name, codes, by=by)))


def not_shown(store: Store, name: str, codes: Sequence[str]) -> None:
    """They are not shown, after all."""
    words, by = wordings(), operator()
    _stand(store.do(lambda unit: act.take_off(unit, words, name, codes, by=by)))


def _stand(named: Sequence[Shown]) -> None:
    out = show.console()
    for one in named:
        out.print(f"{one.code or '(no code)'}: {STATES[one.state]}")
    if not named:
        out.print("Nobody is named.")
