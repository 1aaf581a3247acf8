"""A fake Twilio for each test, and one for tables of cases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.twilio import Twilio
from tests.fakes.twilio_kit import CONTENTS, HOOK, SPEC, Product, Time


def made(product: Product, time: Time) -> Twilio:
    """The account of the tests."""
    return Twilio(spec=SPEC, webhook=HOOK, contents=CONTENTS, carry=product, clock=time, service="MG" + "b" * 32)


@pytest.fixture
def product() -> Product:
    """Gets what the fake posts."""
    return Product()


@pytest.fixture
def time() -> Time:
    """The fake's clock."""
    return Time()


@pytest.fixture
def twilio(product: Product, time: Time) -> Iterator[Twilio]:
    """A fake of its own."""
    with made(product, time) as fake:
        yield fake


@pytest.fixture(scope="module")
def lasting() -> Iterator[Twilio]:
    """A server takes 0.3 s to come and go: a table of cases has one."""
    with made(Product(), Time()) as fake:
        yield fake


@pytest.fixture
def table(lasting: Twilio) -> Twilio:
    """The server of the table, with no faults yet. What it has shown stays."""
    lasting.faults.clear()
    return lasting
