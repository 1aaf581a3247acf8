"""Danger, fear and anger: what is not kept, whom it reaches, and what is no danger at all."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot import planfile
from bot.actions import load
from bot.errors import BadPlan, ConvocaError
from bot.upset import contains, insults, upset
from storage import ballots, clock, forgetting, handovers
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import BEGINS, PLAN, Town, parts

WORD = "sos azul"


def town_with(store: Store, country: str = "PA") -> Town:
    """Ana has signed up where a list was reviewed."""
    town = Town.on(store)
    row = {"line": "999", "words": [WORD], "reviewed_by": "prueba", "reviewed_on": date(2026, 11, 1)}
    store.do(lambda unit: unit.db.execute(t.help_line.insert().values(country=country, **row)))
    for words in ("SANMARTIN", "1", "Ana", "1", "1"):
        town.phone("sms", "C").say(words)
    return town


def kept(town: Town) -> str:
    """Every word of hers that is stored anywhere a person or a machine could show it."""
    rows = [row.payload for row in town.rows(t.inbound, "payload")]
    rows += [row.state for row in town.rows(t.talk, "state")] + [str(row.args) for row in town.rows(t.talk, "args")]
    rows += [row.text for row in town.rows(t.not_understood, "text")]
    rows += [str(row.last_reply) for row in town.rows(t.address, "last_reply")]
    return " ".join(str(row) for row in rows).lower()


@pytest.mark.parametrize(
    "said", ["sos azul", "¡SOS, azul!", "ayuda SOS   Azul por favor", "IDEA sos azul", "Sós azúl 1"]
)
def test_words_of_danger_are_answered_first_and_not_kept(store: Store, said: str) -> None:
    town = town_with(store)
    assert town.phones["C"].say(said)[-1].text.startswith("Si estas en peligro, llama al 999.")
    assert "azul" not in kept(town)
    town.phones["C"].say("1")
    number = town.rows(t.handover, "id", "address_id", "reason")[0]
    assert number.reason == "danger"
    assert "azul" not in store.read(lambda unit: handovers.last_words(unit, number.address_id)).lower()


@pytest.mark.parametrize("said", ["sos azulejo", "azul sos", "sos"])
def test_a_part_of_it_is_no_danger(store: Store, said: str) -> None:
    town = town_with(store)
    assert "peligro" not in town.phones["C"].say(said)[-1].text


def test_another_country_has_another_list(store: Store) -> None:
    town = town_with(store, "PE")
    assert "peligro" not in town.phones["C"].say(WORD)[-1].text


def test_without_a_reviewed_list_there_is_none(store: Store) -> None:
    assert Town.on(store).count(t.help_line) == 0


def test_an_insult_is_no_answer_where_a_number_is_asked_and_is_a_text_where_words_are(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone("sms", "C")
    for words in ("SANMARTIN", "1"):
        phone.say(words)
    assert "Hola, Ladron" in phone.say("Ladron")[-1].text  # a name is a name
    phone.say("1")
    assert phone.say("son unos LADRONES")[-1].text == "Entiendo que estas molesto. Lo lee una persona del equipo."
    assert phone.say("1")[-1].text.startswith("Listo, Ladron")


@pytest.mark.parametrize(("said", "angry"), [("ladrones!", True), ("el agua no sirve", False), ("ladronzuelo", False)])
def test_whole_words_only(said: str, angry: bool) -> None:
    assert upset(said) is angry
    assert not contains(said, ["", "  "])


def test_a_list_that_can_not_be_read_stops_loudly(tmp_path: Path) -> None:
    file = tmp_path / "insults.toml"
    file.write_text("[es]\nword = 1\n")
    with pytest.raises(ConvocaError, match="insults"):
        insults(file)


DANGER = """
[[danger]]
country = "PA"
line = "999"
words = ["sos azul"]
"""


def test_a_plan_brings_the_list_only_with_who_reviewed_it(store: Store) -> None:
    plan = PLAN.read_text(encoding="utf-8")
    with pytest.raises(BadPlan, match="reviewed_by"):
        planfile.parse(plan + DANGER, "plan.toml")
    town = Town.on(store)
    signed = plan + DANGER + 'reviewed_by = "Red de atención"\nreviewed_on = 2026-11-01\n'

    def work(unit: Unit) -> load.Report:
        return load.load(unit, planfile.parse(signed, "plan.toml"), parts(), timezone="America/Panama")

    store.do(work)
    assert not store.do(work).changed
    assert [(row.country, row.line) for row in town.rows(t.help_line, "country", "line")] == [("PA", "999")]


@pytest.mark.parametrize(("hours", "erased"), [(23, True), (25, False)])
def test_an_erasure_is_forgotten_when_a_day_has_passed(store: Store, hours: int, erased: bool) -> None:
    town = town_with(store)
    town.phones["C"].say("BORRAR")
    store.do(lambda unit: clock.to(unit, BEGINS + timedelta(hours=hours)))
    store.do(forgetting.drop_unconfirmed)
    town.phones["C"].say("BORRAR")
    assert (town.rows(t.person, "erased_at")[0].erased_at is not None) is erased


def test_on_a_shared_phone_who_has_chosen_is_erased_only_by_her_code(store: Store) -> None:
    town = town_with(store)
    phone = town.phones["C"]
    for words in ("OTRA", "1", "Luis", "1", "1"):
        phone.say(words)
    who = town.rows(t.person, "id")[0].id

    def choose(unit: Unit) -> None:
        contest = unit.db.execute(select(t.contest.c.id)).scalar_one()
        unit.db.execute(update(t.contest).values(state="open", opened_at=unit.now))
        voter = ballots.Voter(person_id=who, channel="sms", shared=True, provider="test", provider_msg_id="v1")
        ballots.cast(unit, contest, voter, [1])

    store.do(choose)
    for words in ("BORRAR", "1", "Ana"):
        told = phone.say(words)[-1].text
    assert told == "Para borrar lo tuyo, escribe tu codigo."
    assert phone.say("2222")[-1].text.startswith("Ese codigo no es.")
    code = town.rows(t.registration, "code", "person_id")[0].code
    assert "escribe BORRAR" in phone.say(code)[-1].text
    assert phone.say("BORRAR")[-1].text.startswith("Hecho.")
    assert town.rows(t.person, "erased_at")[0].erased_at is not None
    assert town.rows(t.person, "erased_at")[1].erased_at is None
