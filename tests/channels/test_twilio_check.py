"""The channel and its settings, and what `convoca check` tells of the account."""

from __future__ import annotations

import os
from typing import Any

import pytest

from bot.channels import Closed, Examined, Finding, Hooked, Prepared, discover
from bot.channels.twilio import Twilio
from bot.settings import load
from fakes.twilio import Content
from tests.channels.twilio_house import HX, REMIND, House
from tests.channels.twilio_kit import SID, SITE, WHATSAPP, channel, settings

# --- the channel and its settings ---------------------------------------------------------------------------------


def test_it_is_found_by_its_file() -> None:
    assert discover()["twilio"] is Twilio
    opened = channel()
    assert all(isinstance(opened, kind) for kind in (Hooked, Prepared, Examined, Closed))


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, ["twilio:sms", "twilio:whatsapp"]),
        ({"twilio_sms_from": ""}, ["twilio:whatsapp"]),
        ({"twilio_whatsapp_from": " "}, ["twilio:sms"]),
        ({"twilio_sms_from": "", "twilio_whatsapp_from": ""}, None),
        ({"twilio_account_sid": ""}, None),
        ({"twilio_auth_token": ""}, None),
        ({"twilio_auth_token": " , "}, None),
    ],
)
def test_each_number_that_is_set_is_an_identity(given: dict[str, str], names: list[str] | None) -> None:
    opened = Twilio.open(settings(**given), demo=False)
    assert (None if opened is None else [i.name for i in opened.identities()]) == names


def test_rates_are_those_of_the_settings() -> None:
    found = channel(twilio_sms_rate=3.0).identities()
    assert [(i.channel, i.rate) for i in found] == [("sms", 3.0), ("whatsapp", 80.0)]


def test_the_real_settings_open_it(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "CONVOCA_TWILIO_ACCOUNT_SID": SID,
        "CONVOCA_TWILIO_AUTH_TOKEN": "new,old",
        "CONVOCA_TWILIO_WHATSAPP_FROM": f"whatsapp:{WHATSAPP}",
        "CONVOCA_TWILIO_CONTENT": '{"botones_2": {"*": "HX1"}}',
    }
    for name in [name for name in os.environ if name.startswith("CONVOCA_")]:
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    opened = Twilio.open(load(need_key=False), demo=False)
    assert opened is not None
    assert [(i.name, i.rate) for i in opened.identities()] == [("twilio:whatsapp", 80.0)]


# --- convoca check ------------------------------------------------------------------------------------------------


def bad(findings: list[Finding]) -> str:
    return "\n".join(finding.text for finding in findings if not finding.ok)


def good(findings: list[Finding]) -> str:
    return "\n".join(finding.text for finding in findings if finding.ok)


def test_a_check_tells_account_balance_address_and_templates(house: House) -> None:
    found = house.examine()
    told = good(found)
    for words in ("account is active", "12.34 USD", f"{SITE}/webhooks/twilio#rc=3&rp=all", "botones_2 (*) is there"):
        assert words in told
    assert "recordatorio (es) is approved (utility)" in told
    assert "as numbers in the text, for want of a content: botones_1, botones_3, lista_3" in told
    assert bad(found).startswith("no WhatsApp template for these")
    assert "recordatorio" not in bad(found)


@pytest.mark.parametrize(
    ("name", "sid", "approval", "words"),
    [
        ("recordatorio", HX[3], "rejected", "is rejected: change its text"),
        ("recordatorio", HX[3], "pending", "is pending: Meta takes up to two days"),
        ("recordatorio", HX[3], "unsubmitted", "is unsubmitted: submit it"),
        ("recordatorio", HX[3], "paused", "is paused"),
        ("recordatorio", HX[7], "approved", "its ContentSid is not of this account"),
        ("botones_2", HX[7], "approved", "its ContentSid is not of this account"),
        ("recordatoria", HX[3], "approved", "nothing uses this name"),
    ],
)
def test_what_is_wrong_with_a_template(house: House, name: str, sid: str, approval: Any, words: str) -> None:
    house.fake.contents[HX[3]] = Content(
        sid=HX[3], name="recordatorio", language="es", types=REMIND.types, approval=approval
    )
    house.open(templates={name: {"es": sid}})
    assert f"WhatsApp template {name} (es)" in bad(house.examine())
    assert words in bad(house.examine())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"twilio_auth_token": "wrong"}, "Twilio does not let us in: Twilio 20003 (HTTP 401); check CONVOCA_TWILIO"),
        ({"public_url": ""}, "Twilio can not call us without CONVOCA_PUBLIC_URL"),
        ({"public_url": "https://con_voca.example.org"}, "no host with an underscore"),
        ({"twilio_api_url": "http://127.0.0.1:9"}, "Twilio does not let us in: ClientConnectorError"),
    ],
)
def test_what_is_wrong_with_the_settings(house: House, given: dict[str, str], words: str) -> None:
    house.open(**given)
    assert words in bad(house.examine())


def test_an_empty_account_sends_nothing(house: House) -> None:
    house.fake.balance = "-0.10"
    assert "-0.10 USD; nothing is sent until it is topped up" in bad(house.examine())


def test_without_whatsapp_no_template_is_asked_for(house: House) -> None:
    house.open(twilio_whatsapp_from="")
    before = len(house.fake.log)
    assert bad(house.examine()) == ""
    assert [call.operation for call in house.fake.log[before:]] == ["FetchAccount", "FetchBalance"]
