"""NO VOY: a place that is given back goes to another; who had none is not told so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from bot.actions import contest
from storage import tables as t
from storage.store import Store
from tests.kit import PANAMA, Town

GIVEN = "Le damos tu lugar a otra persona."
HOME = "¿Quieres elegir desde tu casa?"


@pytest.mark.parametrize(("going", "had"), [("1", True), ("3", False)])
def test_only_a_place_that_was_held_is_given_to_another(store: Store, going: str, had: bool) -> None:
    phone = Town.on(store).phone("telegram")
    for word in ("SANMARTIN", "1", "Ana", "1", going):
        phone.say(word)
    told = phone.say("NO VOY")[-1].text
    assert told.startswith("Gracias por avisar, Ana.")
    assert (GIVEN in told) is had


@pytest.mark.parametrize("word", ["NO VOY", "2"], ids=["NO VOY", "to the reminder"])
def test_in_the_last_hours_no_place_is_said_to_go_to_another(store: Store, word: str) -> None:
    town = Town.on(store)
    phone = town.phone("telegram")
    for said in ("SANMARTIN", "1", "Ana", "1", "1"):
        phone.say(said)
    town.at(datetime(2026, 11, 21, 13, tzinfo=PANAMA))
    assert "¿Vienes?" in phone.read()[-1].text
    assert phone.say(word)[-1].text.startswith(f"Gracias por avisar, Ana. {HOME}")
    assert phone.say("2")[-1].text == "Está bien."


@pytest.mark.parametrize(("word", "kept"), [("NO VOY", 0), ("ya no voy", 0), ("no puedo", 1), ("no", 1)])
def test_no_voy_gives_the_place_back_whatever_else_is_asked(store: Store, word: str, kept: int) -> None:
    """Every confirmation teaches the word. "No puedo" and "no" answer the question that is open."""
    town = Town.on(store)
    phone = town.phone("telegram")
    for said in ("SANMARTIN", "1", "Ana", "1", "1"):
        phone.say(said)
    town.store.do(lambda unit: contest.open_(unit, town.app.catalogues, "sm", "yaneth", 1))
    phone.read()
    assert "¿Te aviso" in phone.say("2 5 1")[-1].text
    phone.say(word)
    assert town.count(t.registration, state="registered") == kept


def test_who_comes_along_and_does_not_want_to_gives_nobody_s_place_back(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone("sms")
    for said in ("SANMARTIN", "1", "Ana", "1", "1", "mi esposo tambien", "no voy"):
        phone.say(said)
    assert town.count(t.registration, state="registered") == 1


@pytest.mark.parametrize(
    ("before", "asked"),
    [((), True), (("open",), True), (("open", "choose"), False), (("open", "close"), False)],
    ids=["to come", "open", "has chosen", "closed"],
)
def test_who_gives_her_place_back_is_asked_to_choose_from_home_where_she_can(
    store: Store, before: tuple[str, ...], asked: bool
) -> None:
    town = Town.on(store)
    phone, words = town.phone("telegram"), town.app.catalogues
    steps: dict[str, Callable[[], object]] = {
        "open": lambda: store.do(lambda unit: contest.open_(unit, words, "sm", "yaneth", 1)),
        "choose": lambda: [phone.say(said) for said in ("2 5 1", "1")],
        "close": lambda: store.do(lambda unit: contest.close_(unit, words, "sm", "yaneth")),
    }
    for said in ("SANMARTIN", "1", "Ana", "1", "1"):
        phone.say(said)
    for step in before:
        steps[step]()
    phone.read()
    told = phone.say("NO VOY")[-1].text
    assert told.startswith("Gracias por avisar, Ana. Le damos tu lugar a otra persona.")
    assert (HOME in told) is asked


def test_who_gave_her_place_back_and_changes_her_mind_is_asked_again(store: Store) -> None:
    phone = Town.on(store).phone()
    for words in ("SANMARTIN", "1", "Ana", "1", "1", "NO VOY", "1"):
        phone.say(words)
    assert "¿Vas? 1 Si 2 No" in phone.say("voy")[-1].text
    assert phone.say("si voy")[-1].text.startswith("Listo, Ana. Vas el")
    assert phone.say("voy")[-1].text.startswith("Ya estas en la lista, Ana: sab 21 nov")


@pytest.mark.parametrize("more", [("CON",), ("voy con mi hija",)], ids=["CON", "read"])
def test_who_is_not_coming_is_not_asked_how_many_come_along(store: Store, more: tuple[str, ...]) -> None:
    town = Town.on(store)
    phone = town.phone("telegram")
    for words in ("SANMARTIN", "1", "Ana", "1", "1", *more, "NO VOY"):
        phone.say(words)
    assert phone.say("2")[-1].text == "Está bien."
    assert town.count(t.talk) == town.count(t.registration, state="registered") == 0


@pytest.mark.parametrize(
    ("lang", "before"), [("es", ("2",)), ("en", ("1", "NO VOY"))], ids=["never taken", "given back, in English"]
)
def test_no_voy_said_again_counts_already_and_is_no_answer_to_the_next_question(
    store: Store, lang: str, before: tuple[str, ...]
) -> None:
    town = Town.on(store)
    phone, word = town.phone("telegram"), {"es": "NO VOY", "en": "NOT COMING"}[lang]
    for words in ("SANMARTIN", "1", "Ana", "1", *before, *(["ENGLISH"] if lang == "en" else [])):
        phone.say(words)
    asked = {"es": f"Ya lo anoté: no vas. {HOME} 1 Sí 2 No", "en": "I have it already: you are not coming. Do you"}
    for _again in range(3):
        assert phone.say(word)[-1].text.startswith(asked[lang])
    assert town.count(t.handover) == 0
    assert phone.say("1")[-1].text.startswith({"es": "Listo. Te escribo", "en": "Done. I will"}[lang])
