"""A comarca takes its authorisation back: what waits is taken back, nobody is written to, no choice is taken."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import update

from bot import broadcast
from bot.actions import announce
from bot.i18n import Catalogues
from storage import allowed, audiences
from storage import tables as t
from storage.store import Store
from tests.convoke.town import NOON, Town
from tests.staff.crew import Crew

WORDS = Catalogues.load()


def withdrawn(store: Store) -> None:
    store.do(lambda unit: unit.db.execute(update(t.community_authorisation).values(withdrawn_at=unit.now)))


def invited(store: Store, clock: Any) -> Town:
    clock.set(NOON)
    town = Town.build(store, setting="comarca")
    town.authorise()
    for channel in ("sms", "whatsapp"):
        town.neighbour(channel)
    store.do(lambda unit: announce.announce(unit, WORDS, "sm1", "test", 2))
    return town


def test_what_waits_is_taken_back_and_the_ledger_says_why(store: Store, clock: Any) -> None:
    town = invited(store, clock)
    assert store.do(allowed.stop) == 0
    withdrawn(store)
    assert store.do(allowed.stop) == 2
    assert [(row.state, row.reason) for row in town.rows(t.recipient)] == [("skipped", "unauthorised")] * 2
    assert Counter(row.state for row in town.rows(t.outbox)) == {"cancelled": 2}


def test_whatever_act_writes_then_it_reaches_nobody(store: Store, clock: Any) -> None:
    town = invited(store, clock)
    withdrawn(store)
    concerned = audiences.invitees(town.lab, town.session, "community", "another")
    seen = store.read(lambda unit: broadcast.look(unit, concerned, lab_id=town.lab))
    assert (seen.people, seen.skipped) == (0, {"unauthorised": 2})


def test_no_choice_is_taken_also_where_one_was_being_made(store: Store) -> None:
    crew = Crew(store)
    rosa, luis = crew.town.phone("sms", "Rosa"), crew.town.phone("whatsapp", "Luis")
    for phone, name in ((rosa, "Rosa"), (luis, "Luis")):
        crew.said(phone, "SANMARTIN", "1", name, "1", "1")
    crew.said(crew.join("F"), "ABRIR", "ABRIR 2")
    crew.said(rosa, "ELEGIR")
    store.do(lambda unit: unit.db.execute(update(t.lab).values(setting="comarca")))
    store.do(allowed.stop)
    assert crew.said(rosa, "3") == "La comunidad detuvo este laboratorio. Tu eleccion no se anoto."
    assert crew.said(luis, "ELEGIR") == "Ahora no hay nada que elegir."
    assert crew.town.count(t.ballot) == 0
