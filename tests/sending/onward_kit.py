"""One broadcast to people with several phones, handed over and reported on step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from bot import broadcast, news
from bot.broadcast import Ledger, Variant
from bot.errors import SendError
from bot.message import Receipt, Reply
from storage import broadcasts, outbox, settle
from storage import tables as t
from storage.settle import Outcome
from storage.store import Unit
from tests.convoke.acts import act
from tests.convoke.town import NOON, Town

ME = "this-process"
LATER = NOON + timedelta(days=3)

NO_WAY = SendError("not on this network", fallback=True)
OFF = SendError("the phone is off", retry_after=7200.0, tries=3, fallback=True)
AGAIN = SendError("no signal", retry_after=60.0, tries=3)
BLOCKED = SendError("blocked", gone=True)
LEFT = SendError("opted out at the provider", left=True)
DROPPED = SendError("filtered")


def words(variant: Variant) -> Reply:
    """They tell for which phone they were made; one that is shared is told no name."""
    return Reply(text=f"{variant.channel} shared" if variant.shared else f"{variant.channel} own {{name}}")


@dataclass(slots=True)
class House:
    """The town, one broadcast to all of it, and what its providers do with it."""

    town: Town
    made: int = 0
    given: dict[int, str] = field(default_factory=dict)  # outbox id -> provider's id

    def announce(self, **values: Any) -> None:
        """Tell everybody."""
        wanted = act(self.town, **{"expires_at": LATER, **values})
        self.made = self.town.store.do(lambda unit: broadcast.send(unit, wanted, words)).broadcast_id

    def messages(self, person: int | None = None) -> list[Any]:
        """Every try, in the order they were made."""
        return self.town.rows(t.outbox, *([] if person is None else [t.outbox.c.person_id == person]))

    def claim(self) -> list[Any]:
        """What is due is claimed and marked, as just before its call; with the number of its try."""
        return self.town.store.do(self._claim)

    def _claim(self, unit: Unit) -> list[outbox.Letter]:
        letters: list[outbox.Letter] = []
        for sender_id in self.town.senders.values():
            lot = outbox.claim(unit, sender_id, ME, gap=0.0).letters
            letters += lot
            outbox.mark(unit, ME, [letter.id for letter in lot])
        return letters

    def settle(self, id: int, kind: settle.Kind, **more: Any) -> str:
        """What came of one try; its state."""
        outcome = Outcome(id=id, kind=kind, provider_id=f"p{id}" if kind == "sent" else "", **more)
        return self.town.store.do(lambda unit: settle.settle(unit, ME, [outcome]))[id]

    def hand_over(self) -> list[int]:
        """All that is due is taken by its providers; what it was."""
        taken = [letter.id for letter in self.claim()]
        for id in taken:
            self.settle(id, "sent")
        return taken

    def tell(self, id: int, rank: int, policy: SendError | None = None) -> None:
        """A receipt for one try."""
        row = self.row(id)
        [sender] = self.town.rows(t.sender, t.sender.c.id == row.sender_id)
        error = policy.told if policy else ""
        told = Receipt(sender=sender.name, provider_id=f"p{id}", rank=rank, outbox_id=id, error=error, policy=policy)
        self.town.store.do(lambda unit: news.settle(unit, told))

    def row(self, id: int) -> Any:
        """One try."""
        [row] = self.town.rows(t.outbox, t.outbox.c.id == id)
        return row

    def text(self, id: int) -> str:
        """Its words, before the name is filled in."""
        row = self.row(id)
        if row.body is not None:
            return str(row.body)
        [found] = self.town.rows(t.broadcast_text, t.broadcast_text.c.id == row.text_id)
        return str(found.body["text"])

    def recipient(self, person: int) -> Any:
        """The ledger's row of somebody."""
        mine = t.recipient.c.broadcast_id == self.made, t.recipient.c.person_id == person
        [row] = self.town.rows(t.recipient, *mine)
        return row

    def ledger(self) -> Ledger:
        """Where everybody stands."""
        return self.town.store.read(lambda unit: broadcasts.ledger(unit, self.made))

    def change(self, table: Any, id: int, **values: Any) -> None:
        """Set columns of a row."""
        query = update(table).where(table.c.id == id).values(**values)
        self.town.store.do(lambda unit: unit.db.execute(query).rowcount)

    def trail(self, person: int) -> list[tuple[int, str, str]]:
        """(attempt, channel, state) of each try."""
        query = (
            select(t.outbox.c.attempt, t.address.c.channel, t.outbox.c.state)
            .join(t.address, t.address.c.id == t.outbox.c.address_id)
            .where(t.outbox.c.person_id == person)
            .order_by(t.outbox.c.attempt, t.outbox.c.id)
        )
        return [tuple(row) for row in self.town.store.read(lambda unit: unit.db.execute(query).all())]


def phones(town: Town, ago: Mapping[str, float | None], **values: Any) -> dict[str, int]:
    """Addresses of one person: channel -> minutes since its last message."""
    return {channel: town.address(channel, ago=minutes, **values) for channel, minutes in ago.items()}
