"""The option that an idea goes with is called as its reader's language calls it: in messages, MI IDEA, on the page."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot import idea_steps
from bot.actions import ideas as act
from bot.i18n import Voice
from storage import idea_trail
from storage import tables as t
from storage.store import Store, Unit
from tests.convoke.town import Town
from tests.ideas.pile import TZ, WORDS, Pile
from tests.web.square import Square

SAID = {"en": {"title": "Road to school", "short_title": "Road"}}


@pytest.fixture
def both(pile: Pile) -> Pile:
    """The lab speaks English too, and its plan calls one option in both."""

    def work(unit: Unit) -> None:
        unit.db.execute(update(t.lab).values(langs=["es", "en"]))
        unit.db.execute(update(t.problem).where(t.problem.c.slug == "camino").values(texts=SAID))

    pile.store.do(work)
    return pile


def test_its_author_is_told_where_it_goes_in_her_language(both: Pile) -> None:
    english = both.idea(person=both.town.neighbour("whatsapp", lang="en"))
    for number in (both.idea(), english, both.idea(person=both.town.neighbour(lang="en"))):
        both.do(act.join, number, "camino")
        both.do(act.undo, number)
    told = "\n".join(both.texts())
    for said in ("We put it in «Road to school».", "not joined to «Road to school» any more", "to «Road» any more"):
        assert said in told
    assert "La pusimos en Camino." in told


def test_mi_idea_calls_it_so_too(both: Pile) -> None:
    number = both.idea()
    both.do(act.join, number, "camino")
    steps = both.store.read(lambda unit: idea_trail.of(unit, both.of_number(number).idea))
    assert "«Road to school»" in idea_steps.told(WORDS, Voice("en", "tu", ""), number, "", steps, TZ)
    assert "«Camino a la escuela»" in idea_steps.told(WORDS, Voice("es", "tu", ""), number, "", steps, TZ)
    assert "Road" in idea_steps.told(WORDS, Voice("en", "tu", "sms"), number, "", steps, TZ)


def test_so_does_the_page(both: Pile, store: Store, town: Town) -> None:
    both.do(act.join, both.idea(), "camino")
    square = Square(store, town)
    assert '<h3 class="then" lang="en">Road to school</h3>' in square.page("?lang=en")
    assert '<h3 class="then" lang="es">Camino a la escuela</h3>' in square.page()
    [one] = square.data("ideas/san-martin")["ideas"]
    assert one["problem"] == "camino"
