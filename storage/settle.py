"""What became of messages: their rows, the ledger of their broadcast, their sender and their address, in step.

A message that may or may not have been sent is *uncertain*: a reply is tried once more, a broadcast is 'unknown'
until a receipt comes or a person asks for another try.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, bindparam, exists, func, select, update

from storage import closures, forgetting, leaving, onward, senders
from storage.sealed import row_or_damaged
from storage.store import Unit
from storage.tables import address, broadcast, outbox, receipt, recipient, sender

RETRIES = (1, 5, 30, 120)  # minutes
ACCEPTED, SENT, FAILED = 2, 3, 4  # ranks; delivered is 5, read 6

LONGEST_ID = 200  # letters of a provider's id
LONGEST_WAIT = 86_400.0  # seconds between two tries of what was too fast
PATIENT = 40  # tries of it

Kind = Literal[
    "sent", "returned", "throttled", "halt", "closed", "repeat", "retry", "gone", "left", "no_news", "uncertain",
    "failed", "expired",
]  # fmt: skip
ROW = row_or_damaged(outbox)  # of a message whose words may be damaged, like all others
_WAITS = ("pending", "claimed", "started", "held")
_AGAIN = ("retry", "repeat", "throttled", "halt")  # told later, the message itself is tried again


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What happened to one claimed message.

    sent       the provider took it
    returned   it was surely not sent and waits again; throttled and halt: likewise, and the sender waits or stops
    closed     it was surely not sent and waits with all others to that country, for `wait` seconds or the next start
    repeat     the provider knows our id and takes it again without harm: later, as often as needed
    retry      it was surely not sent: again later, `tries` times in all
    gone       nobody can be reached at this address until the person writes
    left       the person has opted out at the provider
    no_news    likewise, of all that is not about her own place
    uncertain  it may have been sent
    failed     the provider refused it for good
    expired    its time was over
    """

    id: int
    kind: Kind
    provider_id: str = ""
    wait: float = 0.0  # seconds that the provider asks for
    told: str = ""  # for the operator; no token, no address
    fallback: bool = False  # what a broadcast owes goes by the person's next channel
    tries: int = 5
    strikes: int = 0  # so many failures of its sender in a row, and the sender is halted


def storable(told: str, most: int = 500) -> str:
    """What a provider says, as every database takes it: no NUL, no half a character, an end."""
    return told.replace("\0", "").encode("utf-8", "replace").decode()[:most]


def stamp(made_at: datetime) -> str:
    """When a message was made, in hexadecimal: with its number unlike any of another database, and kept for long."""
    return f"{round(made_at.timestamp() * 1000):x}"


def _clean(outcome: Outcome) -> Outcome:
    return replace(outcome, told=storable(outcome.told), provider_id=storable(outcome.provider_id, LONGEST_ID))


@dataclass(frozen=True, slots=True)
class Ended:
    """A waiting message that will not be sent."""

    id: int
    recipient_id: int | None
    state: str
    reason: str
    uncertain: int = 0


def settle(unit: Unit, me: str, outcomes: Sequence[Outcome]) -> dict[int, str]:
    """Write down what happened to messages that `me` had claimed; their states now.

    Writing it twice changes nothing. A result that comes after the lease was lost counts only when it settles the
    doubt: the message was sent after all, and nobody has begun to send it again.
    """
    by_id = {outcome.id: _clean(outcome) for outcome in outcomes}
    forgotten = _lock_addresses(unit, by_id)
    rows = unit.db.execute(
        select(*ROW).where(outbox.c.id.in_(list(by_id))).order_by(outbox.c.id).with_for_update(key_share=True)
    ).all()
    mine = [row for row in rows if row.claimed_by == me and row.state in _open_to(by_id[row.id])]
    states = change(unit, mine, by_id)
    forgetting.wipe_answered(unit, forgotten)
    return states


def _open_to(outcome: Outcome) -> tuple[str, ...]:
    return ("claimed", "started", "pending", "unknown") if outcome.kind == "sent" else ("claimed", "started")


def _lock_addresses(unit: Unit, outcomes: Mapping[int, Outcome]) -> list[int]:
    """Addresses before messages, as a turn does; those that wait to be wiped."""
    gone = [outcome.id for outcome in outcomes.values() if outcome.kind in ("gone", "left", "no_news")]
    ids = select(outbox.c.address_id).where(outbox.c.id.in_(list(outcomes)))
    wanted = address.c.forget | address.c.id.in_(select(outbox.c.address_id).where(outbox.c.id.in_(gone)))
    query = select(address.c.id, address.c.forget).where(address.c.id.in_(ids), wanted)
    locked = unit.db.execute(query.order_by(address.c.id).with_for_update(key_share=True)).all()
    return [row.id for row in locked if row.forget]


