"""What can go wrong with a call, what was called, and what a person sees on the phone."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

# --- misbehaviour -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Throttle:
    """429, nothing accepted."""

    seconds: int = 1


@dataclass(frozen=True, slots=True)
class Refuse:
    """Refused with the provider's error body: `code` is its own number, `text` its words."""

    status: int = 400
    code: int = 0
    text: str = "Bad Request"
    more: Mapping[str, Any] | None = None  # merged into the body


@dataclass(frozen=True, slots=True)
class Fail:
    """5xx before anything was accepted."""

    status: int = 500


@dataclass(frozen=True, slots=True)
class AcceptThenFail:
    """5xx, and yet it is sent."""

    status: int = 500


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is cut, nothing accepted."""


@dataclass(frozen=True, slots=True)
class AcceptThenReset:
    """It is sent, and the connection is cut before the answer."""


@dataclass(frozen=True, slots=True)
class Stall:
    """It is sent; the answer comes after so many seconds."""

    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Garbage:
    """It is sent; the answer is a web page, not JSON."""

    status: int = 200


Act = Throttle | Refuse | Fail | AcceptThenFail | Reset | AcceptThenReset | Stall | Garbage
CHANCES: Mapping[str, Act] = {
    "throttle": Throttle(),
    "refuse": Refuse(),
    "fail": Fail(),
    "accept_then_fail": AcceptThenFail(),
    "reset": Reset(),
    "accept_then_reset": AcceptThenReset(),
    "stall": Stall(),
    "garbage": Garbage(),
}

# --- what is seen -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request that the product made. status 0: the connection was cut."""

    at: float  # seconds since 1970, of the provider's clock
    operation: str  # 'sendMessage'
    address: str
    params: Mapping[str, Any]
    status: int
    misbehaved: str = ""  # the act's name: 'AcceptThenReset'


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message as the person sees it."""

    id: str  # the provider's
    text: str
    buttons: tuple[tuple[str, str], ...] = ()  # (label, data)
    edited: bool = False
    media: str = ""  # 'photo' ...
    at: float = 0.0


class Phone:
    """What one person sees, live."""

    def __init__(self, address: str, lock: threading.Condition) -> None:
        self.address = address
        self._lock = lock
        self._shown: list[Shown] = []

    @property
    def shown(self) -> list[Shown]:
        """Every message from the product, in order; a copy."""
        with self._lock:
            return list(self._shown)

    @property
    def texts(self) -> list[str]:
        """Their texts."""
        return [one.text for one in self.shown]

    def find(self, id: str) -> Shown | None:
        """The message with this id."""
        return next((one for one in self.shown if one.id == id), None)

    def button(self, wanted: str) -> tuple[Shown, tuple[str, str]]:
        """The newest message that has a button of this label or data. Raises LookupError: none has."""
        for one in reversed(self.shown):
            for pair in one.buttons:
                if wanted in pair:
                    return one, pair
        raise LookupError(f"no button {wanted!r} is shown")

    def show(self, one: Shown) -> None:
        """Add it at the end. For the provider."""
        with self._lock:
            self._shown.append(one)

    def change(self, id: str, **more: Any) -> None:
        """The fields of a message become these. For the provider."""
        with self._lock:
            self._shown = [replace(one, **more) if one.id == id else one for one in self._shown]

    def remove(self, id: str) -> None:
        """Away with it. For the provider."""
        with self._lock:
            self._shown = [one for one in self._shown if one.id != id]
