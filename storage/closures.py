"""Countries that a sender can not send to for now: what is for there waits, and the sender goes on with the others.

A message that waits so is put off out of the queue's head with a mark, so that a look at the queue costs the same
however many wait: until the country is open again, at most a day, and back to the front as soon as it is opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, delete, func, literal_column, or_, select, update

from storage.store import Unit
from storage.tables import address, closed_country, outbox, sender
from storage.tables.base import Instant
from storage.upsert import insert_once

AGAIN = timedelta(days=1)  # what waits is looked at again so often
HEARD = timedelta(days=1)  # a country that is closed again so soon is not told anew
LOT = 1000  # addresses whose country is written down at a time
BY_NUMBER = ("sms", "whatsapp")  # ways on which an address is a telephone number
_PENDING = outbox.c.state == literal_column("'pending'")  # written in, so that the partial index is used


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """One country that is closed to one sender."""

    id: int
    sender_id: int
    sender: str  # 'twilio:sms'
    country: str  # 'PA'
    until: datetime | None  # None: until it is mended and the processes start again
    why: str  # for the operator; no token, no address
    waiting: int  # messages


def mark(country: str) -> str:
    """The `error` of a message that waits for this country."""
    return f"closed: {country}"


def waiting() -> ColumnElement[bool]:
    """A message that waits for a country."""
    return outbox.c.error.like(mark("__"))


def _open_ones(now: ColumnElement[Any] | datetime) -> ColumnElement[bool]:
    return or_(closed_country.c.until.is_(None), closed_country.c.until > now)


_CLOSED = select(closed_country.c.country, closed_country.c.until).where(
    closed_country.c.sender_id == bindparam("sender"), _open_ones(bindparam("now", type_=Instant()))
)  # built once: every claim asks it


def close(unit: Unit, sender_id: int, address_id: int, seconds: float, why: str) -> None:
    """The country of this address is closed to this sender; 0 seconds: until the next start."""
    country = _country(unit, address_id)
    if not country:
        return
    until = unit.now + timedelta(seconds=seconds) if seconds else None
    fresh = {"sender_id": sender_id, "country": country, "closed_at": unit.now, "until": until, "why": why}
    if insert_once(unit, closed_country, fresh, "sender_id", "country") is not None:
        return
    same = closed_country.c.sender_id == sender_id, closed_country.c.country == country
    longer = update(closed_country).where(*same, closed_country.c.until.is_not(None))
    long_ago = closed_country.c.until < unit.now - HEARD
    unit.db.execute(longer.where(long_ago).values(alerted_at=None))
    unit.db.execute(longer.values(until=until, why=why, closed_at=unit.now))


def closed_to(unit: Unit, sender_id: int) -> Mapping[str, datetime | None]:
    """Country -> until when, of those that are closed to this sender."""
    rows = unit.db.execute(_CLOSED, {"sender": sender_id, "now": unit.now})
    return {row.country: row.until for row in rows}


def pairs(unit: Unit) -> frozenset[tuple[int, str]]:
    """(sender, country) of all that are closed."""
    query = select(closed_country.c.sender_id, closed_country.c.country).where(_open_ones(unit.now))
    return frozenset((row.sender_id, row.country) for row in unit.db.execute(query))


def due_again(unit: Unit, until: datetime | None) -> datetime:
    """When a message that waits is looked at again."""
    return until or unit.now + AGAIN


def waits(unit: Unit, row: Row[Any], seconds: float) -> dict[str, Any]:
    """What a message becomes whose country its provider has just called closed; {}: nobody can tell its country."""
    country = _country(unit, row.address_id)
    if not country:
        return {}
    due = due_again(unit, unit.now + timedelta(seconds=seconds) if seconds else None)
    return {"state": "pending", "started_at": None, "due_at": due, "error": mark(country)}


def _country(unit: Unit, address_id: int) -> str:
    return unit.db.execute(select(address.c.country).where(address.c.id == address_id)).scalar() or ""


def lift(unit: Unit, sender_id: int) -> None:
    """All countries are tried again by this sender, and what waited for them is due now."""
    mine = delete(closed_country).where(closed_country.c.sender_id == sender_id)
    known = list(unit.db.execute(mine.returning(closed_country.c.country)).scalars())
    if known:
        waiting = update(outbox).where(outbox.c.sender_id == sender_id, _PENDING)
        unit.db.execute(waiting.where(outbox.c.error.in_(map(mark, known))).values(due_at=unit.now, error=None))


def every(unit: Unit) -> list[Closed]:
    """All that are closed now, with what waits."""
    return [_one(unit, row) for row in unit.db.execute(_named().where(_open_ones(unit.now))).all()]


def untold(unit: Unit) -> list[Closed]:
    """Those that were closed since somebody was told; told by this unit."""
    fresh = update(closed_country).where(closed_country.c.alerted_at.is_(None), _open_ones(unit.now))
    ids = list(unit.db.execute(fresh.values(alerted_at=unit.now).returning(closed_country.c.id)).scalars())
    return [_one(unit, row) for row in unit.db.execute(_named().where(closed_country.c.id.in_(ids))).all()]


def _named() -> Select[Any]:
    query = select(closed_country, sender.c.name).join(sender, sender.c.id == closed_country.c.sender_id)
    return query.order_by(closed_country.c.id)


def _one(unit: Unit, row: Row[Any]) -> Closed:
    mine = outbox.c.sender_id == row.sender_id, _PENDING, outbox.c.error == mark(row.country)
    waiting = unit.db.execute(select(func.count()).select_from(outbox).where(*mine)).scalar_one()
    about = {"country": row.country, "until": row.until, "why": row.why, "waiting": waiting}
    return Closed(id=row.id, sender_id=row.sender_id, sender=row.name, **about)


# --- whose country is not written down yet ------------------------------------------------------------------------


def unplaced(unit: Unit, after: int) -> Sequence[tuple[int, str]]:
    """(id, number) of addresses whose country nobody has looked at; some of them at a time, behind that id."""
    known = address.c.id > after, address.c.value.is_not(None), address.c.channel.in_(BY_NUMBER)
    theirs = *known, address.c.country.is_(None)
    query = select(address.c.id, address.c.value).where(*theirs).order_by(address.c.id).limit(LOT)
    return [(row.id, row.value) for row in unit.db.execute(query)]


def place(unit: Unit, countries: Iterable[tuple[int, str]]) -> None:
    """Write down (id, country); '' where a number tells none."""
    given = [{"row": id, "told": country} for id, country in countries]
    if given:
        unplaced_still = and_(address.c.id == bindparam("row"), address.c.country.is_(None))
        unit.db.execute(update(address).where(unplaced_still).values(country=bindparam("told")), given)
