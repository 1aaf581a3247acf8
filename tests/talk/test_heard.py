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


# --- several people, one phone ------------------------------------------------------------------------------------


def two(store: Store) -> tuple[Town, Phone]:
    """Elena and Luis have one phone."""
    town = Town.on(store)
    phone = town.phone("whatsapp", "C")
    for words in ("SANMARTIN", "1", "Elena", "1", "1", "OTRA", "1", "Luis", "1", "1"):
        phone.say(words)
    return town, phone


def waiting(town: Town) -> list[tuple[int, int | None]]:
    """(entry, person) of the voice notes that nobody has heard."""
    rows = town.rows(t.handover, "id", "person_id", "reason", "done_at")
    return [(row.id, row.person_id) for row in rows if row.reason == "voice" and row.done_at is None]


def heard_as(store: Store, number: int, words: str) -> str:
    return store.do(lambda unit: heard.tell(unit, WORDS, number, words, by="t"))


def test_each_person_of_a_phone_is_heard_as_herself(store: Store) -> None:
    town, phone = two(store)
    for name in ("Elena", "Luis"):
        for words in (f"SOY {name}", "IDEA"):
            phone.say(words)
        phone.say(media=Media(kind="voice"))
    first, second = waiting(town)
    assert (first[1], second[1]) == (1, 2)
    heard_as(store, first[0], "la quebrada se lleva el puente")
    phone.read()
    for words in ("SOY ELENA", "1", "1", "1"):
        phone.say(words)
    ideas = town.rows(t.contribution, "person_id", "text", "publish")
    assert [tuple(row) for row in ideas] == [(1, "la quebrada se lleva el puente", "unnamed"), (2, None, "no")]
    heard_as(store, second[0], "no hay luz en la cancha")
    phone.read()
    for words in ("SOY LUIS", "1", "1", "3"):
        phone.say(words)
    ideas = town.rows(t.contribution, "person_id", "text", "publish")
    assert tuple(ideas[1]) == (2, "no hay luz en la cancha", "no")


def test_words_do_not_answer_what_another_person_is_asked_meanwhile(store: Store) -> None:
    town, phone, number = spoken(store, "whatsapp", "IDEA")
    for words in ("OTRA", "1"):
        phone.say(words)
    assert phone.screen[-1].text.endswith("¿Cómo te llamas?")
    heard_as(store, number, "la quebrada se lleva el puente")
    phone.read()
    for words in ("1", "1"):
        phone.say(words)
    assert phone.screen[-1].text.endswith("¿Cómo te llamas?")
    for words in ("Luis", "1", "1"):
        phone.say(words)
    assert [row.name for row in town.rows(t.person, "name")] == ["Elena", "Luis"]
    assert [tuple(row) for row in town.rows(t.contribution, "person_id", "text")] == [
        (1, "la quebrada se lleva el puente")
    ]


def test_who_is_being_registered_is_not_heard_as_who_brought_her(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone("whatsapp", "C")
    for words in ("SANMARTIN", "1", "Elena", "1", "1", "OTRA", "1"):
        phone.say(words)
    phone.say(media=Media(kind="voice"))
    [(number, person)] = waiting(town)
    assert person is None
    heard_as(store, number, "Luis")
    phone.read()
    assert "Hola, Luis" in phone.say("1")[-1].text


def test_nobodys_words_are_not_taken_for_those_of_who_wrote_last(store: Store) -> None:
    town, phone = two(store)
    phone.say(media=Media(kind="voice"))
    [(number, person)] = waiting(town)
    assert person is None
    phone.say("SOY LUIS")
    heard_as(store, number, "la quebrada se lleva el puente")
    phone.read()
    for words in ("1", "1"):
        phone.say(words)
    assert phone.screen[-1].text.startswith("¿Quién la propone?")
    assert town.count(t.contribution) == 0


def test_a_reply_without_a_name_never_answers_an_older_question_of_another_person(store: Store) -> None:
    town, phone = two(store)
    for words in ("SOY ELENA", "IDEA no hay luz en la cancha", "1", "MI IDEA", "LUIS IDEA el camino viejo se cae"):
        phone.say(words)
    told = phone.say("1")[-1].text  # "yes, without my name", and Elena's open question is whether to take hers back
    assert told.startswith("Hay una pregunta para otra persona de este teléfono.")
    assert "Sale sin tu nombre" in phone.say("LUIS 1")[-1].text
    assert [tuple(row) for row in town.rows(t.contribution, "publish", "withdrawn_at")] == [("unnamed", None)] * 2
    assert phone.say("1")[-1].text.startswith("Quitada.")
