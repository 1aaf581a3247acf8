"""Broadcast rows: the snapshot of an audience, its ledger, its messages (DESIGN 5, accountability.md 3).

Everything that grows with the audience is one SQL statement, so a million people are a few seconds. Each person
concerned is one `recipient` row: pending, or skipped with the reason. On a phone that several of them share, one
message goes out (to who wrote there last, else to the first) and the others are skipped as 'shared'; an act whose
message differs from person to person says `shared="each"`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)

from storage import codes, onward, reach
from storage.store import Unit
from storage.tables import address, broadcast, broadcast_text, outbox, recipient
from storage.tables.base import Id, Instant
from storage.upsert import insert_once

CODE_LENGTH = 6
BALLOTS = ("ballot", "ballot_reminder")  # broadcasts that ask for a choice

Body = dict[str, Any]  # Reply.to_json()


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is told to whom: all of a broadcast but its words."""

    kind: str  # 'invitation' | 'reminder' | 'ballot' | 'result' | ...
    idem: str  # the same act twice is one broadcast: 'announce:sm1:1'
    by: str
    audience: Select[Any]  # columns (person_id, grp): who is concerned and which wording; see storage/audiences.py
    due_at: datetime
    expires_at: datetime  # not sent afterwards, nor answered
    lab_id: int | None = None  # permission is looked up for this lab, and its form of address is the default
    session_id: int | None = None
    contest_id: int | None = None
    opens: Mapping[str, Any] | None = None  # {'conversation', 'args'}: what an answer begins
    strangers: bool = False  # the audience is (address_id, grp): numbers of a list, of nobody we know yet
    shared: Literal["one", "each"] = "one"  # messages to a phone of several persons
    fill: Select[Any] | None = None  # (person_id, <word>, ...): replaces {<word>} for each person; small audiences
    priority: int = 2  # 1 notice, 2 broadcast


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Where everybody stands: audience = sent + failed + skipped + unknown + pending, at any moment."""

    broadcast_id: int
    code: str
    state: str  # 'sending' | 'stopped' | 'done'
    due_at: datetime
    audience: int
    sent: int = 0
    failed: int = 0
    skipped: int = 0
    unknown: int = 0
    pending: int = 0
    reasons: Mapping[str, int]  # why, of those skipped and failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A message of a broadcast that an answer may belong to, and that no talk has taken up yet."""

    outbox_id: int
    broadcast_id: int
    conversation: str
    args: Mapping[str, Any]
    person_id: int | None
    asked_at: datetime
    reply: Mapping[str, Any]  # Reply.to_json() as it was shown: bot.broadcast.shown() reads its options


# --- making one ---------------------------------------------------------------------------------------------------


def create(unit: Unit, act: Act) -> int | None:
    """The new broadcast's id; None when this act was done before."""
    values = {
        "code": _fresh_code(unit),
        "idem": act.idem,
        "kind": act.kind,
        "lab_id": act.lab_id,
        "session_id": act.session_id,
        "contest_id": act.contest_id,
        "state": "sending",
        "by": act.by,
        "opens": dict(act.opens) if act.opens else null(),
        "created_at": unit.now,
        "due_at": act.due_at,
        "expires_at": act.expires_at,
    }
    return insert_once(unit, broadcast, values, "idem")


def _fresh_code(unit: Unit) -> str:
    while True:
        code = codes.draw(unit.rng, CODE_LENGTH)
        if unit.db.execute(select(broadcast.c.id).where(broadcast.c.code == code)).first() is None:
            return code


def snapshot(unit: Unit, broadcast_id: int, act: Act) -> list[str]:
    """A recipient row for everybody concerned; the variants of wording that are needed."""
    _place(unit, broadcast_id, act)
    while reach.left_meanwhile(unit, broadcast_id):
        unit.db.execute(delete(recipient).where(recipient.c.broadcast_id == broadcast_id))
        _place(unit, broadcast_id, act)
    made = select(func.count()).where(recipient.c.broadcast_id == broadcast_id).scalar_subquery()
    unit.db.execute(update(broadcast).where(broadcast.c.id == broadcast_id).values(audience=made))
    waiting = _of(broadcast_id, "pending")
    variants = set(unit.db.execute(select(recipient.c.variant).where(waiting).distinct()).scalars())
    return sorted(variants | set(onward.other_wordings(unit, broadcast_id)))


