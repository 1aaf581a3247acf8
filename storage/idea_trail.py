"""What became of an idea, one step after another, from the rows as they are (accountability.md 2): received, read,
joined, chosen or not, decided, promised.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from storage import contests, idea_states, promises
from storage.contests import Facts, Share
from storage.ideas import Idea
from storage.store import Unit
from storage.tables import contest, decision, option
from storage.texts import Texts, only, renamed, together

ITS_OWN = ("received", "read", "withdrawn")  # kinds that tell nothing of its community


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened. Values that a kind does not say are empty.

    kind: 'received' | 'read' | 'joined' | 'own' | 'chosen' | 'outcome' | 'decided' | 'promised' | 'withdrawn'
    """

    kind: str
    at: datetime
    topic: str = ""  # the option it belongs to
    short: str = ""  # the same in ten letters
    votes: int | None = None  # of 'chosen'; None: may not be shown
    people: int = 0  # who chose at all
    won: bool = False
    outcome: str = ""
    reason: str = ""
    office: str = ""  # who answers for it
    promise: str = ""
    due: date | None = None
    due_text: str = ""
    texts: Texts = field(default_factory=dict)  # topic, short, reason, office, promise and due_text in other languages


def of(unit: Unit, idea: Idea) -> list[Step]:
    """Its steps, the oldest first; those of its topic after it was joined. What was undone since is not told."""
    steps = [Step(kind="received", at=idea.at)]
    if idea.read_at:
        steps.append(Step(kind="read", at=idea.read_at))
    link = idea_states.link(unit, idea.id)
    if link:
        kind = "joined" if link.relation == idea_states.JOINED else "own"
        texts = renamed(link.texts, _TOPIC)
        steps.append(Step(kind=kind, at=link.at, topic=link.title, short=link.short_title, texts=texts))
        steps += _of_topic(unit, idea.lab_id, link.problem_id)
    outcome = idea_states.current(unit, idea.id)
    if outcome and outcome.outcome != "merged_into":
        steps.append(_answered(outcome))
    if idea.withdrawn_at:
        steps.append(Step(kind="withdrawn", at=idea.withdrawn_at))
    return steps


def _answered(outcome: idea_states.Outcome) -> Step:
    """What becomes of it by itself, not as part of an option."""
    return Step(
        kind="outcome",
        at=outcome.at,
        outcome=outcome.outcome,
        reason=outcome.reason,
        office=outcome.office,
        due=outcome.next_on,
        texts=only(outcome.texts, "reason"),
    )


def _of_topic(unit: Unit, lab_id: int, problem_id: int) -> list[Step]:
    """What became of the option it was joined with."""
    chosen = [step for slug in _published(unit, problem_id) if (step := _chosen(unit, slug, problem_id)) is not None]
    became = [*chosen, *_decided(unit, problem_id), *_promised(unit, lab_id, problem_id)]
    return sorted(became, key=lambda step: step.at)


def _published(unit: Unit, problem_id: int) -> list[str]:
    """Slugs of the contests in which it stood and whose result has been told."""
    query = (
        select(contest.c.slug)
        .join(option, option.c.contest_id == contest.c.id)
        .where(option.c.problem_id == problem_id, contest.c.state == "published", option.c.withdrawn_at.is_(None))
    )
    return list(unit.db.execute(query.order_by(contest.c.id)).scalars())


def _chosen(unit: Unit, slug: str, problem_id: int) -> Step | None:
    facts = contests.facts(unit, slug)
    numbers = [o.number for o in contests.options(unit, facts.contest.id) if o.problem_id == problem_id]
    share = next((one for one in facts.options if one.number in numbers), None)
    if share is None or facts.contest.closed_at is None:
        return None
    return _step_of(facts, share, facts.contest.closed_at)


def _step_of(facts: Facts, share: Share, at: datetime) -> Step:
    won = share.number in [one.number for one in facts.chosen]
    return Step(
        kind="chosen",
        at=at,
        topic=share.title,
        short=share.short_title,
        votes=share.votes,
        people=facts.among,
        won=won,
    )


def _decided(unit: Unit, problem_id: int) -> list[Step]:
    """Decisions of which those concerned may know: without a contest, or of one whose result is out."""
    query = (
        select(decision.c.at, decision.c.outcome, decision.c.reason, decision.c.texts)
        .outerjoin(contest, contest.c.id == decision.c.contest_id)
        .where(decision.c.problem_id == problem_id, (contest.c.id.is_(None)) | (contest.c.state == "published"))
    )
    rows = unit.db.execute(query.order_by(decision.c.at))
    return [Step(kind="decided", **row._mapping) for row in rows]


def _promised(unit: Unit, lab_id: int, problem_id: int) -> list[Step]:
    return [_promise(one) for one in promises.of_lab(unit, lab_id) if one.problem_id == problem_id]


def _promise(one: promises.Promise) -> Step:
    said = renamed(one.texts, _CALLED)
    office = renamed(one.entity_texts, {"short_name": "office"})
    return Step(
        kind="promised",
        at=one.at,
        office=one.entity,
        promise=one.text,
        due=one.due_to,
        due_text=one.due_text,
        texts=together(said, office),
    )


_TOPIC = {"title": "topic", "short_title": "short"}  # field of an option -> of a step
_CALLED = {"text": "promise", "due_text": "due_text"}  # field of a promise -> of a step
