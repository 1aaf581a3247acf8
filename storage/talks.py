"""Open talks of an address, and the messages that came in."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, delete, false, func, select, true, update

from storage import one_at_a_time
from storage.store import Unit
from storage.tables import address, broadcast_text, inbound, outbox, sender, talk
from storage.tables.base import Instant
from storage.upsert import insert_once

NUDGE_AFTER = timedelta(days=7)
LOOP_SPAN, FLOOD_SPAN = timedelta(minutes=5), timedelta(seconds=30)
SAME, MANY = 5, 60  # replies that are the same; replies at all


@dataclass(frozen=True, slots=True)
class OpenTalk:
    """A conversation that waits, or is being played."""

    id: int
    address_id: int
    person_id: int | None
    conversation: str
    args: dict[str, Any]
    state: str | None
    pending: str
    asked_at: datetime
    nudged: bool


@dataclass(frozen=True, slots=True)
class OnScreen:
    """The message that asked a question, as it was sent."""

    provider_id: str
    text: str
    keeps: bool  # it says more than its question


@dataclass(frozen=True, slots=True)
class Loop:
    """Two machines that answer each other."""

    flood: bool = False  # too many replies, whatever they say
    said: frozenset[str] = frozenset()  # what was said again and again


# What every turn asks is prepared once: building a statement takes longer than running it.
_SENDER = select(sender.c.id).where(sender.c.name == bindparam("name"))
_INBOUND = update(inbound).where(inbound.c.id == bindparam("row"))
_TALK = update(talk).where(talk.c.id == bindparam("row"))
_RESTS = and_(talk.c.nudged, talk.c.pending == bindparam("was"))  # asked once more already, and still the same question
_KEPT = _TALK.values(
    nudge_at=case((_RESTS, talk.c.nudge_at), else_=bindparam("later", type_=Instant())),
    nudged=case((_RESTS, true()), else_=false()),
).returning(talk.c.address_id)
_END = delete(talk).where(talk.c.id == bindparam("row")).returning(talk.c.address_id)
_BY_ID = select(talk).where(talk.c.id == bindparam("row"), talk.c.address_id == bindparam("address"))
_SAME = select(talk.c.id, talk.c.args).where(
    talk.c.address_id == bindparam("address"),
    talk.c.conversation == bindparam("conversation"),
    talk.c.person_id.is_not_distinct_from(bindparam("person")),
)
_BEGUN = talk.insert().returning(talk.c.id)


def sender_id(unit: Unit, name: str) -> int | None:
    """The id of one of our identities."""
    return unit.db.execute(_SENDER, {"name": name}).scalar()


def take(unit: Unit, sender: int, provider_id: str) -> int | None:
    """Note that a message came; its id, or None if it came before. This is the guard against replay, for ever."""
    return insert_once(
        unit,
        inbound,
        {"sender_id": sender, "provider_id": provider_id, "received_at": unit.now},
        "sender_id",
        "provider_id",
    )


def received_at(unit: Unit, sender: int, provider_id: str) -> datetime | None:
    """When this message came, if it did."""
    mine = inbound.c.sender_id == sender, inbound.c.provider_id == provider_id
    return unit.db.execute(select(inbound.c.received_at).where(*mine)).scalar()


def message(unit: Unit, provider: tuple[str, str]) -> int | None:
    """The id of the message (sender name, provider id) that a talk answers; None: it answers none."""
    ours = select(sender.c.id).where(sender.c.name == provider[0]).scalar_subquery()
    mine = inbound.c.sender_id == ours, inbound.c.provider_id == provider[1]
    return unit.db.execute(select(inbound.c.id).where(*mine)).scalar()


def fill_inbound(unit: Unit, inbound_id: int, address_id: int, payload: dict[str, Any]) -> None:
    """What the message held, sealed, for 30 days."""
    text = json.dumps(payload, ensure_ascii=False)
    unit.db.execute(_INBOUND, {"row": inbound_id, "address_id": address_id, "payload": text})


def mark_failed(unit: Unit, inbound_id: int, error_id: str) -> None:
    """A bug in the turn of this message."""
    unit.db.execute(_INBOUND, {"row": inbound_id, "state": "failed", "error_id": error_id})


def _asked() -> Select[Any]:
    """(talk_id, at, id): when each open talk's question was sent, and by which message.

    Answers leave in the order they were made: one that a clock set back dates before an earlier one came after it.
    What waits for its hour (a broadcast, another try) has only the moment it was sent.
    """
    sent = func.coalesce(outbox.c.sent_at, outbox.c.started_at, outbox.c.created_at, type_=Instant())
    at_once = and_(outbox.c.kind == "reply", outbox.c.due_at <= outbox.c.created_at)
    in_order = func.max(case((at_once, sent))).over(order_by=outbox.c.id)
    mine = outbox.c.address_id == bindparam("address"), talk.c.pending.is_not(None)
    rows = select(outbox.c.talk_id, outbox.c.id, case((at_once, in_order), else_=sent).label("at"))
    asked = rows.join(talk, talk.c.id == outbox.c.talk_id).where(*mine).subquery()
    newest = func.max(asked.c.at, type_=Instant()).label("at"), func.max(asked.c.id).label("id")
    return select(asked.c.talk_id, *newest).group_by(asked.c.talk_id)


def _open_talks() -> Select[Any]:
    asked = _asked().subquery()
    at, message = func.coalesce(asked.c.at, talk.c.asked_at), func.coalesce(asked.c.id, 0)
    return (
        select(talk)
        .outerjoin(asked, asked.c.talk_id == talk.c.id)
        .where(talk.c.address_id == bindparam("address"), talk.c.pending.is_not(None))
        .order_by(at.desc(), message.desc(), talk.c.id.desc())
    )


_OPEN = _open_talks()


def open_talks(unit: Unit, address_id: int) -> list[OpenTalk]:
    """The talks of an address that wait for an answer, the one whose question was *sent* last first."""
    return [_open(row, row.asked_at) for row in unit.db.execute(_OPEN, {"address": address_id})]


def of_conversation(unit: Unit, name: str) -> list[OpenTalk]:
    """The talks of one conversation, of everybody, that wait for an answer."""
    query = select(talk).where(talk.c.conversation == name, talk.c.pending.is_not(None)).order_by(talk.c.id)
    return [_open(row, row.asked_at) for row in unit.db.execute(query)]


def question_on_screen(unit: Unit, talk_id: int) -> OnScreen | None:
    """The message that asked this talk's question, once it has been sent."""
    query = (
        select(outbox.c.provider_id, outbox.c.body, broadcast_text.c.body.label("words"))
        .outerjoin(broadcast_text, broadcast_text.c.id == outbox.c.text_id)
        .where(outbox.c.talk_id == talk_id, outbox.c.state == "sent", outbox.c.provider_id.is_not(None))
    )
    row = unit.db.execute(query.order_by(outbox.c.id.desc()).limit(1)).first()
    body = None if row is None else json.loads(row.body) if row.body is not None else row.words
    if row is None or not body or not body.get("options"):
        return None
    return OnScreen(row.provider_id, body["text"], bool(body.get("keeps")))