def _place(unit: Unit, broadcast_id: int, act: Act) -> None:
    placed = _placed(unit, act).subquery("placed")
    columns = ["broadcast_id", "person_id", "address_id", "state", "reason", "variant", "at"]
    rows = select(
        literal(broadcast_id, Id),
        placed.c.person_id,
        placed.c.address_id,
        placed.c.state,
        placed.c.reason,
        placed.c.variant,
        literal(unit.now, Instant()),
    )
    unit.db.execute(insert(recipient).from_select(columns, rows.order_by(placed.c.person_id, placed.c.address_id)))


def _placed(unit: Unit, act: Act) -> Select[Any]:
    if act.strangers:
        return reach.strangers(act.audience, act.lab_id)
    return reach.placed(
        unit,
        act.audience,
        lab_id=act.lab_id,
        shared=act.shared,
        priority=act.priority,
        kind=act.kind,
        at=max(act.due_at, unit.now),
    )


def enqueue(unit: Unit, broadcast_id: int, act: Act, texts: Mapping[str, Body | None]) -> None:
    """The texts, once each, and a message for every pending recipient; a variant without words is skipped."""
    for variant, body in texts.items():
        if body is None:
            mute = and_(_of(broadcast_id, "pending"), recipient.c.variant == variant)
            unit.db.execute(update(recipient).where(mute).values(state="skipped", reason="no_text"))
        else:
            unit.db.execute(insert(broadcast_text).values(broadcast_id=broadcast_id, variant=variant, body=body))
    _messages(unit, broadcast_id, act)
    if act.fill is not None:
        _personal(unit, broadcast_id, act.fill)


def _messages(unit: Unit, broadcast_id: int, act: Act) -> None:
    words = and_(
        broadcast_text.c.broadcast_id == recipient.c.broadcast_id, broadcast_text.c.variant == recipient.c.variant
    )
    given: dict[str, ColumnElement[Any]] = {
        "sender_id": address.c.sender_id,
        "address_id": recipient.c.address_id,
        "person_id": recipient.c.person_id,
        "kind": literal("broadcast"),
        "priority": literal(act.priority),
        "due_at": literal(act.due_at, Instant()),
        "expires_at": literal(act.expires_at, Instant()),
        "state": literal("pending"),
        "recipient_id": recipient.c.id,
        "text_id": broadcast_text.c.id,
        "created_at": literal(unit.now, Instant()),
    }
    rows = (
        select(*given.values())
        .join_from(recipient, broadcast_text, words)
        .join(address, address.c.id == recipient.c.address_id)
        .where(_of(broadcast_id, "pending"), ~exists().where(outbox.c.recipient_id == recipient.c.id))
        .order_by(recipient.c.id)
    )
    unit.db.execute(insert(outbox).from_select(list(given), rows))


def _personal(unit: Unit, broadcast_id: int, fill: Select[Any]) -> None:
    """Give each message of a small audience its own words: a body of its own, sealed."""
    waiting = (
        select(outbox.c.id, outbox.c.person_id, broadcast_text.c.body)
        .join_from(outbox, recipient, outbox.c.recipient_id == recipient.c.id)
        .join(broadcast_text, outbox.c.text_id == broadcast_text.c.id)
        .where(_of(broadcast_id, "pending"))
    )
    words: dict[int, dict[str, Any]] = {row[0]: dict(row._mapping) for row in unit.db.execute(fill)}
    for row in unit.db.execute(waiting).all():
        body = filled(row.body, words.get(row.person_id, {}))
        mine = update(outbox).where(outbox.c.id == row.id)
        unit.db.execute(mine.values(body=json.dumps(body, ensure_ascii=False)))


