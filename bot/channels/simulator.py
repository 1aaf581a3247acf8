"""The simulator's phones: a message is accepted and never leaves the machine; its screen is read from the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from bot.channels import Identity
from bot.errors import SendError
from bot.message import Parcel

CHANNELS = ("sms", "whatsapp", "telegram")
PHOTO = "simulated-photo"  # the handle of the only photo that these phones have
_FILE = Path(__file__).parents[2] / "examples" / "photo.jpg"


class Simulator:
    """Three identities, one for each kind of phone."""

    name = "simulator"

    def __init__(self, rate: float = 200.0) -> None:
        self._rate = rate

    @classmethod
    def open(cls, settings: object, *, demo: bool) -> Self | None:
        """On in the demonstration only."""
        return cls() if demo else None

    def identities(self) -> Sequence[Identity]:
        """'simulator:sms', 'simulator:whatsapp', 'simulator:telegram'."""
        return [Identity(name=f"{self.name}:{c}", channel=c, rate=self._rate) for c in CHANNELS]

    async def send(self, parcel: Parcel) -> str:
        """Taken; a message that takes the place of an earlier one has its id."""
        return parcel.reply.in_place_of or f"sim-{parcel.ref}"

    async def fetch(self, ref: str, most: int) -> bytes:
        """The photo that these phones send. Raises SendError."""
        if ref != PHOTO:
            raise SendError("the simulator has no such photo")
        return _FILE.read_bytes()
