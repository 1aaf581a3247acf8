"""Where a person's data stand, and how each place forgets them."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from storage import needs, own_ideas
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
    muted,
    not_understood,
    outbox,
    participation,
    person,
    recipient,
    registration,
    talk,
)

UNSENT = ("pending", "held", "claimed")  # a claimed row is given up at its mark, just before the network call

# Rows that stay in the counts and only lose the person.
_COUNTED = (registration, enrolment, ballot, participation, recipient, consent, followup)


def unlink(unit: Unit, person_ids: list[int], keep_talk: int | None = None) -> None:
    """Take these people out of every table; what counts stays without them.

    keep_talk: the talk that is being played; it ends by itself
    """
    _drop_messages(unit, person_ids)
    if keep_talk is not None:
        unit.db.execute(update(talk).where(talk.c.id == keep_talk).values(person_id=None))
    unit.db.execute(update(followup).where(followup.c.person_id.in_(person_ids)).values(text=None, again_at=None))
    own_ideas.part_with(unit, person_ids)
    unit.db.execute(update(consent).where(consent.c.person_id.in_(person_ids)).values(unlinked_at=unit.now))
    needs.drop_of(unit, person_ids)
    for table in _COUNTED:
        unit.db.execute(update(table).where(table.c.person_id.in_(person_ids)).values(person_id=None))
    for table in (follow, muted, talk, contact, handover, copy_link):
        unit.db.execute(delete(table).where(table.c.person_id.in_(person_ids)))
    unit.db.execute(update(address).where(address.c.speaker_id.in_(person_ids)).values(speaker_id=None))
    unit.db.execute(
        update(person)
        .where(person.c.id.in_(person_ids))
        .values(name=None, age_band=None, territory_id=None, lang="es", form="", erased_at=unit.now)
    )


def _drop_messages(unit: Unit, person_ids: list[int]) -> None:
    """What was said: payloads and texts of addresses that only these people use, queued mail of theirs."""
    theirs = select(contact.c.address_id).where(contact.c.person_id.in_(person_ids))
    others = select(contact.c.address_id).where(contact.c.person_id.not_in(person_ids))
    alone = list(
        unit.db.execute(select(address.c.id).where(address.c.id.in_(theirs), address.c.id.not_in(others))).scalars()
    )
    mine = outbox.c.person_id.in_(person_ids)
    unit.db.execute(
        update(outbox).where(mine, outbox.c.state.in_(UNSENT)).values(state="cancelled", error="erased", body=None)
    )
    unit.db.execute(update(outbox).where(mine).values(body=None, person_id=None))
    pending = select(recipient.c.id).where(recipient.c.person_id.in_(person_ids), recipient.c.state == "pending")
    unit.db.execute(update(recipient).where(recipient.c.id.in_(pending)).values(state="skipped", reason="erased"))
    for table in (outbox, inbound):
        column = table.c.body if table is outbox else table.c.payload
        unit.db.execute(update(table).where(table.c.address_id.in_(alone)).values({column: None}))
    unit.db.execute(delete(not_understood).where(not_understood.c.address_id.in_(alone)))
