"""Promises and what happens to them: written down once, told once, with a reason, in waking hours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from bot.actions import promise, story
from bot.errors import Refused
from bot.results import parts
from storage import promises
from storage import tables as t
from tests.choose.polls import Polls
from tests.convoke.town import Town, add
from tests.told.office import SAID, WORDS, Office


def test_a_promise_is_told_to_everybody_concerned_with_the_reason_why(office: Office) -> None:
    office.follows(office.chose[0], "agua")
    office.follows(office.chose[1], "salud")
    ledger = office.promises()
    assert (ledger.audience, ledger.pending) == (13, 13)
    said = office.texts(ledger.broadcast_id)
    fact = "La oficina del agua prometio el jue 12 nov: repara el tanque. Plazo: mie 31 mar."
    ask = "¿Que quieres? 1 Detalle 2 No es asi"
    assert said["sms/es/tu/own/1:mine"] == f"{{name}}: pediste Agua. {fact} {ask}"
    assert said["sms/es/tu/own/2:3"] == f"{{name}}: pediste Salud. Gano Agua. {fact} {ask}"
    assert said["sms/es/tu/own/3:chose"] == f"{{name}}: elegiste en San Martin. {fact} {ask}"
    assert said["sms/es/tu/own/4:came"].startswith("{name}: te anotaste en el laboratorio de San Martin. La oficina")


def test_the_same_promise_is_one_and_told_once(office: Office) -> None:
    first = office.promises()
    assert office.promises(replace(SAID, text=" Repara  el tanque. ".lower())).broadcast_id == first.broadcast_id
    assert len(office.told("commitment")) == office.count(t.commitment) == office.count(t.commitment_update) == 1
    assert office.count(t.event, t.event.c.kind == "commitment") == 1
    seen = office.store.read(lambda unit: promise.preview(unit, WORDS, SAID))
    assert seen.done_before is not None
    assert seen.done_before.broadcast_id == first.broadcast_id


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"problem": "luz"}, "No hay un problema luz"),
        ({"entity": "nadie"}, "No hay una organización nadie"),
        ({"text": " \x01 😀. "}, "Falta qué prometió"),
        ({"text": "x" * 51}, "La promesa es muy larga. Caben 50"),
        ({"due": "31 de febrero"}, "Ese día no existe"),
        ({"due": "x" * 31}, "La fecha es muy larga. Caben 30"),
        ({"due": "10 de noviembre"}, "Esa fecha ya pasó"),
        ({"problem": "salud"}, "Se decidió que salud no se va a hacer"),
    ],
)
def test_what_can_not_be_promised_is_refused_and_nothing_is_written(
    office: Office, said: dict[str, Any], why: str
) -> None:
    gone = update(t.decision).where(t.decision.c.id == 3).values(outcome="not_adopted")
    office.store.do(lambda unit: unit.db.execute(gone).rowcount)
    with pytest.raises(Refused, match=why):
        office.promises(replace(SAID, **said))
    assert office.count(t.commitment) == office.count(t.commitment_update) == len(office.told("commitment")) == 0


def test_nothing_is_promised_before_people_have_been_told_the_result(town: Town) -> None:
    polls = Polls.opened(town)
    polls.crowd((1,))
    with pytest.raises(Refused, match="Sobre agua no hay decisión"):
        town.store.do(lambda unit: promise.promise(unit, WORDS, SAID, by="x"))
    row = {"problem_id": 1, "contest_id": polls.contest.id, "outcome": "adopted", "reason": "Así.", "by": "x"}
    town.store.do(lambda unit: add(unit, t.decision, **row, at=unit.now))
    with pytest.raises(Refused, match="El resultado con agua no se ha contado"):
        town.store.do(lambda unit: promise.promise(unit, WORDS, SAID, by="x"))


def test_another_number_than_the_one_shown_writes_nothing(office: Office) -> None:
    with pytest.raises(Refused, match="Son 13"):
        office.promises(expect=12)
    assert office.count(t.commitment) == 0
    office.promises(expect=13)
    with pytest.raises(Refused, match="Son 13"):
        office.says("in_progress", expect=12)
    assert office.promise.status == "promised"


@pytest.mark.parametrize(
    ("kind", "text", "due", "why"),
    [
        ("glad", "", "", "No conozco ese estado"),
        ("done_neighbours", "", "", "No conozco ese estado"),  # nobody says it for them
        ("not_done", " \x01😀", "", "Falta la razón"),
        ("new_date", "", "15 jun", "Falta la razón"),
        ("new_date", "falta", "", "Falta la nueva fecha"),
        ("new_date", "falta", "pronto", "No entiendo la fecha"),
        ("in_progress", "", "15 jun", "va solo con el estado new_date"),
        ("news", "x" * 141, "", "Caben 140"),
        ("not_done", "x" * 91, "", "Caben 90"),
    ],
)
def test_what_an_update_lacks_is_told(office: Office, kind: str, text: str, due: str, why: str) -> None:
    office.promises()
    with pytest.raises(Refused, match=why):
        office.says(kind, text, due)
    assert (office.promise.status, office.count(t.commitment_update)) == ("promised", 1)


def test_a_status_that_can_not_follow_is_refused(office: Office) -> None:
    office.promises()
    close = update(t.commitment).values(status="done_neighbours", status_by="neighbours")
    office.store.do(lambda unit: unit.db.execute(close).rowcount)
    with pytest.raises(Refused, match=r"cumplido según los vecinos\. De ahí no pasa"):
        office.says("done_office")
    with pytest.raises(Refused, match="No lleva una fecha nueva"):
        office.says("new_date", "falta una bomba", "15 jun")


def test_an_update_twice_is_one(office: Office) -> None:
    office.promises()
    office.forward(days=1)
    first = office.says("in_progress", "Ya compraron la bomba")
    assert office.says("in_progress", "Ya compraron la bomba").broadcast_id == first.broadcast_id
    assert office.count(t.commitment_update) == 2
    assert office.says("in_progress", "Llegó la bomba").broadcast_id != first.broadcast_id


def test_one_message_a_day_about_a_promise_and_none_at_night(office: Office) -> None:
    office.promises()
    days = [office.says("news", f"Noticia {n}.").due_at for n in range(3)]
    assert [(at.day, at.hour) for at in days] == [(13, 13), (14, 13), (15, 13)]  # eight in Panama, a day each
    office.at("2026-11-20", 21)
    assert office.says("news", "De noche.").due_at.hour == 13


def test_two_new_dates_are_answers_and_the_third_is_none(office: Office) -> None:
    office.promises()
    for n, day in enumerate(("15 abr", "15 may", "15 jun"), 1):
        office.forward(days=2)
        ledger = office.says("new_date", "falta una bomba", day)
        assert office.promise.new_dates == min(n, 2)
    said = office.texts(ledger.broadcast_id)["sms/es/tu/own/3:chose"]
    assert "pidio otra fecha mas. No la contamos como respuesta." in said
    assert str(office.promise.due_to) == "2027-05-15"
    assert [str(row.due_to) for row in office.town.rows(t.commitment_update)][1:] == [
        "2027-04-15",
        "2027-05-15",
        "2027-06-15",
    ]


def test_who_has_enough_of_a_topic_hears_no_more_of_it(office: Office) -> None:
    office.promises()
    quiet = office.chose[0]
    office.store.do(lambda unit: promises.mute(unit, quiet, office.promise.problem_id, "news"))
    ledger = office.says("in_progress")
    assert quiet not in office.people_told(ledger.broadcast_id)
    assert ledger.pending == 12


def test_a_shared_phone_reads_no_topic_and_one_message_goes_to_it(office: Office) -> None:
    town = office.town
    phone = town.address()
    for name in ("Ana", "Luis"):
        town.registers(town.person(phone, name=name))
    ledger = office.promises()
    assert ledger.reasons == {"shared": 1}
    said = office.texts(ledger.broadcast_id)["sms/es/tu/shared/4:came"]
    assert said == "Hay una novedad del laboratorio de San Martin. Responde 1 para leerla."


def test_whatsapp_has_its_template(office: Office) -> None:
    office.town.registers(office.town.neighbour("whatsapp"))
    ledger = office.promises()
    rows = office.town.rows(t.broadcast_text, t.broadcast_text.c.broadcast_id == ledger.broadcast_id)
    (template,) = [row.body["template"] for row in rows if row.variant.startswith("whatsapp/")]
    assert template["name"] == "compromiso_novedad"
    assert template["variables"] == {
        "1": "{name}",
        "2": "Agua potable en San Martín",
        "3": "La oficina del agua prometió el jueves 12 nov: repara el tanque. Plazo: miércoles 31 mar",
        "4": "miércoles 31 mar",
    }


def test_with_the_longest_words_a_message_is_two_sms(office: Office) -> None:
    long = replace(SAID, text="x" * 50, due="primera quincena de septiembre")
    name = update(t.organisation).where(t.organisation.c.slug == "agua").values(short_name="x" * 30)
    office.store.do(lambda unit: unit.db.execute(name).rowcount)
    office.follows(office.chose[0], "salud")
    office.promises(long)
    acts = [("in_progress", 90, ""), ("news", 140, ""), ("new_date", 90, "segunda quincena de septiembre")]
    acts += [("done_office", 90, ""), ("not_done", 90, "")]
    for kind, room, due in acts:
        office.says(kind, "x" * room, due)
    texts = [row.body["text"] for row in office.town.rows(t.broadcast_text) if row.broadcast_id > 1]
    assert len(texts) > 15
    assert max(parts(text, "es") for text in texts) == 2


def test_a_withdrawn_authorisation_stops_every_word(office: Office) -> None:
    office.promises()
    comarca = update(t.lab).values(setting="comarca")
    office.store.do(lambda unit: unit.db.execute(comarca).rowcount)
    with pytest.raises(Refused, match="Falta la autorización"):
        office.says("in_progress")
    assert office.at("2027-04-08") == 0
    assert len(office.told("commitment")) == 1


# --- what the database itself refuses -----------------------------------------------------------------------------

PROMISE = {
    "lab_id": 1, "problem_id": 1, "decision_id": 1, "text": "repara", "status": "promised", "status_by": "office",
    "by": "x",
}  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "  "},
        {"entity_id": None},
        {"status": "glad"},
        {"status": "done_neighbours"},  # by the office
        {"status": "done_office", "status_by": "neighbours"},
        {"precision": "month"},  # without a day
    ],
)
def test_the_database_refuses(office: Office, wrong: dict[str, Any]) -> None:
    def work(unit: Any) -> int:
        row = {**PROMISE, "entity_id": 2, "status_at": unit.now, "at": unit.now, **wrong}
        return int(unit.db.execute(insert(t.commitment).values(**row)).rowcount)

    with pytest.raises(IntegrityError):
        office.store.do(work)


def test_the_database_refuses_an_update_without_its_reason_and_a_second_answer_that_counts(office: Office) -> None:
    office.promises()
    row = {"commitment_id": 1, "kind": "not_done", "status": "not_done", "text": " ", "by_role": "office", "by": "x"}
    with pytest.raises(IntegrityError):
        office.store.do(lambda unit: add(unit, t.commitment_update, **row, at=unit.now))
    said = {"commitment_id": 1, "person_id": office.chose[0], "round": 0, "answer": "yes"}
    office.store.do(lambda unit: add(unit, t.followup, **said, at=unit.now))
    with pytest.raises(IntegrityError):
        office.store.do(lambda unit: add(unit, t.followup, **said, at=unit.now))


# --- stories ------------------------------------------------------------------------------------------------------

TOLD = story.Told(before="Dos horas de agua", after="Hay agua todo el día", text="La oficina puso la bomba")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"before": "\u202e"}, "Falta cómo era antes"),
        ({"after": "x" * 81}, "Es muy largo"),
        ({"picture": "foto-7"}, "Falta qué se ve"),
        ({"picture": "foto-7", "alt": "El tanque"}, "Falta el permiso"),
        ({"video": "https://example.org/v"}, "Falta el permiso"),
    ],
)
def test_what_a_story_lacks_is_told(office: Office, more: dict[str, Any], why: str) -> None:
    office.promises()
    office.says("done_office")
    with pytest.raises(Refused, match=why):
        office.store.do(lambda unit: story.tell(unit, WORDS, "agua", replace(TOLD, **more), by="x"))
    assert office.count(t.story) == 0


def test_a_story_is_told_first_to_those_who_took_part_then_to_the_community_each_once(office: Office) -> None:
    others = [office.town.neighbour() for _ in range(4)]
    office.promises()
    with pytest.raises(Refused, match="Todavía no hay qué contar"):
        office.store.do(lambda unit: story.tell(unit, WORDS, "agua", TOLD, by="x"))
    office.says("done_office")
    seen = office.store.read(lambda unit: story.preview(unit, WORDS, "agua", TOLD))
    assert (seen.people, seen.first, seen.later) == (17, 13, 4)
    for _twice in range(2):
        first, later = office.store.do(lambda unit: story.tell(unit, WORDS, "agua", TOLD, by="x", expect=17))
    assert sorted(office.people_told(first.broadcast_id)) == sorted(office.chose + office.came)
    assert office.people_told(later.broadcast_id) == others
    assert (later.due_at - first.due_at).days == 1
    said = office.texts(first.broadcast_id)["sms/es/tu/own/3:chose"]
    assert said.startswith("Hola, {name}. Hay agua todo el dia. Empezo con 10 vecinos que eligieron. Tu fuiste parte.")
    assert "parte" not in office.texts(later.broadcast_id)["sms/es/tu/own/all"]
    assert len(office.told("story")) == 2


@pytest.mark.parametrize(("chose", "said"), [(4, "menos de 5"), (5, "5")])
def test_the_template_of_a_story_has_no_smaller_number_than_any_page(town: Town, chose: int, said: str) -> None:
    office = Office.asked(town, chose=chose, came=0)
    town.registers(town.neighbour("whatsapp"))
    office.promises()
    office.says("done_office")
    first, _later = office.store.do(lambda unit: story.tell(unit, WORDS, "agua", TOLD, by="x"))
    rows = town.rows(t.broadcast_text, t.broadcast_text.c.broadcast_id == first.broadcast_id)
    (template,) = [row.body["template"] for row in rows if row.variant.startswith("whatsapp/")]
    assert template["variables"] == {"1": "{name}", "2": "San Martín", "3": "Hay agua todo el día", "4": said}


def test_an_update_names_its_promise_by_number_where_there_are_several(office: Office) -> None:
    office.promises()
    office.promises(replace(SAID, text="limpia la quebrada"))
    with pytest.raises(Refused, match="Hay varios compromisos sobre agua"):
        office.says("in_progress")
    office.says("in_progress", name="2")
    assert [row.status for row in office.town.rows(t.commitment)] == ["promised", "in_progress"]
    assert office.store.read(lambda unit: promises.named(unit, "99999999999999999999")) == []
