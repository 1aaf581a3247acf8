"""What the simulator's page shows, ready for the templates: no queries, no words of a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.message import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message on a phone's screen."""

    key: str  # 'i12' an inbound row, 'o34' an outbox row
    mine: bool
    text: str
    at: datetime
    day: str = ""  # a separator above it, when a new day begins
    note: str = ""  # '1 SMS', 'enviando…'
    voice: bool = False
    picture: str = ""  # where a picture above the words is read
    gone: bool = False  # wiped from the database: only the phone still has it
    lang: str = "es"
    buttons: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A persona as a phone's chooser shows it."""

    key: str
    name: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One of the four phones, in the hands of one persona."""

    place: str  # the channel's name, or 'team'
    channel: str
    title: str  # 'Teléfono sencillo'
    persona: Face
    personas: tuple[Face, ...]
    bubbles: tuple[Bubble, ...]
    message_id: str  # of the next message: the same twice is one message


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An option of the contest, to be decided on."""

    slug: str
    title: str
    chosen: bool = False
    votes: int | None = None  # None: too few to be shown
    outcome: str = ""
    reason: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """A line of an act's form that is filled in."""

    name: str
    label: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What the facilitator does next, as a form."""

    key: str  # of bot.web.simulator.acts.KEYS
    told: str  # what it does, or why it can not be done
    reach: int = 0
    reach_told: str = ""  # '1 por SMS y 2 por Telegram'
    left_out: str = ""  # '1 sin permiso'
    button: str = ""
    fault: str = ""
    choices: tuple[Choice, ...] = ()
    blanks: tuple[Blank, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Neighbours who could do what a step needs."""

    key: str  # of bot.web.simulator.neighbours.TURNS
    told: str
    button: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A broadcast's recipients by state: they add up to its audience at any moment."""

    title: str
    at: datetime
    held_until: datetime | None = None  # quiet hours: it leaves then
    audience: int
    counts: Mapping[str, int]  # sent, failed, skipped, unknown, pending
    skipped: Mapping[str, int]  # reason in words -> people

    @property
    def reached(self) -> int:
        """How many have a fate already."""
        return self.audience - self.counts.get("pending", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A line of what was stored, read back from a row."""

    key: str
    at: datetime
    who: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """A moment the clock can be put forward to."""

    key: str
    title: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of what a newcomer can try; `done` comes from the rows.

    how   which phone, and what is written or tapped there; of what is done, what came of it
    """

    key: str
    title: str
    how: str
    done: bool
    current: bool = False
    act: Act | None = None  # the same done from here
    jump: Jump | None = None  # the clock does it
    offer: Offer | None = None
    link: str = ""  # where it is seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole page at one moment."""

    lab: str
    session: str
    organiser: str
    now: datetime
    query: str  # which persona holds each phone, for the forms' addresses
    pulse: str  # the same: nothing has changed
    phones: tuple[Phone, ...]
    steps: tuple[Step, ...]
    jumps: tuple[Jump, ...]
    stored: tuple[Stored, ...]
    totals: tuple[tuple[str, int], ...]
    events: int  # in the audit log
    chained: int
    ledgers: tuple[Ledger, ...] = ()
    notice: str = ""
    outcomes: Mapping[str, str] = field(default_factory=dict)
