"""What was sent and has to be put right: who may have read it, what of it still waits, and what is asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, delete, exists, func, literal, not_, select, update

from storage import audiences, broadcasts, codes, hushed, remembered
from storage.store import Unit
from storage.tables import broadcast, outbox, recipient, setting

KIND = "correction"
# What says the same to many. The others are of one person, or their audience is what people chose.
OPEN_TO = (
    "invitation", "reminder", "change", "suspension", "ballot", "ballot_reminder", "closing", "result", "commitment",
    "asking", "story", KIND,
)  # fmt: skip
WITHHELD = "corrected"  # the reason of those whom the first message does not reach any more
_ASKED, _WORDS = "correction asked:", "correction words:"  # names of what is remembered until it is approved
_REPORT = "correction report:"  # and until it is told how it went


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """The broadcast that is put right."""

    id: int
    code: str
    kind: str
    state: str
    lab_id: int
    session_id: int | None
    contest_id: int | None
    opens: Mapping[str, Any] | None
    due_at: datetime
    priority: int
    received: int  # people who may have read it
    waiting: int  # people to whom it may still leave


def first(unit: Unit, code: str) -> First | None:
    """The broadcast of this code, where it may be put right."""
    return next(iter(_found(unit, broadcast.c.code == codes.clean(code))), None)


def hold(unit: Unit, code: str) -> None:
    """Until the commit nobody else stops, goes on with or corrects this broadcast."""
    found = broadcasts.by_code(unit, code)
    if found is not None:
        unit.lock(broadcast, found)


def recent(unit: Unit, lab_ids: Sequence[int], most: int) -> list[First]:
    """The newest of these labs that somebody may have read."""
    came = exists().where(recipient.c.broadcast_id == broadcast.c.id, audiences.left())
    return _found(unit, broadcast.c.lab_id.in_(lab_ids), came, most=most)


def _found(unit: Unit, *where: ColumnElement[bool], most: int = 1) -> list[First]:
    mine = recipient.c.broadcast_id == broadcast.c.id
    priority = select(func.min(outbox.c.priority)).join(recipient, recipient.c.id == outbox.c.recipient_id).where(mine)
    waits = mine, recipient.c.state == "pending", not_(audiences.left())
    columns = ("id", "code", "kind", "state", "lab_id", "session_id", "contest_id", "opens", "due_at")
    query = select(
        *(broadcast.c[name] for name in columns),
        func.coalesce(priority.scalar_subquery(), 2).label("priority"),
        select(func.count()).where(mine, audiences.left()).scalar_subquery().label("received"),
        select(func.count()).where(*waits).scalar_subquery().label("waiting"),
    ).where(broadcast.c.kind.in_(OPEN_TO), broadcast.c.lab_id.is_not(None), hushed.shown(), *where)
    rows = unit.db.execute(query.order_by(broadcast.c.id.desc()).limit(most)).all()
    return [First(**dict(row._mapping)) for row in rows]


def received(broadcast_id: int) -> Select[Any]:
    """Those who may have read it: sent, perhaps sent, or in a sender's hand. Nobody who was left out or not reached."""
    return select(recipient.c.person_id, literal(audiences.ALL).label("grp")).where(
        recipient.c.broadcast_id == broadcast_id, recipient.c.person_id.is_not(None), audiences.left()
    )


def end(unit: Unit, broadcast_id: int) -> int:
    """Nothing more of it leaves, a later try neither; how many do not get it any more."""
    unit.db.execute(update(broadcast).where(broadcast.c.id == broadcast_id).values(state="stopped"))
    return broadcasts.withhold(unit, WITHHELD, broadcast_ids=[broadcast_id])


def corrected(unit: Unit, broadcast_id: int) -> bool:
    """Whether this broadcast was put right: then it is not sent on."""
    mine = select(broadcast.c.id).where(broadcast.c.id == broadcast_id, _corrected())
    return unit.db.execute(mine).first() is not None


def _corrected() -> ColumnElement[bool]:
    later = broadcast.alias("later")
    name = literal(f"{KIND}:") + cast(broadcast.c.code, String) + ":"
    return exists().where(later.c.kind == KIND, later.c.idem.startswith(name))


def idem(code: str, words: str) -> str:
    """What makes two corrections the same: the broadcast, and the words."""
    return f"{KIND}:{code}:{hashlib.sha256(words.encode()).hexdigest()[:32]}"


