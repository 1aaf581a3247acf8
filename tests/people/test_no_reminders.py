"""SIN RECORDATORIO holds until she says otherwise: whoever reads her phone learns of no meeting (people.md 8)."""

from __future__ import annotations

from datetime import datetime

import pytest

from storage import tables as t
from storage.store import Store
from tests.kit import PANAMA, Town

BEFORE = "SIN RECORDATORIO", "SANMARTIN", "1"
AFTER = "SANMARTIN", "1", "SIN RECORDATORIO"
SIGNED_UP = "SANMARTIN", "1", "Ana", "1", "2", "2"


def reminded(town: Town, *said: str) -> bool:
    """Whether the day before the meeting asks Ana if she comes."""
    phone = town.phone("sms", "C")
    for words in (*SIGNED_UP, *said):
        phone.say(words)
    assert town.count(t.registration, state="registered") == 1
    town.at(datetime(2026, 11, 20, 17, 5, tzinfo=PANAMA))
    return any("¿Vienes?" in shown.text for shown in phone.read())


@pytest.mark.parametrize(
    ("said", "comes"),
    [
        (("SANMARTIN", "1"), True),
        (AFTER, False),
        (BEFORE, False),
        (("SIN RECORDATORIO", "SANMARTIN", "1", "NO VOY", "2", "SANMARTIN", "1"), False),
        (("SIN RECORDATORIO", "CON RECORDATORIO", "SANMARTIN", "1"), True),
        ((*AFTER, "CON RECORDATORIO"), True),
    ],
)
def test_it_holds_for_every_place_to_come(store: Store, said: tuple[str, ...], comes: bool) -> None:
    assert reminded(Town.on(store), *said) is comes


def test_what_is_said_of_a_place_is_true(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    for words in SIGNED_UP:
        phone.say(words)
    assert phone.say("SIN RECORDATORIO")[-1].text == "Listo. No te mando recordatorios."
    phone.say("SANMARTIN")
    phone.say("1")
    assert phone.say("SIN RECORDATORIO")[-1].text == "Listo. No te mando recordatorios. Tu lugar sigue guardado."
    assert phone.say("CON RECORDATORIO")[-1].text == "Listo. Te mando recordatorios otra vez."


def test_who_refuses_for_herself_is_not_told_that_the_number_goes(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    for words in (*SIGNED_UP, "OTRA"):
        phone.say(words)
    told = phone.say("2")[-1].text
    assert told == "Esta bien. No guardamos nada de esa persona. Si cambia de idea, escribe OTRA."
    assert town.rows(t.address, "value")[0].value is not None
