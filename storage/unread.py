"""What neighbours wrote that nobody of the team has read: words not understood, and words about a promise."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Literal

from sqlalchemy import ColumnElement, exists, or_, select, update

from storage.store import Unit
from storage.tables import commitment, consent, contact, followup, not_understood

Kind = Literal["pile", "promise"]

# In these somebody names a choice or a personal code. Nothing of them is piled up any more; what an older version put
# there stays until it is wiped, and is shown to nobody.
UNSEEN = ("vote", "over", "my_choice", "copy", "erase", "link")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Somebody's words, without whose they are. about: the promise they are about, as it was given."""

    kind: Kind
    id: int
    text: str
    at: datetime
    about: str = ""


def waiting(unit: Unit, lab_ids: Sequence[int]) -> list[Words]:
    """All of these labs, and of who belongs to none yet; the oldest first.

    What was said to a choice, or where a personal code is asked for, is left out: nobody of the team reads who chose
    what (voting.md 6).
    """
    pile = select(not_understood).where(not_understood.c.resolved_at.is_(None), not_understood.c.text.is_not(None))
    pile = pile.where(not_understood.c.conversation.not_in(UNSEEN), _of(lab_ids))
    said = select(followup.c.id, followup.c.text, followup.c.at, commitment.c.text.label("about"))
    said = said.join(commitment, commitment.c.id == followup.c.commitment_id)
    said = said.where(followup.c.text.is_not(None), followup.c.read_at.is_(None), commitment.c.lab_id.in_(lab_ids))
    found = [Words(kind="pile", id=row.id, text=row.text, at=row.at) for row in unit.db.execute(pile)]
    found += [Words(kind="promise", id=r.id, text=r.text, at=r.at, about=r.about) for r in unit.db.execute(said)]
    return sorted(found, key=attrgetter("at", "id"))


def _of(lab_ids: Sequence[int]) -> ColumnElement[bool]:
    here = (
        select(contact.c.address_id)
        .join(consent, consent.c.person_id == contact.c.person_id)
        .where(contact.c.address_id == not_understood.c.address_id, consent.c.lab_id.is_not(None))
    )
    return or_(exists(here.where(consent.c.lab_id.in_(lab_ids))), ~exists(here))


def read(unit: Unit, kind: Kind, ids: Collection[int]) -> None:
    """Somebody of the team has read these."""
    done = {
        "pile": update(not_understood).where(not_understood.c.id.in_(ids)).values(resolved_at=unit.now),
        "promise": update(followup).where(followup.c.id.in_(ids)).values(read_at=unit.now),
    }
    unit.db.execute(done[kind])


def of_whom(unit: Unit, kind: Kind, id: int) -> tuple[int, int | None] | None:
    """(address, person) to answer to; None: she has no way left, or is gone. Of a pile nobody knows the person."""
    if kind == "pile":
        row = unit.db.execute(select(not_understood.c.address_id).where(not_understood.c.id == id)).first()
        return (row.address_id, None) if row else None
    ways = select(contact.c.address_id, followup.c.person_id).join(
        followup, followup.c.person_id == contact.c.person_id
    )
    row = unit.db.execute(ways.where(followup.c.id == id).order_by(contact.c.since.desc()).limit(1)).first()
    return (row.address_id, row.person_id) if row else None
