"""Ideas as they are kept: numbers without a gap, whose they are, how they may be shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.exc import IntegrityError

from storage import ideas
from storage import tables as t
from storage.store import Unit
from tests.ideas.pile import BRIDGE, Pile

MANY = 50


def new(pile: Pile, unit: Unit, text: str = BRIDGE, person: int | None = None) -> ideas.New:
    """An idea that nobody has a number for yet."""
    due = unit.now + timedelta(days=5)
    named = {"person_id": person, "text": text, "lang": "es", "channel": "sms"}
    return ideas.New(lab_id=pile.town.lab, session_id=None, read_due_at=due, outcome_due_at=due, **named)  # type: ignore[arg-type]


def test_50_at_once_have_the_numbers_1_to_50(pile: Pile) -> None:
    def said(n: int) -> Callable[[Unit], int]:
        return lambda unit: ideas.add(unit, new(pile, unit, f"idea {n}")).number

    waiting = [pile.store.write(said(n), lane=f"{n}") for n in range(MANY)]
    given = sorted(one.result() for one in waiting)
    assert given == list(range(1, MANY + 1)) == sorted(row.number for row in pile.town.rows(t.contribution))


def test_the_number_of_a_turn_that_failed_is_given_again(pile: Pile) -> None:
    pile.idea()

    def broken(unit: Unit) -> None:
        assert ideas.add(unit, new(pile, unit)).number == 2
        raise ValueError("after it had a number")

    with pytest.raises(ValueError, match="after it had"):
        pile.store.do(broken)
    assert pile.idea() == 2


def test_the_newest_stands_first_and_what_was_taken_back_counts_for_the_day(pile: Pile) -> None:
    who = pile.town.neighbour()
    first, second = pile.idea("no hay luz", who), pile.idea("no hay agua", who)
    pile.idea("de otra persona")
    began = pile.store.read(lambda unit: unit.now) - timedelta(hours=1)
    found = pile.store.do(lambda unit: ideas.withdraw(unit, pile_id(unit, second)))
    assert found is True
    assert pile.store.do(lambda unit: ideas.withdraw(unit, pile_id(unit, second))) is False
    assert pile.store.read(lambda unit: [one.number for one in ideas.of_person(unit, who)]) == [second, first]
    assert pile.store.read(lambda unit: ideas.said_since(unit, who, began)) == 2
    assert pile.store.read(lambda unit: ideas.said_since(unit, who, began + timedelta(days=1))) == 0


def pile_id(unit: Unit, number: int) -> int:
    """The id behind a number."""
    found = ideas.by_number(unit, number)
    assert found
    return found.id


def more_words(number: int, unit: Unit) -> None:
    ideas.add_words(unit, pile_id(unit, number), "desde mayo")


def test_more_words_stand_below_the_first_and_a_voice_note_has_them_alone(pile: Pile) -> None:
    number, voice = pile.idea("el pozo está sucio"), pile.idea(None, media="voice")  # type: ignore[arg-type]
    for one in (number, voice):
        pile.store.do(partial(more_words, one))
    texts = pile.store.read(lambda unit: [ideas.by_number(unit, n) for n in (number, voice)])
    assert [one and one.text for one in texts] == ["el pozo está sucio\ndesde mayo", "desde mayo"]


def test_a_name_without_its_permission_is_refused_by_the_database(pile: Pile) -> None:
    number = pile.idea()
    with pytest.raises(IntegrityError, match="named"):
        pile.store.do(lambda unit: ideas.publish(unit, pile_id(unit, number), "named"))


def test_nothing_is_found_under_a_number_that_was_not_given(pile: Pile) -> None:
    assert pile.store.read(lambda unit: (ideas.by_number(unit, 9), ideas.by_id(unit, 9))) == (None, None)
