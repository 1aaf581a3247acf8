"""What was said in a talk: whose it is on a phone of several people, and how it is forgotten."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, exists, or_, select, update

from storage.store import Unit
from storage.tables import address, contact, inbound, not_understood, outbox

UNSEEN = "unseen"  # in a payload: a choice, a personal code (voting.md 7)
UNDER_WAY = ("pending", "held", "claimed", "started")


def belongs(unit: Unit, inbound_ids: Sequence[int], person_id: int) -> None:
    """These messages are this person's, as the talk has shown."""
    mine = inbound.c.id.in_(inbound_ids), or_(inbound.c.person_id.is_(None), inbound.c.person_id != person_id)
    unit.db.execute(update(inbound).where(*mine).values(person_id=person_id))


def keep_from_team(unit: Unit, inbound_ids: Sequence[int]) -> None:
    """What was said in these messages is shown to nobody who answers people; it goes when their words go."""
    kept = select(inbound.c.id, inbound.c.payload).where(inbound.c.id.in_(inbound_ids), inbound.c.payload.is_not(None))
    for row in unit.db.execute(kept).all():
        payload = json.dumps({**json.loads(row.payload), UNSEEN: True}, ensure_ascii=False)
        unit.db.execute(update(inbound).where(inbound.c.id == row.id).values(payload=payload))


def forget(unit: Unit, address_id: int, inbound_ids: Sequence[int], talk_ids: Sequence[int]) -> None:
    """Of a talk no words are kept: what came, what was not understood, what was asked; a question that has not left
    yet does not leave any more. That a message came stays, against a replay."""
    _wipe(unit, inbound.c.id.in_(inbound_ids) & (inbound.c.address_id == address_id))
    asked = outbox.c.address_id == address_id, outbox.c.talk_id.in_(talk_ids)
    waits = outbox.c.state.in_(("pending", "held"))
    unit.db.execute(update(outbox).where(*asked, waits).values(state="cancelled", error="forgotten"))
    unit.db.execute(update(outbox).where(*asked).values(body=None))
    unit.db.execute(update(address).where(address.c.id == address_id).values(last_reply=None))


def part_with(unit: Unit, person_ids: Sequence[int]) -> None:
    """They go and others of their phones stay: their words go, and those of which nobody knows whose they are."""
    phones = select(contact.c.address_id).where(contact.c.person_id.in_(person_ids))
    theirs = or_(inbound.c.person_id.is_(None), inbound.c.person_id.in_(person_ids))
    _wipe(unit, inbound.c.address_id.in_(phones) & theirs)
    unit.db.execute(update(inbound).where(inbound.c.person_id.in_(person_ids)).values(person_id=None))
    told = or_(outbox.c.person_id.is_(None), outbox.c.person_id.in_(person_ids))
    ended = outbox.c.kind == "reply", outbox.c.state.not_in(UNDER_WAY)
    unit.db.execute(update(outbox).where(outbox.c.address_id.in_(phones), told, *ended).values(body=None))


def _wipe(unit: Unit, which: ColumnElement[bool]) -> None:
    """The payloads, and what the pile holds of them: it was put there at the same moment."""
    unit.db.execute(update(inbound).where(which).values(payload=None))
    same = inbound.c.address_id == not_understood.c.address_id, inbound.c.received_at == not_understood.c.at
    unit.db.execute(delete(not_understood).where(exists().where(*same, which).correlate(not_understood)))