def change(unit: Unit, rows: Sequence[Row[Any]], outcomes: Mapping[int, Outcome]) -> dict[int, str]:
    """Apply outcomes to locked rows, and to all that depends on them; the states now."""
    early = _early_ranks(unit, [row for row in rows if outcomes[row.id].kind == "sent"], outcomes)
    changes = [_changed(unit, row, outcomes[row.id], early.get(row.id, 0)) for row in rows]
    _write(unit, changes)
    forgetting.wipe_fleeting(unit, [row.id for row in rows if row.forget])
    touched, states = {row.recipient_id for row in rows}, {values["row"]: values["state"] for values in changes}
    for row in rows:
        if states[row.id] == "failed":
            _fall_back(unit, row, outcomes[row.id])
        elif outcomes[row.id].kind == "closed":
            onward.pass_on(unit, [row.id])
        touched |= _beyond(unit, row, outcomes[row.id])
    ledger(unit, touched)
    return states


def _changed(unit: Unit, row: Row[Any], outcome: Outcome, early: int) -> dict[str, Any]:
    """The row as it is now. A receipt may have come before our own knowledge."""
    kept = {name: getattr(row, name) for name in _COLUMNS}
    values = kept | _after(unit, row, outcome)
    values["rank"] = max(values["rank"], early)
    values["state"] = by_rank(values["state"], values["rank"], values["uncertain"])
    if values["rank"] >= ACCEPTED and values["state"] in ("sent", "failed"):
        values["error"] = failure(unit, row.id, values["rank"])
    return {"row": row.id, **values}


_COLUMNS = ("state", "due_at", "attempts", "started_at", "sent_at", "provider_id", "uncertain", "rank", "error")


def _after(unit: Unit, row: Row[Any], outcome: Outcome) -> dict[str, Any]:
    match outcome.kind:
        case "sent":
            known = {"provider_id": outcome.provider_id or None, "rank": max(row.rank, SENT)}
            return {"state": "sent", "sent_at": unit.now, "error": None, **known}
        case "returned" | "throttled" | "halt":
            return {"state": "pending", "started_at": None}
        case "closed":
            return closures.waits(unit, row, outcome.wait) or _after(unit, row, _of_this_alone(outcome))
        case "repeat":
            due = unit.now + timedelta(seconds=outcome.wait)
            return {"state": "pending", "started_at": None, "due_at": due, "error": f"repeats: {outcome.told}"}
        case "retry":
            return _retried(unit, row, outcome)
        case "uncertain":
            again = row.kind != "broadcast" and row.uncertain == 0
            error = f"uncertain: {outcome.told}"
            return {"state": "pending" if again else "unknown", "uncertain": row.uncertain + 1, "error": error}
        case "no_news":
            return {"state": "failed", "error": f"opted_out: {outcome.told}"}
        case "gone" | "left" | "expired":
            state = "expired" if outcome.kind == "expired" else "failed"
            return {"state": state, "error": f"{outcome.kind}: {outcome.told}"}
        case "failed":
            return {"state": "failed", "error": f"{'unsuited' if outcome.fallback else 'refused'}: {outcome.told}"}


def _of_this_alone(outcome: Outcome) -> Outcome:
    """A country is closed that nobody can tell: then it is known of this message alone."""
    return replace(outcome, kind="retry" if outcome.wait else "failed")


def _retried(unit: Unit, row: Row[Any], outcome: Outcome) -> dict[str, Any]:
    if row.attempt + row.attempts >= outcome.tries:
        return {"state": "failed", "error": f"retries: {outcome.told}"}
    planned = 60.0 * RETRIES[min(row.attempts, len(RETRIES) - 1)]
    wait = max(outcome.wait, planned) + unit.rng.uniform(0, planned / 10)
    again = {"attempts": row.attempts + 1, "due_at": unit.now + timedelta(seconds=wait)}
    return {"state": "pending", "started_at": None, "error": f"retries: {outcome.told}", **again}


def by_rank(state: str, rank: int, uncertain: int) -> str:
    """The state of a message once its provider has told something. Whatever the order, the highest rank decides."""
    doubtful = state in ("pending", "expired", "cancelled") and uncertain > 0
    if rank < ACCEPTED or not (doubtful or state in ("sent", "failed", "unknown")):
        return state
    return "failed" if rank == FAILED else "sent"


