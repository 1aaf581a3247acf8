"""What the team does with an idea: one message to its author for each change, in the words of conversations.md 7."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from bot.actions import ideas as act
from bot.actions.ideas import Office
from bot.errors import Refused
from bot.sms import segments, sms_text
from storage import audit
from storage import tables as t
from tests.ideas.pile import BRIDGE, Pile

WORKS = Office(name="el municipio, oficina de obras", reference="1184", ask_on=date(2026, 12, 10))
CHANGES: dict[str, Callable[[Pile, int], Any]] = {
    "joined": lambda pile, n: pile.do(act.join, n, "camino"),
    "own": lambda pile, n: pile.do(act.own, n, "Puente de la quebrada"),
    "office": lambda pile, n: pile.do(act.other_office, n, WORKS),
    "out": lambda pile, n: pile.do(act.out_of_scope, n, "nombra a una persona"),
    "done": lambda pile, n: pile.do(act.already_done, n, "la junta limpió la quebrada el viernes 13 nov"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_one_message_to_its_author(pile: Pile, change: str) -> None:
    number = pile.idea()
    assert CHANGES[change](pile, number).told == 1
    after = pile.of_number(number)
    assert after.idea.read_at is not None
    assert not after.waits
    assert len(pile.told()) == 1
    (text,) = pile.texts()
    assert f"idea {number}" in text
    assert segments(sms_text(text.replace("{name}", "N" * 12))).parts == 1
    actors = [row.actor for row in pile.town.rows(t.audit_event) if row.kind.startswith("idea.")]
    assert actors == ["staff:F-1"]


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_twice_is_told_once(pile: Pile, change: str) -> None:
    number = pile.idea()
    CHANGES[change](pile, number)
    assert CHANGES[change](pile, number).told == 0
    assert len(pile.told()) == 1


def test_the_author_reads_how_many_said_the_same(pile: Pile) -> None:
    numbers = [pile.idea(f"el puente {n}") for n in range(3)]
    for number in numbers:
        pile.do(act.join, number, "camino")
    first, second, third = pile.texts()
    assert "Otra" not in first
    assert "Otra persona dijo lo mismo." in second
    assert "Otras 2 personas dijeron lo mismo." in third
    assert "Camino" in third


def test_who_sent_it_without_a_number_is_told_nothing(pile: Pile) -> None:
    number = pile.idea(person=None)
    assert pile.do(act.out_of_scope, number, "no es de aquí").told == 0
    assert pile.told() == []


def test_who_left_is_in_the_ledger_with_the_reason(pile: Pile) -> None:
    gone = pile.town.person(pile.town.address(), withdrawn=True)
    number = pile.idea(person=gone)
    assert pile.do(act.out_of_scope, number, "no es de aquí").told == 0
    assert [row.reason for row in pile.town.rows(t.recipient)] == ["no_consent"]


def test_at_night_it_waits_for_the_morning(pile: Pile) -> None:
    pile.at("2026-11-14", 3)  # ten at night on Friday, in Panama
    pile.do(act.join, pile.idea(), "camino")
    (row,) = [row for row in pile.town.rows(t.broadcast) if row.kind == "idea"]
    assert row.due_at.hour == 13  # eight in the morning there


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda pile, n: pile.do(act.join, 99, "agua"), "No hay una idea 99."),
        (lambda pile, n: pile.do(act.join, n, "luna"), "No hay un tema luna"),
        (lambda pile, n: pile.do(act.out_of_scope, n, " \x01😀"), "Falta la razón"),
        (lambda pile, n: pile.do(act.out_of_scope, n, "x" * 91), "Por SMS caben 90 letras"),
        (lambda pile, n: pile.do(act.out_of_scope, n, "porque " * 11), "Por SMS caben"),
        (lambda pile, n: pile.do(act.other_office, n, Office(name=" ")), "Di a qué oficina"),
        (lambda pile, n: pile.do(act.own, n, "x" * 31), "lleva de 1 a 30 letras"),
        (lambda pile, n: pile.do(act.own, n, "Otra agua", "Agua"), "Ya hay una opción"),
        (lambda pile, n: pile.do(act.keep, n, "sí"), "no hay un desacuerdo"),
        (lambda pile, n: pile.do(act.undo, n), "no está unida"),
        (lambda pile, n: pile.do(act.hide_names, n, " "), "sin los nombres"),
        (lambda pile, n: pile.do(act.already_done, n, "ya está", "agua"), "No hay un compromiso"),
    ],
)
def test_what_can_not_be_done_changes_nothing(pile: Pile, work: Callable[[Pile, int], Any], said: str) -> None:
    number = pile.idea()
    before = pile.of_number(number)
    with pytest.raises(Refused, match=said):
        work(pile, number)
    assert pile.of_number(number) == before
    assert pile.told() == []


def test_an_idea_that_was_taken_back_is_left_alone(pile: Pile) -> None:
    from storage import ideas

    number = pile.idea()
    about = pile.of_number(number).idea.id
    pile.store.do(lambda unit: ideas.withdraw(unit, about))
    with pytest.raises(Refused, match="la quitó quien la escribió"):
        pile.do(act.join, number, "agua")


# --- a second person ----------------------------------------------------------------------------------------------


def test_the_first_person_is_refused_and_the_second_puts_it_right(pile: Pile) -> None:
    number = pile.idea()
    pile.do(act.join, number, "camino")
    pile.objects(number)
    for work, *said in ((act.keep, "es lo mismo"), (act.own, "Puente"), (act.undo,)):
        with pytest.raises(Refused, match="La primera decisión fue tuya"):
            pile.do(work, number, *said)
    pile.do(act.own, number, "Puente", by="staff:F-2")
    assert f"Tienes razon. La idea {number} va sola, como opcion 6." in sms_text(pile.texts()[-1])
    after = pile.of_number(number)
    assert after.appeal is None
    assert after.link
    assert after.link.relation == "own"


def test_a_second_reader_keeps_it_with_a_reason(pile: Pile) -> None:
    number = pile.idea()
    pile.do(act.join, number, "camino")
    pile.objects(number)
    done = pile.do(act.keep, number, "Las dos piden llegar a la escuela", by="staff:F-2")
    assert done.told == 1
    assert "porque las dos piden llegar a la escuela" in pile.texts()[-1]
    after = pile.of_number(number)
    assert after.link
    assert after.link.slug == "camino"
    assert after.appeal is None


def test_names_of_others_are_hidden_and_her_words_stay(pile: Pile) -> None:
    number = pile.idea("Pedro Gómez no arregla el puente")
    pile.do(act.hide_names, number, "una persona no arregla el puente")
    after = pile.of_number(number).idea
    assert (after.text, after.shown) == ("Pedro Gómez no arregla el puente", "una persona no arregla el puente")
    assert len(pile.told()) == 1
    assert "Pedro" not in str([row.payload for row in pile.town.rows(t.audit_event)])


def test_joined_again_after_it_was_taken_apart_is_told_each_time(pile: Pile) -> None:
    number = pile.idea()
    pile.do(act.join, number, "camino")
    pile.do(act.undo, number)
    assert pile.of_number(number).waits
    pile.do(act.join, number, "agua")
    assert len(pile.told()) == 3
    assert pile.of_number(number).idea.text == BRIDGE


# --- the clock ----------------------------------------------------------------------------------------------------


def test_the_log_holds_no_words_of_a_citizen(pile: Pile) -> None:
    for change in CHANGES.values():
        change(pile, pile.idea("el puente de Pedro se inunda"))
    while pile.store.do(audit.chain):
        pass
    assert "Pedro" not in str([row.payload for row in pile.town.rows(t.audit_event)])
