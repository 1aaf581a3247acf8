"""How a contest moves: draft -> open -> closed -> published (voting.md 4 to 6).

It is frozen when it opens. The caller of every function here holds the contest's lock (`contests.locked`), so that a
close is one moment: every ballot before it is in the count, every one after it is late.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import Select, and_, exists, func, insert, literal, or_, select, update

from storage import audit, commitments, contests, idea_options, log_heads, remembered, returning, rolls, ties
from storage.contests import Contest, Option
from storage.store import Unit
from storage.tables import (
    ballot,
    broadcast,
    contest,
    option,
    outbox,
    problem,
    recipient,
    result,
    setting,
)
from storage.turnout import Turnout, turnout

UNLINKED_LOT = 5000  # ballots a tick
FILES_LOT = 5  # files a tick
_FILE = "file:"  # and the slug
LINKED_FOR = timedelta(days=30)  # after the close, a choice and its person stay linked for so long (voting.md 7)


class Counted(Protocol):
    """What a count gives back: see conversations.ballots.Result."""

    @property
    def input_digest(self) -> str:
        """The fingerprint of the ballots counted."""

    def to_json(self) -> dict[str, Any]:
        """All of it, to be kept."""


Count = Callable[[Sequence[tuple[str, int]], str | None], Counted]  # (payload, weight) pairs and the tie seed


# --- opening ------------------------------------------------------------------------------------------------------


def candidates(unit: Unit, drafted: Contest) -> tuple[Option, ...]:
    """What would be on the ballot of a contest whose plan names no options: every problem of the lab."""
    here = (problem.c.lab_id == drafted.lab_id, ~idea_options.left())
    rows = unit.db.execute(select(problem).where(*here).order_by(problem.c.id))
    return tuple(
        Option(
            id=0,
            number=n,
            title=p.title,
            short_title=p.short_title,
            problem_id=p.id,
            slug=p.slug,
            cost=None,
            withdrawn=False,
            texts=p.texts,
        )
        for n, p in enumerate(rows, 1)
    )


def draw_options(unit: Unit, drafted: Contest) -> tuple[Option, ...]:
    """The options that the plan names, else every problem of the lab in an order drawn once."""
    named = contests.options(unit, drafted.id)
    drawn = list(candidates(unit, drafted))
    if named or not drawn:
        return named
    unit.rng.shuffle(drawn)
    rows = [
        {
            "contest_id": drafted.id,
            "problem_id": p.problem_id,
            "number": n,
            "title": p.title,
            "short_title": p.short_title,
        }
        for n, p in enumerate(drawn, 1)
    ]
    unit.db.execute(insert(option), rows)
    return contests.options(unit, drafted.id)


def open_(unit: Unit, drafted: Contest, *, method_version: int, tie_source: str, by: str) -> None:
    """From now on people choose, and nothing about it changes. Its options have been drawn."""
    texts = select(problem.c.texts).where(problem.c.id == option.c.problem_id).scalar_subquery()
    unit.db.execute(update(option).where(option.c.contest_id == drafted.id).values(texts=texts))
    frozen = contests.options(unit, drafted.id)
    mark = options_hash(drafted.slug, frozen)
    quorum = rolls.freeze(unit, drafted)
    values = {
        "quorum": quorum,
        "state": "open",
        "opens_at": unit.now,
        "opened_at": unit.now,
        "method_version": method_version,
        "tie_seed_source": drafted.tie_seed_source or tie_source,
        "options_hash": mark,
    }
    unit.db.execute(update(contest).where(contest.c.id == drafted.id).values(**values))
    told = {
        "options_hash": mark.hex(),
        "options": len(frozen),
        "method": f"{drafted.method} {method_version}",
        "params": dict(drafted.params),
        "quorum": quorum,
        "roll": drafted.roll_kind,
        "tie": f"{drafted.tie_mode}: {values['tie_seed_source']}",
        "closes_at": drafted.closes_at.isoformat() if drafted.closes_at else "",
    }
    audit.record(unit, "contest.opened", drafted.slug, told, actor=by, scope=drafted.scope)


def options_hash(slug: str, frozen: Sequence[Option]) -> bytes:
    """The fingerprint of the options: numbers, titles and costs can not change unseen."""
    rows = [[o.number, o.title, o.short_title, o.cost] for o in frozen]
    return hashlib.sha256(audit.canon({"contest": slug, "options": rows})).digest()


def withdraw(unit: Unit, standing: Contest, gone: Option, *, because: str, by: str) -> None:
    """This option is not counted any more; every ballot stays as it was given. The reason is in the published log."""
    mine = update(option).where(option.c.id == gone.id, option.c.withdrawn_at.is_(None))
    unit.db.execute(mine.values(withdrawn_at=unit.now))
    told = {"number": gone.number, "because": because}
    audit.record(unit, "option.withdrawn", standing.slug, told, actor=by, scope=standing.scope)


# --- closing ------------------------------------------------------------------------------------------------------


def close(unit: Unit, standing: Contest, count: Count, *, by: str) -> None:
    """One moment: closed, counted, the root over the receipts written down."""
    current = select(ballot.c.commitment).where(ballot.c.contest_id == standing.id, ballot.c.status == "current")
    committed = sorted(bytes(c) for c in unit.db.execute(current).scalars())
    root = commitments.root(committed)
    closed = {"state": "closed", "closed_at": unit.now, "root": root, "ballots_counted": len(committed)}
    unit.db.execute(update(contest).where(contest.c.id == standing.id).values(**closed))
    _keep_result(unit, standing, count, None)
    # The root stands on salted receipts and says nothing of a choice. A digest of the choices themselves is kept with
    # the result and goes nowhere: of few ballots every count could be tried until it fits (voting.md 7).
    told = {"ballots": len(committed), "root": root.hex(), "secret": audit.secret(unit, standing.scope)}
    audit.record(unit, "contest.closed", standing.slug, told, actor=by, scope=standing.scope)


def settle(unit: Unit, closed: Contest, numbers: str, count: Count, *, by: str) -> None:
    """The public draw has spoken about a tie: count again with its numbers.

    The seed is the numbers and the head of the log at the close, which was fixed before the draw (voting.md 4).
    """
    seed = f"{numbers}:{_head_at_close(unit, closed)}"
    unit.db.execute(update(contest).where(contest.c.id == closed.id).values(tie_seed=seed))
    _keep_result(unit, closed, count, seed)
    told = {"seed": seed, "source": closed.tie_seed_source}
    audit.record(unit, "contest.tie_broken", closed.slug, told, actor=by, scope=closed.scope)


def note_minute(unit: Unit, closed: Contest, minute: str, *, by: str) -> None:
    """An assembly has decided a tie: who, when, and what it wrote down (voting.md 4). A later minute replaces it."""
    unit.db.execute(update(contest).where(contest.c.id == closed.id).values(tie_seed=minute))
    told = {"minute": minute, "by": "assembly"}
    audit.record(unit, "contest.tie_broken", closed.slug, told, actor=by, scope=closed.scope)


def _head_at_close(unit: Unit, closed: Contest) -> str:
    """The log's head at the close, which nobody could know before and nobody can change after. Hex."""
    while audit.chain(unit):
        pass
    return head_at_close(unit, closed)


