"""What became of it, from the command line: promises, what happened to them, stories."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.markup import escape

from bot.actions import promise as promising
from bot.actions import story as stories
from bot.actions import update as updating
from bot.actions.telling import Seen
from bot.broadcast import Ledger
from bot.terminal import asking, show
from bot.terminal.opening import operator, wordings
from storage.store import Store, Unit


def promise(store: Store, problem: str, by: str, text: str, due: str, *, yes: bool) -> None:
    """Write down what an office promised and tell it."""
    words = wordings()
    said = promising.Said(problem=problem, entity=by, text=text, due=due)
    seen = store.read(lambda unit: promising.preview(unit, words, said))
    name = operator()
    _do(
        store,
        seen,
        lambda unit: promising.promise(unit, words, said, by=name, expect=seen.people),
        yes=yes,
    )


def update(store: Store, name: str, status: str, because: str, due: str, *, yes: bool) -> None:
    """Say what happened and tell it."""
    words = wordings()
    change = updating.Change(name=name, kind=status, text=because, due=due)
    seen = store.read(lambda unit: updating.preview(unit, words, change))
    by = operator()
    _do(store, seen, lambda unit: updating.update(unit, words, change, by=by, expect=seen.people), yes=yes)


def _do(store: Store, seen: Seen, work: Callable[[Unit], Ledger], *, yes: bool) -> None:
    """Show whom and in which words, ask, do, follow. Nobody to tell is no reason not to write it down."""
    out, about = show.console(), seen.news.promise
    if seen.done_before is not None:
        out.print("That was written down and told already.")
        return asking.follow(out, store, seen.done_before, about.tz)
    days = f"{about.due_from} to {about.due_to} ({about.precision})" if about.due_to else "no day is known"
    due = f" · {escape(about.due_text)}: {days}" if about.due_text else " · without a date"
    out.print(f"[bold]{about.lab}/{about.problem}[/] {escape(about.entity)}: {escape(about.text)}{due}")
    out.print(f"It stands at: {about.status}. What is told: {seen.news.kind}.")
    show.samples(out, seen.samples)
    show.reach(out, seen.people, seen.by_channel, seen.skipped, seen.segments)
    asking.cost(out, store, seen.mailings)
    out.print(f"It goes out {asking.when(seen.when, store.read(lambda unit: unit.now), about.tz)}.")
    asking.number(seen.people, yes=yes)
    return asking.follow(out, store, store.do(work), about.tz)


def story(store: Store, name: str, told: Mapping[str, str], *, yes: bool) -> None:
    """Tell a story to those who took part, and a day later to the others of the community."""
    words, out, by = wordings(), show.console(), operator()
    given = stories.Told(**told)
    seen = store.read(lambda unit: stories.preview(unit, words, name, given))
    if seen.done_before is not None:
        out.print("Its story was told already.")
        return asking.follow(out, store, seen.done_before, seen.promise.tz)
    out.print(f"[bold]{seen.promise.lab}/{seen.promise.problem}[/] {escape(seen.promise.text)}")
    show.samples(out, seen.samples)
    show.reach(out, seen.people, seen.by_channel, seen.skipped, seen.segments)
    asking.cost(out, store, seen.mailings)
    took_part, others = show.people(seen.first), show.people(seen.later)
    out.print(f"First to those who took part: {took_part}. A day later to the others of the community: {others}.")
    out.print(f"It goes out {asking.when(seen.when, store.read(lambda unit: unit.now), seen.promise.tz)}.")
    asking.number(seen.people, yes=yes)
    first, _others = store.do(lambda unit: stories.tell(unit, words, name, given, by=by, expect=seen.people))
    return asking.follow(out, store, first, seen.promise.tz)
