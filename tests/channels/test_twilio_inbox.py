"""Webhooks that were lost are found in Twilio's list of messages, against the fake that keeps one."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels import News, Polled
from bot.errors import SendError
from fakes.provider import Fail
from tests.channels.twilio_house import House

OLDER = timedelta(minutes=4)  # so old that its webhook has come or is lost


def look(house: House, since: str, later: timedelta = timedelta()) -> tuple[News, str]:
    """One look, so much after now."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def work() -> tuple[News, str]:
        inbox = house.twilio._inbox
        inbox.clock, inbox.sleep = (lambda: datetime.now(UTC) + later), sleep
        try:
            return await house.twilio.poll(since)
        finally:
            await house.twilio.close()

    found = asyncio.run(work())
    assert all(0 < seconds <= 25 for seconds in waits)
    return found


def ago(**by: float) -> str:
    return (datetime.now(UTC) - timedelta(**by)).isoformat()


def words(house: House, news: News) -> list[tuple[str, str, str]]:
    return [(m.sender, m.address, m.text) for m in news.messages if m.address == house.rosa]


def test_it_asks(house: House) -> None:
    assert isinstance(house.twilio, Polled)
    assert house.twilio.polls == "twilio:inbox"


def test_a_message_whose_webhook_was_lost_is_found_on_both_channels(house: House) -> None:
    house.fake.write(house.rosa, "SANMARTIN")
    house.fake.write(house.rosa, "hola", channel="whatsapp")
    by_hook = {m.provider_id: m for news in house.news for m in news.messages}
    news, cursor = look(house, ago(minutes=8), OLDER)
    assert words(house, news) == [("twilio:sms", house.rosa, "SANMARTIN"), ("twilio:whatsapp", house.rosa, "hola")]
    assert {m.provider_id for m in news.messages} >= set(by_hook)  # the same ids: what came already is heard once
    assert datetime.fromisoformat(cursor) > datetime.fromisoformat(ago(minutes=1))


def test_what_the_look_before_brought_is_left_out(house: House) -> None:
    house.fake.write(house.rosa, "SANMARTIN")
    _, cursor = look(house, ago(minutes=8), OLDER)
    house.fake.write(house.rosa, "1")
    assert words(house, look(house, cursor, OLDER + timedelta(minutes=11))[0]) == [("twilio:sms", house.rosa, "1")]


def test_what_could_not_be_stored_is_told_again(house: House) -> None:
    """Whoever asks has stored what came with a cursor when it asks with that cursor, and not before."""
    house.fake.write(house.rosa, "SANMARTIN")
    since = ago(minutes=8)
    for _ in "12":
        assert words(house, look(house, since, OLDER)[0]) == [("twilio:sms", house.rosa, "SANMARTIN")]


def test_what_came_a_moment_ago_is_left_to_its_webhook_and_found_at_the_next_look(house: House) -> None:
    """The list has neither the photo nor the tap of a message: heard from it first, they would be lost."""
    house.fake.write(house.rosa, "SANMARTIN")
    news, cursor = look(house, ago(minutes=11))
    assert words(house, news) == []
    assert words(house, look(house, cursor, timedelta(minutes=11))[0]) == [("twilio:sms", house.rosa, "SANMARTIN")]


def test_it_begins_with_now_and_waits_between_two_looks(house: House) -> None:
    house.fake.write(house.rosa, "de antes")
    news, cursor = look(house, "")
    assert words(house, news) == []
    assert look(house, cursor, timedelta(minutes=9)) == (News(), cursor)


def test_our_own_messages_are_none(house: House) -> None:
    house.send(house.sms("Hola"))
    house.open()
    assert words(house, look(house, ago(minutes=11))[0]) == []


def test_an_account_that_does_not_answer_is_asked_again_later(house: House) -> None:
    house.fake.plan(Fail(503), operation="ListMessage")
    with pytest.raises(SendError, match="could not be read"):
        look(house, ago(minutes=11))
