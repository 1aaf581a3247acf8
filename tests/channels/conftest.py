"""Twilio for the tests of its channel: one server a module, and a person of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.channels.twilio_house import House


@pytest.fixture(scope="module")
def server() -> Iterator[House]:
    """The channel and the fake it talks to."""
    house = House()
    with house.fake:
        yield house


@pytest.fixture
def house(server: House) -> Iterator[House]:
    """The same with somebody nobody has heard of; nothing may break Twilio's specification."""
    server.fresh()
    yield server
    server.fake.settle()
    assert server.fake.faults == []
