"""Choosing by buttons on Telegram is one message, which each tap changes (conversations.md 3)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import update

from bot.message import Reply, on_buttons
from bot.player import Phone, Said
from storage import tables as t
from tests.choose.polls import CLOSES, Neighbours, Polls, last
from tests.choose.test_vote import asked, close, current
from tests.convoke.town import Town

AGUA = (
    "Elegiste: 1 Agua. ¿Quieres agregar otro? 2 Camino 3 Salud 4 Señal 5 Basura 6 Terminar",
    ["Quitar 1 Agua", "2 Camino", "3 Salud", "4 Señal", "5 Basura", "6 Terminar"],
)


@pytest.fixture
def kevin(town: Town) -> Phone:
    """The ballot stands on his screen, and nothing below it."""
    people = Neighbours(town.store)
    polls = Polls.drafted(town)
    phone = people.signed_up("Kevin", "telegram")
    asked(polls, phone)
    return phone


def ballots_on(phone: Phone) -> list[tuple[str, list[str]]]:
    """Every message that asks for a choice, with its buttons, as it stands now."""
    return [(one.text, on_buttons(one.options)) for one in phone.screen if "Terminar" in str(one.options)]


def test_each_tap_changes_the_message_it_was_under(town: Town, kevin: Phone) -> None:
    before = len(kevin.screen)
    [shown] = kevin.tap("Agua")
    assert shown.edited
    assert ballots_on(kevin) == [AGUA]
    kevin.tap("Camino")
    assert [text for text, _ in ballots_on(kevin)] == [
        "Elegiste: 1 Agua y 2 Camino. ¿Quieres agregar otro? 3 Salud 4 Señal 5 Basura 6 Terminar"
    ]
    assert len(kevin.screen) == before
    assert current(town) == ["1,2"]


def test_the_echo_at_the_end_is_a_message_of_its_own(town: Town, kevin: Phone) -> None:
    kevin.tap("Agua")
    before = len(kevin.screen)
    [echo] = kevin.tap("Terminar")
    assert (echo.edited, len(kevin.screen)) == (False, before + 1)
    closes = Reply.from_json(json.loads(town.rows(t.outbox)[-1].body)).closes
    assert closes
    assert closes.text == f"{AGUA[0]}\n✓ Terminar"


def test_two_quick_taps_on_one_option_are_one_choice(town: Town, kevin: Phone) -> None:
    data = kevin.screen[-1].options[0].data
    kevin._send(Said(button=data))
    [again] = kevin._send(Said(button=data))
    assert again.edited
    assert ballots_on(kevin) == [AGUA]
    assert (current(town), len(town.rows(t.ballot))) == (["1"], 1)


def test_quick_taps_on_two_options_count_both(town: Town, kevin: Phone) -> None:
    """The second was pressed before the first had changed the message."""
    one, two = (o.data for o in kevin.screen[-1].options[:2])
    kevin._send(Said(button=one))
    [shown] = kevin._send(Said(button=two))
    assert shown.text.startswith("Elegiste: 1 Agua y 2 Camino.")
    assert current(town) == ["1,2"]


def test_an_old_button_that_takes_away_adds_nothing_and_takes_away_once(town: Town, kevin: Phone) -> None:
    kevin.tap("Agua")
    kevin.tap("Camino")
    away = next(o.data for o in kevin.screen[-1].options if o.label == "Quitar 1 Agua")
    for _ in range(2):
        kevin._send(Said(button=away))
    assert current(town) == ["2"]
    assert ballots_on(kevin)[0][0].startswith("Elegiste: 2 Camino.")


def test_a_choice_that_is_full_says_so_in_the_same_message(town: Town, kevin: Phone) -> None:
    for label in ("Agua", "Camino", "Salud"):
        kevin.tap(label)
    [shown] = kevin.tap("Señal")
    assert shown.edited
    assert shown.text.startswith("Ya elegiste 3. Para poner Señal, quita una primero.")
    assert current(town) == ["1,2,3"]


def test_a_number_typed_in_between_is_answered_below(town: Town, kevin: Phone) -> None:
    """Her own words stand below the message: a change above them would not be seen."""
    kevin.tap("Agua")
    before = len(kevin.screen)
    [shown] = kevin.say("5")
    assert (shown.edited, len(kevin.screen)) == (False, before + 1)
    [shown] = kevin.tap("Camino")
    assert shown.edited
    assert kevin.screen[-1].text.startswith("Elegiste: 1 Agua, 5 Basura y 2 Camino.")


def test_what_was_said_beside_the_question_stays(kevin: Phone) -> None:
    kevin.tap("Agua")
    receipt = kevin.say("RECIBO")[-1].text
    [shown] = kevin.tap("Camino")
    assert not shown.edited
    assert receipt in [one.text for one in kevin.screen]


def test_a_tap_after_the_close_is_late_and_says_so_below(town: Town, kevin: Phone, clock: Any) -> None:
    kevin.tap("Agua")
    clock.set(CLOSES)
    [shown] = kevin.tap("Camino")
    assert not shown.edited
    assert "La elección terminó" in shown.text
    close(town.store)
    kevin.tap("Salud")
    assert current(town) == ["1"]


def test_a_ballot_that_has_not_left_is_not_changed(town: Town, kevin: Phone) -> None:
    """The provider has told no id yet: it can only be answered below."""
    town.store.do(lambda unit: unit.db.execute(update(t.outbox).values(provider_id=None)))
    [shown] = kevin.tap("Agua")
    assert not shown.edited
    assert current(town) == ["1"]


# --- taking away, and a number said again ---------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["1", "1 1 1", "1-1", "el 1", "uno"])
def test_a_number_typed_again_counts_once_and_takes_nothing_away(town: Town, kevin: Phone, typed: str) -> None:
    kevin.tap("Agua")
    assert last(kevin.say(typed)) == f"El 1 cuenta una vez. {AGUA[0]}"
    assert current(town) == ["1"]


def test_the_same_number_three_times_adds_it_once(town: Town, kevin: Phone) -> None:
    assert last(kevin.say("3 3 3")).startswith("El 3 cuenta una vez. Elegiste: 3 Salud. ¿Quieres agregar otro?")
    assert current(town) == ["3"]


@pytest.mark.parametrize("typed", ["Quitar 1 Agua", "quitar 1", "quita agua", "quitar el 1"])
def test_an_option_is_taken_away_in_words_too(town: Town, kevin: Phone, typed: str) -> None:
    kevin.say("1")
    kevin.say("2")
    assert last(kevin.say(typed)).startswith("Elegiste: 2 Camino.")
    assert current(town) == ["2"]


@pytest.mark.parametrize("typed", ["quitar 2", "quitar todo", "quitar 1"])
def test_one_has_to_stay(town: Town, kevin: Phone, typed: str) -> None:
    kevin.say("1")
    said = last(kevin.say(typed))
    assert ("Tiene que quedar una" in said) == (typed != "quitar 2")
    assert current(town) == ["1"]


def test_a_word_of_what_is_chosen_asks_for_the_option_itself(kevin: Phone) -> None:
    kevin.tap("Agua")
    assert last(kevin.say("agua")).startswith("¿Elegiste 1 Agua?")
