"""The audit log: appended in the turn, chained by a tick, so that no vote waits for another's hash (voting.md 6).

hash = SHA256(prev || canon(event)), prev = 32 zero bytes first; canon = JSON, sorted keys, no spaces, UTF-8. Each scope
('' or 'contest:<slug>') is a chain of its own. No personal data goes in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import Row, func, insert, select, update

from storage import log_heads
from storage.log_heads import Head as Head
from storage.tables import audit_event
from storage.unit import Unit

START = bytes(32)
_LOCK = 0x436F6E766F6361  # 'Convoca': the advisory lock of the tick
_EVENT = ("at", "scope", "actor", "kind", "subject", "payload")


class _Link(Protocol):
    seq: int
    prev: bytes
    hash: bytes


def record(
    unit: Unit,
    kind: str,
    subject: str = "",
    payload: Mapping[str, object] | None = None,
    actor: str = "system",
    scope: str = "",
    at: datetime | None = None,
) -> None:
    """Append an event to this unit's transaction. Raises ValueError: a float, which has no one spelling.

    at: a coarser moment than this one, where the very moment says more than the log may
    """
    values = dict(payload or {})
    canon(values)
    event = {"kind": kind, "subject": subject, "payload": values, "actor": actor, "scope": scope}
    unit.db.execute(insert(audit_event).values(at=at or unit.now, **event))


def secret(unit: Unit, scope: str) -> str:
    """What nobody can guess who has not the key of this database: an event that holds it can not be tried out."""
    return unit.ring.fingerprint("log", f"{scope}|{unit.now.isoformat()}")


def last_actor(unit: Unit, subject: str, *kinds: str) -> str:
    """Who did one of these to it last; '' for nobody."""
    mine = select(audit_event.c.actor).where(audit_event.c.kind.in_(kinds), audit_event.c.subject == subject)
    return unit.db.execute(mine.order_by(audit_event.c.id.desc()).limit(1)).scalar() or ""


def canon(value: object) -> bytes:
    """One spelling of a JSON value. Raises ValueError: a float; TypeError: not JSON."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise ValueError("a float has no one spelling: write an integer or a text")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for part in inner:
        _refuse_floats(part)


def chain(unit: Unit, limit: int = 1000) -> int:
    """Number and hash the oldest events that wait, at most `limit`; how many. Any process may call it at any time."""
    alone(unit)
    waiting = unit.db.execute(
        select(audit_event).where(audit_event.c.seq.is_(None)).order_by(audit_event.c.id).limit(limit)
    ).all()
    heads: dict[str, Head] = {}
    for row in waiting:
        last = heads.get(row.scope) or _end(unit, row.scope)
        prev, seq = bytes.fromhex(last.hash), last.seq + 1
        link = _hash(prev, seq, row)
        heads[row.scope] = Head(seq, link.hex())
        unit.db.execute(update(audit_event).where(audit_event.c.id == row.id).values(seq=seq, prev=prev, hash=link))
    for scope, newest in heads.items():
        log_heads.put(unit, scope, newest)
    return len(waiting)


def _end(unit: Unit, scope: str) -> Head:
    """What the next event hangs on: the head that was kept, also where it is gone, so that the gap stays to be seen."""
    kept, found = log_heads.get(unit, scope), head(unit, scope)
    return kept if kept and kept.seq >= found.seq else found


def keep(unit: Unit) -> int:
    """Keep the heads of chains that an older program made; how many."""
    alone(unit)
    scopes = log_heads.without(unit)
    for scope in scopes:
        log_heads.put(unit, scope, head(unit, scope))
    return len(scopes)


def alone(unit: Unit) -> None:
    """One tick at a time. SQLite has one writer anyway."""
    if unit.db.dialect.name == "postgresql":
        unit.db.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _hash(prev: bytes, seq: int, row: Row[Any]) -> bytes:
    event = {name: getattr(row, name) for name in _EVENT}
    event["at"] = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(prev + canon({**event, "seq": seq})).digest()


def head(unit: Unit, scope: str = "") -> Head:
    """The end of a scope's chain."""
    row = unit.db.execute(
        select(audit_event.c.seq, audit_event.c.hash)
        .where(audit_event.c.scope == scope, audit_event.c.seq.is_not(None))
        .order_by(audit_event.c.seq.desc())
        .limit(1)
    ).first()
    return Head(row.seq, bytes(row.hash).hex()) if row else Head(0, START.hex())


def verify(unit: Unit, published: Mapping[str, Head] | None = None) -> list[str]:
    """What is wrong with the chains, a sentence a fault; [] when they hold.

    Events changed, dropped or moved inside a chain show by themselves. That its end was cut off shows against the head
    that was kept, against those published day by day, and against one `published` (scope -> head) before.
    """
    known = [*log_heads.every(unit).items(), *log_heads.published(unit), *(published or {}).items()]
    told = [_missed(unit, scope, one) for scope, one in known if one.seq]
    return [*_faults(unit), *dict.fromkeys(fault for fault in told if fault)]


def _missed(unit: Unit, scope: str, known: Head) -> str:
    """What became of a head that stood there once; '' = there it stands."""
    link = select(audit_event.c.hash).where(audit_event.c.scope == scope, audit_event.c.seq == known.seq)
    found = unit.db.execute(link).scalar()
    if found is None:
        return f"{_where(scope, known.seq)} is gone: it was the last one that was kept or published"
    same = bytes(found).hex() == known.hash
    return "" if same else f"{_where(scope, known.seq)} is not the one that was kept or published"


def _faults(unit: Unit) -> Iterator[str]:
    chained = audit_event.c.seq.is_not(None)
    query = select(audit_event).where(chained).order_by(audit_event.c.scope, audit_event.c.seq)
    scope, last, seq = None, START, 0
    for row in unit.db.execution_options(yield_per=1000).execute(query):
        if row.scope != scope:
            scope, last, seq = row.scope, START, 0
        where = _where(row.scope, row.seq)
        if row.seq != seq + 1:
            yield f"{where} follows {seq}: one was dropped"
        elif bytes(row.prev) != last:
            yield f"{where} does not hang on the one before it"
        if _hash(bytes(row.prev), row.seq, row) != bytes(row.hash):
            yield f"{where} was changed"
        last, seq = bytes(row.hash), row.seq


def _where(scope: str, seq: int) -> str:
    return f"audit event {seq} of {scope or 'the main log'}"
