"""One mass sender: everybody concerned once, with a reason for each who is left out, and a ledger that adds up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot import broadcast
from bot.broadcast import Ledger
from bot.message import Reply
from storage import audiences, broadcasts
from storage import tables as t
from storage.store import Store, Unit
from tests.convoke.acts import act, adds_up, everybody, hello, send, settle, why
from tests.convoke.town import NOON, Town


@pytest.fixture
def town(store: Store, clock: Any) -> Town:
    clock.set(NOON)
    return Town.build(store)


# --- who gets it --------------------------------------------------------------------------------------------------


def test_each_reason_for_being_left_out_is_told(town: Town) -> None:
    told = town.neighbour()
    never_agreed = town.person(town.address(), consent=None)
    took_it_back = town.person(town.address(), withdrawn=True)
    left = town.person(town.address(opted_out_at=NOON))
    gone = town.person(town.address(reachable=False))
    without_phone = town.person()
    wiped = town.person(town.address(value=None))
    ledger = send(town, audience=everybody(town))
    assert why(town, told) is None
    assert [why(town, p) for p in (never_agreed, took_it_back)] == ["no_consent"] * 2
    assert [why(town, p) for p in (left, gone, without_phone, wiped)] == [
        "opted_out",
        "unreachable",
        "no_address",
        "no_address",
    ]
    assert ledger.reasons == {"no_consent": 2, "opted_out": 1, "unreachable": 1, "no_address": 2}
    assert (ledger.audience, ledger.pending, ledger.skipped) == (7, 1, 6)


def test_a_person_is_told_on_the_channel_last_used(town: Town) -> None:
    person = town.person(town.address("sms", ago=5), town.address("telegram", ago=2), town.address("whatsapp", ago=9))
    send(town)
    [row] = town.rows(t.outbox)
    assert (row.person_id, row.sender_id) == (person, town.senders["telegram"])


def test_an_address_that_can_not_be_reached_gives_way_to_an_older_one(town: Town) -> None:
    town.person(town.address("telegram", ago=1, reachable=False), town.address("sms", ago=None))
    send(town)
    assert [row.sender_id for row in town.rows(t.outbox)] == [town.senders["sms"]]


def test_who_left_on_a_phone_of_her_own_is_not_sought_on_another(town: Town) -> None:
    person = town.person(town.address("telegram", ago=1, opted_out_at=NOON), town.address("sms", ago=60))
    assert send(town).reasons == {"opted_out": 1}
    assert why(town, person) == "opted_out"


def test_who_wrote_from_another_phone_of_hers_after_leaving_is_told_there(town: Town) -> None:
    left = NOON - timedelta(minutes=30)
    town.person(town.address("telegram", ago=31, opted_out_at=left), town.address("sms", ago=5))
    assert send(town).pending == 1


def test_a_number_that_others_left_silences_only_itself(town: Town) -> None:
    shared = town.address("sms", ago=1, opted_out_at=NOON)
    both = town.person(shared, town.address("whatsapp", ago=60))
    only_there = town.person(shared)
    ledger = send(town)
    assert (why(town, both), why(town, only_there)) == (None, "opted_out")
    assert ledger.pending == 1


def test_what_somebody_writes_from_a_shared_phone_does_not_bring_back_who_left(town: Town) -> None:
    shared = town.address("sms", ago=1)
    left = town.person(shared, town.address("telegram", ago=60, opted_out_at=NOON - timedelta(minutes=60)))
    town.person(shared)
    send(town)
    assert why(town, left) == "opted_out"


def test_a_shared_phone_gets_one_message_for_who_wrote_there_last(town: Town) -> None:
    phone = town.address()
    first, second, third = (town.person(phone) for _n in range(3))
    town.store.do(lambda unit: unit.db.execute(update(t.address).values(speaker_id=second)).rowcount)
    ledger = send(town)
    assert (why(town, first), why(town, second), why(town, third)) == ("shared", None, "shared")
    assert (ledger.pending, ledger.reasons) == (1, {"shared": 2})


def test_on_a_shared_phone_who_can_not_be_told_does_not_keep_the_others_from_it(town: Town) -> None:
    phone = town.address()
    without, second = town.person(phone, consent=None), town.person(phone)
    send(town, audience=everybody(town))
    assert (why(town, without), why(town, second)) == ("no_consent", None)


def test_an_act_with_a_message_for_each_sends_them_all_to_a_shared_phone(town: Town) -> None:
    phone = town.address()
    people = [town.person(phone) for _n in range(3)]
    assert send(town, shared="each").pending == 3
    assert sorted(row.person_id for row in town.rows(t.outbox)) == people


def test_somebody_who_is_concerned_twice_is_told_once(town: Town) -> None:
    person = town.neighbour()
    twice = select(t.person.c.id.label("person_id"), t.person.c.lang.label("grp"))
    ledger = send(town, audience=twice.union_all(twice).subquery().select())
    assert (ledger.audience, ledger.pending, why(town, person)) == (1, 1, None)


def test_an_erased_person_is_nobody(town: Town) -> None:
    town.person(town.address(), name=None, erased_at=NOON)
    assert send(town).audience == 0


def test_an_audience_may_be_listed_person_by_person(town: Town) -> None:
    first, second, _third = (town.neighbour() for _n in range(3))

    def work(unit: Unit) -> Ledger:
        chosen = audiences.listed(unit, {first: "mine won", second: "mine lost"})
        return broadcast.send(unit, act(town, audience=chosen), hello)

    assert town.store.do(work).audience == 2
    texts = [row.body["text"] for row in town.rows(t.broadcast_text)]
    assert texts == ["sms es tu mine lost {name}", "sms es tu mine won {name}"]


# --- words --------------------------------------------------------------------------------------------------------


def test_a_text_is_written_once_for_all_who_read_the_same(town: Town) -> None:
    for _n in range(5):
        town.neighbour()
    town.neighbour("telegram", lang="en")
    town.neighbour("telegram", form="usted")
    send(town)
    texts = {row.id: row.variant for row in town.rows(t.broadcast_text)}
    assert sorted(texts.values()) == ["sms/es/tu/own/all", "telegram/en/tu/own/all", "telegram/es/usted/own/all"]
    per_variant = [texts[row.text_id] for row in town.rows(t.outbox)]
    assert sorted(per_variant.count(v) for v in texts.values()) == [1, 1, 5]
    assert all(row.body is None for row in town.rows(t.outbox))


def test_the_form_of_address_is_the_persons_then_the_phones_then_the_labs(town: Town) -> None:
    town.store.do(lambda unit: unit.db.execute(update(t.lab).values(form="usted")).rowcount)
    town.neighbour()
    town.person(town.address("whatsapp", form="tu"))
    town.person(town.address("telegram", form="tu"), form="usted")
    send(town)
    forms = [row.variant.split("/")[:3:2] for row in town.rows(t.recipient)]
    assert forms == [["sms", "usted"], ["whatsapp", "tu"], ["telegram", "usted"]]


def test_a_group_without_words_is_skipped_and_said_so(town: Town) -> None:
    town.neighbour()
    town.neighbour("telegram")
    words = lambda variant: hello(variant) if variant.channel == "sms" else None  # noqa: E731
    ledger = town.store.do(lambda unit: broadcast.send(unit, act(town), words))
    assert (ledger.pending, ledger.reasons) == (1, {"no_text": 1})
    assert len(town.rows(t.outbox)) == 1


def test_words_of_each_person_are_filled_and_sealed(town: Town) -> None:
    ana, luis = town.neighbour(), town.neighbour()
    town.registers(ana, code="8QHM")
    town.registers(luis, code="7KTQ")
    fill = select(t.registration.c.person_id, t.registration.c.code)
    words = lambda variant: Reply(text="{name}: {code}")  # noqa: E731
    town.store.do(lambda unit: broadcast.send(unit, act(town, fill=fill), words))
    bodies = {row.person_id: json.loads(row.body)["text"] for row in town.rows(t.outbox)}
    assert bodies == {ana: "{name}: 8QHM", luis: "{name}: 7KTQ"}


# --- any town -----------------------------------------------------------------------------------------------------

PHONE = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(["sms", "whatsapp", "telegram"]),
        "ago": st.sampled_from([None, 1, 2, 30]),
        "reachable": st.sampled_from([True, True, True, False]),
        "left": st.sampled_from([None, None, None, 5]),
    }
)
SOMEBODY = st.fixed_dictionaries(
    {
        "phones": st.lists(st.integers(0, 4), unique=True, max_size=3),
        "consent": st.sampled_from(["lab", "news", None]),
        "lang": st.sampled_from(["es", "en", "gym"]),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(phones=st.lists(PHONE, min_size=5, max_size=5), people=st.lists(SOMEBODY, max_size=8), data=st.data())
def test_everybody_concerned_is_there_once_and_the_ledger_always_adds_up(
    town: Town, phones: list[dict[str, Any]], people: list[dict[str, Any]], data: st.DataObject
) -> None:
    _empty(town)
    addresses = [_phone(town, phone) for phone in phones]
    made = [
        town.person(*(addresses[n] for n in one["phones"]), consent=one["consent"], lang=one["lang"]) for one in people
    ]
    wanted = replace(act(town), audience=everybody(town))
    ledger = town.store.do(lambda unit: broadcast.send(unit, wanted, hello))
    assert adds_up(ledger)
    assert [row.person_id for row in town.rows(t.recipient)] == made
    waiting = town.rows(t.outbox)
    assert len(waiting) == ledger.pending == len({row.address_id for row in waiting})
    for row in waiting:
        state = data.draw(st.sampled_from(["sent", "failed", "unknown", "withheld"]))
        assert adds_up(_step(town, ledger, row, state))


def _step(town: Town, ledger: Ledger, row: Any, state: str) -> Ledger:
    if state == "withheld":
        town.store.do(lambda unit: broadcasts.withhold(unit, "opted_out", address_id=row.address_id))
    else:
        town.store.do(lambda unit: settle(unit, row.id, state))
    found = town.store.read(lambda unit: broadcasts.ledger(unit, ledger.broadcast_id))
    return replace(found, reasons={**found.reasons, "refused": found.failed}) if found.failed else found


def _phone(town: Town, phone: dict[str, Any]) -> int:
    left = NOON - timedelta(minutes=phone["left"]) if phone["left"] else None
    return town.address(phone["channel"], ago=phone["ago"], reachable=phone["reachable"], opted_out_at=left)


def _empty(town: Town) -> None:
    def work(unit: Unit) -> None:
        for table in (t.outbox, t.recipient, t.broadcast_text, t.broadcast, t.consent, t.contact, t.person, t.address):
            unit.db.execute(table.delete())

    town.store.do(work)
