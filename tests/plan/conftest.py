"""What every test of the plan is given."""

from __future__ import annotations

import pytest

from bot import router
from bot.actions import load as loading
from bot.actions.load import Report
from bot.i18n import Catalogues
from bot.planfile import parse
from bot.stage import Parts
from storage.store import Store
from tests.conftest import Clock
from tests.plan.plans import NOW, Loader


@pytest.fixture(scope="module")
def parts() -> Parts:
    """What the program knows about words and languages."""
    return Parts(Catalogues.load(), router.discover())


@pytest.fixture
def load(store: Store, clock: Clock, parts: Parts) -> Loader:
    """Loads a text at noon of 10 November 2026, in Panama."""
    clock.set(NOW)

    def work(text: str) -> Report:
        parsed = parse(text, "plan.toml")
        return store.do(lambda unit: loading.load(unit, parsed, parts, timezone="America/Panama"))

    return work
