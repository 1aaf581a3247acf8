"""What is held of who proposed: in her copy, nowhere after BORRAR, gone in time; of a stranger nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.actions import heard
from bot.clock import OWN
from bot.player import Phone
from storage import idea_changes, idea_states, own_copy, own_ideas, people
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import BEGINS, Town
from tests.people.places import traces, words_kept

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


ANOTHER = ("mi esposo tambien", "1", "Luis", "1", "1")


@pytest.mark.parametrize(
    ("before", "began"),
    [
        ((*JOINED, *ANOTHER), (f"IDEA {BRIDGE}", "2", "2")),
        ((*JOINED, *ANOTHER), (f"IDEA {BRIDGE}", "2", BRIDGE, BRIDGE, "2")),
        ((*JOINED, *ANOTHER), ("IDEA", "2", "2", BRIDGE)),
        ((*JOINED, *ANOTHER), ("MENU", "3", "2", "2", "Xochipilli", BRIDGE)),
        ((*JOINED,), ("IDEA", "BOCAS", f"IDEA {BRIDGE}", "2")),
    ],
    ids=["at once", "not understood", "asked", "by the menu", "alone, in another community"],
)
def test_on_a_phone_of_somebody_we_know_no_word_of_it_leads_to_the_idea(
    village: Town, before: tuple[str, ...], began: tuple[str, ...]
) -> None:
    phone = told(village, *before)
    if len(before) == len(JOINED):  # she has given her leave in one community, and proposes in another
        village.store.do(lambda unit: unit.db.execute(t.consent.update().values(withdrawn_at=unit.now)))
        began = began[2:]
    for reply in began:
        phone.say(reply)
    assert "idea 1" in phone.screen[-1].text
    idea = one(village, 1)
    assert (BRIDGE in idea.text, idea.person_id) == (True, None)
    assert not [words for words in words_kept(village) if "Xochipilli" in words or "idea 1" in words.lower()]
    assert {f'{{"text": "{NAME}"}}', '{"text": "SANMARTIN"}'} <= set(words_kept(village))
    assert [row.value for row in village.rows(t.address, "value")] == [NUMBER]


def test_who_asks_for_an_idea_of_somebody_leaves_nothing_behind_by_asking(village: Town) -> None:
    other = Phone(village.app, "sms", "+50761180942")
    for reply in (f"IDEA {BRIDGE}", "BOCAS", "2"):
        other.say(reply)
    phone = told(village, *JOINED)
    assert "recibida" in phone.say("IDEA 1")[-1].text
    assert "No conozco" in phone.say("IDEA 7")[-1].text
    assert not [words for words in words_kept(village) if "IDEA" in words.upper()]


def test_on_a_phone_of_others_who_says_no_or_is_a_child_leaves_no_name(village: Town) -> None:
    told(village, *JOINED, "mi hija tambien", "1", "Xochitl", "3", "OTRA", "no se Xochitl", "2")
    assert not [words for words in words_kept(village) if "Xochitl" in words]
    assert [words for words in words_kept(village) if NAME in words]


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


def test_who_never_answered_on_a_phone_of_others_is_forgotten_after_seven_days(village: Town) -> None:
    told(village, *JOINED, "mi hija tambien", "1", "Xochitl")
    village.at(BEGINS + timedelta(days=6))
    assert [words for words in words_kept(village) if "Xochitl" in words]
    village.at(BEGINS + timedelta(days=7, minutes=1))
    assert not [words for words in words_kept(village) if "Xochitl" in words]
    assert village.count(t.talk) == 0
    assert [words for words in words_kept(village) if NAME in words]


def test_what_was_said_aloud_and_sent_without_a_number_is_nowhere_either(village: Town) -> None:
    phone = told(village, *JOINED, *ANOTHER)
    village.store.do(lambda unit: people.hand_over(unit, 1, None, "voice", talk_id=0))
    village.store.do(lambda unit: heard.tell(unit, village.app.catalogues, 1, BRIDGE, by="t"))
    for reply in ("1", "1", "2", "2"):
        phone.say(reply)
    assert (one(village, 1).text, one(village, 1).person_id) == (BRIDGE, None)
    assert not [words for words in words_kept(village) if BRIDGE in words]
