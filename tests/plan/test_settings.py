"""Settings: from the environment or from files, every fault at once, secrets never shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot import settings
from bot.errors import BadSettings

SECRET = "k" * 40
Environment = Callable[..., None]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Sets CONVOCA_* to these values and takes every other one away."""
    for name in [*settings.Settings.model_fields]:
        monkeypatch.delenv(settings.variable(name), raising=False)
        monkeypatch.delenv(settings.variable(name) + "_FILE", raising=False)

    def give(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"CONVOCA_{name}", value)

    return give


def faults() -> list[str]:
    with pytest.raises(BadSettings) as told:
        settings.load()
    return list(told.value.faults)


def test_a_key_is_all_that_must_be_set(environment: Environment) -> None:
    environment(SECRET_KEY=SECRET)
    found = settings.load()
    assert found.database_url == "sqlite:///data/convoca.db"
    assert (found.timezone, found.host, found.port) == ("America/Panama", "127.0.0.1", 8000)
    assert found.secret == SECRET


def test_without_a_key_it_says_how_to_make_one(environment: Environment) -> None:
    [fault] = faults()
    assert fault.startswith("CONVOCA_SECRET_KEY: it is missing")
    assert "secrets.token_urlsafe" in fault
    assert "CONVOCA_SECRET_KEY_FILE" in fault


def test_who_needs_no_key_gets_the_rest(environment: Environment) -> None:
    assert settings.load(need_key=False).secret == ""


def test_an_empty_variable_is_an_unset_one(environment: Environment) -> None:
    environment(SECRET_KEY=SECRET, PORT="", TIMEZONE="", SECRET_KEY_FILE="")
    assert settings.load().port == 8000


def test_every_fault_is_told_at_once(environment: Environment) -> None:
    environment(PORT="99999", TIMEZONE="America/Panma", LOG_FORMAT="xml", DATABASE_URL="mysql://root@host/convoca")
    told = faults()
    assert [fault.split(":")[0] for fault in told] == [
        "CONVOCA_DATABASE_URL",
        "CONVOCA_TIMEZONE",
        "CONVOCA_PORT",
        "CONVOCA_LOG_FORMAT",
        "CONVOCA_SECRET_KEY",
    ]
    assert "did you mean America/Panama?" in told[1]


def test_a_fault_of_each_channel_is_told_beside_the_general_ones(environment: Environment, tmp_path: Path) -> None:
    environment(SECRET_KEY="short", DATABASE_URL="nada", TELEGRAM_TOKEN="zzz", TWILIO_ACCOUNT_SID="AC1")
    environment(ANDROID_URL="http://10.0.0.5:8080", ANDROID_SIGNING_KEY="hidden-value")
    environment(SMS_BY_COUNTRY_FILE=str(tmp_path / "nowhere"))
    assert sorted(fault.split(":")[0] for fault in faults()) == [
        "CONVOCA_ANDROID_LOGIN, CONVOCA_ANDROID_PASSWORD",
        "CONVOCA_ANDROID_SIGNING_KEY",
        "CONVOCA_DATABASE_URL",
        "CONVOCA_SECRET_KEY",
        "CONVOCA_SMS_BY_COUNTRY_FILE",
        "CONVOCA_TELEGRAM_TOKEN",
        "CONVOCA_TWILIO_ACCOUNT_SID",
        "CONVOCA_TWILIO_AUTH_TOKEN",
        "Twilio needs CONVOCA_TWILIO_ACCOUNT_SID and CONVOCA_TWILIO_SMS_FROM or CONVOCA_TWILIO_WHATSAPP_FROM",
    ]
    assert "hidden-value" not in "".join(faults())


def test_what_is_wrong_or_can_not_be_read_is_not_missing_too(environment: Environment, tmp_path: Path) -> None:
    environment(SECRET_KEY=SECRET, TWILIO_ACCOUNT_SID="AC1", TWILIO_SMS_FROM="+50760000001")
    environment(TWILIO_AUTH_TOKEN_FILE=str(tmp_path / "nowhere"))
    assert [fault.split(":")[0] for fault in faults()] == [
        "CONVOCA_TWILIO_AUTH_TOKEN_FILE",
        "CONVOCA_TWILIO_ACCOUNT_SID",
    ]


@pytest.mark.parametrize("token", ["AA-secret-words", "bot7000001:AA", "7000001", "7000001:", ":QQ", "٣:QQ", "1:A B"])
def test_a_token_that_is_none_is_told_and_not_shown(environment: Environment, token: str) -> None:
    environment(SECRET_KEY=SECRET, TELEGRAM_TOKEN=token)
    [fault] = faults()
    assert fault.startswith("CONVOCA_TELEGRAM_TOKEN: it is not a bot's token")
    assert token not in fault


