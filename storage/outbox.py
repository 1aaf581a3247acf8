"""The outbox: messages wait here until a sender loop claims them (DESIGN 5). What became of them is in settle.py.

pending -> claimed -> started -> sent | failed | unknown
   |  \\______________________/ given back, to be tried again
   +-> expired | cancelled | failed
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    ScalarSelect,
    Select,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    update,
)

from storage import keys, leaving, nights, one_at_a_time, onward, senders, settle
from storage.sealed import DAMAGED, or_damaged
from storage.store import Unit
from storage.tables import address, broadcast_text, outbox, person, sender
from storage.tables.base import Instant

LEASE = timedelta(seconds=30)
KEPT = {"reply": timedelta(days=1), "notice": timedelta(days=3)}  # a message without an expiry of its own
PRIORITY = {"reply": 0, "notice": 1, "broadcast": 2}
SWEPT = 500  # lost rows a sweep at most
PUT_OFF = 200  # rows that must wait still, a claim at most

Kind = Literal["reply", "notice", "broadcast"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A claimed message, with all that its sending needs."""

    id: int
    address_id: int
    address: str
    kind: str
    body: Mapping[str, Any]  # Reply.to_json()
    name: str  # fills {name}; '' when there is none
    lang: str
    made_at: datetime
    claimed_at: datetime
    attempt: int  # 1, 2 ...: grows only after a try that surely failed
    heard_at: datetime | None  # when the person last wrote from this address
    expires_in: float | None  # seconds from the claim; not sent afterwards
    slot_in: float = 0.0  # seconds from the claim to its slot


@dataclass(frozen=True, slots=True)
class Claim:
    """The messages of one claim. `wait`: seconds until it is worth asking again."""

    letters: Sequence[Letter]
    wait: float = 0.0


_PUT = outbox.insert().returning(outbox.c.id)


def put_reply(
    unit: Unit,
    *,
    sender_id: int,
    address_id: int,
    person_id: int | None,
    reply: Mapping[str, Any],
    talk_id: int | None = None,
    kind: Kind = "reply",
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    forget: bool = False,
) -> int:
    """Put one message into the outbox; it is sent after this unit's commit. forget: its words go once it has left."""
    due = due_at or unit.now
    values = {
        "sender_id": sender_id,
        "address_id": address_id,
        "person_id": person_id,
        "kind": kind,
        "priority": PRIORITY[kind],
        "due_at": due,
        "expires_at": expires_at or (due + KEPT[kind] if kind in KEPT else None),
        "state": "pending",
        "body": json.dumps(reply, ensure_ascii=False),
        "forget": forget,
        "talk_id": talk_id,
        "created_at": unit.now,
    }
    return int(unit.db.execute(_PUT, values).scalar_one())


# --- claiming -----------------------------------------------------------------------------------------------------

# Written into the SQL: with a bound value neither database would use its partial index.
_PENDING = outbox.c.state == literal_column("'pending'")
_LEASED = outbox.c.state.in_((literal_column("'claimed'"), literal_column("'started'")))
_NOW, _SINCE = (bindparam(name, type_=Instant()) for name in ("now", "since"))


def _moments(unit: Unit, gap: float) -> dict[str, datetime]:
    """What the prepared statements are given."""
    return {"now": unit.now, "since": unit.now - timedelta(seconds=gap)}


def _claimable(priority: int) -> Iterator[ColumnElement[bool]]:
    """One priority at a time: then the index gives exactly the rows that are due, in order.

    What else may keep a message back for long is no condition here, it puts the message off: see `_open`.
    """
    yield outbox.c.priority == literal_column(str(priority))
    yield _PENDING
    # An answer is due when it is made: one that was made later than now is of a clock that was ahead.
    yield outbox.c.due_at <= _NOW if priority else or_(outbox.c.due_at <= _NOW, outbox.c.created_at > _NOW)
    other = outbox.alias("other")
    under_way = other.c.state.in_((literal_column("'claimed'"), literal_column("'started'")))
    lately = or_(other.c.started_at.between(_SINCE, _NOW), other.c.sent_at.between(_SINCE, _NOW))
    yield _first(other, other.c.address_id == outbox.c.address_id, or_(under_way, lately)).is_(None)


def _first(table: FromClause, *where: ColumnElement[bool]) -> ScalarSelect[int]:
    """One row, looked up by index. PostgreSQL turns EXISTS into a join of whole tables, this it leaves alone."""
    return select(table.c.id).where(*where).limit(1).correlate(outbox).scalar_subquery()


