"""What anybody may read: published labs, their meetings and contests, and the ledgers of what was sent.

The public page and the open data are both made of these, so that neither can forget what the other hides: nothing
before it is published, nothing of a comarca without its authorisation, no number of 1 to 4 people (voting.md 7).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select

from storage import (
    accountability,
    codes,
    contest_states,
    contests,
    daily_heads,
    followups,
    labs,
    pictures,
    promises,
    registrations,
    reserves,
    sightings,
    stories,
)
from storage.contests import Facts
from storage.labs import Lab
from storage.pictures import Picture
from storage.promise_rules import Counts
from storage.promises import Promise, Update
from storage.sightings import Sighted
from storage.small import few_hidden
from storage.store import Unit
from storage.tables import broadcast, contest, event, lab, recipient, session
from storage.tables.base import Instant
from storage.texts import only
from storage.turnout import FEW, shown_apart

STATES = ("sent", "failed", "skipped", "unknown", "pending")
WITH_REASONS = ("failed", "skipped")
# Told to one person: nobody else's business. And to who chose an option that was withdrawn: how many they are is not
# known before the close.
PERSONAL = ("offer", "notice", "needs", "idea", "welcome", "ballot_changed", "shown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A session. `left`: free places; None = no limit, or fewer than 5 are taken, so that nobody is counted."""

    code: str
    lab: str
    kind: str
    title: str
    starts_at: datetime
    tz: str
    place: str
    capacity: int | None
    left: int | None
    reserved: tuple[tuple[str, int], ...]  # (for whom, places) kept out of the capacity, shown to all
    state: str  # 'published' | 'closed' | 'cancelled'
    reason: str  # why it was called off
    use: str
    texts: Mapping[str, Mapping[str, str]]  # language -> field -> text
    ahead: bool  # it will take place
    broadcasts: tuple[str, ...]  # codes of what was sent about it


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A contest as it may be shown now. What it came to is empty in `facts` until it is published."""

    facts: Facts
    lab: str
    session: str  # code; '' = none
    took_part: int | None  # None: fewer than 5
    chose: int | None  # None: not published, or so few did not choose beside them that they could be counted
    blank: int | None
    enrolled: int | None  # of a closed roll, where both sides are many
    counted: int | None  # ballots under the root
    root: str  # hex; '' until it closes
    log_head: str  # hex: the end of the audit log at the close; '' until it is chained, seconds later
    log_days: Sequence[tuple[date, str]] = ()  # (day, hex): where it ended, as it was published day by day
    sha256: str = ""  # hex, of the file that counts again; '' where there is none
    decided_at: Mapping[int, datetime] = field(default_factory=dict)  # option's number -> when
    tied: tuple[int, ...] = ()  # numbers of the options that a tie leaves open, before it is decided and published
    told: Ledger | None = None  # how those concerned were told of the result
    promised: tuple[Promised, ...] = ()  # what offices promised of it
    broadcasts: tuple[str, ...] = ()

    @property
    def published(self) -> bool:
        """Whether the result is here."""
        return self.facts.contest.state == "published"

    @property
    def recountable(self) -> bool:
        """Whether the file of its ballots may be had: its totals tell how many took part."""
        return self.published and self.took_part is not None and not self.facts.hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """What an office promised, with all that happened since. `counts` only where enough neighbours answered."""

    promise: Promise
    updates: Sequence[Update]
    counts: Counts | None
    story: Mapping[str, Any] | None
    picture: Picture | None  # of the story
    sighted: Mapping[int, Sighted]  # visit (id of its update) -> who saw it, where that may be said


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Where everybody concerned by a broadcast stands. None = fewer than 5, or such a number could be worked out."""

    code: str
    kind: str
    state: str
    lab: str
    session: str
    contest: str
    tz: str
    created_at: datetime
    due_at: datetime
    audience: int | None
    people: Mapping[str, int | None]  # of STATES
    reasons: Mapping[str, Mapping[str, int | None]]  # of WITH_REASONS; {} when their sum is not shown


# --- labs ---------------------------------------------------------------------------------------------------------


def listed(unit: Unit) -> list[Lab]:
    """Labs that may be spoken of: those at work by name, then those that have ended."""
    return [*labs.spoken_of(unit), *(found for found in labs.labs(unit, "closed") if found.authorised)]


def lab_of(unit: Unit, slug: str) -> Lab | None:
    """The lab of this slug. A draft is none, nor is a comarca's from the moment its authorisation ends."""
    found = labs.lab(unit, name_in(slug))
    return found if found and found.state != "draft" and found.authorised else None


def name_in(address: str) -> str:
    """A slug or code as it stands in an address; '' for what can be none (PostgreSQL refuses a NUL)."""
    return address.lower() if address.isprintable() else ""


