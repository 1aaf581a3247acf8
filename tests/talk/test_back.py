"""ATRAS to the age after a person was admitted with it: another age counts, and a child leaves nothing."""

from __future__ import annotations

import pytest

from bot.clock import OWN
from bot.player import Phone
from storage import tables as t
from storage.store import Store
from tests.kit import Town

ASKED = "¿Cuantos años tienes? 1: 18 o mas 2: de 14 a 17 3: menos de 14"


def said(phone: Phone, *words: str) -> list[str]:
    """The last answer to each of these."""
    return [phone.say(word)[-1].text for word in words]


@pytest.fixture
def town(store: Store) -> Town:
    """San Martín, before anybody wrote."""
    return Town.on(store)


def going(town: Town, *ages: str) -> Phone:
    """Rosa's phone, asked whether she goes."""
    phone = town.phone()
    said(phone, "SANMARTIN", "1", "Rosa", *ages)
    return phone


def test_back_from_going_asks_the_age_again_and_no_further(town: Town) -> None:
    phone = going(town, "1")
    first, second = said(phone, "ATRAS", "ATRAS")
    assert (first, second) == (f"Volvemos. {ASKED}", f"Estás en la primera pregunta. {ASKED}".replace("á", "a"))


def test_another_age_is_kept_of_the_same_person_and_her_permission_is_one(town: Town) -> None:
    phone = going(town, "1")
    said(phone, "ATRAS", "2", "ACEPTO Marta")
    assert [(row.name, row.age_band) for row in town.rows(t.person, "name", "age_band")] == [("Rosa", "teen")]
    texts = [row.text for row in town.rows(t.consent, "text")]
    assert ["Aceptas" in text for text in texts] == [True, False]
    assert "ACEPTO y su nombre" in texts[1]
    assert "Tu codigo es" in phone.say("1")[-1].text


def test_who_is_an_adult_after_all_needs_nobody_to_agree(town: Town) -> None:
    phone = going(town, "2")
    assert said(phone, "ATRAS", "1")[-1].startswith("Laboratorio en San Martin")
    assert town.count(t.consent) == 1


def test_the_same_age_again_changes_nothing(town: Town) -> None:
    phone = going(town, "1")
    assert said(phone, "ATRAS", "1")[-1].startswith("Laboratorio en San Martin")
    assert (town.count(t.person), town.count(t.consent), town.count(t.contact)) == (1, 1, 1)


def test_of_a_child_nothing_stays(town: Town) -> None:
    phone = going(town, "1")
    assert said(phone, "ATRAS", "3")[-1].endswith("No guardamos tu nombre.")
    for tick in OWN:
        town.store.do(tick.work)
    assert [(row.name, row.age_band) for row in town.rows(t.person, "name", "age_band")] == [(None, None)]
    assert (town.count(t.contact), town.count(t.talk)) == (0, 0)
    assert [row.value for row in town.rows(t.address, "value")] == [None]
    assert all(row.payload is None for row in town.rows(t.inbound, "payload"))


def test_after_the_answer_the_age_stands(town: Town) -> None:
    phone = going(town, "1", "2")
    assert said(phone, "ATRAS")[-1].startswith("Estas en la primera pregunta.")
