"""Every policy that an error can carry, and what it comes to: the one place that reads them (bot/envelope.py)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.envelope import THROTTLED, judged
from bot.errors import SendError
from storage.settle import Outcome

ROWS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    # one policy alone
    ({}, {"kind": "failed"}),
    ({"alert": True}, {"kind": "failed"}),
    ({"fallback": True}, {"kind": "failed", "fallback": True}),
    ({"retry_after": 60.0}, {"kind": "retry", "wait": 60.0}),
    ({"retry_after": 0.0}, {"kind": "retry", "wait": 0.0}),
    ({"retry_after": 60.0, "tries": 2}, {"kind": "retry", "wait": 60.0, "tries": 2}),
    ({"retry_after": 60.0, "tries": 3, "strikes": 3}, {"kind": "retry", "wait": 60.0, "tries": 3, "strikes": 3}),
    ({"throttled": True}, {"kind": "throttled", "wait": THROTTLED}),
    ({"throttled": True, "retry_after": 0.0}, {"kind": "throttled", "wait": THROTTLED}),
    ({"throttled": True, "retry_after": 35.0}, {"kind": "throttled", "wait": 35.0}),
    ({"throttled": True, "retry_after": float("nan")}, {"kind": "throttled", "wait": THROTTLED}),
    ({"throttled": True, "retry_after": float("inf")}, {"kind": "throttled", "wait": THROTTLED}),
    ({"repeat": 5.0}, {"kind": "repeat", "wait": 5.0}),
    ({"repeat": 0.0}, {"kind": "repeat", "wait": 0.0}),
    ({"gone": True}, {"kind": "gone", "fallback": True}),
    ({"left": True}, {"kind": "left"}),
    ({"uncertain": True}, {"kind": "uncertain"}),
    ({"halt": True}, {"kind": "halt"}),
    # of several the gravest
    ({"retry_after": 60.0, "fallback": True}, {"kind": "retry", "wait": 60.0, "fallback": True}),
    ({"gone": True, "fallback": True, "alert": True}, {"kind": "gone", "fallback": True}),
    ({"halt": True, "gone": True}, {"kind": "halt", "fallback": True}),
    ({"throttled": True, "halt": True}, {"kind": "throttled", "wait": THROTTLED}),
    ({"left": True, "gone": True}, {"kind": "left", "fallback": True}),
    ({"uncertain": True, "retry_after": 5.0}, {"kind": "uncertain", "wait": 5.0}),
    ({"repeat": 5.0, "retry_after": 60.0}, {"kind": "repeat", "wait": 5.0}),
]


@pytest.mark.parametrize(("policy", "wanted"), ROWS, ids=lambda row: " ".join(map(str, row)) or "none")
def test_each_policy_comes_to_one_outcome(policy: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert judged(7, SendError("why", **policy)) == Outcome(id=7, told="why", **wanted)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            **{name: st.booleans() for name in ("throttled", "gone", "uncertain", "halt", "left", "fallback", "alert")},
            **{name: st.floats(0, 86400) for name in ("retry_after", "repeat")},
            "tries": st.integers(1, 9),
            "strikes": st.integers(0, 9),
        },
    )
)
def test_whatever_a_channel_says_has_an_outcome_that_keeps_its_promises(policy: dict[str, Any]) -> None:
    error = SendError("why", **policy)
    outcome = judged(7, error)
    assert outcome.wait >= 0
    if error.halt or error.throttled:
        assert outcome.kind in ("halt", "throttled"), "a sender that waits or stops loses no message"
    elif error.left:
        assert outcome.kind == "left", "who has left is never written to again"
    elif error.uncertain and not error.gone:
        assert outcome.kind == "uncertain", "what may have been sent is not sent again on a guess"
