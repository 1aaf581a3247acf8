"""A provider that misbehaves on demand, and the rows that a sending needs."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Self

from sqlalchemy import Column, LargeBinary, func, insert, literal, select, type_coerce, update

from bot.channels import Identity
from bot.errors import SendError
from bot.message import Parcel, Reply
from bot.outbox import Outbox, ensure_senders
from storage import outbox, senders, settle
from storage.store import Store, Unit
from storage.tables import address, broadcast, broadcast_text, person, recipient, sender
from storage.tables import outbox as outbox_table

ME = "this-process"
LONG = 30.0  # seconds after which a test gives up


class Crash(Exception):
    """The process dies here."""


THROTTLED = SendError("too many", throttled=True, retry_after=0.3)
GONE = SendError("blocked by the user", gone=True)
UNSURE = SendError("no answer", uncertain=True)
LATER = SendError("no route", retry_after=1.0)
HALT = SendError("the token is not valid", halt=True)
REFUSED = SendError("the text is empty")


@dataclass(frozen=True, slots=True)
class Taken:
    """One message as the provider got it."""

    at: float
    address: str
    text: str
    ref: str


class FakeChannel:
    """Takes messages and notes when. `plan[address]` holds errors for the next calls; None = all goes well."""

    name = "fake"

    def __init__(self, rate: float = 500.0, channels: Sequence[str] = ("telegram",)) -> None:
        self._rate, self._channels = rate, channels
        self.taken: list[Taken] = []
        self.calls: list[Taken] = []
        self.plan: dict[str, list[Exception | None]] = defaultdict(list)
        self.before: Callable[[Taken], None] = lambda call: None

    @classmethod
    def open(cls, settings: object, *, demo: bool) -> Self | None:
        return cls()

    def identities(self) -> Sequence[Identity]:
        return [Identity(name=f"fake:{c}", channel=c, rate=self._rate) for c in self._channels]

    async def send(self, parcel: Parcel) -> str:
        address, ref = parcel.address, parcel.ref
        call = Taken(monotonic(), address, parcel.reply.text, ref)
        self.calls.append(call)
        self.before(call)
        planned = self.plan[address].pop(0) if self.plan[address] else None
        if planned is None or (isinstance(planned, SendError) and planned.uncertain):
            self.taken.append(call)  # accepted, whatever our side learns of it
        if planned is not None:
            raise planned
        return f"fake-{ref}"

    def told(self, address: str) -> list[str]:
        """The texts an address got."""
        return [t.text for t in self.taken if t.address == address]

    def times(self) -> Counter[str]:
        """How often each message was taken."""
        return Counter(t.ref for t in self.taken)


def open_senders(store: Store, channel: FakeChannel) -> dict[str, int]:
    """Sender rows of the fake, by the kind of phone."""
    ensure_senders(store, {"fake": channel})
    return store.read(lambda unit: {s.channel: s.id for s in senders.senders(unit) if s.via == "fake"})


def address_of(unit: Unit, number: str, *, channel: str = "telegram", **more: Any) -> int:
    """An address somebody wrote from."""
    row = {"channel": channel, "fingerprint": f"k:{channel}{number}", "value": number, "created_at": unit.now} | more
    return int(unit.db.execute(insert(address).values(**row).returning(address.c.id)).scalar_one())


def person_of(unit: Unit, name: str) -> int:
    row = {"token": f"P-{unit.rng.getrandbits(40):x}", "name": name, "created_at": unit.now}
    return int(unit.db.execute(insert(person).values(**row).returning(person.c.id)).scalar_one())


def reply_to(unit: Unit, sender_id: int, address_id: int, text: str = "hola", **more: Any) -> int:
    """A reply in the outbox."""
    given: dict[str, Any] = {"person_id": None, "reply": Reply(text=text).to_json()} | more
    return outbox.put_reply(unit, sender_id=sender_id, address_id=address_id, **given)


def broadcast_to(
    unit: Unit, sender_id: int, address_ids: Sequence[int], text: str = "ven", *, expires_at: datetime | None = None
) -> int:
    """A broadcast to these addresses, each a person of its own."""
    code = f"{unit.rng.getrandbits(40):x}"[:12]
    head = {"code": code, "idem": code, "kind": "invitation", "state": "sending", "by": "test"}
    moments = {"created_at": unit.now, "due_at": unit.now, "expires_at": expires_at}
    made = insert(broadcast).values(**head, **moments, audience=len(address_ids))
    broadcast_id = int(unit.db.execute(made.returning(broadcast.c.id)).scalar_one())
    words = {"broadcast_id": broadcast_id, "variant": "telegram/es/", "body": Reply(text=text).to_json()}
    text_id = unit.db.execute(insert(broadcast_text).values(**words).returning(broadcast_text.c.id)).scalar_one()
    for address_id in address_ids:
        person_id = person_of(unit, f"Persona {address_id}")
        entry = {"broadcast_id": broadcast_id, "person_id": person_id, "address_id": address_id, "state": "pending"}
        made = insert(recipient).values(**entry, at=unit.now)
        recipient_id = unit.db.execute(made.returning(recipient.c.id)).scalar_one()
        unit.db.execute(
            insert(outbox_table).values(
                sender_id=sender_id, address_id=address_id, person_id=person_id, kind="broadcast", priority=2,
                due_at=unit.now, expires_at=expires_at, state="pending", recipient_id=recipient_id, text_id=text_id,
                created_at=unit.now,
            )
        )  # fmt: skip
    return broadcast_id


def row(store: Store, outbox_id: int) -> Any:
    """One outbox row."""
    return store.read(lambda u: u.db.execute(select(outbox_table).where(outbox_table.c.id == outbox_id)).one())


def rows(store: Store) -> list[Any]:
    """All outbox rows."""
    return store.read(lambda u: list(u.db.execute(select(outbox_table).order_by(outbox_table.c.id))))


def states(store: Store) -> Counter[str]:
    """How many outbox rows are in which state."""
    return Counter(r.state for r in rows(store))


def ledger(store: Store, broadcast_id: int) -> Counter[str]:
    """How many recipients are in which state."""
    query = select(recipient.c.state, func.count()).where(recipient.c.broadcast_id == broadcast_id)
    counted = store.read(lambda u: u.db.execute(query.group_by(recipient.c.state)).all())
    return Counter({row[0]: row[1] for row in counted})


def reasons(store: Store, broadcast_id: int) -> Counter[str]:
    query = select(recipient.c.reason).where(recipient.c.broadcast_id == broadcast_id)
    return Counter(store.read(lambda u: list(u.db.execute(query).scalars())))


def broadcast_state(store: Store, broadcast_id: int) -> str:
    query = select(broadcast.c.state).where(broadcast.c.id == broadcast_id)
    return str(store.read(lambda u: u.db.execute(query).scalar_one()))


def address_row(store: Store, address_id: int) -> Any:
    return store.read(lambda u: u.db.execute(select(address).where(address.c.id == address_id)).one())


def sender_row(store: Store, sender_id: int) -> Any:
    return store.read(lambda u: u.db.execute(select(sender).where(sender.c.id == sender_id)).one())


def settled(store: Store) -> bool:
    """Nothing is under way, and what waits is not due yet."""

    def work(unit: Unit) -> bool:
        moving = outbox_table.c.state.in_(("claimed", "started"))
        due = (outbox_table.c.state == "pending") & (outbox_table.c.due_at <= unit.now)
        return unit.db.execute(select(outbox_table.c.id).where(moving | due).limit(1)).first() is None

    return store.read(work)


def play(
    store: Store,
    channel: FakeChannel,
    done: Callable[[], bool] | None = None,
    seam: Callable[[str], None] | None = None,
) -> Outbox:
    """Run a sender loop until all is settled (or `done`), then stop it gracefully."""
    ended = done or (lambda: settled(store))

    def at(step: str) -> None:
        if seam:
            seam(step)
        if step in ("settled", "looked") and ended():
            loop.stop()

    loop = Outbox(store, {"fake": channel}, gap=0.2, seam=at)

    async def run() -> None:
        async with asyncio.timeout(LONG):
            await loop.run()

    asyncio.run(run())
    return loop


def crash(store: Store, channel: FakeChannel, step: str, *, nth: int = 1) -> bool:
    """Run a sender loop that dies at a step. False: it never came there."""
    seen = Counter[str]()

    def seam(now: str) -> None:
        seen[now] += 1
        if now == step and seen[now] == nth:
            raise Crash

    died = False
    try:
        play(store, channel, seam=seam)
    except* Crash:
        died = True
    return died


def claim(store: Store, sender_id: int) -> list[int]:
    """What a process of the name ME claims."""
    lot = store.do(lambda u: outbox.claim(u, sender_id, ME, gap=1.0))
    return [letter.id for letter in lot.letters]


def settle_one(store: Store, outcome: settle.Outcome) -> None:
    """What became of it, told by ME."""
    store.do(lambda u: settle.settle(u, ME, [outcome]))


def damage(store: Store, cell: Column[str], row_id: int, at: int = -1) -> None:
    """A byte of this sealed value is another one now."""

    def work(unit: Unit) -> None:
        mine = cell.table.c.id == row_id
        held = unit.db.execute(select(type_coerce(cell, LargeBinary)).where(mine)).scalar_one()
        bad = bytearray(held)
        bad[at] ^= 0x55
        unit.db.execute(update(cell.table).where(mine).values({cell: literal(bytes(bad), LargeBinary)}))

    store.do(work)
