"""Addresses, people, their permissions, and how each of them leaves. Nothing here sends a message."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update

from storage import codes, erasing, forgetting, keys, lists, one_at_a_time
from storage.promise_rules import working_day_after
from storage.store import Unit
from storage.tables import (
    address,
    consent,
    contact,
    erasure,
    handover,
    not_understood,
    person,
    registration,
    talk,
)
from storage.upsert import insert_once

MAX_PEOPLE = 6  # persons on one number (people.md 5)
BACKUPS_LAST = timedelta(days=35)
PROMISED_IN = {"copy": 5, "result": 5, "commitment": 5, "help": 4}  # working days as told; all else by the next
WRITES = ("asked", "not_understood")  # the same is done about it: somebody writes to her


@dataclass(frozen=True, slots=True)
class Person:
    """A neighbour who gave permission."""

    id: int
    token: str
    name: str
    age_band: str
    lang: str
    form: str


@dataclass(frozen=True, slots=True)
class Address:
    """One way to reach people; locked for this transaction."""

    id: int
    channel: str
    fingerprint: str
    value: str | None
    sender_id: int | None
    lang: str
    form: str
    speaker_id: int | None
    reachable: bool
    opted_out_at: datetime | None
    forget: bool  # she said no, and the answer has not left
    last_reply: dict[str, Any] | None
    last_reply_at: datetime | None
    country: str | None  # '' where its number tells none, None where nobody has looked yet


# What every turn asks is prepared once: building a statement takes longer than running it.
_FOUND = (
    select(address)
    .where(address.c.channel == bindparam("channel"), address.c.fingerprint.in_(bindparam("marks", expanding=True)))
    .with_for_update()
)
_ADDRESS = select(address).where(address.c.id == bindparam("row")).with_for_update()
_CHANGED = update(address).where(address.c.id == bindparam("row"))
_SHARING = (
    select(person)
    .join(contact, contact.c.person_id == person.c.id)
    .where(contact.c.address_id == bindparam("address"), person.c.erased_at.is_(None))
    .order_by(contact.c.id)
)
_PERSON = select(person).where(person.c.id == bindparam("row"), person.c.erased_at.is_(None))


def lock_address(unit: Unit, channel: str, value: str) -> Address:
    """The row of this address, made if new, locked until the commit: one person's messages take turns.

    Raises MissingKey: she may be known by a newer key than this process has.
    """
    marks = unit.ring.fingerprints(channel, value)
    found = {"channel": channel, "marks": marks}
    row = unit.db.execute(_FOUND, found).first()
    if row is None:
        _new_address(unit, channel, value)
        row = unit.db.execute(_FOUND, found).one()
    return _address(row)


def _new_address(unit: Unit, channel: str, value: str) -> None:
    keys.require(unit)
    mark = unit.ring.fingerprint(channel, value)
    fresh = {"channel": channel, "fingerprint": mark, "value": value, "created_at": unit.now}
    insert_once(unit, address, fresh, "channel", "fingerprint")


def address_unread(unit: Unit, channel: str, value: str) -> int:
    """The id of this address's row, made if new, whatever may be damaged in it. Raises MissingKey, as above."""
    marks = unit.ring.fingerprints(channel, value)
    query = select(address.c.id).where(address.c.channel == channel, address.c.fingerprint.in_(marks))
    if unit.db.execute(query).first() is None:
        _new_address(unit, channel, value)
    return int(unit.db.execute(query.limit(1)).scalar_one())


def known_address(unit: Unit, channel: str, value: str) -> Address | None:
    """The same where it is known, else None: no row is made of an address that somebody only asks about."""
    row = unit.db.execute(_FOUND, {"channel": channel, "marks": unit.ring.fingerprints(channel, value)}).first()
    return _address(row) if row else None


def address_by_id(unit: Unit, address_id: int) -> Address:
    """The row of this id, locked."""
    return _address(unit.db.execute(_ADDRESS, {"row": address_id}).one())


def _address(row: Row[Any]) -> Address:
    names = [f for f in Address.__slots__ if f != "last_reply"]
    kept = json.loads(row.last_reply) if row.last_reply else None
    return Address(**{n: getattr(row, n) for n in names}, last_reply=kept)


