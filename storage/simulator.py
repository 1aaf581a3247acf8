"""What the simulator reads: a phone's screen, what was stored; and its fresh start. Never used on real people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, exists, func, literal, select

from storage import remembered
from storage.broadcasts import filled
from storage.store import Unit
from storage.tables import (
    address,
    audit_event,
    ballot,
    broadcast,
    broadcast_text,
    commitment,
    consent,
    contact,
    contest,
    decision,
    erasure,
    follow,
    followup,
    handover,
    inbound,
    metadata,
    not_understood,
    outbox,
    person,
    problem,
    recipient,
    registration,
    registration_log,
    reminder,
    session,
    staff,
    staff_role,
    suppression,
    talk,
)

LATE = timedelta(seconds=2)  # from here on a message that has not left is shown as being sent
_EXAMPLE = "example"  # name of a setting
_WAITING = ("pending", "claimed", "started")
# Events beside a row that is shown already.
_TOLD_TWICE = ("ballot.cast", "decision.made", "session_announced", "commitment.made", "staff.added")
_KEPT = frozenset({"key", "lease", "sender"})  # of the installation, not of the example: a fresh start leaves them


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message on a phone's screen."""

    key: str  # 'i12' an inbound row, 'o34' an outbox row
    mine: bool
    at: datetime
    body: Mapping[str, Any] | None  # a payload, or Reply.to_json(); None: wiped
    sent: bool = True
    late: bool = False  # not sent, though it should have left a moment ago
    provider_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One stored row, told without its secrets."""

    table: str
    id: int
    at: datetime
    kind: str  # what happened: 'person', 'registered', 'ballot' ...
    who: str = ""
    about: str = ""
    number: int = 0


# --- a phone's screen -----------------------------------------------------------------------------------------------


def address_of(unit: Unit, channel: str, value: str) -> int | None:
    """The id of an address, if anybody wrote from it."""
    marks = unit.ring.fingerprints(channel, value)
    found = select(address.c.id).where(address.c.channel == channel, address.c.fingerprint.in_(marks))
    return unit.db.execute(found).scalar()


def language_of(unit: Unit, address_id: int) -> str:
    """The language in which this address is written to: of who speaks there, else its own."""
    query = select(func.coalesce(person.c.lang, address.c.lang)).select_from(address)
    speaks = query.outerjoin(contact, contact.c.address_id == address.c.id).outerjoin(
        person, (person.c.id == contact.c.person_id) & person.c.erased_at.is_(None)
    )
    order = (person.c.id == address.c.speaker_id).desc(), contact.c.id
    found: str = unit.db.execute(speaks.where(address.c.id == address_id).order_by(*order).limit(1)).scalar_one()
    return found


def screen(unit: Unit, address_id: int) -> list[Line]:
    """What was said on this address, oldest first."""
    lines = [*_received(unit, address_id), *_told(unit, address_id)]
    return sorted(lines, key=lambda line: (line.at, not line.mine, int(line.key[1:])))


def _received(unit: Unit, address_id: int) -> Iterator[Line]:
    for row in unit.db.execute(select(inbound).where(inbound.c.address_id == address_id).order_by(inbound.c.id)):
        body = json.loads(row.payload) if row.payload is not None else None
        yield Line(key=f"i{row.id}", mine=True, at=row.received_at, body=body, provider_id=row.provider_id)


def _told(unit: Unit, address_id: int) -> Iterator[Line]:
    query = (
        select(outbox, broadcast_text.c.body.label("words"), person.c.name.label("name"))
        .outerjoin(broadcast_text, broadcast_text.c.id == outbox.c.text_id)
        .outerjoin(person, person.c.id == outbox.c.person_id)
        .where(outbox.c.address_id == address_id, outbox.c.state.in_(("sent", *_WAITING)))
        .where(outbox.c.due_at <= unit.now)
        .order_by(outbox.c.id)
    )
    for row in unit.db.execute(query):
        body = json.loads(row.body) if row.body is not None else row.words
        yield Line(
            key=f"o{row.id}",
            mine=False,
            at=row.sent_at or row.due_at,
            body=filled(body, {"name": row.name or ""} if row.recipient_id else {}) if body is not None else None,
            sent=row.state == "sent",
            late=row.state != "sent" and row.due_at <= unit.now - LATE,
            provider_id=row.provider_id or "",
        )


def waits(unit: Unit, address_id: int) -> bool:
    """Whether a message to this address is about to leave."""
    soon = exists().where(outbox.c.address_id == address_id, outbox.c.state.in_(_WAITING), outbox.c.due_at <= unit.now)
    return bool(unit.db.execute(select(soon)).scalar())


def last_received(unit: Unit, address_id: int) -> tuple[str, Mapping[str, Any]] | None:
    """Provider id and payload of the newest message of this address that was not wiped."""
    query = select(inbound.c.provider_id, inbound.c.payload).where(
        inbound.c.address_id == address_id, inbound.c.payload.is_not(None)
    )
    row = unit.db.execute(query.order_by(inbound.c.id.desc()).limit(1)).first()
    return (row.provider_id, json.loads(row.payload)) if row else None


def pulse(unit: Unit) -> str:
    """Changes whenever anything does that a page shows: one cheap query, asked several times a second."""

    def newest(table: Any) -> Any:
        return select(func.coalesce(func.max(table.c.id), 0)).scalar_subquery()

    def many(table: Any, *where: Any) -> Any:
        return select(func.count()).select_from(table).where(*where).scalar_subquery()

    tables = [newest(t) for t in (inbound, outbox, audit_event, registration_log, consent, handover, decision)]
    counts = [
        many(outbox, outbox.c.state == "sent"),
        many(outbox, outbox.c.state.in_(_WAITING), outbox.c.due_at <= unit.now - LATE),
        many(recipient, recipient.c.state == "pending"),
        many(audit_event, audit_event.c.seq.is_not(None)),
        many(talk),
        many(reminder, reminder.c.state == "pending"),
    ]
    row = unit.db.execute(select(*(c.label(f"n{i}") for i, c in enumerate([*tables, *counts])))).one()
    return "-".join([f"{unit.now:%y%m%d%H%M}", *map(str, row)])


# --- what was stored ------------------------------------------------------------------------------------------------


def stored(unit: Unit, limit: int = 60) -> list[Row]:
    """The newest rows of every table that keeps something of people, newest first."""
    rows = [
        Row(table=table, id=r.id, at=r.at, kind=r.kind, who=r.who or "", about=r.about or "", number=int(r.number or 0))
        for table, query in _sources().items()
        for r in unit.db.execute(query.limit(limit))
    ]
    order = list(_sources())
    return sorted(rows, key=lambda r: (r.at, order.index(r.table), r.id), reverse=True)[:limit]


def _sources() -> dict[str, Select[Any]]:
    """Each table's newest rows as id, at, kind, who, about, number; in the order in which one turn writes them."""
    sources = {
        "person": _pick(person, person.c.created_at, "person", person.c.name, person.c.token),
        "consent": _pick(consent, consent.c.at, "consent", person.c.name, consent.c.text_version).outerjoin(
            person, person.c.id == consent.c.person_id
        ),
        "registration_log": _pick(
            registration_log, registration_log.c.at, registration_log.c.to_state, person.c.name, session.c.code
        )
        .join(registration, registration.c.id == registration_log.c.registration_id)
        .join(session, session.c.id == registration.c.session_id)
        .outerjoin(person, person.c.id == registration.c.person_id),
        "ballot": _pick(ballot, ballot.c.received_at, "ballot", person.c.name, contest.c.slug, ballot.c.rev)
        .join(contest, contest.c.id == ballot.c.contest_id)
        .outerjoin(person, person.c.id == ballot.c.person_id),
        "follow": _pick(follow, follow.c.at, "follow", person.c.name).join(person, person.c.id == follow.c.person_id),
        "broadcast": _pick(broadcast, broadcast.c.created_at, broadcast.c.kind, None, None, broadcast.c.audience),
        "decision": _pick(decision, decision.c.at, "decision", None, problem.c.title).join(
            problem, problem.c.id == decision.c.problem_id
        ),
        "commitment": _pick(commitment, commitment.c.at, "commitment", None, commitment.c.text),
        "followup": _pick(followup, followup.c.at, "followup", person.c.name)
        .join(person, person.c.id == followup.c.person_id)
        .where(followup.c.answer.is_not(None)),
        "staff_role": _pick(staff_role, staff_role.c.at, "staff_role", staff.c.name, staff_role.c.role).join(
            staff, staff.c.id == staff_role.c.staff_id
        ),
        "handover": _pick(handover, handover.c.at, "handover", person.c.name, handover.c.reason).outerjoin(
            person, person.c.id == handover.c.person_id
        ),
        "not_understood": _pick(not_understood, not_understood.c.at, "not_understood"),
        "suppression": _pick(suppression, suppression.c.at, "suppression", None, suppression.c.channel),
        "erasure": _pick(erasure, erasure.c.done_at, "erasure", None, erasure.c.code, erasure.c.people),
        "audit_event": _pick(
            audit_event, audit_event.c.at, audit_event.c.kind, None, audit_event.c.subject, audit_event.c.seq
        ).where(audit_event.c.kind.not_in(_TOLD_TWICE)),
    }
    return {name: query.order_by(metadata.tables[name].c.id.desc()) for name, query in sources.items()}


