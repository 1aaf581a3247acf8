"""The town where people choose."""

from __future__ import annotations

from typing import Any

import pytest

from storage.store import Store
from tests.convoke.town import NOON, Town


@pytest.fixture
def town(store: Store, clock: Any) -> Town:
    """San Martín, on Thursday 12 November at noon."""
    clock.set(NOON)
    return Town.build(store)
