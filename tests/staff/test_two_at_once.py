"""Two of the team decide, tell news or a story at one time: nobody's words are lost without being told so."""

from __future__ import annotations

import pytest

from bot.actions import decide
from bot.errors import Meanwhile
from storage import tables as t
from storage.store import Store
from tests import trail
from tests.staff.crew import Crew
from tests.staff.test_promising_by_chat import promised


def closed(store: Store) -> Crew:
    """A choice that was closed: five problems wait for a decision."""
    crew = Crew(store)
    phone = crew.join("Clara")
    crew.said(phone, "ABRIR sm", "ABRIR 0", "CERRAR sm", "1")
    assert crew.town.count(t.contest, state="closed") == 1
    return crew


def test_the_second_decision_on_a_topic_is_not_written_over_the_first(store: Store) -> None:
    crew = closed(store)
    ana, delia = crew.join("Ana"), crew.join("Delia")
    for phone in (ana, delia):
        crew.said(phone, "DECIDIR agua", "1")
    assert crew.said(ana, "hay dinero").startswith("Anotado.")
    answer = crew.said(delia, "no alcanza")
    assert answer == (
        "Ana ya decidió sobre Agua potable mientras tanto: va adelante. Razón: hay dinero. No cambié nada."
    )
    assert [row.reason for row in crew.town.rows(t.decision, "reason")] == ["hay dinero"]


def test_what_became_the_last_decision_is_shown_before_it_publishes(store: Store) -> None:
    crew = closed(store)
    words = crew.town.app.catalogues
    ana = crew.join("Ana")
    for topic in ("agua", "camino", "salud", "señal"):
        crew.said(ana, f"DECIDIR {topic}", "1", "hay dinero")
    basura = ("basura", "hay dinero", "adopted")
    with pytest.raises(Meanwhile, match="Mientras tanto se decidió lo demás"):
        store.do(lambda unit: decide.decide(unit, words, *basura, by="t", shown=("", "", False)))
    assert crew.town.count(t.contest, state="published") == 0
    store.do(lambda unit: decide.decide(unit, words, *basura, by="t", shown=("", "", True)))
    assert crew.town.count(t.contest, state="published") == 1


def test_news_of_a_promise_that_has_other_news_now_is_not_told(store: Store) -> None:
    crew, ana = promised(store)
    delia = crew.join("Delia")
    crew.said(ana, "NOVEDAD agua", "1", "Ya compraron la bomba.")
    crew.said(delia, "NOVEDAD agua", "No se hará", "no hay dinero")
    assert crew.said(ana, "NOVEDAD 3").startswith("Anotado.")
    answer = crew.said(delia, "NOVEDAD 3")
    assert answer.endswith("anotó mientras tanto otra novedad de este compromiso. Ahora: en camino. No guardé nada.")
    assert len(crew.sent("commitment")) == 2


def test_a_second_story_is_not_lost_without_a_word(store: Store) -> None:
    crew, ana = promised(store)
    delia = crew.join("Delia")
    trail.ACTS["update"](crew.town, "agua", "done_office")
    for phone in (ana, delia):
        shown = crew.said(phone, "HISTORIA agua", "no había agua", "hay agua", "NADA", "NADA")
    number = shown.rpartition(" ")[2]
    assert crew.said(ana, f"HISTORIA {number}").startswith("Anotado.")
    answer = crew.said(delia, f"HISTORIA {number}")
    assert answer == "Mientras tanto ya se contó la historia de este compromiso. No guardé nada."


def test_another_promise_of_the_same_office_is_read_before_a_second_one(store: Store) -> None:
    crew, ana = promised(store)
    delia = crew.join("Delia")
    for phone, text in ((ana, "pone una bomba"), (delia, "compra una bomba")):
        shown = crew.said(phone, "PROMESA agua", "2", text, "NADA")
    assert shown.endswith("PROMESA 3")
    assert crew.said(ana, "PROMESA 3").startswith("Anotado.")
    answer = crew.said(delia, "PROMESA 3")
    assert answer == "Mientras tanto se anotó otro compromiso de esta oficina: «pone una bomba». No guardé nada."
    assert crew.town.count(t.commitment) == 2
