"""Whom a change and a suspension reach: nobody reads what is no longer so, nobody who was invited is left out."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.actions import announce, changed, suspend
from bot.actions.changed import Change
from bot.broadcast import Ledger
from bot.errors import Meanwhile
from storage import broadcasts, labs, registrations
from storage import tables as t
from storage.labs import Session
from storage.store import Store, Unit
from tests.kit import BEGINS, PANAMA, Town
from tests.staff.crew import Crew

NIGHT = datetime(2026, 11, 12, 21, 0, tzinfo=PANAMA)


@pytest.fixture
def town(store: Store) -> Town:
    return Town.on(store)


def meeting(town: Town) -> Session:
    found = town.store.read(lambda unit: labs.session_by_code(unit, "sm1"))
    assert found is not None
    return found


def move(town: Town, place: str, expect: int | None = None) -> Ledger | None:
    words = town.app.catalogues
    what = Change(place=place)
    return town.store.do(lambda unit: changed.change(unit, words, "sm1", what, by="t", expect=expect))


def invite(town: Town, people: int) -> Ledger:
    words = town.app.catalogues
    return town.store.do(lambda unit: announce.announce(unit, words, "sm1", "ana", people))


def call_off(town: Town) -> Ledger:
    words = town.app.catalogues

    def work(unit: Unit) -> Ledger:
        people = suspend.preview(unit, words, "sm1", "lluvia").people
        return suspend.suspend(unit, words, "sm1", "lluvia", by="ana", expect=people)

    return town.store.do(work)


def became(town: Town, person: int, state: str, kind: str = "invitation") -> None:
    """What the sender knows of her message of this kind."""

    def work(unit: Unit) -> None:
        acts = select(t.broadcast.c.id).where(t.broadcast.c.kind == kind)
        hers = t.recipient.c.person_id == person, t.recipient.c.broadcast_id.in_(acts)
        row = unit.db.execute(update(t.recipient).where(*hers).values(state=state).returning(t.recipient.c.id)).scalar()
        unit.db.execute(update(t.outbox).where(t.outbox.c.recipient_id == row).values(state=state))

    town.store.do(work)


def stands(town: Town, kind: str) -> list[Any]:
    """(person, state, reason) of the messages of this kind, the oldest act first."""
    query = (
        select(t.recipient.c.person_id, t.recipient.c.state, t.recipient.c.reason)
        .join(t.broadcast, t.broadcast.c.id == t.recipient.c.broadcast_id)
        .where(t.broadcast.c.kind == kind)
        .order_by(t.broadcast.c.id, t.recipient.c.person_id)
    )
    return [tuple(row) for row in town.store.read(lambda unit: unit.db.execute(query).all())]


def text_for(town: Town, person: int) -> str:
    """The newest words that are on the way to her."""
    query = (
        select(t.broadcast_text.c.body)
        .join(t.outbox, t.outbox.c.text_id == t.broadcast_text.c.id)
        .where(t.outbox.c.person_id == person, t.outbox.c.state == "pending")
        .order_by(t.outbox.c.id.desc())
    )
    return str(town.store.read(lambda unit: unit.db.execute(query).scalars().all())[0]["text"])


def adds_up(town: Town) -> bool:
    """Of every ledger: the audience is the sum of where everybody stands."""

    def work(unit: Unit) -> bool:
        ids = unit.db.execute(select(t.broadcast.c.id)).scalars().all()
        every = [broadcasts.ledger(unit, id) for id in ids]
        return all(one.audience == one.sent + one.failed + one.skipped + one.unknown + one.pending for one in every)

    return town.store.read(work)


def test_of_two_changes_that_wait_only_the_last_goes_out(town: Town) -> None:
    town.fill("sm1", 2)
    town.at(NIGHT)
    move(town, "Escuela")
    last = move(town, "Iglesia")
    assert last is not None
    assert [state for _who, state, _why in stands(town, "change")] == ["skipped", "skipped", "pending", "pending"]
    assert {why for _who, state, why in stands(town, "change") if state == "skipped"} == {"changed"}
    assert adds_up(town)


def test_a_suspension_takes_back_changes_and_offers_that_wait(town: Town) -> None:
    town.capacity("sm1", 1)
    town.fill("sm1", 2)
    town.at(NIGHT)
    town.capacity("sm1", 2)
    town.store.do(lambda unit: registrations.fill_places(unit, meeting(town).id))
    town.tick()
    move(town, "Escuela")
    assert len(stands(town, "offer")) == 1
    call_off(town)
    assert {(state, why) for _who, state, why in [*stands(town, "change"), *stands(town, "offer")]} == {
        ("skipped", "cancelled")
    }
    assert {state for _who, state, _why in stands(town, "suspension")} == {"pending"}
    assert adds_up(town)


def test_whose_invitation_waits_gets_it_as_it_is_now(town: Town) -> None:
    """She has read nothing yet: she is invited, and not told of a change."""
    ana, rosa = town.neighbour("Ana"), town.neighbour("Rosa")
    invite(town, 2)
    became(town, ana, "sent")
    seen = town.store.read(lambda unit: changed.preview(unit, town.app.catalogues, "sm1", Change(place="Escuela")))
    told = move(town, "Escuela", expect=seen.people)
    assert told is not None
    assert (seen.people, told.pending) == (2, 2)
    assert stands(town, "invitation") == [(ana, "sent", None), (rosa, "skipped", "changed")]
    assert text_for(town, ana).startswith("Cambio: laboratorio")
    assert text_for(town, rosa).startswith("Convoca: laboratorio")
    assert "Escuela" in text_for(town, rosa)
    move(town, "Iglesia")  # before it left: she is invited once, to where it is
    assert text_for(town, rosa).startswith("Convoca: laboratorio")
    became(town, rosa, "sent", "change")
    move(town, "Capilla")
    assert text_for(town, rosa).startswith("Cambio: laboratorio")
    assert adds_up(town)


def test_who_probably_has_the_invitation_is_told_of_the_change(town: Town) -> None:
    ana = town.neighbour("Ana")
    invite(town, 1)
    became(town, ana, "unknown")
    move(town, "Escuela")
    assert text_for(town, ana).startswith("Cambio: laboratorio")


def test_who_said_no_before_her_invitation_left_is_not_invited_again(town: Town) -> None:
    ana = town.neighbour("Ana")
    invite(town, 1)
    town.store.do(lambda unit: registrations.answer_otherwise(unit, meeting(town).id, ana, "declined", "sms"))
    assert move(town, "Escuela") is None or stands(town, "change") == []


def test_an_announcement_after_a_change_asks_nobody_a_second_time(town: Town) -> None:
    """The change asked them: the announcement is for those whom it did not reach."""
    ana = town.neighbour("Ana")
    invite(town, 1)
    became(town, ana, "sent")
    move(town, "Escuela")
    rosa = town.neighbour("Rosa")
    seen = town.store.read(lambda unit: announce.preview(unit, town.app.catalogues, "sm1"))
    assert seen.people == 1
    invite(town, 1)
    assert stands(town, "invitation")[-1] == (rosa, "pending", None)


def test_who_may_have_read_an_invitation_hears_that_it_does_not_take_place(town: Town) -> None:
    people = {name: town.neighbour(name) for name in ("sent", "unknown", "pending", "failed", "no", "gone")}
    invite(town, 6)
    for state in ("sent", "unknown", "failed"):
        became(town, people[state], state)
    for name in ("no", "gone"):
        became(town, people[name], "sent")
        state = {"no": "declined", "gone": "registered"}[name]
        town.store.do(partial(_answers, meeting(town).id, people[name], state))
    town.store.do(lambda unit: registrations.cancel(unit, meeting(town).id, people["gone"], "sms", "no"))
    ledger = call_off(town)
    assert [who for who, _state, _why in stands(town, "suspension")] == [people["sent"], people["unknown"]]
    assert ledger.pending == 2
    assert (people["pending"], "skipped", "cancelled") in stands(town, "invitation")


def _answers(session: int, person: int, state: str, unit: Unit) -> None:
    if state == "registered":
        registrations.sign_up(unit, session, person, "sms")
    else:
        registrations.answer_otherwise(unit, session, person, state, "sms")


def test_whose_invitation_is_with_the_provider_hears_of_the_suspension(town: Town) -> None:
    """It can not be taken back any more."""
    ana = town.neighbour("Ana")
    invite(town, 1)
    at = {"state": "started", "started_at": BEGINS + timedelta(minutes=1)}
    town.store.do(lambda unit: unit.db.execute(update(t.outbox).values(**at)))
    call_off(town)
    assert stands(town, "suspension") == [(ana, "pending", None)]


# --- two of the team at once --------------------------------------------------------------------------------------


def test_who_confirms_what_is_no_longer_so_reads_what_changed_and_is_asked_again(store: Store) -> None:
    crew = Crew(store)
    crew.town.fill("sm1", 2)
    ana, delia = crew.join("Ana"), crew.join("Delia", channel="whatsapp")
    for phone, place in ((ana, "Escuela Vieja"), (delia, "Iglesia")):
        assert "¿Aviso a los 2 inscritos" in crew.said(phone, "EDITAR sm1", "2", place)
    assert crew.said(ana, "1").startswith("Cambiado. Aviso en camino: 2.")
    asked = crew.said(delia, "1")
    told = "Ana cambió esta reunión mientras tanto. Ahora es: sábado 21 nov, 3:30 pm, Escuela Vieja. Con este cambio: «"
    assert asked.startswith(told)
    assert "¿Aviso a los 2 inscritos" in asked
    assert meeting(crew.town).place == "Escuela Vieja"
    assert crew.said(delia, "1").startswith("Cambiado.")
    assert meeting(crew.town).place == "Iglesia"
    assert [state for _who, state, _why in stands(crew.town, "change")] == ["skipped"] * 2 + ["pending"] * 2


def test_who_suspends_what_was_moved_meanwhile_is_asked_again(store: Store) -> None:
    crew = Crew(store)
    crew.town.fill("sm1", 2)
    ana, delia = crew.join("Ana"), crew.join("Delia")
    crew.said(delia, "SUSPENDER sm1", "llueve mucho")
    crew.said(ana, "EDITAR sm1", "1", "domingo 22 nov 4 pm", "1")
    asked = crew.said(delia, "SUSPENDER 2")
    assert asked.startswith("Ana cambió esta reunión mientras tanto. Ahora es: domingo 22 nov, 4:00 pm, Casa Comunal.")
    assert "El laboratorio del dom 22 nov se suspendio" in asked
    assert meeting(crew.town).state == "published"
    assert crew.said(delia, "SUSPENDER 2") == "Suspendida. Aviso en camino: 2."


@pytest.mark.parametrize("act", ["edit", "suspend"])
def test_the_command_line_refuses_what_is_no_longer_so(town: Town, act: str) -> None:
    town.fill("sm1", 1)
    words, before = town.app.catalogues, meeting(town).revision
    move(town, "Escuela")

    def work(unit: Unit) -> object:
        if act == "edit":
            return changed.change(unit, words, "sm1", Change(place="Iglesia"), by="cli", expect=1, shown=before)
        return suspend.suspend(unit, words, "sm1", "lluvia", by="cli", expect=1, shown=before)

    with pytest.raises(Meanwhile, match=r"Otra persona del equipo cambió esta reunión .* Escuela\.$"):
        town.store.do(work)
    assert meeting(town).place == "Escuela"


def test_who_only_received_the_invitation_is_named_before_a_suspension(store: Store) -> None:
    crew = Crew(store)
    crew.town.fill("sm1", 1)
    rosa = crew.town.neighbour("Rosa")
    invite(crew.town, 1)
    became(crew.town, rosa, "sent")
    asked = crew.said(crew.join("Ana"), "SUSPENDER sm1", "llueve mucho")
    assert "Se avisará a 1 inscritos, 0 en espera, 0 que no saben y 1 con invitación" in asked
    assert asked.endswith("SUSPENDER 2")
