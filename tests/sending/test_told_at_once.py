"""A provider tells of a message at the very moment at which we write down its id: the two find each other."""

from __future__ import annotations

from threading import Event

import pytest
from sqlalchemy import select

from bot.message import Receipt
from storage import receipts, settle
from storage import tables as t
from storage.settle import Outcome
from storage.store import Store, Unit
from tests.people.test_erased_meanwhile import stuck
from tests.sending.pretend import ME, claim, row

TOLD = Receipt(sender="fake:telegram", provider_id="p1", rank=5)


def taken(unit: Unit, outbox_id: int) -> None:
    settle.settle(unit, ME, [Outcome(id=outbox_id, kind="sent", provider_id="p1")])


@pytest.mark.parametrize("settles_first", [True, False])
def test_whichever_of_them_is_first(store: Store, via: dict[str, int], one_reply: int, settles_first: bool) -> None:
    claim(store, via["telegram"])
    entered, go = Event(), Event()

    def first(unit: Unit) -> None:
        taken(unit, one_reply) if settles_first else receipts.settle_receipt(unit, TOLD)
        entered.set()
        assert go.wait(10)

    def second(unit: Unit) -> None:
        receipts.settle_receipt(unit, TOLD) if settles_first else taken(unit, one_reply)

    one = store.write(first)
    assert entered.wait(10)
    other = store.write(second)
    stuck(store, other)
    go.set()
    one.result(10)
    other.result(10)
    assert row(store, one_reply).rank == 5
    linked = store.read(lambda unit: unit.db.execute(select(t.receipt.c.outbox_id)).scalars().all())
    assert linked == [one_reply]
