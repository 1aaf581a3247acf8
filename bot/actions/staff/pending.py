"""What waits for the team, the oldest due first: each line says what it is, since when, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot import ties
from storage import (
    contests,
    handovers,
    idea_states,
    labs,
    overview,
    promise_rules,
    promises,
    queue,
    sessions,
    shown,
    unread,
)
from storage.handovers import Waiting
from storage.labs import Lab
from storage.promises import Promise
from storage.store import Unit

CLOSE_AFTER = timedelta(hours=6)  # of a session's start
READ_IN = timedelta(days=3)  # words that nobody has read
ANSWER_IN = timedelta(days=3)  # whether she may be shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One matter. kind: 'handover' | 'undecided' | 'draw' | 'result' | 'unclosed' | 'promise' | 'unpromised' |
    'failed' | 'unread' | 'shown' | 'idea_unread' | 'idea_open' | 'idea_appeal' | 'idea_office'; about: what it is
    called, of ideas the number of the first one; who: first name and reason of a handover."""

    kind: str
    about: str
    due: datetime | None = None  # since when it is late, or until when it may wait
    late: bool = True
    lab: str = ""  # name of the community; '' where it belongs to none yet
    tz: str = ""  # never empty once it is listed
    say: str = ""  # what is written by chat
    command: str = ""  # what is said to the command line
    count: int = 1
    sent: str = ""  # kind of the broadcast that 'failed' for somebody


def read(unit: Unit, lab_ids: Sequence[int] | None = None) -> list[Item]:
    """All of it for these labs (None: every lab); late things first, the oldest of them first."""
    ids = [row.id for row in overview.lab_rows(unit)] if lab_ids is None else list(lab_ids)
    found = [labs.lab_by_id(unit, id) for id in ids]
    sources = (_people, _ideas, _results, _meetings, _promises, _mail)
    items = [item for source in sources for item in source(unit, found)]
    far = unit.now + timedelta(days=3650)
    return sorted(items, key=lambda item: (not item.late, item.due or far, item.kind, item.about))


def _people(unit: Unit, found: Sequence[Lab]) -> Iterator[Item]:
    tz = found[0].tz if found else "UTC"
    for one in handovers.open_in(unit, [lab.id for lab in found]):
        home = labs.home(unit, one.address_id)
        yield Item(
            kind="handover",
            about=one.name,
            due=one.due_at,
            late=one.due_at < unit.now,
            lab=home.name if home else "",
            tz=home.tz if home else tz,
            say=f"RESPONDER {one.id}",
            command=_to_answer(one),
        )
    if words := unread.waiting(unit, [lab.id for lab in found]):
        late, command = words[0].at < unit.now - READ_IN, "convoca read"
        yield Item(kind="unread", about="", late=late, tz=tz, say="LEER", command=command, count=len(words))


def _to_answer(one: Waiting) -> str:
    """Read first, then answered; a voice note is heard first."""
    answer = f'convoca answer {one.id}; convoca answer {one.id} "..."'
    return f'convoca audio {one.id}; convoca heard {one.id} "..."; {answer}' if one.reason == "voice" else answer


def _ideas(unit: Unit, found: Sequence[Lab]) -> Iterator[Item]:
    """A line for each kind of thing that ideas wait for in a community, with the one that is due first."""
    for lab in found:
        for kind, waiting in idea_states.by_kind(unit, lab.id).items():
            due, number = min(waiting)
            item = Item(kind=f"idea_{kind}", about=str(number), due=due, late=due <= unit.now, count=len(waiting))
            one_by_one = kind in ("unread", "open")
            say = "IDEAS" if one_by_one else f"IDEAS {number}"
            yield _to_do(item, lab, say, "convoca ideas" if one_by_one else f"convoca idea show {number}")


def _results(unit: Unit, found: Sequence[Lab]) -> Iterator[Item]:
    by_slug = {lab.slug: lab for lab in found}
    undecided = overview.undecided(unit)
    for contest in overview.contests(unit):
        lab = by_slug.get(contest.lab)
        if lab is None:
            continue
        due = contest.closes_at or contest.closed_at  # the day on which people were told that they hear the result
        late = due is not None and due <= unit.now
        if contest.state == "closed" and ties.for_draw(contests.facts(unit, contest.slug)):
            draw = f"convoca contest close {contest.slug} --seed NUMBERS"
            item = Item(kind="draw", about=contest.slug, due=due, late=late)
            yield _to_do(item, lab, f"CERRAR {contest.slug}", draw)
            continue  # nothing of it can be decided before
        for problem in undecided.get(contest.id, ()):
            item = Item(kind="undecided", about=problem, due=due, late=late)
            yield _to_do(item, lab, f"DECIDIR {problem}", f'convoca decide {lab.slug}/{problem} --because "..."')
        if contest.state == "open" and late:
            item = Item(kind="result", about=contest.slug, due=due)
            yield _to_do(item, lab, f"CERRAR {contest.slug}", f"convoca contest close {contest.slug}")


def _meetings(unit: Unit, found: Sequence[Lab]) -> Iterator[Item]:
    by_id = {lab.id: lab for lab in found}
    for meeting in sessions.unclosed(unit, list(by_id), unit.now - CLOSE_AFTER):
        item = Item(kind="unclosed", about=meeting.code, due=meeting.starts_at, tz=meeting.tz)
        lab = by_id[meeting.lab_id]
        yield _to_do(item, lab, f"TERMINAR {meeting.code}", f"convoca session close {meeting.code}")


def _promises(unit: Unit, found: Sequence[Lab]) -> Iterator[Item]:
    by_slug = {lab.slug: lab for lab in found}
    for lab in found:
        for promise in promises.of_lab(unit, lab.id):
            last = promises.updates(unit, promise.id)[-1]
            day, today = promise.day(last.at), unit.now.astimezone(ZoneInfo(lab.tz)).date()
            owed = promise_rules.owes_news(last.kind, day, today)
            if owed or promise_rules.late(promise.status, promise.due_to, day, today):
                item = Item(kind="promise", about=f"{promise.short_title}: {promise.text}", due=last.at)
                yield _to_do(item, lab, f"NOVEDAD {promise.problem}", f"convoca update {lab.slug}/{promise.problem}")
            yield from _shown(unit, lab, promise)
    for slug, problem in promises.without(unit):
        if slug in by_slug:
            item = Item(kind="unpromised", about=problem)
            yield _to_do(item, by_slug[slug], f"PROMESA {problem}", f"convoca promise {slug}/{problem}")


def _shown(unit: Unit, lab: Lab, promise: Promise) -> Iterator[Item]:
    """Who is in the photo of a story and has not said whether she may be: without her yes the photo is not shown."""
    if asked := shown.unanswered(unit, promise.id):
        due, name = asked[0] + ANSWER_IN, promise.problem
        item = Item(kind="shown", about=name, due=due, late=due < unit.now, count=len(asked))
        yield _to_do(item, lab, f"SALEN {name}", f"convoca shown {lab.slug}/{name}")


def _mail(unit: Unit, found: Sequence[Lab]) -> Iterator[Item]:
    by_id = {lab.id: lab for lab in found}
    for lab_id, code, kind, count in queue.undelivered(unit, list(by_id)):
        yield _to_do(Item(kind="failed", about=code, late=False, count=count, sent=kind), by_id[lab_id])


def _to_do(item: Item, lab: Lab, say: str = "", command: str = "") -> Item:
    """The same of this community, with what is said by chat and to the command line to have it done."""
    return replace(item, lab=lab.name, tz=item.tz or lab.tz, say=say, command=command)
