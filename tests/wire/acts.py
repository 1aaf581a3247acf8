"""What the tests over the wire do with a house: neighbours who registered, broadcasts, and what was stored of them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, func, insert, select, update

from bot import broadcast
from bot.broadcast import Act, Ledger, Variant
from bot.message import Reply, Template
from storage import audiences, people, senders
from storage import tables as t
from storage.store import Unit
from tests.wire.house import House
from tests.wire.phones import WirePhone, WireTown, way_of

LAB = "san-martin"


def rows(house: House, table: Table, **where: object) -> list[Any]:
    """The rows that hold these values, in the order they came."""
    query = select(table).where(*(table.c[name] == value for name, value in where.items())).order_by(table.c.id)
    return house.store.read(lambda unit: list(unit.db.execute(query)))


def counts(house: House) -> dict[str, int]:
    """How many rows each table has that a message could fill."""
    tables = (t.inbound, t.person, t.address, t.outbox, t.talk, t.consent, t.registration, t.receipt)

    def work(unit: Unit) -> dict[str, int]:
        return {
            table.name: int(unit.db.execute(select(func.count()).select_from(table)).scalar_one()) for table in tables
        }

    return house.store.read(work)


def neighbour(town: WireTown, name: str) -> WirePhone:
    """Somebody who has registered, by writing."""
    phone = town.phone(town.way.channel, name)
    assert isinstance(phone, WirePhone)
    for words in ("SANMARTIN", "1", name, "1", "1"):
        phone.say(words)
    assert phone.screen[-1].text.startswith("Listo, ")
    return phone


def second_phone(house: House, phone: WirePhone, channel: str) -> WirePhone:
    """The same person wrote from this channel too, a while before."""
    way = way_of(channel)
    other = WirePhone(house.app, channel, phone.number, house=house, way=way)

    def work(unit: Unit) -> None:
        known = people.lock_address(unit, phone.channel, phone.number)
        at = people.lock_address(unit, channel, other.number)
        via = unit.db.execute(select(t.sender.c.id).where(t.sender.c.channel == channel)).scalar_one()
        people.heard_from(unit, at, other.number, via)
        earlier = update(t.address).where(t.address.c.id == at.id).values(last_inbound_at=None)
        unit.db.execute(earlier)
        [person] = people.people_of(unit, known.id)
        unit.db.execute(insert(t.contact).values(person_id=person.id, address_id=at.id, since=unit.now))

    house.store.do(work)
    return other


def tell(house: House, text: str, template: str = "") -> Ledger:
    """A broadcast to everybody with permission. With a template its variable 1 is the name."""

    def words(variant: Variant) -> Reply:
        named = Template(name=template, lang="es", variables={"1": "{name}"}, nobody="vecina") if template else None
        return Reply(text=f"{variant.channel}: {text}", template=named)

    def work(unit: Unit) -> Ledger:
        lab = unit.db.execute(select(t.lab.c.id).where(t.lab.c.slug == LAB)).scalar_one()
        act = Act(
            kind="invitation", idem=f"test:{text}", by="test", audience=audiences.permitting(lab), due_at=unit.now,
            expires_at=unit.now + timedelta(days=9), lab_id=lab,
        )  # fmt: skip
        return broadcast.send(unit, act, words)

    return house.store.do(work)


def recipients(house: House) -> list[tuple[str, str | None]]:
    """(state, reason) of everybody a broadcast was for."""
    return [(row.state, row.reason) for row in rows(house, t.recipient)]


def address(house: House, phone: WirePhone) -> Any:
    """The phone's row."""

    def work(unit: Unit) -> Any:
        marks = unit.ring.fingerprints(phone.channel, phone.number)
        return unit.db.execute(select(t.address).where(t.address.c.fingerprint.in_(marks))).one()

    return house.store.read(work)


def consents(house: House) -> list[tuple[Any, ...]]:
    """Permissions, and whether somebody left."""
    given = [(row.answer, row.withdrawn_at) for row in rows(house, t.consent)]
    return [*given, *((row.opted_out_at,) for row in rows(house, t.address))]


def pause(house: House, sender: str, seconds: float) -> None:
    """This sender's next slot is so many seconds from now; 0: it may go on."""
    [row] = rows(house, t.sender, name=sender)
    moved = update(t.sender).where(t.sender.c.id == row.id).values(next_us=0)
    house.store.do(lambda unit: unit.db.execute(moved))
    house.store.do(lambda unit: senders.pause(unit, row.id, seconds))


def slot_in(house: House, sender: str) -> float:
    """Seconds until this sender's next slot."""
    [row] = rows(house, t.sender, name=sender)
    return float(row.next_us / 1_000_000 - (house.fakes.time() - house.fakes.time.ahead))


def said(params: Any) -> str:
    """The text of a call that sends, whichever provider's."""
    return str(params.get("text") or params.get("Body") or json.dumps(params.get("textMessage", "")))
