"""Errors that carry their policy; one place acts on each. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Sequence


class ConvocaError(Exception):
    """Something a person can mend. The text says what happened and what to do; no address, no secret."""


class Invalid(ConvocaError):
    """A reply does not answer the question. `text` is a msgid that says what would; `args` fill it."""

    def __init__(self, text: str, **args: object) -> None:
        super().__init__(text)
        self.text, self.fill = text, args


class Unsure(ConvocaError):
    """A reply nearly answers: `value` is what it may mean, to be confirmed by `question`, a msgid with {label}."""

    def __init__(self, value: object, label: object, question: str = "") -> None:
        super().__init__(label)
        self.value, self.label, self.question = value, label, question


class SendError(Exception):
    """The provider did not take the message. Only the outbox acts on it (channels.md 1)."""

    def __init__(
        self,
        told: str,
        *,
        retry_after: float | None = None,
        throttled: bool = False,
        gone: bool = False,
        uncertain: bool = False,
        halt: bool = False,
    ) -> None:
        super().__init__(told)
        self.told = told  # for the operator; no token, no address
        self.retry_after = retry_after  # seconds; None = do not try again
        self.throttled = throttled  # 429: the whole sender waits, no attempt is burnt
        self.gone = gone  # this address is unreachable until the person writes
        self.uncertain = uncertain  # may have been sent: no blind second try of a broadcast
        self.halt = halt  # the sender itself: stop, keep the queue, alert


class BadSettings(ConvocaError):
    """Settings are missing or wrong: every fault at once."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class BadPlan(ConvocaError):
    """A plan file has faults: each names file, line and what to do. Nothing was changed."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class Refused(ConvocaError):
    """An act is not allowed now (no authorisation, already closed, no reason given). The text says why."""
