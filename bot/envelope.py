"""A claimed message made ready for its channel, and a channel's error read as what is to be done."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.errors import SendError
from bot.message import Reply
from bot.sms import segments, sms_text
from storage.outbox import Letter
from storage.settle import Outcome

THROTTLED = 1.0  # seconds to wait when a provider says "too fast" without saying how long

_FIRST = re.compile(r"^\{name\}[\s,:;.!]*(\w?)")
_INSIDE = re.compile(r"[\s,]*\{name\}")


def render(letter: Letter, channel: str) -> Reply:
    """The message as it is handed to the channel. Folding to the SMS alphabet is the last step of all."""
    reply = Reply.from_json(letter.body)
    text = named(reply.text, letter.name)
    return replace(reply, text=sms_text(text, letter.lang) if channel == "sms" else text)


def weigh(letter: Letter, channel: str) -> int:
    """Slots it costs: providers count the segments of an SMS."""
    return segments(render(letter, channel).text).parts if channel == "sms" else 1


def named(text: str, name: str) -> str:
    """The text with {name} filled in; without a name the sentence closes over the gap."""
    if name:
        return text.replace("{name}", name)
    text = _FIRST.sub(lambda found: found[1].upper(), text)
    return _INSIDE.sub("", text)


def judged(letter_id: int, error: SendError) -> Outcome:
    """The one place where the policy that an error carries is read."""
    wait = error.retry_after or 0.0
    if error.throttled:
        return Outcome(id=letter_id, kind="throttled", wait=wait or THROTTLED, told=error.told)
    if error.halt:
        return Outcome(id=letter_id, kind="halt", told=error.told)
    if error.gone:
        return Outcome(id=letter_id, kind="gone", told=error.told)
    if error.uncertain:
        return Outcome(id=letter_id, kind="uncertain", told=error.told)
    if error.retry_after is not None:
        return Outcome(id=letter_id, kind="retry", wait=wait, told=error.told)
    return Outcome(id=letter_id, kind="failed", told=error.told)