def failure(unit: Unit, outbox_id: int, rank: int) -> str | None:
    """The error of a message whose provider has told something; of several the one that sorts first, as told in
    whatever order."""
    if rank != FAILED:
        return None
    failures = receipt.c.outbox_id == outbox_id, receipt.c.rank == rank
    return f"refused: {unit.db.execute(select(func.min(receipt.c.error)).where(*failures)).scalar()}"


def _early_ranks(unit: Unit, rows: Sequence[Row[Any]], outcomes: Mapping[int, Outcome]) -> dict[int, int]:
    """Receipts that came before we knew the provider's id: they find their message now.

    One that comes at this moment waits for its sender (`receipts.py`), and then knows the id.
    """
    by_provider = {outcomes[row.id].provider_id: row.id for row in rows if outcomes[row.id].provider_id}
    if not by_provider:
        return {}
    for sender_id in sorted({row.sender_id for row in rows}):
        unit.lock(sender, sender_id)
    lost = receipt.c.outbox_id.is_(None), receipt.c.provider_id.in_(list(by_provider))
    ranks: dict[int, int] = {}
    for found in unit.db.execute(select(receipt.c.id, receipt.c.provider_id, receipt.c.rank).where(*lost)).all():
        row_id = by_provider[found.provider_id]
        unit.db.execute(update(receipt).where(receipt.c.id == found.id).values(outbox_id=row_id))
        ranks[row_id] = max(ranks.get(row_id, 0), found.rank)
    return ranks


def _write(unit: Unit, changes: list[dict[str, Any]]) -> None:
    if changes:
        values = {name: bindparam(f"new_{name}", type_=outbox.c[name].type) for name in _COLUMNS}
        query = update(outbox).where(outbox.c.id == bindparam("row")).values(values)
        given = [{"row": c["row"], **{f"new_{name}": c[name] for name in _COLUMNS}} for c in changes]
        unit.db.execute(query, given)


def _beyond(unit: Unit, row: Row[Any], outcome: Outcome) -> set[int | None]:
    """What an outcome means for its sender and its address; recipients it touches."""
    if outcome.kind == "throttled":
        senders.pause(unit, row.sender_id, outcome.wait)
    elif outcome.kind == "halt":
        senders.halt(unit, row.sender_id, outcome.told)
    elif outcome.kind == "closed":
        closures.close(unit, row.sender_id, row.address_id, outcome.wait, outcome.told)
    if outcome.kind == "left":
        leaving.leave(unit, row.address_id, "provider")
    elif outcome.kind == "no_news":
        leaving.stop_news(unit, row.address_id)
    elif outcome.kind == "gone":
        return unreachable(unit, row.address_id)
    return set()


def _fall_back(unit: Unit, row: Row[Any], outcome: Outcome) -> None:
    """The next channel, unless the person wants no message, or may have this one."""
    if outcome.fallback and outcome.kind not in ("left", "no_news", "uncertain"):
        onward.elsewhere(unit, row)


def told_later(unit: Unit, row: Row[Any], outcome: Outcome) -> set[int | None]:
    """A provider says afterwards that it did not deliver; recipients it touches.

    The row has failed as its provider knows it, so another try is a row of its own; where the sender itself waits or
    stops, that row waits in its queue.
    """
    outcome = _clean(outcome)
    if outcome.kind == "closed":
        _closed_later(unit, row, outcome)
    elif outcome.kind not in _AGAIN or not onward.again(unit, row, *_patience(row, outcome)):
        _fall_back(unit, row, outcome)
    if outcome.strikes and senders.failing(unit, row.sender_id, outcome.strikes):
        senders.halt(unit, row.sender_id, f"{outcome.strikes} failures in a row: {outcome.told}")
    touched = _beyond(unit, row, outcome)
    onward.reopen(unit, row)
    return touched


def _patience(row: Row[Any], outcome: Outcome) -> tuple[float, int]:
    """How long to the next try, and how many there are. What was only too fast is tried on, for weeks if it must be:
    a new WhatsApp account may write first to 250 people a day. Its sender waits no longer for that: it has answers."""
    if outcome.kind != "throttled":
        return outcome.wait, outcome.tries
    return min(outcome.wait * 2 ** min(row.attempt - 1, 20), LONGEST_WAIT), PATIENT


def _closed_later(unit: Unit, row: Row[Any], outcome: Outcome) -> None:
    """It goes by the next channel, else waits for its country."""
    waits = closures.waits(unit, row, outcome.wait)
    if waits and row.uncertain == 0 and onward.elsewhere(unit, row):
        return
    if waits:
        onward.kept(unit, row, PATIENT, due_at=waits["due_at"], error=waits["error"])
    elif not outcome.wait or not onward.again(unit, row, outcome.wait, outcome.tries):
        _fall_back(unit, row, outcome)


