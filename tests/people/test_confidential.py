"""What somebody chooses is read by nobody of the team (voting.md 7: 'nobody sees it on a screen')."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from bot.player import Phone
from storage import handovers, public
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import Town
from tests.script import ACTS


@pytest.fixture
def town(store: Store) -> Town:
    """San Martín, where one can choose."""
    town = Town.on(store)
    joined(town.phone("sms"), "Rosa")
    ACTS["neighbours"](town, "4")
    ACTS["open"](town, "sm")
    town.phone("sms").read()
    return town


def joined(phone: Phone, name: str, first: str = "SANMARTIN") -> None:
    for words in (first, "1", name, "1", "1"):
        phone.say(words)


def read_by_team(town: Town) -> str:
    """All words of those who wait for a person, as RESPONDER shows them."""

    def work(unit: Unit) -> str:
        waiting = unit.db.execute(select(t.handover.c.address_id, t.handover.c.person_id)).all()
        return " | ".join(handovers.last_words(unit, one.address_id, one.person_id) for one in waiting)

    return town.store.read(work)


@pytest.mark.parametrize(
    "said",
    [
        ["ELEGIR 2 5 1"],
        ["ELEGIR", "2 5 1"],
        ["ELEGIR 2 5 1", "ELEGIR 2 5 1"],
        ["2 5 1", "2 5 1"],
        ["agua", "1"],
        ["ELEGIR", "eso que dijo el del agua", "lo del agua para mi abuela"],
        ["eso del agua pendejo"],
        ["BLANCO"],
        ["VOTO 2 5 1", "MI ELECCION"],
    ],
    ids=" / ".join,
)
def test_what_somebody_chooses_is_not_shown_to_who_answers(town: Town, said: list[str]) -> None:
    phone = town.phone("sms")
    for words in (*said, "PERSONA"):
        phone.say(words)
    assert town.count(t.handover) >= 1
    assert not re.search("2 5 1|agua|BLANCO", read_by_team(town))
    assert [row.text for row in town.rows(t.not_understood, "text") if row.text and "agua" in row.text] == []


def test_a_personal_code_is_not_shown_to_who_answers(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone("sms")
    joined(phone, "Rosa")
    joined(phone, "Luis", "OTRA")
    ACTS["open"](town, "sm")
    for words in ("ROSA ELEGIR 4", "SOY ROSA", "MI ELECCION", "7KTQ2", "PERSONA"):
        phone.say(words)
    assert town.count(t.ballot) == 1
    assert "7KTQ2" not in read_by_team(town)


def test_other_words_are_shown(town: Town) -> None:
    phone = town.phone("sms")
    for words in ("ELEGIR 2 5 1", "2", "no puedo subir la escalera", "PERSONA"):
        phone.say(words)
    assert "no puedo subir la escalera" in read_by_team(town)


def test_how_many_chose_an_option_is_not_public_while_people_choose(town: Town) -> None:
    ACTS["neighbours"](town, "6")
    ACTS["ballots"](town, "sm", "3 3 3 3 3 1 2")
    ACTS["withdraw"](town, "sm", "3 lo hace el ministerio")
    told = {row.kind: row.code for row in town.rows(t.broadcast, "kind", "code")}
    assert town.store.read(lambda unit: public.ledger(unit, told["ballot_changed"])) is None
    seen = town.store.read(lambda unit: public.choice(unit, "sm"))
    assert seen is not None
    assert seen.broadcasts == (told["ballot"],)


def test_a_receipt_is_kept_before_the_close_and_counted_after_it(town: Town) -> None:
    phone = town.phone("sms")
    phone.say("ELEGIR 2")
    code = str(town.rows(t.ballot, "code")[0].code)
    assert "esta guardado" in phone.say(f"RECIBO {code}")[0].text
    ACTS["close"](town, "sm")
    phone.read()
    assert "se conto" in phone.say(f"RECIBO {code}")[0].text