def filled(body: Mapping[str, Any], words: Mapping[str, Any]) -> Body:
    """The body with each {word} of its text and template replaced, once; what has no word stays as it is."""
    texts = {f"{{{name}}}": "" if value is None else str(value) for name, value in words.items()}
    marks = re.compile("|".join(map(re.escape, texts)) or "(?!)")

    def fill(text: str) -> str:
        return marks.sub(lambda mark: texts[mark[0]], text)

    template = body.get("template")
    if template:
        body = {**body, "template": {**template, "variables": {n: fill(v) for n, v in template["variables"].items()}}}
    return {**body, "text": fill(str(body["text"]))}


# --- looking at one, holding it -----------------------------------------------------------------------------------


def _of(broadcast_id: int, state: str) -> ColumnElement[bool]:
    return and_(recipient.c.broadcast_id == broadcast_id, recipient.c.state == state)


def found(unit: Unit, idem: str) -> int | None:
    """The broadcast of this act, if it was done before."""
    return unit.db.execute(select(broadcast.c.id).where(broadcast.c.idem == idem)).scalar()


def known(unit: Unit, idem: str) -> int:
    """The broadcast of an act that was done."""
    return int(unit.db.execute(select(broadcast.c.id).where(broadcast.c.idem == idem)).scalar_one())


def by_code(unit: Unit, code: str) -> int | None:
    """The broadcast people know by this code."""
    return unit.db.execute(select(broadcast.c.id).where(broadcast.c.code == codes.clean(code))).scalar()


def ledger(unit: Unit, broadcast_id: int) -> Ledger:
    """Where everybody concerned stands now."""
    head = unit.db.execute(select(broadcast).where(broadcast.c.id == broadcast_id)).one()
    mine = recipient.c.broadcast_id == broadcast_id
    per_state = select(recipient.c.state, func.count()).where(mine).group_by(recipient.c.state)
    why = select(recipient.c.reason, func.count()).where(mine, recipient.c.state.in_(("skipped", "failed")))
    return Ledger(
        broadcast_id=broadcast_id,
        code=head.code,
        state=head.state,
        due_at=head.due_at,
        audience=head.audience,
        reasons=_counts(unit, why.where(recipient.c.reason.is_not(None)).group_by(recipient.c.reason)),
        **_counts(unit, per_state),
    )


def _counts(unit: Unit, query: Select[Any]) -> dict[str, int]:
    return {row[0]: row[1] for row in unit.db.execute(query)}


def stop(unit: Unit, code: str) -> Ledger | None:
    """Hold what has not been claimed yet; what a sender has in hand (one lot) still goes. None: no such code."""
    return _turn(unit, code, ("sending", "stopped"), ("pending", "held"))


def resume(unit: Unit, code: str) -> Ledger | None:
    """Let the rest of a stopped broadcast go."""
    return _turn(unit, code, ("stopped", "sending"), ("held", "pending"))


def _turn(unit: Unit, code: str, states: tuple[str, str], messages: tuple[str, str]) -> Ledger | None:
    broadcast_id = by_code(unit, code)
    if broadcast_id is None:
        return None
    turned = update(broadcast).where(broadcast.c.id == broadcast_id, broadcast.c.state == states[0])
    if unit.db.execute(turned.values(state=states[1])).rowcount:
        theirs = select(recipient.c.id).where(_of(broadcast_id, "pending"))
        rows = update(outbox).where(outbox.c.state == messages[0], outbox.c.recipient_id.in_(theirs))
        unit.db.execute(rows.values(state=messages[1]))
    return ledger(unit, broadcast_id)


