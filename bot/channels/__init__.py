"""Channels: one file each, found by its presence. A channel knows messages and errors, and nothing else of ours.

To add one, write `bot/channels/<name>.py` with one class that has the members of `Channel`. What else it has of the
protocols below is found and used: webhooks (`Hooked`), polling (`Polled`), preparations (`Prepared`) and so on.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol, Self, runtime_checkable

from bot.errors import BadSettings, ConvocaError
from bot.message import Message, Parcel, Reach, Receipt, Unread


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One of our identities on a channel: what becomes a sender row."""

    name: str  # 'simulator:sms'
    channel: str  # 'sms' | 'whatsapp' | 'telegram': how messages are rendered and consented to
    rate: float  # messages (for SMS: segments) a second that the provider allows; 95 % of it is used
    window: timedelta | None = None  # how long after a message of hers free text may go; None: at any time
    templates: Mapping[str, Collection[str]] = field(default_factory=dict)  # approved text -> languages: at any time


class Channel(Protocol):
    """A way to phones: what every channel has."""

    name: str
    """The file's name, and `sender.via`."""

    @classmethod
    def open(cls, settings: Any, *, demo: bool) -> Self | None:
        """The channel made of these settings; None: it is off, because they do not name it.

        The shape of each value is looked at before (`bot/values.py`), so that all faults are told at once.
        Raises  BadSettings: they name it and are wrong together
        """

    def identities(self) -> Sequence[Identity]:
        """Who we are on it: each has a limit of its own."""

    async def send(self, parcel: Parcel) -> str:
        """Hand one message to the provider; its id there.

        Raises  SendError, which says what to do; anything else counts as "it may have been sent"
        """


# --- what a channel may have besides --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call of a webhook."""

    path: str
    query: str = ""
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    now: datetime
    params: Mapping[str, str] = field(default_factory=dict)  # of the path: {'id': '12'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the provider hears once everything is stored."""

    status: int = 200
    body: str = ""
    type: str = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a provider told, in our words."""

    messages: Sequence[Message] = ()
    receipts: Sequence[Receipt] = ()
    reaches: Sequence[Reach] = ()
    unread: Sequence[Unread] = ()
    answer: Answer = Answer()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One webhook. `read` is pure: it checks the signature and says what was told.

    Raises  Unwelcome: forged, cut off, not understood at all; nothing of it is stored
    """

    path: str  # '/webhooks/twilio/status/{id}'
    read: Callable[[Request], News]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of `convoca check` about a channel. What is not ok says what to do."""

    ok: bool
    text: str


@runtime_checkable
class Hooked(Protocol):
    """Providers call it."""

    def hooks(self) -> Sequence[Hook]:
        """Its webhooks."""


@runtime_checkable
class Polled(Protocol):
    """It asks its provider for news."""

    polls: str
    """Name of the lease that one process holds to ask; '' = it need not ask."""

    async def poll(self, since: str) -> tuple[News, str]:
        """News since the cursor ('' at first) and the next cursor; waits at most 25 s when there are none.

        The provider is told that they are stored only by the next call, which brings the new cursor.
        Raises  SendError: tried again, with `halt` only after minutes
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A message that may have been sent."""

    parcel: Parcel  # as it was handed over; `now`: when its call began
    others: frozenset[str]  # the provider's ids of our other messages to that address


@runtime_checkable
class Reconciled(Protocol):
    """It can look up what became of a message whose sending got no clear answer."""

    async def reconcile(self, doubt: Doubt) -> Receipt | None:
        """What the provider knows of it; None: nothing that is certain. Raises SendError: asked again later."""


@runtime_checkable
class Recorded(Protocol):
    """What people record stays with its provider, who gives it out."""

    async def fetch(self, ref: str, most: int) -> bytes:
        """The file of a `Media.ref` that came from there, of at most so many bytes. Raises SendError."""


@runtime_checkable
class Prepared(Protocol):
    """It tells its provider who we are and where we listen."""

    async def prepare(self) -> None:
        """At the start. Raises SendError: tried again later, `halt` not."""


@runtime_checkable
class Linked(Protocol):
    """People can begin by a link, a QR code or a number."""

    def entrances(self) -> Mapping[str, str]:
        """Kind of phone -> whom one writes to: {'telegram': 'ConvocaBot', 'sms': '+5076...'}; nothing not known yet."""


@runtime_checkable
class Examined(Protocol):
    """It can say how it is doing."""

    async def examine(self) -> Sequence[Finding]:
        """For `convoca check`."""


@runtime_checkable
class Closed(Protocol):
    """It holds connections."""

    async def close(self) -> None:
        """Let them go; it may be used again afterwards."""


class BadChannel(ConvocaError):
    """A file of the channels' package is not a channel. The text says which and why."""


def discover(package: ModuleType | None = None) -> dict[str, type[Any]]:
    """The channel classes of every module in the package, by name, in order.

    Raises BadChannel: a module does not load, has no channel, or one whose name is taken.
    """
    package = package or import_module(__name__)
    found: dict[str, type[Any]] = {}
    for module in _modules(package):
        kind = _channel_of(module)
        if kind.name in found:
            raise BadChannel(f"{module.__name__}: the name {kind.name!r} is taken by {found[kind.name].__module__}")
        found[kind.name] = kind
    return found


def _modules(package: ModuleType) -> Sequence[ModuleType]:
    names = sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_"))
    return [_load(f"{package.__name__}.{name}") for name in names]


def _load(name: str) -> ModuleType:
    try:
        return import_module(name)
    except (ImportError, SyntaxError, AttributeError, NameError, TypeError, ValueError) as fault:
        raise BadChannel(f"{name} does not load: {fault}") from fault


def _channel_of(module: ModuleType) -> type[Any]:
    own = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if kind.__module__ == module.__name__]
    fit = [kind for kind in own if _fits(kind)]
    if len(fit) != 1:
        raise BadChannel(
            f"{module.__name__} has {len(fit)} channels; it needs one class with name, open, identities, send"
        )
    return fit[0]


def _fits(kind: type[Any]) -> bool:
    calls = all(callable(getattr(kind, member, None)) for member in ("open", "identities"))
    named = isinstance(getattr(kind, "name", None), str)
    return named and calls and inspect.iscoroutinefunction(getattr(kind, "send", None))


def open_each(settings: object, *, demo: bool = False) -> tuple[dict[str, Channel], dict[str, tuple[str, ...]]]:
    """Every channel that is on, and the faults of those whose settings are wrong; by name."""
    opened: dict[str, Channel] = {}
    faults: dict[str, tuple[str, ...]] = {}
    for name, kind in discover().items():
        try:
            channel = kind.open(settings, demo=demo)
        except BadSettings as wrong:
            faults[name] = wrong.faults
        else:
            opened |= {name: channel} if channel is not None else {}
    return opened, faults


def open_all(settings: object, *, demo: bool = False) -> dict[str, Channel]:
    """Every channel that is on, by name. Raises BadSettings: the faults of all together."""
    opened, faults = open_each(settings, demo=demo)
    if faults:
        raise BadSettings([fault for told in faults.values() for fault in told])
    return opened


def identities(channels: Mapping[str, Channel]) -> Sequence[tuple[str, Identity]]:
    """(via, identity) of everything that can be sent with. Raises BadChannel: two of one name."""
    every = [(via, identity) for via, channel in channels.items() for identity in channel.identities()]
    names = [identity.name for _, identity in every]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadChannel(f"two senders are called {', '.join(twice)}")
    return every
