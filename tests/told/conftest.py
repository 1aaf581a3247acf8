"""The town to which something was promised."""

from __future__ import annotations

from typing import Any

import pytest

from storage.store import Store
from tests.convoke.town import NOON, Town
from tests.told.office import Office


@pytest.fixture
def town(store: Store, clock: Any) -> Town:
    """San Martín, on Thursday 12 November at noon."""
    clock.set(NOON)
    return Town.build(store)


@pytest.fixture
def office(town: Town) -> Office:
    """The choice is published: the water won. Ten people chose, three more came."""
    return Office.asked(town)
