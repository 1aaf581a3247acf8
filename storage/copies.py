"""The link to one's own copy: made for one person, good for 72 hours, known to nobody but who was sent it.

Only the SHA-256 of its token is kept. The token has 131 bits, so it needs no slow hash.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from storage import codes
from storage.store import Unit
from storage.tables import copy_link, person, territory

LASTS = timedelta(hours=72)  # people.md 4.1, 6
LENGTH = 30  # of 21 letters and digits without look-alikes: it may have to be typed from a small phone
A_DAY = 3  # links that a person may ask for in 24 hours
AN_HOUR = 20  # downloads of a person in an hour


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was made: the token, which is told once, and until when it serves."""

    token: str
    until: datetime


class TooOften(Exception):
    """More downloads than anybody needs."""


def make(unit: Unit, person_id: int) -> Link | None:
    """A new link; the earlier ones of this person end. None: she has had as many as a day gives."""
    unit.lock(person, person_id)
    mine = copy_link.c.person_id == person_id
    today = select(func.count()).where(mine, copy_link.c.made_at.between(unit.now - timedelta(days=1), unit.now))
    if unit.db.execute(today).scalar_one() >= A_DAY:
        return None
    unit.db.execute(update(copy_link).where(mine, copy_link.c.expires_at > unit.now).values(expires_at=unit.now))
    link = Link(codes.draw(unit.rng, LENGTH), unit.now + LASTS)
    row = {"person_id": person_id, "mark": _mark(link.token), "made_at": unit.now, "expires_at": link.until}
    unit.db.execute(insert(copy_link).values(**row))
    return link


def until(unit: Unit, token: str) -> tuple[datetime, str] | None:
    """(moment, time zone of this person) until when this link serves; None: it does not."""
    row = _live(unit, token)
    return (row.expires_at, row.tz or "America/Panama") if row else None


def opened(unit: Unit, token: str) -> int | None:
    """The person whose copy is downloaded, and one download more; None: the link does not serve.

    Raises TooOften when this person's copy was downloaded AN_HOUR times within an hour.
    """
    found = _live(unit, token)
    if found is None:
        return None
    unit.lock(copy_link, found.id)
    row = unit.db.execute(select(copy_link).where(copy_link.c.id == found.id)).one()
    fresh = row.opened_at is None or not unit.now - timedelta(hours=1) < row.opened_at <= unit.now
    if not fresh and row.opened >= AN_HOUR:
        raise TooOften
    seen = {"opened": 1, "opened_at": unit.now} if fresh else {"opened": row.opened + 1}
    unit.db.execute(update(copy_link).where(copy_link.c.id == row.id).values(**seen))
    return int(row.person_id)


def purge(unit: Unit) -> int:
    """The tick: links that are over, once they count for no day's number any more."""
    over = copy_link.c.expires_at <= unit.now, copy_link.c.made_at <= unit.now - timedelta(days=1)
    return unit.db.execute(delete(copy_link).where(*over)).rowcount


def _live(unit: Unit, token: str) -> Row[Any, Any, Any] | None:
    typed = codes.clean(token)
    if len(typed) != LENGTH:
        return None
    query = (
        select(copy_link.c.id, copy_link.c.expires_at, territory.c.tz)
        .join(person, person.c.id == copy_link.c.person_id)
        .outerjoin(territory, territory.c.id == person.c.territory_id)
    )
    serves = copy_link.c.mark == _mark(typed), copy_link.c.expires_at > unit.now, person.c.erased_at.is_(None)
    return unit.db.execute(query.where(*serves)).first()


def _mark(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