def head_at_close(unit: Unit, closed: Contest) -> str:
    """The same where the log is chained already; '' while it is not."""
    return log_heads.at_close(unit, closed.scope)


def _keep_result(unit: Unit, standing: Contest, count: Count, seed: str | None) -> None:
    """A result row for each roll class that took part, the deciding one always."""
    seen = turnout(unit, standing.id)
    reached = quorum_reached(standing.quorum, seen.of(standing.decides).took_part, _base(standing, seen))
    others = [name for name, part in seen.by_class.items() if part.took_part and name != standing.decides]
    for name in others:
        _keep(unit, standing, name, count(_votes(unit, standing.id, name), seed), decides=False)
    counted = count(_votes(unit, standing.id, standing.decides), seed)
    _keep(unit, standing, standing.decides, counted, decides=reached)


def _votes(unit: Unit, contest_id: int, roll: str) -> list[tuple[str, int]]:
    """(payload, weight) of the choices of one class, as they stand."""
    mine = (ballot.c.contest_id == contest_id, ballot.c.status == "current", ballot.c.kind == "choice")
    groups = select(ballot.c.payload, func.count()).where(*mine, ballot.c["class"] == roll).group_by(ballot.c.payload)
    return [(payload, weight) for payload, weight in unit.db.execute(groups)]


