""" "Was it done?": asked on its day, once a reason, once a week a person; counted a week later; reopened by three."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage import followups, people, promises, unread
from storage import tables as t
from storage.store import Unit
from tests.told.office import SAID, Office

DAY = "2027-03-29"


def done(office: Office) -> None:
    """The office promised on 12 November and says on 29 March that it is done."""
    office.promises()
    office.at(DAY)
    office.says("done_office")


def test_neighbours_are_asked_28_days_after_the_first_done_and_once(office: Office) -> None:
    done(office)
    office.at("2027-04-10")
    office.says("done_office", "Ya quedó.")  # again: it moves nothing
    assert office.at("2027-04-25") == 0
    assert office.at("2027-04-26") == 2  # a round begun, and asked
    assert office.at("2027-04-27") == 0
    (asked,) = office.told("asking")
    assert sorted(office.people_told(asked.id)) == sorted(office.chose + office.came)
    said = office.texts(asked.id)["sms/es/tu/own/4:came"]
    assert said == (
        "{name}: te anotaste en el laboratorio de San Martin. La oficina del agua dice que cumplio el sab 10 abr:"
        " repara el tanque. ¿Se cumplio? 1 Si 2 En parte 3 No 4 No se"
    )


def test_a_date_that_passes_is_told_the_next_working_day_once_and_asked_a_week_later(office: Office) -> None:
    office.promises(replace(SAID, due="viernes 26 mar"))
    assert office.at("2027-03-26", 23) == office.at("2027-03-28") == 0
    assert office.at("2027-03-29") == 1
    assert office.at("2027-03-29", 10) == office.at("2027-03-30") == office.at("2027-04-01") == 0
    _promised, late = office.told("commitment")
    said = office.texts(late.id)["sms/es/tu/own/3:chose"]
    assert "La oficina del agua prometio: repara el tanque. Plazo: vie 26 mar. No lo hizo. Preguntamos por que." in said
    assert "Te contamos antes del lun 12 abr." in said
    office.at("2027-04-02")
    (asked,) = office.told("asking")
    assert "Plazo: vie 26 mar. No dice nada. ¿Se cumplio?" in office.texts(asked.id)["sms/es/tu/own/3:chose"]


def test_a_date_that_passes_while_neighbours_say_no_is_told_and_asked_like_another(office: Office) -> None:
    office.promises()  # for 31 March
    office.at("2027-01-20")
    office.says("done_office")
    office.at("2027-02-18")
    office.answer(office.chose[:5], "no", "no", "no", "no", "yes")
    office.at("2027-03-01")
    assert (office.promise.status, office.at("2027-03-31", 19)) == ("disputed", 0)
    assert office.at("2027-04-01") == 1
    said = office.texts(office.told("commitment")[-1].id)["sms/es/tu/own/3:chose"]
    assert "Plazo: mie 31 mar. No lo hizo. Preguntamos por que." in said
    assert office.at("2027-04-06") == 0
    assert (office.at("2027-04-07"), len(office.told("asking"))) == (2, 2)


def test_what_neighbours_dispute_after_its_date_is_told_once(office: Office) -> None:
    done(office)
    office.at("2027-04-26")
    office.answer(office.chose[:5], "no", "no", "no", "no", "yes")
    office.at("2027-05-04")
    assert (office.promise.status, office.at("2027-05-05"), office.at("2028-01-01")) == ("disputed", 0, 0)


def test_a_date_without_a_day_never_passes(office: Office) -> None:
    office.promises(replace(SAID, due="cuando se pueda"))
    assert office.at("2030-01-01") == 0


def test_a_fuzzy_date_passes_with_its_last_day(office: Office) -> None:
    office.promises(replace(SAID, due="fin de marzo"))
    assert office.at("2027-03-31", 12) == 0
    assert office.at("2027-04-01") == 1


def test_after_a_new_date_of_the_office_the_next_day_asks_and_tells_nothing_else(office: Office) -> None:
    office.promises()
    office.at("2027-03-20")
    office.says("new_date", "falta una bomba", "martes 15 jun")
    assert office.at("2027-06-15", 19) == 0
    assert office.at("2027-06-16") == 2
    assert (len(office.told("commitment")), len(office.told("asking"))) == (2, 1)


def test_night_holds_a_question_and_drops_nothing(office: Office) -> None:
    done(office)
    office.at("2027-04-26", 1)
    (asked,) = office.told("asking")
    assert asked.due_at.hour == 13  # eight in the morning in Panama


def test_two_promises_ask_nobody_twice_in_a_week(office: Office) -> None:
    office.promises()
    office.promises(replace(SAID, text="limpia la quebrada"))
    office.at(DAY)
    office.says("done_office", name="1")
    office.forward(hours=1)
    office.says("done_office", name="2")
    newcomer = office.town.neighbour()
    office.at("2027-04-26")
    (first,) = office.told("asking")
    assert len(office.people_told(first.id)) == 13
    office.town.registers(newcomer)  # after the rounds began: she was not concerned then
    assert office.at("2027-05-02") == 0
    office.at("2027-05-03", 10)
    _first, second = office.told("asking")
    assert sorted(office.people_told(second.id)) == sorted(office.people_told(first.id))
    assert newcomer not in office.people_told(second.id)


@pytest.mark.parametrize(
    ("answers", "status", "told"),
    [
        (
            "yes yes partly no no no",
            "disputed",
            "Preguntamos a 13 y contestaron 6. Si: 2. En parte: 1. No: 3. No saben: 0.",
        ),
        ("yes partly partly no unknown yes", "partly_neighbours", "Si: 2. En parte: 2. No: 1. No saben: 1."),
        ("yes yes yes yes partly", "done_neighbours", "El tema se cierra: cumplido segun los vecinos."),
        ("yes yes no no unknown unknown", "done_office", "Contestaron menos de 5 personas. Asi no contamos."),
    ],
)
def test_a_week_later_it_is_counted_and_told_to_who_was_asked(
    office: Office, answers: str, status: str, told: str
) -> None:
    done(office)
    office.at("2027-04-26")
    said = answers.split()
    office.answer(office.chose[: len(said)], *said)
    assert office.at("2027-05-02") == 0
    assert office.at("2027-05-03") == 1
    assert office.at("2027-05-03", 10) == 0
    assert office.promise.status == status
    count = office.told("commitment")[-1]
    (text,) = set(office.texts(count.id).values())
    assert told in text
    assert sorted(office.people_told(count.id)) == sorted(office.chose + office.came)
    (row,) = office.town.rows(t.asking)
    shown = office.store.read(lambda unit: followups.numbers(unit, 1))
    assert (shown is None) == (status == "done_office")
    assert row.asked == 13


def test_a_later_answer_replaces_both_stay_and_one_counts(office: Office) -> None:
    done(office)
    office.at("2027-04-26")
    who = office.chose[0]
    for said in ("yes", "yes", "no", "partly"):
        office.answer([who], said)
    mine = t.followup.c.person_id == who
    rows = office.town.rows(t.followup, mine)
    assert [(row.answer, row.current) for row in rows] == [("yes", False), ("no", False), ("partly", True)]
    assert all(row.asked_at for row in rows)


def test_what_is_said_unasked_is_kept_apart(office: Office) -> None:
    office.promises()
    early = office.chose[0]
    office.answer([early], "no")
    office.at(DAY)
    office.says("done_office")
    office.at("2027-04-26")
    guest = office.town.neighbour()
    office.answer([guest, *office.chose[1:7]], "no", *["yes"] * 6)
    office.at("2027-05-03")
    (row,) = office.town.rows(t.asking)
    assert (row.asked, row.yes, row.no) == (13, 6, 0)
    assert office.promise.status == "done_neighbours"


def test_who_can_not_be_told_is_not_among_those_asked(office: Office) -> None:
    done(office)
    office.leaves(office.chose[0])
    office.store.do(lambda unit: promises.mute(unit, office.chose[1], office.promise.problem_id, "questions"))
    office.at("2027-04-26")
    assert office.count(t.followup, t.followup.c.asked_at.is_not(None)) == office.count(t.followup) == 11
    office.at("2027-05-03")
    (row,) = office.town.rows(t.asking)
    assert row.asked == 11


def test_who_is_erased_leaves_the_count_as_it_is_and_no_word(office: Office) -> None:
    done(office)
    office.at("2027-04-26")
    office.answer(office.chose[:5], *["no"] * 5)
    who = office.chose[0]
    at = office.town.rows(t.contact, t.contact.c.person_id == who)[0].address_id

    def work(unit: object) -> None:
        row = office.town.rows(t.followup, t.followup.c.person_id == who)[0]
        followups.add(unit, row.id, text="hay agua en la mañana")  # type: ignore[arg-type]
        people.erase(unit, at, [who])  # type: ignore[arg-type]

    office.store.do(work)
    assert [row.text for row in office.town.rows(t.followup) if row.text] == []
    assert office.count(t.followup, t.followup.c.person_id == who) == 0
    office.at("2027-05-03")
    (row,) = office.town.rows(t.asking)
    assert (row.asked, row.no) == (13, 5)


def test_the_words_beside_an_answer_are_read_by_the_team_and_can_be_answered(office: Office) -> None:
    done(office)
    office.at("2027-04-26")
    office.answer(office.chose[:1], "partly")
    who = office.chose[0]

    def add(unit: Unit) -> None:
        (row,) = unit.db.execute(t.followup.select().where(t.followup.c.person_id == who)).all()
        followups.add(unit, row.id, text="hay agua en la mañana")

    office.store.do(add)
    (words,) = office.store.read(lambda unit: unread.waiting(unit, [office.town.lab]))
    assert (words.text, words.about) == ("hay agua en la mañana", "repara el tanque")
    assert office.store.read(lambda unit: unread.waiting(unit, [office.town.lab + 1])) == []
    whom = office.store.read(lambda unit: unread.of_whom(unit, words.kind, words.id))
    assert whom is not None
    assert whom[1] == who
    office.store.do(lambda unit: unread.read(unit, words.kind, [words.id]))
    assert office.store.read(lambda unit: unread.waiting(unit, [office.town.lab])) == []


def test_three_people_reopen_what_was_closed(office: Office) -> None:
    done(office)
    office.at("2027-04-26")
    office.answer(office.chose[:6], *["yes"] * 6)
    office.at("2027-05-03")
    assert office.promise.status == "done_neighbours"
    office.at("2027-07-01")
    office.answer(office.chose[:2], "no", "no")
    office.answer(office.chose[:1], "no")  # the same person again is one
    assert office.at("2027-07-02") == 0
    office.answer([office.town.neighbour()], "no")
    assert office.at("2027-07-05") == 1
    assert office.at("2027-07-06") == 0
    assert (office.promise.status, office.promise.status_by) == ("disputed", "neighbours")
    said = office.texts(office.told("commitment")[-1].id)["sms/es/tu/own/3:chose"]
    assert "El tema Agua de San Martin se abrio otra vez el lun 5 jul." in said
    assert "La oficina debe responder antes del lun 19 jul." in said


def test_who_wants_is_asked_once_more_on_that_day(office: Office) -> None:
    done(office)
    office.at("2027-04-26")
    who = office.chose[0]
    office.answer([who], "partly")
    (row,) = office.town.rows(t.followup, t.followup.c.person_id == who)

    def work(unit: object) -> None:
        followups.add(unit, row.id, again_at=unit.now.replace(month=5, day=24))  # type: ignore[arg-type, attr-defined]

    office.store.do(work)
    office.at("2027-05-03")
    before = len(office.told("asking"))
    assert office.at("2027-05-23") == 0
    assert office.at("2027-05-24", 12) == 1
    assert office.at("2027-05-25") == 0
    *_others, again = office.told("asking")
    assert (len(office.told("asking")), office.people_told(again.id)) == (before + 1, [who])
