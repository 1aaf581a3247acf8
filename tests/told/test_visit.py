"""A visit that the office made, who saw it, and what nobody knows yet (conversations.md 4)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bot.actions import status
from bot.actions.staff import pending
from bot.errors import Refused
from bot.player import Phone
from storage import promise_rules, promises, public, sightings
from storage import tables as t
from storage.sightings import Saw
from storage.store import Unit
from tests.choose.polls import Neighbours, last
from tests.convoke.town import Town
from tests.told.office import Office

VISITED = "la oficina visitó la toma el martes 12 ene"
KEEP_WORDS = (t.inbound, t.talk, t.outbox, t.not_understood, t.address)
ASKED = "¿Viste la visita? 1 La vi 2 No la vi 3 Opinar"


@pytest.fixture
def visited(office: Office) -> Office:
    """It promised on 15 January, and on the 19th its visit is told."""
    office.at("2027-01-15")
    office.promises()
    office.at("2027-01-19")
    office.says("visit", VISITED)
    return office


def visit_of(office: Office) -> int:
    return office.store.read(lambda unit: promises.updates(unit, office.promise.id))[-1].id


def saw(office: Office, *said: tuple[int, Saw]) -> None:
    one = visit_of(office)

    def work(unit: Unit) -> None:
        for person, answer in said:
            sightings.keep(unit, one, person, answer)

    office.store.do(work)


def shown(office: Office) -> Any:
    def read(unit: Unit) -> Any:
        choice = public.choice(unit, "sm")
        assert choice is not None
        return choice.promised[0].sighted

    return office.store.read(read)


def test_it_is_told_as_a_piece_of_news_and_kept_as_a_visit(visited: Office) -> None:
    told = visited.texts(visited.told("commitment")[-1].id)
    assert all("La oficina visito la toma el martes 12 ene." in text for text in told.values())
    assert all(text.endswith("¿Que quieres? 1 Detalle 2 No es asi") for text in told.values())
    history = visited.store.read(lambda unit: promises.updates(unit, visited.promise.id))
    assert [one.kind for one in history] == ["promised", "visit"]
    assert visited.promise.status == "promised"
    before = len(visited.told("commitment"))
    visited.says("visit", VISITED)
    assert len(visited.told("commitment")) == before


def test_the_last_answer_of_a_person_stands(visited: Office) -> None:
    person = visited.chose[0]
    saw(visited, (person, "seen"), (person, "unseen"), (person, "unseen"))
    assert [(row.person_id, row.answer) for row in visited.town.rows(t.sighting)] == [(person, "unseen")]


@pytest.mark.parametrize(
    ("seen", "unseen", "is_shown"),
    [(0, 0, False), (30, 0, False), (9, 30, False), (30, 9, False), (10, 10, True), (12, 25, True)],
)
def test_it_is_counted_where_both_answers_are_many(
    visited: Office, town: Town, seen: int, unseen: int, is_shown: bool
) -> None:
    people = [town.neighbour() for _ in range(seen + unseen)]
    saw(visited, *((who, "seen" if n < seen else "unseen") for n, who in enumerate(people)))
    assert bool(shown(visited)) is is_shown
    found = visited.store.read(lambda unit: status.read(unit))
    assert bool(found.commitments[0].visits) is is_shown
    if is_shown:
        [told] = shown(visited).values()
        assert (told.seen, told.unseen) == (seen, unseen)
        assert found.commitments[0].visits == f"{seen} saw the visit, {unseen} did not"


def test_who_is_erased_is_counted_and_nobody(visited: Office) -> None:
    from storage import erasing

    person = visited.chose[0]
    saw(visited, (person, "seen"))
    visited.store.do(lambda unit: erasing.unlink(unit, [person]))
    assert [(row.person_id, row.answer) for row in visited.town.rows(t.sighting)] == [(None, "seen")]


# --- in a conversation ----------------------------------------------------------------------------------------------


@pytest.fixture
def rosa(town: Town) -> Phone:
    """She chose the water; its office has promised, and visited."""
    phone = Neighbours(town.store).signed_up("Rosa")
    office = Office.asked(town)
    office.at("2027-01-15")
    office.promises()
    office.at("2027-01-19")
    office.says("visit", VISITED)
    phone.read()
    return phone


def test_after_the_detail_she_is_asked_if_she_saw_it(town: Town, rosa: Phone) -> None:
    made = "La oficina del agua prometio el vie 15 ene: repara el tanque. Plazo: mie 31 mar."
    assert last(rosa.say("1")) == f"{made} {ASKED}"
    assert last(rosa.say("9")) == f"No entendi 9. {ASKED}"
    assert last(rosa.say("2")).endswith(
        "Gracias por decirlo. Lo anotamos sin tu nombre. ¿Que viste? Escribelo, o 0 para terminar"
    )
    assert [row.answer for row in town.rows(t.sighting)] == ["unseen"]
    assert last(rosa.say("siguen sin venir a casa 14")) == (
        "Anotado. Una persona del equipo lo revisa en 5 dias habiles y te cuenta. Gracias, Rosa."
    )
    [waiting] = town.rows(t.handover)
    words = town.rows(t.not_understood)[-1]
    assert (waiting.reason, words.text) == ("commitment", "siguen sin venir a casa 14")


def test_another_number_where_words_are_asked_for_is_another_answer(town: Town, rosa: Phone) -> None:
    for said in ("1", "1"):
        rosa.say(said)
    assert last(rosa.say("2")).endswith("Lo anotamos sin tu nombre. ¿Que viste? Escribelo, o 0 para terminar")
    assert [row.answer for row in town.rows(t.sighting)] == ["unseen"]
    assert last(rosa.say("7")).startswith("No entendi 7.")
    assert last(rosa.say("1")).startswith("Gracias por decirlo.")
    assert [row.answer for row in town.rows(t.sighting)] == ["seen"]
    assert last(rosa.say("3")) == "¿Que opinas? Escribelo, o 0 para terminar"
    assert [row.answer for row in town.rows(t.sighting)] == ["seen"]
    assert last(rosa.say("fue muy corta la visita")).startswith("Anotado. Una persona del equipo")
    assert town.rows(t.not_understood)[-1].text == "fue muy corta la visita"


def test_the_same_number_again_was_noted(town: Town, rosa: Phone) -> None:
    for said in ("1", "2"):
        rosa.say(said)
    assert last(rosa.say("2")).startswith("Ya recibi esa respuesta.")
    town.store.do(lambda unit: unit.db.execute(t.address.update().values(last_reply=None)))
    assert last(rosa.say("2")) == "Eso ya lo anote. ¿Que viste? Escribelo, o 0 para terminar"
    assert last(rosa.say("0")) == "Listo. Gracias."
    assert [row.answer for row in town.rows(t.sighting)] == ["unseen"]


def test_she_changes_it_again_and_again_and_the_last_answer_stands(town: Town, rosa: Phone) -> None:
    rosa.say("1")
    said = [rosa.say(words) for words in ("1", "2") * 5]
    assert last(said[-1]) == "Listo. Gracias."
    assert [row.answer for row in town.rows(t.sighting)] == ["unseen"]
    assert town.rows(t.handover) == []


def test_an_opinion_is_no_answer_and_0_ends_it(town: Town, rosa: Phone) -> None:
    rosa.say("1")
    assert last(rosa.say("3")) == "¿Que opinas? Escribelo, o 0 para terminar"
    assert last(rosa.say("0")) == "Listo. Gracias."
    assert (town.rows(t.sighting), town.rows(t.handover)) == ([], [])


@pytest.mark.parametrize(
    "said",
    [
        ("me da mucho miedo contestar",),
        ("1", "tengo miedo de esa oficina"),
        ("1", "vinieron ayer y no puedo", "ellos me amenazaron"),
        ("1", "vinieron ayer y no puedo", "me da miedo decirlo"),
        ("1", "2", "no vinieron y nos amenazaron en la casa"),
        ("1", "3", "es peligroso decirlo"),
        ("2", "es mentira, pero tengo miedo"),
    ],
)
def test_what_is_said_in_fear_is_kept_nowhere(town: Town, rosa: Phone, said: tuple[str, ...]) -> None:
    told = [last(rosa.say(words)) for words in said][-1]
    assert told.startswith("No tienes que decirlo. No guardamos ese mensaje.")
    kept = " ".join(str(row) for table in KEEP_WORDS for row in town.rows(table))
    assert not [word for word in said if len(word) > 1 and word in kept]
    assert town.rows(t.handover) == []


@pytest.mark.parametrize("said", ["el tanque es peligroso para los niños", "falta la tapa y se puede caer alguien"])
def test_a_danger_that_somebody_saw_there_is_read(town: Town, rosa: Phone, said: str) -> None:
    for words in ("1", "1", said):
        rosa.say(words)
    assert [row.text for row in town.rows(t.not_understood)] == [said]


# --- what nobody knows yet ------------------------------------------------------------------------------------------


def test_what_is_not_known_is_said_with_the_day_on_which_more_is_told(office: Office) -> None:
    office.promises()
    office.at("2027-02-01")
    office.says("unknown", "si la oficina viene")
    text = office.texts(office.told("commitment")[-1].id)["sms/es/tu/own/3:chose"]
    said = "Todavia no sabemos si la oficina viene. Preguntamos el lun 1 feb. Te contamos el lun 15 feb."
    assert text.endswith(said)
    assert office.promise.status == "promised"


def test_on_that_day_it_waits_for_the_team(office: Office, town: Town) -> None:
    office.promises()
    office.at("2027-02-01")
    office.says("unknown", "si la oficina viene")

    def waits(unit: Unit) -> tuple[bool, bool]:
        items = [one for one in pending.read(unit, [town.lab]) if one.kind == "promise"]
        return bool(status.read(unit).commitments[0].late), bool(items)

    assert office.store.read(waits) == (False, False)
    office.at("2027-02-15")
    assert office.store.read(waits) == (True, True)
    office.says("news", "La oficina viene el martes.")
    assert office.store.read(waits) == (False, False)


@pytest.mark.parametrize(
    ("kind", "text"), [("visit", ""), ("unknown", " "), ("unknown", "x" * 71), ("visit", "x" * 141)]
)
def test_both_need_words_and_not_too_many(office: Office, kind: str, text: str) -> None:
    office.promises()
    with pytest.raises(Refused):
        office.says(kind, text)


def test_the_day_is_ten_working_days_later() -> None:
    on = date(2027, 2, 1)
    assert promise_rules.owes_news("unknown", on, date(2027, 2, 14)) == ""
    assert promise_rules.owes_news("unknown", on, date(2027, 2, 15)) == "news was promised by 2027-02-15"
    assert promise_rules.owes_news("news", on, on + timedelta(days=40)) == ""
