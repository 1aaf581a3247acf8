"""Who may do what: every word of the team from everybody, and what a stranger learns of it (nothing)."""

from __future__ import annotations

import json
from itertools import count

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from bot import router
from bot.actions.staff import team
from bot.errors import Refused
from bot.roles import MAY
from storage import staff
from storage import tables as t
from storage.store import Store
from tests.kit import parts
from tests.staff.crew import WORDS, Crew

ROLES = ("admin", "facilitator", "auditor", "verifier", "entity")
REGISTRY = parts().registry


def test_every_word_of_the_team_is_in_the_table() -> None:
    named = {begin.conversation for word in WORDS if (begin := router.staff_word(REGISTRY, word))}
    spoken = {REGISTRY.by_name[name].name for name in REGISTRY.by_staff_word.values()}
    assert named == spoken
    assert {c.act for c in REGISTRY.by_name.values() if c.act} <= set(MAY)


def opens(crew: Crew, name: str, word: str) -> bool:
    """Whether the word means something from this phone."""
    phone = crew.town.phones[name]
    before = {row.id for row in crew.town.rows(t.audit_event, "id")}
    told = crew.said(phone, word)
    assert {row.id for row in crew.town.rows(t.audit_event, "id")} >= before
    nothing = ("Hola. Soy Convoca", "No tengo una pregunta pendiente.")  # a neighbour, or one of the team
    return not told.startswith(nothing) and "¿Qué comunidad buscas?" not in told


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_its_words_and_no_others(store: Store, role: str) -> None:
    crew = Crew(store)
    for n, word in enumerate(WORDS):
        crew.join(f"P{n}", role)
        begin = router.staff_word(REGISTRY, word)
        assert begin
        may = role in MAY[REGISTRY.by_name[begin.conversation].act]
        assert opens(crew, f"P{n}", word) == may, word


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram"])
def test_a_stranger_reads_what_any_citizen_reads(store: Store, channel: str) -> None:
    crew, n = Crew(store), count()
    for word in WORDS:
        nonsense = crew.said(crew.town.phone(channel, f"A{next(n)}"), "xyzzy")
        assert crew.said(crew.town.phone(channel, f"A{next(n)}"), word) == nonsense, word
    assert crew.town.count(t.checkin) == 0


def test_a_neighbour_with_a_permission_reads_her_menu(store: Store) -> None:
    crew, n = Crew(store), count()

    def told(word: str) -> str:
        phone = crew.town.phone("telegram", f"N{next(n)}")
        crew.said(phone, "SANMARTIN", "1", "Ana", "1", "1")
        return crew.said(phone, word)

    nonsense = told("xyzzy")
    assert "No tengo una pregunta pendiente" in nonsense
    assert [word for word in WORDS if told(word) != nonsense] == []


def test_a_facilitator_of_one_lab_does_nothing_in_another(store: Store) -> None:
    crew = Crew(store)
    phone = crew.join("F", lab="san-martin-bocas")
    assert "No encontré esa reunión" in crew.said(phone, "INVITAR sm1")
    assert "No encontré esa reunión" in crew.said(phone, "EDITAR SANMARTIN")
    assert "No encontré esa reunión" in crew.said(phone, "QUIEN VIENE sm1")
    assert "No hay una elección así" in crew.said(phone, "ABRIR sm")
    assert crew.sent() == []


def test_a_role_taken_back_ends_what_was_begun_at_once(store: Store) -> None:
    crew = Crew(store)
    crew.town.neighbour("Ana")
    phone = crew.join("F")
    assert "ENVIAR 1" in crew.said(phone, "INVITAR sm1", "2")
    store.do(lambda unit: team.remove(unit, f"telegram:{phone.number}", by="test"))
    assert "¿Qué comunidad buscas?" in crew.said(phone, "ENVIAR 1")
    assert "¿Qué comunidad buscas?" not in crew.said(phone, "MENU")
    assert crew.sent() == []
    assert [row.actor for row in crew.audit("staff.removed")] == ["test"]


def test_by_sms_nobody_gets_a_role_and_the_database_says_so(store: Store) -> None:
    crew = Crew(store)
    with pytest.raises(Refused, match="forged"):
        crew.join("F", channel="sms")
    crew.join("G")
    role = crew.town.rows(t.staff_role, "staff_id", "address_id")[0]
    whom = {"staff_id": role.staff_id, "address_id": role.address_id, "granted_by": "x", "role": "auditor"}

    def put(**values: object) -> None:
        store.do(lambda unit: unit.db.execute(insert(t.staff_role).values(**whom | values, at=unit.now)))

    for wrong in ({"channel": "sms"}, {"channel": "telegram", "role": "king"}):
        with pytest.raises(IntegrityError):
            put(**wrong)
    with pytest.raises(IntegrityError):
        put(channel="telegram", lab_id=crew.town.rows(t.lab, "id")[0].id)  # an auditor of one lab alone


def test_a_role_twice_is_one_and_numbers_are_masked(store: Store) -> None:
    crew = Crew(store)
    crew.join("F", lab="san-martin")
    phone = crew.join("F", lab="san-martin")
    listed = store.read(staff.grants)
    assert [(g.role, g.lab, g.address) for g in listed] == [("facilitator", "san-martin", "*" * 10 + phone.number[-2:])]
    assert len(crew.audit("staff.added")) == 1
    assert phone.number[1:] not in json.dumps([dict(r._mapping) for r in crew.audit("staff.added")])


def test_two_phones_of_one_person_are_one_person(store: Store) -> None:
    crew = Crew(store)
    crew.join("F")
    token = store.read(staff.grants)[0].token
    crew.join("G", channel="whatsapp", person=token)
    assert {g.token for g in store.read(staff.grants)} == {token}
    lab = crew.town.rows(t.lab, "id")[0].id
    mine = crew.town.rows(t.staff, "id")[0].id
    assert store.read(lambda unit: staff.others(unit, lab, MAY["approve"], mine)) == []


def test_a_phone_of_the_team_that_never_signed_up_is_not_forgotten(store: Store) -> None:
    crew = Crew(store)
    phone = crew.join("F")
    crew.said(phone, "PENDIENTES")
    crew.town.at(crew.store.read(lambda unit: unit.now).replace(month=12, day=20))
    assert crew.said(phone, "PENDIENTES")
    assert [row.value for row in crew.town.rows(t.address, "value")] == [phone.number]
