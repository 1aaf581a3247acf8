"""The local SIM at the start, where the phone is told where to call, and in `convoca check`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.channels._android_hook import EVENTS
from bot.channels.android import Android
from bot.errors import SendError
from fakes.provider import Act, Fail, Refuse, Reset
from tests.channels.android_kit import SITE, Line, line
from tests.channels.test_android_errors import ALERT, HALT, policy


def test_the_phone_is_told_once_where_to_call_for_each_event() -> None:
    with line() as one:
        one.run(lambda channel: channel.prepare())  # again
        assert one.gateway.webhooks == {
            f"convoca-{event}": {"id": f"convoca-{event}", "url": f"{SITE}/webhooks/android", "event": event,
                                 "source": "Local"}
            for event in EVENTS
        }  # fmt: skip


@pytest.mark.parametrize(
    ("alone", "why"),
    [({"public_url": ""}, "is not set"), ({"public_url": "http://10.0.0.4"}, "https://"), ({"key": ""}, "SIGNING_KEY")],
)
def test_without_a_way_to_us_nothing_is_registered_and_the_operator_is_told(alone: dict[str, Any], why: str) -> None:
    with line() as one, capture_logs() as logs:
        before = len(one.gateway.log)
        channel = one.open(**alone)
        one.run(lambda used: used.prepare(), channel)
        assert len(one.gateway.log) == before
    assert [why in entry["event"] for entry in logs if entry["log_level"] == "warning"] == [True]


@pytest.mark.parametrize(
    ("act", "expected"),
    [(Fail(), {"repeat": 60.0}), (Reset(), {"repeat": 60.0}), (Refuse(401), HALT), (Refuse(400), ALERT)],
    ids=str,
)
def test_a_phone_that_does_not_take_our_address_is_told_again_or_given_up(
    act: Act, expected: dict[str, object]
) -> None:
    with line() as one:
        one.gateway.plan(act, operation="POST /webhooks")
        with pytest.raises(SendError) as raised:
            one.run(lambda channel: channel.prepare())
        assert policy(raised.value) == expected


def findings(one: Line, channel: Android | None = None) -> tuple[list[str], str]:
    """(what is not well, all that is said)."""
    found = one.run(lambda used: used.examine(), channel)
    return [f.text for f in found if not f.ok], "\n".join(f.text for f in found)


def test_a_phone_that_is_well_is_said_to_be() -> None:
    with line() as one:
        one.clock.now = datetime.now(UTC)  # the Date of its answers is the machine's
        bad, said = findings(one)
    assert bad == []
    assert all(word in said for word in ("is well", "every event", "in the order", "RCS", "clock agrees", "key is set"))


def test_what_is_not_well_says_what_to_do() -> None:
    with line() as one:
        one.gateway.health = "fail"
        one.gateway.webhooks.clear()
        one.gateway.order = "lifo"
        one.clock.now = datetime.now(UTC) + timedelta(hours=1)
        bad, said = findings(one, one.open(key=""))
    assert len(bad) == 5
    words = [
        "SIGNING_KEY",
        "not well: it has no Internet",
        "seconds behind",
        "sms:received, sms:sent",
        "FIFO",
        "Require",
    ]
    assert [word for word in words if word not in said] == []


def test_a_wrong_password_is_said_before_anything_behind_it() -> None:
    with line() as one:
        bad, _ = findings(one, one.open(password="wrong"))
    assert [text for text in bad if "CONVOCA_ANDROID_PASSWORD" in text]
    assert not [text for text in bad if "does not call" in text]


def test_a_phone_that_is_off_and_an_address_it_can_not_call() -> None:
    with line() as one:
        assert "does not answer" in findings(one, one.open(url="http://127.0.0.1:9"))[0][0]
        assert "is not set" in "".join(findings(one, one.open(public_url=""))[0])
