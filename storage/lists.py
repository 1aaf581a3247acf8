"""Numbers of a list, as of an earlier lab: who may be asked, the entry that is kept, and how the question ends.

A number is asked once in its life (people.md 4.1, 5). Whoever has left, has written to us or stood on another list is
not asked; the guard against the second time is the address's row, which outlives the number as a fingerprint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from sqlalchemy import and_, delete, exists, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import broadcasts
from storage.store import Unit
from storage.tables import address, broadcast, listed, outbox, recipient, suppression, talk

FIRST_CONTACT = "first_contact"  # kind of the broadcast, name of the conversation
_BY_NUMBER = ("sms", "whatsapp")  # ways on which an address is a telephone number
_LOT = 400

Standing = Literal["left", "known"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a list's numbers are kept with."""

    lab_id: int
    source: str
    lang: str
    asked_at: datetime


def standing(unit: Unit, numbers: Sequence[str]) -> dict[str, Standing]:
    """Those of the numbers that must not be asked: they left us, or we know them."""
    marks = {mark: number for number in numbers for way in _BY_NUMBER for mark in unit.ring.fingerprints(way, number)}
    found: dict[str, Standing] = {}
    waiting = iter(marks)
    while lot := list(islice(waiting, _LOT)):
        rows = select(address.c.fingerprint, address.c.opted_out_at).where(address.c.fingerprint.in_(lot))
        for row in unit.db.execute(rows):
            if row.opted_out_at is not None or marks[row.fingerprint] not in found:
                found[marks[row.fingerprint]] = "left" if row.opted_out_at is not None else "known"
        gone = select(suppression.c.fingerprint).where(suppression.c.fingerprint.in_(lot))
        found |= {marks[mark]: "left" for mark in unit.db.execute(gone).scalars()}
    return found


def keep(unit: Unit, senders: Mapping[str, int], entry: Entry, countries: Mapping[str, str]) -> list[int]:
    """Keep these numbers, each with the sender that writes to it and its country; ids of the addresses that are new.

    A number that has come to be known meanwhile is left out: fewer ids than numbers.
    """
    fresh = [
        {
            "channel": "sms",
            "fingerprint": unit.ring.fingerprint("sms", number),
            "value": number,
            "sender_id": sender_id,
            "lang": entry.lang,
            "created_at": unit.now,
            "country": countries[number],
        }
        for number, sender_id in senders.items()
    ]
    if not fresh:
        return []
    fresh.sort(key=lambda row: str(row["fingerprint"]))  # two imports at once take their locks in one order
    dialect = postgresql if unit.db.dialect.name == "postgresql" else sqlite
    unless = dialect.insert(address).on_conflict_do_nothing(index_elements=["channel", "fingerprint"])
    ids = list(unit.db.execute(unless.returning(address.c.id), fresh).scalars())
    about = {"lab_id": entry.lab_id, "source": entry.source, "at": unit.now, "asked_at": entry.asked_at}
    if ids:
        unit.db.execute(insert(listed), [{"address_id": address_id, **about} for address_id in ids])
    return sorted(ids)


def source_of(unit: Unit, address_id: int) -> str | None:
    """Which list this number is from; None: from none."""
    return unit.db.execute(select(listed.c.source).where(listed.c.address_id == address_id)).scalar()


def answered(unit: Unit, address_id: int, talk_id: int | None = None) -> None:
    """She has said yes or no, by whatever way: the list's question is not sent any more and asks nothing any more.

    talk_id: the talk that is being played; it ends by itself
    """
    asked = [row.id for row in _asked(unit, address_id)]
    if not asked:
        return
    broadcasts.withhold(unit, "answered", address_id=address_id, broadcast_ids=asked)
    messages = select(recipient.c.id).where(recipient.c.address_id == address_id, recipient.c.broadcast_id.in_(asked))
    open_still = and_(outbox.c.recipient_id.in_(messages), outbox.c.talk_id.is_(None))
    unit.db.execute(update(outbox).where(open_still).values(talk_id=talk_id or 0))
    others = and_(talk.c.address_id == address_id, talk.c.conversation == FIRST_CONTACT)
    unit.db.execute(delete(talk).where(others, talk.c.id != (talk_id or 0)))


def _asked(unit: Unit, address_id: int) -> Iterator[Any]:
    on_a_list = exists().where(listed.c.address_id == address_id)
    query = select(broadcast.c.id).join(recipient, recipient.c.broadcast_id == broadcast.c.id)
    theirs = recipient.c.address_id == address_id, broadcast.c.kind == FIRST_CONTACT
    return iter(unit.db.execute(query.where(*theirs, on_a_list)).all())
