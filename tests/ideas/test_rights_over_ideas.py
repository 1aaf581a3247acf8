"""What is held of who proposed: in her copy, nowhere after BORRAR, gone in time; of a stranger nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.clock import OWN
from bot.player import Phone
from storage import idea_changes, idea_states, own_copy, own_ideas
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import BEGINS, Town
from tests.people.places import traces

NUMBER, NAME = "+50769241573", "Yolotzin"
BRIDGE, TRASH = "el puente de Xochipilli se inunda", "queman basura junto a Tlahuicole"
JOINED = ("SANMARTIN", "1", NAME, "1", "1")


@pytest.fixture
def village(store: Store) -> Town:
    """San Martín of the transcripts."""
    return Town.on(store)


def told(village: Town, *replies: str) -> Phone:
    phone = Phone(village.app, "sms", NUMBER)
    for reply in replies:
        phone.say(reply)
    return phone


def ticked(village: Town) -> None:
    for tick in OWN:
        village.store.do(tick.work)


def later(village: Town, **time: float) -> None:
    """So long after the beginning, and the clock has looked at everything."""
    village.at(BEGINS + timedelta(**time))
    ticked(village)


def one(village: Town, number: int) -> Any:
    """The row of an idea."""
    rows = village.rows(t.contribution, *(c.name for c in t.contribution.columns))
    return next(row for row in rows if row.number == number)


def two_ideas(village: Town, published: str = "2") -> Phone:
    """The first may be shown, with her name; the second not."""
    return told(village, *JOINED, f"IDEA {BRIDGE}", published, f"IDEA {TRASH}", "3")


def test_a_stranger_without_her_number_leaves_the_words_and_nothing_else(village: Town) -> None:
    told(village, f"IDEA {BRIDGE}", "BOCAS", "2")
    ticked(village)
    idea = one(village, 1)
    assert (idea.text, idea.person_id, idea.inbound_id, idea.consent_id) == (BRIDGE, None, None, None)
    assert idea.publish == "no"
    assert idea.at not in [row.received_at for row in village.rows(t.inbound, "received_at")]
    assert idea.at.astimezone(BEGINS.tzinfo) == BEGINS.replace(hour=0)  # no hour that a message has, too
    assert village.count(t.person) == village.count(t.talk) == village.count(t.consent) == 0
    assert [row.value for row in village.rows(t.address, "value")] == [None]


@pytest.mark.parametrize("began", [(f"IDEA {BRIDGE}", "2", "2"), ("IDEA", "2", "2", BRIDGE)])
def test_on_a_phone_that_others_use_no_message_leads_to_the_idea(village: Town, began: tuple[str, ...]) -> None:
    told(village, *JOINED, "mi esposo tambien", "1", "Luis", "1", "1", *began)
    idea = one(village, 1)
    assert (idea.text, idea.person_id) == (BRIDGE, None)
    held = [row.payload for row in village.rows(t.inbound, "payload") if row.payload]
    assert held
    assert not [payload for payload in held if BRIDGE in payload]
    assert not [row.body for row in village.rows(t.outbox, "body") if row.body and BRIDGE in row.body]
    assert [row.value for row in village.rows(t.address, "value")] == [NUMBER]


def test_the_words_of_a_stranger_wait_seven_days_and_no_longer(village: Town) -> None:
    told(village, f"IDEA {BRIDGE}", "BOCAS")
    assert village.count(t.talk) == 1
    later(village, days=6)
    assert village.count(t.talk) == 1
    later(village, days=7, minutes=1)
    assert village.count(t.talk) == village.count(t.contribution) == 0
    assert {row.payload for row in village.rows(t.inbound, "payload")} == {None}
    assert {row.body for row in village.rows(t.outbox, "body")} == {None}


def test_after_borrar_what_was_shown_stays_without_her_and_the_rest_is_gone(village: Town, store: Store) -> None:
    phone = two_ideas(village)
    assert one(village, 1).publish == "named"
    assert [row.purpose for row in village.rows(t.consent, "purpose")] == ["lab", "publish"]
    assert BRIDGE not in village.rows(t.consent, "text")[1].text
    for reply in ("BORRAR", "1", "BORRAR"):
        phone.say(reply)
    ticked(village)
    shown, silent = one(village, 1), one(village, 2)
    assert (shown.publish, shown.text, silent.publish, silent.text) == ("unnamed", BRIDGE, "no", None)
    for idea in (shown, silent):
        assert (idea.person_id, idea.consent_id, idea.inbound_id) == (None, None, None)
        assert idea.at.astimezone(BEGINS.tzinfo) == BEGINS.replace(hour=0)
    assert traces(store, NAME, BRIDGE, TRASH, NUMBER[1:]) == []


def test_borrar_takes_the_published_ones_too_if_she_wants(village: Town) -> None:
    phone = two_ideas(village, "1")
    for reply in ("BORRAR", "2", "BORRAR"):
        phone.say(reply)
    assert [(row.publish, row.text) for row in village.rows(t.contribution, "publish", "text")] == [("no", None)] * 2


def test_her_permission_for_the_name_can_be_forgotten_after_three_years(village: Town) -> None:
    phone = two_ideas(village)
    for reply in ("BORRAR", "1", "BORRAR"):
        phone.say(reply)
    later(village, days=3 * 365 + 1)
    assert village.count(t.consent) == 0
    assert village.count(t.contribution) == 2


def appealed(village: Town, number: int) -> int:
    """Left out, and she does not agree; the appeal."""

    def work(unit: Unit) -> int:
        held = idea_states.hold(unit, number)
        assert held
        idea_changes.outcome(unit, held.idea.id, "out_of_scope", "nombra a una persona", "staff:F-1")
        now = idea_states.of(unit, number)
        assert now
        return idea_changes.object_to(unit, now, "no nombra a nadie", unit.now + timedelta(days=5))

    return village.store.do(work)


def test_the_copy_holds_her_ideas_with_outcome_and_appeals(village: Town) -> None:
    two_ideas(village)
    appealed(village, 1)
    person = village.rows(t.person, "id")[0].id
    held = village.store.read(lambda unit: own_copy.everything(unit, person))["ideas"]
    assert [(row["number"], row["text"], row["publish"]) for row in held] == [(1, BRIDGE, "named"), (2, TRASH, "no")]
    assert (held[0]["fate"], held[0]["reason"]) == ("out_of_scope", "nombra a una persona")
    assert [(row["about"], row["text"], row["answer"]) for row in held[0]["appeals"]] == [
        ("outcome", "no nombra a nadie", None)
    ]
    assert "by" not in held[0]
    assert village.store.read(lambda unit: own_ideas.count(unit, person)) == 2


def test_an_appeal_that_waits_goes_with_her_and_of_an_answered_one_the_answer_stays(village: Town) -> None:
    phone = two_ideas(village)
    answered = appealed(village, 1)
    village.store.do(lambda unit: idea_changes.answer_appeal(unit, answered, "kept", "nombra a Ana", "staff:F-2"))
    appealed(village, 2)
    for reply in ("BORRAR", "1", "BORRAR"):
        phone.say(reply)
    assert [(row.id, row.text, row.answer) for row in village.rows(t.appeal, "id", "text", "answer")] == [
        (answered, None, "kept")
    ]


def test_words_that_may_not_be_shown_go_a_month_after_they_were_taken_back(village: Town) -> None:
    told(village, *JOINED, f"IDEA {BRIDGE}", "1", f"IDEA {TRASH}", "1", "QUITAR IDEA 2")
    later(village, days=29)
    assert one(village, 2).text == TRASH
    later(village, days=31)
    assert (one(village, 1).text, one(village, 2).text) == (BRIDGE, None)


def test_words_of_a_lab_that_is_over_go_unless_they_may_be_shown(village: Town) -> None:
    told(village, f"IDEA {TRASH}", "SANMARTIN", "2")
    two_ideas(village, "1")
    later(village, days=365)  # the meeting of December is not a year ago
    assert one(village, 1).text == TRASH
    later(village, days=365 + 31)
    assert [row.text for row in village.rows(t.contribution, "text")] == [None, BRIDGE, None]


def test_an_idea_taken_back_meanwhile_is_not_published_by_a_late_answer(village: Town) -> None:
    phone = told(village, *JOINED, f"IDEA {BRIDGE}", "QUITAR IDEA 1")
    phone.say("1")
    assert one(village, 1).publish == "no"
