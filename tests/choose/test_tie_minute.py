"""A tie that the assembly decides is decided with its minute: who, when, what was written; then anybody reads it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from bot import cli, recount
from bot.actions import contest as acts
from bot.actions.decide import decide
from bot.errors import Refused
from bot.i18n import Catalogues, Voice
from bot.results import Wording
from storage import contests, public
from storage import tables as t
from storage.store import Store
from tests.choose.exporting import exported
from tests.choose.polls import PROBLEMS, Polls
from tests.convoke.town import Town
from tests.staff.crew import Crew
from tests.web.square import Square

WORDS = Catalogues.load()
MINUTE = "Asamblea del sábado 12 dic en la Casa Comunal, acta 4: 38 a 21"
TIED = [(1,)] * 5 + [(3,)] * 5


@pytest.fixture
def tied(town: Town) -> Polls:
    """Water and health are equal, and the assembly decides."""
    polls = Polls.opened(town, tie_mode="assembly")
    polls.crowd(*TIED)
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    return polls


def decided(polls: Polls, problem: str, outcome: str | None = None, minute: str = "") -> None:
    polls.store.do(
        lambda unit: bool(decide(unit, WORDS, problem, "Así se acordó", outcome, minute=minute, by="yaneth").told)
    )


def all_decided(polls: Polls) -> None:
    decided(polls, "agua", "adopted", MINUTE)
    for slug, _title, _short in PROBLEMS[1:]:
        decided(polls, slug, "not_now")


def test_without_the_minute_a_tie_is_not_decided(tied: Polls) -> None:
    with pytest.raises(Refused, match="Falta el acta: quién, cuándo y qué dice"):
        decided(tied, "agua", "adopted")
    with pytest.raises(Refused, match="El acta es muy larga"):
        decided(tied, "agua", "adopted", "x" * 141)
    with pytest.raises(Refused, match="De Basura no decidió una asamblea"):
        decided(tied, "basura", "not_now", MINUTE)
    assert not tied.town.rows(t.decision)
    assert tied.contest.minute == ""


def test_one_minute_holds_for_every_option_of_the_tie_until_another_replaces_it(tied: Polls) -> None:
    decided(tied, "agua", "adopted", f"  {MINUTE} \n")
    assert tied.contest.minute == MINUTE
    decided(tied, "salud", "not_now")
    assert tied.contest.minute == MINUTE
    decided(tied, "salud", "not_now", "Asamblea del domingo 13 dic, acta 5")
    assert tied.contest.minute == "Asamblea del domingo 13 dic, acta 5"
    told = [row.payload["minute"] for row in tied.town.rows(t.audit_event) if row.kind == "contest.tie_broken"]
    assert told == [MINUTE, "Asamblea del domingo 13 dic, acta 5"], "the log keeps each"


def test_a_draw_takes_no_minute(town: Town) -> None:
    polls = Polls.opened(town, tie_mode="seed")
    polls.crowd(*TIED)
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth", "48213"))
    with pytest.raises(Refused, match="no hubo empate"):
        decided(polls, "agua", "adopted", MINUTE)


def test_the_minute_stands_in_the_explanation_and_in_no_sms(tied: Polls) -> None:
    all_decided(tied)
    facts = tied.store.read(lambda unit: contests.facts(unit, "sm"))
    said = Wording(WORDS, Voice(), facts, "San Martín").told("1:3")
    assert f"Empataron Agua potable y Centro de salud y decidió la asamblea. Acta: {MINUTE}." in said
    assert f"Minute: «{MINUTE}.»" in Wording(WORDS, Voice("en"), facts, "San Martín").told("1:3")
    assert "Acta" not in Wording(WORDS, Voice(context="sms"), facts, "San Martín").told("1:3", room=2)
    assert facts.seed is None, "no draw"


def test_the_minute_is_hidden_until_the_result_is_published(tied: Polls) -> None:
    decided(tied, "agua", "adopted", MINUTE)
    choice = tied.store.read(lambda unit: public.choice(unit, "sm"))
    assert choice
    assert choice.facts.minute == ""


def test_the_minute_stands_in_the_export_which_counts_equal(tied: Polls) -> None:
    all_decided(tied)
    file = exported(tied.town)
    held = json.loads(recount.unpack(file.data)["contest.json"])
    assert held["tie"]["minute"] == MINUTE
    assert held["tie"]["seed"] is None
    assert recount.recount(file.data) == []


def test_by_chat_the_minute_is_asked_once_and_a_bare_no_is_none(store: Store) -> None:
    crew = Crew(store)
    store.do(lambda unit: unit.db.execute(t.contest.update().values(tie_mode="assembly")).rowcount)
    crew.said(crew.town.phone("telegram", "C"), "SANMARTIN", "1", "Kevin", "1", "1")
    phone = crew.join("F")
    crew.said(phone, "ABRIR sm", "ABRIR 1")
    crew.said(crew.town.phones["C"], "ELEGIR 1 3", "1")
    crew.said(phone, "CERRAR sm", "1")
    asked = crew.said(phone, "DECIDIR agua", "1", "La mayoría lo pidió")
    assert asked.startswith("Empató y decidió la asamblea. ¿Quién decidió, cuándo y qué dice el acta?")
    assert crew.said(phone, "no").startswith("Falta el acta: quién decidió, cuándo y qué dice.")
    assert crew.said(phone, MINUTE).startswith("Anotado. Falta decidir: ")
    [row] = crew.town.rows(t.contest, "tie_seed")
    assert row.tie_seed == MINUTE
    assert crew.said(phone, "DECIDIR salud", "4", "El agua va primero", "NADA").startswith("Anotado. Falta decidir: ")
    assert crew.said(phone, "DECIDIR basura", "1", "Así se acordó").startswith("Anotado. Falta decidir: ")


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_minute_stands_on_the_page_and_in_the_open_data(tied: Polls, lang: str) -> None:
    square = Square(tied.store, tied.town)
    assert "acta 4" not in square.page(f"?lang={lang}")
    all_decided(tied)
    said = {"es": "Acta de la asamblea:", "en": "Minute of the assembly:"}[lang]
    assert f'{said} <span lang="es">{MINUTE}.</span>' in square.page(f"?lang={lang}")
    result = square.data("contests/sm")["result"]
    assert (result["tie_minute"], result["tie_seed"]) == (MINUTE, None)


@pytest.mark.usefixtures("tied")
def test_at_the_command_line_it_is_asked_for_and_shown(
    database_url: str, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVOCA_DATABASE_URL", database_url)
    monkeypatch.setenv("CONVOCA_SECRET_KEY", secret)
    asked = ["decide", "agua", "--because", "Así se acordó", "--outcome", "adopted"]
    without = CliRunner().invoke(cli.app, asked)
    assert without.exit_code != 0
    assert "Its minute is missing" in str(without.exception)
    done = CliRunner().invoke(cli.app, [*asked, "--minute", MINUTE])
    assert done.exit_code == 0, done.output
    assert "Minute of the assembly: Asamblea del sábado 12 dic" in done.output
