"""What comes after the close: an old button, a late number, and where the result is (conversations.md 3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from bot import buttons
from bot.actions import contest, decide
from bot.i18n import Catalogues
from bot.player import Phone, Said
from storage import site
from storage import tables as t
from storage.store import Unit
from tests.choose.polls import PROBLEMS, Neighbours, Polls, last
from tests.convoke.town import Town

WORDS = Catalogues.load()
TO_THE_PAGE = "Esta pregunta ya cerró. El resultado está aquí: https://convoca.example.org/l/san-martin"
STILL_TO_COME = "Te cuento cuando haya resultado."


@pytest.fixture
def kevin(town: Town) -> Phone:
    """He chose by buttons; others chose too, and it closed."""
    phone = Neighbours(town.store).signed_up("Kevin", "telegram")
    polls = Polls.drafted(town)
    seen = town.store.read(lambda unit: contest.preview(unit, WORDS, "sm")).people
    town.store.do(lambda unit: contest.open_(unit, WORDS, "sm", "yaneth", seen))
    phone.read()
    polls.crowd((1,), (1, 2), (1,), (2, 1), (3,))
    phone.tap("Agua")
    town.store.do(lambda unit: contest.close_(unit, WORDS, "sm", "yaneth"))
    return phone


def published(town: Town, *, at: str = "https://convoca.example.org") -> None:
    def work(unit: Unit) -> None:
        for slug, _title, _short in PROBLEMS:
            decide.decide(unit, WORDS, slug, "Así se acordó.", by="yaneth")
        site.remember(unit, at)

    town.store.do(work)


def tap_an_old_one(phone: Phone) -> str:
    phone.tap("Terminar")  # what waited is over now
    return last(phone.tap("Salud"))


def tap_the_ballot(town: Town, phone: Phone, value: str) -> str:
    """A button of the message as it came: on a screen that no tap has changed yet."""
    [opened] = town.rows(t.broadcast, t.broadcast.c.kind == "ballot")
    return last(phone._send(Said(button=buttons.for_broadcast(opened.id, "pick.1", value))))


@pytest.mark.parametrize("say", [tap_an_old_one, lambda phone: last(phone.say("ELEGIR 2"))])
def test_after_the_result_an_old_button_and_a_late_number_lead_to_its_page(
    town: Town, kevin: Phone, say: Callable[[Phone], str]
) -> None:
    published(town)
    kevin.read()
    assert say(kevin) == TO_THE_PAGE
    assert [row.payload for row in town.rows(t.ballot, t.ballot.c.status == "current")].count("2") == 0


def test_a_button_of_the_ballot_itself_does_too(town: Town, kevin: Phone) -> None:
    published(town)
    kevin.read()
    assert tap_the_ballot(town, kevin, "5") == TO_THE_PAGE


def late(town: Town) -> list[str]:
    return [row.payload for row in town.rows(t.ballot, t.ballot.c.status == "late")]


def test_an_option_tapped_after_the_close_is_kept_as_late_and_told_so(town: Town, kevin: Phone) -> None:
    assert "esta no se cuenta" in tap_an_old_one(kevin)
    assert late(town) == ["3"]
    assert town.rows(t.ballot, t.ballot.c.status == "current")


def test_what_is_no_option_is_no_late_choice(town: Town, kevin: Phone) -> None:
    kevin.tap("Terminar")
    for value in ("-1", "end", "7"):
        told = tap_the_ballot(town, kevin, value)
    assert STILL_TO_COME in told
    assert late(town) == []


@pytest.mark.parametrize("at", ["https://convoca.example.org", ""])
def test_after_the_result_it_is_kept_as_late_too(town: Town, kevin: Phone, at: str) -> None:
    published(town, at=at)
    kevin.read()
    tap_an_old_one(kevin)
    assert late(town) == ["3"]


def test_without_a_site_the_result_itself_is_told(town: Town, kevin: Phone) -> None:
    published(town, at="")
    kevin.read()
    assert "Ganó Agua potable" in tap_an_old_one(kevin)


def test_a_comarca_that_does_not_publish_is_not_led_to_a_page(town: Town, kevin: Phone) -> None:
    published(town)
    town.store.do(lambda unit: unit.db.execute(update(t.lab).values(setting="comarca")).rowcount)
    town.authorise()
    kevin.read()
    assert "https://" not in tap_an_old_one(kevin)


def test_while_one_can_choose_an_old_button_only_says_that_it_is_old(town: Town) -> None:
    phone = Neighbours(town.store).signed_up("Ana", "telegram")
    Polls.opened(town)
    phone.say("ELEGIR")
    for label in ("Agua", "Terminar"):
        phone.tap(label)
    old = [shown for shown in phone.screen if shown.options][-3:]
    said = [last(phone._send(Said(button=shown.options[3].data))) for shown in old if len(shown.options) > 3]
    assert not [text for text in said if "http" in text]
