"""Where a talk stands between two messages."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class State:
    """All that is kept between two messages. It is JSON: nothing of the code is in it."""

    answers: dict[str, Any] = field(default_factory=dict)
    shown: list[tuple[str, str]] = field(default_factory=list)  # (key, label in her words) of the open question
    done: dict[str, Any] = field(default_factory=dict)
    looks: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)  # question -> text shown, message and time of the answer
    trail: list[str] = field(default_factory=list)  # answers 'a:', looks 'l:' and what may be done anew 'd:', in order
    fence: int = 0  # so much of the trail stands since the last `once`: "back" stops here
    pending: str = ""
    asked: str = ""  # the open question as it is asked later: without what stood before it
    lock: str = ""  # the word that the open question waits for, with a number behind it: see locks.py
    unsure: list[Any] | None = None  # [value] of a near miss that waits for a yes; [value, AGAIN]: see talk.py
    misses: int = 0
    free: bool = False  # the open question takes a name or free words
    messages: list[int] = field(default_factory=list)  # inbound ids of what was said in it
    before: list[int] = field(default_factory=list)  # talks that it goes on from

    def dump(self) -> str:
        """The state as JSON text."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}, ensure_ascii=False)

    @classmethod
    def load(cls, text: str | None) -> State:
        """The state that `dump` wrote; a fresh one for None. Fields of another version are dropped."""
        kept = json.loads(text) if text else {}
        state = cls(**{k: v for k, v in kept.items() if k in cls.__slots__})
        state.shown = [(k, label) for k, label in state.shown]
        return state

    def back(self) -> bool:
        """Forget the newest answer that may be forgotten, and what was looked up after it."""
        while len(self.trail) > self.fence:
            mark, _colon, name = self.trail.pop().partition(":")
            if mark == "a":
                self.answers.pop(name, None)
                return True
            self.looks.pop(name, None)
        return False