def _by_id(unit: Unit, lab_id: int | None) -> Lab | None:
    return lab_of(unit, labs.lab_by_id(unit, lab_id).slug) if lab_id is not None else None


def results_of(unit: Unit, found: Lab) -> bool:
    """Whether results may be published: in a comarca the community decides on that apart (people.md 4.4)."""
    return labs.authorised(unit, found.id, found.setting, "publish")


# --- meetings -----------------------------------------------------------------------------------------------------


def meetings(unit: Unit, found: Lab) -> list[Meeting]:
    """The lab's sessions by time, drafts left out."""
    mine = select(session).where(session.c.lab_id == found.id, session.c.state != "draft")
    rows = unit.db.execute(mine.order_by(session.c.starts_at, session.c.id)).all()
    return [_meeting(unit, row, found) for row in rows]


def meeting(unit: Unit, code: str) -> Meeting | None:
    """The session of this code, whatever its case."""
    row = unit.db.execute(select(session).where(session.c.code == name_in(code), session.c.state != "draft")).first()
    found = _by_id(unit, row.lab_id) if row else None
    return _meeting(unit, row, found) if row and found else None


_SAME = ("code", "kind", "title", "starts_at", "tz", "place", "capacity", "state", "use", "texts")  # as in the row


def _meeting(unit: Unit, row: Row[Any], found: Lab) -> Meeting:
    same = {n: getattr(row, n) for n in _SAME}
    ahead = found.state == row.state == "published" and row.starts_at > unit.now
    return Meeting(
        **same,
        lab=found.slug,
        left=_left(unit, row) if ahead else None,
        reason=row.reason or "",
        ahead=ahead,
        reserved=tuple((one.label, one.places) for one in reserves.of_session(unit, row.id) if one.places),
        broadcasts=_codes(unit, broadcast.c.session_id == row.id),
    )


def _left(unit: Unit, row: Row[Any]) -> int | None:
    taken = registrations.taken(unit, row.id)
    if row.capacity is None or 0 < taken < min(FEW, row.capacity):
        return None
    return max(0, reserves.free(unit, row.id))


# --- contests -----------------------------------------------------------------------------------------------------


def choices(unit: Unit, found: Lab) -> Iterator[Choice]:
    """The lab's contests, the newest first, drafts left out; each is read when it is wanted."""
    mine = select(contest.c.slug).where(contest.c.lab_id == found.id, contest.c.state != "draft")
    slugs = unit.db.execute(mine.order_by(contest.c.opened_at.desc(), contest.c.id.desc())).scalars().all()
    return (_choice(unit, slug, found) for slug in slugs)


def choice(unit: Unit, slug: str) -> Choice | None:
    """The contest of this slug."""
    standing = contests.by_slug(unit, name_in(slug))
    if standing is None or standing.state == "draft":
        return None
    found = _by_id(unit, standing.lab_id)
    return _choice(unit, standing.slug, found) if found else None


def _choice(unit: Unit, slug: str, found: Lab) -> Choice:
    facts = contests.facts(unit, slug)
    split = facts.counted and not facts.hidden and facts.among == facts.chose  # of those in blank it may be told
    standing, few = facts.contest, 0 < facts.took_part < FEW
    told = _result_told(unit, slug) if standing.state == "published" else None
    tied: tuple[int, ...] = ()
    if not (standing.state == "published" and results_of(unit, found)):
        tied = tuple(option.number for option in facts.waiting) if results_of(unit, found) else ()
        facts = hidden(facts)
    code = select(session.c.code).where(session.c.id == standing.session_id)
    return Choice(
        facts=facts,
        lab=found.slug,
        session=unit.db.execute(code).scalar() or "",
        took_part=None if few else facts.took_part,
        chose=facts.chose if split and facts.counted else None,
        blank=facts.blank if split and facts.counted and shown_apart(facts.blank, facts.took_part) else None,
        enrolled=facts.enrolled if shown_apart(facts.took_part, facts.enrolled) else None,
        counted=None if few else standing.ballots_counted,
        root=standing.root.hex() if standing.root else "",
        log_head=facts.log_head,
        log_days=daily_heads.of(unit, standing),
        sha256=contest_states.file_of(unit, standing),
        decided_at=_decided_at(unit, facts),
        tied=tied,
        told=told,
        promised=_promised(unit, facts),
        broadcasts=_codes(unit, broadcast.c.contest_id == standing.id),
    )


def hidden(facts: Facts) -> Facts:
    """The same before the result is published: who took part, never what came of it."""
    nothing: dict[str, Any] = {
        "votes": None,
        "percent": None,
        "chosen": False,
        "waiting": False,
        **dict.fromkeys(("why", "outcome", "reason", "next_step"), ""),
    }
    state = "closed" if facts.contest.state == "published" else facts.contest.state
    return replace(
        facts,
        contest=replace(facts.contest, state=state),
        options=tuple(replace(o, **nothing, texts=only(o.texts, "title", "short_title")) for o in facts.options),
        counted=False,
        quorum=True,
        ties=(),
        seed=None,
        minute="",
        shared=None,
        by_channel=None,
        telling=False,
        emptied=False,
        apart=(),
    )


