"""A permission is taken back, by a comarca or by a person: nothing that still waits for it leaves (people.md 4)."""

from __future__ import annotations

from sqlalchemy import exists, select

from storage import broadcasts, labs, reach
from storage.store import Unit
from storage.tables import broadcast, lab, person, recipient


def stop(unit: Unit) -> int:
    """Take back what such a lab has in the queue; how many messages.

    The tick, since an authorisation also ends by its date; and at once, where a plan says that it was withdrawn.
    """
    of_comarcas = lab.c.setting == labs.COMARCA, broadcast.c.state.in_(("sending", "stopped"))
    left = exists().where(recipient.c.broadcast_id == broadcast.c.id, recipient.c.state == "pending")
    query = select(broadcast.c.id, broadcast.c.lab_id).join_from(broadcast, lab, lab.c.id == broadcast.c.lab_id)
    waiting = unit.db.execute(query.where(*of_comarcas, left)).all()
    withdrawn = {lab_id for lab_id in {row.lab_id for row in waiting} if not labs.lab_by_id(unit, lab_id).authorised}
    ids = [row.id for row in waiting if row.lab_id in withdrawn]
    return broadcasts.withhold(unit, "unauthorised", broadcast_ids=ids) if ids else 0


def forbidden(unit: Unit, broadcast_id: int) -> bool:
    """Whether nothing more of this broadcast may leave, since the comarca of its lab does not authorise it."""
    lab_id = unit.db.execute(select(broadcast.c.lab_id).where(broadcast.c.id == broadcast_id)).scalar()
    return lab_id is not None and not labs.lab_by_id(unit, lab_id).authorised


def stop_unwanted(unit: Unit, person_id: int) -> int:
    """She took a permission back: take back what waits for her of labs that no other covers; how many messages."""
    waits = select(broadcast.c.id, broadcast.c.lab_id).join(recipient, recipient.c.broadcast_id == broadcast.c.id)
    hers = recipient.c.person_id == person_id, recipient.c.state == "pending", broadcast.c.lab_id.is_not(None)
    waiting = unit.db.execute(waits.where(*hers)).all()
    ids = [row.id for row in waiting if not _permitted(unit, person_id, row.lab_id)]
    return broadcasts.withhold(unit, "no_consent", person_id=person_id, broadcast_ids=ids) if ids else 0


def _permitted(unit: Unit, person_id: int, lab_id: int) -> bool:
    one = select(person.c.id).where(person.c.id == person_id, reach.permitted(person.c.id, lab_id))
    return unit.db.execute(one).first() is not None
