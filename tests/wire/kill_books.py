"""What the house has written down about its messages against what the providers have taken."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from bot.envelope import named
from fakes.android import Android
from fakes.provider import Exchange
from fakes.telegram import Telegram
from fakes.twilio import Twilio
from storage import tables as t
from storage.store import Store, Unit
from tests.wire.kill_kit import Providers

TAKEN = {"AcceptThenFail", "AcceptThenReset", "Stall", "Garbage"}
_BACK = re.compile(r"/status/(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the outbox. `key`: what its provider knows it by."""

    id: int
    key: Hashable
    address: tuple[str, str]  # channel, number
    kind: str
    state: str
    uncertain: int
    attempts: int

    @property
    def most(self) -> int:
        """How often it may have been taken: a broadcast is never tried again blindly."""
        return 1 if self.kind == "broadcast" else 1 + self.uncertain


def entries(store: Store) -> list[Entry]:
    """All rows."""
    return store.read(lambda unit: list(_entries(unit)))


def _entries(unit: Unit) -> Iterator[Entry]:
    columns = (
        t.outbox, t.address.c.channel, t.address.c.value, t.person.c.name, t.broadcast_text.c.body.label("words"),
    )  # fmt: skip
    joined = t.outbox.join(t.address, t.address.c.id == t.outbox.c.address_id).outerjoin(
        t.person, t.person.c.id == t.outbox.c.person_id
    ).outerjoin(t.broadcast_text, t.broadcast_text.c.id == t.outbox.c.text_id)  # fmt: skip
    for row in unit.db.execute(select(*columns).select_from(joined).order_by(t.outbox.c.id)):
        body = json.loads(row.body) if row.body is not None else row.words
        text = named(body["text"], row.name or "")
        known = (row.value, text) if row.channel == "telegram" else row.id
        yield Entry(
            id=row.id, key=(row.channel, known), address=(row.channel, row.value), kind=row.kind, state=row.state,
            uncertain=row.uncertain, attempts=row.attempts,
        )  # fmt: skip


def taken(fakes: Providers) -> Counter[Hashable]:
    """How often each message was taken, by the key it has in the books: Telegram is told no id of ours."""
    return Counter(
        [("telegram", key) for key in _by_telegram(fakes.telegram)]
        + [("whatsapp", id) for id in _by_twilio(fakes.twilio)]
        + [("sms", id) for id in _by_android(fakes.android)]
    )


def _by_telegram(fake: Telegram) -> Iterator[tuple[str, str]]:
    for call in fake.calls("sendMessage"):
        if was_taken(call):
            yield call.address, call.params["text"]


def was_taken(call: Exchange) -> bool:
    """Whether the person has got it, whatever we were answered."""
    return call.misbehaved in TAKEN or (not call.misbehaved and call.status == 200)


def _by_twilio(fake: Twilio) -> Iterator[int]:
    for record in list(fake.records.values()):
        found = _BACK.search(record.callback)
        if record.direction == "outbound-api" and found:
            yield int(found[1])


def _by_android(fake: Android) -> Iterator[int]:
    yield from (int(id.partition(".")[0]) for id in list(fake.messages))


def unexplained(rows: Sequence[Entry], got: Counter[Hashable]) -> list[str]:
    """Where the books and the providers do not agree; rows that a provider can not tell apart are one account."""
    accounts: dict[Hashable, list[Entry]] = {}
    for row in rows:
        accounts.setdefault(row.key, []).append(row)
    wrong = [f"{n} taken, and no row for it" for key, n in got.items() if key not in accounts]
    for key, mine in accounts.items():
        least, most = sum(row.state == "sent" for row in mine), sum(row.most for row in mine)
        if not least <= got[key] <= most:
            wrong.append(f"{[(row.id, row.kind, row.state, row.uncertain) for row in mine]}: taken {got[key]} times")
    return wrong