def kept_back(unit: Unit, idem: str) -> bool:
    """Whether this act was put right before it had left to all of them."""
    theirs = recipient.c.state == "skipped", recipient.c.reason == WITHHELD
    query = select(recipient.c.id).join(broadcast, broadcast.c.id == recipient.c.broadcast_id)
    return unit.db.execute(query.where(broadcast.c.idem == idem, *theirs).limit(1)).first() is not None


def hold_back(unit: Unit) -> int:
    """The tick: a later try of what was put right does not leave; how many."""
    waits = exists().where(recipient.c.broadcast_id == broadcast.c.id, recipient.c.state == "pending")
    query = select(broadcast.c.id).where(broadcast.c.state == "stopped", waits, _corrected())
    ids = unit.db.execute(query).scalars().all()
    return broadcasts.withhold(unit, WITHHELD, broadcast_ids=ids) if ids else 0


# --- asked for by chat, until another person agrees -----------------------------------------------------------------


def ask(unit: Unit, code: str, facts: Mapping[str, Any], words: Mapping[str, str]) -> None:
    """Remember one that another person has to approve. words: language, '' for the lab's own -> text"""
    remembered.put(unit, _ASKED + code, json.dumps(dict(facts)))
    for lang, text in words.items():
        remembered.put(unit, f"{_WORDS}{code}:{lang}", text)


def asked(unit: Unit, code: str) -> dict[str, Any] | None:
    """What is remembered of one, with its 'words'; None: nothing waits. Two who decide take turns."""
    row = unit.db.execute(select(setting).where(setting.c.name == _ASKED + code).with_for_update()).first()
    if row is None:
        return None
    prefix = f"{_WORDS}{code}:"
    rows = unit.db.execute(select(setting).where(setting.c.name.startswith(prefix, autoescape=True)))
    return {**json.loads(row.value), "words": {one.name.removeprefix(prefix): one.value for one in rows}}


def all_asked(unit: Unit) -> list[str]:
    """Codes of the broadcasts whose correction waits for another person."""
    names = select(setting.c.name).where(setting.c.name.startswith(_ASKED, autoescape=True)).order_by(setting.c.name)
    return [name.removeprefix(_ASKED) for name in unit.db.execute(names).scalars()]


def note(unit: Unit, code: str, facts: Mapping[str, Any]) -> None:
    """Remember something else of one that waits."""
    remembered.put(unit, _ASKED + code, json.dumps({name: facts[name] for name in facts if name != "words"}))


def drop(unit: Unit, code: str) -> None:
    """It waits no more."""
    mine = (setting.c.name == _ASKED + code) | setting.c.name.startswith(f"{_WORDS}{code}:", autoescape=True)
    unit.db.execute(delete(setting).where(mine))


# --- told back -------------------------------------------------------------------------------------------------------


def report_later(unit: Unit, broadcast_id: int, address_id: int, at: datetime) -> None:
    """Remember to tell this address, at that moment, how a correction went."""
    remembered.put(unit, f"{_REPORT}{broadcast_id}", json.dumps({"address": address_id, "at": at.isoformat()}))


def to_report(unit: Unit) -> list[tuple[int, int]]:
    """(broadcast, address) of the corrections whose hour to be told of has come; claimed, each once."""
    mine = setting.c.name.startswith(_REPORT, autoescape=True)
    rows = unit.db.execute(select(setting).where(mine).with_for_update(skip_locked=True)).all()
    kept = {row.name: json.loads(row.value) for row in rows}
    due = {name: one["address"] for name, one in kept.items() if datetime.fromisoformat(one["at"]) <= unit.now}
    if due:
        unit.db.execute(delete(setting).where(setting.c.name.in_(due)))
    return [(int(name.removeprefix(_REPORT)), address) for name, address in due.items()]


def asked_of(unit: Unit, broadcast_id: int) -> tuple[int, int | None]:
    """(lab, session that it asks who comes to) of a correction; None: it asks nothing."""
    query = select(broadcast.c.lab_id, broadcast.c.session_id, broadcast.c.opens)
    row = unit.db.execute(query.where(broadcast.c.id == broadcast_id)).one()
    return row.lab_id, row.session_id if row.opens else None
