"""Invitations that facilitators asked for by chat: approved by another person, awaited, sent, told back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, cast, exists, func, literal, or_, select, update

from storage import hushed, onward, remembered, settle
from storage.audiences import Who
from storage.store import Unit
from storage.tables import address, broadcast, outbox, person, recipient, registration, session, setting, staff_sending

_BY_ITSELF = ("clock", "system")  # what no person asked for
_WARNED = "refused broadcast:"
ASKED_FOR = timedelta(hours=24)  # without an approval by then it lapses


@dataclass(frozen=True, slots=True)
class Sending:
    """One of them."""

    id: int
    session_id: int
    audience: Who
    revision: int
    people: int
    staff_id: int
    address_id: int
    approver_id: int | None
    state: str
    at: datetime
    due_at: datetime
    wait_until: datetime | None
    broadcast_id: int | None


def _one(row: Any) -> Sending:
    return Sending(**{name: getattr(row, name) for name in Sending.__slots__})


def add(unit: Unit, values: dict[str, Any]) -> int:
    """Note one; its id."""
    made = staff_sending.insert().values(**values, at=unit.now).returning(staff_sending.c.id)
    return int(unit.db.execute(made).scalar_one())


def hold(unit: Unit, sending_id: int) -> Sending | None:
    """The sending, locked: two who approve take turns."""
    row = unit.db.execute(select(staff_sending).where(staff_sending.c.id == sending_id).with_for_update()).first()
    return _one(row) if row else None


def change(unit: Unit, sending_id: int, **values: object) -> None:
    """Change columns of one."""
    unit.db.execute(update(staff_sending).where(staff_sending.c.id == sending_id).values(**values))


def waiting(unit: Unit, session_id: int, audience: str) -> Sending | None:
    """One for this session and audience that is asked for or awaited now."""
    same = staff_sending.c.session_id == session_id, staff_sending.c.audience == audience
    return next(iter(_those(unit, *same, _open())), None)


def open_in(unit: Unit, lab_ids: list[int]) -> Sending | None:
    """The newest that waits in these labs."""
    of_labs = staff_sending.c.session_id.in_(select(session.c.id).where(session.c.lab_id.in_(lab_ids)))
    return next(iter(reversed(_those(unit, of_labs, _open()))), None)


def _open() -> ColumnElement[bool]:
    return staff_sending.c.state.in_(("asked", "waiting"))


def to_ask(unit: Unit) -> list[Sending]:
    """Those whose approver has not been asked yet, claimed by this process."""
    return _those(unit, staff_sending.c.state == "asked", staff_sending.c.asked_at.is_(None))


def awaited(unit: Unit) -> list[Sending]:
    """Those whose ten minutes are over, claimed."""
    return _those(unit, staff_sending.c.state == "waiting", staff_sending.c.wait_until <= unit.now)


def lapsed(unit: Unit) -> list[Sending]:
    """Those that nobody approved in time, claimed."""
    return _those(unit, staff_sending.c.state == "asked", staff_sending.c.at <= unit.now - ASKED_FOR)


def to_tell(unit: Unit) -> list[Sending]:
    """Those that another person decided and whose asker does not know yet, claimed."""
    decided = staff_sending.c.approver_id.is_not(None), staff_sending.c.told_at.is_(None)
    return _those(unit, staff_sending.c.state.in_(("sent", "refused")), *decided)


def to_report(unit: Unit) -> list[Sending]:
    """Those whose hour to be told back has come, claimed."""
    open_ = staff_sending.c.reported_at.is_(None), staff_sending.c.report_at <= unit.now
    return _those(unit, staff_sending.c.state == "sent", *open_)


def _those(unit: Unit, *where: ColumnElement[bool]) -> list[Sending]:
    query = select(staff_sending).where(*where).order_by(staff_sending.c.id).with_for_update(skip_locked=True)
    return [_one(row) for row in unit.db.execute(query)]


def sent_before(unit: Unit, staff_id: int, by: str) -> bool:
    """Whether this person has invited before, so that somebody of the team has looked on once.

    To open a choice or to tell a result is no such look: nobody else agreed to it.
    """
    own = exists().where(broadcast.c.by == by, broadcast.c.kind == "invitation")
    approved = exists().where(staff_sending.c.staff_id == staff_id, staff_sending.c.state == "sent")
    return bool(unit.db.execute(select(or_(own, approved))).scalar())


def to_warn(unit: Unit) -> list[Sending]:
    """Those that a provider has refused messages of, once the rest has left and until they are told back."""
    mine = recipient.c.broadcast_id == staff_sending.c.broadcast_id
    refused_one = exists().where(outbox.c.recipient_id == recipient.c.id, mine, *_refused())
    left = ~exists().where(mine, recipient.c.state == "pending")
    unheard = ~exists().where(setting.c.name == literal(_WARNED) + cast(staff_sending.c.broadcast_id, String))
    early = staff_sending.c.reported_at.is_(None), staff_sending.c.due_at <= unit.now
    return _those(unit, staff_sending.c.state == "sent", *early, refused_one, left, unheard)


def warned(unit: Unit, broadcast_id: int) -> None:
    """She hears it once."""
    remembered.put(unit, f"{_WARNED}{broadcast_id}", unit.now.isoformat())


def _refused() -> tuple[ColumnElement[bool], ...]:
    return outbox.c.state == "failed", or_(outbox.c.error.like("unsuited:%"), outbox.c.error.like("refused:%"))


def refused(unit: Unit, broadcast_id: int) -> dict[str, tuple[int, bool]]:
    """Channel -> (messages that its provider refused, whether it was because of the template); the most first."""
    template = func.count().filter(outbox.c.error.like("%template%"))
    query = (
        select(address.c.channel, func.count(), template)
        .join_from(outbox, recipient, outbox.c.recipient_id == recipient.c.id)
        .join(address, address.c.id == outbox.c.address_id)
        .where(recipient.c.broadcast_id == broadcast_id, *_refused())
    )
    rows = unit.db.execute(query.group_by(address.c.channel).order_by(func.count().desc()))
    return {row[0]: (row[1], 2 * row[2] > row[1]) for row in rows}


# --- broadcasts that go out -----------------------------------------------------------------------------------------


def going(unit: Unit, lab_ids: list[int], state: str) -> str | None:
    """Code of the newest broadcast of these labs in this state with somebody pending; what somebody sent goes before
    what the clock did."""
    left = exists().where(recipient.c.broadcast_id == broadcast.c.id, recipient.c.state == "pending")
    here = broadcast.c.lab_id.in_(lab_ids), broadcast.c.state == state
    query = select(broadcast.c.code).where(*here, left, hushed.shown())
    by_itself = broadcast.c.by.in_(_BY_ITSELF)
    return unit.db.execute(query.order_by(by_itself, broadcast.c.id.desc()).limit(1)).scalar()


def goes_to(unit: Unit, idem: str, person_id: int) -> bool:
    """Whether a message of this act is on its way to her or has come, on a shared phone to one of its people."""
    hers = broadcast.c.idem == idem, recipient.c.person_id == person_id
    there = or_(recipient.c.state.in_(("pending", "sent", "unknown")), recipient.c.reason == "shared")
    query = select(recipient.c.id).join(broadcast, broadcast.c.id == recipient.c.broadcast_id)
    return unit.db.execute(query.where(*hers, there)).first() is not None


def by_itself(unit: Unit, code: str) -> bool:
    """Whether the clock sends it, and nobody of the team."""
    query = select(broadcast.c.id).where(broadcast.c.code == code, broadcast.c.by.in_(_BY_ITSELF))
    return unit.db.execute(query).first() is not None


def kind_of(unit: Unit, code: str) -> str:
    """What a broadcast is: 'invitation', 'reminder' ..."""
    return str(unit.db.execute(select(broadcast.c.kind).where(broadcast.c.code == code)).scalar_one())


def expire(unit: Unit, broadcast_id: int) -> None:
    """What waits of a broadcast and would come too late does not go any more, and the ledger says so."""
    late = recipient.c.broadcast_id == broadcast_id, outbox.c.state == "pending", outbox.c.expires_at <= unit.now
    query = select(outbox.c.id, outbox.c.recipient_id, outbox.c.uncertain)
    rows = unit.db.execute(query.join(recipient, recipient.c.id == outbox.c.recipient_id).where(*late)).all()
    settle.close(unit, [settle.Ended(row.id, row.recipient_id, "expired", "expired", row.uncertain) for row in rows])


def lab_of(unit: Unit, code: str) -> int | None:
    """The lab of a broadcast."""
    return unit.db.execute(select(broadcast.c.lab_id).where(broadcast.c.code == code)).scalar()


def try_unknown_again(unit: Unit, broadcast_id: int) -> int:
    """Send once more what nobody knows whether it arrived, because a person asks for it; how many."""
    doubtful = recipient.c.broadcast_id == broadcast_id, recipient.c.state == "unknown", outbox.c.state == "unknown"
    query = select(outbox).join(recipient, recipient.c.id == outbox.c.recipient_id).where(*doubtful)
    rows = unit.db.execute(query.order_by(outbox.c.attempt).with_for_update(of=[recipient, outbox])).all()
    newest = {(row.recipient_id, row.part): row for row in rows}
    for row in newest.values():
        onward.once_more(unit, row)
    theirs = {row.recipient_id for row in rows}
    settle.ledger(unit, theirs)
    return len(theirs)


def delivered(unit: Unit, broadcast_id: int) -> dict[str, tuple[int, int]]:
    """Channel -> (delivered, sent). Telegram never tells what was delivered."""
    arrived = func.count().filter(outbox.c.rank >= 5)
    query = (
        select(address.c.channel, arrived, func.count())
        .join_from(outbox, recipient, outbox.c.recipient_id == recipient.c.id)
        .join(address, address.c.id == outbox.c.address_id)
        .where(recipient.c.broadcast_id == broadcast_id, outbox.c.state == "sent")
    )
    return {row[0]: (row[1], row[2]) for row in unit.db.execute(query.group_by(address.c.channel))}


def answers(unit: Unit, broadcast_id: int, session_id: int) -> dict[str, int]:
    """State -> how those who were invited by this broadcast have answered."""
    mine = select(recipient.c.person_id).where(recipient.c.broadcast_id == broadcast_id, recipient.c.state != "skipped")
    query = select(registration.c.state, func.count()).where(
        registration.c.session_id == session_id, registration.c.person_id.in_(mine)
    )
    return {row[0]: row[1] for row in unit.db.execute(query.group_by(registration.c.state))}


def facts(unit: Unit, placed: Any) -> dict[str, int]:
    """What is known of those whom `reach.placed` reaches: came before, share a phone, without a community."""
    seen = placed.subquery("seen")
    came = exists().where(registration.c.person_id == seen.c.person_id, registration.c.state == "attended")
    shared = seen.c.variant.like("%/shared/%")
    nowhere = exists().where(person.c.id == seen.c.person_id, person.c.territory_id.is_(None))
    counted = [func.count().filter(one).label(name) for name, one in (("came", came), ("shared", shared),
               ("nowhere", nowhere))]  # fmt: skip
    row = unit.db.execute(select(*counted).where(seen.c.state == "pending")).one()
    return dict(row._mapping)
