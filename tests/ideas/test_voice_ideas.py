"""An idea that was spoken: whatever happens on its way, nothing that she sent is lost (conversations.md 7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.actions import heard
from bot.message import Media
from bot.player import Phone
from storage import tables as t
from storage.store import Store
from tests.kit import BEGINS, Town, parts

WORDS = parts().catalogues
BRIDGE = "la quebrada se lleva el puente"


@pytest.fixture
def village(store: Store) -> Town:
    """San Martín of the transcripts."""
    return Town.on(store)


def spoken(village: Town, channel: str = "whatsapp") -> Phone:
    """Elena has sent her idea as a voice note."""
    phone = village.phone(channel)
    for words in ("SANMARTIN", "1", "Elena", "1", "1", "IDEA"):
        phone.say(words)
    phone.say(media=Media(kind="voice"))
    return phone


def waits(village: Town) -> list[int]:
    """Entries of the team's list that nobody has answered."""
    return [row.id for row in village.rows(t.handover, "id", "done_at") if row.done_at is None]


def hears(village: Town, phone: Phone, words: str) -> str:
    """The team writes what it understood; what she reads."""
    (number,) = waits(village)
    village.store.do(lambda unit: heard.tell(unit, WORDS, number, words, by="t"))
    return phone.read()[-1].text


def ideas(village: Town) -> list[str | None]:
    return [row.text for row in village.rows(t.contribution, "text")]


def test_every_voice_note_has_somebody_who_hears_it(village: Town) -> None:
    phone = spoken(village)
    for _again in range(5):
        assert hears(village, phone, "otra cosa").startswith("Entendí:")
        assert "manda otro audio" in phone.say("2")[-1].text
        assert " oye hoy o mañana" in phone.say(media=Media(kind="voice"))[-1].text
        assert len(waits(village)) == 1
    hears(village, phone, BRIDGE)
    assert "¿La ponemos en la lista pública?" in phone.say("1")[-1].text
    assert ideas(village) == [BRIDGE]


def test_after_many_voice_notes_in_a_row_she_may_still_write_it(village: Town) -> None:
    phone = spoken(village)
    for _again in range(5):
        told = phone.say(media=Media(kind="voice"))[-1].text
    assert "escribirlo" in told
    assert len(waits(village)) == 1
    assert "¿La ponemos" in phone.say(BRIDGE)[-1].text
    assert ideas(village) == [BRIDGE]


@pytest.mark.parametrize(
    "words",
    ["soy maestra y no hay agua", "mi idea es un parque", "se cumplió lo del agua, gracias", "quitar idea", "5"],
)
def test_words_that_the_team_understood_are_taken_as_they_are(village: Town, words: str) -> None:
    phone = spoken(village)
    hears(village, phone, words)
    assert "¿La ponemos en la lista pública?" in phone.say("1")[-1].text
    assert ideas(village) == [words]


def test_who_is_heard_late_has_one_idea_and_not_two(village: Town) -> None:
    phone = spoken(village)
    village.at(BEGINS + timedelta(days=8))
    phone.read()
    assert village.count(t.talk) == 0
    hears(village, phone, "soy maestra y no hay agua")
    assert "Es la idea 1" in phone.say("1")[-1].text
    assert ideas(village) == ["soy maestra y no hay agua"]
    phone.say("3")
    assert village.count(t.contribution, publish="no") == 1


def test_a_spoken_idea_that_was_taken_back_stays_taken_back(village: Town) -> None:
    phone = spoken(village)
    phone.say("QUITAR IDEA 1")
    hears(village, phone, BRIDGE)
    told = phone.say("1")[-1].text
    assert ideas(village) in ([None, BRIDGE], [None])
    assert told
