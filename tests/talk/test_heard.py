"""A voice note that a human heard: asked back once, and nothing counts before the neighbour's yes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.actions import contest, heard
from bot.errors import Refused
from bot.message import Media
from bot.player import Phone
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import Town, parts

WORDS = parts().catalogues


def spoken(store: Store, channel: str = "whatsapp", *said: str) -> tuple[Town, Phone, int]:
    """Elena, registered, sent a voice note after these words; the number of her entry."""
    town = Town.on(store)
    phone = town.phone(channel, "C")
    for words in ("SANMARTIN", "1", "Elena", "1", "1", *said):
        phone.say(words)
    phone.say(media=Media(kind="voice", seconds=9))
    return town, phone, town.rows(t.handover, "id")[-1].id


def opened(town: Town) -> None:
    """The choice is open."""

    def work(unit: Unit) -> None:
        seen = contest.preview(unit, WORDS, "sm")
        contest.open_(unit, WORDS, "sm", "test", seen.people)

    town.store.do(work)
    town.tick()


def test_two_of_the_team_at_once_ask_once(store: Store) -> None:
    town, phone, number = spoken(store)

    def tell(words: str) -> bool:
        try:
            return bool(store.do(lambda unit: heard.tell(unit, WORDS, number, words, by="t")))
        except Refused:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(tell, ("primero el agua", "el agua"))) == [False, True]
    assert [one.text[:8] for one in phone.read()] == ["Entendí:"]
    assert town.count(t.talk, conversation="heard") == 1


def test_words_choose_only_after_her_yes_and_a_closed_choice_takes_none(store: Store) -> None:
    town, phone, _number = spoken(store)
    opened(town)
    phone.read()
    phone.say(media=Media(kind="voice"))
    number = town.rows(t.handover, "id")[-1].id
    asked = store.do(lambda unit: heard.tell(unit, WORDS, number, "el agua y el camino", by="t"))
    assert asked == "Entendí: «el agua y el camino». ¿Anoto 1 Agua potable y 2 Camino a la escuela?"
    phone.read()
    store.do(lambda unit: contest.close_(unit, WORDS, "sm", "test"))
    phone.say("1")
    assert town.count(t.ballot, status="current") == 0


def test_a_shared_phone_reads_no_words_before_somebody_asks_for_them(store: Store) -> None:
    _town, phone, number = spoken(store, "whatsapp", "OTRA", "1", "Luis", "1", "1")
    asked = store.do(lambda unit: heard.tell(unit, WORDS, number, "primero el agua", by="t"))
    assert asked == "Oímos un audio de este teléfono. ¿Quieres leer lo que entendí?"
    assert "agua" not in phone.read()[-1].text
    assert phone.say("1")[-1].text.startswith("Entendí: «primero el agua». ¿Es así?")


def test_who_left_is_not_asked(store: Store) -> None:
    town, phone, number = spoken(store)
    phone.say("SALIR")
    with pytest.raises(Refused, match="ya no se le puede escribir"):
        store.do(lambda unit: heard.tell(unit, WORDS, number, "primero el agua", by="t"))
    assert town.rows(t.handover, "done_at")[0].done_at is None


@pytest.mark.parametrize("words", ["", "  ", "«»"])
def test_nothing_is_not_asked(store: Store, words: str) -> None:
    _town, phone, number = spoken(store)
    with pytest.raises(Refused):
        store.do(lambda unit: heard.tell(unit, WORDS, number, words, by="t"))
    assert not phone.read()


def test_a_no_leaves_the_open_question_open(store: Store) -> None:
    town, phone, number = spoken(store, "whatsapp", "NO VOY")
    store.do(lambda unit: heard.tell(unit, WORDS, number, "elijo desde casa", by="t"))
    phone.read()
    told = phone.say("2")[-1].text
    assert told.startswith("Perdón. Escríbelo con tus palabras o manda otro audio.")
    assert "¿Quieres elegir desde tu casa?" in told
    assert town.count(t.talk, conversation="heard") == 0
