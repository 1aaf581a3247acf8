"""What a neighbour said in a voice note, for who of the team is asked to hear it. The provider keeps the recording.

We keep its handle with the message, sealed, for as long as the words of messages are kept.
"""

from __future__ import annotations

from bot.actions.staff import lines
from bot.errors import Refused
from bot.i18n import Catalogues
from storage import audit, handovers
from storage.handovers import Recorded
from storage.store import Unit


def of(unit: Unit, catalogues: Catalogues, handover_id: int) -> list[Recorded]:
    """The recordings of somebody who waits, the newest first. Refused: nobody waits, or there is none to hear."""
    waits = handovers.hold(unit, handover_id)
    if waits is None or waits.done:
        raise Refused(catalogues.told(lines.NOBODY_WAITS_THERE))
    found = [one for one in handovers.recordings(unit, waits) if one.ref]
    if not found:
        raise Refused(catalogues.told(lines.NO_RECORDING, number=handover_id))
    return found


def fetched(unit: Unit, handover_id: int, count: int, *, by: str) -> None:
    """Somebody has taken so many recordings out of the provider's keeping."""
    audit.record(unit, "handover.recording_fetched", f"handover:{handover_id}", {"count": count}, actor=by)