def talk_by_id(unit: Unit, talk_id: int, address_id: int) -> OpenTalk | None:
    """A talk of this address; a button of another address finds nothing."""
    row = unit.db.execute(_BY_ID, {"row": talk_id, "address": address_id}).first()
    return _open(row, row.asked_at or row.created_at) if row else None


def _open(row: Any, asked_at: datetime) -> OpenTalk:
    return OpenTalk(
        row.id, row.address_id, row.person_id, row.conversation, row.args, row.state, row.pending or "", asked_at,
        row.nudged,
    )  # fmt: skip


def begin(unit: Unit, address_id: int, conversation: str, args: dict[str, Any], person_id: int | None) -> int:
    """A new talk; an earlier one of the same conversation and the same args on this address gives way to it."""
    same = {"address": address_id, "conversation": conversation, "person": person_id}
    for row in unit.db.execute(_SAME, same).all():
        if row.args == args:
            end(unit, row.id)
    made = {"address_id": address_id, "person_id": person_id, "conversation": conversation, "args": args}
    return int(unit.db.execute(_BEGUN, made | {"created_at": unit.now}).scalar_one())


def keep(unit: Unit, talk_id: int, *, state: str, pending: str, person_id: int | None, offer: bool) -> None:
    """The talk waits for an answer; after 7 days it is asked once more, and where it was it rests 7 days later.

    offer: what else asks need not wait for it.
    """
    values = {"state": state, "pending": pending, "person_id": person_id, "asked_at": unit.now, "offer": offer}
    values |= {"row": talk_id, "was": pending, "later": unit.now + NUDGE_AFTER}
    address_id = unit.db.execute(_KEPT, values).scalar()
    if offer and address_id is not None:
        one_at_a_time.let_go(unit, address_id)


