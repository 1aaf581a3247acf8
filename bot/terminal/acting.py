"""Acts that reach people, from the command line: look, show whom and in which words, ask, do, follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import typer
from rich.console import Console
from rich.markup import escape

from bot.actions import announce as announcing
from bot.actions import contest as contests
from bot.actions import decide as deciding
from bot.actions import suspend as suspending
from bot.actions import withdraw as withdrawing
from bot.actions.staff import invite as inviting
from bot.errors import Refused
from bot.terminal import asking, show, translating
from bot.terminal.asking import NotDone
from bot.terminal.opening import operator, wordings
from storage import contests as rows
from storage.audiences import Who
from storage.contests import Facts
from storage.labs import Session
from storage.store import Store
from storage.texts import only
from storage.turnout import turnout

TO: dict[str, Who] = {"community": "community", "attendees": "first", "both": "both"}


def announce(store: Store, code: str, to: str, at: str, *, yes: bool) -> None:
    """Invite to a session. to: of TO; at: not before this day and hour there, '' = now."""
    words, out, who = wordings(), show.console(), TO[to]
    due = _due(store, at, store.read(lambda unit: announcing.allowed(unit, words, code))[0]) if at else None
    seen = store.read(lambda unit: announcing.preview(unit, words, code, who, due))
    tz = seen.session.tz
    if seen.sent_before is not None:
        out.print(f"{seen.session.code} was announced already.")
        return asking.follow(out, store, seen.sent_before, tz)
    _about(out, store, seen)
    _others(out, store, code, who)
    if seen.answered:
        out.print(f"Answered already, and not asked again: {show.people(seen.answered)}.")
    if not seen.people:
        typer.echo("There is nobody to invite.", err=True)
        raise NotDone
    _goes(out, store, seen.when, tz)
    asking.number(seen.people, yes=yes)
    by = operator()
    sent = store.do(lambda unit: announcing.announce(unit, words, code, by, seen.people, who=who, due_at=due))
    return asking.follow(out, store, sent, tz, shown=seen.when)


def _due(store: Store, at: str, meeting: Session) -> datetime:
    due = asking.moment(store, at, meeting.tz)
    if due <= store.read(lambda unit: unit.now):
        raise Refused("An invitation goes out from now on, and before the session begins.")
    return due


def _others(out: Console, store: Store, code: str, who: Who) -> None:
    """What INVITAR shows beside the number: who of them came before, and how many it would be to each."""
    words = wordings()
    seen = store.read(lambda unit: {name: inviting.preview(unit, words, code, one) for name, one in TO.items()})
    known = next(one for name, one in seen.items() if TO[name] == who)
    out.print("{came} came before, {shared} share a phone, {nowhere} of no community.".format(**known))
    out.print("People by --to: " + ", ".join(f"{name} {one['people']}" for name, one in seen.items()) + ".")


def _about(out: Console, store: Store, seen: announcing.Preview | suspending.Preview) -> None:
    """The session, what is told of it, whom it reaches and what that costs."""
    meeting = seen.session
    when = show.moment(meeting.starts_at, meeting.tz)
    out.print(f"[bold]{meeting.code}[/] {escape(meeting.title)} · {when} · {escape(meeting.place)}")
    show.samples(out, seen.samples)
    show.reach(out, seen.people, seen.by_channel, seen.skipped, seen.segments)
    asking.cost(out, store, seen.mailings)


def suspend(store: Store, code: str, because: str, given: Sequence[str] | None, *, yes: bool) -> None:
    """Call off a session and tell those who were coming."""
    words, out = wordings(), show.console()
    texts = translating.read(given, {"because": "reason"})
    seen = store.read(lambda unit: suspending.preview(unit, words, code, because, texts))
    tz = seen.session.tz
    if seen.done_before is not None:
        out.print(f"{seen.session.code} was called off already.")
        return asking.follow(out, store, seen.done_before, tz)
    _about(out, store, seen)
    out.print("It does not take place: no more invitations, reminders or offers. This can not be taken back.")
    _goes(out, store, seen.when, tz)
    asking.number(seen.people, yes=yes)
    by, at, people = operator(), seen.session.revision, seen.people
    sent = store.do(lambda unit: suspending.suspend(unit, words, code, because, texts, by=by, expect=people, shown=at))
    return asking.follow(out, store, sent, tz, shown=seen.when)


def open_contest(store: Store, slug: str, *, yes: bool) -> None:
    """Open a choice and ask the people of the lab."""
    words, out = wordings(), show.console()
    seen = store.read(lambda unit: contests.preview(unit, words, slug))
    tz = seen.contest.tz
    if seen.opened_before is not None:
        out.print(f"{seen.contest.slug} was opened already.")
        return asking.follow(out, store, seen.opened_before, tz)
    until = f" · until {show.moment(seen.contest.closes_at, tz)}" if seen.contest.closes_at else ""
    out.print(f"[bold]{seen.contest.slug}[/] {escape(seen.contest.title)}{until}")
    for option in seen.options:
        out.print(f"  {escape(option)}")
    show.samples(out, seen.samples)
    show.reach(out, seen.people, seen.by_channel, seen.skipped, seen.segments)
    asking.cost(out, store, seen.mailings)
    out.print("Options, rule and hours are frozen from then on.")
    _goes(out, store, seen.when, tz)
    asking.number(seen.people, yes=yes)
    by = operator()
    sent = store.do(lambda unit: contests.open_(unit, words, slug, by, seen.people))
    return asking.follow(out, store, sent, tz, shown=seen.when)


def close_contest(store: Store, slug: str, seed: str | None, *, yes: bool) -> None:
    """Close a choice now and count; with a seed, break its tie."""
    words, out = wordings(), show.console()
    standing = store.read(lambda unit: rows.by_slug(unit, slug))
    if standing is not None and standing.state == "open" and not seed:
        chose = show.people(store.read(lambda unit: turnout(unit, standing.id).took_part))
        asking.agreed(f"Took part: {chose}. Close {slug} now? Later choices will not count.", yes=yes)
    by = operator()
    _result(out, store.do(lambda unit: contests.close_(unit, words, slug, by, seed)))


def withdraw_option(
    store: Store, slug: str, name: str, because: str, given: Sequence[str] | None, *, yes: bool
) -> None:
    """Take an option off an open choice; who chose it is told and asked again."""
    words, out = wordings(), show.console()
    texts = translating.read(given, {"because": "reason"})
    seen = store.read(lambda unit: withdrawing.preview(unit, words, slug, name, because, texts))
    tz = seen.contest.tz
    if seen.done_before is not None:
        return out.print(f"{escape(seen.option.title)} was withdrawn already.")
    out.print(f"[bold]{seen.option.number} {escape(seen.option.title)}[/] is taken off {seen.contest.slug}.")
    show.samples(out, seen.samples)
    out.print(f"{show.people(seen.took_part)} chose so far. Those of them who chose this are told.")
    out.print("How many they are nobody sees before the close.")
    out.print("No choice is moved: the option is left out when it is counted. This can not be taken back.")
    asking.number(seen.took_part, yes=yes)
    by = operator()
    sent = store.do(
        lambda unit: withdrawing.withdraw(unit, words, slug, name, because, texts, by=by, expect=seen.took_part)
    )
    out.print(f"Done. They are told {asking.when(sent.due_at, store.read(lambda unit: unit.now), tz)}.")


def _result(out: Console, facts: Facts) -> None:
    out.print(f"{facts.contest.slug} is {facts.contest.state}. Took part: {show.people(facts.took_part)}.")
    if facts.hidden:
        out.print("No numbers by option are shown: fewer than 5 chose, or they would tell what each person chose.")
    if not facts.quorum:
        out.print("No quorum: the counts stand, nothing is chosen.")
    for option in facts.ranked:
        votes = "" if option.votes is None else f"{option.votes:>5}  "
        mark = "[green]chosen[/]" if option.chosen else "[yellow]tied[/]" if option.waiting else ""
        out.print(f"  {votes}{option.number} {escape(option.title)} {mark}".rstrip())
    if facts.withdrawn:
        out.print(f"Withdrawn and not counted: {escape(', '.join(facts.withdrawn))}.")
    for part in facts.apart:
        votes = ", ".join(f"{n}: {count}" for n, count in (part.votes or {}).items())
        many = "too few to be shown" if part.took_part is None else show.people(part.took_part)
        apart = f"Counted apart, class {part.name}, which does not decide: {many}."
        out.print(f"{apart} {votes}".rstrip())
    if facts.waiting and facts.contest.tie_mode == "seed":
        source = escape(facts.contest.tie_seed_source)
        out.print(f"The tie is broken by: {source}. Then: convoca contest close {facts.contest.slug} --seed NUMBERS")


def decide(
    store: Store,
    problem: str,
    because: str,
    outcome: str | None,
    next_step: str,
    given: Sequence[str] | None,
    minute: str,
    *,
    yes: bool,
) -> None:
    """Decide on a problem with the reason; with the last decision everybody is told."""
    words, out = wordings(), show.console()
    texts = translating.read(given, {"because": "reason", "next-step": "next_step"})
    seen = store.read(lambda unit: deciding.preview(unit, words, problem, because, outcome, next_step, texts, minute))
    verdict, tz, expect = seen.verdict, seen.verdict.contest.tz, None
    replaces = " (it replaces the decision before)" if verdict.replaces else ""
    reason = escape(verdict.option.reason)
    out.print(f"[bold]{escape(verdict.option.title)}[/]: {verdict.option.outcome}{replaces}. {reason}")
    for lang, told in only(verdict.option.texts, "reason", "next_step").items():
        out.print(f"  [dim]{lang}[/] {escape(' · '.join(told.values()))}")
    if verdict.minute:
        out.print(f"Minute of the assembly: {escape(verdict.minute)}")
    if seen.publishes:
        out.print("It is the last one: the result is published and everybody concerned is told, once.")
        show.samples(out, seen.samples)
        show.reach(out, seen.people, seen.by_channel, seen.skipped, seen.segments)
        asking.cost(out, store, seen.mailings)
        _goes(out, store, seen.when, tz)
        asking.number(seen.people, yes=yes)
        expect = seen.people
    by = operator()
    done = store.do(
        lambda unit: deciding.decide(
            unit, words, problem, because, outcome, next_step, texts, minute, by=by, expect=expect, shown=verdict.stands
        )
    )
    if done.told is not None:
        return asking.follow(out, store, done.told, tz, shown=seen.when)
    out.print(f"Kept. Still to decide: {escape(', '.join(done.verdict.left))}.")


def _goes(out: Console, store: Store, when: datetime, tz: str) -> None:
    out.print(f"It goes out {asking.when(when, store.read(lambda unit: unit.now), tz)}.")
