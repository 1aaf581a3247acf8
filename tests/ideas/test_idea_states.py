"""The way of an idea in the database: joined, alone, answered, appealed; one link and one outcome count."""

from __future__ import annotations

import random
from functools import partial

import pytest
from sqlalchemy.exc import IntegrityError

from storage import idea_changes, idea_states, ideas
from storage import tables as t
from storage.store import Unit
from tests.ideas.pile import BRIDGE, Pile


def test_joining_keeps_the_words_and_who_said_them(pile: Pile) -> None:
    number = pile.idea()
    before = pile.of_number(number).idea
    pile.store.do(lambda unit: idea_changes.join(unit, before.id, pile.problem("camino"), "ana"))
    after = pile.of_number(number)
    assert (after.idea.text, after.idea.person_id) == (BRIDGE, before.person_id)
    assert after.link
    assert (after.link.slug, after.link.relation) == ("camino", "merged")
    assert after.outcome
    assert (after.outcome.outcome, after.outcome.reason) == ("merged_into", "Camino a la escuela")
    assert not after.waits


def test_a_join_is_undone_and_stays_as_a_record(pile: Pile) -> None:
    number = pile.idea()
    about = pile.of_number(number).idea.id
    pile.store.do(lambda unit: idea_changes.join(unit, about, pile.problem("camino"), "ana"))
    undone = pile.store.do(lambda unit: idea_changes.undo(unit, about))
    after = pile.of_number(number)
    assert undone
    assert undone.slug == "camino"
    assert after.link is None
    assert after.outcome is None
    assert after.waits
    assert len(pile.town.rows(t.contribution_problem)) == 1
    assert pile.store.do(lambda unit: idea_changes.undo(unit, about)) is None


@pytest.mark.parametrize("seed", range(4))
def test_one_link_and_one_outcome_count_whatever_happens(pile: Pile, seed: int) -> None:
    rng = random.Random(seed)
    number = pile.idea()
    about = pile.of_number(number).idea.id
    agua, camino = pile.problem("agua"), pile.problem("camino")

    def own(unit: Unit) -> object:
        values = {"lab_id": pile.town.lab, "slug": f"p{rng.random()}", "title": "Puente", "short_title": "Puente"}
        return idea_changes.own(unit, about, values, "ana")

    acts = [
        lambda unit: idea_changes.join(unit, about, rng.choice((agua, camino)), "ana"),
        lambda unit: idea_changes.outcome(unit, about, "out_of_scope", "no es de aquí", "ana"),
        lambda unit: idea_changes.outcome(unit, about, "other_office", "obras", "ana", office="obras"),
        lambda unit: idea_changes.undo(unit, about),
        own,
    ]
    for act in rng.choices(acts, k=12):
        pile.store.do(act)
        links = [row for row in pile.town.rows(t.contribution_problem) if row.undone_at is None]
        outcomes = [row for row in pile.town.rows(t.contribution_outcome) if row.current]
        assert len(links) <= 1
        assert len(outcomes) <= 1
        after = pile.of_number(number)
        answered = after.outcome and after.outcome.outcome in ("out_of_scope", "other_office")
        assert not (after.link and answered), "what does not enter stands on no list"


def test_an_idea_of_its_own_is_the_next_option_of_the_draft(pile: Pile) -> None:
    number = pile.idea()
    values = {"lab_id": pile.town.lab, "slug": "puente", "title": "El puente", "short_title": "Puente"}
    about = pile.of_number(number).idea.id
    _link, option = pile.store.do(lambda unit: idea_changes.own(unit, about, values, "ana"))
    assert option == 6
    assert [row.title for row in pile.town.rows(t.option)][-1] == "El puente"


def test_an_open_list_takes_no_option_more(pile: Pile) -> None:
    pile.polls.set(state="open")
    number = pile.idea()
    values = {"lab_id": pile.town.lab, "slug": "puente", "title": "El puente", "short_title": "Puente"}
    about = pile.of_number(number).idea.id
    _link, option = pile.store.do(lambda unit: idea_changes.own(unit, about, values, "ana"))
    assert option is None
    assert len(pile.town.rows(t.option)) == 5


