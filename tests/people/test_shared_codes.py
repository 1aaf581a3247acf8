"""On a phone of several people one code guards what is hers: it is told once, to nobody else (accountability.md 1)."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.player import Phone
from storage import own_codes
from storage import tables as t
from storage.store import Store
from tests.kit import PANAMA, Town
from tests.script import ACTS


@pytest.fixture
def village(store: Store) -> Town:
    """San Martín of the transcripts."""
    return Town.on(store)


def joined(village: Town, *people: str) -> Phone:
    """On one phone: 'Maria 1' comes to the meeting, 'Luis 2' does not."""
    phone = village.phone("sms")
    for n, person in enumerate(people):
        name, going = person.split()
        for words in ("OTRA" if n else "SANMARTIN", "1", name, "1", going, *(["2"] if going == "2" else [])):
            phone.say(words)
    return phone


def code_of(village: Town, person: int) -> str:
    (code,) = {row.code for row in village.rows(t.registration, "person_id", "code") if row.person_id == person}
    return str(code)


def heard(phone: Phone, *said: str) -> str:
    return " / ".join(shown.text for words in said for shown in phone.say(words))


def test_no_word_of_another_person_reads_her_code(village: Town) -> None:
    phone = joined(village, "Maria 1", "Luis 1")
    code = code_of(village, 1)
    told = heard(phone, "SOY MARIA", "DATOS", "ATRAS", "SANMARTIN", "1", "NO VOY", "1", "2", "SANMARTIN", "1", "CON 1")
    village.at(datetime(2026, 11, 20, 17, 0, tzinfo=PANAMA))
    told += " / ".join(shown.text for shown in phone.read())
    told += heard(phone, "MARIA 1", "SOY MARIA", "1")
    assert f"{code[0]}***" in told
    assert code not in told


def test_alone_on_her_phone_she_reads_it_again(village: Town) -> None:
    phone = joined(village, "Maria 1")
    assert code_of(village, 1) in heard(phone, "DATOS")


def test_who_has_no_place_gets_a_code_with_her_first_choice_and_no_other_changes_it(village: Town) -> None:
    phone = joined(village, "Maria 2", "Luis 1")
    ACTS["open"](village, "sm")
    phone.read()
    noted = heard(phone, "SOY MARIA", "ELEGIR 4")
    code = str(village.rows(t.person, "code")[0].code)
    assert code in noted
    assert "Anotado" in noted
    assert "escribe tu codigo" in heard(phone, "ELEGIR 1")
    assert "Ese codigo no es" in heard(phone, code_of(village, 2))
    assert [row.payload for row in village.rows(t.ballot, "payload")] == ["4"]
    assert "Cambiado: 1" in heard(phone, code)
    assert code not in heard(phone, "DATOS", "SOY LUIS", "DATOS", "SOY MARIA", "MI ELECCION")
    assert "Elegiste 1" in heard(phone, code)


def test_a_place_taken_in_her_name_opens_nothing(village: Town) -> None:
    phone = joined(village, "Maria 2")
    ACTS["open"](village, "sm")
    phone.read()
    heard(phone, "ELEGIR 4", "2", "OTRA", "2", "1", "Luis", "1", "1")
    assert "Vas el" in heard(phone, "SOY MARIA", "SANMARTIN", "1")
    told = code_of(village, 1)
    assert "no se muestra" in heard(phone, "MI ELECCION")
    assert "no tienes uno" in heard(phone, "ELEGIR 1")
    assert village.store.read(lambda unit: own_codes.knows(unit, 1, told)) is None
    assert village.count(t.handover, reason="code") == 1
    assert [row.payload for row in village.rows(t.ballot, "payload")] == ["4"]


def test_the_code_goes_with_her(village: Town) -> None:
    phone = joined(village, "Maria 2", "Luis 1")
    ACTS["open"](village, "sm")
    heard(phone, "SOY MARIA", "ELEGIR 4")
    code = str(village.rows(t.person, "code")[0].code)
    heard(phone, "BORRAR", "1", code, "BORRAR")
    assert [row.code for row in village.rows(t.person, "code")] == [None, None]
    assert village.count(t.person, erased_at=None) == 1


def test_five_wrong_codes_are_all_there_are_in_a_day_whatever_word_asks_for_it(village: Town) -> None:
    phone = joined(village, "Maria 2", "Luis 1")
    ACTS["open"](village, "sm")
    heard(phone, "SOY MARIA", "ELEGIR 4")
    code = str(village.rows(t.person, "code")[0].code)
    heard(phone, "MI ELECCION", "2222", "3333", "MENU", "ELEGIR 1", "4444", "ATRAS", "5555")
    assert "Te escribe una persona" in heard(phone, "6666")
    for word in ("MI ELECCION", "ELEGIR 1", "BORRAR", "1"):
        told = heard(phone, word)
    assert "Hoy ya van 5 codigos que no son" in heard(phone, "MI ELECCION")
    assert "escribe PERSONA" in told
    assert "Elegiste" not in heard(phone, code)
    assert village.count(t.handover, reason="code") == 1
    village.at(datetime(2026, 11, 13, 9, 59, tzinfo=PANAMA))
    assert "Elegiste" not in heard(phone, "SOY MARIA", "MI ELECCION", code)
    village.at(datetime(2026, 11, 13, 10, 1, tzinfo=PANAMA))
    assert "Elegiste 4" in heard(phone, "SOY MARIA", "MI ELECCION", code)


def test_a_question_left_open_does_not_give_more_tries(village: Town) -> None:
    phone = joined(village, "Maria 1", "Luis 1")
    ACTS["open"](village, "sm")
    heard(phone, "SOY MARIA", "ELEGIR 4")
    heard(phone, "MI ELECCION")  # it waits behind the other
    heard(phone, "ELEGIR 1", *["2222"] * own_codes.TRIES)
    assert "Hoy ya van 5" in heard(phone, "SOY MARIA", "MI ELECCION", code_of(village, 1))


def test_a_right_code_among_wrong_ones_gives_no_new_tries(village: Town) -> None:
    phone = joined(village, "Maria 1", "Luis 1")
    ACTS["open"](village, "sm")
    heard(phone, "SOY MARIA", "ELEGIR 4", "SOY LUIS", "ELEGIR 5", "MI ELECCION", *["2222"] * 4)
    assert "Elegiste 5" in heard(phone, code_of(village, 2))
    assert "Te escribe una persona" in heard(phone, "SOY MARIA", "MI ELECCION", "3333")
