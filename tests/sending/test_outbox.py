"""A message's straight way, and what is not sent any more: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from storage import outbox, senders
from storage.settle import Outcome
from storage.store import Store, Unit
from storage.tables import address, talk
from storage.tables import outbox as outbox_table
from tests.conftest import Clock
from tests.sending.pretend import (
    ME,
    FakeChannel,
    address_of,
    broadcast_state,
    broadcast_to,
    claim,
    ledger,
    play,
    reasons,
    reply_to,
    row,
    settle_one,
    states,
)

# --- the straight way ---


def test_a_reply_is_sent_and_its_row_says_so(store: Store, fake: FakeChannel, one_reply: int) -> None:
    play(store, fake)
    sent = row(store, one_reply)
    assert fake.told("ana") == ["hola"]
    assert (sent.state, sent.provider_id, sent.rank, sent.uncertain) == ("sent", f"fake-{one_reply}", 3, 0)
    assert sent.created_at <= sent.started_at <= sent.sent_at


def test_a_broadcast_fills_in_names_and_is_done(store: Store, fake: FakeChannel, via: dict[str, int]) -> None:
    def work(unit: Unit) -> int:
        people = [address_of(unit, f"n{n}") for n in range(5)]
        return broadcast_to(unit, via["telegram"], people, "Hola, {name}. Ven {mañana}.")

    made = store.do(work)
    play(store, fake)
    assert ledger(store, made) == {"sent": 5}
    assert broadcast_state(store, made) == "done"
    assert all(t.text.startswith("Hola, Persona ") and "{mañana}" in t.text for t in fake.taken)


def test_replies_go_before_notices_before_broadcasts(store: Store, fake: FakeChannel, via: dict[str, int]) -> None:
    def work(unit: Unit) -> None:
        broadcast_to(unit, via["telegram"], [address_of(unit, f"b{n}") for n in range(3)])
        reply_to(unit, via["telegram"], address_of(unit, "n"), kind="notice")
        reply_to(unit, via["telegram"], address_of(unit, "r"))

    store.do(work)
    play(store, fake)
    assert [t.address for t in fake.taken] == ["r", "n", "b0", "b1", "b2"]


def test_a_message_is_not_sent_before_its_time(store: Store, clock: Clock, via: dict[str, int]) -> None:
    made = store.do(lambda u: reply_to(u, via["telegram"], address_of(u, "a"), due_at=u.now + timedelta(hours=1)))
    assert claim(store, via["telegram"]) == []
    assert store.read(lambda u: outbox.ready(u, gap=1.0)) == []
    clock.forward(hours=1)
    assert store.read(lambda u: outbox.ready(u, gap=1.0)) == [via["telegram"]]
    assert claim(store, via["telegram"]) == [made]


def test_an_sms_is_folded_as_the_last_step(store: Store, fake: FakeChannel, via: dict[str, int]) -> None:
    text = "Inscripción: sábado, señora"
    store.do(lambda u: reply_to(u, via["sms"], address_of(u, "s", channel="sms"), text))
    store.do(lambda u: reply_to(u, via["telegram"], address_of(u, "t"), text))
    play(store, fake)
    assert fake.told("s") == ["Inscripcion: sabado, señora"]
    assert fake.told("t") == [text]


def test_an_address_gets_one_message_a_second(store: Store, clock: Clock, via: dict[str, int]) -> None:
    def work(unit: Unit) -> list[int]:
        ana, luis = address_of(unit, "ana"), address_of(unit, "luis")
        return [reply_to(unit, via["telegram"], who) for who in (ana, ana, luis)]

    first, second, other = store.do(work)
    assert claim(store, via["telegram"]) == [first, other]
    store.do(lambda u: outbox.mark(u, ME, [first, other]))
    clock.forward(seconds=5)
    assert claim(store, via["telegram"]) == []  # the first is still under way
    settle_one(store, Outcome(id=first, kind="sent"))
    assert claim(store, via["telegram"]) == []  # it was sent just now
    clock.forward(seconds=1)
    assert claim(store, via["telegram"]) == [second]


def test_on_sms_a_broadcast_waits_for_an_open_question(store: Store, clock: Clock, via: dict[str, int]) -> None:
    def work(unit: Unit) -> None:
        busy, free = address_of(unit, "busy", channel="sms"), address_of(unit, "free", channel="sms")
        chats = address_of(unit, "chats")
        for who in (busy, chats):
            unit.db.execute(
                insert(talk).values(
                    address_id=who, conversation="c", args={}, pending="name", asked_at=unit.now, created_at=unit.now
                )
            )
        broadcast_to(unit, via["sms"], [busy, free])
        broadcast_to(unit, via["telegram"], [chats])
        reply_to(unit, via["sms"], busy)

    store.do(work)
    sms = [row(store, i).address_id for i in claim(store, via["sms"])]
    assert len(sms) == 2  # the reply to the busy one, the broadcast to the free one
    assert len(claim(store, via["telegram"])) == 1
    clock.forward(hours=24, seconds=1)
    store.do(lambda u: outbox.sweep(u))
    late = [row(store, i) for i in claim(store, via["sms"])]
    assert [r.kind for r in late] == ["broadcast", "broadcast"]


def test_an_urgent_sms_of_two_segments_takes_two_slots(store: Store, via: dict[str, int]) -> None:
    store.do(lambda u: [reply_to(u, via["sms"], address_of(u, f"s{n}", channel="sms")) for n in range(3)])
    lot = store.do(lambda u: outbox.claim(u, via["sms"], ME, gap=1.0, weigh=lambda letter: 2))
    interval = store.read(senders.senders)[0].interval_us / 1_000_000
    gaps = [b.slot_in - a.slot_in for a, b in zip(lot.letters, lot.letters[1:], strict=False)]
    assert gaps == pytest.approx([2 * interval, 2 * interval])


# --- what must not be sent any more ---


def test_an_invitation_is_not_sent_after_its_time(store: Store, clock: Clock, via: dict[str, int]) -> None:
    def work(unit: Unit) -> int:
        return broadcast_to(unit, via["telegram"], [address_of(unit, "a")], expires_at=unit.now + timedelta(hours=1))

    made = store.do(work)
    clock.forward(hours=2)
    assert claim(store, via["telegram"]) == []
    assert states(store) == {"expired": 1}
    assert (ledger(store, made), reasons(store, made)) == ({"failed": 1}, {"expired": 1})
    assert broadcast_state(store, made) == "done"


def test_messages_of_a_halted_sender_expire_too(store: Store, clock: Clock, via: dict[str, int]) -> None:
    made = store.do(lambda u: reply_to(u, via["telegram"], address_of(u, "a")))
    store.do(lambda u: senders.halt(u, via["telegram"], "no"))
    clock.forward(days=2)
    assert store.do(lambda u: outbox.sweep(u)) == 1
    assert row(store, made).state == "expired"


def test_who_has_left_gets_the_confirming_reply_and_nothing_else(
    store: Store, fake: FakeChannel, via: dict[str, int]
) -> None:
    def work(unit: Unit) -> int:
        ana = address_of(unit, "ana", opted_out_at=unit.now)
        reply_to(unit, via["telegram"], ana, "Listo.")
        reply_to(unit, via["telegram"], ana, "aviso", kind="notice")
        return broadcast_to(unit, via["telegram"], [ana])

    made = store.do(work)
    play(store, fake)
    assert fake.told("ana") == ["Listo."]
    assert states(store) == {"sent": 1, "cancelled": 2}
    assert (ledger(store, made), reasons(store, made)) == ({"skipped": 1}, {"opted_out": 1})


def test_who_was_erased_while_a_broadcast_was_made_gets_the_proof_and_nothing_else(
    store: Store, fake: FakeChannel, via: dict[str, int]
) -> None:
    def work(unit: Unit) -> int:
        ana = address_of(unit, "ana", forget=True)
        reply_to(unit, via["telegram"], ana, "Listo.")
        reply_to(unit, via["telegram"], ana, "aviso", kind="notice")
        return broadcast_to(unit, via["telegram"], [ana])

    made = store.do(work)
    play(store, fake)
    assert fake.told("ana") == ["Listo."]
    assert (ledger(store, made), reasons(store, made)) == ({"skipped": 1}, {"erased": 1})
    assert store.read(lambda unit: unit.db.execute(select(address.c.value)).scalar_one()) is None


def test_a_wiped_address_gets_nothing(store: Store, fake: FakeChannel, via: dict[str, int]) -> None:
    made = store.do(lambda u: broadcast_to(u, via["telegram"], [address_of(u, "a", value=None)]))
    play(store, fake, done=lambda: True)
    assert (ledger(store, made), reasons(store, made)) == ({"failed": 1}, {"no_address": 1})
    assert fake.calls == []


def test_a_message_taken_back_after_its_claim_is_not_sent(store: Store, via: dict[str, int], one_reply: int) -> None:
    assert claim(store, via["telegram"]) == [one_reply]
    store.do(lambda u: u.db.execute(update(outbox_table).values(state="cancelled")))
    assert store.do(lambda u: outbox.mark(u, ME, [one_reply])) == set()


# --- a process dies ---


def test_a_lost_lease_gives_back_what_was_not_started(store: Store, clock: Clock, via: dict[str, int]) -> None:
    def work(unit: Unit) -> tuple[list[int], int]:
        replies = [reply_to(unit, via["telegram"], address_of(unit, f"r{n}")) for n in range(2)]
        return replies, broadcast_to(unit, via["telegram"], [address_of(unit, f"b{n}") for n in range(2)])

    replies, made = store.do(work)
    claimed = claim(store, via["telegram"])
    started = [replies[0], claimed[2]]  # a reply and a broadcast
    store.do(lambda u: outbox.mark(u, ME, started))
    assert store.do(lambda u: outbox.sweep(u)) == 0
    clock.forward(seconds=31)
    assert store.do(lambda u: outbox.sweep(u, held=claimed)) == 0  # a leap of the clock takes nothing from its holder
    assert store.do(lambda u: outbox.sweep(u)) == 4
    assert {i: (row(store, i).state, row(store, i).uncertain) for i in claimed} == {
        replies[0]: ("pending", 1),
        replies[1]: ("pending", 0),
        claimed[2]: ("unknown", 1),
        claimed[3]: ("pending", 0),
    }
    assert ledger(store, made) == {"unknown": 1, "pending": 1}


def test_nothing_is_marked_after_its_lease(store: Store, clock: Clock, via: dict[str, int], one_reply: int) -> None:
    claim(store, via["telegram"])
    clock.forward(seconds=31)
    assert store.do(lambda u: outbox.mark(u, ME, [one_reply])) == set()


def test_what_another_process_has_taken_up_meanwhile_is_not_marked(
    store: Store, clock: Clock, via: dict[str, int], one_reply: int
) -> None:
    claim(store, via["telegram"])
    clock.forward(seconds=31)
    store.do(lambda u: outbox.sweep(u))
    again = store.do(lambda u: outbox.claim(u, via["telegram"], "another", gap=0.0))
    assert [letter.id for letter in again.letters] == [one_reply]
    assert store.do(lambda u: outbox.mark(u, ME, [one_reply])) == set()
    assert store.do(lambda u: outbox.mark(u, "another", [one_reply])) == {one_reply}


def test_a_late_result_settles_the_doubt_unless_somebody_sends_again(
    store: Store, clock: Clock, via: dict[str, int], one_reply: int
) -> None:
    claim(store, via["telegram"])
    store.do(lambda u: outbox.mark(u, ME, [one_reply]))
    clock.forward(seconds=31)
    store.do(lambda u: outbox.sweep(u))
    settle_one(store, Outcome(id=one_reply, kind="retry", told="late"))
    assert row(store, one_reply).state == "pending"  # only the news that it was sent may come late
    settle_one(store, Outcome(id=one_reply, kind="sent", provider_id="p"))
    assert row(store, one_reply).state == "sent"


def test_a_late_result_does_not_touch_what_another_process_sends(
    store: Store, clock: Clock, via: dict[str, int], one_reply: int
) -> None:
    claim(store, via["telegram"])
    store.do(lambda u: outbox.mark(u, ME, [one_reply]))
    clock.forward(seconds=31)
    store.do(lambda u: outbox.sweep(u))
    store.do(lambda u: outbox.claim(u, via["telegram"], "another", gap=1.0))
    settle_one(store, Outcome(id=one_reply, kind="sent", provider_id="p"))
    assert (row(store, one_reply).state, row(store, one_reply).claimed_by) == ("claimed", "another")


def test_settling_twice_changes_nothing(store: Store, via: dict[str, int], one_reply: int) -> None:
    claim(store, via["telegram"])
    store.do(lambda u: outbox.mark(u, ME, [one_reply]))
    outcome = Outcome(id=one_reply, kind="retry", told="x")
    settle_one(store, outcome)
    once = row(store, one_reply)
    settle_one(store, outcome)
    assert row(store, one_reply) == once
