"""What the demonstrations stand on: a file of their own, and no real provider whatever the environment says."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from bot import settings
from bot.channels import open_all
from bot.errors import ConvocaError
from bot.terminal import providers, serving

REAL: Mapping[str, str] = {
    "CONVOCA_TELEGRAM_TOKEN": "123456789:a-real-token",
    "CONVOCA_TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
    "CONVOCA_TWILIO_AUTH_TOKEN": "a-real-token",
    "CONVOCA_TWILIO_SMS_FROM": "+15005550006",
    "CONVOCA_TWILIO_WHATSAPP_FROM": "+15005550007",
    "CONVOCA_ANDROID_URL": "http://10.0.0.5:8080",
    "CONVOCA_ANDROID_LOGIN": "real-login",
    "CONVOCA_ANDROID_SIGNING_KEY": "k" * 32,
    "CONVOCA_SMS_BY_COUNTRY": "PA=android,*=twilio",
    "CONVOCA_ALERT_TO": "telegram:123",
    "CONVOCA_DATABASE_URL": "postgresql://real/one",
    "CONVOCA_SECRET_KEY": "a-real-secret-key-long-enough-for-anybody",
}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A folder of its own, and an environment in which every channel is set, one of them by a file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "password").write_text("a-real-password", encoding="utf-8")
    environ = {**os.environ, **REAL, "CONVOCA_ANDROID_PASSWORD_FILE": str(tmp_path / "password")}
    monkeypatch.setattr(os, "environ", environ)
    return environ


def test_with_that_environment_every_channel_would_be_on(house: dict[str, str]) -> None:
    assert set(open_all(settings.load())) == {"telegram", "twilio", "android"}


def test_the_plain_demonstration_has_no_provider(house: dict[str, str]) -> None:
    found = serving.demo_settings("127.0.0.1", 8000)
    assert set(open_all(found, demo=True)) == {"simulator"}
    assert found.alert_to == found.sms_by_country == ""
    assert found.database_url == "sqlite:///data/demo.db"
    assert found.secret != REAL["CONVOCA_SECRET_KEY"]


def test_its_children_see_no_provider_either(house: dict[str, str]) -> None:
    serving.demo_settings("127.0.0.1", 8000)
    assert not [name for name in house if name.startswith(("CONVOCA_TELEGRAM", "CONVOCA_TWILIO", "CONVOCA_ANDROID"))]
    assert set(open_all(settings.load(), demo=True)) == {"simulator"}


def test_the_imitations_are_the_only_providers_of_the_other(house: dict[str, str]) -> None:
    with providers.Imitated("http://127.0.0.1:8000") as imitated:
        found = providers.settings_for(8000, imitated.environment())
    assert found.telegram_api_url == imitated.telegram.url
    assert found.twilio_api_url == found.twilio_content_url == imitated.twilio.url
    assert found.android_url == imitated.android.url
    assert found.twilio_sms_from == found.alert_to == found.sms_by_country == ""
    assert found.database_url == "sqlite:///data/providers.db"
    names = {one.name for channel in open_all(found).values() for one in channel.identities()}
    assert names == {"telegram:7000001", "twilio:whatsapp", "android:sim"}
    assert not set(REAL.values()) & {value for name, value in house.items() if name.startswith("CONVOCA_")}


def test_it_stays_on_this_machine(house: dict[str, str]) -> None:
    with pytest.raises(ConvocaError, match="leave out --host"):
        providers.demo("0.0.0.0", 8000)  # noqa: S104 - refused


@pytest.mark.parametrize("taken", [0, 1])
def test_a_taken_port_is_told_before_anything_is_made(house: dict[str, str], taken: int, tmp_path: Path) -> None:
    port = free_pair()
    told = pytest.raises(ConvocaError, match=f"127.0.0.1:{port + taken}.*Choose another --port")
    with socket.create_server(("127.0.0.1", port + taken)), told:
        providers.demo("127.0.0.1", port)
    assert not (tmp_path / "data").exists()


def test_the_last_port_has_none_after_it(house: dict[str, str]) -> None:
    with pytest.raises(ConvocaError, match="65534"):
        providers.demo("127.0.0.1", 65535)


def free_pair() -> int:
    """The first of two ports in a row that nobody has."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port: int = first.getsockname()[1]
            with suppress(OSError, OverflowError), socket.create_server(("127.0.0.1", port + 1)):
                return port
