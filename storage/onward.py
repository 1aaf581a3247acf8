"""The next try of a message that its provider did not deliver: once more the same way, or by the person's next channel.

A row of the outbox is one try as its provider knows it, so that receipts of the first never speak for the second. A
next try is a row of its own with the next `attempt`; the recipient shows the newest, or delivered by any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from storage import closures, leaving, lines, senders, which_way
from storage.sealed import row_or_damaged
from storage.store import Unit
from storage.tables import address, broadcast, broadcast_text, contact, outbox, person, recipient, sender
from storage.which_way import Way

LOT = 200  # messages of a sender and priority a tick
AGAIN = timedelta(days=1)
_STARTED_BY_US = (1, 2)  # priorities: a reply goes by the way that was written to
_ROW = row_or_damaged(outbox)
_WAY = ("id", "channel", "sender_id", "country", "lang", "heard_at")
_COPIED = (
    "person_id",
    "kind",
    "priority",
    "expires_at",
    "recipient_id",
    "part",
    "text_id",
    "body",
    "talk_id",
    "forget",
)


def again(unit: Unit, row: Row[Any], wait: float, tries: int) -> bool:
    """Try it once more at the same address after `wait` seconds. Whether there is a try left and time for it."""
    due = unit.now + timedelta(seconds=wait)
    over = row.expires_at is not None and row.expires_at <= due
    return not over and kept(unit, row, tries, due_at=due)


def kept(unit: Unit, row: Row[Any], tries: int, *, due_at: datetime, error: str | None = None) -> bool:
    """It waits in the same queue as a next try, unless one stands there already or it was the last. Whether it does."""
    if _number(row) >= tries or _stands(unit, row, outbox.c.attempt > row.attempt):
        return False
    same = {"sender_id": row.sender_id, "address_id": row.address_id, "attempt": _number(row) + 1}
    _copy(unit, row, due_at=due_at, error=error, **same)
    return True


def once_more(unit: Unit, row: Row[Any]) -> None:
    """Try what may have been sent once more, because a person asks for it; what is told of the first still counts."""
    _copy(unit, row, sender_id=row.sender_id, address_id=row.address_id, due_at=unit.now, attempt=_number(row) + 1)
    reopen(unit, row)


def _number(row: Row[Any]) -> int:
    """How often it was tried by now."""
    return int(row.attempt + row.attempts)


def elsewhere(unit: Unit, row: Row[Any]) -> bool:
    """Send what a broadcast owes this person by the next channel, once. Whether there is one."""
    if row.recipient_id is None or (row.expires_at is not None and row.expires_at <= unit.now):
        return False
    if _stands(unit, row, or_(outbox.c.address_id != row.address_id, outbox.c.attempt > row.attempt)):
        return False
    for way in _in_order(unit, row):
        words = _words(unit, row, way)
        if words is not None:
            more = {"sender_id": way.sender_id, "address_id": way.id, "due_at": unit.now, "attempt": row.attempt + 1}
            _copy(unit, row, **more, **words)
            unit.db.execute(update(recipient).where(recipient.c.id == row.recipient_id).values(address_id=way.id))
            return True
    return False


def leave_closed(unit: Unit, sender_id: int, rows: Sequence[Row[Any]]) -> set[int]:
    """Those of these waiting messages whose country is closed to their sender: each goes by the person's next
    channel, or is put off until the country may be open again; their ids."""
    shut = closures.closed_to(unit, sender_id)
    theirs = {row.id: row.country for row in rows if row.country in shut} if shut else {}
    moved = pass_on(unit, list(theirs))
    for country in {country for id, country in theirs.items() if id not in moved}:
        ids = [id for id, its in theirs.items() if its == country and id not in moved]
        later = {"due_at": closures.due_again(unit, shut[country]), "error": closures.mark(country)}
        unit.db.execute(update(outbox).where(outbox.c.id.in_(ids)).values(**later))
    return set(theirs)


def pass_on(unit: Unit, ids: Sequence[int]) -> list[int]:
    """Have those of these messages that wait for a closed country go by the next channel, where there is one; which."""
    if not ids:
        return []
    other = contact.alias("other")
    another = exists().where(other.c.person_id == outbox.c.person_id, other.c.address_id != outbox.c.address_id)
    sure = outbox.c.id.in_(ids), outbox.c.recipient_id.is_not(None), outbox.c.uncertain == 0, another
    moved = [row for row in unit.db.execute(select(*_ROW).where(*sure).order_by(outbox.c.id)) if elsewhere(unit, row)]
    for row in moved:
        why = "closed: its country is closed to this sender"
        unit.db.execute(update(outbox).where(outbox.c.id == row.id).values(state="failed", error=why))
    return [row.id for row in moved]


def leave_switched_off(unit: Unit) -> int:
    """The tick: what is due by a sender that is switched off goes by the person's next channel; how many there were.

    What has no other way waits, for the channel to be on again or for its end. It is looked at again the day after,
    and no sooner: a look costs the same however many wait.
    """
    return sum(_leave(unit, one) for one in senders.switched_off(unit))


def _leave(unit: Unit, sender_id: int) -> int:
    followed = lines.follow(unit, sender_id)
    rows = [row for priority in _STARTED_BY_US for row in _due(unit, sender_id, priority)]
    sure = [row for row in rows if row.recipient_id is not None and row.uncertain == 0]
    moved = [row.id for row in sure if elsewhere(unit, row)]
    later = [row.id for row in rows if row.id not in moved]
    away = update(outbox).where(outbox.c.id.in_(moved))
    unit.db.execute(away.values(state="failed", error=senders.LEFT))
    stays = update(outbox).where(outbox.c.id.in_(later))
    unit.db.execute(stays.values(due_at=unit.now + AGAIN, error=senders.LEFT))
    return followed + len(moved)


def _due(unit: Unit, sender_id: int, priority: int) -> Sequence[Row[Any]]:
    mine = outbox.c.sender_id == sender_id, outbox.c.priority == priority, outbox.c.due_at <= unit.now
    pending = outbox.c.state == literal_column("'pending'")  # written in, so that the partial index is used
    query = select(*_ROW).where(*mine, pending).order_by(outbox.c.due_at, outbox.c.id).limit(LOT)
    return unit.db.execute(query.with_for_update(skip_locked=True, key_share=True)).all()


def _stands(unit: Unit, row: Row[Any], which: ColumnElement[bool]) -> bool:
    """Such a try of the same message is there already: two of our ways to learn of one failure make one next try."""
    return unit.db.execute(select(outbox.c.id).where(*_same(row), which).limit(1)).first() is not None


def _same(row: Row[Any]) -> tuple[ColumnElement[bool], ...]:
    """The tries of one message: of a broadcast its person's, of a reply those that follow its first row."""
    if row.recipient_id is not None:
        return outbox.c.recipient_id == row.recipient_id, outbox.c.part == row.part
    first = row.first_id or row.id
    return outbox.c.address_id == row.address_id, or_(outbox.c.id == first, outbox.c.first_id == first)


