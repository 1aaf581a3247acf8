"""`--in en.because=...` on the command line: read as it is written, refused in a sentence, kept with the decision."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import typer
from sqlalchemy import update
from typer.testing import CliRunner, Result

from bot import cli
from bot.terminal import translating
from storage import tables as t
from storage.store import Unit
from tests.told.office import Office

FIELDS = {"because": "reason", "next-step": "next_step"}


def test_it_is_read_as_it_is_written() -> None:
    given = ["en.because=No money = no tank", "EN.next-step=In May", "fr.because="]
    read = {"en": {"reason": "No money = no tank", "next_step": "In May"}, "fr": {"reason": ""}}
    assert translating.read(given, FIELDS) == read
    assert translating.read(None, FIELDS) == {}


@pytest.mark.parametrize("given", ["en.because", "because=x", "en.why=x", "x", "="])
def test_what_can_not_be_read_says_what_can(given: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"en\.because, en\.next-step"):
        translating.read([given], FIELDS)


Command = Callable[..., Result]


@pytest.fixture
def convoca(office: Office, database_url: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line on the office's database; the lab speaks English too, and nothing of the water is decided."""

    def work(unit: Unit) -> None:
        unit.db.execute(update(t.lab).values(langs=["es", "en"]))

    office.store.do(work)
    monkeypatch.setenv("CONVOCA_DATABASE_URL", database_url)
    monkeypatch.setenv("CONVOCA_SECRET_KEY", secret)
    return lambda *said: CliRunner().invoke(cli.app, [*said, "--yes"])


def test_a_promise_its_news_and_its_story_have_it(office: Office, convoca: Command) -> None:
    made = ("promise", "agua", "--by", "agua", "--text", "repara el tanque", "--due", "fin de marzo")
    done = convoca(*made, "--in", "en.text=repairs the tank", "--in", "en.due=end of March")
    assert done.exit_code == 0, done.output
    done = convoca("update", "agua", "--status", "done_office", "--because", "Es nuevo", "--in", "en.because=It is new")
    assert done.exit_code == 0, done.output
    told = ("story", "agua", "--before", "Dos horas", "--after", "Todo el día")
    done = convoca(*told, "--in", "en.before=Two hours", "--in", "en.after=All day")
    assert done.exit_code == 0, done.output
    kept = [[row.texts for row in office.town.rows(table)] for table in (t.commitment, t.commitment_update, t.story)]
    assert kept == [
        [{"en": {"text": "repairs the tank", "due_text": "end of March"}}],
        [{}, {"en": {"text": "It is new"}}],
        [{"en": {"before": "Two hours", "after": "All day"}}],
    ]


def test_a_decision_has_it_and_what_is_wrong_is_one_sentence(office: Office, convoca: Command) -> None:
    office.store.do(lambda unit: unit.db.execute(update(t.contest).values(state="closed")).rowcount)
    said = ("decide", "agua", "--because", "Gotea")
    assert convoca(*said, "--in", "en.why=It leaks").exit_code == 2
    assert str(convoca(*said, "--in", "fr.because=Il fuit").exception).startswith("The lab has no texts in fr.")
    assert {**office.town.rows(t.decision)[0].texts} == {}
    convoca(*said, "--in", "en.because=It leaks")
    assert office.town.rows(t.decision)[0].texts == {"en": {"reason": "It leaks"}}
