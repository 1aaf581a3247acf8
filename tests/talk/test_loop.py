"""Where a machine seems to answer ours we fall silent; but nobody is held by that who wants to leave."""

from __future__ import annotations

import pytest

from bot.player import Phone
from storage import tables as t
from storage.store import Store
from tests.kit import Town


@pytest.fixture
def looping(store: Store) -> Town:
    """A phone that got the same reply five times, each after the one before had come."""
    town = Town.on(store)
    for word in ("SANMARTIN", "1", "Rosa", *["SANMARTIN"] * 4):
        town.phone().say(word)
    assert town.phone().say("SANMARTIN") == []
    return town


def test_the_silence_is_in_the_audit_log(looping: Town) -> None:
    assert [row.subject for row in looping.rows(t.audit_event, "kind", "subject") if row.kind == "loop_guard"] == [
        "sms"
    ]


@pytest.mark.parametrize(("word", "answer"), [("SALIR", "No te escribo mas"), ("DATOS", "datos tuyos")])
def test_a_right_is_heard_also_then(looping: Town, word: str, answer: str) -> None:
    assert answer in looping.phone().say(word)[-1].text


JOINED = ("SANMARTIN", "1", "Ana", "1")
IN_TWO = ("english", "SANMARTIN", "1", "Maximiliana del Mar", "1", "1", "I NEED")  # what is asked then is long
NONSENSE = [f"blabla {chr(97 + n)}{chr(97 + n)}" for n in range(20)]


def _until_silence(phone: Phone, texts: list[str]) -> int:
    """How many of these a machine that answers each of our replies gets answered."""
    return next((n for n, text in enumerate(texts) if not phone.say(text)), len(texts))


@pytest.mark.parametrize(
    ("channel", "before", "texts"),
    [
        ("sms", (), NONSENSE),
        ("telegram", (), ["bip"] * 20),
        ("sms", JOINED, NONSENSE),
        ("telegram", JOINED, ["MENU"] * 20),
        ("sms", JOINED, ["REPITE"] * 20),
        ("sms", IN_TWO, NONSENSE),
    ],
)
def test_a_machine_hears_nothing_after_a_while(
    store: Store, channel: str, before: tuple[str, ...], texts: list[str]
) -> None:
    phone = Town.on(store).phone(channel)
    for word in before:
        phone.say(word)
    assert _until_silence(phone, texts) < len(texts)


@pytest.mark.parametrize("said", [NONSENSE[:7], ["REPITE"] * 6, [""] * 6])
def test_who_goes_on_is_no_machine(store: Store, said: list[str]) -> None:
    town = Town.on(store)
    phone = town.phone()
    for text in (*JOINED, *said):
        phone.say(text)
    assert "Listo, Ana" in phone.say("1")[-1].text
    assert town.count(t.registration) == 1


def test_a_reply_of_two_messages_is_one_reply(store: Store) -> None:
    """What is said and what is asked behind it alternate; neither is kept back before the fifth time."""
    phone = Town.on(store).phone()
    for word in IN_TWO:
        phone.say(word)
    said = [[shown.text for shown in phone.say(text)] for text in NONSENSE[:8]]
    assert [len(texts) for texts in said] == [1, 1, 2, 2, 2, 2, 2, 0]
    assert "Noted" in phone.say("6")[-1].text


def test_a_word_is_heard_after_much_nonsense(store: Store) -> None:
    phone = Town.on(store).phone()
    for text in (*JOINED, *NONSENSE[:10]):
        phone.say(text)
    for word, answer in (("REPITE", "¿Vas?"), ("IDIOMA", "English"), ("MENU", "1 "), ("ATRAS", "¿")):
        assert answer in phone.say(word)[-1].text
