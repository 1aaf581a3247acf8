"""An author answers a message about her idea when it stands otherwise by then: she is told how, nothing is promised."""

from __future__ import annotations

import pytest

from bot.actions import ideas as act
from storage import idea_states
from storage import tables as t
from storage.idea_states import Standing
from storage.store import Store
from tests.kit import Town, parts

UNTIED = "Una persona lee otra vez la idea 1 y te cuenta. Esa respuesta no cambio nada."
MOVED = "La idea 1 cambio despues de ese mensaje. Esa respuesta no cambio nada. Para verla, escribe MI IDEA."
TAKEN = "La idea 1 ya estaba quitada. Esa respuesta no cambio nada."


def does(town: Town, work: object, *said: object) -> None:
    """An act of the team about the only idea."""
    town.store.do(lambda unit: work(unit, parts().catalogues, 1, *said, by="staff:F-1"))  # type: ignore[operator]


def stands(town: Town) -> Standing:
    """How the only idea stands."""
    found = town.store.read(lambda unit: idea_states.of(unit, 1))
    assert found
    return found


@pytest.fixture
def town(store: Store) -> Town:
    """Marisol proposed the bridge, and reads that it was joined with the road."""
    town = Town.on(store)
    phone = town.phone("sms", "C")
    for words in ("SANMARTIN", "1", "Marisol", "1", "2", "2", "idea el puente de la quebrada se inunda mucho", "1"):
        phone.say(words)
    does(town, act.join, "camino")
    assert "¿Es lo mismo?" in phone.read()[-1].text
    return town


def test_a_yes_to_an_older_message_is_no_yes_to_a_newer_topic(town: Town) -> None:
    does(town, act.undo)
    does(town, act.join, "agua")
    assert town.phones["C"].say("1")[0].text == MOVED
    link = stands(town).link
    assert link
    assert (link.slug, link.agreed) == ("agua", None)


def test_who_does_not_agree_with_an_older_outcome_is_not_asked_why(town: Town) -> None:
    phone = town.phones["C"]
    phone.say("1")
    does(town, act.other_office, act.Office(name="el municipio"))
    assert "le toca a" in phone.read()[-1].text
    does(town, act.already_done, "la junta lo hizo ayer")
    assert phone.say("2")[0].text == MOVED


@pytest.mark.parametrize("reply", ["1", "2"])
def test_an_answer_after_it_was_taken_apart_hears_who_reads_it(town: Town, reply: str) -> None:
    does(town, act.undo)
    assert town.phones["C"].say(reply)[0].text == UNTIED
    assert town.count(t.appeal) == 0


def test_words_that_come_after_it_was_taken_apart_are_promised_to_nobody(town: Town) -> None:
    phone = town.phones["C"]
    assert phone.say("2")[-1].text.startswith("¿En que es distinta?")
    does(town, act.undo)
    assert phone.say("es el puente, no el camino")[0].text == UNTIED
    assert town.count(t.appeal) == 0


def test_nothing_is_promised_about_an_idea_that_was_taken_back(town: Town) -> None:
    about, phone = stands(town).idea.id, town.phones["C"]
    phone.say("1")
    phone.say("MI IDEA")
    taken = t.contribution.update().where(t.contribution.c.id == about)
    town.store.do(lambda unit: unit.db.execute(taken.values(withdrawn_at=unit.now)))
    assert phone.say("1")[0].text == TAKEN
    assert town.count(t.appeal) == 0


def test_an_objection_to_an_older_outcome_is_none_to_the_newer(town: Town) -> None:
    phone = town.phones["C"]
    phone.say("1")
    does(town, act.out_of_scope, "nombra a una persona")
    assert "no entra esta vez" in phone.read()[-1].text
    does(town, act.out_of_scope, "ya la atiende el ministerio")
    assert phone.say("1")[0].text == MOVED
    assert town.count(t.appeal) == 0


def test_the_reason_of_who_asked_from_my_idea_is_kept_only_while_it_stands(town: Town) -> None:
    phone = town.phones["C"]
    phone.say("1")
    phone.say("MI IDEA")
    assert phone.say("1")[-1].text.startswith("¿Por que no?")
    does(town, act.undo)
    assert phone.say("porque no es lo mismo")[0].text == UNTIED
    assert town.count(t.appeal) == 0
