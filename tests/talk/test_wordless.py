"""What is no words, and no question takes it: each gets an answer of its own in a chat; before a yes nothing stays."""

from __future__ import annotations

import pytest

from bot.message import Media, MediaKind
from bot.player import Phone
from storage import tables as t
from storage.store import Store
from tests.kit import Town

ASKED = "Antes te pregunté: ¿Aceptas? 1 Sí 2 No"
SHOWN: list[tuple[MediaKind, str]] = [
    ("photo", "Aquí no puedo ver fotos. Escribe o llama al 500-0000."),
    ("sticker", "Todavía no entiendo stickers. Escribe o llama al 500-0000."),
    ("document", "Aquí no puedo abrir archivos. Escribe lo que dice, o llama al 500-0000."),
    ("video", "Eso no lo puedo abrir aquí. Escribe o llama al 500-0000."),
]


def stranger(store: Store, channel: str) -> Phone:
    """Somebody who has not said yes."""
    return Town.on(store).phone(channel)


@pytest.mark.parametrize(("kind", "told"), SHOWN)
def test_a_chat_says_what_it_can_not_read(store: Store, kind: MediaKind, told: str) -> None:
    phone = stranger(store, "whatsapp")
    assert phone.say(media=Media(kind=kind))[-1].text == told
    phone.say("SANMARTIN")
    assert phone.say(media=Media(kind=kind))[-1].text == f"{told}\n{ASKED}"


def test_a_place_and_nothing_at_all(store: Store) -> None:
    phone = stranger(store, "telegram")
    assert phone.point(8.98, -79.52)[-1].text == "Aquí no puedo ver lugares. Escribe el lugar, o llama al 500-0000."
    assert phone.say("")[-1].text == "Tu mensaje llegó vacío. Escribe o llama al 500-0000."


@pytest.mark.parametrize("kind", ["photo", "sticker", "voice"])
def test_an_sms_phone_reads_the_words_of_the_reference(store: Store, kind: MediaKind) -> None:
    told = "Aqui solo llegan letras. Escribe o llama al 500-0000."
    assert stranger(store, "sms").say(media=Media(kind=kind))[-1].text == told


def test_before_a_yes_no_voice_note_is_kept_and_what_was_asked_is_asked_again(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone("whatsapp")
    note = Media(kind="voice", ref="https://provider/secret", seconds=9)
    first = phone.say(media=note)[-1].text
    assert first == "Todavía no puedo guardar tu audio. Para empezar, escribe HOLA."
    phone.say("SANMARTIN")
    assert phone.say(media=note)[-1].text == f"Todavía no puedo guardar tu audio.\n{ASKED}"
    assert not [row for row in town.rows(t.inbound, "payload") if row.payload and "secret" in row.payload]
    assert town.count(t.handover) == 0


def test_after_the_yes_a_person_hears_it(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone("whatsapp")
    for words in ("SANMARTIN", "1", "Rosa", "1"):
        phone.say(words)
    assert phone.say(media=Media(kind="voice", ref="x", seconds=9))[-1].text.startswith("Recibí tu audio.")
    assert town.count(t.handover) == 1
