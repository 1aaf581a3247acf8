"""Whether somebody who does not come can choose from home: as it is at this moment."""

from __future__ import annotations

from typing import Literal

from storage import ballots, contests
from storage.unit import Unit


def state(unit: Unit, lab_id: int, person_id: int) -> Literal["open", "chosen", "ahead", "over"]:
    """'open': now, and she has not; 'ahead': one is planned; 'over': there is none, or not any more."""
    slug = contests.open_slug(unit, lab_id)
    found = contests.by_slug(unit, slug) if slug else None
    if found is not None:
        return "chosen" if ballots.standing(unit, found.id, person_id) else "open"
    return "ahead" if contests.ahead(unit, lab_id) else "over"
