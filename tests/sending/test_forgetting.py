"""A no is forgotten once its answer has left."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from bot.errors import SendError
from storage.store import Store, Unit
from storage.tables import contact, inbound, talk
from tests.sending.pretend import (
    GONE,
    REFUSED,
    FakeChannel,
    address_of,
    address_row,
    person_of,
    play,
    reply_to,
    row,
)


def no_thanks(unit: Unit, sender_id: int) -> int:
    """Somebody said no: the rows a turn leaves behind."""
    who = address_of(unit, "stranger", forget=True, last_reply="{}")
    came = {"sender_id": sender_id, "provider_id": "m1", "received_at": unit.now, "payload": "no"}
    unit.db.execute(insert(inbound).values(**came, address_id=who))
    unit.db.execute(insert(talk).values(address_id=who, conversation="c", args={}, created_at=unit.now))
    reply_to(unit, sender_id, who, "Está bien.")
    return who


def test_a_no_is_forgotten_once_its_answer_has_left(store: Store, fake: FakeChannel, via: dict[str, int]) -> None:
    who = store.do(lambda u: no_thanks(u, via["telegram"]))
    assert address_row(store, who).value == "stranger"
    play(store, fake)
    left = address_row(store, who)
    assert (left.value, left.last_reply, left.forget) == (None, None, False)
    assert left.fingerprint
    assert row(store, 1).body is None
    kept = store.read(lambda u: u.db.execute(select(inbound)).one())
    assert (kept.payload, kept.provider_id) == (None, "m1")
    assert store.read(lambda u: u.db.execute(select(talk)).all()) == []


@pytest.mark.parametrize("planned", [GONE, REFUSED])
def test_a_no_is_forgotten_also_when_its_answer_cannot_be_sent(
    store: Store, fake: FakeChannel, via: dict[str, int], planned: SendError
) -> None:
    who = store.do(lambda u: no_thanks(u, via["telegram"]))
    fake.plan["stranger"] = [planned]
    play(store, fake)
    assert address_row(store, who).value is None


def test_on_a_phone_that_somebody_else_uses_a_no_wipes_nothing(
    store: Store, fake: FakeChannel, via: dict[str, int]
) -> None:
    def work(unit: Unit) -> int:
        who = no_thanks(unit, via["telegram"])
        unit.db.execute(insert(contact).values(person_id=person_of(unit, "Luis"), address_id=who, since=unit.now))
        return who

    who = store.do(work)
    play(store, fake)
    assert (address_row(store, who).value, address_row(store, who).forget) == ("stranger", False)
