"""Broadcasts of the tests: one act with few words, and what became of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from bot import broadcast
from bot.broadcast import Act, Ledger, Variant
from bot.message import Reply
from storage import audiences
from storage import tables as t
from storage.store import Unit
from tests.convoke.town import NOON, STARTS, Town


def hello(variant: Variant) -> Reply:
    """Words that tell by themselves whom they were made for."""
    return Reply(text=f"{variant.channel} {variant.voice.lang} {variant.voice.form} {variant.group} {{name}}")


def act(town: Town, *, idem: str = "test:1", **values: Any) -> Act:
    given: dict[str, Any] = {
        "kind": "invitation",
        "by": "yaneth",
        "audience": audiences.permitting(town.lab),
        "due_at": NOON,
        "expires_at": STARTS,
        "lab_id": town.lab,
    }
    return Act(idem=idem, **{**given, **values})


def send(town: Town, **values: Any) -> Ledger:
    return town.store.do(lambda unit: broadcast.send(unit, act(town, **values), hello))


def everybody(town: Town) -> Any:
    return select(t.person.c.id.label("person_id"), t.person.c.lang.label("grp"))


def why(town: Town, person: int) -> str | None:
    [row] = town.rows(t.recipient, t.recipient.c.person_id == person)
    assert (row.state == "pending") == (row.reason is None)
    return row.reason  # type: ignore[no-any-return]


def adds_up(ledger: Ledger) -> bool:
    parts = ledger.sent, ledger.failed, ledger.skipped, ledger.unknown, ledger.pending
    return ledger.audience == sum(parts) and sum(ledger.reasons.values()) == ledger.skipped + ledger.failed


def settle(unit: Unit, outbox_id: int, state: str) -> None:
    """A message came to this end, and the ledger knows."""
    row = unit.db.execute(select(t.outbox).where(t.outbox.c.id == outbox_id)).one()
    unit.db.execute(update(t.outbox).where(t.outbox.c.id == row.id).values(state=state, sent_at=unit.now))
    unit.db.execute(update(t.recipient).where(t.recipient.c.id == row.recipient_id).values(state=state, reason=None))
