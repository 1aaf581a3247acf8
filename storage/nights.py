"""What we start is not sent at night, whatever delayed it: another try, the next channel, a long queue (DESIGN 6).

Looked at when a message is about to be sent, not when it is made. What its act made due in the night is meant to go at
once (a change of a session on its own day, accountability.md 3), and so is every reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, bindparam, func, select, update

from storage import waking
from storage.store import Unit
from storage.tables import broadcast, lab, outbox, person, recipient, session, territory
from storage.waking import NOWHERE


def hold(unit: Unit, rows: Sequence[Row[Any]]) -> set[int]:
    """Have those of these waiting messages that would come at night wait until 08:00 where they are read; their ids."""
    ours = [row.id for row in rows if row.kind != "reply"]
    until = _mornings(unit, ours) if ours else {}
    if until:
        later = update(outbox).where(outbox.c.id == bindparam("row")).values(due_at=bindparam("morning"))
        unit.db.execute(later, [{"row": id, "morning": at} for id, at in until.items()])
    return set(until)


def _mornings(unit: Unit, ids: Sequence[int]) -> dict[int, datetime]:
    found = {}
    for row in unit.db.execute(_zones().where(outbox.c.id.in_(ids))).all():
        zone = ZoneInfo(row.tz)
        if waking.asleep(unit.now, zone) and not waking.asleep(row.meant, zone):
            found[row.id] = waking.morning(unit.now, zone)
    return found


def _zones() -> Select[Any]:
    """(id, meant: when its act wanted it sent, tz) of messages that were not asked for.

    A message of no broadcast is one when it repeats a question; of no talk it is for the operator, who wants to know.
    """
    place, home = territory.alias("place"), territory.alias("home")
    meant = func.coalesce(broadcast.c.due_at, outbox.c.created_at, type_=outbox.c.created_at.type)
    return (
        select(
            outbox.c.id, meant.label("meant"), func.coalesce(session.c.tz, place.c.tz, home.c.tz, NOWHERE).label("tz")
        )
        .join_from(outbox, recipient, recipient.c.id == outbox.c.recipient_id, isouter=True)
        .join(broadcast, broadcast.c.id == recipient.c.broadcast_id, isouter=True)
        .join(session, session.c.id == broadcast.c.session_id, isouter=True)
        .join(lab, lab.c.id == broadcast.c.lab_id, isouter=True)
        .join(place, place.c.id == lab.c.territory_id, isouter=True)
        .join(person, person.c.id == outbox.c.person_id, isouter=True)
        .join(home, home.c.id == person.c.territory_id, isouter=True)
        .where(outbox.c.recipient_id.is_not(None) | outbox.c.talk_id.is_not(None))
    )
