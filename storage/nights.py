"""What we start is not sent at night, whatever delayed it: another try, the next channel, a long queue (DESIGN 6).

Looked at when a message is about to be sent, not when it is made. What its act made due in the night is meant to go at
once (a change of a session on its own day, accountability.md 3), and so is every reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, bindparam, func, literal, select, update

from storage import waking
from storage.store import Unit
from storage.tables import broadcast, consent, lab, outbox, person, recipient, session, territory
from storage.tables.base import Id
from storage.waking import NOWHERE


def hold(unit: Unit, rows: Sequence[Row[Any]]) -> set[int]:
    """Have those of these waiting messages that would come at night wait until 08:00 where they are read; their ids."""
    ours = [row.id for row in rows if row.kind != "reply"]
    until = _mornings(unit, ours) if ours else {}
    if until:
        later = update(outbox).where(outbox.c.id == bindparam("row")).values(due_at=bindparam("morning"))
        unit.db.execute(later, [{"row": id, "morning": at} for id, at in until.items()])
    return set(until)


def zone_of(unit: Unit, person_id: int) -> ZoneInfo:
    """Where this person reads: where she lives, else where the lab is that she said yes to last, else the first."""
    places = _lives(literal(person_id, Id)), _agreed(literal(person_id, Id)), _FIRST
    return ZoneInfo(unit.db.execute(select(func.coalesce(*places, NOWHERE))).scalar_one())


def _mornings(unit: Unit, ids: Sequence[int]) -> dict[int, datetime]:
    found = {}
    for row in unit.db.execute(_ZONES, {"ids": ids}):
        zone = ZoneInfo(row.tz)
        if waking.asleep(unit.now, zone) and (row.meant is None or not waking.asleep(row.meant, zone)):
            found[row.id] = waking.morning(unit.now, zone)
    return found


def _zones() -> Select[Any]:
    """(id, meant: when its act wanted it sent, tz) of messages that were not asked for.

    A message of no broadcast repeats a question, which no act ever wants in the night: meant is None. One of no talk
    is for the operator, who wants to know.
    """
    place, who = territory.alias("place"), outbox.c.person_id
    zone = func.coalesce(session.c.tz, place.c.tz, _lives(who), _agreed(who), _FIRST, NOWHERE)
    return (
        select(outbox.c.id, broadcast.c.due_at.label("meant"), zone.label("tz"))
        .join_from(outbox, recipient, recipient.c.id == outbox.c.recipient_id, isouter=True)
        .join(broadcast, broadcast.c.id == recipient.c.broadcast_id, isouter=True)
        .join(session, session.c.id == broadcast.c.session_id, isouter=True)
        .join(lab, lab.c.id == broadcast.c.lab_id, isouter=True)
        .join(place, place.c.id == lab.c.territory_id, isouter=True)
        .where(outbox.c.id.in_(bindparam("ids", expanding=True)))
        .where(outbox.c.recipient_id.is_not(None) | outbox.c.talk_id.is_not(None))
    )


def _lives(person_id: ColumnElement[int]) -> ScalarSelect[str]:
    home = territory.alias("home")
    query = select(home.c.tz).join(person, person.c.territory_id == home.c.id).where(person.c.id == person_id)
    return query.correlate(outbox).scalar_subquery()


def _agreed(person_id: ColumnElement[int]) -> ScalarSelect[str]:
    there, hers = territory.alias("there"), lab.alias("hers")
    query = select(there.c.tz).join(hers, hers.c.territory_id == there.c.id)
    said_yes = query.join(consent, consent.c.lab_id == hers.c.id).where(consent.c.person_id == person_id)
    newest = said_yes.where(consent.c.answer).order_by(consent.c.id.desc()).limit(1)
    return newest.correlate(outbox).scalar_subquery()


def _somewhere() -> ScalarSelect[str]:
    there, ours = territory.alias("somewhere"), lab.alias("ours")
    query = select(there.c.tz).join(ours, ours.c.territory_id == there.c.id)
    return query.order_by(ours.c.id).limit(1).scalar_subquery()


_FIRST = _somewhere()
_ZONES = _zones()  # built once: every claim asks it
