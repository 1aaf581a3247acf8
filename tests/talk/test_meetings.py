"""LABS: who has a place reads when and where; on a shared phone not the whole code; who waits, where she stands."""

from __future__ import annotations

import pytest

from bot.player import Phone
from storage.store import Store
from tests.kit import Town

WORDS = ("SANMARTIN", "1", "Maria", "1", "1")


def signed_up(town: Town, channel: str = "sms") -> Phone:
    phone = town.phone(channel)
    for words in WORDS:
        phone.say(words)
    return phone


@pytest.mark.parametrize("asked", [("LABS",), ("MENU", "1"), ("VOY",)])
def test_who_has_a_place_reads_when_and_where(store: Store, asked: tuple[str, ...]) -> None:
    phone = signed_up(Town.on(store))
    told = [phone.say(words)[-1].text for words in asked][-1]
    code = told.rpartition(" ")[2]
    assert told == f"Ya estas en la lista, Maria: sab 21 nov, 3:30 pm, Casa Comunal. Tu codigo es {code}"
    assert len(code) == len("7KTQ.")


def test_a_chat_says_it_in_whole_words(store: Store) -> None:
    phone = signed_up(Town.on(store), "whatsapp")
    assert "lista, Maria: sábado 21 nov, 3:30 pm, Casa Comunal. Tu código es " in phone.say("LABS")[-1].text


def test_on_a_shared_phone_a_code_is_only_hinted_at(store: Store) -> None:
    phone = signed_up(Town.on(store))
    for words in ("OTRA", "1", "Luis", "1", "1", "SOY MARIA"):
        phone.say(words)
    told = phone.say("LABS")[-1].text
    assert told.startswith("Ya estas en la lista, Maria: sab 21 nov, 3:30 pm, Casa Comunal. Tu codigo empieza con ")


def test_who_waits_reads_where_she_stands(store: Store) -> None:
    town = Town.on(store)
    town.capacity("sm1", 2)
    town.fill("sm1", 2)
    told = signed_up(town).say("LABS")[-1].text
    assert told == "Ya estas en espera, Maria, en el lugar 1: sab 21 nov, 3:30 pm, Casa Comunal."


def test_the_word_of_the_lab_says_it_as_before(store: Store) -> None:
    phone = signed_up(Town.on(store))
    assert phone.say("SANMARTIN")[-1].text.endswith("No hace falta escribir otra vez.")
    phone.say("LABS")
    assert phone.say("SANMARTIN")[-1].text.endswith("No hace falta escribir otra vez.")