def _pick(table: Any, at: Any, kind: Any, who: Any = None, about: Any = None, number: Any = None) -> Select[Any]:
    columns = {"at": at, "kind": kind, "who": who, "about": about, "number": number}
    shown = [(literal(c) if c is None or isinstance(c, str) else c).label(name) for name, c in columns.items()]
    return select(table.c.id, *shown).select_from(table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How much there is."""

    people: int
    consents: int
    registered: int
    ballots: int
    events: int  # in the audit log
    chained: int  # of them, sealed by the chain


def totals(unit: Unit) -> Totals:
    """Counts of what people gave."""
    going = registration.c.state.in_(("registered", "attended"))
    permits = consent.c.answer & consent.c.withdrawn_at.is_(None) & consent.c.person_id.is_not(None)
    return Totals(
        people=_count(unit, person, person.c.erased_at.is_(None)),
        consents=_count(unit, consent, permits),
        registered=_count(unit, registration, going),
        ballots=_count(unit, ballot, ballot.c.status == "current"),
        events=_count(unit, audit_event),
        chained=_count(unit, audit_event, audit_event.c.seq.is_not(None)),
    )


def _count(unit: Unit, table: Any, *where: Any) -> int:
    return unit.db.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


def latest_broadcasts(unit: Unit, limit: int = 3) -> list[tuple[int, str, datetime]]:
    """(id, kind, when) of the newest broadcasts."""
    newest = select(broadcast.c.id, broadcast.c.kind, broadcast.c.created_at).order_by(broadcast.c.id.desc())
    return [(r.id, r.kind, r.created_at) for r in unit.db.execute(newest.limit(limit))]


# --- starting over --------------------------------------------------------------------------------------------------


def example(unit: Unit) -> str:
    """How far the example is: '' none, 'begun', 'made'."""
    return remembered.get(unit, _EXAMPLE)


def note_example(unit: Unit, state: str) -> None:
    """The example is 'begun' or 'made': one that a crash has cut off is seen."""
    remembered.put(unit, _EXAMPLE, state)


def empty(unit: Unit) -> None:
    """Every row of the example goes; the database's keys, leases and senders stay."""
    for table in reversed(metadata.sorted_tables):
        if table.name not in _KEPT:
            unit.db.execute(delete(table))
