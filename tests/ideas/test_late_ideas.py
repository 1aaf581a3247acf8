"""Nobody read an idea in time: its author hears so once, and the team is told before it is said that it was."""

from __future__ import annotations

import json

from bot.actions import late_ideas
from bot.actions.staff import team
from bot.sms import sms_text
from storage import people, senders
from storage import tables as t
from storage.store import Unit
from tests.ideas.pile import Pile
from tests.kit import parts

NUMBER = "+50761111111"


def tick(pile: Pile) -> int:
    return pile.store.do(lambda unit: late_ideas.due(unit, parts()))


def facilitator(pile: Pile) -> int:
    """Somebody who reads ideas here, and has written to the bot; the address."""

    def work(unit: Unit) -> int:
        sender = senders.ensure(unit, "simulator:whatsapp", "whatsapp", "simulator", 30.0)
        at = people.lock_address(unit, "whatsapp", NUMBER)
        people.heard_from(unit, at, NUMBER, sender)
        team.add(unit, f"whatsapp:{NUMBER}", "facilitator", name="Yaneth", by="test")
        return at.id

    return pile.store.do(work)


def read(pile: Pile, address_id: int) -> list[str]:
    """What was sent there."""
    rows = [row for row in pile.town.rows(t.outbox) if row.address_id == address_id]
    return [json.loads(row.body)["text"] for row in rows]


def test_who_was_not_read_in_time_hears_so_once(pile: Pile) -> None:
    number = pile.idea()
    assert tick(pile) == 0
    pile.at("2026-11-17")
    assert (tick(pile), tick(pile)) == (1, 0)
    assert pile.told()[0].endswith(":late")
    assert f"no leimos tu idea {number}" in sms_text(pile.texts()[0])
    assert "Avis" not in pile.texts()[0]  # nobody of the team could be told
    pile.later(days=5)
    assert tick(pile) == 0


def test_the_team_is_told_once_of_all_of_them_and_the_author_that_it_was(pile: Pile) -> None:
    yaneth = facilitator(pile)
    numbers = [pile.idea(), pile.idea("no hay agua en la escuela desde marzo")]
    pile.at("2026-11-17")
    assert (tick(pile), tick(pile)) == (2, 0)
    assert all("Avise a la encargada" in sms_text(text) for text in pile.texts())
    (text,) = read(pile, yaneth)
    assert f"{numbers[0]}, {numbers[1]}" in text
    assert "IDEAS" in text


def test_at_night_both_wait_for_the_morning(pile: Pile) -> None:
    yaneth = facilitator(pile)
    pile.idea()
    pile.at("2026-11-17", hour=7)  # two at night in Panama
    assert tick(pile) == 0
    assert (pile.told(), read(pile, yaneth)) == ([], [])
    pile.at("2026-11-17", hour=13)
    assert tick(pile) == 1
    assert len(read(pile, yaneth)) == 1


def test_an_idea_of_nobody_is_late_without_a_message_to_its_author(pile: Pile) -> None:
    pile.idea(person=None)
    pile.at("2026-11-18")
    assert (tick(pile), tick(pile)) == (1, 0)
    assert pile.told() == []