def unreachable(unit: Unit, address_id: int) -> set[int | None]:
    """Nobody can be reached at this address until the person writes; recipients whose waiting messages end so."""
    unit.db.execute(update(address).where(address.c.id == address_id).values(reachable=False))
    theirs = outbox.c.address_id == address_id, outbox.c.state.in_(("pending", "held"))
    rest = unit.db.execute(select(*ROW).where(*theirs).with_for_update(skip_locked=True, key_share=True)).all()
    touched = close(unit, [Ended(r.id, r.recipient_id, "failed", "gone", r.uncertain) for r in rest], tell=False)
    for row in rest:
        onward.elsewhere(unit, row)
    return touched


def close(unit: Unit, ends: Sequence[Ended], *, tell: bool = True) -> set[int | None]:
    """End messages that wait. One that may have been sent once before stays 'unknown', whatever ends it now."""
    for end in ends:
        values = {"state": "unknown" if end.uncertain else end.state, "error": end.reason}
        unit.db.execute(update(outbox).where(outbox.c.id == end.id).values(**values))
    forgetting.wipe_fleeting(unit, [end.id for end in ends])
    touched = {end.recipient_id for end in ends}
    if tell:
        ledger(unit, touched)
    return touched


# --- the ledger ---------------------------------------------------------------------------------------------------


def ledger(unit: Unit, recipient_ids: Iterable[int | None]) -> None:
    """Bring recipients in step with their messages; a broadcast with nobody pending is done."""
    ids = sorted({i for i in recipient_ids if i is not None})
    if not ids:
        return
    messages: dict[int, list[Row[Any]]] = {}
    for row in unit.db.execute(select(*ROW).where(outbox.c.recipient_id.in_(ids)).order_by(outbox.c.attempt)):
        messages.setdefault(row.recipient_id, []).append(row)
    given = [_entry(i, messages[i], unit.now) for i in ids if i in messages]
    changed = recipient.c.id == bindparam("row"), recipient.c.state != bindparam("new_state")
    values = {name: bindparam(f"new_{name}", type_=recipient.c[name].type) for name in ("state", "reason", "at")}
    unit.db.execute(update(recipient).where(*changed).values(values), given)
    _finish(unit, ids)


def _entry(recipient_id: int, messages: Sequence[Row[Any]], now: datetime) -> dict[str, Any]:
    state, reason = standing([(m.attempt, m.state, m.rank, m.error) for m in messages])
    return {"row": recipient_id, "new_state": state, "new_reason": reason, "new_at": now}


def standing(messages: Collection[tuple[int, str, int, str | None]]) -> tuple[str, str | None]:
    """State and reason of a recipient, of (attempt, state, rank, error) of each of its messages.

    Delivered or read by any of them is sent. Otherwise the newest attempt decides while it waits; then the best of
    all: a second try that fails takes nothing from a first one that may have arrived.
    """
    if any(rank > FAILED for _, _, rank, _ in messages):
        return "sent", None
    attempts: dict[int, list[tuple[str, str | None]]] = {}
    for attempt, state, _, error in sorted(messages, key=lambda told: -told[0]):
        attempts.setdefault(attempt, []).append((state, error))
    ends = [_end(parts) for parts in attempts.values()]
    better = [end for end in ends[1:] if end[0] in ("sent", "unknown")]
    return min([ends[0], *better], key=lambda end: _BEST.index(end[0]))


_BEST = ("pending", "sent", "unknown", "failed", "skipped")


def _end(parts: Sequence[tuple[str, str | None]]) -> tuple[str, str | None]:
    """State and reason of one attempt, of (state, error) of its parts."""
    states = {state for state, _ in parts}
    if any(state in states for state in _WAITS):
        return "pending", None
    reason = next((error.partition(":")[0] for _, error in parts if error), None)
    if states & {"failed", "expired"}:
        return "failed", reason
    if "unknown" in states:
        return "unknown", "uncertain"
    return ("skipped", reason) if "cancelled" in states else ("sent", None)


def _finish(unit: Unit, recipient_ids: Sequence[int]) -> None:
    # Two processes that settle the last two rows at once each see the other's pending: the tick finishes those.
    mine = select(recipient.c.broadcast_id).where(recipient.c.id.in_(recipient_ids))
    waiting = exists().where(recipient.c.broadcast_id == broadcast.c.id, recipient.c.state == "pending")
    sending = update(broadcast).where(broadcast.c.id.in_(mine), broadcast.c.state == "sending", ~waiting)
    unit.db.execute(sending.values(state="done"))
