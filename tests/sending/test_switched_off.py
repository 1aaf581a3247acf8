"""A channel whose settings were taken away: nobody is written to by it, and what waited goes another way or is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.actions import status
from bot.channels import Channel
from bot.outbox import ensure_senders
from bot.terminal.checkup import stopped
from storage import broadcasts, onward, senders
from storage import tables as t
from storage.store import Store
from tests.conftest import Clock
from tests.convoke.acts import adds_up, why
from tests.convoke.town import NOON, Town, add
from tests.sending.onward_kit import NO_WAY, House, phones
from tests.sending.pretend import FakeChannel, reply_to
from tests.sending.steps import steps

CHATS_FIRST = {"whatsapp": 5.0, "sms": 60.0}


@pytest.fixture
def house(store: Store, clock: Clock) -> House:
    clock.set(NOON)
    return House(Town.build(store))


class Simulated(FakeChannel):
    """Carries the town's senders, those that are on."""

    def identities(self) -> Any:
        return [replace(one, name=f"simulator:{one.channel}") for one in super().identities()]


def start(house: House, *on: str) -> None:
    """A process starts with these kinds of phone."""
    channels: dict[str, Channel] = {"simulator": Simulated(channels=on)} if on else {}
    ensure_senders(house.town.store, channels)


def leave(house: House) -> int:
    return house.town.store.do(onward.leave_switched_off)


def rosa(house: House) -> int:
    """Somebody who last wrote on WhatsApp and has an SMS number too."""
    return house.town.person(*phones(house.town, CHATS_FIRST).values(), name="Rosa")


def test_an_address_of_a_channel_that_is_off_is_not_chosen(house: House) -> None:
    who, only = rosa(house), house.town.person(house.town.address("whatsapp", ago=1))
    start(house, "sms")
    house.announce()
    assert house.trail(who) == [(1, "sms", "pending")]
    assert why(house.town, only) == "no_address"
    assert adds_up(house.ledger())


def test_nor_is_it_a_next_channel(house: House) -> None:
    who = house.town.person(*phones(house.town, {"telegram": 1.0, "whatsapp": 5.0, "sms": 60.0}).values())
    start(house, "telegram", "sms")
    house.announce()
    [letter] = house.claim()
    house.settle(letter.id, "failed", fallback=True)
    assert house.trail(who) == [(1, "telegram", "failed"), (2, "sms", "pending")]


def test_what_waits_for_it_goes_by_the_next_channel_once(house: House) -> None:
    who = rosa(house)
    house.announce()
    start(house, "sms")
    assert (leave(house), leave(house)) == (1, 0)
    assert house.trail(who) == [(1, "whatsapp", "failed"), (2, "sms", "pending")]
    assert house.messages(who)[0].error == "off: its channel is switched off"
    assert (house.ledger().pending, adds_up(house.ledger())) == (1, True)
    [second] = house.hand_over()
    assert house.text(second) == "sms own {name}"
    assert (house.recipient(who).state, house.ledger().state) == ("sent", "done")


def test_what_has_no_other_way_waits_and_is_told_and_goes_when_it_is_on_again(house: House) -> None:
    who = house.town.person(house.town.address("whatsapp"))
    house.announce()
    start(house, "sms")
    assert (leave(house), leave(house)) == (0, 0)
    [told] = house.town.store.read(stopped)
    assert told.startswith(
        "the sender simulator:whatsapp has stopped and keeps 1 messages: its channel is switched off"
    )
    notes = [note.text for note in house.town.store.read(status.read).late]
    assert "the sender simulator:whatsapp has stopped and keeps 1 messages: its channel is switched off" in notes
    start(house, "sms", "whatsapp")
    assert house.town.store.read(stopped) == []
    assert len(house.hand_over()) == 1
    assert house.recipient(who).state == "sent"


def test_one_without_a_queue_is_no_fault(house: House) -> None:
    start(house, "sms")
    assert house.town.store.read(stopped) == []
    assert not house.town.store.read(
        lambda u: [s for s in senders.senders(u) if s.halted_at is None and s.channel != "sms"]
    )


def test_a_reply_waits_for_its_own_channel(house: House) -> None:
    who = rosa(house)
    chat = house.town.rows(t.address, t.address.c.channel == "whatsapp")[0].id
    house.town.store.do(lambda u: reply_to(u, house.town.senders["whatsapp"], chat, person_id=who))
    start(house, "sms")
    assert leave(house) == 0
    assert house.trail(who) == [(1, "whatsapp", "pending")]


def test_what_was_tried_another_way_already_is_not_sent_a_third_time(house: House) -> None:
    who = rosa(house)
    house.announce()
    [letter] = house.claim()
    house.settle(letter.id, "failed", fallback=True)
    start(house, "whatsapp")
    assert leave(house) == 0
    assert house.trail(who) == [(1, "whatsapp", "failed"), (2, "sms", "pending")]


def test_what_may_have_been_sent_goes_no_other_way(house: House) -> None:
    who = rosa(house)
    house.announce()
    [letter] = house.claim()
    house.settle(letter.id, "uncertain")
    start(house, "sms")
    assert leave(house) == 0
    assert house.trail(who) == [(1, "whatsapp", "unknown")]


