"""One person, several phones: a code told on the first and typed on the second joins them (voting.md 5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Insert, Update, literal, select

from bot.player import Phone
from storage import clock, joining, own_copy, reach
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import BEGINS, Town
from tests.script import ACTS


@pytest.fixture
def village(store: Store) -> Town:
    """San Martín of the transcripts, where one can choose."""
    town = Town.on(store)
    ACTS["open"](town, "sm")
    return town


def heard(phone: Phone, *said: str) -> str:
    return " / ".join(shown.text for words in said for shown in phone.say(words))


def comes(village: Town, name: str, channel: str = "sms", person: str = "Rosa", age: str = "1") -> Phone:
    """A phone whose person has signed up."""
    phone = village.phone(channel, name)
    heard(phone, "SANMARTIN", "1", person, age, "1")
    return phone


def code_on(phone: Phone) -> str:
    """The code that VINCULAR tells."""
    return heard(phone, "VINCULAR").split("VINCULAR ")[1].split(".")[0]


def join(first: Phone, second: Phone, *answers: str) -> str:
    """What the second phone reads at the end."""
    said = heard(second, f"VINCULAR {code_on(first)}")
    for words in answers or ("1",):
        said = heard(second, words)
    return said


def later(village: Town, **by: float) -> None:
    village.store.do(lambda unit: clock.to(unit, unit.now + timedelta(**by)))


def choices(village: Town) -> list[tuple[int | None, str, str]]:
    rows = village.rows(t.ballot, "person_id", "payload", "status")
    return [(row.person_id, row.payload, row.status) for row in rows]


def change(village: Town, query: Update | Insert) -> None:
    village.store.do(lambda unit: unit.db.execute(query))


def phones(village: Town) -> list[tuple[int, int]]:
    return sorted((row.person_id, row.address_id) for row in village.rows(t.contact, "person_id", "address_id"))


def test_a_stranger_with_the_code_is_the_same_person(village: Town) -> None:
    first, second = comes(village, "C"), village.phone("telegram", "C2")
    asked = heard(second, f"VINCULAR {code_on(first)}")
    assert "Rosa" not in asked
    assert "Ya los uní" in heard(second, "1")
    assert "NO FUI YO" in first.read()[-1].text
    assert phones(village) == [(1, 1), (1, 2)]
    heard(second, "ELEGIR 2")
    assert "2" in heard(first, "MI ELECCION")
    heard(first, "ELEGIR 3")
    assert choices(village) == [(1, "2", "superseded"), (1, "3", "current")]


def test_two_are_one_and_the_later_choice_stands(village: Town) -> None:
    first, second = comes(village, "C"), comes(village, "C2", "telegram", "Rosa María")
    heard(first, "ELEGIR 2")
    later(village, minutes=1)
    heard(second, "ELEGIR 3")
    assert "Ya los uní" in join(first, second)
    assert choices(village) == [(1, "2", "void"), (1, "3", "current")]
    assert [row.void_reason is None for row in village.rows(t.ballot, "void_reason")] == [False, True]
    assert village.count(t.participation) == village.count(t.enrolment) == 1
    assert village.count(t.audit_event, kind="ballot.joined") == 2
    assert phones(village) == [(1, 1), (1, 2)]
    assert "2 elecciones" in second.screen[-1].text
    states = {(row.person_id, row.state) for row in village.rows(t.registration, "person_id", "state")}
    assert states == {(1, "registered"), (2, "cancelled")}
    assert "NO FUI YO" in first.read()[-1].text
    assert "vale el mas nuevo" in heard(first, f"RECIBO {village.rows(t.ballot, 'code')[0].code}").lower()


def test_the_earlier_choice_is_the_one_that_is_void_whichever_phone_gave_the_code(village: Town) -> None:
    first, second = comes(village, "C"), comes(village, "C2", "telegram")
    heard(second, "ELEGIR 3")
    later(village, minutes=1)
    heard(first, "ELEGIR 2")
    join(first, second)
    assert choices(village) == [(1, "3", "void"), (1, "2", "current")]


def test_who_did_not_do_it_takes_it_back(village: Town) -> None:
    first, second = comes(village, "C"), comes(village, "C2", "telegram")
    heard(first, "ELEGIR 2")
    later(village, minutes=1)
    heard(second, "ELEGIR 3")
    join(first, second)
    assert "Separe los telefonos" in heard(first, "NO FUI YO")
    assert phones(village) == [(1, 1), (2, 2)]
    assert choices(village) == [(1, "2", "current"), (2, "3", "current")]
    assert village.count(t.participation) == village.count(t.enrolment) == 2
    assert [row.name for row in village.rows(t.person, "name")] == ["Rosa", "Rosa"]
    assert village.count(t.handover, reason="not_me") == 1
    assert "3" in heard(second, "MI ELECCION")
    assert village.count(t.joining) == 0


def test_a_stranger_who_was_joined_is_one_again(village: Town) -> None:
    first, second = comes(village, "C"), village.phone("telegram", "C2")
    join(first, second)
    heard(second, "ELEGIR 2")
    assert "Separe" in heard(first, "NO FUI YO")
    assert phones(village) == [(1, 1)]
    assert "No tengo datos tuyos" in heard(second, "DATOS")
    assert "Gracias por avisar" in heard(first, "NO FUI YO")


def test_after_a_week_a_human_looks_at_it(village: Town) -> None:
    first, second = comes(village, "C"), village.phone("telegram", "C2")
    join(first, second)
    later(village, days=7, minutes=5)
    assert village.store.do(joining.purge) == 1
    assert "Gracias por avisar" in heard(first, "NO FUI YO")
    assert phones(village) == [(1, 1), (1, 2)]


def test_a_code_serves_once_and_for_a_quarter_of_an_hour(village: Town) -> None:
    first = comes(village, "C")
    old, code = code_on(first), code_on(first)
    assert "no es" in heard(village.phone("telegram", "C2"), f"VINCULAR {old}")
    assert "otro telefono" in heard(first, f"VINCULAR {code}")
    heard(village.phone("telegram", "C2"), f"VINCULAR {code.lower()}", "1")
    assert "no es" in heard(village.phone("whatsapp", "C3"), f"VINCULAR {code}")
    code = code_on(first)
    assert "¿Los usas tú?" in heard(village.phone("whatsapp", "C3"), f"VINCULAR {code}")
    later(village, minutes=15)
    assert "no es" in heard(village.phone("whatsapp", "C3"), "1")
    assert phones(village) == [(1, 1), (1, 2)]


def test_a_code_that_is_over_joins_nobody_to_whoever_has_a_code_after_it(village: Town) -> None:
    first, second = comes(village, "C"), village.phone("telegram", "C2")
    heard(second, f"VINCULAR {code_on(first)}")
    later(village, minutes=20)
    village.store.do(joining.purge)
    code_on(comes(village, "D", "telegram", "Pedro"))
    before = phones(village)
    assert "no es" in heard(second, "1")
    assert phones(village) == before


@pytest.mark.parametrize("answer", ["1", "2"])
def test_a_code_of_who_left_is_not_the_next_one(village: Town, answer: str) -> None:
    first, second = comes(village, "C"), village.phone("telegram", "C2")
    other = comes(village, "D", "telegram", "Pedro")
    heard(second, f"VINCULAR {code_on(first)}")
    heard(first, "SALIR")
    code, before = code_on(other), phones(village)
    heard(second, answer)
    assert phones(village) == before
    assert "¿Los usas tú?" in heard(village.phone("whatsapp", "D2"), f"VINCULAR {code}")


def test_a_code_that_a_newer_one_replaced_joins_nobody(village: Town) -> None:
    first, second = comes(village, "C"), village.phone("telegram", "C2")
    heard(second, f"VINCULAR {code_on(first)}")
    code_on(first)
    assert "no es" in heard(second, "1")
    assert phones(village) == [(1, 1)]


def test_a_talk_of_an_older_version_knows_no_code(village: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """It kept the number of the row alone, which another code may have by now."""
    first, second = comes(village, "C"), village.phone("telegram", "C2")
    code = code_on(first)
    with monkeypatch.context() as older:
        older.setattr("conversations.joining._tried", lambda _talk, _typed: {"state": "right", "row": 1})
        heard(second, f"VINCULAR {code}")
    assert "no es" in heard(second, "1")
    assert phones(village) == [(1, 1)]


def test_five_wrong_codes_are_all_there_are_in_a_day(village: Town) -> None:
    first, second = comes(village, "C"), village.phone("telegram", "C2")
    for n in range(2, 7):
        said = heard(second, f"VINCULAR 22222{n}")
    assert "5 códigos" in said
    code = code_on(first)
    assert "5 códigos" in heard(second, "MENU", f"VINCULAR {code}", f"vincular {code}")
    assert phones(village) == [(1, 1)]


def test_who_says_no_is_forgotten_and_the_code_is_gone(village: Town) -> None:
    first, second = comes(village, "C"), village.phone("telegram", "C2")
    code = code_on(first)
    assert "No uní nada" in heard(second, f"VINCULAR {code}", "2")
    assert "no es" in heard(second, f"VINCULAR {code}")
    assert phones(village) == [(1, 1)]


def test_leaving_ends_the_code(village: Town) -> None:
    first, second = comes(village, "C"), village.phone("telegram", "C2")
    code = code_on(first)
    heard(first, "SALIR")
    assert "no es" in heard(second, f"VINCULAR {code}")


def test_who_forges_a_sender_does_not_see_what_joins_them(village: Town) -> None:
    first, second = comes(village, "C", "telegram"), comes(village, "C2")
    assert "Para unirlos, escribe" in join(first, second)
    assert "No uni nada" in heard(second, "1")
    assert len(set(phones(village))) == village.count(t.person, erased_at=None) == 2
    proof = join(first, second).split("escribe ")[1].split(".")[0]
    assert "Ya los uni" in heard(second, proof.lower())
    assert phones(village) == [(1, 1), (1, 2)]


@pytest.mark.parametrize("said", [("2",), ("1",)], ids=["beside who writes there", "nobody is known there"])
def test_by_sms_nothing_is_joined_without_reading_what_the_phone_gets(village: Town, said: tuple[str, ...]) -> None:
    """Or who forges a number would read and change what is chosen there."""
    first = comes(village, "C", "telegram", "Pedro")
    second = comes(village, "C2") if said == ("2",) else village.phone("sms", "C2")
    before = phones(village)
    assert "Para unirlos, escribe" in join(first, second, *said)
    assert "No uni nada" in heard(second, "1")
    assert phones(village) == before


def test_who_joined_a_third_phone_from_the_second_is_out_with_it(village: Town) -> None:
    first, second, third, fourth = comes(village, "C"), *(village.phone("telegram", f"C{n}") for n in (2, 3, 4))
    join(first, second)
    join(second, third)
    waits = code_on(second)
    assert "Separe los telefonos" in heard(first, "NO FUI YO")
    assert phones(village) == [(1, 1)]
    assert "no es" in heard(fourth, f"VINCULAR {waits}")


def test_who_parts_them_after_the_close_changes_nothing_that_was_counted(village: Town) -> None:
    first, second = comes(village, "C"), comes(village, "C2", "telegram")
    heard(first, "ELEGIR 1")
    heard(second, "ELEGIR 2")
    join(first, second)
    ACTS["close"](village, "sm")
    counted = [village.count(table) for table in (t.participation, t.enrolment, t.ballot)]
    standing = choices(village)
    assert "Separe los telefonos" in heard(first, "NO FUI YO")
    assert [village.count(table) for table in (t.participation, t.enrolment, t.ballot)] == counted
    assert [row[1:] for row in choices(village)] == [row[1:] for row in standing]


def test_two_names_are_looked_at_by_a_human(village: Town) -> None:
    first, second = comes(village, "C"), comes(village, "C2", "telegram", "Luis")
    assert "alguien del equipo" in join(first, second)
    assert phones(village) == [(1, 1), (2, 2)]
    assert village.count(t.handover, reason="joining") == 1


@pytest.mark.parametrize(("one", "other"), [("Rosa Paz", "Rosa Gil"), ("Rosa Gil", "Rosa Gil Paz")])
def test_of_two_names_each_says_no_other_than_the_other(village: Town, one: str, other: str) -> None:
    first, second = comes(village, "C", person=one), comes(village, "C2", "telegram", other)
    assert ("alguien del equipo" in join(first, second)) is (other == "Rosa Gil")


@pytest.mark.parametrize("hers", ["age", "community"])
def test_one_name_is_not_enough_for_one_person(village: Town, hers: str) -> None:
    first, second = comes(village, "C"), comes(village, "C2", "telegram")
    places = [row.id for row in village.rows(t.territory, "id")]
    change(village, t.person.update().values(territory_id=places[0]))
    other = {"age_band": "teen"} if hers == "age" else {"territory_id": places[1]}
    change(village, t.person.update().where(t.person.c.id == 2).values(**other))
    assert "alguien del equipo" in join(first, second)
    assert phones(village) == [(1, 1), (2, 2)]
    assert village.count(t.handover, reason="joining") == 1


def test_on_a_shared_phone_she_alone_is_joined_by_her_own_code(village: Town) -> None:
    first = comes(village, "C")
    heard(first, "OTRA", "1", "Luis", "1", "1")
    own = {row.person_id: row.code for row in village.rows(t.registration, "person_id", "code")}
    second = village.phone("telegram", "C2")
    heard(first, "SOY LUIS")
    assert "escribe tu codigo" in heard(first, "VINCULAR")
    assert "no es" in heard(first, own[1])
    told = heard(first, own[2])
    code = told.split("VINCULAR ")[1].split(".")[0]
    heard(second, f"VINCULAR {code}", "1")
    assert phones(village) == [(1, 1), (2, 1), (2, 2)]
    said = first.read()[-1].text
    assert "Alguien de este telefono" in said
    assert "Telegram" not in said
    heard(second, "ELEGIR 2")
    assert "2" in heard(second, "MI ELECCION")
    assert "Camino" not in heard(first, "SOY LUIS", "MI ELECCION")


def test_her_phone_may_be_one_that_others_write_on(village: Town) -> None:
    first, second = comes(village, "C"), comes(village, "C2", "telegram", "Luis")
    assert "Ya los uní" in join(first, second, "2")
    assert phones(village) == [(1, 1), (1, 2), (2, 2)]
    heard(second, "ELEGIR 2")
    assert choices(village) == [], "who came in beside Luis does not speak for him: it is asked who writes"
    heard(second, "Rosa ELEGIR 2")
    assert [row[0] for row in choices(village)] == [1]


def test_the_stricter_permission_stands(village: Town) -> None:
    first, second = comes(village, "C"), comes(village, "C2", "telegram")
    change(village, t.consent.update().where(t.consent.c.person_id == 2).values(withdrawn_at=BEGINS))
    join(first, second)
    assert village.count(t.consent, person_id=1) == 2
    assert village.count(t.consent, withdrawn_at=None) == 0


def reached(village: Town) -> list[tuple[int, str, str | None]]:
    """Where a broadcast would find Rosa: phone, state, reason."""

    def work(unit: Unit) -> list[tuple[int, str, str | None]]:
        columns: list[Any] = [literal(1).label("person_id"), literal("all").label("grp")]
        rosa = select(*columns)
        return [(row.address_id, row.state, row.reason) for row in unit.db.execute(reach.placed(unit, rosa, lab_id=1))]

    return village.store.do(work)


def test_she_is_told_once_where_she_wrote_last_and_leaving_is_leaving(village: Town) -> None:
    first, second = comes(village, "C"), village.phone("telegram", "C2")
    join(first, second)
    assert reached(village) == [(2, "pending", None)]
    later(village, minutes=1)
    heard(first, "MENU")
    assert reached(village) == [(1, "pending", None)]
    later(village, minutes=1)
    assert "No te escribo más" in heard(second, "SALIR")
    assert [reason for _phone, _state, reason in reached(village)] == ["opted_out"]
    later(village, minutes=1)
    heard(first, "MENU")  # no yes: what she took back she has not agreed to anew
    assert [reason for _phone, _state, reason in reached(village)] == ["opted_out"]
    heard(first, "ALTA")
    assert reached(village) == [(1, "pending", None)]


def test_what_waits_for_her_other_phone_is_not_sent_when_she_leaves(village: Town) -> None:
    first, second = comes(village, "C"), village.phone("telegram", "C2")
    join(first, second)
    later(village, minutes=1)
    heard(first, "MENU")
    now = BEGINS
    told = {
        "code": "B1",
        "idem": "b1",
        "kind": "result",
        "state": "sending",
        "by": "x",
        "created_at": now,
        "due_at": now,
    }
    change(village, t.broadcast.insert().values(id=99, **told))
    to = {"broadcast_id": 99, "person_id": 1, "address_id": 1, "state": "pending", "at": now}
    change(village, t.recipient.insert().values(id=99, **to))
    queued = {"address_id": 1, "person_id": 1, "recipient_id": 99, "kind": "broadcast", "priority": 2, "body": "{}"}
    change(village, t.outbox.insert().values(sender_id=1, state="pending", due_at=now, created_at=now, **queued))
    heard(second, "SALIR")
    assert village.count(t.recipient, reason="opted_out", id=99) == 1


def test_what_is_held_names_her_phones_where_she_alone_reads_it(village: Town) -> None:
    first, second = comes(village, "C"), village.phone("telegram", "C2")
    join(first, second)
    assert "Tus teléfonos: SMS y Telegram." in heard(second, "DATOS")
    assert len(village.store.read(lambda unit: own_copy.everything(unit, 1))["addresses"]) == 2
    heard(first, "OTRA", "1", "Luis", "1", "1", "SOY ROSA")
    assert "elefonos" not in heard(first, "DATOS")


def test_no_role_of_the_team_comes_along(village: Town) -> None:
    first, second = comes(village, "C", "telegram"), village.phone("whatsapp", "C2")
    ACTS["staff"](village, "C", "facilitator san-martin")
    join(first, second)
    assert [row.address_id for row in village.rows(t.staff_role, "address_id")] == [1]
    assert "PENDIENTES" not in heard(second, "PENDIENTES")
