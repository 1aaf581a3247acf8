"""HOLA and /start from who is known: greeted by her name, and not asked for her community once more."""

from __future__ import annotations

import pytest

from storage.store import Store
from tests.kit import Town

MENU = "Hola, Rosa. ¿Qué quieres? 1 Reuniones 2 Elegir 3 Mi idea 4 Hablar"


@pytest.mark.parametrize("greeting", ["hola", "/start", "Buenas tardes"])
def test_a_neighbour_we_know_is_greeted_and_offered_the_menu(store: Store, greeting: str) -> None:
    phone = Town.on(store).phone("telegram")
    for words in ("SANMARTIN", "1", "Rosa", "1", "1"):
        phone.say(words)
    assert phone.say(greeting)[-1].text == MENU
    assert phone.say("1")[-1].text.startswith("Ya estás en la lista, Rosa: sábado 21 nov")


def test_the_question_that_waits_is_asked_again(store: Store) -> None:
    phone = Town.on(store).phone("whatsapp")
    for words in ("SANMARTIN", "1", "Rosa", "1"):
        phone.say(words)
    assert phone.say("hola")[-1].text == (
        "Hola, Rosa. Para ver qué puedes hacer, escribe MENU.\n"
        "Antes te pregunté: ¿Vas el sábado 21 nov? 1 Sí 2 No 3 Aún no sé"
    )
    assert phone.say("1")[-1].text.startswith("Listo, Rosa.")


def test_on_a_phone_of_several_no_name_is_said(store: Store) -> None:
    phone = Town.on(store).phone("sms")
    for words in ("SANMARTIN", "1", "Rosa", "1", "1", "OTRA", "1", "Luis", "1", "1"):
        phone.say(words)
    assert phone.say("hola")[-1].text.startswith("Hola. Soy Convoca")
