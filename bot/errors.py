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


class Cannot(Invalid):
    """The reply is understood, and what it asks for can not be: a fourth of three. Nobody has to help."""


class Unsure(ConvocaError):
    """A reply nearly answers: `value` is what it may mean, to be confirmed by `question`, a msgid with {label}.

    Without one the question that was asked is put again: a "no" to "is it so?" would be lost where it is an answer.
    """

    def __init__(self, value: object, label: object, question: str = "") -> None:
        super().__init__(label)
        self.value, self.label, self.question = value, label, question


class SendError(Exception):
    """The provider did not take the message. Acted on in one place, bot/envelope.py (channels.md 1).

    With none of its policies the message has failed for good.
    """

    def __init__(
        self,
        told: str,
        *,
        retry_after: float | None = None,
        throttled: bool = False,
        gone: bool = False,
        uncertain: bool = False,
        halt: bool = False,
        repeat: float | None = None,
        left: bool = False,
        no_news: bool = False,
        fallback: bool = False,
        alert: bool = False,
        alert_above: float = 0.0,
        country: bool = False,
        tries: int = 5,
        strikes: int = 0,
    ) -> None:
        super().__init__(told)
        self.told = told  # for the operator; no token, no address
        self.retry_after = retry_after  # seconds; surely not sent: again later
        self.tries = tries  # how often the message is tried in all, when it is tried again
        self.strikes = strikes  # so many of these in a row and the sender itself is halted; 0: never
        self.throttled = throttled  # 429: the whole sender waits `retry_after`, no attempt is burnt
        self.gone = gone  # this address is unreachable until the person writes
        self.uncertain = uncertain  # may have been sent: no blind second try of a broadcast
        self.halt = halt  # the sender itself: stop, keep the queue, alert
        self.repeat = repeat  # seconds; a provider that knows our id takes it twice without harm: no attempt is burnt
        self.left = left  # the person has opted out at the provider: we record it
        self.no_news = no_news  # she has stopped, there, what is not about her own place
        self.fallback = fallback  # this message can not go this way: the person's next channel, once
        self.alert = alert  # the operator should know
        self.alert_above = alert_above  # likewise, once more than this share of an hour's messages end so; 0: never
        self.country = country  # `halt` and the pause are for the country of this address alone


class Unwelcome(Exception):
    """A request to a webhook that is not taken: forged, cut off, too large. Nothing of it is stored."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why  # why: for the log; nothing of the request in it


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


class Meanwhile(Refused):
    """What was shown before it is no longer so: another did something. Shown anew, it may be allowed."""
