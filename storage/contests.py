"""Contests as they stand: their options, who took part, and what came out in the numbers that may be shown.

How one moves from draft to published is in contest_states.py, choosing in ballots.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, func, or_, select

from storage import accountability, log_heads
from storage.store import Unit
from storage.tables import broadcast, contest, lab, option, problem, result, territory
from storage.texts import Texts, together
from storage.turnout import FEW as FEW
from storage.turnout import Turnout, all_or_none, among, hides, turnout
from storage.turnout import shown_apart as shown_apart

GOES_AHEAD = ("adopted", "partly", "already_done")  # outcomes by which an assembly takes an option of a tie
_GATE = 0x566F746F  # 'Voto': the first half of a contest's advisory lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """One question put to a community."""

    id: int
    lab_id: int
    session_id: int | None
    slug: str
    title: str
    state: str  # 'draft' | 'open' | 'closed' | 'published'
    method: str
    method_version: int
    params: Mapping[str, Any]
    roll_kind: str
    quorum: Mapping[str, Any]
    tie_mode: str
    tie_seed_source: str
    tie_seed: str | None
    closes_at: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None
    published_at: datetime | None
    root: bytes | None
    ballots_counted: int | None
    tz: str
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # {'en': {'title': 'What comes first?'}}

    @property
    def minute(self) -> str:
        """What an assembly wrote down of the tie that it decided; '' while it has not. It stands where a seed does."""
        return (self.tie_seed or "") if self.tie_mode == "assembly" else ""

    @property
    def scope(self) -> str:
        """Its chain in the audit log."""
        return f"contest:{self.slug}"

    @property
    def decides(self) -> str:
        """The roll class whose ballots decide; those of others are counted apart and never added (voting.md 4)."""
        return self.roll_kind

    def takes(self, now: datetime) -> bool:
        """Whether a ballot that comes now counts."""
        return self.state == "open" and self.closes_at is not None and now < self.closes_at

    @property
    def ends(self) -> datetime:
        """The close of one that was opened. Raises ValueError: it is not opened, and nobody has said when it closes."""
        if self.closes_at is None:
            raise ValueError(f"the contest {self.slug} has no close")
        return self.closes_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing that can be chosen."""

    id: int
    number: int
    title: str
    short_title: str
    problem_id: int
    slug: str  # of its problem
    cost: int | None
    withdrawn: bool
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # {'en': {'title': 'Drinking water'}}


# --- looking ------------------------------------------------------------------------------------------------------

# Prepared once: building a statement takes longer than running it.
_CONTEST = select(contest, territory.c.tz).join(lab, contest.c.lab_id == lab.c.id)
_CONTEST = _CONTEST.join(territory, lab.c.territory_id == territory.c.id)
_BY_SLUG = _CONTEST.where(contest.c.slug == bindparam("slug"))
_BY_ID = _CONTEST.where(contest.c.id == bindparam("row"))
_SLUG = select(contest.c.slug).order_by(contest.c.opened_at.desc(), contest.c.id.desc()).limit(1)
_OF_LAB = _SLUG.where(contest.c.lab_id == bindparam("lab"))
_NOW_OPEN = _OF_LAB.where(contest.c.state == "open", contest.c.closes_at > bindparam("now"))
_NEWEST = _OF_LAB.where(contest.c.state != "draft")
_OPTIONS = (
    select(option, problem.c.slug, problem.c.texts.label("now"))
    .join(problem, option.c.problem_id == problem.c.id)
    .where(option.c.contest_id == bindparam("contest"))
    .order_by(option.c.number)
)


def by_slug(unit: Unit, slug: str) -> Contest | None:
    """The contest of this slug."""
    row = unit.db.execute(_BY_SLUG, {"slug": slug.lower()}).first()
    return _contest(row) if row else None


def by_id(unit: Unit, contest_id: int) -> Contest:
    """The contest of this id."""
    return _contest(unit.db.execute(_BY_ID, {"row": contest_id}).one())


def locked(unit: Unit, slug: str) -> Contest | None:
    """The contest as it stands once nobody else is opening, closing or casting in it; nobody can until we end."""
    seen = by_slug(unit, slug)
    if seen is None:
        return None
    _gate(unit, func.pg_advisory_xact_lock(_GATE, seen.id))
    unit.lock(contest, seen.id)
    return by_id(unit, seen.id)


def holding(unit: Unit, contest_id: int) -> Contest:
    """The contest, which does not move until we end. Those who hold it do not wait for each other.

    A shared row lock would not do: on PostgreSQL those who share one overtake who waits for it alone, so that a close
    under a stream of choices never came (seen with 200). Advisory locks queue.
    """
    _gate(unit, func.pg_advisory_xact_lock_shared(_GATE, contest_id))
    return by_id(unit, contest_id)


def _gate(unit: Unit, taken: ColumnElement[Any]) -> None:
    """SQLite has one writer anyway."""
    if unit.db.dialect.name == "postgresql":
        unit.db.execute(select(taken))


