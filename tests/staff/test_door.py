"""The door: attendance is what was checked in; refusals are kept; the same message twice is once; undo is a row."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from bot.actions.staff import door
from bot.errors import Refused
from storage import tables as t
from storage.store import Store
from tests.kit import PANAMA, parts
from tests.staff.crew import Crew

WORDS = parts().catalogues
DAY = datetime(2026, 11, 21, 15, 20, tzinfo=PANAMA)


def at_the_door(store: Store, people: int = 3) -> tuple[Crew, list[str]]:
    """The day of the session, with so many places; their codes."""
    crew = Crew(store)
    crew.town.fill("sm1", people)
    crew.town.at(DAY)
    return crew, sorted(row.code for row in crew.town.rows(t.registration, "code"))


def enter(store: Store, code: str, nonce: str, **how: bool) -> door.Told:
    return store.do(lambda unit: door.enter(unit, WORDS, "sm1", code, by="t", nonce=nonce, **how))


def test_a_code_lets_in_once_and_every_refusal_is_kept(store: Store) -> None:
    crew, codes = at_the_door(store)
    assert enter(store, codes[0].lower(), "1").result == "in"
    assert (enter(store, codes[0], "2").reason, enter(store, "2222", "3").reason) == ("already_in", "unknown_code")
    rows = [(r.result, r.reason) for r in crew.town.rows(t.checkin, "result", "reason")]
    assert rows == [("in", None), ("refused", "already_in"), ("refused", "unknown_code")]
    assert crew.town.count(t.registration, state="attended") == 1


def test_the_same_message_twice_is_one(store: Store) -> None:
    crew, codes = at_the_door(store)
    assert enter(store, codes[0], "1") == enter(store, codes[0], "1")
    first = store.do(lambda unit: door.walk_in(unit, WORDS, "sm1", by="t", nonce="w"))
    again = store.do(lambda unit: door.walk_in(unit, WORDS, "sm1", by="t", nonce="w"))
    assert first.code == again.code
    assert crew.town.count(t.checkin) == 2
    assert crew.town.count(t.registration) == 4


def test_undone_the_place_is_theirs_again_and_the_log_has_both(store: Store) -> None:
    crew, codes = at_the_door(store)
    enter(store, codes[0], "1")
    told = store.do(lambda unit: door.undo(unit, WORDS, "sm1", codes[0], by="t", nonce="2"))
    assert (told.result, told.inside) == ("undone", 0)
    assert [r.result for r in crew.town.rows(t.checkin, "result")] == ["in", "undone"]
    assert crew.town.count(t.registration, state="registered") == 3
    assert enter(store, codes[0], "3").result == "in"


def test_a_name_is_never_kept_in_the_log(store: Store) -> None:
    crew, _codes = at_the_door(store)
    enter(store, "Elena María", "1")
    assert [r.raw_code for r in crew.town.rows(t.checkin, "raw_code")] == [""]


def test_before_the_day_nobody_is_let_in(store: Store) -> None:
    crew = Crew(store)
    crew.town.fill("sm1", 1)
    code = crew.town.rows(t.registration, "code")[0].code
    assert enter(store, code, "1").reason == "too_early"
    with pytest.raises(Refused, match="no está abierta hoy"):
        store.do(lambda unit: door.walk_in(unit, WORDS, "sm1", by="t", nonce="2"))


def test_who_gave_the_place_back_is_let_in_only_when_somebody_says_so(store: Store) -> None:
    crew, codes = at_the_door(store)
    gone = t.registration.update().where(t.registration.c.code == codes[0]).values(state="cancelled")
    store.do(lambda unit: unit.db.execute(gone))
    assert enter(store, codes[0], "1").reason == "cancelled"
    assert enter(store, codes[0], "2", force=True).result == "in"
    assert [row.payload["was"] for row in crew.audit("checkin.in")] == ["cancelled"]


def test_a_walk_in_stands_beyond_capacity_and_without_a_person(store: Store) -> None:
    crew, _codes = at_the_door(store)
    crew.town.capacity("sm1", 3)
    store.do(lambda unit: door.walk_in(unit, WORDS, "sm1", by="t", nonce="w"))
    row = next(r for r in crew.town.rows(t.registration, "source", "person_id", "code") if r.source == "walk_in")
    assert row.person_id is None
    assert len(row.code) == 4


def test_at_the_close_who_was_not_checked_in_did_not_come(store: Store) -> None:
    crew, codes = at_the_door(store)
    enter(store, codes[0], "1")
    crew.town.at(DAY.replace(hour=18))
    told = store.do(lambda unit: door.close(unit, WORDS, "sm1", 5, by="t"))
    assert told == {"attended": 1, "no_show": 2, "counted": 5}
    session = next(row for row in crew.town.rows(t.session, "code", "state", "head_count") if row.code == "sm1")
    assert (session.state, session.head_count) == ("closed", 5)
    assert store.do(lambda unit: door.close(unit, WORDS, "sm1", 5, by="t"))["attended"] == 1


def test_a_refusal_without_its_reason_does_not_stand(store: Store) -> None:
    crew, _codes = at_the_door(store)
    now = store.read(lambda unit: unit.now)
    row = {"session_id": 1, "result": "refused", "nonce": "x", "happened_at": now, "received_at": now, "by": "t"}
    with pytest.raises(IntegrityError):
        store.do(lambda unit: unit.db.execute(insert(t.checkin).values(row)))
    assert crew.town.count(t.checkin) == 0


def test_every_act_at_the_door_is_in_the_audit_log_by_a_token(store: Store) -> None:
    crew, codes = at_the_door(store)
    phone = crew.join("F")
    crew.said(phone, f"LLEGO {codes[0]}", f"NO LLEGO {codes[0]}", "LLEGO 2222", "1")
    kinds = ("checkin.in", "checkin.undone", "checkin.walk_in")
    rows = [row for kind in kinds for row in crew.audit(kind)]
    assert len(rows) == 3
    assert all(row.actor.startswith("staff:F-") for row in rows)
    assert not any(phone.number in str(row) for row in rows)


def test_an_auditor_reads_numbers_and_no_name(store: Store) -> None:
    crew, _codes = at_the_door(store)
    told = crew.said(crew.join("A", "auditor"), "QUIEN VIENE sm1")
    assert "3 van" in told
    assert "Vecina" not in told
    assert "Vecina" in crew.said(crew.join("F"), "QUIEN VIENE sm1")
