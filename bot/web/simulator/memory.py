"""What the simulated phones keep themselves: a wiped message is gone from our database, not from somebody's phone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.message import Closing, Option, Shortcut

KEPT = 2000  # messages of all phones together


@dataclass(frozen=True, slots=True)
class Said:
    """A message as a phone showed it."""

    text: str
    voice: bool = False
    picture: str = ""  # where a picture above the words is read
    options: tuple[Option, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    closes: Closing | None = None  # the earlier message that it changed
    edited: bool = False  # it has been changed since it came


LOST = Said("(Este mensaje se perdió en el camino.)")


@dataclass(slots=True)
class Memory:
    """Lives in the web process alone and is never written down."""

    _said: OrderedDict[str, Said] = field(default_factory=OrderedDict)
    _losing: set[str] = field(default_factory=set)  # phones whose next message does not arrive

    def keep(self, key: str, said: Said) -> None:
        """The newest words of a message; the oldest messages are forgotten first."""
        self._said[key] = said
        self._said.move_to_end(key)
        while len(self._said) > KEPT:
            self._said.popitem(last=False)

    def recall(self, key: str) -> Said | None:
        """The message, if this phone still has it."""
        return self._said.get(key)

    def lose(self, phone: str) -> None:
        """The next message to this phone is lost on its way, as a network loses one; the house believes it sent."""
        self._losing.add(phone)

    def arrive(self, phone: str, keys: Iterable[str]) -> None:
        """Messages to this phone, the oldest first: the first that it had not seen is lost, if one is to be."""
        new = next((key for key in keys if key not in self._said), None)
        if new is not None and phone in self._losing:
            self._losing.discard(phone)
            self.keep(new, LOST)

    def clear(self) -> None:
        """New phones."""
        self._said.clear()
        self._losing.clear()
