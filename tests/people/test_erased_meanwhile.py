"""BORRAR on one phone while she writes on her other one: nothing that is done there leads to her afterwards."""

from __future__ import annotations

from concurrent.futures import Future
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.actions import announce, erase
from storage import people, registrations
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import Town

NUMBER = "+50769241573"


def second_phone(unit: Unit, person_id: int) -> int:
    """Another phone of hers; its id."""
    at = people.lock_address(unit, "sms", NUMBER)
    unit.db.execute(t.contact.insert().values(person_id=person_id, address_id=at.id, since=unit.now))
    return at.id


def stuck(store: Store, work: Future[Any]) -> None:
    """It has ended, or it waits for who holds what it needs (on SQLite for the one writer)."""
    if store.read(lambda unit: unit.db.dialect.name) == "sqlite":
        return
    locks = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while not work.done() and not store.read(lambda unit: unit.db.execute(locks).scalar_one()):
        pass


def test_what_her_other_phone_does_meanwhile_is_done_before(store: Store) -> None:
    town = Town.on(store)
    who = town.neighbour("Ana")
    first = town.rows(t.contact, "address_id")[0].address_id
    store.do(lambda unit: second_phone(unit, who))
    entered, go = Event(), Event()

    def turn(unit: Unit) -> None:
        at = people.lock_address(unit, "sms", NUMBER)
        (she,) = people.people_of(unit, at.id)
        entered.set()
        assert go.wait(10)
        meeting = unit.db.execute(select(t.session.c.id).where(t.session.c.code == "sm1")).scalar_one()
        registrations.sign_up(unit, meeting, she.id, "sms")

    turned = store.write(turn)
    assert entered.wait(10)
    erased = store.write(lambda unit: erase.erase(unit, first, [who], channel="sms"))
    stuck(store, erased)
    go.set()
    turned.result(10)
    erased.result(10)
    assert [tuple(row) for row in town.rows(t.registration, "person_id", "state")] == [(None, "cancelled")]
    assert town.count(t.contact) == 0


@pytest.mark.parametrize("erases_first", [True, False])
def test_a_broadcast_that_is_made_meanwhile_goes_to_who_stays_on_the_phone(store: Store, erases_first: bool) -> None:
    town = Town.on(store)
    ana, luis = town.neighbour("Ana"), town.neighbour("Luis")
    phone = town.rows(t.contact, "address_id")[0].address_id
    change = t.contact.update().where(t.contact.c.person_id == luis).values(address_id=phone)
    store.do(lambda unit: unit.db.execute(change))
    entered, go = Event(), Event()

    def erases(unit: Unit) -> None:
        people.address_by_id(unit, phone)
        erase.erase(unit, phone, [ana], channel="sms")

    def tells(unit: Unit) -> None:
        seen = announce.preview(unit, town.app.catalogues, "sm1")
        announce.announce(unit, town.app.catalogues, "sm1", "test", seen.people)

    def first(unit: Unit) -> None:
        erases(unit) if erases_first else tells(unit)
        entered.set()
        assert go.wait(10)

    one = store.write(first)
    assert entered.wait(10)
    other = store.write(tells if erases_first else erases)
    stuck(store, other)
    go.set()
    one.result(10)
    other.result(10)
    pending = [row for row in town.rows(t.recipient, "person_id", "address_id", "state") if row.state == "pending"]
    assert [tuple(row) for row in pending] == [(luis, phone, "pending")]
    assert [row.person_id for row in town.rows(t.outbox, "person_id", "state") if row.state == "pending"] == [luis]
    assert town.count(t.recipient, person_id=ana) == 0
