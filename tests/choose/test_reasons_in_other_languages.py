"""The reason of a decision and its next step, as people wrote them in another language of the lab."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import update

from bot.actions import contest, decide, withdraw
from bot.errors import Refused
from bot.i18n import Catalogues
from storage import contests, public
from storage import tables as t
from storage.store import Store, Unit
from storage.texts import Texts
from tests.choose.polls import PROBLEMS, Polls
from tests.convoke.town import NOON, Town
from tests.web.square import Square

WORDS = Catalogues.load()
TOLD: Texts = {"en": {"reason": "The tank leaks.", "next_step": "The junta takes it to the city on 10 Feb"}}


@pytest.fixture
def polls(store: Store, clock: Any) -> Polls:
    """Ten chose the water, two of them read English; others chose otherwise; it is closed."""
    clock.set(NOON)
    town = Town.build(store)
    polls = Polls.opened(town)
    people = polls.crowd(*([(1,)] * 10), channel="telegram")
    polls.crowd(*([(2,)] * 6), *([(3,)] * 5))

    def work(unit: Unit) -> None:
        unit.db.execute(update(t.lab).values(langs=["es", "en"]))
        unit.db.execute(update(t.person).where(t.person.c.id.in_(people[:2])).values(lang="en"))
        contest.close_(unit, WORDS, "sm", "yaneth")

    store.do(work)
    return polls


def water(polls: Polls, because: str = "El tanque gotea.", texts: Texts | None = None) -> None:
    def work(unit: Unit) -> None:
        decide.decide(unit, WORDS, "agua", because, None, "La junta la lleva al municipio", texts, by="yaneth")

    polls.store.do(work)


def rest(polls: Polls) -> dict[str, str]:
    """The others are decided, and so everybody is told: variant -> what it says."""

    def work(unit: Unit) -> int:
        for slug, _title, _short in PROBLEMS[1:]:
            done = decide.decide(unit, WORDS, slug, "Así se acordó.", by="yaneth")
        assert done.told
        return done.told.broadcast_id

    sent = polls.store.do(work)
    rows = polls.town.rows(t.broadcast_text, t.broadcast_text.c.broadcast_id == sent)
    return {row.variant: row.body["text"] for row in rows}


def test_each_reads_why_in_her_language(polls: Polls) -> None:
    water(polls, texts=TOLD)
    said = rest(polls)
    assert "48 of every 100. The tank leaks." in said["telegram/en/tu/own/1:1"]
    assert "El tanque gotea." in said["telegram/es/tu/own/1:1"]


def test_another_decision_leaves_nothing_of_the_one_before(polls: Polls) -> None:
    water(polls, texts=TOLD)
    water(polls, because="Hay dinero.")
    said = rest(polls)
    assert "Hay dinero." in said["telegram/en/tu/own/1:1"]
    assert "leaks" not in str(said)


def test_nothing_of_it_is_public_before_the_result(polls: Polls) -> None:
    water(polls, texts=TOLD)
    found = polls.store.read(lambda unit: public.choice(unit, "sm"))
    assert found
    assert "leaks" not in str(found.facts)
    square = Square(polls.store, polls.town)
    assert "leaks" not in json.dumps(square.data("contests/sm"))
    rest(polls)
    (option, *_others) = square.data("contests/sm")["options"]
    assert option["texts"] == TOLD
    assert '<span lang="en">The junta takes it to the city on 10 Feb.</span>' in square.page("?lang=en")
    assert '<span lang="es">El tanque gotea.</span>' in square.page("?lang=es")


def test_the_log_keeps_what_was_said(polls: Polls) -> None:
    water(polls, texts=TOLD)
    (kept,) = polls.town.rows(t.audit_event, t.audit_event.c.kind == "decision.made")
    assert "The tank leaks." in json.dumps(kept.payload)


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ({"fr": {"reason": "x"}}, "El laboratorio no lleva textos en fr."),
        ({"en": {"reason": "x" * 141}}, "El texto en en es muy largo. Caben 140 letras."),
        ({"en": {"next_step": "x" * 61}}, "El texto en en es muy largo. Caben 60 letras."),
    ],
)
def test_what_can_not_be_said_is_refused(polls: Polls, texts: Texts, why: str) -> None:
    with pytest.raises(Refused) as refused:
        water(polls, texts=texts)
    assert str(refused.value).startswith(why)
    facts = polls.store.read(lambda unit: contests.facts(unit, "sm"))
    assert not any(option.outcome for option in facts.options)


def test_why_an_option_was_taken_off_is_told_in_each_language(store: Store, clock: Any) -> None:
    clock.set(NOON)
    polls = Polls.opened(Town.build(store))
    people = polls.crowd(*([(3,)] * 4))
    english: Texts = {"en": {"reason": "The ministry builds it."}}

    def work(unit: Unit) -> int:
        unit.db.execute(update(t.lab).values(langs=["es", "en"]))
        unit.db.execute(update(t.person).where(t.person.c.id.in_(people[:2])).values(lang="en"))
        because = "lo construye el ministerio"
        return withdraw.withdraw(unit, WORDS, "sm", "3", because, english, by="x", expect=4).broadcast_id

    sent = store.do(work)
    rows = polls.town.rows(t.broadcast_text, t.broadcast_text.c.broadcast_id == sent)
    said = {row.variant.split("/")[1]: row.body["text"] for row in rows}
    assert "Reason: The ministry builds it." in said["en"]
    assert "Razón: lo construye el ministerio." in said["es"].replace("Razon", "Razón")