def test_of_a_stopped_broadcast_it_stays_until_that_goes_on(house: House) -> None:
    who = rosa(house)
    house.announce()
    house.change(t.broadcast, house.made, state="stopped")
    house.change(t.outbox, house.messages(who)[0].id, state="held")
    start(house, "sms")
    assert leave(house) == 0
    assert house.trail(who) == [(1, "whatsapp", "held")]
    house.town.store.do(lambda unit: broadcasts.resume(unit, house.ledger().code))
    assert leave(house) == 1
    assert house.trail(who) == [(1, "whatsapp", "failed"), (2, "sms", "pending")]


def test_what_is_due_later_waits_for_its_hour(house: House, clock: Clock) -> None:
    who = rosa(house)
    house.announce(due_at=NOON + timedelta(days=1))
    start(house, "sms")
    assert (leave(house), house.trail(who)) == (0, [(1, "whatsapp", "pending")])
    clock.forward(days=1)
    assert leave(house) == 1


def test_who_has_found_another_way_meanwhile_is_written_to_the_day_after(house: House, clock: Clock) -> None:
    who = house.town.person(house.town.address("whatsapp"))
    house.announce()
    start(house, "sms")
    assert leave(house) == 0
    other = house.town.address("sms")
    house.town.store.do(lambda u: add(u, t.contact, person_id=who, address_id=other, since=NOON))
    clock.forward(days=1)
    assert leave(house) == 1
    assert house.trail(who)[1][1:] == ("sms", "pending")


def test_a_look_costs_the_same_however_many_have_no_other_way(house: House) -> None:
    for _ in range(30):
        house.town.person(house.town.address("whatsapp"))
    house.announce()
    start(house, "sms")
    many = steps(house.town.store, onward.leave_switched_off)
    for row in house.messages()[1:]:
        house.change(t.outbox, row.id, state="cancelled")
    assert steps(house.town.store, onward.leave_switched_off) == many


def test_many_that_have_no_other_way_do_not_hide_one_that_has(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onward, "LOT", 2)
    for _ in range(5):
        house.town.person(house.town.address("whatsapp", ago=1))
    who = rosa(house)
    house.announce()
    start(house, "sms")
    assert sum(leave(house) for _ in range(4)) == 1
    assert house.trail(who)[1][1:] == ("sms", "pending")


def test_a_failure_told_after_it_was_switched_off_goes_by_the_next_channel(house: House, clock: Clock) -> None:
    who = rosa(house)
    house.announce(expires_at=NOON + timedelta(days=1))
    [first] = house.hand_over()
    start(house, "sms")
    house.tell(first, 4, NO_WAY)
    assert house.trail(who) == [(1, "whatsapp", "failed"), (2, "sms", "pending")]


class Line(FakeChannel):
    """Another line for SMS, of a SIM."""

    def identities(self) -> Any:
        return [replace(one, name="sim:sms") for one in super().identities()]


def test_another_sms_line_takes_over_the_phones_of_one_that_is_gone(house: House) -> None:
    who = house.town.person(house.town.address("sms", ago=1))
    house.announce(idem="before")
    ensure_senders(house.town.store, {"sim": Line(channels=("sms",))})
    sim = next(row.id for row in house.town.rows(t.sender) if row.name == "sim:sms")
    assert [row.sender_id for row in house.messages(who)] == [sim]
    house.announce(idem="after")
    assert {row.sender_id for row in house.messages(who)} == {sim}
    assert adds_up(house.ledger())


def test_without_another_line_they_wait(house: House) -> None:
    who = house.town.person(house.town.address("sms", ago=1))
    house.announce()
    start(house, "telegram")
    assert [row.sender_id for row in house.messages(who)] == [house.town.senders["sms"]]


def taken_over(house: House) -> int:
    """Another line has taken over the phones of the one that is gone; its id."""
    ensure_senders(house.town.store, {"sim": Line(channels=("sms",))})
    return int(next(row.id for row in house.town.rows(t.sender) if row.name == "sim:sms"))


def test_of_a_stopped_broadcast_it_goes_by_the_other_line_once_that_goes_on(house: House) -> None:
    who = house.town.person(house.town.address("sms", ago=1))
    house.announce()
    house.town.store.do(lambda unit: broadcasts.stop(unit, house.ledger().code))
    sim = taken_over(house)
    assert [(row.sender_id, row.state) for row in house.messages(who)] == [(sim, "held")]
    house.town.store.do(lambda unit: broadcasts.resume(unit, house.ledger().code))
    assert [(row.sender_id, row.state) for row in house.messages(who)] == [(sim, "pending")]


@pytest.mark.parametrize("priority", [0, 2])
def test_what_a_killed_process_had_in_hand_goes_by_the_other_line(house: House, priority: int) -> None:
    who = house.town.person(house.town.address("sms", ago=1))
    house.announce()
    [message] = house.messages(who)
    house.change(t.outbox, message.id, state="claimed", priority=priority)
    sim = taken_over(house)
    house.change(t.outbox, message.id, state="pending")  # its lease is over
    assert leave(house) == 1
    [row] = house.messages(who)
    assert (row.sender_id, row.state, row.error, row.attempt) == (sim, "pending", None, 1)


def test_it_follows_no_line_that_is_off_too(house: House) -> None:
    who = house.town.person(house.town.address("sms", ago=1))
    house.announce()
    [message] = house.messages(who)
    house.change(t.outbox, message.id, state="claimed")
    taken_over(house)
    start(house, "telegram")
    house.change(t.outbox, message.id, state="pending")
    assert leave(house) == 0
    assert house.messages(who)[0].sender_id == house.town.senders["sms"]