@pytest.mark.parametrize("token", [" ", " 7000001:AA-made_up \t"])
def test_spaces_around_a_token_are_not_part_of_it(environment: Environment, token: str) -> None:
    environment(SECRET_KEY=SECRET, TELEGRAM_TOKEN=token)
    assert settings.load().telegram_token.get_secret_value() == token.strip()


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("DATABASE_URL", "data/convoca.db", "write sqlite:///path/to/file.db or postgresql://"),
        ("DATABASE_URL", "postgresql+psycopg2://host/name", "is not the address of a database"),
        ("DATABASE_URL", "postgresql://host:port/name", "is not the address of a database"),
        ("DATABASE_URL", "postgresql://u@host/name?foo=1", "is not the address of a database"),
        ("DATABASE_URL", "sqlite://", "needs a file"),
        ("DATABASE_URL", "sqlite:///", "needs a file"),
        ("DATABASE_URL", "sqlite:///:memory:", "needs a file"),
        ("PUBLIC_URL", "http://exa mple.org", "write https://convoca.example.org"),
        ("PUBLIC_URL", "https://convoca!.example.org", "write https://convoca.example.org"),
        ("PUBLIC_URL", "convoca.example.org", "write https://convoca.example.org"),
        ("PUBLIC_URL", "ftp://convoca.example.org", "write https://convoca.example.org"),
        ("PUBLIC_URL", "https://convoca.example.org/?a=1", "write https://convoca.example.org"),
        ("PUBLIC_URL", "https://convoca.example.org:port", "write https://convoca.example.org"),
        ("PUBLIC_URL", "https://[convoca", "write https://convoca.example.org"),
        ("TIMEZONE", "Panamá", "there is no time zone of that name"),
        ("HOST", " ", "at least 1 character"),
        ("PORT", "http", "valid integer"),
        ("PORT", "0", "greater than or equal to 1"),
        ("LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("SECRET_KEY", "short", "needs 32 characters or more"),
        ("SECRET_KEY", f"{SECRET},short", "needs 32 characters or more"),
    ],
)
def test_what_is_wrong_is_said(environment: Environment, name: str, value: str, what: str) -> None:
    environment(SECRET_KEY=SECRET)
    environment(**{name: value})
    [fault] = faults()
    assert fault.startswith(f"CONVOCA_{name}: ")
    assert what in fault


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql://u@h/d?sslmode=require", "postgresql+psycopg://u@h/d?sslmode=require"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
        ("sqlite:////srv/convoca.db", "sqlite:////srv/convoca.db"),
    ],
)
def test_databases_are_named_with_our_driver(environment: Environment, given: str, kept: str) -> None:
    environment(SECRET_KEY=SECRET, DATABASE_URL=given)
    assert settings.load().database_url == kept


def test_a_public_address_loses_its_last_slash(environment: Environment) -> None:
    environment(SECRET_KEY=SECRET, PUBLIC_URL="https://convoca.example.org/")
    assert settings.load().public_url == "https://convoca.example.org"


# --- values in files


def test_a_value_may_stand_in_a_file(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"\n {SECRET}\n\n")
    (tmp_path / "url").write_text("sqlite:///elsewhere.db\n")
    environment(SECRET_KEY_FILE=str(tmp_path / "key"), DATABASE_URL_FILE=str(tmp_path / "url"))
    found = settings.load()
    assert (found.secret, found.database_url) == (SECRET, "sqlite:///elsewhere.db")


def test_a_variable_and_its_file_together_are_a_fault(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(SECRET)
    environment(SECRET_KEY=SECRET, SECRET_KEY_FILE=str(tmp_path / "key"))
    [fault] = faults()
    assert fault.startswith("CONVOCA_SECRET_KEY: it is set twice")


def test_files_that_can_not_be_read_are_told_with_the_rest(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    environment(
        SECRET_KEY_FILE=str(tmp_path / "absent"),
        PUBLIC_URL_FILE=str(tmp_path / "binary"),
        HOST_FILE=str(tmp_path / "empty"),
        PORT="0",
    )
    told = faults()
    assert [fault.split(":")[0] for fault in told[:3]] == [
        "CONVOCA_SECRET_KEY_FILE",
        "CONVOCA_PUBLIC_URL_FILE",
        "CONVOCA_HOST_FILE",
    ]
    assert any(fault.startswith("CONVOCA_PORT:") for fault in told)


def test_a_wrong_value_in_a_file_names_the_file_s_variable(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("short")
    environment(SECRET_KEY_FILE=str(tmp_path / "key"))
    [fault] = faults()
    assert fault.startswith("CONVOCA_SECRET_KEY_FILE: ")


# --- secrets are never shown


def test_no_secret_is_printed(environment: Environment) -> None:
    url = "postgresql://convoca:hidden-password@host/name"
    environment(SECRET_KEY=SECRET, DATABASE_URL=url)
    found = settings.load()
    for text in (repr(found), str(found), f"{found.secret_key}"):
        assert SECRET not in text
        assert "hidden-password" not in text


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "PUBLIC_URL", "PORT", "LOG_FORMAT", "LOG_LEVEL"])
def test_a_fault_never_repeats_the_value(environment: Environment, name: str) -> None:
    environment(SECRET_KEY=SECRET)
    environment(**{name: "hidden-value"})
    assert "hidden-value" not in "".join(faults())


def test_settings_do_not_change(environment: Environment) -> None:
    environment(SECRET_KEY=SECRET)
    with pytest.raises(ValidationError):
        settings.load().port = 1  # type: ignore[misc]


# --- what is given goes before the environment; what is not known is told


def test_given_values_go_before_the_environment(environment: Environment) -> None:
    environment(SECRET_KEY_FILE="/absent/key", DATABASE_URL="sqlite:///mine.db", DATABASE_URL_FILE="/absent/too")
    found = settings.load({"secret_key": SECRET, "database_url": "sqlite:///data/demo.db"})
    assert found.database_url == "sqlite:///data/demo.db"


def test_a_variable_nobody_reads_is_told_with_what_it_may_mean() -> None:
    told = settings.unknown({"CONVOCA_DATABSE_URL": "x", "CONVOCA_WEATHER": "y", "CONVOCA_PORT_FILE": "z", "PATH": ""})
    assert told == [
        "CONVOCA_DATABSE_URL: this version reads no such setting; did you mean CONVOCA_DATABASE_URL?",
        "CONVOCA_WEATHER: this version reads no such setting",
    ]