def heard_from(unit: Unit, at: Address, value: str, sender_id: int, country: str | None = None) -> None:
    """A message came: the address is reachable again, and answered by the identity that was written to.

    One that is to be forgotten still is: `begun_anew` says when not.
    """
    change = {"value": value, "sender_id": sender_id, "reachable": True, "last_inbound_at": unit.now}
    unit.db.execute(_CHANGED, change | {"country": country, "row": at.id})


def lock_phones(unit: Unit, person_ids: Sequence[int]) -> None:
    """No turn of theirs is under way elsewhere: who writes from another phone meanwhile is read as who she is then."""
    theirs = select(contact.c.address_id).where(contact.c.person_id.in_(person_ids))
    phones = select(address.c.id).where(address.c.id.in_(theirs)).order_by(address.c.id).with_for_update()
    unit.db.execute(phones).all()


def set_address(unit: Unit, address_id: int, **values: object) -> None:
    """Change columns of an address (lang, form, speaker_id, misses ...)."""
    unit.db.execute(_CHANGED, values | {"row": address_id})


def keep_last_reply(unit: Unit, address_id: int, kept: dict[str, Any] | None) -> None:
    """Remember what was answered last, so that saying it twice hears that it counted already."""
    text = json.dumps(kept) if kept else None
    set_address(unit, address_id, last_reply=text, last_reply_at=unit.now)


def people_of(unit: Unit, address_id: int) -> list[Person]:
    """Who shares this address, in the order they came."""
    return [_person(row) for row in unit.db.execute(_SHARING, {"address": address_id})]


def person_by_id(unit: Unit, person_id: int) -> Person | None:
    """The person, unless erased."""
    row = unit.db.execute(_PERSON, {"row": person_id}).first()
    return _person(row) if row else None


def _person(row: Row[Any]) -> Person:
    return Person(row.id, row.token, row.name or "", row.age_band or "", row.lang, row.form)


def admit(unit: Unit, address_id: int, *, name: str, age_band: str, lang: str, territory_id: int | None) -> int:
    """A person who gave permission, reachable at this address and addressed as this address asked to be."""
    form = unit.db.execute(select(address.c.form).where(address.c.id == address_id)).scalar_one()
    token = _free_token(unit)
    made: int = unit.db.execute(
        person.insert()
        .values(
            token=token,
            name=name,
            age_band=age_band,
            lang=lang,
            form=form,
            territory_id=territory_id,
            created_at=unit.now,
        )
        .returning(person.c.id)
    ).scalar_one()
    unit.db.execute(contact.insert().values(person_id=made, address_id=address_id, since=unit.now))
    return made


def _free_token(unit: Unit) -> str:
    """'P-7KTQ2C', which nobody has: drawn blindly, two of 11,000 people would be alike as often as not."""
    while True:
        token = "P-" + codes.draw(unit.rng, 6)
        if unit.db.execute(select(person.c.id).where(person.c.token == token)).first() is None:
            return token


def text_version(text: str) -> str:
    """The name of a consent text: changed words are another version."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def consented(
    unit: Unit,
    person_id: int,
    address_id: int,
    *,
    purpose: str,
    lab_id: int | None,
    text: str,
    lang: str,
    inbound_id: int | None,
    at: str,
    answer: bool = True,
) -> int:
    """Evidence of a permission: the exact words shown, the message that answered, when. The row's id."""
    where = unit.db.execute(select(address.c.channel, address.c.fingerprint).where(address.c.id == address_id)).one()
    made = unit.db.execute(
        consent.insert()
        .values(
            person_id=person_id,
            fingerprint=where.fingerprint,
            purpose=purpose,
            lab_id=lab_id,
            text_version=text_version(text),
            text=text,
            lang=lang,
            channel=where.channel,
            inbound_id=inbound_id,
            at=datetime.fromisoformat(at),
            answer=answer,
        )
        .returning(consent.c.id)
    )
    return int(made.scalar_one())


def permitted(unit: Unit, person_id: int, lab_id: int) -> bool:
    """Whether this person said yes to this lab, and has not taken it back."""
    query = select(consent.c.id).where(
        consent.c.person_id == person_id,
        consent.c.purpose == "lab",
        consent.c.lab_id == lab_id,
        consent.c.answer,
        consent.c.withdrawn_at.is_(None),
    )
    return unit.db.execute(query.limit(1)).first() is not None


def set_person(unit: Unit, person_id: int, **values: object) -> None:
    """Change columns of a person (name, lang, form ...)."""
    unit.db.execute(update(person).where(person.c.id == person_id).values(**values))