def letters() -> Select[Any]:
    """All that `letter_of` and `unfit` need of messages."""
    return (
        select(
            outbox.c.id,
            outbox.c.address_id,
            outbox.c.kind,
            outbox.c.priority,
            or_damaged(outbox.c.body),
            outbox.c.expires_at,
            outbox.c.created_at,
            outbox.c.uncertain,
            outbox.c.recipient_id,
            (outbox.c.attempt + outbox.c.attempts).label("tried"),
            address.c.last_inbound_at,
            or_damaged(address.c.value).label("address"),
            address.c.reachable,
            address.c.opted_out_at,
            address.c.country,
            address.c.no_news_at,
            address.c.forget.label("left"),
            or_damaged(person.c.name),
            func.coalesce(person.c.lang, address.c.lang).label("lang"),
            broadcast_text.c.body.label("words"),
        )
        .join_from(outbox, address, address.c.id == outbox.c.address_id)
        .outerjoin(person, person.c.id == outbox.c.person_id)
        .outerjoin(broadcast_text, broadcast_text.c.id == outbox.c.text_id)
    )


def _candidates_of(priority: int) -> Select[Any]:
    mine = outbox.c.sender_id == bindparam("sender"), *_claimable(priority)
    query = letters().where(*mine).order_by(outbox.c.due_at, outbox.c.id).limit(bindparam("most"))
    return query.with_for_update(of=outbox, skip_locked=True, key_share=True)


def _next(priority: int) -> ScalarSelect[int]:
    mine = outbox.c.sender_id == sender.c.id, *_claimable(priority)
    query = select(outbox.c.id).where(*mine).order_by(outbox.c.due_at, outbox.c.id).limit(1)
    return query.correlate(sender).scalar_subquery()


def _ready_senders() -> Select[Any]:
    waiting = [_next(priority).is_not(None) for priority in PRIORITY.values()]
    columns = sender.c.id, sender.c.next_us, sender.c.interval_us
    return select(*columns).where(sender.c.halted_at.is_(None), senders.may_be_free(), or_(*waiting))


# Built once: building them costs ten times what running them does, and an idle process asks twenty times a second.
_READY = _ready_senders()
_CANDIDATES = [_candidates_of(priority) for priority in PRIORITY.values()]


def ready(unit: Unit, *, gap: float, headroom: float = 0.0) -> list[int]:
    """Senders that have a message to send now and, as far as can be seen without locking, a slot for it."""
    near = senders.near(unit, headroom)
    found = unit.db.execute(_READY, {**_moments(unit, gap), **near}).all()
    return [row.id for row in found if senders.is_free(unit, row, near)]


def claim(
    unit: Unit,
    sender_id: int,
    me: str,
    *,
    gap: float,
    headroom: float = 0.0,
    weigh: Callable[[Letter], int] = lambda letter: 1,
) -> Claim:
    """Reserve slots and claim what may be sent in them: one short transaction.

    gap       seconds between two messages to one address
    headroom  seconds that this process needs from here to its network call
    weigh     slots that one message costs (an SMS costs its segments)
    """
    slots = senders.reserve(unit, sender_id, headroom)
    if not slots.free:
        return Claim((), slots.wait)
    rows = _open(unit, sender_id, gap, slots.free)
    letters, used = _chosen(unit, rows, slots, weigh)
    _drop_unfit(unit, rows)
    wait = senders.take(unit, sender_id, slots, used)
    if letters:
        taken = update(outbox).where(outbox.c.id.in_([letter.id for letter in letters]))
        lease = {"claimed_by": me, "lease_until": unit.now + LEASE, "started_at": None}
        unit.db.execute(taken.values(state="claimed", **lease))
    return Claim(letters, wait)


def _open(unit: Unit, sender_id: int, gap: float, free: int) -> list[Row[Any]]:
    """What may go now. What must wait is put off, so that no later look at the queue meets it again."""
    looked = 0
    while looked < PUT_OFF and (found := _candidates(unit, sender_id, gap, free)):
        looked += len(found)
        waits = [row for row in found if not unfit(row, unit.now)]
        later = onward.leave_closed(unit, sender_id, waits)
        for hold in (one_at_a_time.hold, nights.hold):
            later |= hold(unit, [row for row in waits if row.id not in later])
        if len(later) < len(found):
            return [row for row in found if row.id not in later]
    return []


def _candidates(unit: Unit, sender_id: int, gap: float, free: int) -> list[Row[Any]]:
    """Twice as many as there are slots: of several to one address only the first is taken."""
    wanted = 2 * free + 8
    given = {**_moments(unit, gap), "sender": sender_id}
    rows: list[Row[Any]] = []
    for query in _CANDIDATES:
        if len(rows) < wanted:
            rows += unit.db.execute(query, {**given, "most": wanted - len(rows)})
    if any(_damaged(row) for row in rows):
        keys.require(unit)  # where this process lacks a key, nothing is damaged
    return rows


