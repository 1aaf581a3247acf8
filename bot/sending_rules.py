"""Which sender writes first to a number of which country (CONVOCA_SMS_BY_COUNTRY: PA=android,*=twilio). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol, TypeVar


class Line(Protocol):
    """What is looked at of a sender."""

    @property
    def id(self) -> int:
        """The newer of two that serve alike has the higher one."""

    @property
    def channel(self) -> str:
        """'sms', 'whatsapp', 'telegram'."""

    @property
    def via(self) -> str:
        """The file of bot/channels that carries it."""

    @property
    def halted_at(self) -> datetime | None:
        """Since when it stands still; None: it runs."""


L = TypeVar("L", bound=Line)


def sender_for(country: str, senders: Iterable[L], rules: str, closed: Collection[tuple[int, str]] = ()) -> L | None:
    """The running SMS sender that the rules name for this country, else for '*', else any. None: none runs.

    closed  (sender, country) that can not be sent to for now: taken only where no other sender runs
    """
    chosen = dict(part.split("=", 1) for part in rules.split(",") if "=" in part)
    running = [sender for sender in senders if sender.channel == "sms" and sender.halted_at is None]
    running = [sender for sender in running if (sender.id, country) not in closed] or running
    for via in (chosen.get(country), chosen.get("*")):
        named = [sender for sender in running if sender.via == via]
        if named:
            return max(named, key=lambda sender: sender.id)
    return max(running, key=lambda sender: sender.id, default=None)
