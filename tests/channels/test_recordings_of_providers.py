"""What people recorded, given out by Telegram and Twilio: with our credentials there and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from bot.channels.telegram import Telegram
from bot.channels.twilio import Twilio
from bot.errors import SendError
from bot.message import Closing, Media, Option, Parcel, Reply
from fakes.telegram import Telegram as FakeTelegram
from tests.channels.telegram_kit import NOW, SENDER, TOKEN, Settings, opened
from tests.channels.twilio_house import House
from tests.channels.twilio_kit import SID, channel

OGG = b"OggS" + b"\0" * 60
MOST = 1000


def fetched(channel: Telegram | Twilio, ref: str, most: int = MOST) -> bytes:
    """The file, over the wire."""

    async def run() -> bytes:
        try:
            return await channel.fetch(ref, most)
        finally:
            await channel.close()

    return asyncio.run(run())


@pytest.fixture(scope="module")
def telegram() -> Iterator[FakeTelegram]:
    """One bot."""
    with FakeTelegram(token=TOKEN) as fake:
        yield fake


def bot(fake: FakeTelegram) -> Telegram:
    """The channel to it."""
    return opened(Settings(telegram_api_url=fake.url))


def test_telegram_gives_out_a_file_by_its_handle(telegram: FakeTelegram) -> None:
    assert fetched(bot(telegram), telegram.chats.file(OGG)) == OGG
    assert telegram.faults == []


def test_a_file_larger_than_allowed_is_not_read(telegram: FakeTelegram) -> None:
    with pytest.raises(SendError, match="larger"):
        fetched(bot(telegram), telegram.chats.file(OGG), most=10)


@pytest.mark.parametrize("ref", ["", "no-such-file-that-anybody-ever-sent", "../../etc/passwd", "http://x/y"])
def test_a_handle_that_telegram_does_not_know(telegram: FakeTelegram, ref: str) -> None:
    with pytest.raises(SendError) as error:
        fetched(bot(telegram), ref)
    assert TOKEN not in error.value.told


def spoken(house: House, data: bytes = OGG) -> str:
    """Where Twilio says the voice note of Rosa is."""
    house.fake.write(house.rosa, "", channel="whatsapp", media=[("audio/ogg", data)])
    (message,) = house.news[-1].messages
    assert message.media
    assert message.media.kind == "voice"
    return message.media.ref


def test_twilio_gives_it_out_with_credentials_that_do_not_go_further(house: House) -> None:
    assert fetched(house.twilio, spoken(house)) == OGG


def test_more_than_is_allowed_is_cut_off(house: House) -> None:
    with pytest.raises(SendError, match="larger"):
        fetched(house.twilio, spoken(house), most=10)


@pytest.mark.parametrize(
    "ref",
    [
        "http://169.254.169.254/latest/meta-data",
        f"https://x.example/2010-04-01/Accounts/{'AC' + 'b' * 32}/Messages/{'MM' + '1' * 32}/Media/{'ME' + '1' * 32}",
        f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json",
        f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/{'MM' + '1' * 32}/Media/../../x",
        "",
    ],
)
def test_only_an_address_of_our_own_account_is_asked_for(house: House, ref: str) -> None:
    before = len(house.fake.log)
    with pytest.raises(SendError, match="no recording of this account"):
        fetched(house.twilio, ref)
    assert len(house.fake.log) == before


def test_what_is_gone_and_what_nobody_answers(house: House) -> None:
    gone = f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/{'MM' + '1' * 32}/Media/{'ME' + '1' * 32}"
    with pytest.raises(SendError, match="404") as unknown:
        fetched(house.twilio, gone)
    with pytest.raises(SendError, match="Twilio") as silent:
        fetched(channel(), gone)
    assert (unknown.value.retry_after, silent.value.retry_after) == (0.0, 0.0)  # both may be otherwise a moment later


def test_a_question_that_came_with_a_recording_is_closed_in_its_caption(telegram: FakeTelegram) -> None:
    note = Media(kind="voice", ref=telegram.chats.file(OGG))
    asked = Reply(text="¿Qué hago? 1 Escribirle", options=(Option(1, "Escribirle", "x"),), media=note)
    telegram.write("5", "hola")

    async def run() -> None:
        channel = bot(telegram)
        try:
            sent = await channel.send(letter(asked))
            done = Closing(provider_id=sent, text="¿Qué hago?\n✓ Escribirle")
            await channel.send(letter(Reply(text="¿Qué le digo?", closes=done)))
        finally:
            await channel.close()

    asyncio.run(run())
    first, second = telegram.phone("5").shown[-2:]
    assert (first.text, first.media, first.buttons) == ("¿Qué hago?\n✓ Escribirle", "voice", ())
    assert second.text == "¿Qué le digo?"
    assert telegram.faults == []


def letter(reply: Reply) -> Parcel:
    """To the person of chat 5."""
    return Parcel(ref="1", attempt=1, sender=SENDER, address="5", reply=reply, now=NOW)