@pytest.mark.parametrize(("outcome", "reason", "office"), [("out_of_scope", " ", ""), ("other_office", "obras", "")])
def test_no_outcome_without_its_reason_or_its_office(pile: Pile, outcome: str, reason: str, office: str) -> None:
    about = pile.of_number(pile.idea()).idea.id
    with pytest.raises(IntegrityError):
        pile.store.do(lambda unit: idea_changes.outcome(unit, about, outcome, reason, "ana", office=office))


def test_who_decided_first_does_not_answer_the_appeal(pile: Pile) -> None:
    number = pile.idea()
    about = pile.of_number(number).idea.id
    pile.store.do(lambda unit: idea_changes.outcome(unit, about, "out_of_scope", "no", "ana"))
    appeal = pile.objects(number)
    with pytest.raises(IntegrityError):
        pile.store.do(lambda unit: idea_changes.answer_appeal(unit, appeal, "kept", "igual", "ana"))
    pile.store.do(lambda unit: idea_changes.answer_appeal(unit, appeal, "kept", "igual", "berta"))
    assert pile.of_number(number).appeal is None


def test_a_second_objection_is_added_to_the_first(pile: Pile) -> None:
    number = pile.idea()
    pile.store.do(lambda unit: idea_changes.join(unit, pile.of_number(number).idea.id, pile.problem("agua"), "ana"))
    first = pile.objects(number, "es el puente")
    assert pile.objects(number, "no el agua") == first
    appeal = pile.of_number(number).appeal
    assert appeal
    assert (appeal.about, appeal.text, appeal.first_by) == ("joined", "es el puente\nno el agua", "ana")


def test_what_waits_comes_oldest_first_and_is_late_on_its_day(pile: Pile) -> None:
    first = pile.idea()
    pile.later(hours=1)
    second, taken_back = pile.idea("no hay luz en la cancha"), pile.idea("nada de nada")
    gone = pile.of_number(taken_back).idea.id
    pile.store.do(lambda unit: ideas.withdraw(unit, gone))
    unread = pile.store.read(lambda unit: idea_states.unread(unit, [pile.town.lab]))
    assert [one.idea.number for one in unread] == [first, second]
    assert pile.store.read(lambda unit: idea_states.late(unit, unit.now)) == []
    pile.at("2026-11-17", 6)  # before the third working day: said on Thursday 12, read before Tuesday 17
    late = pile.store.read(lambda unit: idea_states.late(unit, unit.now))
    assert [(one.number, one.what) for one in late] == [(first, "unread"), (second, "unread")]
    pile.store.do(lambda unit: idea_changes.read(unit, pile.of_number(first).idea.id, "ana"))
    pile.at("2026-11-27")
    late = pile.store.read(lambda unit: idea_states.late(unit, unit.now))
    assert {(one.number, one.what) for one in late} == {
        (second, "unread"),
        (first, "no_outcome"),
        (second, "no_outcome"),
    }
    assert pile.store.read(lambda unit: idea_states.without_answer(unit, pile.town.lab)) == [first, second]


def test_an_option_counts_its_ideas_without_those_taken_back(pile: Pile) -> None:
    camino = pile.problem("camino")
    for n in range(3):
        number = pile.idea(f"el puente {n}")
        pile.store.do(partial(idea_changes.join, idea_id=pile.of_number(number).idea.id, problem_id=camino, by="ana"))
    gone = pile.of_number(pile.said[0]).idea.id
    pile.store.do(lambda unit: ideas.withdraw(unit, gone))
    assert pile.store.read(lambda unit: idea_states.counts(unit, pile.town.lab)) == {camino: 2}
    last = pile.of_number(pile.said[2]).idea.id
    assert pile.store.read(lambda unit: idea_states.others(unit, camino, last)) == 1