def open_slug(unit: Unit, lab_id: int) -> str | None:
    """The contest of this lab in which one can choose now."""
    return unit.db.execute(_NOW_OPEN, {"lab": lab_id, "now": unit.now}).scalar()


def newest_slug(unit: Unit, lab_id: int) -> str | None:
    """The contest of this lab to talk about: the open one, else the one that was opened last."""
    return open_slug(unit, lab_id) or unit.db.execute(_NEWEST, {"lab": lab_id}).scalar()


def ahead(unit: Unit, lab_id: int) -> bool:
    """Whether this lab chooses something now, or will: one is open, or is planned and not opened yet."""
    of_lab = contest.c.lab_id == lab_id
    now = and_(contest.c.state == "open", contest.c.closes_at > unit.now)
    query = select(contest.c.id).where(of_lab, or_(now, contest.c.state == "draft")).limit(1)
    return unit.db.execute(query).first() is not None


def of_broadcast(unit: Unit, broadcast_id: int) -> str | None:
    """The contest that a broadcast is about."""
    query = select(contest.c.slug).join(broadcast, broadcast.c.contest_id == contest.c.id)
    return unit.db.execute(query.where(broadcast.c.id == broadcast_id)).scalar()


def newest_open(unit: Unit) -> str | None:
    """The contest opened last in any lab, of those where one can choose now."""
    query = select(contest.c.slug).where(contest.c.state == "open", contest.c.closes_at > unit.now)
    return unit.db.execute(query.order_by(contest.c.opened_at.desc(), contest.c.id.desc()).limit(1)).scalar()


def due(unit: Unit) -> list[str]:
    """Contests whose hour has come and that nobody has closed yet."""
    query = select(contest.c.slug).where(contest.c.state == "open", contest.c.closes_at <= unit.now)
    return list(unit.db.execute(query.order_by(contest.c.closes_at, contest.c.id)).scalars())


def options(unit: Unit, contest_id: int) -> tuple[Option, ...]:
    """Its options by number, withdrawn ones too."""
    return tuple(_option(row) for row in unit.db.execute(_OPTIONS, {"contest": contest_id}))


def _contest(row: Row[Any]) -> Contest:
    values = {name: row._mapping[name] for name in Contest.__slots__}
    return Contest(**values)


def _option(row: Row[Any]) -> Option:
    same = {n: row._mapping[n] for n in ("id", "number", "title", "short_title", "problem_id", "slug")}
    return Option(**same, cost=row.cost_minor, withdrawn=row.withdrawn_at is not None, texts=row.texts or row.now)


def newest_results(unit: Unit, contest_id: int) -> dict[str, Mapping[str, Any]]:
    """What the last count came to, by roll class; {} while nothing is counted."""
    query = select(result.c["class"], result.c.output).where(result.c.contest_id == contest_id)
    return {row[0]: row[1] for row in unit.db.execute(query.order_by(result.c.id))}


