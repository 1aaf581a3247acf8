"""Within the week in which NO FUI YO parts two phones, nobody is erased by who joined hers (people.md 4.1, 8)."""

from __future__ import annotations

import pytest

from bot.actions import erase
from storage import joining
from storage import tables as t
from storage.store import Store
from tests.kit import Town
from tests.people.test_joining import choices, comes, heard, join, later, phones
from tests.script import ACTS


@pytest.fixture
def village(store: Store) -> Town:
    """San Martín of the transcripts, where one can choose."""
    town = Town.on(store)
    ACTS["open"](town, "sm")
    return town


def alive(village: Town) -> list[str | None]:
    """Names of who is there."""
    return [row.name for row in village.rows(t.person, "name", "erased_at") if row.erased_at is None]


def test_who_joined_her_phone_does_not_erase_her(village: Town) -> None:
    rosa, thief = comes(village, "C"), village.phone("telegram", "C2")
    heard(rosa, "ELEGIR 2")
    join(rosa, thief)
    asked = heard(thief, "BORRAR")
    assert "Los separo y borro lo de este" in asked
    assert "BORRAR allá" in asked
    assert "Hecho" in heard(thief, "BORRAR")
    assert (alive(village), phones(village)) == (["Rosa"], [(1, 1)])
    assert "Camino" in heard(rosa, "MI ELECCION")
    assert "No tengo datos tuyos" in heard(thief, "DATOS")
    assert village.count(t.joining) == 0


def test_what_came_with_the_phone_goes_and_hers_is_hers_again(village: Town) -> None:
    rosa, thief = comes(village, "C"), comes(village, "C2", "telegram")
    heard(rosa, "ELEGIR 2")
    later(village, minutes=1)
    heard(thief, "ELEGIR 3")
    join(rosa, thief)
    heard(thief, "BORRAR", "BORRAR")
    assert (alive(village), phones(village)) == (["Rosa"], [(1, 1)])
    assert choices(village) == [(1, "2", "current"), (None, "3", "current")]
    assert {row.person_id: row.state for row in village.rows(t.registration, "person_id", "state")}[1] == "registered"


def test_who_had_her_type_a_code_does_not_erase_her_either(village: Town) -> None:
    thief, rosa = comes(village, "C"), comes(village, "C2", "telegram")
    join(thief, rosa)
    heard(thief, "BORRAR", "BORRAR")
    assert (alive(village), phones(village)) == (["Rosa"], [(2, 2)])
    assert "nombre: rosa" in heard(rosa, "DATOS").lower()


def test_nor_from_a_phone_that_was_joined_before_that_week(village: Town) -> None:
    thief, second, rosa = comes(village, "C"), village.phone("telegram", "C2"), comes(village, "C3", "telegram")
    join(thief, second)
    later(village, days=8)
    village.store.do(joining.purge)
    join(second, rosa)
    heard(thief, "BORRAR", "BORRAR")
    assert (alive(village), phones(village)) == (["Rosa"], [(2, 2)])


def test_a_third_phone_joined_from_the_second_erases_neither(village: Town) -> None:
    rosa, second, third = comes(village, "C"), *(village.phone("telegram", f"C{n}") for n in (2, 3))
    join(rosa, second)
    join(second, third)
    heard(third, "BORRAR", "BORRAR")
    assert (alive(village), phones(village)) == (["Rosa"], [(1, 1), (1, 2)])


def test_after_the_week_all_of_hers_goes_from_either(village: Town) -> None:
    first, second = comes(village, "C"), village.phone("telegram", "C2")
    join(first, second)
    later(village, days=7, minutes=1)
    assert "tus teléfonos" in heard(second, "BORRAR")
    heard(second, "BORRAR")
    assert (alive(village), phones(village)) == ([], [])


def test_on_a_shared_phone_her_other_one_is_not_spoken_of(village: Town) -> None:
    first, second = comes(village, "C", "telegram"), village.phone("whatsapp", "C2")
    heard(first, "OTRA", "1", "Luis", "1", "1", "SOY ROSA")
    own = village.rows(t.registration, "person_id", "code")[0].code
    code = heard(first, "VINCULAR", own).split("VINCULAR ")[1].split(".")[0]
    heard(second, f"VINCULAR {code}", "1")
    heard(first, "BORRAR")
    asked = heard(first, "1")
    assert "lo de aquí, nada más" in asked
    assert "teléfono" not in asked
    heard(first, "BORRAR")
    assert (alive(village), phones(village)) == (["Luis"], [(2, 1)])


def test_who_shares_the_phone_parts_nobody_else(village: Town) -> None:
    first, second = comes(village, "C", "telegram"), village.phone("whatsapp", "C2")
    join(first, second)
    heard(first, "OTRA", "1", "Luis", "1", "1", "SOY LUIS", "BORRAR", "1", "BORRAR")
    assert (alive(village), phones(village)) == (["Rosa"], [(1, 1), (1, 2)])


def test_the_team_erases_likewise(village: Town) -> None:
    rosa, thief = comes(village, "C"), village.phone("telegram", "C2")
    join(rosa, thief)
    store = village.store
    store.do(lambda unit: erase.for_somebody(unit, erase.find(unit, f"telegram:{thief.number}"), [1], [], by="ana"))
    assert (alive(village), phones(village)) == (["Rosa"], [(1, 1)])
