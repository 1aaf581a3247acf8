"""Invitations by chat: once however many ask, the second person, the wait, and a process that dies in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from bot import turn
from bot.actions.staff import invite
from bot.message import Message
from storage import broadcasts, clock, labs, registrations
from storage import tables as t
from storage.store import Store, Unit
from tests.staff.crew import Crew
from tests.talk.test_turn import Crash, dying


def ready(store: Store, *names: str, people: int = 4, seasoned: bool = True) -> Crew:
    crew = Crew(store)
    for n in range(people):
        crew.town.neighbour(f"Vecina {n}")
    for name in names:
        crew.said(crew.join(name, seasoned=seasoned), "INVITAR sm1", "2")
    return crew


def test_two_facilitators_at_once_send_it_once(store: Store) -> None:
    crew = ready(store, "F", "G")
    phones = [crew.town.phones[name] for name in ("F", "G")]
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda phone: crew.said(phone, "ENVIAR 4"), phones))
    assert sorted("En camino" in text for text in told) == [False, True]
    assert any("ya está en camino" in text for text in told)
    assert [row.audience for row in crew.sent()] == [4]
    assert crew.town.count(t.recipient) == 4


def test_the_number_is_the_lock(store: Store) -> None:
    crew = ready(store, "F")
    phone = crew.town.phones["F"]
    assert "El número no coincide. Son 4." in crew.said(phone, "ENVIAR 5")
    crew.town.neighbour("Nueva")  # somebody more gave permission meanwhile
    told = crew.said(phone, "ENVIAR 4")
    assert told.startswith("El número no coincide. Son 5.")
    assert "ENVIAR 5" in told
    assert crew.sent() == []
    assert "En camino" in crew.said(phone, "ENVIAR 5")


def test_the_number_without_its_word_is_not_enough(store: Store) -> None:
    crew = ready(store, "F")
    assert crew.said(crew.town.phones["F"], "4") == "Escribe ENVIAR 4 o NO."
    assert crew.sent() == []


@pytest.mark.parametrize(("meanwhile", "reached"), [("answers", 3), ("joins", None)])
def test_while_it_waits_people_answer_and_it_goes_to_the_others(
    store: Store, meanwhile: str, reached: int | None
) -> None:
    crew = ready(store, "F", seasoned=False)
    assert "Sale en 10 minutos" in crew.said(crew.town.phones["F"], "ENVIAR 4")
    if meanwhile == "answers":
        who = crew.town.rows(t.consent, "person_id")[0].person_id
        store.do(lambda unit: registrations.sign_up(unit, 1, who, "sms"))
    else:
        crew.town.neighbour("Nueva")
    crew.town.at(store.read(lambda unit: unit.now) + timedelta(minutes=11))
    assert [row.audience for row in crew.sent()] == ([] if reached is None else [reached])


def test_who_got_one_invitation_gets_no_other(store: Store) -> None:
    crew = ready(store, "F")
    phone = crew.town.phones["F"]
    crew.said(phone, "ENVIAR 4")
    crew.town.neighbour("Nueva")
    assert "Es 1 persona:" in crew.said(phone, "INVITAR sm1", "3")
    assert "En camino" in crew.said(phone, "ENVIAR 1")
    assert sorted(row.audience for row in crew.sent()) == [1, 4]


def test_to_open_a_choice_is_no_first_invitation(store: Store) -> None:
    crew = Crew(store)
    crew.town.neighbour("Vecina")
    phone = crew.join("F", seasoned=False)
    crew.said(crew.join("G"), "hola")
    assert crew.said(phone, "ABRIR", "ABRIR 1").startswith("Abierta.")
    assert "Le pedí a G" in crew.said(phone, "INVITAR sm1", "2", "ENVIAR 1")


def test_what_was_approved_reaches_nobody_more_than_were_asked_for(store: Store) -> None:
    crew = ready(store, "F", seasoned=False)
    phone, other = crew.town.phones["F"], crew.join("G")
    crew.said(other, "hola")
    crew.said(phone, "ENVIAR 4")
    assert crew.said(phone, "INVITAR sm1", "2", "ENVIAR 4").startswith("Esa invitación ya se pidió y espera.")
    crew.town.tick()
    crew.town.neighbour("Nueva")
    assert crew.said(other, "1").startswith("Ya no llega a las mismas personas.")
    crew.town.tick()
    assert phone.read()[-1].text.startswith("La invitación de San Martín no salió.")
    assert crew.sent() == []
    assert "Le pedí a G" in crew.said(phone, "INVITAR sm1", "2", "ENVIAR 5")


def test_the_first_broadcast_needs_another_person(store: Store) -> None:
    crew = ready(store, "F", seasoned=False)
    other = crew.join("G")
    crew.said(other, "hola")
    assert "Le pedí a G" in crew.said(crew.town.phones["F"], "ENVIAR 4")
    crew.town.tick()
    crew.town.tick()
    assert "¿Apruebas el envío?" in other.read()[-1].text
    assert crew.sent() == []
    assert crew.said(other, "1") == "Aprobado. Está en camino."
    crew.town.tick()
    assert "G aprobó" in crew.town.phones["F"].read()[-1].text
    actors = {row.kind: row.actor for kind in ("sending.asked", "sending.approved") for row in crew.audit(kind)}
    assert len(set(actors.values())) == 2
    assert all(actor.startswith("staff:F-") for actor in actors.values())
    assert crew.sent()[0].by == actors["sending.asked"]


def test_a_no_sends_nothing(store: Store) -> None:
    crew = ready(store, "F", seasoned=False)
    other = crew.join("G")
    crew.said(other, "hola")
    crew.said(crew.town.phones["F"], "ENVIAR 4")
    crew.town.tick()
    crew.said(other, "2")
    crew.town.tick()
    assert "no aprobó" in crew.town.phones["F"].read()[-1].text
    assert crew.sent() == []


def test_nobody_approves_her_own_and_the_database_says_so(store: Store) -> None:
    crew = ready(store, "F", seasoned=False)
    crew.said(crew.town.phones["F"], "ENVIAR 4")
    row = crew.town.rows(t.staff_sending, *t.staff_sending.c.keys())[0]
    values = dict(row._mapping) | {"id": 99, "state": "refused", "approver_id": row.staff_id}
    with pytest.raises(IntegrityError):
        store.do(lambda unit: unit.db.execute(insert(t.staff_sending).values(values)))


def test_alone_it_waits_ten_minutes_and_goes_once(store: Store) -> None:
    crew = ready(store, "F", seasoned=False)
    assert "Sale en 10 minutos, a las 10:10 am" in crew.said(crew.town.phones["F"], "ENVIAR 4")
    now = store.read(lambda unit: unit.now)
    crew.town.at(now + timedelta(minutes=9))
    assert crew.sent() == []
    crew.town.at(now + timedelta(minutes=11))
    crew.town.tick()
    assert [row.audience for row in crew.sent()] == [4]
    assert [row.payload["minutes"] for row in crew.audit("sending.alone")] == [10]


def test_more_than_500_need_another_person_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invite, "MANY", 3)
    crew = ready(store, "F")
    assert "No hay otra persona que apruebe" in crew.said(crew.town.phones["F"], "ENVIAR 4")
    assert crew.sent() == []


def test_what_somebody_sent_is_stopped_before_what_the_clock_did(store: Store) -> None:
    crew = ready(store, "F")
    phone = crew.town.phones["F"]
    crew.said(phone, "ENVIAR 4")
    crew.town.store.do(_clocks_own)
    assert "Envío: Invitación" in crew.said(phone, "ALTO ENVIO")
    asked = crew.said(phone, "ALTO ENVIO")
    assert asked == "Nadie del equipo envía ahora. Sale solo: Recordatorio RR3W4W. ¿Lo detengo? 1 Sí 2 No"
    assert "Envío: Recordatorio RR3W4W" in crew.said(phone, "1")
    assert crew.said(phone, "ALTO ENVIO") == "No hay un envío en camino."


def test_what_the_clock_sends_goes_on_unless_she_says_so(store: Store) -> None:
    crew = ready(store, "F")
    phone = crew.town.phones["F"]
    crew.said(phone, "ENVIAR 4", "ALTO ENVIO")
    crew.town.store.do(_clocks_own)
    crew.town.store.do(
        lambda unit: unit.db.execute(t.broadcast.update().where(t.broadcast.c.by == "clock").values(state="sending"))
    )
    assert "¿Lo detengo?" in crew.said(phone, "ALTO ENVIO")
    assert crew.said(phone, "2") == "Está bien. Sigue."
    assert [row.state for row in crew.town.rows(t.broadcast, "state", "by") if row.by == "clock"] == ["sending"]


def test_her_invitation_that_waits_is_stopped_before_what_the_clock_sends(store: Store) -> None:
    crew = ready(store, "F")
    phone = crew.town.phones["F"]
    crew.said(phone, "ENVIAR 4")
    crew.town.store.do(_clocks_own)
    crew.town.store.do(
        lambda unit: unit.db.execute(t.broadcast.update().where(t.broadcast.c.by != "clock").values(state="done"))
    )
    crew.town.store.do(
        lambda unit: unit.db.execute(t.staff_sending.update().values(state="waiting", wait_until=unit.now))
    )
    assert crew.said(phone, "ALTO ENVIO") == "Detenido. No salió ninguno."
    assert [row.state for row in crew.town.rows(t.broadcast, "state", "by") if row.by == "clock"] == ["sending"]


def _clocks_own(unit: Unit) -> None:
    """A reminder that the clock sends to one of them, newer than the invitation."""
    first = unit.db.execute(select(t.broadcast).order_by(t.broadcast.c.id.desc()).limit(1)).one()._mapping
    own = {**first, "id": first["id"] + 1, "code": "RR3W4W", "idem": "remind", "kind": "reminder", "by": "clock"}
    unit.db.execute(insert(t.broadcast).values(own))
    one = unit.db.execute(select(t.recipient).where(t.recipient.c.broadcast_id == first["id"]).limit(1)).one()._mapping
    unit.db.execute(insert(t.recipient).values({**one, "id": one["id"] + 100, "broadcast_id": own["id"]}))


def test_what_would_come_too_late_is_not_counted_as_still_to_go(store: Store) -> None:
    crew = ready(store, "F")
    phone = crew.town.phones["F"]
    crew.said(phone, "ENVIAR 4", "ALTO ENVIO")
    crew.town.store.do(lambda unit: clock.to(unit, labs.session_by_id(unit, 1).starts_at))
    told = crew.said(phone, "SEGUIR")
    assert told.startswith("Ya pasó su hora. No sale ninguno más. Envío: Invitación")
    assert crew.town.count(t.outbox, state="expired") == crew.town.count(t.recipient, state="failed") == 4


def test_stopped_and_gone_on_the_ledger_adds_up(store: Store) -> None:
    crew = ready(store, "F")
    phone = crew.town.phones["F"]
    crew.said(phone, "ENVIAR 4")
    told = crew.said(phone, "ALTO ENVIO")
    code = crew.town.rows(t.broadcast, "code")[-1].code
    assert told.startswith("Detenido. Salieron 0, no salieron 4.")
    assert told.endswith(f"Envío: Invitación {code}.")
    assert crew.town.count(t.outbox, state="held") == 4
    assert crew.said(phone, "SEGUIR") == f"Sigue. Faltan 4 por salir. Envío: Invitación {code}."
    assert crew.town.count(t.outbox, state="held") == 0
    assert [len(crew.audit(kind)) for kind in ("broadcast.stopped", "broadcast.resumed")] == [1, 1]


def test_two_hours_later_she_reads_how_it_went_and_repeats_only_if_she_says_so(store: Store) -> None:
    crew = ready(store, "F")
    phone = crew.town.phones["F"]
    crew.said(phone, "ENVIAR 4")

    def lost(unit: Unit) -> None:
        one = unit.db.execute(select(t.recipient.c.id).limit(1)).scalar_one()
        unit.db.execute(t.recipient.update().where(t.recipient.c.id == one).values(state="unknown"))
        unit.db.execute(t.outbox.update().where(t.outbox.c.recipient_id == one).values(state="unknown"))

    store.do(lost)
    crew.town.at(store.read(lambda unit: unit.now) + timedelta(hours=2, minutes=1))
    told = phone.read()[-1].text
    assert "4 personas: 0 enviados, 0 fallidos, 0 no reciben, 1 sin saber, 3 por salir" in told
    assert crew.said(phone, "1") == "Van otra vez: 1."
    ledger = store.read(lambda unit: broadcasts.ledger(unit, crew.town.rows(t.recipient, "broadcast_id")[0][0]))
    assert (ledger.unknown, ledger.pending) == (0, 4)


def test_broken_off_at_every_step_it_is_sent_once(store: Store) -> None:
    crew = ready(store, "F")
    heard = Message(
        channel="telegram",
        sender="simulator:telegram",
        provider_id="m1",
        address=crew.town.phones["F"].number,
        text="ENVIAR 4",
    )

    def broken(stop_at: int) -> bool:
        def work(unit: Unit) -> None:
            with dying(unit, stop_at):
                turn.receive(unit, heard, crew.town.app.parts)

        try:
            store.do(work)
        except Crash:
            return True
        return False

    crashes = next(n for n in range(1, 400) if not broken(n)) - 1
    assert crashes > 20
    crew.town.app.receive(heard).result()
    assert [row.audience for row in crew.sent()] == [4]
    assert crew.town.count(t.staff_sending) == 1
    assert len(crew.audit("session_announced")) == 1


def test_a_comarca_without_authorisation_stays_a_draft(store: Store) -> None:
    crew = Crew(store)
    store.do(
        lambda unit: unit.db.execute(t.lab.update().where(t.lab.c.slug == "san-martin-bocas").values(setting="comarca"))
    )
    phone = crew.join("F", lab="san-martin-bocas")
    told = crew.said(phone, "/nueva", "1", "28 nov 3 pm", "Escuela 20", "va a la junta", "2")
    assert told == "Falta la autorización de la comunidad. El borrador queda guardado."
    assert crew.town.count(t.session, state="draft") == 1


def test_where_no_draft_is_kept_none_is_spoken_of(store: Store) -> None:
    crew = Crew(store)
    store.do(lambda unit: unit.db.execute(t.lab.update().values(setting="comarca")))
    phone = crew.join("F")
    for words in (("INVITAR sm1",), ("ABRIR sm",)):
        assert crew.said(phone, *words) == "Falta la autorización de la comunidad."


def test_asked_for_and_never_approved_it_lapses(store: Store) -> None:
    crew = ready(store, "F", seasoned=False)
    other = crew.join("G")
    crew.said(other, "hola")
    crew.said(crew.town.phones["F"], "ENVIAR 4")
    crew.town.tick()
    store.do(lambda unit: clock.to(unit, unit.now + timedelta(hours=25)))
    crew.town.tick()
    assert "no salió" in crew.town.phones["F"].read()[-1].text
    assert crew.said(other, "1") == "Ese envío ya se decidió o se detuvo."
    assert crew.sent() == []


def refused_by_provider(store: Store, error: str, most: int) -> None:
    def work(unit: Unit) -> None:
        ids = unit.db.execute(select(t.outbox.c.id).where(t.outbox.c.kind == "broadcast").order_by(t.outbox.c.id))
        for n, one in enumerate(ids.scalars().all()):
            state = {"state": "failed", "error": error} if n < most else {"state": "sent"}
            unit.db.execute(t.outbox.update().where(t.outbox.c.id == one).values(**state))
        failed = select(t.outbox.c.recipient_id).where(t.outbox.c.state == "failed")
        unit.db.execute(t.recipient.update().values(state="sent"))
        unit.db.execute(t.recipient.update().where(t.recipient.c.id.in_(failed)).values(state="failed"))

    store.do(work)


@pytest.mark.parametrize(
    ("error", "most", "told"),
    [
        (
            "unsuited: the template or its variables were not taken", 3,
            "SMS rechazó 3 mensajes: la plantilla no está aprobada. SMS salió. Mira qué falta: convoca check.",
        ),
        ("refused: filtered by the carrier", 4, "SMS rechazó 4 mensajes: el proveedor dice que no. Mira qué falta"),
        ("refused: x", 1, "SMS rechazó 1 mensaje: el proveedor dice que no. SMS salió."),
    ],
)  # fmt: skip
def test_what_a_provider_refuses_is_told_at_once_and_once(store: Store, error: str, most: int, told: str) -> None:
    crew = ready(store, "F")
    phone = crew.town.phones["F"]
    crew.said(phone, "ENVIAR 4")
    crew.town.tick()
    phone.read()
    refused_by_provider(store, error, most)
    crew.town.tick()
    crew.town.tick()
    shown = phone.read()
    assert len(shown) == 1
    assert shown[0].text.startswith(told)


def test_nothing_refused_is_nothing_told(store: Store) -> None:
    crew = ready(store, "F")
    phone = crew.town.phones["F"]
    crew.said(phone, "ENVIAR 4")
    phone.read()
    refused_by_provider(store, "", 0)
    crew.town.tick()
    assert phone.read() == []


def test_a_refusal_comes_in_the_language_of_who_acts(store: Store) -> None:
    crew = ready(store, "F")
    phone = crew.town.phones["F"]
    crew.said(phone, "NO", "English")
    crew.said(phone, "NEW", "1", "San Martin", "1", "28 nov 3 pm", "Escuela 20", "va a la junta")
    store.do(lambda unit: unit.db.execute(t.lab.update().values(state="closed")))
    assert crew.said(phone, "2") == "The lab in San Martín is not published. Publish it first."
