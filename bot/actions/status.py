"""How the plan stands: one reading that the command line, the simulator and later the console show alike."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot import quiet, ties
from bot.promised import noon
from storage import (
    closures,
    contests,
    followups,
    idea_states,
    labs,
    leaps,
    needs,
    overview,
    promise_rules,
    promises,
    reserves,
    senders,
    sightings,
)
from storage.promises import Promise
from storage.store import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A session and who comes. capacity None = no limit."""

    code: str
    title: str
    state: str
    starts_at: datetime
    tz: str
    place: str
    capacity: int | None
    registered: int  # places taken, those held by an offer included
    waiting: int
    unsure: int
    attended: int
    invited: bool
    reserved: dict[str, tuple[int, int]]  # places kept for some: label -> (taken, places)
    needs: dict[str, int]  # what people need in order to come: kind -> people, never names


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """A contest: how many people have chosen, never what, and the problems that wait for an answer once it closed."""

    slug: str
    title: str
    state: str
    session: str
    closes_at: datetime | None
    tz: str
    ballots: int
    undecided: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabStatus:
    """One lab with its sessions and contests."""

    slug: str
    name: str
    keyword: str
    state: str
    setting: str
    authorised: bool
    note: str
    sessions: tuple[Meeting, ...]
    contests: tuple[Choosing, ...]

    def next(self, now: datetime) -> Meeting | None:
        """The session that comes next: a published one before a draft."""
        ahead = [s for s in self.sessions if s.starts_at > now and s.state in ("published", "draft")]
        return min(ahead, key=lambda s: (s.state != "published", s.starts_at), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The ledger of a broadcast: audience = sent + failed + skipped + unknown + pending."""

    code: str
    kind: str
    about: str
    state: str
    due_at: datetime
    audience: int
    sent: int
    failed: int
    skipped: int
    unknown: int
    pending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A milestone with its date as written. passed: that date lies behind us."""

    number: str
    title: str
    due: str
    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A commitment: who answers for it, by when, how it stands. Days in ISO; '' where none is known."""

    number: int
    about: str  # 'san-martin/agua'
    entity: str
    text: str
    due: str
    due_to: str
    status: str
    status_by: str
    late: str  # why it waits for a facilitator; '' = it does not
    asks_on: str  # when the neighbours are asked next
    counts: dict[str, int] | None  # of the last count, where it may be shown
    visits: str  # of the newest visit: '12 saw the visit, 9 did not', where that may be shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that is late or comes next. command: what to say to the command line about it, if anything."""

    at: datetime | None
    text: str
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The whole plan at one moment."""

    now: datetime
    plan: str
    period: str
    milestones: tuple[Milestone, ...]
    labs: tuple[LabStatus, ...]
    commitments: tuple[Kept, ...]
    broadcasts: tuple[Sent, ...]
    for_a_human: int  # people who asked for a person and wait
    late: tuple[Note, ...]
    next: tuple[Note, ...]

    def to_json(self) -> str:
        """The same as JSON, moments in ISO 8601."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=2, default=datetime.isoformat)


def read(unit: Unit) -> Status:
    """Everything `convoca status` tells, from one snapshot."""
    plan, found, sent = overview.the_plan(unit), _labs(unit), _broadcasts(unit)
    return Status(
        now=unit.now,
        plan=plan.title if plan else "",
        period=plan.period if plan else "",
        milestones=_milestones(unit),
        labs=found,
        commitments=(kept := _commitments(unit)),
        broadcasts=sent,
        for_a_human=overview.waiting_for_a_human(unit)[0],
        late=(*_leapt(unit), *_late(unit, found, sent), *_late_promises(unit, kept), *_late_ideas(unit)),
        next=tuple(
            sorted(
                (*_next(unit, found), *_next_promises(unit), *_next_ideas(unit)),
                key=lambda note: (note.at is not None, note.at or unit.now),
            )
        ),
    )


def _leapt(unit: Unit) -> Iterator[Note]:
    if not leaps.believed(unit):
        days = leaps.SEEN_FOR.days
        said = f"is this machine's clock right? It leapt ahead: nothing is erased before it has run on for {days} days"
        yield Note(at=None, text=said, command="date -u")


def _commitments(unit: Unit) -> tuple[Kept, ...]:
    return tuple(_kept(unit, one) for one in promises.every(unit))


def _kept(unit: Unit, one: Promise) -> Kept:
    asked = promises.next_question(unit, one)
    last = promises.updates(unit, one.id)[-1]
    day, today = one.day(last.at), one.day(unit.now)
    counts = followups.numbers(unit, one.id)
    return Kept(
        number=one.id,
        about=f"{one.lab}/{one.problem}",
        entity=one.entity,
        text=one.text,
        due=one.due_text,
        due_to=str(one.due_to or ""),
        status=one.status,
        status_by=one.status_by,
        late=promise_rules.late(one.status, one.due_to, day, today) or promise_rules.owes_news(last.kind, day, today),
        asks_on=str(asked[0]) if asked else "",
        counts=dict(counts) if counts else None,
        visits=_saw(unit, one),
    )


def _saw(unit: Unit, one: Promise) -> str:
    told = [sighted for _id, sighted in sorted(sightings.counted(unit, one.id).items())]
    return f"{told[-1].seen} saw the visit, {told[-1].unseen} did not" if told else ""


def _late_promises(unit: Unit, kept: Sequence[Kept]) -> Iterator[Note]:
    for one in kept:
        if one.late:
            said = f"commitment {one.number} {one.about}, {one.entity}: {one.late}"
            yield Note(at=None, text=said, command=f'convoca update {one.number} --status news --because "..."')
    for lab, problem in promises.without(unit):
        command = f'convoca promise {lab}/{problem} --by ENTITY --text "..." --due "..."'
        yield Note(at=None, text=f"{lab}/{problem} was chosen and nobody answers for it", command=command)


_IDEAS = {
    "unread": "not read in time",
    "no_outcome": "without an answer in time",
    "appeal": "its author does not agree, and nobody else has read it in time",
    "office": "the other office is to be asked again",
}


def _late_ideas(unit: Unit) -> Iterator[Note]:
    for one in idea_states.late(unit, unit.now):
        yield Note(
            at=one.due_at, text=f"idea {one.number}: {_IDEAS[one.what]}", command=f"convoca idea show {one.number}"
        )


def _next_ideas(unit: Unit) -> Iterator[Note]:
    """What waits and is not late: the first of each kind in each community."""
    for row in overview.lab_rows(unit):
        for kind, waiting in idea_states.by_kind(unit, row.id).items():
            ahead = [one for one in waiting if one[0] > unit.now]
            if ahead:
                due, number = min(ahead)
                told = {"unread": "not read", "open": "without an answer"}.get(kind, "to be read by another person")
                yield Note(
                    at=due, text=f"{row.slug}: {len(ahead)} ideas {told}, first idea {number}", command="convoca ideas"
                )


def _next_promises(unit: Unit) -> Iterator[Note]:
    for one in promises.every(unit):
        if one.status in promise_rules.WAITING and one.due_to and one.due_to >= one.day(unit.now):
            due = noon(one.due_to, one.tz)
            yield Note(at=due, text=f"commitment {one.id} {one.lab}/{one.problem}: due ({one.due_text})")
        if asked := promises.next_question(unit, one):
            at = quiet.morning(asked[0], one.tz)
            yield Note(at=at, text=f"commitment {one.id} {one.lab}/{one.problem}: neighbours are asked if it was done")


def _milestones(unit: Unit) -> tuple[Milestone, ...]:
    today = unit.now.date()
    return tuple(
        Milestone(number=m.number, title=m.title, due=m.due_text, passed=m.due_to is not None and m.due_to < today)
        for m in overview.milestones(unit)
    )


def _labs(unit: Unit) -> tuple[LabStatus, ...]:
    people, invited, undecided = overview.registrations(unit), overview.invited(unit), overview.undecided(unit)
    sessions, needed = overview.sessions(unit), needs.counts(unit)
    zones = {s.lab: s.tz for s in sessions}
    meetings = [
        (s.lab, _meeting(unit, s, people.get(s.id, {}), s.id in invited, needed.get(s.id, {}))) for s in sessions
    ]
    choices = [(c.lab, _choosing(c, zones.get(c.lab, "UTC"), undecided.get(c.id, ()))) for c in overview.contests(unit)]
    return tuple(
        LabStatus(
            **{name: getattr(row, name) for name in ("slug", "name", "keyword", "state", "setting", "note")},
            authorised=labs.authorised(unit, row.id, row.setting),
            sessions=tuple(m for slug, m in meetings if slug == row.slug),
            contests=tuple(c for slug, c in choices if slug == row.slug),
        )
        for row in overview.lab_rows(unit)
    )


def _meeting(unit: Unit, row: Any, people: Mapping[str, int], invited: bool, needed: Mapping[str, int]) -> Meeting:
    return Meeting(
        **{n: getattr(row, n) for n in ("code", "title", "state", "starts_at", "tz", "place", "capacity")},
        registered=sum(people.get(state, 0) for state in ("registered", "attended", "offered")),
        waiting=people.get("waiting", 0),
        unsure=people.get("unsure", 0),
        attended=people.get("attended", 0),
        invited=invited,
        reserved={one.label: (one.taken, one.places) for one in reserves.of_session(unit, row.id) if one.places},
        needs=dict(needed),
    )


def _choosing(row: Any, tz: str, undecided: Sequence[str]) -> Choosing:
    known = {n: getattr(row, n) for n in ("slug", "title", "state", "closes_at", "ballots")}
    return Choosing(**known, session=row.session or "", tz=tz, undecided=tuple(undecided))


def _broadcasts(unit: Unit) -> tuple[Sent, ...]:
    rows = overview.broadcasts(unit)
    counts = overview.ledgers(unit, [row.id for row in rows])
    return tuple(_ledger(row, counts.get(row.id, {})) for row in rows)


def _ledger(row: Any, counts: Mapping[str, int]) -> Sent:
    known: dict[str, Any] = {name: getattr(row, name) for name in ("code", "kind", "state", "due_at", "audience")}
    people: dict[str, Any] = {
        state: counts.get(state, 0) for state in ("sent", "failed", "skipped", "unknown", "pending")
    }
    return Sent(**known, **people, about=row.contest or row.session or row.lab or "")


def _late(unit: Unit, found: Sequence[LabStatus], sent: Sequence[Sent]) -> Iterator[Note]:
    for lab in found:
        for contest in lab.contests:
            if contest.state == "open" and contest.closes_at and contest.closes_at <= unit.now:
                close = f"convoca contest close {contest.slug}"
                yield Note(at=contest.closes_at, text=f"the choice {contest.slug} should have closed", command=close)
            if contest.undecided and ties.for_draw(contests.facts(unit, contest.slug)):
                draw = f"convoca contest close {contest.slug} --seed NUMBERS"
                yield Note(at=None, text=f"the choice {contest.slug} is tied and waits for its draw", command=draw)
                continue  # nothing of it can be decided before
            for slug in contest.undecided:
                decide = f'convoca decide {lab.slug}/{slug} --because "..."'
                said = f"{slug} of {contest.slug} waits for an answer with its reason"
                yield Note(at=None, text=said, command=decide)
    for one, waiting in senders.stopped(unit):
        text = f"the sender {one.name} has stopped and keeps {waiting} messages: {one.halted_why}"
        yield Note(at=None, text=text)
    for shut in closures.every(unit):
        text = f"the sender {shut.sender} sends nothing to {shut.country} and keeps {shut.waiting} messages: {shut.why}"
        yield Note(at=shut.until, text=text)
    for ledger in sent:
        if ledger.failed or ledger.unknown:
            what = f"{ledger.kind} {ledger.about}".strip()
            yield Note(at=None, text=f"{what}: {ledger.failed} not delivered, {ledger.unknown} unknown")
    if late := overview.waiting_for_a_human(unit)[1]:
        yield Note(at=None, text=f"asked for a person and have waited too long: {late}")


def _next(unit: Unit, found: Sequence[LabStatus]) -> Iterator[Note]:
    for lab in found:
        for meeting in lab.sessions:
            if meeting.state == "published" and meeting.starts_at > unit.now:
                command = "" if meeting.invited else f"convoca announce {meeting.code}"
                text = f"{meeting.code} in {lab.name}, {meeting.place}{_needed(meeting)}"
                yield Note(at=meeting.starts_at, text=text, command=command)
        for contest in lab.contests:
            yield from _next_of_contest(unit, contest, {m.code: m for m in lab.sessions}.get(contest.session))
        if not lab.authorised:
            yield Note(at=None, text=f"{lab.slug}: no authorisation of its community")
    seen: set[str] = set()
    for row in overview.reminders(unit):
        if row.rule not in seen:  # the next one of each kind
            yield Note(at=row.due_at, text=_REMINDS[row.rule].format(session=row.session))
        seen.add(row.rule)


_REMINDS = {
    "day_before": "reminder of {session}",
    "unsure": "{session}: who was not sure is asked again",
    "needs": "{session}: who comes is asked what she needs",
}


def _needed(meeting: Meeting) -> str:
    kept = "".join(f"; {taken} of {places} for {label}" for label, (taken, places) in meeting.reserved.items())
    listed = ", ".join(f"{kind.replace('_', ' ')} {people}" for kind, people in sorted(meeting.needs.items()))
    return kept + (f"; people need {listed}" if listed else "")


def _next_of_contest(unit: Unit, contest: Choosing, meeting: Meeting | None) -> Iterator[Note]:
    if contest.state == "draft" and meeting and meeting.state == "published":
        begins = meeting.starts_at if meeting.starts_at > unit.now else None
        opening = f"convoca contest open {contest.slug}"
        yield Note(at=begins, text=f"the choice {contest.slug} can be opened", command=opening)
    if contest.state == "open" and contest.closes_at and contest.closes_at > unit.now:
        yield Note(at=contest.closes_at, text=f"the choice {contest.slug} closes")
