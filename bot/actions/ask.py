"""The tick of "was it done?": who is asked when, what it comes to, and a closed topic that opens again (2.7).

A round begins for one reason, once. Those concerned wait in it until a week has passed since the last such question to
them; a week after the last was asked it is counted and told to all who were asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot import broadcast, promised, quiet
from bot.actions import telling
from bot.broadcast import Act, Ledger
from bot.i18n import Catalogues
from storage import audiences, audit, followups, labs, promise_rules, promises
from storage.followups import Round
from storage.promises import Promise
from storage.store import Unit

STALE = timedelta(days=7)


def due(unit: Unit, catalogues: Catalogues) -> int:
    """Begin rounds, ask, count, reopen; how many things were done. Any number of processes may call it."""
    begun = sum(_begin(unit, one) for one in promises.to_tell(unit))
    asked = sum(_ask(unit, catalogues, one) for one in followups.open_rounds(unit))
    counted = sum(_count(unit, catalogues, one) for one in followups.to_count(unit))
    again = sum(_again(unit, catalogues, *one) for one in followups.again_due(unit))
    return begun + asked + counted + again + sum(_reopen(unit, catalogues, one) for one in promises.closed(unit))


# --- asking -------------------------------------------------------------------------------------------------------


def _begin(unit: Unit, commitment_id: int) -> bool:
    """A round whose day has come."""
    seen = promises.the(unit, commitment_id)
    asked = promises.next_question(unit, seen)
    if asked is None or asked[0] > seen.day(unit.now) or not labs.lab_by_id(unit, seen.lab_id).authorised:
        return False
    promise = promises.hold(unit, commitment_id)
    made = followups.begin(unit, promise.id, promise.problem_id, asked[1], promises.concerned(promise))
    return made is not None


def _ask(unit: Unit, catalogues: Catalogues, one: Round) -> bool:
    """Ask those of a round whose week is over."""
    promise = promises.hold(unit, one.commitment_id)
    waiting = followups.next_to_ask(unit, one)
    if not waiting or not labs.lab_by_id(unit, promise.lab_id).authorised:
        return False
    ledger = _send(unit, catalogues, promise, waiting, f"{one.round}:{followups.passes(unit, one)}")
    followups.asked(unit, one, ledger.broadcast_id, ledger.due_at)
    return True


def _again(unit: Unit, catalogues: Catalogues, commitment_id: int, person_id: int) -> bool:
    """Somebody wanted to be asked once more."""
    promise = promises.the(unit, commitment_id)
    if promise.status in promise_rules.ENDED or not labs.lab_by_id(unit, promise.lab_id).authorised:
        return False
    _send(unit, catalogues, promise, [person_id], f"again:{person_id}:{promise.day(unit.now)}")
    return True


def _send(unit: Unit, catalogues: Catalogues, promise: Promise, people: Sequence[int], part: str) -> Ledger:
    groups = promises.groups(unit, promise, people)
    at, titles = quiet.held(unit.now, promise.tz), telling.options(unit, promise)
    act = Act(
        kind="asking",
        idem=f"ask:{promise.id}:{part}",
        by="clock",
        audience=audiences.listed(unit, groups),
        due_at=at,
        expires_at=at + STALE,
        lab_id=promise.lab_id,
        contest_id=promise.contest_id,
        opens={"conversation": "was_it_done", "args": telling.opened(promise)},
        priority=1,
    )
    about = promised.asked(unit, promise)
    ledger = broadcast.send(
        unit, act, lambda variant: promised.asks(catalogues, variant, about, telling.named(variant, titles))
    )
    facts = {"commitment": promise.id, "people": ledger.pending, "broadcast": ledger.code}
    audit.record(unit, "commitment.asked", f"{promise.lab}/{promise.problem}", facts, actor="clock")
    return ledger


# --- counting -----------------------------------------------------------------------------------------------------


def _count(unit: Unit, catalogues: Catalogues, one: Round) -> bool:
    """A round is over: the numbers, what they mean, and all who were asked are told."""
    promise = promises.hold(unit, one.commitment_id)
    counts = followups.counts(unit, one)
    if not followups.counted(unit, one, counts):
        return False
    status = promise_rules.verdict(counts)
    if status and not promise_rules.may("neighbours", promise.status, status):
        status = None  # the office has said meanwhile that it will not be done, or it was closed
    promises.record(unit, promise, "counted", role="neighbours", by="clock", status=status, text="")
    after = promises.the(unit, promise.id)
    facts = {"commitment": promise.id, "round": one.round, "status": after.status, "asked": counts.asked}
    audit.record(unit, "commitment.counted", f"{promise.lab}/{promise.problem}", facts, actor="clock")
    if counts.asked:
        about = promised.news(unit, after, "counted", "", unit.now)
        audience = followups.of_round(one, promise.problem_id)
        telling.send(unit, catalogues, about, f"count {one.round}", "clock", audience=audience)
    return True


def _reopen(unit: Unit, catalogues: Catalogues, commitment_id: int) -> bool:
    """Three people say since it was closed that it is not so."""
    promise = promises.hold(unit, commitment_id)
    since = promise.status_at
    if followups.reopeners(unit, promise.id, since) < promise_rules.REOPENERS or promise.status != "done_neighbours":
        return False
    made = promises.record(unit, promise, "reopened", role="neighbours", by="clock", status="disputed", text="")
    after = promises.the(unit, promise.id)
    telling.send(unit, catalogues, promised.news(unit, after, "reopened", "", unit.now), f"update {made}", "clock")
    facts = {"commitment": promise.id, "update": made}
    audit.record(unit, "commitment.reopened", f"{promise.lab}/{promise.problem}", facts, actor="clock")
    return True
