"""The same reply again within ten minutes hears that it counted already (conversations.md, G5).

What counts is what a reply means to the question that it answered, not how it was said: a tap and then "1", "VOY" and
then "dale". So the question is kept as it stood, and the second reply is read against it; nothing is done by that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from bot.buttons import Button
from bot.state import State
from bot.talk import Conversation, Heard, Scene, Talk, Waiting
from bot.words import plain
from storage.talks import OpenTalk

T = TypeVar("T")


class _Reading(Talk):
    """Reads one reply to the open question and stops there."""

    meant: tuple[Any, ...] = ()

    def _keep(self, name: str, value: Any, heard: Heard) -> None:
        self.meant = (value,)
        raise Waiting

    def once(self, name: str, work: Callable[[], T]) -> T:
        """Only what was done already."""
        if name not in self.state.done:
            raise Waiting
        return super().once(name, work)

    def anew(self, name: str, work: Callable[[], T], after: str) -> T:
        """Only what was done already."""
        return self.once(name, work)


def kept(talk: OpenTalk, person_id: int | None, heard: Heard, value: Any) -> dict[str, Any]:
    """What is remembered of the reply to this talk's question, as JSON. value: what it meant.

    Where it is nobody's (an erasure, an idea without a name) only the reply: who is erased may stand in the rest.
    """
    last = {"conversation": talk.conversation, "args": talk.args, "person": person_id}
    last |= {"talk": talk.id, "question": talk.pending}
    return last | ({"said": _said(heard)} if person_id is None else {"state": talk.state, "value": value})


def _said(heard: Heard) -> str:
    return heard.value or plain(heard.text)


def asked_by(last: Mapping[str, Any], button: Button) -> bool:
    """Whether this button stood under the question that was answered last."""
    asker = last.get("talk") if button.asker == "t" else last["args"].get("broadcast")
    return bool(asker == button.id and last["question"] == button.question)


def same(conversation: Conversation, scene: Scene, last: Mapping[str, Any], heard: Heard) -> bool:
    """Whether this reply means what the one that counted meant."""
    state = State.load(last.get("state"))
    if not state.pending:
        return bool(last.get("said")) and last["said"] == _said(heard)
    reading = _Reading(scene, state, heard)
    with suppress(Waiting):
        conversation.function(reading)
    return bool(reading.meant) and json.dumps(reading.meant[0]) == json.dumps(last["value"])
