"""What `convoca check` says about the phone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.channels import Finding
from bot.channels import _android_check as check
from bot.channels._android_hook import EVENTS
from bot.channels._wire import Answer

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
URL = "https://convoca.example/webhooks/android"


def answer(told: object = None, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(told).encode(), headers or {})


def judged(finding: Finding | None) -> tuple[bool, str]:
    assert finding is not None
    return finding.ok, finding.text


@pytest.mark.parametrize(
    ("url", "fit"),
    [
        ("https://convoca.example", True),
        ("http://127.0.0.1:8000", True),
        ("http://10.0.0.4:8000", False),
        ("http://localhost:8000", False),
        ("ftp://127.0.0.1", False),
        ("/webhooks/android", False),
    ],
)
def test_the_app_calls_https_and_its_own_machine_only(url: str, fit: bool) -> None:
    assert check.reachable(url) is fit


@pytest.mark.parametrize(("public_url", "told"), [("", "is not set"), ("http://10.0.0.4", "begin with https://")])
def test_why_the_phone_can_not_call_us_is_told(public_url: str, told: str) -> None:
    assert told in check.no_address(public_url)


def test_a_key_is_needed() -> None:
    assert judged(check.key("x" * 32))[0]
    assert "at least 32" in judged(check.key(""))[1]


FAILING = {
    "battery:level": {"status": "fail", "observedValue": 4},
    "messages:failed": {"status": "warn"},
    "<b>x</b>": {"status": "fail"},
    "other:thing": {"status": "fail"},
    "list": [],
}


@pytest.mark.parametrize(
    ("got", "ok", "words"),
    [
        (answer({"status": "pass"}), True, "is well"),
        (answer({"status": "warn"}), True, "is well"),
        (answer({"status": "fail", "checks": FAILING}, 500), False, "nearly empty: plug it in; other:thing"),
        (answer({"status": "fail"}, 500), False, "status 500"),
        (Answer(500, b"<html>", {}), False, "status 500"),
        (answer([], 500), False, "status 500"),
        (answer("Not Found", 404), False, "status 404"),
    ],
)
def test_health(got: Answer, ok: bool, words: str) -> None:
    said = judged(check.health(got))
    assert said[0] is ok
    assert words in said[1]
    assert "<b>" not in said[1]


@pytest.mark.parametrize(
    ("seconds", "ok", "words"),
    [(0, True, "agrees"), (-59, True, "agrees"), (61, False, "61 seconds ahead"), (-400, False, "400 seconds behind")],
)
def test_the_clock_of_the_phone(seconds: int, ok: bool, words: str) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    said = judged(check.clock(answer(headers={"date": date}), NOW))
    assert said[0] is ok
    assert words in said[1]


@pytest.mark.parametrize("date", ["", "today", "Sat, 99 Nov 2026 15:00:00 GMT"])
def test_a_date_that_can_not_be_read_says_nothing(date: str) -> None:
    assert check.clock(answer(headers={"date": date}), NOW) is None


def test_a_wrong_password() -> None:
    assert "CONVOCA_ANDROID_PASSWORD" in judged(check.login(answer(status=401)))[1]
    assert check.login(answer([])) is None


def hooks(*events: str, url: str = URL) -> list[dict[str, str]]:
    return [{"id": f"convoca-{event}", "event": event, "url": url, "source": "Local"} for event in events]


@pytest.mark.parametrize(
    ("listed", "missing"),
    [
        (hooks(*EVENTS), ()),
        (hooks(*EVENTS, "mms:received"), ()),
        (hooks(*EVENTS[1:]), EVENTS[:1]),
        (hooks(*EVENTS, url="https://old.example/webhooks/android"), EVENTS),
        ([], EVENTS),
        ([7, None], EVENTS),
        ({"message": "no"}, EVENTS),
    ],
)
def test_the_phone_must_call_us_for_every_event(listed: object, missing: tuple[str, ...]) -> None:
    ok, text = judged(check.webhooks(answer(listed), URL))
    assert ok is (not missing)
    assert not missing or f"for {', '.join(missing)}." in text


@pytest.mark.parametrize(
    ("got", "ok", "words"),
    [
        (answer({"messages": {"processing_order": "FIFO"}}), True, "in the order"),
        (answer({"messages": {"processing_order": "LIFO"}}), False, "Settings > Messages > Processing order > FIFO"),
        (answer({"messages": None}), True, "Look yourself"),
        (answer([]), True, "Look yourself"),
        (answer("Not Found", 404), True, "Look yourself"),
        (Answer(200, b"<html>", {}), True, "Look yourself"),
    ],
)
def test_the_order_in_which_the_phone_sends(got: Answer, ok: bool, words: str) -> None:
    said = judged(check.order(got))
    assert said[0] is ok
    assert words in said[1]


def test_a_phone_that_waits_for_the_internet_is_told() -> None:
    assert "Require Internet" in judged(check.internet(answer({"webhooks": {"internet_required": True}})))[1]
    assert check.internet(answer({"webhooks": {"internet_required": False}})) is None
    assert check.internet(answer(status=404)) is None


def test_every_sentence_that_is_not_well_says_what_to_do() -> None:
    assert "RCS" in check.RCS.text
    assert "Is it on" in judged(check.silent("TimeoutError"))[1]