def name_taken(unit: Unit, address_id: int, name: str) -> bool:
    """Whether somebody on this phone is called so already."""
    return any(p.name.casefold() == name.casefold() for p in people_of(unit, address_id))


# --- leaving ---------------------------------------------------------------------------------------------------


def wipe_after_reply(unit: Unit, address_id: int) -> None:
    """A 'no' before any yes: what was said goes now, address and talk once the answer has left (the outbox does it)."""
    lists.answered(unit, address_id)
    forgetting.wipe_said(unit, address_id)
    set_address(unit, address_id, forget=True)


def begun_anew(unit: Unit, at: Address) -> None:
    """After a turn at an address that was to be forgotten: it is kept where she began something; thanks are nothing."""
    if at.forget and forgetting.something_begun(unit, at.id):
        set_address(unit, at.id, forget=False)


def erase(unit: Unit, address_id: int, person_ids: list[int], keep_talk: int | None = None) -> str:
    """Erase these people of this address: names, links, the address if nobody is left on it. The proof's code.

    Ballots and registrations stay in the counts without the person (people.md 4.1, 15); consents keep fingerprint,
    version and dates for 3 years.
    """
    part_with(unit, person_ids, {address_id}, keep_talk)
    code = codes.draw(unit.rng, 6)
    proof = {"code": code, "done_at": unit.now, "backups_until": unit.now + BACKUPS_LAST, "people": len(person_ids)}
    unit.db.execute(erasure.insert().values(**proof))
    return code


def part_with(unit: Unit, person_ids: list[int], phones: Set[int] = frozenset(), keep_talk: int | None = None) -> None:
    """Take these people out of every table, and have each phone wiped that nobody is left on: theirs and `phones`.

    Who was joined into one of them (`merging.py`) goes along.
    """
    theirs = select(contact.c.address_id).where(contact.c.person_id.in_(person_ids))
    phones = phones | set(unit.db.execute(theirs).scalars())
    joined = unit.db.execute(select(person.c.id).where(person.c.joined_id.in_(person_ids))).scalars()
    erasing.unlink(unit, [*person_ids, *joined], keep_talk)
    for phone in sorted(phones):
        if not people_of(unit, phone):
            wipe_after_reply(unit, phone)
            set_address(unit, phone, speaker_id=None, last_reply=None)


# --- people of the team ------------------------------------------------------------------------------------------


def hand_over(unit: Unit, address_id: int, person_id: int | None, reason: str, *, talk_id: int | None = None) -> None:
    """Ask a human to write, by the day that is promised. Asking twice is one entry (ADR 11), whether she asked or was
    not understood; what needs something else, and another person of the phone, waits by itself.

    talk_id: the talk whose question a voice note answers, 0 where none was open; the newest note counts.
    """
    hers = handover.c.person_id.is_(None) if person_id is None else handover.c.person_id == person_id
    same = handover.c.reason.in_(WRITES if reason in WRITES else (reason,))
    waiting = handover.c.address_id == address_id, hers, same, handover.c.done_at.is_(None)
    if unit.db.execute(select(handover.c.id).where(*waiting).limit(1)).first() is None:
        today = unit.now.date()
        due = unit.now + (working_day_after(today, PROMISED_IN.get(reason, 1)) - today)
        row = {"address_id": address_id, "person_id": person_id, "reason": reason, "at": unit.now, "due_at": due}
        unit.db.execute(handover.insert().values(**row, talk_id=talk_id))
    elif talk_id is not None:
        unit.db.execute(update(handover).where(*waiting).values(talk_id=talk_id))


def pile(unit: Unit, address_id: int, conversation: str, question: str, text: str) -> None:
    """Put words we did not understand where a facilitator reads them."""
    row = {"address_id": address_id, "conversation": conversation, "question": question, "text": text, "at": unit.now}
    unit.db.execute(not_understood.insert().values(**row))


def registrations_of(unit: Unit, person_id: int) -> list[int]:
    """Ids of the person's registrations."""
    return list(unit.db.execute(select(registration.c.id).where(registration.c.person_id == person_id)).scalars())


def close_talks(unit: Unit, address_id: int, except_id: int | None = None) -> None:
    """End every open talk of an address; the one being played ends by itself."""
    query = delete(talk).where(talk.c.address_id == address_id)
    unit.db.execute(query.where(talk.c.id != except_id) if except_id is not None else query)
    one_at_a_time.let_go(unit, address_id)
