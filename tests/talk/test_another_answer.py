"""An answer to "was it done?" may be another one later: the last stands, whatever was asked meanwhile."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.player import Phone, Said, Shown
from storage import tables as t
from storage.store import Store
from tests.kit import PANAMA, Town
from tests.script import ACTS


@pytest.fixture
def town(store: Store) -> Town:
    """San Martín, on Thursday 12 November."""
    return Town.on(store)


@pytest.fixture
def rosa(town: Town) -> Phone:
    """She chose the water; its office says on 13 November that it is done."""
    phone = town.phone("sms", "C")
    says(phone, "SANMARTIN", "1", "Rosa", "1", "1")
    ACTS["water"](town, "8")
    ACTS["promise"](town, "agua", "repara el tanque / miércoles 31 mar")
    at(town, "2026-11-13 10:10")
    ACTS["update"](town, "agua", "done_office")
    phone.read()
    return phone


def says(phone: Phone, *words: str) -> str:
    """The last that came to these words."""
    shown: list[Shown] = []
    for said in words:
        shown = phone.say(said)
    return shown[-1].text if shown else ""


def at(town: Town, moment: str) -> None:
    town.at(datetime.strptime(moment, "%Y-%m-%d %H:%M").replace(tzinfo=PANAMA))


def stands(town: Town) -> list[str]:
    rows = [row for row in town.rows(t.followup, "answer", "current") if row.current and row.answer]
    return [row.answer for row in rows]


def test_another_number_where_words_are_asked_for_is_another_answer(town: Town, rosa: Phone) -> None:
    assert says(rosa, "SE CUMPLIO", "3").startswith("Anotado: no.")
    assert says(rosa, "dos").startswith("Anotado: en parte. Ya cuenta. ¿Que falta?")
    assert says(rosa, "3").startswith("Anotado: no. Ya cuenta. ¿Que ves?")
    assert says(rosa, "1") == "Anotado: si. Ya cuenta. ¿Es la primera vez que participas en algo asi? 1 Si 2 No"
    assert says(rosa, "3").startswith("Anotado: no. Ya cuenta. ¿Que ves?")  # no answer to that: conversations.md 8
    assert says(rosa, "5").startswith("No entendi 5.")
    assert says(rosa, "no llega agua").startswith("Gracias. Lo lee el equipo")
    assert stands(town) == ["no"]
    says(rosa, "2", "SE CUMPLIO", "1")
    assert stands(town) == ["yes"]


def test_the_same_number_again_was_noted(town: Town, rosa: Phone) -> None:
    says(rosa, "SE CUMPLIO", "3")
    assert says(rosa, "3") == "Ya recibi esa respuesta. No hace falta escribir otra vez."
    at(town, "2026-11-13 11:00")
    assert says(rosa, "3").startswith("Eso ya lo anote. ¿Que ves?")
    assert says(rosa, "0") == "Listo. Gracias."
    assert stands(town) == ["no"]


def test_an_answer_where_another_office_was_meant_counts(town: Town, rosa: Phone) -> None:
    assert "¿A quien le toca?" in says(rosa, "SE CUMPLIO", "eso no lo hace la oficina del agua")
    assert says(rosa, "2").startswith("Anotado: en parte.")
    assert stands(town) == ["partly"]


def test_its_own_word_where_words_are_asked_for_asks_anew(town: Town, rosa: Phone) -> None:
    assert says(rosa, "SE CUMPLIO", "2", "SE CUMPLIO").startswith("Dijiste: en parte. ¿Lo cambias?")
    says(rosa, "3")
    assert stands(town) == ["no"]


def test_a_round_asks_and_nothing_older_about_it_comes_between(town: Town, rosa: Phone) -> None:
    at(town, "2026-12-04 12:05")
    says(rosa, "SE CUMPLIO", "3")
    at(town, "2026-12-11 12:10")
    (asked,) = rosa.read()
    assert asked.text.endswith("¿Se cumplio? 1 Si 2 En parte 3 No 4 No se")
    assert says(rosa, "1").startswith("Anotado: si. Ya cuenta.")
    assert stands(town) == ["no", "yes"]  # one before the round, one in it
    assert says(rosa, "1") == "Gracias. Asi sabemos a quien le llega esto."
    at(town, "2026-12-11 13:00")
    assert "anote" not in says(rosa, "3")


def test_an_answer_leaves_no_older_question_that_it_could_reach(town: Town, rosa: Phone) -> None:
    at(town, "2026-12-10 12:05")
    says(rosa, "SE CUMPLIO", "3")
    at(town, "2026-12-11 12:10")
    says(rosa, "1", "1")
    assert town.count(t.talk, conversation="unasked") == 0


@pytest.mark.parametrize("said", ["NO VOY", "no puedo", "ya no voy"])
def test_not_coming_is_no_answer_to_it_and_gives_the_place_back(town: Town, rosa: Phone, said: str) -> None:
    says(rosa, "SE CUMPLIO")
    told = says(rosa, said)
    assert "Antes te pregunte: ¿Se cumplio lo de Agua?" in told
    assert town.count(t.registration, state="cancelled") == 1
    assert stands(town) == []
    assert says(rosa, said).startswith("No tienes un lugar apartado. Para ver las reuniones, escribe LABS.")
    assert stands(town) == []
    assert says(rosa, "no").startswith("Anotado: no. Ya cuenta.")
    assert says(rosa, said).startswith("No tienes un lugar apartado.")


@pytest.mark.parametrize("said", ["no voy a poder", "ya no puedo", "si voy"])
def test_other_words_of_a_meeting_are_no_answer_to_it_either(town: Town, rosa: Phone, said: str) -> None:
    says(rosa, "SE CUMPLIO")
    assert says(rosa, said).endswith("? 1 Si 2 En parte 3 No 4 No se")
    assert stands(town) == []


def asked(town: Town, channel: str) -> tuple[Phone, dict[str, str]]:
    """Luz read "was it done?" and has not answered; the buttons below it stay where they are."""
    phone = town.phone(channel, "L")
    says(phone, "SANMARTIN", "1", "Luz", "1", "1", "ELEGIR", "1")
    at(town, "2026-12-14 10:00")
    [shown] = [one for one in phone.read() if "¿Se cumplió?" in one.text]
    return phone, {option.label: option.data for option in shown.options}


def taps(phone: Phone, data: str) -> str:
    shown = phone._send(Said(button=data))
    return shown[-1].text if shown else ""


def test_a_tap_on_the_older_question_is_another_answer_as_a_typed_one_is(town: Town, rosa: Phone) -> None:
    phone, old = asked(town, "whatsapp")
    assert taps(phone, old["Sí"]).startswith("Anotado: sí. Ya cuenta. ¿Es la primera vez")
    assert taps(phone, old["No"]).startswith("Anotado: no. Ya cuenta. ¿Qué ves?")
    assert stands(town) == ["no"]
    assert taps(phone, old["Sí"]).startswith("Anotado: sí. Ya cuenta.")
    assert stands(town) == ["yes"]
    says(phone, "1")
    assert taps(phone, old["En parte"]).startswith("Anotado: en parte. Ya cuenta. ¿Qué falta?")  # it was over
    assert stands(town) == ["partly"]
    assert says(phone, "solo de día").startswith("Gracias. Lo lee el equipo")
    assert [row.text for row in town.rows(t.followup, "text", "current") if row.current and row.text] == ["solo de día"]


def test_the_same_button_twice_changes_nothing(town: Town, rosa: Phone) -> None:
    phone, old = asked(town, "whatsapp")
    taps(phone, old["Sí"])
    taps(phone, old["No"])
    kept = town.count(t.followup)
    assert taps(phone, old["No"]).startswith("Ya recibí esa respuesta. No hace falta escribir otra vez.")
    at(town, "2026-12-14 11:00")
    assert taps(phone, old["No"]).startswith("Ya recibí esa respuesta. No hace falta escribir otra vez.")
    assert (town.count(t.followup), stands(town)) == (kept, ["no"])


def test_where_another_office_was_meant_a_tap_counts_too(town: Town, rosa: Phone) -> None:
    phone, old = asked(town, "whatsapp")
    assert "¿A quién le toca?" in says(phone, "eso no lo hace la oficina del agua")
    assert taps(phone, old["No"]).startswith("Anotado: no. Ya cuenta. ¿Qué ves?")
    assert says(phone, "0") == "Listo. Gracias."
    assert stands(town) == ["no"]


def test_a_button_of_a_round_that_another_one_followed_is_closed(town: Town, rosa: Phone) -> None:
    phone, old = asked(town, "whatsapp")
    taps(phone, old["Sí"])
    at(town, "2026-12-22 10:00")  # it is counted
    phone.read()
    assert taps(phone, old["No"]).startswith("Anotado: no. Llegó después de contar")
    town.store.do(lambda unit: unit.db.execute(t.asking.insert().values(
        commitment_id=1, round=2, why="again", at=unit.now)))  # fmt: skip
    assert taps(phone, old["Sí"]).startswith("Esa pregunta ya cerró.")
    assert stands(town) == ["no"]
