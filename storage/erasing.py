"""Where a person's data stand, and how each place forgets them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import delete, select, update

from storage import needs, own_ideas, returning, shown, spoken, ties
from storage.store import Unit
from storage.tables import (
    address,
    ballot,
    consent,
    contact,
    copy_link,
    enrolment,
    follow,
    followup,
    handover,
    inbound,
    joining,
    muted,
    not_understood,
    outbox,
    participation,
    person,
    recipient,
    registration,
    sighting,
    talk,
)

# Rows that stay in the counts and only lose the person.
_COUNTED = (registration, enrolment, ballot, participation, recipient, consent, followup, sighting)


def unlink(unit: Unit, person_ids: list[int], keep_talk: int | None = None) -> None:
    """Take these people out of every table; what counts stays without them.

    keep_talk: the talk that is being played; it ends by itself
    """
    _drop_messages(unit, person_ids)
    if keep_talk is not None:
        unit.db.execute(update(talk).where(talk.c.id == keep_talk).values(person_id=None))
    returning.keep(unit, person_ids)
    ties.part_with_acts(unit, person_ids)
    own_ideas.part_with(unit, person_ids)
    shown.part_with(unit, person_ids)
    unit.db.execute(update(consent).where(consent.c.person_id.in_(person_ids)).values(unlinked_at=unit.now))
    needs.drop_of(unit, person_ids)
    for table in _COUNTED:
        unit.db.execute(update(table).where(table.c.person_id.in_(person_ids)).values(person_id=None))
    phones = select(contact.c.address_id).where(contact.c.person_id.in_(person_ids))
    nobodys = talk.c.address_id.in_(phones), talk.c.person_id.is_(None)  # asked of who writes there, whoever it is
    unit.db.execute(delete(talk).where(*nobodys, talk.c.id != (keep_talk or 0)))
    for table in (follow, muted, talk, contact, handover, copy_link, joining):
        unit.db.execute(delete(table).where(table.c.person_id.in_(person_ids)))
    unit.db.execute(update(address).where(address.c.speaker_id.in_(person_ids)).values(speaker_id=None))
    unit.db.execute(
        update(person)
        .where(person.c.id.in_(person_ids))
        .values(name=None, age_band=None, territory_id=None, lang="es", form="", code=None, erased_at=unit.now)
    )


def _drop_messages(unit: Unit, person_ids: list[int]) -> None:
    """What was said: payloads and texts of addresses that only these people use, queued mail of theirs."""
    theirs = select(contact.c.address_id).where(contact.c.person_id.in_(person_ids))
    others = select(contact.c.address_id).where(contact.c.person_id.not_in(person_ids))
    alone = list(
        unit.db.execute(select(address.c.id).where(address.c.id.in_(theirs), address.c.id.not_in(others))).scalars()
    )
    ties.part_with_messages(unit, person_ids)
    ties.of_phones(unit, alone)
    spoken.part_with(unit, person_ids)
    mine = outbox.c.person_id.in_(person_ids)
    unit.db.execute(
        update(outbox).where(mine, outbox.c.state.in_(ties.UNSENT)).values(state="cancelled", error="erased")
    )
    unit.db.execute(update(outbox).where(mine).values(body=None, person_id=None))
    for table in (outbox, inbound):
        column = table.c.body if table is outbox else table.c.payload
        unit.db.execute(update(table).where(table.c.address_id.in_(alone)).values({column: None}))
    unit.db.execute(delete(not_understood).where(not_understood.c.address_id.in_(alone)))
    _forget_last_replies(unit, person_ids)


def _forget_last_replies(unit: Unit, person_ids: Sequence[int]) -> None:
    """What each of them answered last on a phone is not known by it any more."""
    theirs = select(contact.c.address_id).where(contact.c.person_id.in_(person_ids))
    kept = address.c.id.in_(theirs), address.c.last_reply.is_not(None)
    for row in unit.db.execute(select(address.c.id, address.c.last_reply).where(*kept)).all():
        if json.loads(row.last_reply).get("person") in person_ids:
            unit.db.execute(update(address).where(address.c.id == row.id).values(last_reply=None))
