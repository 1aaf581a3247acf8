"""How a broadcast that somebody sent by chat went: its ledger, what arrived, what was answered."""

from __future__ import annotations

from typing import Any

from storage import broadcasts, labs, registrations, sendings
from storage.labs import Session
from storage.store import Unit


def went(unit: Unit, broadcast_id: int, lab_id: int, session_id: int | None) -> dict[str, Any]:
    """Its numbers as JSON. session_id: the one that it asks who comes to; without one nobody had to answer."""
    lab = labs.lab_by_id(unit, lab_id)
    meeting = labs.session_by_id(unit, session_id) if session_id is not None else None
    ledger, arrived = broadcasts.ledger(unit, broadcast_id), sendings.delivered(unit, broadcast_id)
    told = [counts for channel, counts in arrived.items() if channel != "telegram"]
    return {
        "lab": lab.name,
        "lab_id": lab.id,
        "broadcast": broadcast_id,
        "ledger": [ledger.audience, ledger.sent, ledger.failed, ledger.skipped, ledger.unknown, ledger.pending],
        "reasons": dict(ledger.reasons),
        "arrived": [sum(n for n, _all in told), sum(all_ for _n, all_ in told)],
        "telegram": arrived.get("telegram", (0, 0))[1],
        "answers": sendings.answers(unit, broadcast_id, meeting.id) if meeting else None,
        "sent": ledger.sent,
        "free": _free(unit, meeting) if meeting else None,
    }


def _free(unit: Unit, meeting: Session) -> int | None:
    """Places that nobody has; None: there is no limit."""
    return None if meeting.capacity is None else max(meeting.capacity - registrations.taken(unit, meeting.id), 0)
