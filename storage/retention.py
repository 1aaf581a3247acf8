"""What goes by itself when its time is over (people.md 4.2): people, delivery logs, evidence, what a human has handled.

Each rule is a number of days below, each tick a claim of a lot of due rows. What is counted stays: registrations,
ballots, ledgers and the audit log keep their rows and only lose the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, update

from storage import audit, own_ideas, people
from storage.promise_rules import ENDED
from storage.store import Unit
from storage.tables import (
    address,
    appeal,
    asking,
    commitment,
    commitment_update,
    consent,
    contact,
    contest,
    contribution,
    decision,
    followup,
    handover,
    not_understood,
    outbox,
    person,
    problem,
    receipt,
    recipient,
    registration,
    session,
    story,
)

LAB_STAYS = timedelta(days=365)  # after the last follow-up of the lab
IDLE_STAYS = timedelta(days=730)  # after the last sign of a person
DELIVERY_STAYS = timedelta(days=180)
EVIDENCE_STAYS = timedelta(days=3 * 365)  # after the person has gone
HANDLED_STAYS = timedelta(days=180)  # as delivery logs: what was done for whom, by a human
TAKEN_BACK_STAYS = timedelta(days=30)  # as other words: an idea that its author took back

_LOT, _MANY = 200, 5000  # people, rows of a log: a tick at most
_SENT = ("sent", "failed", "expired", "cancelled", "unknown")
_PLACE = ("registered", "waiting", "offered", "unsure")  # she may still come


# --- the rules ----------------------------------------------------------------------------------------------------


def lab_is_over(last: datetime | None, now: datetime) -> bool:
    """Whether the people of a lab with this last follow-up are let go; one that has not begun is not over."""
    return last is not None and last <= now - LAB_STAYS


def last_of(moments: Iterable[datetime | date | None]) -> datetime | None:
    """The latest; a day lasts until its end."""
    known = [m if isinstance(m, datetime) else datetime.combine(m, time.max, UTC) for m in moments if m is not None]
    return max(known, default=None)


# --- people -------------------------------------------------------------------------------------------------------


def part_with_people(unit: Unit) -> int:
    """The tick: who has nothing more to hear of, or gave no sign for two years, is taken out as BORRAR does it."""
    over = [lab_id for lab_id, last in last_followups(unit).items() if lab_is_over(last, unit.now)]
    due = _due(unit, over)
    if not due:
        return 0
    # A turn holds the address: whoever writes at this moment is looked at again when it is through.
    people.lock_phones(unit, due)
    due = _due(unit, over, among=due)
    people.part_with(unit, due)
    audit.record(unit, "retention.people", payload={"people": len(due)})
    return len(due)


def last_followups(unit: Unit) -> dict[int, datetime]:
    """lab -> the last thing that happened or will happen there for its people."""
    moments: dict[int, list[datetime | date]] = {}
    for query in _signs_of_labs():
        for lab_id, at in unit.db.execute(query.group_by(query.selected_columns[0])):
            moments.setdefault(lab_id, []).append(at)
    return {lab_id: last for lab_id, found in moments.items() if (last := last_of(found)) is not None}


def _signs_of_labs() -> Sequence[Select[Any]]:
    """(lab, latest moment) by each table; a promise that is open still has its date ahead."""
    of_promise = commitment.c.lab_id
    still = select(of_promise, func.max(commitment.c.due_to)).where(commitment.c.status.not_in(ENDED))
    columns = (
        (commitment_update.c.at, commitment_update),
        (asking.c.at, asking),
        (followup.c.at, followup),
        (followup.c.again_at, followup),
        (story.c.published_at, story),
    )
    return (
        select(session.c.lab_id, func.max(session.c.starts_at, type_=session.c.starts_at.type)),
        select(contest.c.lab_id, func.max(contest.c.closes_at, type_=contest.c.closes_at.type)),
        select(problem.c.lab_id, func.max(decision.c.at, type_=decision.c.at.type)).join(
            decision, decision.c.problem_id == problem.c.id
        ),
        still.where(commitment.c.due_to.is_not(None)),
        select(of_promise, func.max(commitment.c.status_at, type_=commitment.c.status_at.type)),
        *(
            select(of_promise, func.max(at, type_=at.type))
            .join(table, table.c.commitment_id == commitment.c.id)
            .where(at.is_not(None))
            for at, table in columns
        ),
    )


def _due(unit: Unit, over: Sequence[int], among: Sequence[int] | None = None) -> list[int]:
    """People whose time is over, oldest first; nobody who has a place ahead."""
    ahead = select(session.c.id).where(session.c.starts_at > unit.now)
    mine = registration.c.person_id == person.c.id
    comes = exists().where(mine, registration.c.session_id.in_(ahead), registration.c.state.in_(_PLACE))
    query = select(person.c.id).where(person.c.erased_at.is_(None), ~comes, or_(_idle(unit), _of_labs_over(unit, over)))
    if among is not None:
        query = query.where(person.c.id.in_(among))
    return list(unit.db.execute(query.order_by(person.c.id).limit(_LOT)).scalars())


def _idle(unit: Unit) -> ColumnElement[bool]:
    """No message, no permission, no place and no answer within two years."""
    past = unit.now - IDLE_STAYS
    hers = contact.c.person_id == person.c.id
    heard = exists().where(hers, address.c.id == contact.c.address_id, address.c.last_inbound_at > past)
    agreed = exists().where(consent.c.person_id == person.c.id, consent.c.at > past)
    moved = exists().where(registration.c.person_id == person.c.id, registration.c.changed_at > past)
    told = exists().where(followup.c.person_id == person.c.id, followup.c.answer.is_not(None), followup.c.at > past)
    return and_(person.c.created_at <= past, ~heard, ~agreed, ~moved, ~told)


def _of_labs_over(unit: Unit, over: Sequence[int]) -> ColumnElement[bool]:
    """Every lab she is tied to is over, and she asked for no news of others. A fresh permission counts for a year."""
    ties = consent.c.person_id == person.c.id, consent.c.answer
    elsewhere = or_(
        consent.c.lab_id.is_(None),
        consent.c.lab_id.not_in(over),
        and_(consent.c.purpose == "news", consent.c.withdrawn_at.is_(None)),
        consent.c.at > unit.now - LAB_STAYS,
    )
    place = exists().where(
        registration.c.person_id == person.c.id,
        session.c.id == registration.c.session_id,
        session.c.lab_id.not_in(over),
    )
    return and_(exists().where(*ties), ~exists().where(*ties, elsewhere), ~place)


# --- logs and evidence --------------------------------------------------------------------------------------------


def drop_delivery_logs(unit: Unit) -> int:
    """The tick: what was sent to whom and when, and what providers told of it, goes after 180 days.

    The ledgers of broadcasts keep their rows, and so their sums. The newest message stays: its number is never given
    twice, for a phone with a SIM knows messages by our numbers. Ids grow with time, so only the oldest are looked at.
    """
    past = unit.now - DELIVERY_STAYS
    oldest = select(outbox.c.id, outbox.c.state, outbox.c.created_at).order_by(outbox.c.id).limit(_MANY).subquery()
    newest = select(func.max(outbox.c.id)).scalar_subquery()
    due = select(oldest.c.id).where(oldest.c.created_at <= past, oldest.c.state.in_(_SENT), oldest.c.id < newest)
    ids = list(unit.db.execute(due).scalars())
    told = unit.db.execute(delete(receipt).where(receipt.c.outbox_id.in_(ids))).rowcount
    sent = unit.db.execute(delete(outbox).where(outbox.c.id.in_(ids))).rowcount
    return told + sent + _drop_stray_receipts(unit, past) + _blur_ledgers(unit, past)


def _drop_stray_receipts(unit: Unit, past: datetime) -> int:
    """Receipts of messages that are not ours, or not there any more."""
    oldest = select(receipt.c.id, receipt.c.at).order_by(receipt.c.id).limit(_MANY).subquery()
    return unit.db.execute(
        delete(receipt).where(receipt.c.id.in_(select(oldest.c.id).where(oldest.c.at <= past)))
    ).rowcount


def _blur_ledgers(unit: Unit, past: datetime) -> int:
    """Whom a broadcast reached stays counted; by which phone is forgotten."""
    old = recipient.c.address_id.is_not(None), recipient.c.at <= past, recipient.c.state != "pending"
    lot = select(recipient.c.id).where(*old).order_by(recipient.c.id).limit(_MANY)
    return unit.db.execute(update(recipient).where(recipient.c.id.in_(lot)).values(address_id=None)).rowcount


def drop_evidence(unit: Unit) -> int:
    """The tick: fingerprint, version and dates of a permission go three years after the person has gone."""
    over = consent.c.person_id.is_(None), consent.c.unlinked_at <= unit.now - EVIDENCE_STAYS
    lot = select(consent.c.id).where(*over).order_by(consent.c.id).limit(_MANY)
    return unit.db.execute(delete(consent).where(consent.c.id.in_(lot))).rowcount


def drop_handled(unit: Unit) -> int:
    """The tick: requests that a human has dealt with, and words that were not understood (their text goes earlier)."""
    past = unit.now - HANDLED_STAYS
    done = unit.db.execute(delete(handover).where(handover.c.done_at <= past)).rowcount
    return done + unit.db.execute(delete(not_understood).where(not_understood.c.at <= past)).rowcount


def drop_unpublished_ideas(unit: Unit) -> int:
    """The tick: words of ideas that may not be shown go once they were taken back, or their lab is over; numbers stay.

    Of an appeal the words go when its answer is old.
    """
    over = [lab_id for lab_id, last in last_followups(unit).items() if lab_is_over(last, unit.now)]
    past = contribution.c.withdrawn_at <= unit.now - TAKEN_BACK_STAYS
    silent = contribution.c.publish == "no", contribution.c.text.is_not(None) | contribution.c.shown.is_not(None)
    due = select(contribution.c.id).where(*silent, or_(past, contribution.c.lab_id.in_(over))).limit(_MANY)
    done = own_ideas.forget_words(unit, list(unit.db.execute(due).scalars()))
    answered = appeal.c.answered_at <= unit.now - HANDLED_STAYS, appeal.c.text.is_not(None)
    return done + unit.db.execute(update(appeal).where(*answered).values(text=None)).rowcount
