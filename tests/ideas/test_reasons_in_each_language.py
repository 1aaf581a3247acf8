"""Why an idea was answered so, in the languages of its lab: its author, its page and the open data read their own."""

from __future__ import annotations

from html import unescape

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from bot import cli
from bot.actions import ideas as act
from bot.errors import Refused
from bot.player import Phone
from storage import idea_trail
from storage import tables as t
from storage.store import Store, Unit
from tests.convoke.town import Town
from tests.ideas.pile import Pile
from tests.staff.crew import Crew
from tests.web.square import Square
from tests.web.visitor import words

WHY, SAID = "nombra a una persona", {"en": {"reason": "it names somebody"}}


@pytest.fixture
def both(pile: Pile) -> Pile:
    """The lab speaks English too."""
    pile.store.do(lambda unit: unit.db.execute(update(t.lab).values(langs=["es", "en"])).rowcount)
    return pile


def english(pile: Pile) -> int:
    """An idea of somebody who reads English."""
    return pile.idea(person=pile.town.neighbour(lang="en"))


def test_its_author_reads_the_reason_in_her_language(both: Pile) -> None:
    for number in (both.idea(), english(both)):
        both.do(act.out_of_scope, number, WHY, SAID)
    spanish, other = both.texts()
    assert f"Razon: {WHY}." in spanish
    assert "it names somebody" in other
    assert WHY not in other


@pytest.mark.parametrize("texts", [{}, {"en": {"reason": " "}}])
def test_without_one_everybody_reads_the_first(both: Pile, texts: dict[str, dict[str, str]]) -> None:
    both.do(act.out_of_scope, english(both), WHY, texts)
    assert WHY in both.texts()[0]
    assert both.town.rows(t.contribution_outcome)[0].texts == {}


def test_a_second_reader_says_it_in_both_and_it_stays_with_her_answer(both: Pile) -> None:
    number = english(both)
    both.do(act.join, number, "camino")
    both.objects(number)
    both.do(act.keep, number, "Las dos piden un puente", {"en": {"reason": "Both ask for a bridge."}}, by="staff:F-2")
    assert "both ask for a bridge" in both.texts()[-1]
    [row] = both.town.rows(t.appeal)
    assert (row.answer_text, row.texts) == ("Las dos piden un puente", {"en": {"answer_text": "Both ask for a bridge"}})


def test_what_was_done_already_is_the_same_only_with_the_same_texts(both: Pile) -> None:
    number = both.idea()
    both.do(act.already_done, number, "la junta limpió", "", {"en": {"reason": "the board cleaned it"}})
    assert (
        both.do(act.already_done, number, "la junta limpió", "", {"en": {"reason": "the board cleaned it"}}).told == 0
    )
    both.do(act.already_done, number, "la junta limpió", "", {"en": {"reason": "the board has cleaned it"}})
    assert len(both.told()) == 2


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"fr": {"reason": "non"}}, "no lleva textos en"),
        ({"en": {"reason": "x" * 91}}, "muy largo. Caben 90"),
        ({"en": {"reason": "because " * 11}}, "muy largo. Caben"),
        ({"en": {"reason": "{name}"}}, "sin llaves"),
    ],
)
def test_what_can_not_be_told_is_refused(both: Pile, texts: dict[str, dict[str, str]], said: str) -> None:
    number = both.idea()
    with pytest.raises(Refused, match=said):
        both.do(act.out_of_scope, number, WHY, texts)
    assert both.told() == []


def test_the_page_the_open_data_and_what_became_of_it_say_it(both: Pile, store: Store, town: Town) -> None:
    number = both.idea()
    both.do(act.out_of_scope, number, WHY, SAID)
    square = Square(store, town)
    assert '<span lang="es">Nombra a una persona.</span>' in square.page()
    page = square.page("?lang=en")
    assert '<span lang="en">It names somebody.</span>' in page
    assert WHY not in unescape(words(page)).lower()
    [one] = square.data("ideas/san-martin")["ideas"]
    assert (one["reason"], one["texts"]) == (WHY, SAID)
    step = store.read(lambda unit: idea_trail.of(unit, both.of_number(number).idea))[-1]
    assert (step.kind, step.texts) == ("outcome", SAID)


def test_the_command_line_takes_it(both: Pile, database_url: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVOCA_DATABASE_URL", database_url)
    monkeypatch.setenv("CONVOCA_SECRET_KEY", secret)
    out = ("idea", "out", str(english(both)), "--because", WHY)
    assert CliRunner().invoke(cli.app, [*out, "--in", "en.why=it names somebody"]).exit_code == 2
    done = CliRunner().invoke(cli.app, [*out, "--in", "en.because=it names somebody"])
    assert done.exit_code == 0, done.output
    assert both.town.rows(t.contribution_outcome)[0].texts == SAID


# --- by chat ------------------------------------------------------------------------------------------------------


@pytest.fixture
def crew(store: Store) -> Crew:
    """An idea of Rosa, which nobody has read."""
    crew = Crew(store)
    crew.said(rosa(crew), "SANMARTIN", "1", "Rosa", "1", "2", "2", "idea no hay luz en la cancha", "1")
    return crew


def rosa(crew: Crew) -> Phone:
    return crew.town.phone("sms", "Rosa")


def reads_english(crew: Crew) -> None:
    def work(unit: Unit) -> None:
        unit.db.execute(update(t.person).values(lang="en"))

    crew.store.do(work)


def test_who_answers_by_chat_is_asked_once_where_its_author_reads_another_language(crew: Crew) -> None:
    reads_english(crew)
    ana = crew.join("Ana")
    asked = crew.said(ana, "IDEAS", "4", WHY)
    assert asked == f"Leen en inglés: 1. ¿Cómo se dice en inglés «{WHY}»? Para dejarlo así, escribe NADA."
    assert "Listo. Le aviso a la persona." in crew.said(ana, "it names somebody")
    assert crew.town.rows(t.contribution_outcome, "texts")[0].texts == SAID
    assert any("it names somebody" in message.text for message in rosa(crew).read())


def test_nada_leaves_it_and_the_next_reader_is_asked_too(crew: Crew) -> None:
    reads_english(crew)
    ana, delia = crew.join("Ana"), crew.join("Delia")
    assert "Listo." in crew.said(ana, "IDEAS 1", "5", "la hizo la junta", "NADA")
    rosa(crew).read()
    rosa(crew).say("2")
    rosa(crew).say("it is not done")
    assert "¿Cómo se dice en inglés" in crew.said(delia, "IDEAS 1", "Queda igual", "sí se hizo")
    assert "Listo." in crew.said(delia, "it was done")
    assert crew.town.rows(t.appeal, "texts")[0].texts == {"en": {"answer_text": "it was done"}}


def test_where_nobody_reads_another_language_nothing_is_asked(crew: Crew) -> None:
    assert "Listo." in crew.said(crew.join("Ana"), "IDEAS 1", "4", WHY)
