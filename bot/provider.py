"""A provider that has itself answered STOP, START or HELP: that is recorded, and nothing more is said."""

from __future__ import annotations

from storage import audit, leaving, people
from storage.store import Unit


def answered(unit: Unit, address_id: int, said: str, inbound_id: int | None) -> None:
    """said: 'STOP', 'START' or 'HELP'."""
    if said == "STOP":
        leaving.leave(unit, address_id, "provider", inbound_id)
        people.close_talks(unit, address_id)
    elif said == "START":
        leaving.come_back(unit, address_id)
    audit.record(unit, "provider_answered", subject=said)
