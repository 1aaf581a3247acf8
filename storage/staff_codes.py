"""The code that a phone of the team is asked for after a long silence: nothing of it is stored but when it was given.

It follows from the secret key, the person and the quarter of an hour, so that the command line can show what the chat
asks for (ADR 19).
"""

from __future__ import annotations

import hmac
import json
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import select

from storage import remembered
from storage.store import Unit
from storage.tables import inbound, staff

IDLE = timedelta(hours=12)
STEP = timedelta(minutes=15)  # a code is good in its quarter of an hour and the one after
LOCKED = timedelta(hours=1)
TRIES = 5  # wrong ones within LOCKED
LOOKED_AT = 1000  # messages; behind so many without a pause there is a silence that we do not see


def code(unit: Unit, token: str) -> str:
    """Six digits for this person of the team, now."""
    return _digits(unit.ring.fingerprint("staff code", f"{token}|{_step(unit.now)}"))


def _step(at: datetime) -> int:
    return int(at.timestamp() // STEP.total_seconds())


def _digits(mark: str) -> str:
    return f"{int(mark.rpartition(':')[2], 16) % 1_000_000:06d}"


def awake_since(unit: Unit, address_id: int) -> datetime | None:
    """When the first message behind this phone's last silence of 12 hours came; None when it never was silent."""
    query = select(inbound.c.received_at).where(inbound.c.address_id == address_id).order_by(inbound.c.id.desc())
    times = list(unit.db.execute(query.limit(LOOKED_AT)).scalars())
    unseen = times[-1] if len(times) == LOOKED_AT else None
    return next((new for new, old in pairwise(times) if new - old > IDLE), unseen)


def needed(unit: Unit, token: str, address_id: int) -> bool:
    """Whether this phone has to give a code before it writes to many people."""
    since = awake_since(unit, address_id)
    given = _kept(unit, token).get(str(address_id), "")
    return since is not None and not (given and datetime.fromisoformat(given) >= since)


def locked(unit: Unit, token: str) -> bool:
    """Whether there were too many wrong ones within the hour."""
    return len(_wrong(unit, token)) >= TRIES


def tried(unit: Unit, token: str, address_id: int, typed: str) -> bool:
    """Whether it is the code of now; a right one lets this phone go on, a wrong one is counted."""
    kept, steps = _kept(unit, token), (_step(unit.now), _step(unit.now) - 1)
    good = [_digits(mark) for step in steps for mark in unit.ring.fingerprints("staff code", f"{token}|{step}")]
    right = not locked(unit, token) and any(hmac.compare_digest(typed, one) for one in good)
    if right:
        kept[str(address_id)] = unit.now.isoformat()
    else:
        kept["wrong"] = " ".join([*_wrong(unit, token), unit.now.isoformat()][-TRIES:])
    remembered.put(unit, _name(token), json.dumps(kept))
    return right


def _wrong(unit: Unit, token: str) -> list[str]:
    times = _kept(unit, token).get("wrong", "").split()
    return [at for at in times if unit.now - LOCKED < datetime.fromisoformat(at) <= unit.now]  # a clock may go back


def _kept(unit: Unit, token: str) -> dict[str, str]:
    """{address id: when it gave the code, 'wrong': when wrong ones were typed}."""
    return dict(json.loads(remembered.get(unit, _name(token)) or "{}"))


def _name(token: str) -> str:
    return f"staff code:{token}"


def tokens(unit: Unit, named: str) -> list[str]:
    """People of the team of this token or first name."""
    rows = unit.db.execute(select(staff.c.token, staff.c.name)).all()
    return [row.token for row in rows if named.casefold() in (row.token.casefold(), (row.name or "").casefold())]
