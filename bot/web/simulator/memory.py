"""What the simulated phones keep themselves: a wiped message is gone from our database, not from somebody's phone."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from bot.message import Option, Shortcut

KEPT = 2000  # messages of all phones together


@dataclass(frozen=True, slots=True)
class Said:
    """A message as a phone showed it."""

    text: str
    voice: bool = False
    picture: str = ""  # where a picture above the words is read
    options: tuple[Option, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()


@dataclass(slots=True)
class Memory:
    """Lives in the web process alone and is never written down."""

    _said: OrderedDict[str, Said] = field(default_factory=OrderedDict)

    def keep(self, key: str, said: Said) -> None:
        """The newest words of a message; the oldest messages are forgotten first."""
        self._said[key] = said
        self._said.move_to_end(key)
        while len(self._said) > KEPT:
            self._said.popitem(last=False)

    def recall(self, key: str) -> Said | None:
        """The message, if this phone still has it."""
        return self._said.get(key)

    def clear(self) -> None:
        """New phones."""
        self._said.clear()
