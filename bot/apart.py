"""What is said and the question behind it: by SMS two whole messages where one segment does not hold both (ADR 10)."""

from __future__ import annotations

from collections.abc import Sequence

from bot.sms import segments, sms_text


def by_sms(said: str, wordings: Sequence[str]) -> tuple[str, ...]:
    """The texts to send, in their order; the question stands in the last.

    wordings: the question in the ways it may be put, the best first. Two messages only where they cost no more
    segments than one: each can be read where the parts of a longer one come apart or in the wrong order.
    """
    whole = f"{said} {wordings[0]}".strip()
    if _parts(whole) == 1:
        return (whole,)
    asked = next((one for one in wordings if _parts(one) == 1), wordings[0])
    if said and _parts(said) + _parts(asked) <= _parts(whole):
        return said, asked
    return (f"{said} {asked}".strip(),)


def _parts(text: str) -> int:
    return segments(sms_text(text)).parts