def restate(unit: Unit, talk_id: int, state: str) -> None:
    """What it has kept so far is another; it waits as before."""
    unit.db.execute(_TALK, {"row": talk_id, "state": state})


def belongs(unit: Unit, talk_id: int, person_id: int, state: str) -> None:
    """Who is asked is known by now; it waits as before."""
    unit.db.execute(_TALK, {"row": talk_id, "person_id": person_id, "state": state})


def end(unit: Unit, talk_id: int) -> None:
    """The talk is over: its row is personal data and goes, and what waited for it may come."""
    if (address_id := unit.db.execute(_END, {"row": talk_id}).scalar()) is not None:
        one_at_a_time.let_go(unit, address_id)


def nudge_later(unit: Unit, talk_id: int, at: datetime) -> None:
    """Its time has come, and this is no hour to ask."""
    unit.db.execute(_TALK, {"row": talk_id, "nudge_at": at})


def due_nudges(unit: Unit, limit: int) -> list[OpenTalk]:
    """Talks whose 7 days are over, claimed with their phones: one that is being answered at this moment is left out."""
    query = select(talk).join(address, address.c.id == talk.c.address_id).where(talk.c.nudge_at <= unit.now)
    mine = query.order_by(talk.c.nudge_at).limit(limit)
    claimed = mine.with_for_update(of=[address, talk], skip_locked=True, key_share=True)
    return [_open(row, row.asked_at) for row in unit.db.execute(claimed)]


def nudged(unit: Unit, talk_id: int) -> None:
    """It was asked once more: after 7 further days it ends."""
    unit.db.execute(_TALK, {"row": talk_id, "nudged": True, "nudge_at": unit.now + NUDGE_AFTER})


_RECENT = (
    select(outbox.c.id)
    .where(outbox.c.address_id == bindparam("address"), outbox.c.kind == "reply")
    .where(outbox.c.created_at > bindparam("since"), outbox.c.created_at <= bindparam("now"))  # a clock may go back
    .order_by(outbox.c.id.desc())
)
_REPLIED = _RECENT.with_only_columns(outbox.c.created_at, outbox.c.started_at).limit(MANY)
_SAID = _RECENT.with_only_columns(outbox.c.created_at, outbox.c.started_at, outbox.c.body).limit(2 * SAME)


def in_a_loop(unit: Unit, address_id: int) -> Loop:
    """Whether a machine seems to answer our machine: the same reply 5 times in 5 minutes, or 60 messages in 30 s.

    Each of the 5 must have been on its way before the next was asked for: who writes again and again because nothing
    comes (a stopped sender, a provider that lets us wait) is no machine. A reply may be two messages (ADR 10).
    Twilio refuses above 30 replies in 30 s (error 14107); a person who types fast stays far below both.
    """
    lately = {"address": address_id, "since": unit.now - LOOP_SPAN, "now": unit.now}
    rows = unit.db.execute(_REPLIED, lately).all()
    if len(rows) < SAME:
        return Loop()
    if len(rows) == MANY and rows[-1].created_at > unit.now - FLOOD_SPAN:
        return Loop(flood=True)
    replies = [list(reply) for _at, reply in itertools.groupby(unit.db.execute(_SAID, lately), lambda r: r.created_at)]
    asked = [unit.now, *(reply[0].created_at for reply in replies)]  # when the message after each came in
    said = {frozenset(map(_words, reply)) for reply in replies[:SAME]}
    answered = all(_left(reply, then) for reply, then in zip(replies[:SAME], asked, strict=False))
    return Loop(said=said.pop()) if len(replies) >= SAME and len(said) == 1 and answered else Loop()


def _left(reply: Sequence[Any], then: datetime) -> bool:
    """Its last message was on its way by then."""
    return reply[0].started_at is not None and reply[0].started_at <= then


def _words(row: Any) -> str:
    """What it said; their buttons may be of a talk each. '': wiped, so nobody knows what it said."""
    return str(json.loads(row.body)["text"]) if row.body else ""


def wipe(unit: Unit, sender_name: str, provider_id: str) -> None:
    """What was just said is not kept: only the id of the message stays, against a replay."""
    mine = inbound.c.provider_id == provider_id, inbound.c.sender_id == sender_id(unit, sender_name)
    unit.db.execute(update(inbound).where(*mine).values(payload=None))
