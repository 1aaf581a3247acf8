"""A machine's clock is set back by hours: what counts "in the last minutes" does not count what lies ahead."""

from __future__ import annotations

from datetime import timedelta

from bot.player import Phone
from storage import clock, copies, forgetting, leases, staff_codes, talks
from storage import outbox as queue
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import Town

SPAN = timedelta(seconds=60)


def back(store: Store, hours: float = 6) -> None:
    store.do(lambda unit: clock.forward(unit, -timedelta(hours=hours)))


def neighbour(store: Store) -> tuple[Town, Phone]:
    town = Town.on(store)
    phone = town.phone("sms", "C")
    for words in ("SANMARTIN", "1", "Ana", "1", "1"):
        phone.say(words)
    return town, phone


def test_a_lease_of_a_process_that_is_gone_is_free_at_once(store: Store) -> None:
    assert store.do(lambda unit: leases.hold(unit, "polls", "gone", SPAN))
    assert not store.do(lambda unit: leases.hold(unit, "polls", "new", SPAN))
    back(store)
    assert store.do(lambda unit: leases.hold(unit, "polls", "new", SPAN))
    assert not store.do(lambda unit: leases.hold(unit, "polls", "gone", SPAN))


def test_who_says_the_same_is_no_machine(store: Store) -> None:
    town, phone = neighbour(store)
    at = town.rows(t.address, "id", "sender_id")[0]

    def replied(unit: Unit) -> None:
        for n in range(talks.MANY):
            queue.put_reply(unit, sender_id=at.sender_id, address_id=at.id, person_id=None, reply={"text": f"{n}"})

    store.do(replied)
    phone.say("LABS")
    assert len([row for row in town.rows(t.audit_event, "kind") if row.kind == "loop_guard"]) == 1
    back(store)
    assert phone.say("LABS")
    assert len([row for row in town.rows(t.audit_event, "kind") if row.kind == "loop_guard"]) == 1


def test_an_answer_belongs_to_the_question_that_was_asked_last(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone("sms", "C")
    for words in ("SANMARTIN", "1", "Ana", "1"):
        phone.say(words)  # "¿Vas?" is open
    back(store, 1 / 6)
    phone.say("DATOS")
    phone.say("3")
    assert town.rows(t.registration, "id") == []
    assert [row.conversation for row in town.rows(t.talk, "conversation")] == ["register", "erase"]


def test_the_answer_before_is_forgotten_all_the_same(store: Store) -> None:
    town, phone = neighbour(store)
    back(store)
    assert "Ya estas" not in phone.say("1")[-1].text
    phone.say("SANMARTIN")
    back(store)
    store.do(forgetting.forget_last_replies)
    assert {row.last_reply for row in town.rows(t.address, "last_reply")} == {None}


def test_wrong_codes_of_the_team_and_copies_do_not_count_for_hours(store: Store) -> None:
    town, _phone = neighbour(store)
    person = town.rows(t.person, "id")[0].id
    address = town.rows(t.address, "id")[0].id
    for _ in range(staff_codes.TRIES):
        store.do(lambda unit: staff_codes.tried(unit, "S-1", address, "0"))
    while store.do(lambda unit: copies.make(unit, person)) is not None:
        pass
    assert store.read(lambda unit: staff_codes.locked(unit, "S-1"))
    back(store)
    assert not store.read(lambda unit: staff_codes.locked(unit, "S-1"))
    assert store.do(lambda unit: copies.make(unit, person)) is not None
