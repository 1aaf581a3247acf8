"""A phone of the team that was silent for 12 hours gives six digits before it writes to many people (ADR 19)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.actions.staff import codes
from bot.errors import Refused
from storage import clock, people, staff, staff_codes
from storage.store import Store, Unit
from tests.staff.crew import Crew


def silent(store: Store, hours: float = 13) -> None:
    store.do(lambda unit: clock.to(unit, unit.now + timedelta(hours=hours)))


def begun(store: Store, name: str = "F") -> Crew:
    """Somebody who wrote at 10:00, and four neighbours."""
    crew = Crew(store)
    for n in range(4):
        crew.town.neighbour(f"Vecino {n}")
    crew.said(crew.join(name), "QUIEN VIENE sm1")
    return crew


def digits(store: Store, name: str = "F") -> str:
    return store.do(lambda unit: codes.shown(unit, name, by="cli:test"))[1]


def invites(crew: Crew) -> str:
    return crew.said(crew.town.phones["F"], "INVITAR sm1", "2")


def test_who_was_silent_gives_the_code_that_the_command_shows(store: Store) -> None:
    crew = begun(store)
    silent(store, 24)
    asked = invites(crew)
    assert asked.startswith("Este teléfono estuvo 12 horas sin escribir. Antes de un envío pido un código.")
    code = digits(store)
    told = crew.said(crew.town.phones["F"], f"{code[:3]} {code[3:]}")
    assert "Para enviar, escribe: ENVIAR 4" in told
    assert "En camino" in crew.said(crew.town.phones["F"], "ENVIAR 4")
    assert [row.payload for row in crew.audit("staff.code")] == [{"right": True}]
    assert [row.actor for row in crew.audit("staff.code_shown")] == ["cli:test"]


@pytest.mark.parametrize(("hours", "asked"), [(11.9, False), (24, True)])
def test_only_after_twelve_hours(store: Store, hours: float, asked: bool) -> None:
    crew = begun(store)
    silent(store, hours)
    if asked:
        assert "pido un código" in invites(crew)
        return
    assert "pido un código" not in crew.said(crew.town.phones["F"], "SUSPENDER sm1", "llueve")


def test_once_given_it_is_not_asked_again_until_the_next_silence(store: Store) -> None:
    crew = begun(store)
    silent(store, 24)
    invites(crew)
    crew.said(crew.town.phones["F"], digits(store), "NO")
    silent(store, 5)
    assert "ENVIAR 4" in invites(crew)
    crew.said(crew.town.phones["F"], "NO")
    silent(store, 19)
    assert "pido un código" in invites(crew)


def test_an_old_question_is_no_way_around(store: Store) -> None:
    crew = begun(store)
    assert "ENVIAR 4" in invites(crew)
    silent(store, 24)
    assert "Pasaron más de 12 horas desde que empezaste." in crew.said(crew.town.phones["F"], "ENVIAR 4")
    assert crew.sent() == []


def test_five_wrong_ones_lock_for_an_hour_even_with_the_right_one(store: Store) -> None:
    crew = begun(store)
    silent(store, 24)
    invites(crew)
    phone, good = crew.town.phones["F"], digits(store)
    wrong = f"{(int(good) + 1) % 1_000_000:06d}"
    for _n in range(4):
        assert crew.said(phone, wrong).startswith("Ese código no es, o ya venció: vale 15 minutos.")
    assert crew.said(phone, wrong).startswith("Cinco códigos que no son.")
    invites(crew)
    assert crew.said(phone, digits(store)).startswith("Cinco códigos que no son.")
    silent(store, 1.1)
    invites(crew)
    assert "ENVIAR 4" in crew.said(phone, digits(store))


def test_a_code_is_one_persons_and_of_its_quarter_of_an_hour(store: Store) -> None:
    crew = begun(store)
    crew.join("G")
    assert digits(store, "F") != digits(store, "G")

    def tried(unit: Unit, code: str) -> bool:
        me = staff.member(unit, people.lock_address(unit, "telegram", crew.town.phones["F"].number).id)
        assert me is not None
        return staff_codes.tried(unit, me.token, me.address_id, code)

    old = digits(store)
    silent(store, 0.25)
    assert store.do(lambda unit: tried(unit, old)), "the quarter of an hour before is good too"
    silent(store, 0.25)
    assert not store.do(lambda unit: tried(unit, old))


def test_the_command_wants_one_person_who_works_here(store: Store) -> None:
    crew = begun(store)
    crew.join("Ana")
    crew.join("ana", channel="whatsapp")
    with pytest.raises(Refused, match="Several people have that name"):
        digits(store, "ANA")
    with pytest.raises(Refused, match="Nobody of the team is known by that"):
        digits(store, "Nadie")


def test_what_is_not_six_digits_is_told_so(store: Store) -> None:
    crew = begun(store)
    silent(store, 24)
    invites(crew)
    assert crew.said(crew.town.phones["F"], "no sé").startswith("El código tiene 6 números. Escríbelos.")
    assert crew.audit("staff.code") == []