def withhold(
    unit: Unit,
    reason: str,
    *,
    address_id: int | None = None,
    person_id: int | None = None,
    broadcast_ids: Sequence[int] = (),
) -> int:
    """Take back what has not been claimed yet and note why ('opted_out', 'erased', 'changed'); how many it were.

    Give the address (somebody left), the person, or the broadcasts; several of them narrow each other.
    """
    wanted: list[ColumnElement[bool]] = [recipient.c.state == "pending"]
    if address_id is not None:
        wanted.append(recipient.c.address_id == address_id)
    if person_id is not None:
        wanted.append(recipient.c.person_id == person_id)
    if broadcast_ids:
        wanted.append(recipient.c.broadcast_id.in_(broadcast_ids))
    if len(wanted) == 1:
        raise ValueError("say whose messages are withheld")
    theirs = select(recipient.c.id).where(*wanted)
    waiting = and_(outbox.c.state.in_(("pending", "held", "claimed")), outbox.c.uncertain == 0)
    back = update(outbox).where(waiting, outbox.c.recipient_id.in_(theirs))
    unit.db.execute(back.values(state="cancelled", error=reason))
    # Asked of the outbox again: a sender may have claimed a row between the two statements.
    taken_back = exists().where(outbox.c.recipient_id == recipient.c.id, outbox.c.state == "cancelled")
    doubt = exists().where(outbox.c.recipient_id == recipient.c.id, outbox.c.state == "unknown")  # of an earlier try
    ended = update(recipient).where(*wanted, taken_back)
    unit.db.execute(ended.where(doubt).values(state="unknown", reason="uncertain"))
    return unit.db.execute(ended.values(state="skipped", reason=reason)).rowcount


def finish(unit: Unit) -> int:
    """The tick: broadcasts with nobody pending are done."""
    waiting = exists().where(recipient.c.broadcast_id == broadcast.c.id, recipient.c.state == "pending")
    done = update(broadcast).where(broadcast.c.state == "sending", ~waiting)
    return unit.db.execute(done.values(state="done")).rowcount


# --- answers to one -----------------------------------------------------------------------------------------------


def _asked() -> Select[Any]:
    asked_at, ends = func.coalesce(outbox.c.sent_at, outbox.c.started_at, type_=Instant()), broadcast.c.expires_at
    return (
        select(
            outbox.c.id,
            outbox.c.person_id,
            outbox.c.body,
            broadcast.c.id.label("broadcast_id"),
            broadcast.c.opens,
            broadcast_text.c.body.label("words"),
            asked_at.label("asked_at"),
        )
        .join_from(outbox, recipient, outbox.c.recipient_id == recipient.c.id)
        .join(broadcast, recipient.c.broadcast_id == broadcast.c.id)
        .outerjoin(broadcast_text, outbox.c.text_id == broadcast_text.c.id)
        .where(outbox.c.address_id == bindparam("address"), outbox.c.kind == "broadcast")
        .where(outbox.c.state.in_(("started", "sent", "unknown")), broadcast.c.opens.is_not(None))
        .where(or_(ends.is_(None), ends > bindparam("now"), broadcast.c.kind.in_(BALLOTS)))
        .order_by(asked_at.desc(), outbox.c.id.desc())
    )


_ASKED = _asked()  # built once: that takes longer than running it
_UNANSWERED = _ASKED.where(outbox.c.talk_id.is_(None))


def unanswered(unit: Unit, address_id: int) -> list[Opened]:
    """Messages that asked something of this address and that no talk has taken up yet, the newest first.

    A ballot is taken up after its hour too: a late choice is kept as late, and told so.
    """
    rows = unit.db.execute(_UNANSWERED, {"address": address_id, "now": unit.now})
    return [_opened(row) for row in rows]


def asked_last(unit: Unit, address_id: int) -> Opened | None:
    """The newest message that asked something of this address, also when one of its people has answered it."""
    row = unit.db.execute(_ASKED.limit(1), {"address": address_id, "now": unit.now}).first()
    return _opened(row) if row else None


def _opened(row: Any) -> Opened:
    return Opened(
        outbox_id=row.id,
        broadcast_id=row.broadcast_id,
        conversation=row.opens["conversation"],
        args=row.opens.get("args", {}),
        person_id=row.person_id,
        asked_at=row.asked_at,
        reply=json.loads(row.body) if row.body else (row.words or {"text": "", "options": []}),
    )


def adopt(unit: Unit, outbox_id: int, talk_id: int) -> None:
    """This talk has taken up the question of that message."""
    unit.db.execute(update(outbox).where(outbox.c.id == outbox_id).values(talk_id=talk_id))
