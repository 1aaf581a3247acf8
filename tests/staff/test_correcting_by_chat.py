"""CORREGIR ENVIO: which broadcast, the second person, the wait, and what happens to the first meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.actions.staff import team
from bot.player import Phone
from storage import corrections, registrations
from storage import tables as t
from storage.store import Store
from tests.staff.crew import Crew
from tests.staff.test_changed_again import became

ONE = "hay que traer una silla, no dos"


def ready(store: Store, *, seasoned: bool = True, sent: int = 2, people: int = 3) -> tuple[Crew, Phone]:
    """A facilitator whose invitation has come to some of the neighbours, and still goes out to the others."""
    crew = Crew(store)
    hers = [crew.town.neighbour(f"Vecina {n}") for n in range(people)]
    crew.said(crew.join("G"), "INVITAR sm1", "2", f"ENVIAR {people}")
    for person in hers[:sent]:
        became(crew.town, person, "sent")
    return crew, crew.join("F", seasoned=seasoned)


def states(crew: Crew, kind: str) -> list[tuple[str, str | None]]:
    rows = crew.town.rows(t.recipient, "state", "reason", "broadcast_id")
    [code] = [row.id for row in crew.town.rows(t.broadcast, "id", "kind", "idem") if row.kind == kind
              and not row.idem.startswith("e:")]  # fmt: skip
    return [(row.state, row.reason) for row in rows if row.broadcast_id == code]


def test_it_is_stopped_worded_counted_and_sent_by_the_number(store: Store) -> None:
    crew, phone = ready(store)
    assert "salieron 2, no salieron 1" in crew.said(phone, "CORREGIR ENVIO")
    shown = crew.said(phone, ONE)
    assert "La corrección va a 2 personas." in shown
    assert "SMS 2 segmentos" in shown
    assert "Hay que traer una silla, no dos. ¿Vas? 1 Si 2 No" in shown
    assert "El número no coincide. Son 2." in crew.said(phone, "ENVIAR 3")
    assert crew.said(phone, "ENVIAR 2").startswith("Corrección en camino.")
    assert states(crew, "correction") == [("pending", None)] * 2
    assert states(crew, "invitation") == [("sent", None), ("sent", None), ("skipped", "corrected")]
    assert [row.actor for row in crew.audit("broadcast.corrected")] != []


def test_twice_the_same_is_said(store: Store) -> None:
    crew, phone = ready(store, sent=3)
    crew.said(phone, "CORREGIR ENVIO", ONE, "ENVIAR 3")
    again = crew.said(phone, "CORREGIR ENVIO", ONE)
    assert "no se envía dos veces" in again.lower()


def test_a_no_sends_nothing_and_says_that_the_first_stands_still(store: Store) -> None:
    crew, phone = ready(store)
    told = crew.said(phone, "CORREGIR ENVIO", ONE, "NO")
    assert told == "No envié nada. El primer envío sigue detenido: SEGUIR."
    assert crew.said(phone, "SEGUIR").startswith("Sigue. Faltan 1 por salir.")
    assert crew.sent("correction") == []


def test_the_code_names_one_of_several(store: Store) -> None:
    crew, phone = ready(store, sent=3)
    crew.said(phone, "CORREGIR ENVIO", ONE, "ENVIAR 3")
    for person in (row.person_id for row in crew.town.rows(t.recipient, "person_id")[:3]):
        became(crew.town, person, "sent", "correction")
    assert "¿Cuál envío? 1 Corrección" in crew.said(phone, "CORREGIR ENVIO")
    [code] = [row.code for row in crew.town.rows(t.broadcast, "code", "idem") if row.idem.startswith("announce")]
    assert "Personas que lo recibieron: 3." in crew.said(phone, f"CORREGIR ENVIO {code}")
    assert crew.said(phone, "CORREGIR ENVIO 2346AA").startswith("No hay un envío así")


def test_the_first_broadcast_of_a_facilitator_waits_for_another_person(store: Store) -> None:
    crew, phone = ready(store, seasoned=False)
    other = crew.town.phones["G"]
    assert "Le pedí a G" in crew.said(phone, "CORREGIR ENVIO", ONE, "ENVIAR 2")
    assert crew.sent("correction") == []
    assert "ya espera otra corrección" in crew.said(phone, "CORREGIR ENVIO", "otra cosa", "ENVIAR 2")
    crew.town.tick()
    assert "F quiere corregir un mensaje que recibieron 2 personas" in other.read()[-1].text
    assert crew.said(other, "1") == "Aprobado. Está en camino."
    crew.town.tick()
    assert "G aprobó. Está en camino." in phone.read()[-1].text
    assert states(crew, "correction") == [("pending", None)] * 2
    assert store.read(corrections.all_asked) == []
    assert {"sending.asked", "sending.approved", "broadcast.corrected"} <= {
        row.kind for row in crew.town.rows(t.audit_event, "kind")
    }


@pytest.mark.parametrize("end", ["refused", "taken back", "lapsed"])
def test_what_is_not_approved_does_not_go_out(store: Store, end: str) -> None:
    crew, phone = ready(store, seasoned=False)
    other = crew.town.phones["G"]
    crew.said(phone, "CORREGIR ENVIO", ONE, "ENVIAR 2")
    crew.town.tick()
    other.read()
    if end == "refused":
        assert crew.said(other, "2") == "Anotado: no se envía."
    elif end == "taken back":
        assert crew.said(phone, "ALTO ENVIO") == "Detenido. No salió ninguno."
        assert crew.said(other, "1") == "Ese envío ya se decidió o se detuvo."
    else:
        crew.town.at(store.read(lambda unit: unit.now) + timedelta(hours=25))
        assert "La corrección no salió." in phone.read()[-1].text
    crew.town.tick()
    assert crew.sent("correction") == []
    assert store.read(corrections.all_asked) == []
    assert states(crew, "invitation")[2] == ("pending", None)  # it stands still, and goes on when she says so


def test_with_nobody_to_approve_it_waits_ten_minutes(store: Store) -> None:
    crew, phone = ready(store, seasoned=False)
    token = crew.town.rows(t.staff, "token")[0].token
    store.do(lambda unit: team.remove(unit, token, by="test"))
    told = crew.said(phone, "CORREGIR ENVIO", ONE, "ENVIAR 2")
    assert "No hay otra persona que apruebe." in told
    [due] = [row.due_at for row in crew.town.rows(t.broadcast, "due_at", "kind") if row.kind == "correction"]
    assert timedelta(minutes=9, seconds=50) < due - store.read(lambda unit: unit.now) <= timedelta(minutes=10)
    assert crew.said(phone, "ALTO ENVIO").startswith("Detenido. Salieron 0, no salieron 2.")


def heard_back(crew: Crew, phone: Phone, hours: float = 2.01) -> list[str]:
    phone.read()
    crew.town.at(store_now(crew) + timedelta(hours=hours))
    return [one.text for one in phone.read()]


def store_now(crew: Crew) -> datetime:
    return crew.store.read(lambda unit: unit.now)


def test_two_hours_later_its_sender_reads_how_it_went(store: Store) -> None:
    crew, phone = ready(store)
    told = crew.said(phone, "CORREGIR ENVIO", ONE, "ENVIAR 2")
    assert told == "Corrección en camino. Hoy a las 12 mediodía te cuento cómo llegó. Para detener, escribe ALTO ENVIO."
    went, lost = (row.person_id for row in crew.town.rows(t.recipient, "person_id")[:2])
    became(crew.town, went, "sent", "correction")
    became(crew.town, lost, "failed", "correction")
    meeting = crew.town.rows(t.session, "id")[0].id
    store.do(lambda unit: registrations.sign_up(unit, meeting, went, "sms"))
    assert heard_back(crew, phone, 1.9) == []
    [report] = heard_back(crew, phone, 0.2)
    assert report.splitlines()[0] == (
        "Corrección de San Martín, 2 personas: 1 enviado, 1 fallido, 0 no reciben, 0 sin saber, 0 por salir."
    )
    assert "Entregados: 0 de 1 por WhatsApp y SMS." in report
    assert "1 respuesta: 1 va, 0 no van, 0 no saben." in report
    assert heard_back(crew, phone) == []
    assert store.do(corrections.to_report) == []


def test_what_nobody_knows_of_a_correction_goes_again_if_she_says_so(store: Store) -> None:
    crew, phone = ready(store)
    crew.said(phone, "CORREGIR ENVIO", ONE, "ENVIAR 2")
    went, doubtful = (row.person_id for row in crew.town.rows(t.recipient, "person_id")[:2])
    became(crew.town, went, "sent", "correction")
    became(crew.town, doubtful, "unknown", "correction")
    [report] = heard_back(crew, phone)
    assert report.endswith("¿Repito el que está sin saber? 1 Sí 2 No")
    assert crew.said(phone, "1") == "Van otra vez: 1."
    assert ("pending", None) in states(crew, "correction")


def test_what_another_person_approved_is_told_to_who_asked(store: Store) -> None:
    crew, phone = ready(store, seasoned=False)
    other = crew.town.phones["G"]
    crew.said(phone, "CORREGIR ENVIO", ONE, "ENVIAR 2")
    crew.town.tick()
    crew.said(other, "1")
    crew.town.tick()
    assert other.read() == []
    [report] = heard_back(crew, phone)
    assert report.startswith("Corrección de San Martín, 2 personas:")
    assert all("Corrección" not in one.text for one in other.read())


def test_of_what_asked_nothing_no_answers_are_told(store: Store) -> None:
    crew, phone = ready(store, sent=3)
    result = t.broadcast.update().where(t.broadcast.c.idem.startswith("announce")).values(kind="result", opens=None)
    store.do(lambda unit: unit.db.execute(result))
    crew.said(phone, "CORREGIR ENVIO", ONE, "ENVIAR 3")
    [report] = heard_back(crew, phone)
    assert "respuesta" not in report
    assert report.count("\n") == 1


def test_who_has_no_role_any_more_is_told_nothing(store: Store) -> None:
    crew, phone = ready(store)
    crew.said(phone, "CORREGIR ENVIO", ONE, "ENVIAR 2")
    [_other, token] = [row.token for row in crew.town.rows(t.staff, "token")]
    store.do(lambda unit: team.remove(unit, token, by="test"))
    assert heard_back(crew, phone) == []
    assert store.do(corrections.to_report) == []


def test_a_neighbour_learns_nothing_of_it(store: Store) -> None:
    crew, _phone = ready(store)
    stranger = crew.town.phone("telegram", "X")
    assert "envío" not in crew.said(stranger, "CORREGIR ENVIO")


def test_the_words_of_each_language_are_asked_for_and_shown(store: Store) -> None:
    crew, phone = ready(store, sent=3)
    hers = crew.town.rows(t.recipient, "person_id")[0].person_id
    store.do(lambda unit: unit.db.execute(t.person.update().where(t.person.c.id == hers).values(lang="en")))
    assert "¿Cómo se dice en inglés" in crew.said(phone, "CORREGIR ENVIO", ONE)
    shown = crew.said(phone, "bring one chair, not two")
    assert "SMS, 1 segmento: «Convoca, laboratorio San Martin. Correccion: Hay que traer una silla, no dos." in shown
    assert "inglés: «Convoca, lab San Martin. Correction: Bring one chair, not two. Are you going? 1 Yes 2 No»" in shown
    assert "SMS 3 segmentos" in shown
