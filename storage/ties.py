"""What leads from something said, chosen or told to a phone, and how it is cut when its person goes.

A message that came in keeps its id, its phone's mark and its moment for ever, against a replay. So what carries that
id or that very moment leads to the phone, also without a person: of those only the day stays. What was told to one
person keeps no phone, no wording and no message; the ledgers keep their rows, and so their sums.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, delete, exists, or_, select, update

from storage.store import Unit
from storage.tables import (
    ballot,
    broadcast,
    broadcast_text,
    commitment,
    commitment_update,
    contact,
    contest,
    enrolment,
    followup,
    lab,
    offer,
    outbox,
    receipt,
    recipient,
    registration,
    registration_log,
    session,
    sighting,
    talk,
    territory,
)
from storage.tables.base import Instant

LOT = 1000  # ballots that a statement changes
UNLINKED = "unlinked-"  # how a ballot's message id begins once nobody can find its message by it
UNSENT = ("pending", "held", "claimed")  # a claimed row is given up at its mark, just before the network call


# --- what was said and chosen -------------------------------------------------------------------------------------


def day(at: datetime, tz: str) -> datetime:
    """When that day began in the zone `tz`, as UTC."""
    zone = ZoneInfo(tz)
    return datetime.combine(at.astimezone(zone).date(), time(), zone).astimezone(UTC)


def _noon(at: datetime, tz: str) -> datetime:
    local = at.astimezone(ZoneInfo(tz))
    return local.replace(hour=12, minute=0, second=0, microsecond=0).astimezone(UTC)


def part_with_acts(unit: Unit, person_ids: Sequence[int]) -> None:
    """Their places, choices and answers stay counted; nothing of them leads to a message any more."""
    theirs = ballot.c.person_id.in_(person_ids)
    forget_messages(unit, theirs)
    unit.db.execute(update(ballot).where(theirs).values(salt=None, raw_text=None, sent_at=None))
    unit.db.execute(update(followup).where(followup.c.person_id.in_(person_ids)).values(text=None, again_at=None))
    for table, names, rows in _moments(person_ids):
        _to_days(unit, table, names, rows)


def _moments(person_ids: Sequence[int]) -> Iterator[tuple[Table, tuple[str, ...], Select[Any]]]:
    """(table, columns that hold the moment of a message, its rows with their zone)."""
    here = territory.c.id == lab.c.territory_id
    places = registration.c.person_id.in_(person_ids), session.c.id == registration.c.session_id
    yield registration, ("created_at", "changed_at"), select(registration, session.c.tz).where(*places)
    logged = registration_log.c.registration_id == registration.c.id
    yield registration_log, ("at",), select(registration_log, session.c.tz).where(*places, logged)
    offered = offer.c.registration_id == registration.c.id
    yield offer, ("asked_at", "answered_at"), select(offer, session.c.tz).where(*places, offered)
    enrolled = enrolment.c.person_id.in_(person_ids), contest.c.id == enrolment.c.contest_id
    yield enrolment, ("at",), select(enrolment, territory.c.tz).where(*enrolled, lab.c.id == contest.c.lab_id, here)
    said = followup.c.person_id.in_(person_ids), commitment.c.id == followup.c.commitment_id
    yield followup, ("at",), select(followup, territory.c.tz).where(*said, lab.c.id == commitment.c.lab_id, here)
    told = sighting.c.person_id.in_(person_ids), commitment_update.c.id == sighting.c.update_id
    of_lab = commitment.c.id == commitment_update.c.commitment_id, lab.c.id == commitment.c.lab_id
    yield sighting, ("at",), select(sighting, territory.c.tz).where(*told, *of_lab, here)


def _to_days(unit: Unit, table: Table, names: Sequence[str], rows: Select[Any]) -> None:
    for row in unit.db.execute(rows).all():
        days = {name: day(at, row.tz) for name in names if (at := getattr(row, name)) is not None}
        if days:
            unit.db.execute(update(table).where(table.c.id == row.id).values(**days))


def forget_messages(unit: Unit, *which: ColumnElement[bool], most: int | None = None) -> None:
    """The provider's id and the moment lead to the message and so to the phone: of these ballots only the local day
    stays."""
    query = (
        select(ballot.c.id, ballot.c.received_at, territory.c.tz)
        .join(contest, contest.c.id == ballot.c.contest_id)
        .join(lab, lab.c.id == contest.c.lab_id)
        .join(territory, territory.c.id == lab.c.territory_id)
    )
    traced = *which, ballot.c.provider_msg_id.not_like(f"{UNLINKED}%")
    rows = unit.db.execute(query.where(*traced).order_by(ballot.c.id).limit(most)).all()
    given = [{"row": r.id, "mark": f"{UNLINKED}{r.id}", "noon": _noon(r.received_at, r.tz)} for r in rows]
    if given:
        values = {"provider_msg_id": bindparam("mark"), "received_at": bindparam("noon", type_=Instant())}
        unit.db.execute(update(ballot).where(ballot.c.id == bindparam("row")).values(values), given)


def deal_anew(unit: Unit, contest_id: int) -> None:
    """The choices that count are dealt anew among their rows; of those that do not count nothing is kept.

    The order of the rows is that of the log and of the messages, a row has a receipt that somebody was sent, a channel
    and a day: none of it leads to a choice any more, and no sum changes. All of a contest at once, or nothing is mixed.
    """
    mine = ballot.c.contest_id == contest_id
    unit.db.execute(update(ballot).where(mine, ballot.c.status != "current").values(kind="blank", payload="blank"))
    choices = select(ballot.c.id, ballot.c.kind, ballot.c.payload, ballot.c["class"].label("roll"))
    rows = unit.db.execute(choices.where(mine, ballot.c.status == "current").order_by(ballot.c.id)).all()
    dealt = list(rows)
    unit.rng.shuffle(dealt)
    moved: dict[Any, list[int]] = {}
    for row, new in zip(rows, dealt, strict=True):
        if row[1:] != new[1:]:
            moved.setdefault(new[1:], []).append(row.id)
    for (kind, payload, roll), ids in moved.items():
        values = {"kind": kind, "payload": payload, "class": roll}
        for n in range(0, len(ids), LOT):
            unit.db.execute(update(ballot).where(ballot.c.id.in_(ids[n : n + LOT])).values(values))


# --- what was told ------------------------------------------------------------------------------------------------


def part_with_messages(unit: Unit, person_ids: Sequence[int]) -> None:
    """What waits for them is not sent, and what was sent to them leads to no phone."""
    _hand_on(unit, person_ids)
    theirs = recipient.c.person_id.in_(person_ids)
    _forget(unit, theirs, "erased")
    unit.db.execute(update(recipient).where(theirs).values(person_id=None, address_id=None, variant=None))


def of_phones(unit: Unit, address_ids: Sequence[int]) -> None:
    """Nobody is left on these phones: the ledgers do not know them, nor what was sent to them."""
    theirs = and_(recipient.c.address_id.in_(address_ids), recipient.c.state != "pending")
    _forget(unit, theirs, "erased")
    unit.db.execute(update(recipient).where(theirs).values(address_id=None, variant=None))


def of_choices(unit: Unit, contests: Select[Any]) -> None:
    """Of these contests nobody is to know any more who chose an option: that is what those were who read that it was
    withdrawn."""
    told = select(broadcast.c.id).where(broadcast.c.kind == "ballot_changed", broadcast.c.contest_id.in_(contests))
    theirs = recipient.c.broadcast_id.in_(told) & recipient.c.person_id.is_not(None)
    _forget(unit, theirs, "unlinked")
    unit.db.execute(update(recipient).where(theirs).values(person_id=None, address_id=None, variant=None))


def of_idea(unit: Unit, idea_id: int) -> None:
    """Its author takes it back: news that waits is not sent, and what was sent leads to no phone."""
    news = select(broadcast.c.id).where(broadcast.c.kind == "idea", broadcast.c.idem.like(f"idea:{idea_id}:%"))
    theirs = recipient.c.broadcast_id.in_(news)
    _forget(unit, theirs, "withdrawn")
    unit.db.execute(update(recipient).where(theirs).values(address_id=None, variant=None))


def _forget(unit: Unit, theirs: ColumnElement[bool], reason: str) -> None:
    """Messages of these entries of a ledger go; of one that is being sent at this moment only what leads back."""
    entries = select(recipient.c.id).where(theirs)
    unit.db.execute(
        update(outbox)
        .where(outbox.c.recipient_id.in_(entries), outbox.c.state.in_(UNSENT))
        .values(state="cancelled", error=reason)
    )
    waits = theirs & (recipient.c.state == "pending")
    left = or_(outbox.c.state.in_(("started", "unknown")), outbox.c.uncertain > 0)
    doubt = exists().where(outbox.c.recipient_id == recipient.c.id, left)
    unit.db.execute(update(recipient).where(waits, doubt).values(state="unknown", reason="uncertain"))
    unit.db.execute(update(recipient).where(waits).values(state="skipped", reason=reason))
    mine = outbox.c.recipient_id.in_(entries)
    ended = select(outbox.c.id).where(mine, outbox.c.state != "started")
    unit.db.execute(delete(receipt).where(receipt.c.outbox_id.in_(ended)))
    unit.db.execute(delete(outbox).where(mine, outbox.c.state != "started"))
    apart: dict[str, Any] = {"recipient_id": None, "text_id": None, "body": None, "person_id": None}
    unit.db.execute(update(outbox).where(mine).values(**apart, created_at=unit.now, due_at=unit.now))


def _hand_on(unit: Unit, person_ids: Sequence[int]) -> None:
    """One message told all the people of a phone: it becomes that of one who stays. Its wording may say what the other
    chose, so of one that waits the words are kept with the message."""
    for row in unit.db.execute(_for_all(person_ids)).all():
        heir = unit.db.execute(_mates(row, person_ids)).first()
        if heir is None:
            continue
        stands = {"state": row.state, "reason": row.reason, "at": row.at}
        unit.db.execute(update(recipient).where(recipient.c.id == heir.id).values(**stands))
        unit.db.execute(
            update(recipient).where(recipient.c.id == row.id).values(state="skipped", reason="erased", at=unit.now)
        )
        _words_of_its_own(unit, row.id)
        mine = outbox.c.recipient_id == row.id
        open_still = outbox.c.talk_id.in_(select(talk.c.id).where(talk.c.person_id.in_(person_ids)))
        unit.db.execute(update(outbox).where(mine, open_still).values(talk_id=None))
        given = {"recipient_id": heir.id, "person_id": heir.person_id, "text_id": None}
        unit.db.execute(update(outbox).where(mine).values(**given))


def _for_all(person_ids: Sequence[int]) -> Select[Any]:
    """Their entries whose message spoke to others of the phone, too."""
    other = recipient.alias("other")
    same = other.c.broadcast_id == recipient.c.broadcast_id, other.c.address_id == recipient.c.address_id
    told = exists().where(*same, other.c.reason == "shared")
    return select(recipient).where(recipient.c.person_id.in_(person_ids), told)


def _mates(row: Any, person_ids: Sequence[int]) -> Select[Any]:
    """Who was told by the same message and stays on that phone, the first who was there."""
    same = recipient.c.broadcast_id == row.broadcast_id, recipient.c.address_id == row.address_id
    here = exists().where(contact.c.person_id == recipient.c.person_id, contact.c.address_id == row.address_id)
    stays = recipient.c.person_id.not_in(person_ids), recipient.c.reason == "shared", here
    return select(recipient.c.id, recipient.c.person_id).where(*same, *stays).order_by(recipient.c.id).limit(1)


def _words_of_its_own(unit: Unit, recipient_id: int) -> None:
    query = (
        select(outbox.c.id, broadcast_text.c.body)
        .join(broadcast_text, broadcast_text.c.id == outbox.c.text_id)
        .where(outbox.c.recipient_id == recipient_id, outbox.c.body.is_(None))
    )
    for row in unit.db.execute(query).all():
        body = json.dumps(row.body, ensure_ascii=False)
        unit.db.execute(update(outbox).where(outbox.c.id == row.id).values(body=body))
