"""What people need in order to come: asked once, counted without names, gone a week after the meeting."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import update

from bot.actions import remind, status
from storage import clock, labs, needs, people, public, reminders
from storage import tables as t
from storage.codes import hint
from storage.store import Store, Unit
from tests.kit import PANAMA, Town, parts

WORDS = parts().catalogues
ASKED = datetime(2026, 11, 18, 17, 0, tzinfo=PANAMA)


def coming(store: Store, *offers: str) -> Town:
    """Ana is coming to sm1, where this is offered."""
    town = Town.on(store)

    def work(unit: Unit) -> None:
        unit.db.execute(update(t.session).where(t.session.c.code == "sm1").values(needs=list(offers)))
        meeting = labs.session_by_code(unit, "sm1")
        assert meeting
        reminders.plan_for(unit, meeting)

    store.do(work)
    for words in ("SANMARTIN", "1", "Ana", "1", "1"):
        town.phone("sms", "C").say(words)
    return town


def test_where_nothing_is_offered_nobody_is_asked(store: Store) -> None:
    town = coming(store)
    town.at(ASKED)
    assert town.phones["C"].read() == []


def test_a_changed_session_does_not_ask_again(store: Store) -> None:
    town = coming(store, "ramp")
    town.at(ASKED)
    assert "qué necesitas" in town.phones["C"].read()[0].text.replace("que", "qué")

    def later(unit: Unit) -> None:
        moved = {"starts_at": datetime(2026, 11, 23, 15, 30, tzinfo=PANAMA), "revision": 2}
        unit.db.execute(update(t.session).where(t.session.c.code == "sm1").values(moved))
        meeting = labs.session_by_code(unit, "sm1")
        assert meeting
        reminders.plan_for(unit, meeting)

    store.do(later)
    town.at(datetime(2026, 11, 20, 17, 0, tzinfo=PANAMA))
    assert town.phones["C"].read() == []


@pytest.mark.parametrize(
    ("said", "kept"), [("1 1", ["transport"]), ("1 2", ["ramp", "transport"]), ("1 6", ["nothing"])]
)
def test_saying_it_again_adds_and_nothing_takes_it_back(store: Store, said: str, kept: list[str]) -> None:
    town = coming(store, "ramp")
    for number in said.split():
        town.phones["C"].say("NECESITO")
        town.phones["C"].say(number)
    assert sorted(row.kind for row in town.rows(t.need, "kind")) == kept


def test_the_team_reads_counts_of_who_is_coming(store: Store) -> None:
    town = coming(store, "childcare")
    for words in ("NECESITO", "4"):
        town.phones["C"].say(words)
    found = store.read(status.read)
    assert [s.needs for lab in found.labs for s in lab.sessions if s.code == "sm1"] == [{"childcare": 1}]
    assert any("people need childcare 1" in note.text for note in found.next)
    assert "Ana" not in found.to_json()
    town.phones["C"].say("NO VOY")
    assert all(not s.needs for lab in store.read(status.read).labs for s in lab.sessions)


@pytest.mark.parametrize(("day", "left"), [(27, 1), (28, 0)])
def test_it_goes_seven_days_after_the_meeting(store: Store, day: int, left: int) -> None:
    town = coming(store, "childcare")
    for words in ("NECESITO", "4"):
        town.phones["C"].say(words)
    town.at(datetime(2026, 11, day, 10, 0, tzinfo=PANAMA))
    store.do(needs.forget)
    assert town.count(t.need) == left


def test_who_is_erased_leaves_no_need(store: Store) -> None:
    town = coming(store, "childcare")
    for words in ("NECESITO", "4"):
        town.phones["C"].say(words)
    who, at = town.rows(t.contact, "person_id", "address_id")[0]
    store.do(lambda unit: people.erase(unit, at, [who]))
    assert town.count(t.need) == 0
    assert town.count(t.registration) == 1


def test_a_shared_phone_reads_a_code_and_no_name(store: Store) -> None:
    town = coming(store, "childcare")
    for words in ("OTRA", "1", "Luis", "1", "1"):
        town.phones["C"].say(words)
    town.at(ASKED)
    texts = [one.text for one in town.phones["C"].read()]
    codes = {hint(row.code).rstrip("*") for row in town.rows(t.registration, "code")}
    assert {text.split(":")[0].split()[-1] for text in texts} == codes
    assert not any("Ana" in text or "Luis" in text for text in texts)


def test_who_gave_the_place_back_meanwhile_hears_the_truth(store: Store) -> None:
    town = coming(store, "childcare")
    phone = town.phones["C"]
    phone.say("NECESITO")

    def gone(unit: Unit) -> None:
        unit.db.execute(update(t.registration).values(state="cancelled"))

    store.do(gone)
    (shown,) = phone.say("4")
    assert "No tienes un lugar" in shown.text
    assert town.count(t.need) == 0


def late(store: Store, day: int, hour: int) -> Town:
    """Ana signs up on this day of November, at this hour; the question of three days before is gone."""
    town = coming(store, "ramp")
    town.phones["C"].say("NECESITO")
    town.phones["C"].say("6")
    town.at(ASKED)
    town.at(datetime(2026, 11, day, hour, tzinfo=PANAMA))
    phone = town.phone("sms", "C2")
    for words in ("SANMARTIN", "1", "Kevin", "1", "1"):
        phone.say(words)
    phone.read()
    town.tick()
    return town


def test_who_signs_up_after_the_question_is_asked_right_after_and_once(store: Store) -> None:
    town = late(store, 20, 10)
    (shown,) = town.phones["C2"].read()
    assert shown.text.startswith("Kevin, ¿que necesitas")
    town.tick()
    assert town.phones["C2"].read() == []
    town.phones["C2"].say("2")
    assert [row.kind for row in town.rows(t.need, "kind")] == ["nothing", "ramp"]
    assert town.phones["C"].read() == []  # she said it before


def test_who_signs_up_at_night_is_asked_in_the_morning(store: Store) -> None:
    town = late(store, 20, 21)
    assert town.phones["C2"].read() == []
    town.at(datetime(2026, 11, 21, 8, 0, tzinfo=PANAMA))
    assert ["que necesitas" in shown.text for shown in town.phones["C2"].read()] == [True]


def test_while_the_question_to_all_waits_for_its_turn_nobody_is_asked_alone(store: Store) -> None:
    """Another process may be at it: what it writes can not be seen before its commit."""
    town = coming(store, "ramp")
    store.do(lambda unit: clock.to(unit, ASKED))
    assert store.do(lambda unit: remind.due(unit, WORDS, limit=0)) == 0
    assert store.do(lambda unit: remind.due(unit, WORDS)) == 1
    assert [row.idem for row in town.rows(t.broadcast, "idem")] == ["remind:sm1:needs:1"]


def test_the_question_to_one_person_is_nobody_else_s_business(store: Store) -> None:
    town = late(store, 20, 10)
    (alone,) = [row for row in town.rows(t.broadcast, "code", "kind") if row.kind == "needs"]
    assert store.read(lambda unit: public.ledger(unit, alone.code)) is None


def test_who_only_waits_is_not_asked(store: Store) -> None:
    town = coming(store, "ramp")
    town.capacity("sm1", 1)
    town.at(ASKED)
    phone = town.phone("sms", "C2")
    for words in ("SANMARTIN", "1", "Kevin", "1", "1"):
        phone.say(words)
    town.tick()
    assert [shown for shown in phone.read() if "necesitas" in shown.text] == []


def test_where_two_codes_of_a_phone_begin_alike_two_letters_say_for_whom(store: Store) -> None:
    town = coming(store, "childcare")
    for words in ("OTRA", "1", "Luis", "1", "1"):
        town.phones["C"].say(words)
    for id, code in zip([row.id for row in town.rows(t.registration, "id")], ("T4RQ", "TK9C"), strict=True):
        store.do(lambda unit, id=id, code=code: unit.db.execute(  # type: ignore[misc]
            update(t.registration).where(t.registration.c.id == id).values(code=code)
        ))  # fmt: skip
    town.at(ASKED)
    texts = " ".join(one.text for one in town.phones["C"].read())
    assert "empieza con T4: " in texts
    assert "empieza con TK: " in texts
    assert "empieza con TK: " in town.phones["C"].say("SOY LUIS")[-1].text + town.phones["C"].say("NECESITO")[-1].text
