"""Ideas from the command line: the same acts as by chat, without the names of authors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from rich.markup import escape

from bot.actions import ideas as acts
from bot.actions.ideas import Done, Office
from bot.actions.staff import lines
from bot.errors import Refused
from bot.terminal import show, translating
from bot.terminal.opening import operator, wordings
from storage import idea_states, labs, overview
from storage.idea_states import Standing
from storage.labs import Lab
from storage.store import Store, Unit

ACTS: Mapping[str, Callable[..., Done]] = {
    "join": acts.join,
    "own": acts.own,
    "office": acts.other_office,
    "out": acts.out_of_scope,
    "done": acts.already_done,
    "keep": acts.keep,
    "undo": acts.undo,
    "hide": acts.hide_names,
}


def listed(store: Store, lab: str) -> None:
    """What waits, the oldest first, with what it waits for and until when."""
    out = show.console()

    def read(unit: Unit) -> list[tuple[Standing, Lab]]:
        found = [labs.lab_by_id(unit, row.id) for row in overview.lab_rows(unit) if not lab or row.slug == lab]
        if lab and not found:
            raise Refused(wordings().told(lines.NO_LAB, lab=lab))
        by_id = {one.id: one for one in found}
        return [(one, by_id[one.idea.lab_id]) for one in acts.listed(unit, list(by_id))]

    rows = store.read(read)
    for one, home in rows:
        what, due = _waits(one)
        words = one.idea.shown or one.idea.text or "(a voice note that nobody has written down)"
        out.print(f"[bold]{one.idea.number:>4}[/]  {what:<14} before {show.moment(due, home.tz)}  {home.slug}")
        out.print(f"      {escape(words)}")
    if not rows:
        out.print("No idea waits.")


def _waits(one: Standing) -> tuple[str, datetime]:
    if one.appeal is not None:
        return "second reader", one.appeal.due_at
    if one.idea.read_at is None:
        return "not read", one.idea.read_due_at
    return "no answer", one.idea.outcome_due_at


def show_one(store: Store, number: int) -> None:
    """One idea: its words, with what it goes, its outcome, what its author says."""

    def read(unit: Unit) -> tuple[Standing, Lab]:
        found = idea_states.of(unit, number)
        if found is None:
            raise Refused(wordings().told(lines.NO_IDEA, number=number))
        return found, labs.lab_by_id(unit, found.idea.lab_id)

    out = show.console()
    one, home = store.read(read)
    state = "taken back" if one.idea.withdrawn_at else f"public: {one.idea.publish}"
    out.print(f"[bold]idea {number}[/] {home.slug}, {show.moment(one.idea.at, home.tz)}, {state}")
    out.print(f"      {escape(one.idea.text or '(no words)')}")
    if one.idea.shown:
        out.print(f"      shown as: {escape(one.idea.shown)}")
    for line in _lines(one, home):
        out.print(f"      {escape(line)}")


def _lines(one: Standing, home: Lab) -> list[str]:
    told = []
    if one.idea.read_at is None:
        told.append(f"not read; before {show.moment(one.idea.read_due_at, home.tz)}")
    if one.link:
        agreed = {None: "not said", True: "agrees", False: "does not agree"}[one.link.agreed]
        told.append(f"{one.link.relation} in {one.link.slug}, by {one.link.by}; its author: {agreed}")
    if one.outcome:
        parts = (one.outcome.outcome, one.outcome.reason, one.outcome.reference, str(one.outcome.next_on or ""))
        told.append(", ".join(part for part in parts if part) + f"; by {one.outcome.by}")
    if one.appeal:
        due = show.moment(one.appeal.due_at, home.tz)
        told.append(f"its author does not agree: {one.appeal.text or '-'}; another person answers before {due}")
    return told


def do(store: Store, verb: str, number: int, *said: object) -> None:
    """One act on one idea; whom it was told to."""
    words, by = wordings(), operator()
    done = store.do(lambda unit: ACTS[verb](unit, words, number, *said, by=by))
    told = "Its author is told." if done.told else "Nobody is told."
    show.console().print(f"idea {number}: done. {told}")


def with_reason(store: Store, verb: str, number: int, *said: object, given: Sequence[str] | None) -> None:
    """The same with its reason, which `given` says in other languages: ['en.because=it names somebody']."""
    do(store, verb, number, *said, translating.read(given, {"because": "reason"}))


def office(store: Store, number: int, name: str, reference: str, again: str) -> None:
    """It belongs to another office."""
    words = wordings()

    def day(unit: Unit) -> Office:
        found = idea_states.of(unit, number)
        home = labs.lab_by_id(unit, found.idea.lab_id) if found else labs.NONE
        ask_on = acts.day_named(unit, words, again, home.tz) if again else None
        return Office(name=name, reference=reference, ask_on=ask_on)

    do(store, "office", number, store.read(day))
