"""A citizen at a phone: says something, reads what comes. For transcripts, for `convoca talk`, for the demo's history.

Messages are taken from the real outbox in the order a sender would take them; nothing leaves the machine.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from bot.app import App
from bot.message import Media, Message, Option, Reply, Shortcut
from bot.sms import sms_text
from storage import forgetting
from storage.broadcasts import filled
from storage.store import Unit
from storage.tables import address, broadcast_text, outbox, person, recipient

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as it stands on the screen."""

    text: str
    options: tuple[Option, ...] = ()
    picture: str = ""  # where the photo above it is
    shortcuts: tuple[Shortcut, ...] = ()
    id: str = ""  # the provider's
    edited: bool = False  # an earlier message has become this one


def _buttons(shown: Shown) -> list[tuple[str, str]]:
    """(label, data)"""
    return [(o.label, o.data) for o in shown.options] + [(s.label, s.data) for s in shown.shortcuts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the person did at the phone."""

    text: str = ""
    button: str = ""
    media: Media | None = None
    location: tuple[float, float] | None = None
    id: str = ""  # the provider's, to send one message twice
    sent_at: datetime | None = None  # as the provider dates it


@dataclass(slots=True)
class Phone:
    """One phone on one channel."""

    app: App
    channel: str
    number: str
    profile: str = ""
    screen: list[Shown] = field(default_factory=list)

    def say(
        self, text: str = "", *, media: Media | None = None, id: str = "", sent_at: datetime | None = None
    ) -> list[Shown]:
        """Write a message; what comes back. sent_at: the provider's date of it."""
        return self._send(Said(text=text, media=media, id=id, sent_at=sent_at))

    def point(self, latitude: float, longitude: float) -> list[Shown]:
        """Send a place; what comes back."""
        return self._send(Said(location=(latitude, longitude)))

    def offers_numbers(self) -> bool:
        """The newest message has its options as numbers alone, since they fit on no button here."""
        return False

    def tap(self, label: str) -> list[Shown]:
        """Tap the newest button with this label."""
        every = (b for shown in reversed(self.screen) for b in _buttons(shown))
        return self._send(Said(button=next(data for named, data in every if named == label and data)))

    def _send(self, said: Said) -> list[Shown]:
        message = Message(
            channel=self.channel,
            sender=f"simulator:{self.channel}",
            provider_id=said.id or f"phone-{next(_numbers)}",
            address=self.number,
            text=said.text,
            button=said.button,
            media=said.media,
            location=said.location,
            profile=self.profile,
            sent_at=said.sent_at,
        )
        self.app.receive(message).result()
        return self.read()

    def read(self) -> list[Shown]:
        """The messages that are due now, taken as a sender would."""
        new = self.app.store.do(self._take)
        for one in new:
            self._appear(one)
        return new

    def _appear(self, one: Shown) -> None:
        """A message that has changed stays where it stood."""
        place = next((n for n, old in enumerate(self.screen) if one.edited and old.id == one.id), len(self.screen))
        self.screen[place : place + 1] = [one]

    def _take(self, unit: Unit) -> list[Shown]:
        marks = unit.ring.fingerprints(self.channel, self.number)
        mine = select(address.c.id).where(address.c.channel == self.channel, address.c.fingerprint.in_(marks))
        query = (
            select(
                outbox.c.id, outbox.c.body, outbox.c.recipient_id, broadcast_text.c.body.label("words"), person.c.name
            )
            .outerjoin(broadcast_text, broadcast_text.c.id == outbox.c.text_id)
            .outerjoin(person, person.c.id == outbox.c.person_id)
            .where(outbox.c.address_id.in_(mine), outbox.c.state == "pending", outbox.c.due_at <= unit.now)
            .order_by(outbox.c.priority, outbox.c.due_at, outbox.c.id)
        )
        return [self._taken(unit, row) for row in unit.db.execute(query).all()]

    def _taken(self, unit: Unit, row: Any) -> Shown:
        body = json.loads(row.body) if row.body else row.words
        named = {} if row.recipient_id is None else {"name": row.name or ""}
        reply = Reply.from_json(filled(body, named))
        id = reply.in_place_of or f"phone-{row.id}"
        sent = {"state": "sent", "started_at": unit.now, "sent_at": unit.now, "rank": 3, "attempts": 1}
        sent |= {"provider_id": id}
        unit.db.execute(update(outbox).where(outbox.c.id == row.id).values(**sent))
        forgetting.wipe_fleeting(unit, [row.id])
        if row.recipient_id is not None:
            unit.db.execute(update(recipient).where(recipient.c.id == row.recipient_id).values(state="sent"))
        picture = reply.media.ref if reply.media and reply.media.kind == "photo" else ""
        text = sms_text(reply.text) if self.channel == "sms" else reply.text
        return Shown(text, reply.options, picture, reply.shortcuts, id, bool(reply.in_place_of))
