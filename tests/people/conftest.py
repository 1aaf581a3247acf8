"""Log lines of a run at its most talkative."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import logs


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Every log line at its most talkative, with the SQL of a store that is opened later; afterwards all as before."""
    root, engine, written = logging.getLogger(), logging.getLogger("sqlalchemy.engine"), io.StringIO()
    before = root.handlers[:], root.level, engine.level
    quiet = {name: logging.getLogger(name).level for name in logs._QUIET}
    logs.configure("json", "debug", written)
    engine.setLevel(logging.INFO)
    yield written
    root.handlers[:], root.level, engine.level = before
    for name, level in quiet.items():
        logging.getLogger(name).setLevel(level)
    structlog.reset_defaults()