# --- what may be told ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One option in the result. `votes` and `percent` are None while they may not be shown."""

    number: int
    title: str
    short_title: str
    problem: str  # slug
    votes: int | None
    percent: int | None  # of every 100 people it is said to be of
    chosen: bool
    waiting: bool  # tied across the line, not decided yet
    why: str  # key of the counting rule's reason: 'chosen', 'fewer', 'tied' ...
    outcome: str  # of the decision; '' while there is none
    reason: str
    next_step: str
    texts: Texts = field(default_factory=dict)  # of the option, and of its decision: reason, next_step


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """What those came to who do not decide. `votes`: option number -> people; None: not shown (voting.md 7)."""

    name: str  # 'open' | 'attended' | 'roll'
    took_part: int | None
    votes: Mapping[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that messages, the command line and the simulator say of a contest, from one place."""

    contest: Contest
    took_part: int  # of all classes
    among: int  # of how many the numbers by option are said to be: `turnout.among`
    chose: int  # of the class that decides, once it is counted: without ballots emptied by a withdrawn option. NOT SAID
    blank: int  # likewise, those with them. NOT SAID: either may give the other away
    late: int
    enrolled: int
    shared: int | None  # None: too few on one side to be shown
    by_channel: Mapping[str, int] | None
    counted: bool  # the result is there
    few: bool  # fewer than 5 chose: nothing by option
    quorum: bool  # reached, or none was asked for
    options: tuple[Share, ...]  # by number
    ties: tuple[tuple[int, ...], ...]  # ties across the line, as numbers
    seed: str | None  # what broke them: the numbers of a draw
    minute: str = ""  # or the assembly's: who decided, when, and what was written down
    log_head: str = ""  # hex: the end of the audit log at the close; '' until it is chained, seconds later
    telling: bool = False  # the numbers by option would say what each chose, or how few did not: none by option either
    gone: tuple[Option, ...] = ()  # taken off the ballot
    emptied: bool = False  # somebody had chosen nothing but those: counted as blank
    apart: tuple[Apart, ...] = ()  # classes that do not decide

    @property
    def hidden(self) -> bool:
        """Whether there are numbers that may not be shown."""
        return self.counted and (self.few or self.telling)

    @property
    def withdrawn(self) -> tuple[str, ...]:
        """Titles of what was taken off the ballot."""
        return tuple(o.title for o in self.gone)

    @property
    def chosen(self) -> tuple[Share, ...]:
        """What was chosen: by the count, or of a tie by the assembly."""
        by_assembly = self.contest.tie_mode == "assembly"
        return tuple(o for o in self.options if o.chosen or (by_assembly and o.waiting and o.outcome in GOES_AHEAD))

    @property
    def waiting(self) -> tuple[Share, ...]:
        """What a tie leaves open."""
        return tuple(o for o in self.options if o.waiting)

    @property
    def ranked(self) -> tuple[Share, ...]:
        """From most to least; by number where nothing may be shown by option."""
        return tuple(sorted(self.options, key=lambda o: (-(o.votes or 0), not o.chosen, o.number)))


def facts(unit: Unit, slug: str) -> Facts:
    """What may be told of this contest now. Counts by option stay hidden until it closes. Raises LookupError."""
    found = by_slug(unit, slug)
    if found is None:
        raise LookupError(f"no contest is called {slug!r}")
    seen, results = turnout(unit, found.id), newest_results(unit, found.id)
    output = results.get(found.decides, {})
    emptied = output.get("emptied", 0)
    deciding = seen.of(found.decides)
    chose = deciding.chose - emptied
    whole, counts = among(seen, found.decides, chose), output.get("counts", {}).values()
    hidden = hides(chose, counts, whole, found.params.get("k", 1))
    return Facts(
        contest=found,
        took_part=seen.took_part,
        among=seen.took_part if hidden else whole,
        chose=chose,
        blank=deciding.blank + emptied,
        late=seen.late,
        enrolled=seen.enrolled,
        shared=seen.shared if shown_apart(seen.shared, seen.took_part) else None,
        by_channel=all_or_none(seen.by_channel),
        counted=bool(output),
        few=chose < FEW,
        telling=chose >= FEW and hidden,
        quorum=output.get("quorum", True),
        options=_shares(unit, found, output, None if hidden or not output else whole),
        ties=tuple(tuple(t["numbers"]) for t in output.get("ties", ()) if t["cut"]),
        seed=None if found.tie_mode == "assembly" else found.tie_seed,
        minute=found.minute,
        log_head=log_heads.at_close(unit, found.scope) if found.root else "",
        gone=tuple(o for o in options(unit, found.id) if o.withdrawn),
        emptied=emptied > 0,
        apart=apart(found, seen, results),
    )


def apart(found: Contest, seen: Turnout, results: Mapping[str, Mapping[str, Any]]) -> tuple[Apart, ...]:
    """The classes that do not decide: their turnout; by option only where they and the rest are many."""
    others = [name for name, part in seen.by_class.items() if name != found.decides and part.took_part]
    return tuple(_apart(name, seen, results.get(name, {}), found.params.get("k", 1)) for name in others)


def _apart(name: str, seen: Turnout, output: Mapping[str, Any], k: int) -> Apart:
    part = seen.of(name)
    shown = shown_apart(part.took_part, seen.took_part)
    counts = {int(n): votes for n, votes in output.get("counts", {}).items()}
    chose = output.get("ballots", 0)
    votes = counts if shown and not hides(chose, counts.values(), among(seen, name, chose), k) else None
    return Apart(name=name, took_part=part.took_part if shown else None, votes=votes)


def percent(part: int, whole: int) -> int:
    """Of every 100, rounded half up, in whole numbers."""
    return (200 * part + whole) // (2 * whole) if whole else 0


def _shares(unit: Unit, found: Contest, output: Mapping[str, Any], whole: int | None) -> tuple[Share, ...]:
    """whole: of how many people the numbers are said to be; None: they are not shown."""
    decided = accountability.decisions(unit, found.id)
    listed = [o for o in options(unit, found.id) if not o.withdrawn]
    return tuple(_share(o, output, decided.get(o.problem_id), whole) for o in listed)


def _share(o: Option, output: Mapping[str, Any], decided: accountability.Decision | None, whole: int | None) -> Share:
    votes = None if whole is None else output["counts"][str(o.number)]
    return Share(
        number=o.number,
        title=o.title,
        short_title=o.short_title,
        problem=o.slug,
        votes=votes,
        percent=None if votes is None or whole is None else percent(votes, whole),
        chosen=o.number in output.get("chosen", ()),
        waiting=o.number in output.get("waiting", ()),
        why=output["reasons"][str(o.number)]["key"] if output else "",
        outcome=decided.outcome if decided else "",
        reason=decided.reason if decided else "",
        next_step=decided.next_step if decided else "",
        texts=together(o.texts, decided.texts) if decided else o.texts,
    )
