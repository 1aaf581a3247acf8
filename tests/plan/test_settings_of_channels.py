"""The settings of channels: each value has its sentence, a channel named by half names the other half."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import settings
from tests.plan.test_settings import SECRET, Environment, environment, faults

__all__ = ["environment"]  # a fixture

TWILIO = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "hidden-value"}
FROM = {"TWILIO_SMS_FROM": "+15005550006"}
PHONE = {
    "ANDROID_URL": "http://10.0.0.5:8080",
    "ANDROID_LOGIN": "sms",
    "ANDROID_PASSWORD": "hidden-value",
    "ANDROID_SIGNING_KEY": "hidden-value-of-32-letters-or-more",
}
FAULTS = [
    ("TELEGRAM_API_URL", "api.telegram.org", "write https://convoca.example.org"),
    ("TELEGRAM_WEBHOOK_SECRET", "hidden value", "letters, digits, _ and -"),
    ("TELEGRAM_WEBHOOK_SECRET", "h" * 257, "at most 256"),
    ("TELEGRAM_RATE", "0", "greater than 0"),
    ("TELEGRAM_RATE", "nan", "greater than 0"),
    ("TELEGRAM_RATE", "hidden-value", "valid number"),
    ("TWILIO_ACCOUNT_SID", "hidden-value", "AC and 32 letters and digits"),
    ("TWILIO_ACCOUNT_SID", "SK" + "0" * 32, "AC and 32 letters and digits"),
    ("TWILIO_API_URL", "http://", "write https://convoca.example.org"),
    ("TWILIO_SMS_FROM", "6000-0001", "with its country: +50760000001"),
    ("TWILIO_SMS_FROM", "MG123", "with its country: +50760000001"),
    ("TWILIO_SMS_RATE", "-1", "greater than 0"),
    ("TWILIO_WHATSAPP_FROM", "whatsapp:hidden", "with its country: +50760000001"),
    ("TWILIO_WHATSAPP_FROM", "MG" + "0" * 32, "with its country: +50760000001"),
    ("TWILIO_WHATSAPP_RATE", "0", "greater than 0"),
    ("TWILIO_CONTENT", "no-such-file.json", "neither JSON nor a file that can be read"),
    ("TWILIO_CONTENT", "{", "it is not of this form"),
    ("TWILIO_CONTENT", '{"a": "HX1"}', "it is not of this form"),
    ("TWILIO_CONTENT", '{"a": {"es": "XX1"}}', "it is not of this form"),
    ("ANDROID_URL", "10.0.0.5:8080", "write https://convoca.example.org"),
    ("ANDROID_URL", "http://sms:hidden-value@10.0.0.5:8080", "write https://convoca.example.org"),
    ("ANDROID_COUNTRY", "Panama", "write its two letters"),
    ("ANDROID_RATE", "31", "less than or equal to 30"),
    ("ANDROID_RATE", "0", "greater than 0"),
    ("SMS_BY_COUNTRY", "android", "two words with = between them"),
    ("SMS_BY_COUNTRY", "PA=android,*", "two words with = between them"),
    ("SMS_BY_COUNTRY", "XX=android", "write its two letters"),
    ("SMS_BY_COUNTRY", "PA=androd,*=twilio", "did you mean android?"),
    ("SMS_BY_COUNTRY", "PA=zz", "it is none of our channels: android, "),
    ("ALERT_TO", "telegram:abc", "the number of a Telegram chat"),
    ("ALERT_TO", "whatsapp:abc", "with its country: +50760000001"),
    ("ALERT_TO", "+50760000001", "two words with : between them"),
    ("PRICES", "/nowhere/prices.toml", "there is no such file"),
    ("PRICES", "[sms.PA]\nsegment = 1\n", "date: it is the day of the prices"),
    ("LANG", "xx", "it is none of our languages: en, es"),
    ("ALERT_TO", "fax:+50760000001", "begins with sms:, whatsapp: or telegram:"),
    ("ALERT_TO", "sms:6000-0001", "with its country: +50760000001"),
]


@pytest.mark.parametrize(("name", "value", "what"), FAULTS)
def test_what_is_wrong_with_a_channel_is_one_sentence(
    environment: Environment, name: str, value: str, what: str
) -> None:
    whole = {"ANDROID": PHONE, "TWILIO_": {**TWILIO, **FROM}}.get(name[:7], {})
    environment(SECRET_KEY=SECRET, **{**whole, name: value})
    [fault] = faults()
    assert fault.startswith(f"CONVOCA_{name}: ")
    assert what in fault
    assert "\n" not in fault
    assert "hidden" not in fault


def test_all_faults_of_all_channels_are_told_at_once(environment: Environment) -> None:
    wrong = {name: value for name, value, _what in reversed(FAULTS)}
    environment(SECRET_KEY=SECRET, **wrong)
    told = faults()
    assert {f"CONVOCA_{name}" for name in wrong} <= {fault.split(":")[0] for fault in told}
    assert "hidden" not in "".join(told)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"TWILIO_ACCOUNT_SID": TWILIO["TWILIO_ACCOUNT_SID"], **FROM}, ["CONVOCA_TWILIO_AUTH_TOKEN"]),
        ({"TWILIO_AUTH_TOKEN": "hidden-value"}, ["CONVOCA_TWILIO_ACCOUNT_SID"]),
        ({name: PHONE[name] for name in PHONE if name != "ANDROID_SIGNING_KEY"}, ["CONVOCA_ANDROID_SIGNING_KEY"]),
        (
            {"ANDROID_URL": PHONE["ANDROID_URL"]},
            ["CONVOCA_ANDROID_LOGIN", "CONVOCA_ANDROID_PASSWORD", "CONVOCA_ANDROID_SIGNING_KEY"],
        ),
    ],
)
def test_half_a_channel_is_a_fault_that_names_the_other_half(
    environment: Environment, given: dict[str, str], missing: list[str]
) -> None:
    environment(SECRET_KEY=SECRET, **given)
    [fault] = faults()
    assert fault.startswith(f"{', '.join(missing)}: missing beside CONVOCA_")
    assert fault.endswith("Set all of them, or none")
    assert "hidden-value" not in fault


@pytest.mark.parametrize("given", [TWILIO, FROM])
def test_twilio_needs_an_account_and_a_number(environment: Environment, given: dict[str, str]) -> None:
    environment(SECRET_KEY=SECRET, **given)
    assert faults() == [
        "Twilio needs CONVOCA_TWILIO_ACCOUNT_SID and CONVOCA_TWILIO_SMS_FROM or CONVOCA_TWILIO_WHATSAPP_FROM:"
        " one of the two is missing"
    ]


def test_a_short_key_of_the_phone_is_told_with_its_length(environment: Environment) -> None:
    environment(SECRET_KEY=SECRET, **{**PHONE, "ANDROID_SIGNING_KEY": "hidden-8"})
    assert faults() == ["CONVOCA_ANDROID_SIGNING_KEY: it has 8 characters; write 32 or more"]


def test_whole_channels_are_no_fault(environment: Environment) -> None:
    environment(SECRET_KEY=SECRET, TELEGRAM_TOKEN="123:hidden-value", **TWILIO, **FROM, **PHONE)
    found = settings.load()
    for text in (repr(found), str(found), f"{found.telegram_token}{found.twilio_auth_token}{found.android_password}"):
        assert "hidden-value" not in text


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("TWILIO_SMS_FROM", "+507 6000-0001", "+50760000001"),
        ("TWILIO_SMS_FROM", "MG" + "0" * 32, "MG" + "0" * 32),
        ("TWILIO_WHATSAPP_FROM", "whatsapp:+1 (500) 555.0009", "+15005550009"),
        ("ANDROID_COUNTRY", "pa", "PA"),
        ("SMS_BY_COUNTRY", " pa = android, * = twilio ,", "PA=android,*=twilio"),
        ("ALERT_TO", "sms:+507 6000-0001, telegram: 123", "sms:+50760000001,telegram:123"),
        ("TELEGRAM_API_URL", "http://127.0.0.1:8081/", "http://127.0.0.1:8081"),
    ],
)
def test_what_people_write_is_brought_into_one_form(environment: Environment, name: str, given: str, kept: str) -> None:
    environment(SECRET_KEY=SECRET, **{**(TWILIO if name.startswith("TWILIO") else {}), name: given})
    assert getattr(settings.load(), name.lower()) == kept


def test_templates_are_json_or_a_file_of_it(environment: Environment, tmp_path: Path) -> None:
    written = '{"invitacion_laboratorio": {"es": "HX1"}}'
    (tmp_path / "content.json").write_text(written)
    for given in (written, str(tmp_path / "content.json")):
        environment(SECRET_KEY=SECRET, TWILIO_CONTENT=given)
        assert settings.load().templates == {"invitacion_laboratorio": {"es": "HX1"}}


def test_the_webhook_s_secret_is_made_of_the_key_unless_it_is_set(environment: Environment) -> None:
    environment(SECRET_KEY=SECRET)
    made = settings.load().telegram_secret
    assert made == settings.load().telegram_secret
    assert len(made) == 64
    assert SECRET not in made
    environment(SECRET_KEY="another-key-of-more-than-32-characters")
    assert settings.load().telegram_secret != made
    environment(TELEGRAM_WEBHOOK_SECRET="my-own_one")
    assert settings.load().telegram_secret == "my-own_one"


def test_templates_are_kept_where_twilio_is(environment: Environment) -> None:
    environment(SECRET_KEY=SECRET)
    assert settings.load().twilio_content_url == "https://content.twilio.com"
    environment(TWILIO_API_URL="http://127.0.0.1:4010")
    assert settings.load().twilio_content_url == "http://127.0.0.1:4010"
