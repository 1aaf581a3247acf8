"""`convoca phones`: what VINCULAR and NO FUI YO do, for somebody whom a person of the team has spoken with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from bot import cli
from bot.actions.joined import NOT_LATELY
from bot.player import Phone
from storage import audit
from storage import tables as t
from storage.store import Store
from tests.kit import Town
from tests.people.test_joining import change, choices, comes, heard, join, later, phones
from tests.script import ACTS

Command = Callable[..., Result]


@pytest.fixture
def convoca(database_url: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`convoca phones` on the database of the test; no name and no number is ever printed."""
    monkeypatch.setenv("CONVOCA_DATABASE_URL", database_url)
    monkeypatch.setenv("CONVOCA_SECRET_KEY", secret)

    def run(*said: str, answer: str = "") -> Result:
        done = CliRunner().invoke(cli.app, ["phones", *said], input=answer)
        assert "Rosa" not in done.output
        assert "+507" not in done.output
        return done

    return run


@pytest.fixture
def village(store: Store) -> Town:
    town = Town.on(store)
    ACTS["open"](town, "sm")
    return town


def at(phone: Phone) -> str:
    return f"{phone.channel}:{phone.number}"


def refused(done: Result) -> str:
    assert done.exit_code == 1
    return str(done.exception) if done.exception and not isinstance(done.exception, SystemExit) else done.output


def test_who_waits_for_it_is_joined_told_on_both_phones_and_can_part_them(village: Town, convoca: Command) -> None:
    first, second = comes(village, "C"), comes(village, "C2", "telegram", "Lucha")
    heard(first, "ELEGIR 2")
    later(village, minutes=1)
    heard(second, "ELEGIR 3")
    assert "alguien del equipo" in join(first, second)
    assert village.count(t.handover, reason="joining", done_at=None) == 1
    done = convoca("join", at(first), at(second), answer="y\n")
    assert done.exit_code == 0, done.output
    one, other = (row.token for row in village.rows(t.person, "token"))
    assert f"What is of {other} becomes {one}'s." in done.output
    assert choices(village) == [(1, "2", "void"), (1, "3", "current")]
    assert phones(village) == [(1, 1), (1, 2)]
    assert village.count(t.handover, reason="joining", done_at=None) == 0
    read = [phone.read()[-1].text for phone in (first, second)]
    assert ["El equipo unio" in read[0], "El equipo unió" in read[1]] == [True, True]
    assert [row.actor[:4] for row in village.rows(t.audit_event, "kind", "actor") if row.kind == "phones.joined"] == [
        "cli:"
    ]
    assert "Separé los teléfonos" in heard(second, "NO FUI YO")
    assert choices(village) == [(1, "2", "current"), (2, "3", "current")]
    assert not village.store.read(audit.verify)


def test_a_phone_of_nobody_becomes_hers(village: Town, convoca: Command) -> None:
    first, second = comes(village, "C"), village.phone("telegram", "C2")
    heard(second, "PERSONA")
    assert convoca("join", at(first), at(second), "--yes").exit_code == 0
    assert phones(village) == [(1, 1), (1, 2)]
    assert "one person already" in refused(convoca("join", at(first), at(second), "--yes"))


def test_a_no_at_the_question_joins_nobody(village: Town, convoca: Command) -> None:
    first, second = comes(village, "C"), comes(village, "C2", "telegram")
    assert convoca("join", at(first), at(second), answer="n\n").exit_code == 1
    assert phones(village) == [(1, 1), (2, 2)]
    assert [one.text for phone in (first, second) for one in phone.read()] == []


def test_of_a_shared_phone_it_is_said_who_is_meant(village: Town, convoca: Command) -> None:
    first, second = comes(village, "C"), comes(village, "C2")
    heard(second, "OTRA", "1", "Luis", "1", "1")
    why = refused(convoca("join", at(first), at(second), "--yes"))
    tokens = [row.token for row in village.rows(t.person, "token")]
    assert all(token in why for token in tokens[1:])
    assert "--person" in why
    assert phones(village) == [(1, 1), (2, 2), (3, 2)]
    done = convoca("join", at(first), at(second), "--person", tokens[2], "--yes")
    assert done.exit_code == 0, done.output
    assert phones(village) == [(1, 1), (1, 2), (2, 2)]
    assert "de alguien de aqui" in second.read()[-1].text
    assert "nobody" in refused(convoca("join", at(first), at(second), "--person", "P-222222", "--yes")).lower()


def test_who_can_not_be_one_stays_two(village: Town, convoca: Command) -> None:
    first, second = comes(village, "C"), comes(village, "C2", "telegram")
    change(village, t.person.update().where(t.person.c.id == 2).values(age_band="teen"))
    assert "they stay two" in refused(convoca("join", at(first), at(second), "--yes")).lower()
    assert phones(village) == [(1, 1), (2, 2)]
    assert village.count(t.joining) == 0


@pytest.mark.parametrize("wrong", ["+50760000000", "sms:+50799999999", "sms:"])
def test_an_address_of_nobody_is_refused(village: Town, convoca: Command, wrong: str) -> None:
    first = comes(village, "C")
    assert "CHANNEL:ADDRESS" in refused(convoca("join", at(first), wrong, "--yes"))
    assert "CHANNEL:ADDRESS" in refused(convoca("part", wrong, "--yes"))
    nobody = village.phone("telegram", "C3")
    heard(nobody, "PERSONA")
    assert "given permission" in refused(convoca("join", at(nobody), at(first), "--yes"))


def test_what_was_joined_within_a_week_is_parted(village: Town, convoca: Command) -> None:
    first, second = comes(village, "C"), comes(village, "C2", "telegram")
    join(first, second)
    first.read()
    done = convoca("part", at(second), answer="y\n")
    assert done.exit_code == 0, done.output
    assert phones(village) == [(1, 1), (2, 2)]
    assert "separó los teléfonos" in second.read()[-1].text
    actors = {row.kind: row.actor for row in village.rows(t.audit_event, "kind", "actor")}
    assert actors["phones.parted"].startswith("cli:")
    for yes in ((), ("--yes",)):  # refused before anything is asked
        assert refused(convoca("part", at(second), *yes)) == NOT_LATELY
