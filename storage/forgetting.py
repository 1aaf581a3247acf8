"""What is forgotten by itself: addresses of people who said no or never said yes, and everybody's words in time.

What stays is the keyed fingerprint, and (sender, provider id) of what came in, against a replay.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update

from storage import ties
from storage.store import Unit
from storage.tables import (
    address,
    contact,
    handover,
    inbound,
    listed,
    not_understood,
    outbox,
    staff_role,
    suppression,
    talk,
)
from storage.talks import OpenTalk
from storage.upsert import insert_once

STRANGER_STAYS = timedelta(days=7)
SAME_REPLY = timedelta(minutes=10)  # conversations.md, G5
UNCONFIRMED_STAYS = timedelta(days=1)
LISTED_STAYS = timedelta(days=30)  # a number of a list that was asked and is silent (people.md 4.1, 5)
WORDS_STAY = timedelta(days=30)  # payloads and sent texts (people.md 4.2)
_ENDED = ("sent", "failed", "expired", "cancelled", "unknown")
_LOT = 500  # addresses a tick at most
_GREETING = "hello"  # the conversation that answers words which mean nothing to us
_UNCONFIRMED = ("erase", "link")  # conversations that ask whether it is meant


def wipe_answered(unit: Unit, address_ids: Collection[int] | None = None) -> int:
    """Wipe addresses marked to be forgotten that have no message under way. None: look through all of them."""
    wanted = [address.c.forget.is_(True), _nothing_under_way()]
    if address_ids is not None:
        if not address_ids:
            return 0
        wanted.append(address.c.id.in_(address_ids))
    return _wipe(unit, _locked(unit, wanted))


def wipe_fleeting(unit: Unit, outbox_ids: Collection[int]) -> None:
    """Words of these messages, as far as they have ended: nobody is to read them afterwards."""
    if outbox_ids:
        gone = outbox.c.id.in_(outbox_ids), outbox.c.forget, outbox.c.state.in_(_ENDED)
        unit.db.execute(update(outbox).where(*gone).values(body=None))


def wipe_said(unit: Unit, address_id: int) -> None:
    """What was said on a phone that is nobody's goes at once, whatever she writes next; what waits to be sent, then."""
    nobodys = select(address.c.id).where(address.c.id == address_id, ~_somebody()).scalar_subquery()
    sent = outbox.c.address_id == nobodys
    unit.db.execute(update(inbound).where(inbound.c.address_id == nobodys).values(payload=None))
    unit.db.execute(update(outbox).where(sent, outbox.c.state.in_(_ENDED)).values(body=None))
    unit.db.execute(update(outbox).where(sent, outbox.c.state.not_in(_ENDED)).values(forget=True))
    unit.db.execute(update(address).where(address.c.id == nobodys).values(last_reply=None, last_reply_at=None))
    for table in (not_understood, handover):
        unit.db.execute(delete(table).where(table.c.address_id == nobodys))


def something_begun(unit: Unit, address_id: int) -> bool:
    """Whether somebody is here, a question of ours waits or a human was asked for: no greeting is a question."""
    waits = talk.c.pending.is_not(None), talk.c.conversation != _GREETING
    begun = [exists().where(talk.c.address_id == address.c.id, *waits), exists().where(_asked_for_a_human())]
    query = select(address.c.id).where(address.c.id == address_id, or_(_somebody(), *begun))
    return unit.db.execute(query).first() is not None


def _asked_for_a_human() -> ColumnElement[bool]:
    return and_(handover.c.address_id == address.c.id, handover.c.done_at.is_(None))


def wipe_strangers(unit: Unit) -> int:
    """The tick: whoever never gave a permission is forgotten seven days after the last message.

    Who has never written and stands on a list has thirty days to answer the one question.
    """
    last = func.coalesce(address.c.last_inbound_at, address.c.created_at)
    silent = last <= unit.now - STRANGER_STAYS
    asked = exists().where(listed.c.address_id == address.c.id, listed.c.asked_at > unit.now - LISTED_STAYS)
    waits = and_(address.c.last_inbound_at.is_(None), asked)
    known = address.c.value.is_not(None)
    return _wipe(unit, _locked(unit, [known, silent, ~waits, ~_somebody(), _nothing_under_way()]))


def drop_unconfirmed(unit: Unit) -> int:
    """The tick: an erasure, or a second phone, that nobody confirmed in a day is forgotten; nothing more is asked."""
    past = unit.now - UNCONFIRMED_STAYS
    return unit.db.execute(delete(talk).where(talk.c.conversation.in_(_UNCONFIRMED), talk.c.asked_at <= past)).rowcount


