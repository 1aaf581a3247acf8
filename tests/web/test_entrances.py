"""Ways in: whom one writes to on each kind of phone, from the settings or learned of the provider, and kept."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping

import pytest
from pydantic import SecretStr

from bot import entrances
from bot.channels import open_all
from bot.channels.android import Android
from bot.channels.simulator import Simulator
from bot.channels.telegram import Telegram
from bot.channels.twilio import Twilio
from bot.listening import Listening
from bot.settings import Settings
from storage import remembered
from storage.store import Store, Unit

TWILIO = {"twilio_account_sid": "AC" + "0" * 32, "twilio_auth_token": SecretStr("t" * 32)}
PHONE = {
    "android_url": "http://10.0.0.5:8080",
    "android_login": "sms",
    "android_password": SecretStr("p"),
    "android_signing_key": SecretStr("k" * 32),
}


def settings(**values: object) -> Settings:
    """Settings with these values, and nothing of the machine's."""
    return Settings.model_construct(**{**Settings().model_dump(), **values})


def doors(channel: object) -> Mapping[str, str]:
    return channel.entrances()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"twilio_sms_from": "+15005550006"}, {"sms": "+15005550006"}),
        ({"twilio_sms_from": "MG" + "0" * 32}, {}),
        (
            {"twilio_sms_from": "+15005550006", "twilio_whatsapp_from": "+14155238886"},
            {"sms": "+15005550006", "whatsapp": "+14155238886"},
        ),
    ],
)
def test_twilio_s_numbers_are_ways_in_and_a_messaging_service_is_none(
    given: dict[str, str], told: dict[str, str]
) -> None:
    assert doors(Twilio.open(settings(**TWILIO, **given), demo=False)) == told


def test_the_sim_s_number_is_what_the_operator_says() -> None:
    assert doors(Android.open(settings(**PHONE), demo=False)) == {}
    assert doors(Android.open(settings(**PHONE, android_number="+50760000001"), demo=False)) == {"sms": "+50760000001"}


def test_telegram_s_name_is_not_known_before_it_is_told() -> None:
    assert doors(Telegram.open(settings(telegram_token=SecretStr("123:abc")), demo=False)) == {}


def test_of_two_numbers_for_one_kind_the_first_that_is_known_is_shown(store: Store) -> None:
    both = open_all(settings(**TWILIO, **PHONE, twilio_sms_from="+15005550006"))
    assert list(both) == ["android", "twilio"]
    assert store.read(lambda unit: entrances.known(unit, both)) == {"sms": "+15005550006"}


class Told(Simulator):
    """Learns its name when it is prepared."""

    def __init__(self) -> None:
        super().__init__()
        self.name_of_bot = ""

    async def prepare(self) -> None:
        self.name_of_bot = "ConvocaBot"

    def entrances(self) -> Mapping[str, str]:
        return {"telegram": self.name_of_bot} if self.name_of_bot else {}


def test_what_a_provider_told_at_the_start_is_kept_for_the_next(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = threading.Event()
    put = remembered.put

    def seen(unit: Unit, name: str, value: str) -> None:
        put(unit, name, value)
        kept.set()

    async def start() -> None:
        async with Listening(store, lambda news: [], {"simulator": Told()}).running():
            assert await asyncio.to_thread(kept.wait, 20)
            await asyncio.wrap_future(store.write(lambda unit: None))  # what came before it is stored too

    monkeypatch.setattr(remembered, "put", seen)
    asyncio.run(start())
    again = {"simulator": Told()}
    assert store.read(lambda unit: entrances.known(unit, again)) == {"telegram": "ConvocaBot"}
