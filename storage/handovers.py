"""Neighbours who asked for a person, or were not understood: who waits, since when, and what she wrote last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select, update

from storage import spoken
from storage.store import Unit
from storage.tables import address, consent, contact, handover, inbound, person, sender

NOTES = 20  # messages of hers that are looked through for recordings, and for words
COMPLAINT = "complaint"  # about a person: the reason, and the mark of the words
LAST = 5  # of those with words that a human may read


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One of them. name: first name, '' for who gave no permission."""

    id: int
    address_id: int
    person_id: int | None
    name: str
    reason: str  # 'asked' | 'idea' | 'voice' | 'not_understood' | ...
    at: datetime
    due_at: datetime
    done: bool
    talk_id: int | None  # whose question her last voice note answers; 0: none was open, None: not known


def open_in(unit: Unit, lab_ids: Sequence[int]) -> list[Waiting]:
    """Those of these labs who wait, the oldest first; who belongs to no lab yet is everybody's."""
    here = (
        select(contact.c.address_id)
        .join(consent, consent.c.person_id == contact.c.person_id)
        .where(contact.c.address_id == handover.c.address_id, consent.c.lab_id.is_not(None))
    )
    mine = or_(exists(here.where(consent.c.lab_id.in_(lab_ids))), ~exists(here))
    rows = unit.db.execute(
        _query().where(handover.c.done_at.is_(None), mine).order_by(handover.c.due_at, handover.c.id)
    )
    return [_waiting(row) for row in rows]


def open_at(unit: Unit, address_id: int) -> list[Waiting]:
    """Those who wait at this address, the newest first."""
    mine = _query().where(handover.c.done_at.is_(None), handover.c.address_id == address_id)
    return [_waiting(row) for row in unit.db.execute(mine.order_by(handover.c.id.desc()))]


def hold(unit: Unit, handover_id: int) -> Waiting | None:
    """One of them, locked: two who answer take turns."""
    unit.lock(handover, handover_id)
    row = unit.db.execute(_query().where(handover.c.id == handover_id)).first()
    return _waiting(row) if row else None


def _query() -> Any:
    return select(handover, person.c.name).outerjoin(person, person.c.id == handover.c.person_id)


def _waiting(row: Any) -> Waiting:
    return Waiting(
        id=row.id,
        address_id=row.address_id,
        person_id=row.person_id,
        name=row.name or "",
        reason=row.reason,
        at=row.at,
        due_at=row.due_at,
        done=row.done_at is not None,
        talk_id=row.talk_id,
    )


def _hers(address_id: int, person_id: int | None) -> tuple[ColumnElement[bool], ...]:
    """What came from there and was hers: of a phone of several people only what is known to be."""
    several = select(func.count() > 1).where(contact.c.address_id == address_id).scalar_subquery()
    mine = inbound.c.person_id.is_(None) if person_id is None else inbound.c.person_id == person_id
    return inbound.c.address_id == address_id, inbound.c.payload.is_not(None), or_(mine, ~several)


def last_words(unit: Unit, address_id: int, person_id: int | None = None) -> str:
    """What she wrote from there last, while it is kept (30 days); '' for a picture or a voice note.

    How she chooses, and the code that guards it, is left out: nobody sees it on a screen (voting.md 7).
    """
    query = select(inbound.c.payload).where(*_hers(address_id, person_id))
    rows = unit.db.execute(query.order_by(inbound.c.id.desc()).limit(NOTES)).scalars().all()
    kept = [json.loads(one) for one in rows]
    texts = [str(one.get("text", "")) for one in kept if not one.get(spoken.UNSEEN)][:LAST]
    return " / ".join(reversed([text for text in texts if len(text) > 3][:2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A voice note where its provider keeps it."""

    sender: str  # who of us was written to: 'telegram:123'
    via: str  # the channel that gives it out
    ref: str  # the provider's handle; '' where none came
    seconds: int


def recordings(unit: Unit, waits: Waiting) -> list[Recorded]:
    """Voice notes that came from there since this matter began, the newest first; none once the words are forgotten."""
    query = (
        select(sender.c.name, sender.c.via, inbound.c.payload)
        .join(sender, sender.c.id == inbound.c.sender_id)
        .where(*_hers(waits.address_id, waits.person_id), inbound.c.received_at >= waits.at)
    )
    rows = unit.db.execute(query.order_by(inbound.c.id.desc()).limit(NOTES))
    found = [(row.name, row.via, json.loads(row.payload)) for row in rows]
    return [
        Recorded(sender=name, via=via, ref=str(kept.get("ref", "")), seconds=int(kept.get("seconds", 0)))
        for name, via, kept in found
        if kept.get("media") == "voice"
    ]


def put_apart(unit: Unit, inbound_ids: Sequence[int]) -> None:
    """These messages complain about a person: nobody reads them in passing, only who takes the complaint."""
    query = select(inbound.c.id, inbound.c.payload).where(inbound.c.id.in_(inbound_ids), inbound.c.payload.is_not(None))
    for row in unit.db.execute(query).all():
        payload = json.dumps({**json.loads(row.payload), spoken.UNSEEN: COMPLAINT}, ensure_ascii=False)
        unit.db.execute(update(inbound).where(inbound.c.id == row.id).values(payload=payload))


def take(unit: Unit, waits: Waiting, by: str) -> str | None:
    """What a complaint says, for the one person of the team who reads it; None: another does, until its day is over.

    by: 'staff:...'.
    """
    free = or_(handover.c.taken_by.is_(None), handover.c.taken_by == by, handover.c.due_at <= unit.now)
    mine = update(handover).where(handover.c.id == waits.id, handover.c.done_at.is_(None), free).values(taken_by=by)
    if not unit.db.execute(mine).rowcount:
        return None
    query = select(inbound.c.payload).where(*_hers(waits.address_id, waits.person_id))
    rows = unit.db.execute(query.order_by(inbound.c.id.desc()).limit(NOTES)).scalars().all()
    kept = [json.loads(one) for one in rows]
    return " / ".join(reversed([str(one["text"]) for one in kept if one.get(spoken.UNSEEN) == COMPLAINT][:2]))


def done(unit: Unit, handover_id: int) -> None:
    """Answered."""
    unit.db.execute(update(handover).where(handover.c.id == handover_id).values(done_at=unit.now))


def end(unit: Unit, address_id: int, reason: str) -> None:
    """Nobody of this address waits for this reason any more."""
    mine = handover.c.address_id == address_id, handover.c.reason == reason, handover.c.done_at.is_(None)
    unit.db.execute(update(handover).where(*mine).values(done_at=unit.now))


def channel_of(unit: Unit, address_id: int) -> str:
    """How this neighbour writes."""
    return str(unit.db.execute(select(address.c.channel).where(address.c.id == address_id)).scalar_one())
