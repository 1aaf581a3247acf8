"""`convoca check` with channels that are on: what each provider says of itself, and a test message to oneself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from bot import settings
from bot.channels.telegram import Telegram as TelegramChannel
from bot.errors import BadSettings
from bot.terminal import certificate
from fakes.android import Android
from fakes.provider import Act, Fail, Garbage, Refuse, Reset
from fakes.telegram import Telegram
from fakes.twilio import Twilio
from storage import senders
from storage.store import Store
from tests.plan.test_cli import SECRET, Shell, free_port

TOKEN = "7000001:AA-made-up_token-of-the-tests"
KEY = "a-signing-key-of-the-tests-32-letters"
PASSWORDS = (TOKEN, TOKEN.partition(":")[2], KEY, "a-token-of-the-tests", "a-password-of-the-fake", SECRET)
ANA = "+50760000001"


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> Shell:
    """A terminal with a key and a database, and no channel."""
    for field in settings.Settings.model_fields:
        monkeypatch.delenv(settings.variable(field), raising=False)
        monkeypatch.delenv(settings.variable(field) + "_FILE", raising=False)
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.setenv("COLUMNS", "400")  # no sentence is folded
    monkeypatch.setattr(certificate, "until", lambda _url: datetime.now(UTC) + timedelta(days=60))
    opened = Shell(capsys, monkeypatch)
    opened.set(SECRET_KEY=SECRET)
    assert opened.say("migrate") == 0
    return opened


@pytest.fixture(scope="module")
def telegram() -> Iterator[Telegram]:
    with Telegram(TOKEN) as fake:
        fake.meet("1001", "Ana")
        yield fake


@pytest.fixture(scope="module")
def twilio() -> Iterator[Twilio]:
    with Twilio(token="a-token-of-the-tests") as fake:
        yield fake


@pytest.fixture(scope="module")
def android() -> Iterator[Android]:
    with Android(key=KEY) as fake:
        yield fake


def on_telegram(fake: Telegram) -> dict[str, str]:
    return {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": fake.url}


def on_twilio(fake: Twilio) -> dict[str, str]:
    return {
        "TWILIO_ACCOUNT_SID": fake.account,
        "TWILIO_AUTH_TOKEN": fake.token,
        "TWILIO_API_URL": fake.url,
        "TWILIO_SMS_FROM": fake.sender.sms,
        "PUBLIC_URL": "https://bot.example",
    }


def on_phone(fake: Android) -> dict[str, str]:
    return {
        "ANDROID_URL": fake.url,
        "ANDROID_LOGIN": fake.login,
        "ANDROID_PASSWORD": fake.password,
        "ANDROID_SIGNING_KEY": KEY,
    }


def checked(shell: Shell, values: Mapping[str, str]) -> int:
    """The exit status; no secret and no address of a provider is shown but those of the settings."""
    shell.set(**values)
    status = shell.say("check")
    told = shell.out + shell.err
    assert not [secret for secret in PASSWORDS if secret in told]
    assert "Traceback" not in told
    return status


def findings(shell: Shell) -> list[str]:
    return re.findall(r"^  (?:good|fault) .*$", shell.out, re.MULTILINE)


# --- what is set ----------------------------------------------------------------------------------------------------


def test_secrets_are_shown_as_set(shell: Shell, telegram: Telegram, twilio: Twilio, android: Android) -> None:
    checked(shell, {**on_telegram(telegram), **on_twilio(twilio), **on_phone(android), "ALERT_TO": f"sms:{ANA}"})
    shown = {line.split()[0]: line for line in shell.out.splitlines() if line.startswith("CONVOCA_")}
    for name in (
        "SECRET_KEY",
        "TELEGRAM_TOKEN",
        "TWILIO_AUTH_TOKEN",
        "ANDROID_PASSWORD",
        "ANDROID_SIGNING_KEY",
        "ALERT_TO",
    ):
        assert "(set)" in shown[f"CONVOCA_{name}"]
    assert "(set)" not in shown["CONVOCA_TELEGRAM_WEBHOOK_SECRET"]
    assert ANA not in shell.out


def test_without_channels_it_says_so_and_that_is_no_fault(shell: Shell) -> None:
    assert checked(shell, {}) == 0
    for name in ("android", "telegram", "twilio"):
        assert f"Channel {name}: off: it has no settings" in shell.out
    assert findings(shell) == []


# --- what each provider says ----------------------------------------------------------------------------------------


def test_a_good_bot(shell: Shell, telegram: Telegram) -> None:
    assert checked(shell, on_telegram(telegram)) == 0
    assert "Channel telegram: on telegram:7000001" in shell.out
    assert findings(shell) == [
        "  good Telegram: the token is good, the bot is @convoca_ejemplo_bot",
        "  good Telegram: updates are asked for (no CONVOCA_PUBLIC_URL)",
    ]
    assert "No faults." in shell.out


def test_a_wrong_token_says_where_to_get_another(shell: Shell, telegram: Telegram) -> None:
    assert checked(shell, {**on_telegram(telegram), "TELEGRAM_TOKEN": "7000001:another"}) == 1
    [fault] = findings(shell)
    assert fault.startswith("  fault Telegram: the token is refused. Ask @BotFather")
    assert "Fault: telegram: Telegram: the token is refused" in shell.err
    assert "another" not in shell.out + shell.err


def test_a_token_that_is_none_is_told_before_anything_is_asked(shell: Shell, telegram: Telegram) -> None:
    before = len(telegram.log)
    assert checked(shell, {**on_telegram(telegram), "TELEGRAM_TOKEN": "hidden-value"}) == 1
    assert "CONVOCA_TELEGRAM_TOKEN: it is not a bot's token" in shell.err
    assert "hidden-value" not in shell.out + shell.err
    assert len(telegram.log) == before


def test_a_webhook_that_leads_elsewhere_is_told_without_its_path(shell: Shell, telegram: Telegram) -> None:
    telegram.queue.url = "https://other.example/secret-path"
    try:
        assert checked(shell, {**on_telegram(telegram), "PUBLIC_URL": "https://bot.example"}) == 1
    finally:
        telegram.queue.url = ""
    assert "updates are posted to other.example, not to our address" in shell.err
    assert "secret-path" not in shell.out + shell.err


@pytest.mark.parametrize("act", [Reset(), Fail(502), Garbage(200)])
def test_a_provider_that_does_not_answer_is_a_fault_with_advice(shell: Shell, telegram: Telegram, act: Act) -> None:
    telegram.plan(*[act] * 3, operation="getMe")
    try:
        assert checked(shell, on_telegram(telegram)) == 1
    finally:
        telegram._plans.clear()
    assert "is CONVOCA_TELEGRAM_API_URL right?" in shell.err
    assert urlsplit(telegram.url).netloc not in shell.err


def test_an_account_of_twilio_and_what_it_must_be_told(shell: Shell, twilio: Twilio) -> None:
    assert checked(shell, on_twilio(twilio)) == 0
    assert "Channel twilio: on twilio:sms" in shell.out
    assert "https://bot.example/webhooks/twilio#rc=3&rp=all" in shell.out
    assert "good the Twilio account is active" in shell.out


def test_a_wrong_token_of_twilio_and_no_public_address(shell: Shell, twilio: Twilio) -> None:
    assert checked(shell, {**on_twilio(twilio), "TWILIO_AUTH_TOKEN": "another", "PUBLIC_URL": ""}) == 1
    assert "Twilio can not call us without CONVOCA_PUBLIC_URL" in shell.err
    assert "check CONVOCA_TWILIO_ACCOUNT_SID and CONVOCA_TWILIO_AUTH_TOKEN" in shell.err


def test_a_phone_that_is_there_and_one_that_is_not(shell: Shell, android: Android) -> None:
    checked(shell, on_phone(android))
    assert "Channel android: on android:sim" in shell.out
    assert "good The phone answers and is well" in shell.out
    assert checked(shell, {**on_phone(android), "ANDROID_URL": "http://127.0.0.1:9"}) == 1
    assert "The phone does not answer at CONVOCA_ANDROID_URL" in shell.err


def test_one_provider_in_trouble_hides_nothing_of_the_others(
    shell: Shell, telegram: Telegram, twilio: Twilio, android: Android
) -> None:
    wrong = {"TELEGRAM_TOKEN": "7000001:another", "PUBLIC_URL": "https://bot.example"}
    assert checked(shell, {**on_telegram(telegram), **on_twilio(twilio), **on_phone(android), **wrong}) == 1
    assert "the token is refused" in shell.err
    assert "good the Twilio account is active" in shell.out
    assert "good The phone answers and is well" in shell.out


def test_one_channel_with_wrong_settings_hides_nothing_of_the_others(
    shell: Shell, twilio: Twilio, android: Android
) -> None:
    wrong = {"TELEGRAM_TOKEN": "not-a-token", "PUBLIC_URL": "https://bot.example"}
    assert checked(shell, {**on_twilio(twilio), **on_phone(android), **wrong}) == 1
    assert "Channel telegram: its settings are wrong" in shell.out
    assert "Fault: CONVOCA_TELEGRAM_TOKEN: it is not a bot's token" in shell.err
    assert "not-a-token" not in shell.out + shell.err
    assert "good the Twilio account is active" in shell.out
    assert "good The phone answers and is well" in shell.out
    assert "Database: sqlite" in shell.out


def test_a_channel_that_can_not_be_opened_hides_nothing_of_the_others(
    shell: Shell, twilio: Twilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(given: object, *, demo: bool) -> None:
        raise BadSettings(["CONVOCA_SMOKE: there is no wood"])

    monkeypatch.setattr(TelegramChannel, "open", wrong)
    assert checked(shell, on_twilio(twilio)) == 1
    assert "Channel telegram: its settings are wrong" in shell.out
    assert "Fault: telegram: CONVOCA_SMOKE: there is no wood" in shell.err
    assert "good the Twilio account is active" in shell.out


WRONG = {"SECRET_KEY": "short", "DATABASE_URL": "nada", "TELEGRAM_TOKEN": "zzz", "TWILIO_ACCOUNT_SID": "AC1"}


@pytest.mark.parametrize("command", [("check",), ("run",), ("status",)])
def test_wrong_settings_are_all_told_at_once(shell: Shell, command: tuple[str, ...]) -> None:
    shell.set(**WRONG)
    assert shell.say(*command) == 1
    assert not [name for name in WRONG if f"CONVOCA_{name}: " not in shell.err]
    assert "is at the schema" not in shell.out + shell.err  # no other database is looked at in its place


def test_a_wrong_address_of_ours_asks_no_provider_in_its_place(shell: Shell, twilio: Twilio) -> None:
    assert checked(shell, {**on_twilio(twilio), "PUBLIC_URL": "bot.example"}) == 1
    assert shell.err.splitlines() == [
        "Fault: CONVOCA_PUBLIC_URL: it is not the address of a site; write https://convoca.example.org"
    ]
    assert "good" not in shell.out


def test_and_serving_does_not_begin_with_it(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.run.supervise", lambda children: pytest.fail("children would end again and again"))
    shell.set(TELEGRAM_TOKEN="not-a-token")
    assert shell.say("run", "--port", str(free_port())) == 1
    assert shell.err.startswith("Error: CONVOCA_TELEGRAM_TOKEN: it is not a bot's token")


def test_a_sender_that_has_stopped_is_told_with_its_reason(shell: Shell) -> None:
    with Store(settings.load().database_url, SECRET) as store:
        sms = store.do(lambda unit: senders.ensure(unit, "android:sim", "sms", "android", 1.0))
        store.do(lambda unit: senders.halt(unit, sms, "the phone finds no SIM card: put it in, unlock it"))
    assert checked(shell, {}) == 1
    assert "Fault: the sender android:sim has stopped and keeps 0 messages: the phone finds no SIM card" in shell.err


# --- a message to oneself -------------------------------------------------------------------------------------------


def test_a_test_message_reaches_the_phone(shell: Shell, telegram: Telegram) -> None:
    shell.set(**on_telegram(telegram))
    assert shell.say("check", "--send-to", "telegram:1001") == 0
    assert re.fullmatch("Taken by telegram:7000001 as [0-9a-f]{24}:1. Look at that phone.\n", shell.out)
    assert telegram.phone("1001").texts == ["Convoca: mensaje de prueba. / Test message."]


@pytest.mark.parametrize("to", [f"sms:{ANA}", f"twilio:{ANA}", f"twilio:sms:{ANA}"])
def test_a_sender_is_named_by_channel_by_file_or_in_full(shell: Shell, twilio: Twilio, to: str) -> None:
    shell.set(**on_twilio(twilio))
    before = len(twilio.phone(ANA).texts)
    assert shell.say("check", "--send-to", to) == 0
    assert shell.out.startswith("Taken by twilio:sms as SM")
    assert len(twilio.phone(ANA).texts) == before + 1


def test_of_two_senders_the_one_that_is_named_sends(shell: Shell, twilio: Twilio, android: Android) -> None:
    shell.set(**on_twilio(twilio), **on_phone(android))
    for sender in ("twilio:sms", "android:sim"):
        assert shell.say("check", "--send-to", f"{sender}:{ANA}") == 0
        assert shell.out.startswith(f"Taken by {sender} as ")


def test_a_refused_test_message_says_why(shell: Shell, telegram: Telegram) -> None:
    shell.set(**on_telegram(telegram))
    telegram.plan(Refuse(400, text="Bad Request: chat not found"))
    assert shell.say("check", "--send-to", "telegram:1001") == 1
    assert shell.out == "Not sent by telegram:7000001: Telegram: 400 Bad Request: chat not found\n"
    assert "1001" not in shell.out.replace("7000001", "")


@pytest.mark.parametrize("to", ["telegram", "telegram:", ":1001", "fax:1001", "sms:+50760000001", "telegram1001"])
def test_what_no_channel_carries_says_how_to_write_it(shell: Shell, telegram: Telegram, to: str) -> None:
    shell.set(**on_telegram(telegram))
    assert shell.say("check", "--send-to", to) == 1
    assert shell.err == "Error: Write CHANNEL:ADDRESS, with one of these channels: telegram\n"


def test_with_no_channel_on_that_is_said(shell: Shell) -> None:
    assert shell.say("check", "--send-to", "sms:+50760000001") == 1
    assert "none is on" in shell.err