def _decided_at(unit: Unit, facts: Facts) -> dict[int, datetime]:
    if facts.contest.state != "published":
        return {}
    decided = accountability.decisions(unit, facts.contest.id)
    options = contests.options(unit, facts.contest.id)
    return {o.number: decided[o.problem_id].at for o in options if o.problem_id in decided}


def _promised(unit: Unit, facts: Facts) -> tuple[Promised, ...]:
    if facts.contest.state != "published":
        return ()
    return tuple(_with_story(unit, one, _story(unit, one)) for one in promises.of_contest(unit, facts.contest.id))


def _with_story(unit: Unit, one: Promise, told: Mapping[str, Any] | None) -> Promised:
    return Promised(
        promise=one,
        updates=promises.updates(unit, one.id),
        counts=_counts(unit, one),
        story=told,
        picture=pictures.of_story(unit, one.id) if told else None,
        sighted=sightings.counted(unit, one.id),
    )


def _story(unit: Unit, promise: Promise) -> Mapping[str, Any] | None:
    """It is public once those who took part, and then the others, were told (accountability.md 2.8)."""
    told = broadcast.c.idem.startswith(f"story:{promise.id}:", autoescape=True)
    last = unit.db.execute(select(func.max(broadcast.c.due_at, type_=Instant())).where(told)).scalar()
    return stories.of(unit, promise.id) if last is None or last <= unit.now else None


def _counts(unit: Unit, promise: Promise) -> Counts | None:
    """What the neighbours said in the newest round, once it was counted."""
    asked = followups.newest(unit, promise.id)
    found = followups.counts(unit, asked) if asked and asked.counted_at else None
    return found if found and not found.few else None


def _result_told(unit: Unit, slug: str) -> Ledger | None:
    mine = select(broadcast.c.code).join(event, event.c.broadcast_id == broadcast.c.id)
    code = unit.db.execute(mine.where(event.c.kind == "result", event.c.subject == slug)).scalar()
    return ledger(unit, code) if code else None


# --- broadcasts ---------------------------------------------------------------------------------------------------


def _codes(unit: Unit, *about: Any) -> tuple[str, ...]:
    mine = select(broadcast.c.code).where(*about, broadcast.c.kind.not_in(PERSONAL)).order_by(broadcast.c.id)
    return tuple(unit.db.execute(mine).scalars())


def ledger(unit: Unit, code: str) -> Ledger | None:
    """The broadcast of this code, of a lab that may be spoken of."""
    mine = (
        select(broadcast, lab.c.slug.label("lab"), session.c.code.label("session"), contest.c.slug.label("contest"))
        .outerjoin_from(broadcast, session, broadcast.c.session_id == session.c.id)
        .outerjoin(contest, broadcast.c.contest_id == contest.c.id)
        .join(lab, lab.c.id == func.coalesce(broadcast.c.lab_id, session.c.lab_id, contest.c.lab_id))
        .where(broadcast.c.code == codes.clean(code), broadcast.c.kind.not_in(PERSONAL))
    )
    row = unit.db.execute(mine).first()
    found = lab_of(unit, row.lab) if row else None
    return _ledger(unit, row, found) if row and found else None


def _ledger(unit: Unit, row: Row[Any], found: Lab) -> Ledger:
    c = recipient.c
    counted = select(c.state, c.reason, func.count().label("n")).where(c.broadcast_id == row.id)
    cells = unit.db.execute(counted.group_by(c.state, c.reason)).all()
    whole = {state: sum(cell.n for cell in cells if cell.state == state) for state in STATES}
    people = few_hidden(whole)
    return Ledger(
        **{name: getattr(row, name) for name in ("code", "kind", "state", "created_at", "due_at")},
        lab=found.slug,
        session=row.session or "",
        contest=row.contest or "",
        tz=found.tz,
        audience=None if 0 < row.audience < FEW else row.audience,
        people=people,
        reasons={state: _reasons(cells, state) if people[state] else {} for state in WITH_REASONS},
    )


def _reasons(cells: Sequence[Row[Any]], state: str) -> dict[str, int | None]:
    """Why, of a state whose number is shown. What is no plain word of ours counts as 'other'."""
    counts: dict[str, int] = {}
    for cell in cells:
        if cell.state == state:
            why = cell.reason if cell.reason and cell.reason.replace("_", "").isalpha() else "other"
            counts[why] = counts.get(why, 0) + cell.n
    return few_hidden(counts)
