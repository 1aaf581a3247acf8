"""Every error code of Twilio that the facts name, and what is done about it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels._twilio_errors import RULES, Pauses, Rule, codes, refused, reported
from tests.channels.twilio_kit import NOW, policy

# Codes as the facts group them -> reaction at the first try. Written once more, from the facts and not from the code.
FACTS: dict[str, dict[str, object]] = {
    "20429": {"throttled": True, "retry_after": 0.1},
    "30410": {"uncertain": True},
    "30008 30017 63009 63010 63012 63023": {"retry_after": 1800.0, "tries": 2},
    "20003 30002 63001 63020 63022 63051": {"halt": True},
    "21212 21606 21703 21704 63002 63007 63008": {"halt": True},
    # Of a country the operator is told once, when it is closed; `fallback`: by another channel where there is one.
    "21408 30018 30024 30032 30034 30035": {"halt": True, "country": True, "fallback": True},
    "30450": {"throttled": True, "retry_after": 1800.0, "country": True, "fallback": True},
    "21211 21217 21421 21614 21635 30005 30006": {"gone": True, "fallback": True},
    "21612 63032": {"fallback": True},
    "21608 63015": {"alert": True},
    "21610": {"left": True},
    "14107": {"retry_after": 600.0, "tries": 4, "alert": True},
    "21611 30001": {"throttled": True, "retry_after": 900.0},
    "30022": {"throttled": True, "retry_after": 60.0},
    "30023 30027 63038": {"throttled": True, "retry_after": 14 * 3600.0},  # at ten in the morning
    "30003": {"retry_after": 7200.0, "tries": 3, "fallback": True},
    "30004": {"gone": True},
    "30007": {"alert_above": 0.05},
    "30010 30036": {},
    "21602 21603 21604 21609 21617 21620 21623 63030 63031": {"alert": True},
    "30019 63019 63034 63037 11751": {"retry_after": 60.0, "tries": 2, "alert": True},
    "21654 21655 21656 63027 63028 63040 63041 63042": {"fallback": True, "alert": True},
    "63005 63006 63013 63021 63026": {"alert": True},
    "63003 63024": {"gone": True, "fallback": True},
    "63014 63033": {"gone": True},
    "63016": {"retry_after": 60.0, "tries": 2, "fallback": True},
    "63017 63018": {"throttled": True, "retry_after": 60.0},
    "63049 131049": {"fallback": True},
    "131050": {"no_news": True},
    "57012 11200": {"alert": True},
}
ROWS = [(code, wanted) for group, wanted in FACTS.items() for code in sorted(codes(group))]


@pytest.mark.parametrize(("code", "wanted"), ROWS)
def test_each_code_has_the_reaction_of_the_facts(code: int, wanted: dict[str, object]) -> None:
    assert policy(refused(400, code, attempt=1, now=NOW)) == wanted
    assert policy(reported(code, attempt=1, now=NOW)) == wanted


def test_the_table_has_these_codes_and_no_other() -> None:
    assert set(RULES) == {code for code, _ in ROWS}
    assert len(ROWS) == len(RULES) > 90


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_rule_says_what_happened_and_holds_at_every_try(code: int) -> None:
    told = {refused(400, code, attempt=n, now=NOW).told for n in range(1, 9)}
    assert len(told) == 1
    assert re.fullmatch(rf"Twilio {code} \(HTTP 400\): [^+@]{{8,}}", told.pop())
    last = policy(refused(400, code, attempt=9, now=NOW))
    assert last.get("throttled") or "retry_after" not in last


@pytest.mark.parametrize(
    ("code", "attempt", "wanted"),
    [
        (30003, 2, {"retry_after": 21600.0, "tries": 3, "fallback": True}),
        (30003, 3, {"fallback": True}),
        (30008, 2, {}),
        (63012, 2, {}),
        (63016, 2, {"fallback": True}),
        (63019, 2, {"alert": True}),
        (30450, 9, {"throttled": True, "retry_after": 1800.0, "country": True, "fallback": True}),
        (30034, 9, {"halt": True, "country": True, "fallback": True}),
        (21610, 3, {"left": True}),
    ],
)
def test_later_tries(code: int, attempt: int, wanted: dict[str, object]) -> None:
    assert policy(refused(400, code, attempt=attempt, now=NOW)) == wanted
    assert policy(reported(code, attempt=attempt, now=NOW)) == wanted


@pytest.mark.parametrize(
    ("status", "code", "wanted"),
    [
        (429, 20429, {"throttled": True, "retry_after": 0.1}),
        (429, 429, {"throttled": True, "retry_after": 0.1}),  # no JSON: the library gives the status as the code
        (429, 30022, {"throttled": True, "retry_after": 60.0}),
        (429, 14107, {"retry_after": 600.0, "tries": 4, "alert": True}),
        (429, 20003, {"throttled": True, "retry_after": 0.1}),
        (500, 500, {"uncertain": True}),
        (500, 20500, {"uncertain": True}),
        (502, 502, {"uncertain": True}),
        (503, 20503, {"uncertain": True}),
        (504, 0, {"uncertain": True}),
        (500, 21610, {"uncertain": True}),
        (401, 20003, {"halt": True}),
        (401, 401, {"halt": True}),
        (403, 20403, {"alert": True}),
        (404, 20404, {"alert": True}),
        (400, 400, {"alert": True}),
        (400, 99999, {"alert": True}),
        (400, 0, {"alert": True}),
        (302, 302, {"alert": True}),
        (400, 20003, {"halt": True}),
        (404, 63003, {"gone": True, "fallback": True}),
    ],
)
def test_what_the_status_says(status: int, code: int, wanted: dict[str, object]) -> None:
    assert policy(refused(status, code, attempt=1, now=NOW)) == wanted


@pytest.mark.parametrize("code", [0, 12345, 99999])
def test_an_unlisted_failure_told_later_ends_the_message_and_alerts(code: int) -> None:
    assert policy(reported(code, attempt=1, now=NOW)) == {"alert": True}


@pytest.mark.parametrize(("hour", "seconds"), [(0, 86400.0), (10, 50400.0), (23, 3600.0)])
def test_a_daily_limit_ends_with_the_day(hour: int, seconds: float) -> None:
    now = datetime(2026, 12, 31, hour, tzinfo=UTC)
    assert reported(30023, attempt=1, now=now).retry_after == seconds


def test_a_minute_before_midnight_it_still_waits_an_hour() -> None:
    assert reported(63038, attempt=1, now=datetime(2026, 12, 31, 23, 59, tzinfo=UTC)).retry_after == 3600.0


BUSY = Rule(told="", pause=0.1, most=30.0)


def test_a_pause_doubles_while_the_refusal_comes_again_at_once() -> None:
    pauses, now, waited = Pauses(), NOW, []
    for _ in range(12):
        waited.append(round(pauses.next("twilio:sms", BUSY, now), 3))
        now += timedelta(seconds=waited[-1] + 0.01)
    assert waited == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0, 30.0]


def test_calls_that_were_under_way_do_not_double_it() -> None:
    pauses = Pauses()
    assert [pauses.next("twilio:sms", BUSY, NOW) for _ in range(50)] == [pytest.approx(0.1)] * 50


def test_a_message_that_is_taken_ends_it_for_its_sender_alone() -> None:
    pauses, later = Pauses(), NOW + timedelta(seconds=0.2)
    for sender in ("twilio:sms", "twilio:whatsapp"):
        pauses.next(sender, BUSY, NOW)
    pauses.over("twilio:sms")
    assert pauses.next("twilio:sms", BUSY, later) == pytest.approx(0.1)
    assert pauses.next("twilio:whatsapp", BUSY, later) == pytest.approx(0.2)


def test_a_quiet_day_ends_it_too() -> None:
    pauses, rule = Pauses(), Rule(told="", pause=60.0, most=86400.0)
    assert pauses.next("s", rule, NOW) == 60.0
    assert pauses.next("s", rule, NOW + timedelta(seconds=61)) == 120.0
    assert pauses.next("s", rule, NOW + timedelta(days=1)) == 60.0
