"""A fake provider and its senders."""

from __future__ import annotations

import pytest

from storage.store import Store
from tests.sending.pretend import FakeChannel, address_of, open_senders, reply_to


@pytest.fixture
def fake() -> FakeChannel:
    """A provider of Telegram and SMS."""
    return FakeChannel(channels=("telegram", "sms"))


@pytest.fixture
def via(store: Store, fake: FakeChannel) -> dict[str, int]:
    """Its sender rows, by the kind of phone."""
    return open_senders(store, fake)


@pytest.fixture
def one_reply(store: Store, via: dict[str, int]) -> int:
    """A reply to Ana that waits."""
    return store.do(lambda u: reply_to(u, via["telegram"], address_of(u, "ana")))