def _copy(unit: Unit, row: Row[Any], **changed: Any) -> None:
    """The next try; of a broadcast that somebody has stopped it is held with the others."""
    values = {name: getattr(row, name) for name in _COPIED}
    mine = select(recipient.c.broadcast_id).where(recipient.c.id == row.recipient_id).scalar_subquery()
    held = unit.db.execute(select(broadcast.c.id).where(broadcast.c.id == mine, broadcast.c.state == "stopped")).first()
    fresh = {"state": "held" if held else "pending", "created_at": unit.now, "first_id": row.first_id or row.id}
    unit.db.execute(insert(outbox).values(**{**values, **fresh, **changed}))


def _in_order(unit: Unit, row: Row[Any]) -> list[Row[Any]]:
    """This person's other addresses that can be written to now, on other channels, in the order of which_way.py."""
    found = {way.id: way for way in unit.db.execute(_ways(row)).all()}
    if not found:
        return []
    mine = recipient.c.id == row.recipient_id
    kind = select(broadcast.c.kind).join(recipient, recipient.c.broadcast_id == broadcast.c.id).where(mine)
    now = which_way.standing(unit, unit.db.execute(kind).scalar_one(), unit.now)
    ways = [Way(usable=True, **{name: getattr(way, name) for name in _WAY}) for way in found.values()]
    return [found[way.id] for way in which_way.first(ways, now) if (way.sender_id, way.country) not in now.closed]


def _ways(row: Row[Any]) -> Select[Any]:
    used = select(address.c.channel).where(address.c.id == row.address_id).scalar_subquery()
    mine = contact.c.person_id == row.person_id, person.c.id == row.person_id
    heard_at = address.c.last_inbound_at.label("heard_at")
    columns = address.c.id, address.c.channel, address.c.sender_id, address.c.country, person.c.lang, heard_at
    ways = (
        select(*columns, shared().label("shared"))
        .join(contact, contact.c.address_id == address.c.id)
        .join(person, person.c.id == contact.c.person_id)
        .join(sender, sender.c.id == address.c.sender_id)
    )
    return ways.where(*mine, address.c.channel != used, *usable(row.priority), ~_left_since(row))


