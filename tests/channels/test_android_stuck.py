"""A phone that takes messages and sends none is given half an hour; then one message goes as a trial."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import SendError
from fakes.provider import Fail, Garbage
from tests.channels.android_kit import Line, line, parcel


def send(one: Line, n: int) -> str | SendError:
    return one.send(replace(parcel(), ref=str(n), now=one.clock()))


def stuck(one: Line, state: str = "Processed") -> None:
    """A message was handed over, 16 minutes ago."""
    assert send(one, 1) == "1.1"
    one.gateway.messages["1.1"].to(state, one.clock.seconds())
    one.clock.forward(minutes=16)


def test_processed_for_more_than_a_quarter_of_an_hour_holds_the_sender() -> None:
    with line() as one:
        stuck(one)
        error = send(one, 2)
        assert isinstance(error, SendError)
        assert (error.throttled, error.retry_after) == (True, 1800.0)
        one.clock.forward(minutes=30)
        assert send(one, 2) == "2.1"
        one.clock.forward(minutes=16)
        assert send(one, 3) == "3.1"  # the trial was sent
        assert len(one.gateway.calls("POST /messages")) == 3


@pytest.mark.parametrize("state", ["Pending", "Sent", "Delivered", "Failed"])
def test_any_other_state_says_nothing(state: str) -> None:
    with line() as one:
        stuck(one, state)
        assert send(one, 2) == "2.1"


def test_within_a_quarter_of_an_hour_nothing_is_asked() -> None:
    with line() as one:
        for n in range(1, 4):
            assert send(one, n) == f"{n}.1"
            one.clock.forward(minutes=5)
        assert one.gateway.calls("GET /messages/{id}") == []


@pytest.mark.parametrize("act", [Fail(500), Garbage()], ids=["fails", "no JSON"])
def test_a_question_that_comes_to_nothing_holds_nothing(act: Fail | Garbage) -> None:
    with line() as one:
        stuck(one)
        one.gateway.plan(act, operation="GET /messages/{id}")
        assert send(one, 2) == "2.1"
