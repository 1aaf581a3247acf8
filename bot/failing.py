"""A message whose turn failed is kept, as failed: a human can read it, and it is not taken in a second time."""

from __future__ import annotations

from bot import payload
from bot.message import Message
from storage import audit, people, talks
from storage.store import Unit


def keep(unit: Unit, message: Message, error_id: str) -> None:
    """Note it and nothing else. Nothing that is kept of who wrote is opened: that may be what is broken."""
    message = payload.readable(message)
    sender_id = talks.sender_id(unit, message.sender)
    inbound_id = talks.take(unit, sender_id, message.provider_id) if sender_id is not None else None
    if inbound_id is not None:
        note(unit, message, inbound_id, people.address_unread(unit, message.channel, message.address), error_id)


def note(unit: Unit, message: Message, inbound_id: int, address_id: int, error_id: str) -> None:
    """What it said, that it failed, and the number by which the log knows why."""
    talks.fill_inbound(unit, inbound_id, address_id, payload.kept(message))
    talks.mark_failed(unit, inbound_id, error_id)
    audit.record(unit, "turn_failed", subject=error_id)
