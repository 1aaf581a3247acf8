"""Who keeps the system and could see who chose what, until 30 days after a close: names that the plan gives."""

from __future__ import annotations

import json
from collections.abc import Sequence

from storage import remembered
from storage.store import Unit

_NAME = "keepers"


def names(unit: Unit) -> list[str]:
    """The names as people read them; [] while no plan says them."""
    return list(json.loads(remembered.get(unit, _NAME) or "[]"))


def remember(unit: Unit, given: Sequence[str]) -> None:
    """Keep them instead of those before."""
    if names(unit) != list(given):
        remembered.put(unit, _NAME, json.dumps(list(given), ensure_ascii=False))