def _keep(unit: Unit, standing: Contest, roll: str, counted: Counted, *, decides: bool) -> None:
    """Where nothing is decided (no quorum, or another class decides) the counts stand and nothing is chosen."""
    output = counted.to_json() | {"quorum": decides or roll != standing.decides}
    if not decides:
        output |= {"chosen": [], "waiting": []}
    kept = {
        "contest_id": standing.id,
        "class": roll,
        "method": standing.method,
        "version": standing.method_version,
        "params": dict(standing.params),
        "input_digest": counted.input_digest,
        "output": output,
        "computed_at": unit.now,
    }
    unit.db.execute(insert(result).values(kept))


def _base(standing: Contest, seen: Turnout) -> int:
    """Of how many a percentage is taken: frozen at the opening, or all who are enrolled in the deciding class."""
    frozen = standing.quorum.get("base")
    return int(frozen) if frozen is not None else seen.of(standing.decides).enrolled


def quorum_reached(quorum: Mapping[str, Any], took_part: int, base: int) -> bool:
    """{} none | {'count': n} | {'percent': p}: p of every 100 of `base`, in whole numbers."""
    if "count" in quorum:
        return took_part >= int(quorum["count"])
    if "percent" in quorum:
        return 100 * took_part >= int(quorum["percent"]) * base
    return True


def publish(unit: Unit, closed: Contest, sha256: str, *, by: str) -> None:
    """Its result is public from now on, and what its file is known by: its SHA-256, hex."""
    remembered.put(unit, _FILE + closed.slug, sha256)
    values = {"state": "published", "published_at": unit.now}
    unit.db.execute(update(contest).where(contest.c.id == closed.id).values(**values))
    audit.record(unit, "contest.published", closed.slug, {"sha256": sha256}, actor=by, scope=closed.scope)


def file_of(unit: Unit, published: Contest) -> str:
    """The SHA-256 of its file as it was when the result came out, hex.

    Where an older program published it, as it was when the clock came by; '' until then.
    """
    return remembered.get(unit, _FILE + published.slug)


def without_mark(unit: Unit) -> list[str]:
    """Slugs of published contests of whose file no SHA-256 was kept: an older program published them."""
    kept = exists().where(setting.c.name == literal(_FILE) + contest.c.slug)
    query = select(contest.c.slug).where(contest.c.state == "published", ~kept).order_by(contest.c.id).limit(FILES_LOT)
    return list(unit.db.execute(query).scalars())


def mark(unit: Unit, published: Contest, sha256: str) -> None:
    """Keep what its file is known by; the log tells that it was the clock, and when."""
    remembered.put(unit, _FILE + published.slug, sha256)
    audit.record(unit, "contest.exported", published.slug, {"sha256": sha256}, actor="clock", scope=published.scope)


def unlink_due(unit: Unit, after: timedelta = LINKED_FOR) -> int:
    """The tick: 30 days after a close nobody can say any more who chose what. Ballots; what is counted stays."""
    past = select(contest.c.id).where(contest.c.closed_at <= unit.now - after)
    linked = or_(ballot.c.person_id.is_not(None), ballot.c.salt.is_not(None), ballot.c.raw_text.is_not(None))
    mine = ballot.c.contest_id.in_(past), linked
    dealt = unit.db.execute(select(ballot.c.contest_id).where(*mine).distinct()).scalars().all()
    wiped = update(ballot).where(*mine)
    number = unit.db.execute(wiped.values(person_id=None, salt=None, raw_text=None)).rowcount
    for contest_id in dealt:
        ties.deal_anew(unit, contest_id)
    ties.forget_messages(unit, ballot.c.contest_id.in_(past), most=UNLINKED_LOT)
    _forget_wordings(unit, past)
    ties.of_choices(unit, past)
    returning.forget(unit, past)
    if number:
        audit.record(unit, "ballots.unlinked", payload={"ballots": number})
    return number


def _forget_wordings(unit: Unit, past: Select[Any]) -> None:
    """Which wording of a result a person was sent says what she chose."""
    told = select(broadcast.c.id).where(broadcast.c.kind == "result", broadcast.c.contest_id.in_(past))
    theirs = and_(recipient.c.broadcast_id.in_(told), recipient.c.state != "pending")
    rows = select(recipient.c.id).where(theirs, recipient.c.variant.is_not(None))
    unit.db.execute(update(outbox).where(outbox.c.recipient_id.in_(rows)).values(text_id=None, body=None))
    unit.db.execute(update(recipient).where(theirs, recipient.c.variant.is_not(None)).values(variant=None))
