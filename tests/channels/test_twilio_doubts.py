"""A sending that got no clear answer is looked up in Twilio's list, against the fake that keeps one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels import Doubt, Reconciled
from bot.channels.twilio import Twilio
from bot.errors import SendError
from bot.message import Parcel, Receipt
from fakes.provider import AcceptThenReset, Fail
from tests.channels.twilio_house import House
from tests.channels.twilio_kit import ROSA, SID, TOKEN


def now() -> datetime:
    return datetime.now(UTC)


def reconcile(house: House, parcel: Parcel, others: Sequence[str] = ()) -> Receipt | None:
    async def work() -> Receipt | None:
        try:
            return await house.twilio.reconcile(Doubt(parcel=parcel, others=frozenset(others)))
        finally:
            await house.twilio.close()

    return asyncio.run(work())


def doubtful(house: House, parcel: Parcel) -> Parcel:
    """Twilio took it and the connection broke."""
    house.fake.plan(AcceptThenReset(), address=house.rosa)
    assert house.refuse(parcel).uncertain
    house.fake.settle()
    return parcel


def test_it_says_so() -> None:
    assert issubclass(Twilio, Reconciled)


def test_what_twilio_took_is_found_with_its_state(house: House) -> None:
    told = reconcile(house, doubtful(house, house.sms("Hola, ¿vienes?", now=now())))
    assert told is not None
    assert (told.sender, told.outbox_id, told.rank, told.policy) == ("twilio:sms", 77, 5, None)
    assert told.provider_id.startswith("SM")


def test_a_failure_brings_what_is_done_about_it(house: House) -> None:
    house.fake.fate("sent", "undelivered", code=30003, address=house.rosa)
    told = reconcile(house, doubtful(house, house.sms(now=now())))
    assert told is not None
    assert told.rank == 4
    assert told.policy is not None
    assert (told.policy.retry_after, told.policy.fallback) == (7200.0, True)


def test_what_twilio_never_took_stays_in_doubt(house: House) -> None:
    assert reconcile(house, house.sms(now=now())) is None


def test_other_words_another_time_and_another_number_are_not_it(house: House) -> None:
    sent = house.sms("Hola", now=now())
    house.send(sent)
    house.fake.settle()
    assert reconcile(house, replace(sent, reply=replace(sent.reply, text="Adiós"))) is None
    assert reconcile(house, replace(sent, now=now() - timedelta(minutes=10))) is None
    assert reconcile(house, replace(sent, address=ROSA)) is None


def test_another_message_of_ours_in_the_same_words_is_not_it(house: House) -> None:
    first = house.send(house.sms("Hola", now=now()))
    assert reconcile(house, house.sms("Hola", now=now()), [first]) is None
    told = reconcile(house, doubtful(house, house.sms("Hola", now=now())), [first])
    assert told is not None
    assert told.provider_id != first


def test_on_whatsapp_the_only_one_of_that_moment_is_it(house: House) -> None:
    house.fake.write(f"whatsapp:{house.rosa}", "Hola")
    house.fake.settle()
    asked = house.parcel("¿Vienes?", "Sí", "No", now=now(), heard_at=now())
    house.fake.plan(AcceptThenReset(), address=f"whatsapp:{house.rosa}")
    assert house.refuse(asked).uncertain
    told = reconcile(house, asked)
    assert told is not None
    assert told.sender == "twilio:whatsapp"
    house.send(asked)
    assert reconcile(house, asked) is None, "two that can not be told apart"


def test_a_list_that_can_not_be_read_says_so_without_an_address(house: House) -> None:
    house.fake.plan(Fail(503), operation="ListMessage")
    with pytest.raises(SendError) as no:
        reconcile(house, house.sms(now=now()))
    assert no.value.told.startswith("Twilio's list of messages could not be read: ")
    assert not any(secret in no.value.told for secret in (house.rosa, SID, TOKEN))
