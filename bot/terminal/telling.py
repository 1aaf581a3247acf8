"""What became of it, from the command line: promises, what happened to them, stories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.markup import escape

from bot import quiet
from bot.actions import promise as promising
from bot.actions import story as stories
from bot.actions import update as updating
from bot.actions.telling import Seen
from bot.broadcast import Ledger
from bot.errors import Refused
from bot.i18n import Catalogues, _
from bot.picture import NoPicture, Small, small
from bot.terminal import asking, show, translating
from bot.terminal.opening import operator, wordings
from storage import pictures
from storage.store import Store, Unit


def promise(
    store: Store, problem: str, by: str, text: str, due: str, given: Sequence[str] | None, *, yes: bool
) -> None:
    """Write down what an office promised and tell it."""
    words = wordings()
    texts = translating.read(given, {"text": "text", "due": "due_text"})
    said = promising.Said(problem=problem, entity=by, text=text, due=due, texts=texts)
    seen = store.read(lambda unit: promising.preview(unit, words, said))
    name, known = operator(), store.read(lambda unit: promising.known(unit, words, said))
    _do(
        store,
        seen,
        lambda unit: promising.promise(unit, words, said, by=name, expect=seen.people, shown=known),
        yes=yes,
    )


def update(
    store: Store, name: str, status: str, because: str, due: str, given: Sequence[str] | None, *, yes: bool
) -> None:
    """Say what happened and tell it."""
    words = wordings()
    texts = translating.read(given, {"because": "text", "due": "due_text"})
    change = updating.Change(name=name, kind=status, text=because, due=due, texts=texts)
    seen = store.read(lambda unit: updating.preview(unit, words, change))
    by, people = operator(), seen.people
    last = store.read(lambda unit: updating.newest(unit, seen.news.promise.id))
    _do(store, seen, lambda unit: updating.update(unit, words, change, by=by, expect=people, shown=last), yes=yes)


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
    now = store.read(lambda unit: unit.now)
    daily = " People hear of a promise once a day." if seen.when > quiet.held(now, about.tz) else ""
    out.print(f"It goes out {asking.when(seen.when, now, about.tz)}.{daily}")
    asking.number(seen.people, yes=yes)
    return asking.follow(out, store, store.do(work), about.tz, shown=seen.when)


def story(
    store: Store,
    name: str,
    told: Mapping[str, str],
    file: Path | None,
    said: Sequence[str] | None,
    *,
    yes: bool,
) -> None:
    """Tell a story to those who took part, and a day later to the others of the community. file: of its picture."""
    words, out, by = wordings(), show.console(), operator()
    photo = _photo(words, file) if file else None
    texts = translating.read(said, {name: name for name in ("before", "after", "text", "alt")})
    given = stories.Told(**told, picture=file.name if file else "", texts=texts)
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

    def work(unit: Unit) -> Ledger:
        kept = pictures.keep(unit, photo.data, photo.width, photo.height, by) if photo else ""
        return stories.tell(unit, words, name, replace(given, picture=kept), by=by, expect=seen.people)[0]

    return asking.follow(out, store, store.do(work), seen.promise.tz, shown=seen.when)


def picture_down(store: Store, name: str) -> None:
    """Take the picture and the video of a story away, at once."""
    words, by = wordings(), operator()
    store.do(lambda unit: stories.take_picture_down(unit, words, name, by=by))
    show.console().print("Picture and video are gone: no page shows them, and they are sent to nobody any more.")


def _photo(words: Catalogues, file: Path) -> Small:
    try:
        return small(file.read_bytes())
    except OSError:
        raise Refused(words.told(_("No puedo leer {file} (--picture)."), file=str(file))) from None
    except NoPicture:
        no_photo = _("{file} no es una foto (--picture). Sirven .jpg, .png y .webp de hasta 20 megas.")
        raise Refused(words.told(no_photo, file=str(file))) from None
