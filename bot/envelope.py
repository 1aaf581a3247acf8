"""A claimed message made ready for its channel, and a channel's error read as what is to be done."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf

from bot.errors import SendError
from bot.message import Parcel, Reply, Template
from bot.sms import fold_acute, segments, sms_text
from storage.outbox import Letter
from storage.settle import Kind, Outcome, stamp

UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)  # what comes of a message that can not be worded
THROTTLED = 1.0  # seconds to wait when a provider says "too fast" without saying how long

_FIRST = re.compile(r"^\{name\}[\s,:;.!]*(\w?)")
_INSIDE = re.compile(r"[\s,]*\{name\}")


class Damaged(ValueError):
    """Its words, the name or the address can not be read."""


def render(letter: Letter, channel: str) -> Reply:
    """The message as it is handed to the channel. Folding to the SMS alphabet is the last step of all.

    Raises one of UNREADABLE.
    """
    if not isinstance(letter.body.get("text"), str):
        raise Damaged
    reply = Reply.from_json(letter.body)
    if letter.kind != "broadcast":  # said to her alone: a {name} in it is what she wrote
        return replace(reply, text=sms_text(reply.text, letter.lang)) if channel == "sms" else reply
    template = _addressed(reply.template, letter.name)
    if channel != "sms":
        return replace(reply, text=named(reply.text, letter.name), template=template)
    name = fold_acute(letter.name) if letter.lang.startswith("es") else letter.name  # as the words around it
    return replace(reply, text=sms_text(named(reply.text, name), letter.lang), template=template)


def _addressed(template: Template | None, name: str) -> Template | None:
    if template is None:
        return None
    who = name or template.nobody
    return replace(template, variables={n: value.replace("{name}", who) for n, value in template.variables.items()})


def parcel(letter: Letter, sender: str, channel: str) -> Parcel:
    """What the channel is given."""
    return Parcel(
        ref=str(letter.id),
        attempt=letter.attempt,
        stamp=stamp(letter.made_at),
        sender=sender,
        address=letter.address,
        reply=render(letter, channel),
        now=letter.claimed_at,
        lang=letter.lang,
        heard_at=letter.heard_at,
        expires_in=letter.expires_in,
    )


def weigh(letter: Letter, channel: str) -> int:
    """Slots it costs: providers count the segments of an SMS. One that can not be worded fails when it is sent."""
    try:
        return segments(render(letter, channel).text).parts if channel == "sms" else 1
    except UNREADABLE:
        return 1


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
        wait = wait if 0.0 < wait < inf else THROTTLED
    elif error.repeat is not None:
        wait = error.repeat
    more = {"tries": error.tries, "strikes": error.strikes, "fallback": error.fallback or error.gone}
    return Outcome(id=letter_id, kind=_kind(error), wait=wait, told=error.told, **more)  # type: ignore[arg-type]


def _kind(error: SendError) -> Kind:
    """The gravest first: a sender that is stopped keeps its queue, whatever else was said."""
    said: list[tuple[bool, Kind]] = [
        (error.country, "closed"),
        (error.throttled, "throttled"),
        (error.halt, "halt"),
        (error.left, "left"),
        (error.no_news, "no_news"),
        (error.gone, "gone"),
        (error.uncertain, "uncertain"),
        (error.repeat is not None, "repeat"),
        (error.retry_after is not None, "retry"),
    ]
    return next((kind for true, kind in said if true), "failed")
