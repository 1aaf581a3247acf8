"""`convoca erase`: what BORRAR does, for somebody who can not write any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from bot import cli
from bot.actions.staff import team
from storage import audit
from storage import tables as t
from storage.store import Store
from tests.kit import Town
from tests.people.places import traces
from tests.people.test_erasing import COMPANION, NAME, NUMBER, PERSONAL, STORY, forgotten, joined, told
from tests.script import ACTS

Command = Callable[..., Result]


@pytest.fixture
def convoca(database_url: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line on the database of the test."""
    monkeypatch.setenv("CONVOCA_DATABASE_URL", database_url)
    monkeypatch.setenv("CONVOCA_SECRET_KEY", secret)

    def run(*said: str, answer: str = "") -> Result:
        done = CliRunner().invoke(cli.app, ["erase", *said], input=answer)
        assert not [word for word in PERSONAL if word in done.output]
        return done

    return run


def refused(done: Result) -> str:
    """Why: `convoca` says it as one sentence and ends with 1."""
    assert done.exit_code == 1
    return str(done.exception) if done.exception and not isinstance(done.exception, SystemExit) else done.output


def test_it_erases_as_the_word_does_and_shows_no_name(store: Store, convoca: Command) -> None:
    town = Town.on(store)
    joined(town)
    (token,) = (row.token for row in town.rows(t.person, "token"))
    done = convoca(f"sms:{NUMBER}", answer="1\n")
    assert done.exit_code == 0, done.output
    assert f"1 person uses it: {token}" in done.output
    (proof,) = town.rows(t.erasure, "code", "people")
    assert proof.code in done.output
    assert proof.people == 1
    assert [row.name for row in town.rows(t.person, "name")] == [None]
    assert town.count(t.registration, state="registered") == 0
    forgotten(town)
    assert traces(store, *PERSONAL) == []
    assert [row.value for row in town.rows(t.address, "value")] == [None]
    assert not store.read(audit.verify)


def test_the_address_is_asked_for_where_a_history_must_not_keep_it(store: Store, convoca: Command) -> None:
    town = Town.on(store)
    joined(town)
    done = convoca(answer=f"sms:{NUMBER[:4]} {NUMBER[4:8]}-{NUMBER[8:]}\n1\n")
    assert done.exit_code == 0, done.output
    assert town.count(t.erasure) == 1


@pytest.mark.parametrize("typed", ["2", "", "si", "01"])
def test_another_number_does_nothing(store: Store, convoca: Command, typed: str) -> None:
    town = Town.on(store)
    joined(town)
    done = convoca(f"sms:{NUMBER}", answer=f"{typed}\n")
    assert done.exit_code == 1
    assert town.count(t.erasure) == 0
    assert [row.name for row in town.rows(t.person, "name")] == [NAME]


def test_yes_answers_for_a_script(store: Store, convoca: Command) -> None:
    town = Town.on(store)
    joined(town, "telegram")
    assert convoca(f"telegram:{NUMBER}", "--yes").exit_code == 0
    assert town.count(t.erasure) == 1


@pytest.mark.parametrize(
    "typed", ["sms:+50700000000", f"whatsapp:{NUMBER}", "sms:", "pigeon:1", NUMBER, "telegram:@ana", "sms:\u0000"]
)
def test_an_unknown_address_is_a_sentence_and_leaves_no_trace(store: Store, convoca: Command, typed: str) -> None:
    town = Town.on(store)
    joined(town)
    before = town.count(t.address)
    why = refused(convoca(typed, "--yes"))
    assert "sms:+50760000001" in why
    assert (town.count(t.address), town.count(t.erasure)) == (before, 0)


def test_twice_finds_nothing_the_second_time(store: Store, convoca: Command) -> None:
    town = Town.on(store)
    joined(town)
    assert convoca(f"sms:{NUMBER}", "--yes").exit_code == 0
    assert "Nothing is held about that address" in refused(convoca(f"sms:{NUMBER}", "--yes"))
    assert town.count(t.erasure) == 1


def test_of_a_shared_phone_one_goes_or_all(store: Store, convoca: Command) -> None:
    town = Town.on(store)
    told(town, "sms", STORY[:11])
    first, second = (row.token for row in town.rows(t.person, "token"))
    assert "Nobody on that address" in refused(convoca(f"sms:{NUMBER}", "--person", "P-XXXXXX", "--yes"))
    done = convoca(f"sms:{NUMBER}", "--person", second.lower(), answer="1\n")
    assert f"2 people use it: {first}, {second}" in done.output
    assert "The address stays for the others." in done.output
    assert [row.name for row in town.rows(t.person, "name")] == [NAME, None]
    forgotten(town)
    assert [row.value for row in town.rows(t.address, "value")] == [NUMBER]
    assert convoca(f"sms:{NUMBER}", answer="1\n").exit_code == 0
    assert [row.name for row in town.rows(t.person, "name")] == [None, None]
    assert COMPANION not in str(town.rows(t.person, "name"))


def test_a_choice_stays_counted_and_the_phone_makes_no_other(store: Store, convoca: Command) -> None:
    town = Town.on(store)
    phone = joined(town)
    ACTS["open"](town, "sm")
    phone.read()
    phone.say("ELEGIR")
    phone.say("2 5")
    assert convoca(f"sms:{NUMBER}", "--yes").exit_code == 0
    assert [(row.status, row.person_id) for row in town.rows(t.ballot, "status", "person_id")] == [("current", None)]
    assert town.count(t.chosen_before) == 1


def test_who_only_wrote_once_is_wiped_too(store: Store, convoca: Command) -> None:
    town = Town.on(store)
    told(town, "sms", ["SANMARTIN"])
    done = convoca(f"sms:{NUMBER}", answer="0\n")
    assert "Nobody has given permission there" in done.output
    forgotten(town)
    assert traces(store, *PERSONAL) == []
    assert [row.value for row in town.rows(t.address, "value")] == [None]


def test_an_address_of_the_team_is_left_alone(store: Store, convoca: Command) -> None:
    Town.on(store)
    store.do(lambda unit: team.add(unit, f"telegram:{NUMBER}", "facilitator", by="test"))
    assert "of the team" in refused(convoca(f"telegram:{NUMBER}", "--yes"))
