"""A town whose people propose."""

from __future__ import annotations

from typing import Any

import pytest

from storage.store import Store
from tests.convoke.town import NOON, Town
from tests.ideas.pile import Pile


@pytest.fixture
def town(store: Store, clock: Any) -> Town:
    """San Martín, on Thursday 12 November at noon."""
    clock.set(NOON)
    return Town.build(store)


@pytest.fixture
def pile(town: Town) -> Pile:
    """Five options on a draft, and no ideas yet."""
    return Pile.of(town)