def unconfirmed(unit: Unit, asked: OpenTalk) -> bool:
    """The same of one, whether or not the tick has come by: nobody may confirm it any more."""
    return asked.conversation in _UNCONFIRMED and asked.asked_at <= unit.now - UNCONFIRMED_STAYS


def just_now(unit: Unit, when: datetime) -> bool:
    """Whether the same reply again may be a slip; what lies ahead was said before a clock was set back."""
    return unit.now - SAME_REPLY <= when <= unit.now


def forget_last_replies(unit: Unit) -> int:
    """The tick: what was answered last is known as long as saying it twice may be a slip; it may be a choice."""
    late = or_(address.c.last_reply_at <= unit.now - SAME_REPLY, address.c.last_reply_at > unit.now)  # set back
    over = address.c.last_reply.is_not(None), late
    return unit.db.execute(update(address).where(*over).values(last_reply=None, last_reply_at=None)).rowcount


def wipe_old_words(unit: Unit) -> int:
    """The tick: what was said goes after 30 days; ids and fingerprints stay, against a replay."""
    past = unit.now - WORDS_STAY
    ended = outbox.c.state.in_(_ENDED)
    done = 0
    for table, column, at in (
        (inbound, inbound.c.payload, inbound.c.received_at),
        (outbox, outbox.c.body, outbox.c.created_at),
        (not_understood, not_understood.c.text, not_understood.c.at),
    ):
        old = [column.is_not(None), at <= past, *([ended] if table is outbox else [])]
        lot = select(table.c.id).where(*old).order_by(table.c.id).limit(_LOT)
        done += unit.db.execute(update(table).where(table.c.id.in_(lot)).values({column.name: None})).rowcount
    return done


def _nothing_under_way() -> ColumnElement[bool]:
    waits = outbox.c.state.in_(("pending", "claimed", "started", "held"))
    return ~exists().where(outbox.c.address_id == address.c.id, waits)


def _somebody() -> ColumnElement[bool]:
    """A person gave permission here, or the team works from it."""
    team = exists().where(staff_role.c.address_id == address.c.id, staff_role.c.revoked_at.is_(None))
    return or_(exists().where(contact.c.address_id == address.c.id), team)


def _locked(unit: Unit, wanted: Sequence[ColumnElement[bool]]) -> list[int]:
    query = select(address.c.id).where(*wanted).order_by(address.c.id).limit(_LOT)
    return list(unit.db.execute(query.with_for_update(skip_locked=True, key_share=True)).scalars())


def _wipe(unit: Unit, ids: Sequence[int]) -> int:
    """A phone that somebody else still uses keeps its address: only the mark goes."""
    if not ids:
        return 0
    unit.db.execute(update(address).where(address.c.id.in_(ids)).values(forget=False))
    alone = list(unit.db.execute(select(address.c.id).where(address.c.id.in_(ids), ~_somebody())).scalars())
    empty = {"value": None, "last_reply": None, "last_reply_at": None, "speaker_id": None, "misses": 0}
    empty |= {"wrong_codes": 0, "wrong_codes_since": None, "country": None}
    chosen = {"lang": "es", "form": ""}  # how she wanted to be spoken to
    unit.db.execute(update(address).where(address.c.id.in_(alone)).values(**empty, **chosen))
    unit.db.execute(update(address).where(address.c.id.in_(alone), ~_left()).values(opted_out_at=None, no_news_at=None))
    unit.db.execute(update(outbox).where(outbox.c.address_id.in_(alone)).values(body=None))
    unit.db.execute(update(inbound).where(inbound.c.address_id.in_(alone)).values(payload=None))
    for table in (talk, not_understood, handover):  # nobody can be written to any more
        unit.db.execute(delete(table).where(table.c.address_id.in_(alone)))
    ties.of_phones(unit, alone)
    _not_again(unit, alone)
    return len(alone)


def _left() -> ColumnElement[bool]:
    """She asked for silence: when, stays beside the fingerprint, or she would be written to again."""
    same = suppression.c.channel == address.c.channel, suppression.c.fingerprint == address.c.fingerprint
    return exists().where(*same)


def _not_again(unit: Unit, ids: Sequence[int]) -> None:
    """A number that came from a list and goes is never asked again, whatever list holds it next."""
    of_lists = select(address.c.channel, address.c.fingerprint).join(listed, listed.c.address_id == address.c.id)
    for row in unit.db.execute(of_lists.where(address.c.id.in_(ids))).all():
        left = {"channel": row.channel, "fingerprint": row.fingerprint, "reason": "listed", "at": unit.now}
        insert_once(unit, suppression, left, "channel", "fingerprint")