def _chosen(
    unit: Unit, rows: Sequence[Row[Any]], slots: senders.Slots, weigh: Callable[[Letter], int]
) -> tuple[list[Letter], int]:
    """The letters that fit into the slots, one an address, and how many slots they take."""
    letters: list[Letter] = []
    used, seen = 0, set[int]()
    for row in rows:
        if row.address_id in seen or unfit(row, unit.now):
            continue
        letter = letter_of(row, unit.now, slots.opens_in(used))
        cost = max(1, weigh(letter))
        if letters and used + cost > slots.free:
            break
        letters.append(letter)
        seen.add(row.address_id)
        used += cost
        if used >= slots.free:
            break
    return letters, used


def letter_of(row: Row[Any], now: datetime, slot_in: float = 0.0) -> Letter:
    """A row of `letters()` as a message; its times are counted from `now`."""
    return Letter(
        id=row.id,
        address_id=row.address_id,
        address=row.address,
        kind=row.kind,
        body=_body(row),
        name=row.name or "",
        lang=row.lang,
        made_at=row.created_at,
        claimed_at=now,
        attempt=row.tried,
        heard_at=row.last_inbound_at,
        expires_in=(row.expires_at - now).total_seconds() if row.expires_at else None,
        slot_in=slot_in,
    )


def _damaged(row: Row[Any]) -> bool:
    return DAMAGED in (row.body, row.address, row.name)


def _body(row: Row[Any]) -> Mapping[str, Any]:
    """The words; none where they, the name or the address can not be read: so this message fails and no other."""
    if _damaged(row):
        return {}
    try:
        found = json.loads(row.body) if row.body is not None else row.words
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def unfit(row: Row[Any], now: datetime) -> tuple[str, str] | None:
    """State and reason of a row that must not be sent any more. Permission is read here: at the time of sending."""
    if row.expires_at is not None and row.expires_at <= now:
        return "expired", "expired"
    if row.address is None:
        return "failed", "no_address"
    if row.left and row.kind != "reply":  # erased while this was being made: the one reply that proves it still goes
        return "cancelled", "erased"
    if row.opted_out_at is not None and row.kind != "reply":  # the one reply that confirms it still goes
        return "cancelled", "opted_out"
    if row.no_news_at is not None and row.priority == leaving.NEWS:
        return "cancelled", "opted_out"
    if not row.reachable:
        return "failed", "gone"
    if row.body is None and row.words is None:
        return "cancelled", "erased"
    return None


def _drop_unfit(unit: Unit, rows: Sequence[Row[Any]]) -> None:
    ends = [(row, end) for row in rows if (end := unfit(row, unit.now))]
    settle.close(unit, [settle.Ended(row.id, row.recipient_id, *end, row.uncertain) for row, end in ends])


# --- sending ------------------------------------------------------------------------------------------------------


def mark(unit: Unit, me: str, ids: Collection[int]) -> set[int]:
    """Mark these as started, just before their network calls; which of them are still ours to send."""
    ours = (outbox.c.id.in_(ids), outbox.c.claimed_by == me, _LEASED, outbox.c.lease_until > unit.now)
    started = update(outbox).where(*ours).values(state="started", started_at=unit.now)
    return set(unit.db.execute(started.returning(outbox.c.id)).scalars())


def sweep(unit: Unit, held: Collection[int] = ()) -> int:
    """What a dead process left behind: claimed rows go back, started ones are uncertain. How many there were.

    held  ids this process still works on: a leap of the clock does not take them away from it
    """
    ahead = outbox.c.lease_until > unit.now + 2 * LEASE  # of a clock that was ahead and is right again
    lost = _LEASED, or_(outbox.c.lease_until <= unit.now, ahead), outbox.c.id.not_in(held)
    rows = unit.db.execute(
        select(*settle.ROW).where(*lost).limit(SWEPT).with_for_update(skip_locked=True, key_share=True)
    ).all()
    told = "the process that was sending it is gone"
    kinds: dict[str, settle.Kind] = {"claimed": "returned", "started": "uncertain"}
    settle.change(unit, rows, {r.id: settle.Outcome(id=r.id, kind=kinds[r.state], told=told) for r in rows})
    return len(rows) + _expire(unit)


def _expire(unit: Unit) -> int:
    """Messages whose time is over, also those that no claim reaches: of a halted sender, or held by an open talk."""
    over = select(outbox.c.id, outbox.c.recipient_id, outbox.c.uncertain).where(
        _PENDING, outbox.c.expires_at <= unit.now
    )
    rows = unit.db.execute(over.limit(SWEPT).with_for_update(skip_locked=True, key_share=True)).all()
    settle.close(unit, [settle.Ended(r.id, r.recipient_id, "expired", "expired", r.uncertain) for r in rows])
    return len(rows)
