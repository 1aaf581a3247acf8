"""Telegram gives us a user and no number: no text there says that a number is kept, left or wiped."""

from __future__ import annotations

from storage import tables as t
from storage.store import Store
from tests.kit import Town

REGISTERED = ("SANMARTIN", "1", "Rosa", "1", "1")


def test_no_text_on_telegram_speaks_of_this_number(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone("telegram")
    words = (*REGISTERED, "OTRA", "1", "Luis", "1", "1", "BORRAR", "ATRAS", "IDEA", "2", "MENU", "SALIR", "hola")
    said = [shown.text for typed in words for shown in phone.say(typed)]
    said += [shown.text for shown in town.phone("telegram", "C2").say("numero equivocado")]
    assert len(said) >= len(words)
    assert not [text for text in said if "este número" in text.lower()]
    assert "este usuario de Telegram" in " ".join(row.text for row in town.rows(t.consent, "text"))