def _left_since(row: Row[Any]) -> ColumnElement[bool]:
    """Leaving on a phone of her own is leaving, until she writes from this one, her own too (see reach.py)."""
    left, theirs, other = address.alias("left"), contact.alias("theirs"), contact.alias("other")
    alone = ~exists().where(other.c.address_id == left.c.id, other.c.person_id != row.person_id)
    since = leaving.left_at(row.priority, left)
    after = or_(address.c.last_inbound_at.is_(None), since >= address.c.last_inbound_at, shared())
    mine = theirs.c.address_id == left.c.id, theirs.c.person_id == row.person_id
    return exists().where(*mine, alone, since.is_not(None), after).correlate(address)


def usable(priority: int = 1) -> list[ColumnElement[bool]]:
    """An address that may be written to now (join its sender, where it has one). priority: 1 about one's own place"""
    return [
        address.c.value.is_not(None),
        address.c.sender_id.is_not(None),
        ~address.c.forget,
        address.c.reachable,
        leaving.left_at(priority).is_(None),
        sender.c.halted_at.is_(None),
    ]


def shared() -> ColumnElement[bool]:
    """Several people write from this address."""
    other = contact.alias("sharing")
    return select(func.count() > 1).where(other.c.address_id == address.c.id).correlate(address).scalar_subquery()


def variant(name: str, channel: str, with_others: bool) -> str:
    """The wording of the same for another address: 'sms/es/tu/shared/all' of 'whatsapp/es/tu/own/all'."""
    _, lang, form, _, group = name.split("/", 4)
    return "/".join((channel, lang, form, "shared" if with_others else "own", group))


def _words(unit: Unit, row: Row[Any], way: Row[Any]) -> dict[str, Any] | None:
    """The text in that channel's words, if the broadcast has it; else the first channel's words are used.

    None: those are for one person's eyes (her name, her option), and several people read this phone
    """
    meant = unit.db.execute(select(recipient).where(recipient.c.id == row.recipient_id)).one()
    if meant.variant is not None and row.body is None:
        name = variant(meant.variant, way.channel, bool(way.shared))
        known = and_(broadcast_text.c.broadcast_id == meant.broadcast_id, broadcast_text.c.variant == name)
        text_id = unit.db.execute(select(broadcast_text.c.id).where(known)).scalar()
        if text_id is not None:
            unit.db.execute(update(recipient).where(recipient.c.id == meant.id).values(variant=name))
            return {"text_id": text_id}
    for_all = meant.variant is not None and meant.variant.split("/", 4)[3] == "shared"
    return {} if for_all or not way.shared else None


def other_wordings(unit: Unit, broadcast_id: int) -> list[str]:
    """The variants that fallbacks of this broadcast may need, besides those of the addresses it goes to."""
    pending = recipient.c.broadcast_id == broadcast_id, recipient.c.state == "pending"
    pairs = (
        select(recipient.c.variant, address.c.channel, shared().label("shared"))
        .join_from(recipient, contact, contact.c.person_id == recipient.c.person_id)
        .join(address, and_(address.c.id == contact.c.address_id, address.c.id != recipient.c.address_id))
        .join(sender, sender.c.id == address.c.sender_id)
        .where(*pending, *usable())
        .distinct()
    )
    return sorted({variant(row.variant, row.channel, bool(row.shared)) for row in unit.db.execute(pairs)})


def recall(unit: Unit, row: Row[Any]) -> None:
    """The first try did arrive, after it was said to have failed: a second one that has not left is not needed."""
    unit.db.execute(update(address).where(address.c.id == row.address_id).values(reachable=True))
    waits = outbox.c.attempt > row.attempt, outbox.c.state.in_(("pending", "held")), outbox.c.uncertain == 0
    unit.db.execute(update(outbox).where(*_same(row), *waits).values(state="cancelled", error="arrived"))
    unit.db.execute(update(recipient).where(recipient.c.id == row.recipient_id).values(address_id=row.address_id))


def reopen(unit: Unit, row: Row[Any]) -> None:
    """A broadcast that was done has a message to send again."""
    if row.recipient_id is None:
        return
    mine = select(recipient.c.broadcast_id).where(recipient.c.id == row.recipient_id).scalar_subquery()
    unit.db.execute(
        update(broadcast).where(broadcast.c.id == mine, broadcast.c.state == "done").values(state="sending")
    )
