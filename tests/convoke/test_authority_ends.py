"""A comarca takes its authorisation back: what waits is taken back, nobody is written to, no choice is taken."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot import broadcast
from bot.actions import announce
from bot.actions.staff import invite, stop
from bot.errors import Refused
from bot.i18n import Catalogues
from storage import allowed, audiences, broadcasts
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


def test_of_a_stopped_broadcast_too_and_it_cannot_be_resumed(store: Store, clock: Any) -> None:
    town = invited(store, clock)
    [code] = [row.code for row in town.rows(t.broadcast)]
    store.do(lambda unit: broadcasts.stop(unit, code))
    withdrawn(store)
    with pytest.raises(Refused, match="La comunidad detuvo este laboratorio"):
        store.do(lambda unit: stop.resume(unit, WORDS, code.lower(), by="test"))
    assert {row.state for row in town.rows(t.outbox)} == {"held"}
    assert store.do(allowed.stop) == 2
    assert [(row.state, row.reason) for row in town.rows(t.recipient)] == [("skipped", "unauthorised")] * 2
    assert store.do(allowed.stop) == 0


def test_what_may_have_arrived_is_not_tried_again(store: Store, clock: Any) -> None:
    town = invited(store, clock)
    [made] = [row.id for row in town.rows(t.broadcast)]
    store.do(lambda unit: unit.db.execute(update(t.outbox).values(state="unknown")).rowcount)
    store.do(lambda unit: unit.db.execute(update(t.recipient).values(state="unknown")).rowcount)
    withdrawn(store)
    assert store.do(lambda unit: invite.again(unit, made, by="test")) == 0
    assert {row.state for row in town.rows(t.outbox)} == {"unknown"}
    assert len(town.rows(t.outbox)) == 2


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


@pytest.mark.parametrize("words", [("1",), ("CON 2", "1"), ("voy con María", "1", "1")])
def test_nobody_takes_a_place_also_where_she_was_being_asked(store: Store, words: tuple[str, ...]) -> None:
    crew = Crew(store)
    rosa = crew.town.phone("sms", "Rosa")
    crew.said(rosa, "SANMARTIN", "1", "Rosa", "1", *words[:-1])
    store.do(lambda unit: unit.db.execute(update(t.lab).values(setting="comarca")))
    assert crew.said(rosa, words[-1]).startswith("La comunidad detuvo este laboratorio.")
    assert crew.town.count(t.registration) == 0


def test_who_has_a_place_gets_no_more_of_them_and_an_offer_is_over(store: Store) -> None:
    crew = Crew(store)
    rosa, luis = crew.town.phone("sms", "Rosa"), crew.town.phone("sms", "Luis")
    crew.town.capacity("sm1", 2)
    crew.said(rosa, "SANMARTIN", "1", "Rosa", "1", "1", "CON 1")
    crew.said(luis, "SANMARTIN", "1", "Luis", "1", "1")  # he waits
    crew.said(rosa, "CON 0")
    crew.town.tick()
    assert "se abrio un lugar" in luis.read()[-1].text
    crew.said(luis, "SANMARTIN")
    crew.said(rosa, "voy con Ana")
    store.do(lambda unit: unit.db.execute(update(t.lab).values(setting="comarca")))
    assert crew.said(luis, "1").startswith("La comunidad detuvo este laboratorio.")
    assert crew.said(rosa, "1").startswith("La comunidad detuvo este laboratorio.")
    assert crew.town.count(t.registration, state="registered") == 1


def test_a_late_yes_takes_no_place_in_a_meeting_that_is_over_or_called_off(store: Store) -> None:
    crew = Crew(store)
    rosa, luis = crew.town.phone("sms", "Rosa"), crew.town.phone("sms", "Luis")
    for phone, name in ((rosa, "Rosa"), (luis, "Luis")):
        crew.said(phone, "SANMARTIN", "1", name, "1")
    off = update(t.session).where(t.session.c.code == "sm1").values(state="cancelled", reason="llueve mucho")
    store.do(lambda unit: unit.db.execute(off))
    assert "llueve mucho" in crew.said(rosa, "1")
    store.do(lambda unit: unit.db.execute(off.values(state="published", reason=None, starts_at=unit.now)))
    assert crew.said(luis, "1").startswith("Esa reunion ya no esta abierta.")
    assert crew.town.count(t.registration) == 0


def test_no_open_question_is_asked_again_by_a_lab_that_is_stopped(store: Store) -> None:
    crew = Crew(store)
    rosa = crew.town.phone("sms", "Rosa")
    crew.said(rosa, "SANMARTIN", "1", "Rosa", "1")  # "¿Vas?" is open
    store.do(lambda unit: unit.db.execute(update(t.lab).values(setting="comarca")))
    crew.town.at(store.read(lambda unit: unit.now) + timedelta(days=7, hours=1))
    assert rosa.read() == []
    assert crew.town.count(t.talk) == 0
    assert crew.said(rosa, "LABS").startswith("No hay reunion con fecha")


def test_what_is_hers_is_shown_to_her_all_the_same(store: Store) -> None:
    """A lab that is stopped takes no right away (people.md 4)."""
    crew = Crew(store)
    rosa, luis = crew.town.phone("sms", "Rosa"), crew.town.phone("sms", "Luis")
    crew.said(rosa, "SANMARTIN", "1", "Rosa", "1", "1")
    crew.said(luis, "SANMARTIN", "1", "Luis", "1", "1")
    crew.said(crew.join("F"), "ABRIR", "ABRIR 2")
    luis.read()
    crew.said(rosa, "ELEGIR 3 1")
    receipt = rosa.say("RECIBO")[0].text
    store.do(lambda unit: unit.db.execute(update(t.lab).values(setting="comarca")))
    assert crew.said(rosa, "RECIBO") == receipt
    stopped = "Elegiste 3 Salud y 1 Agua. La comunidad detuvo este laboratorio: ahora no se puede cambiar."
    assert crew.said(rosa, "MI ELECCION") == stopped
    assert crew.said(luis, "MI ELECCION") == "Ahora no hay nada que elegir."
    assert "Reunion: sab 21 nov" in rosa.say("DATOS")[0].text
    assert crew.said(rosa, "BORRAR", "BORRAR").endswith("Si vuelves, escribe SANMARTIN.")
