"""A no stays a no: what she writes before its answer has left does not keep what was to be forgotten."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from bot.message import Message
from bot.player import Phone
from storage import forgetting, settle
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import Town

NAME = "Betoniño"
NO, CHILD, EXIT = ("SANMARTIN", "2"), ("SANMARTIN", "1", NAME, "3"), ("SANMARTIN", "SALIR")

_ids = itertools.count(1)


@pytest.fixture
def town(store: Store) -> Town:
    return Town.on(store)


@pytest.fixture
def phone(town: Town) -> Phone:
    return town.phone()


def write(phone: Phone, *texts: str) -> None:
    """She writes, and nothing of ours leaves meanwhile."""
    for text in texts:
        said = {"channel": "sms", "sender": "simulator:sms", "address": phone.number, "text": text}
        phone.app.receive(Message(provider_id=f"no-{next(_ids)}", **said)).result()  # type: ignore[arg-type]


def leaves(town: Town, phone: Phone) -> list[str]:
    """All that waits is sent; what she reads."""
    read = [one.text for one in phone.read()]
    town.store.do(forgetting.wipe_answered)
    return read


def kept(town: Town) -> tuple[list[str], str | None, list[str]]:
    """(payloads, the number, bodies) that are still there."""

    def work(unit: Unit) -> tuple[list[str], str | None, list[str]]:
        payloads, bodies = select(t.inbound.c.payload), select(t.outbox.c.body)
        came = [p for p in unit.db.execute(payloads.order_by(t.inbound.c.id)).scalars() if p]
        went = [b for b in unit.db.execute(bodies.order_by(t.outbox.c.id)).scalars() if b]
        return came, unit.db.execute(select(t.address.c.value)).scalar_one(), went

    return town.store.read(work)


@pytest.mark.parametrize("refusal", [NO, CHILD, EXIT], ids=["no", "child", "exit"])
@pytest.mark.parametrize("after", [(), ("gracias",), ("hola", "gracias")], ids=len)
def test_thanks_before_the_goodbye_has_left_undo_nothing(
    town: Town, phone: Phone, refusal: Sequence[str], after: Sequence[str]
) -> None:
    write(phone, *refusal, *after)
    assert leaves(town, phone)
    assert kept(town) == ([], None, [])
    assert town.count(t.talk) == 0


@pytest.mark.parametrize("refusal", [NO, CHILD], ids=["no", "child"])
def test_thanks_after_the_goodbye_are_a_strangers_words(town: Town, phone: Phone, refusal: Sequence[str]) -> None:
    write(phone, *refusal)
    leaves(town, phone)
    write(phone, "gracias")
    leaves(town, phone)
    payloads, number, bodies = kept(town)
    assert (payloads, number) == (['{"text": "gracias"}'], phone.number)
    assert len(bodies) == 1
    assert "¿Que comunidad buscas?" in bodies[0]


@pytest.mark.parametrize("refusal", [NO, CHILD], ids=["no", "child"])
def test_who_begins_anew_is_heard_and_the_refused_words_go_all_the_same(
    town: Town, phone: Phone, refusal: Sequence[str]
) -> None:
    write(phone, *refusal, "SANMARTIN")
    assert "¿Aceptas?" in leaves(town, phone)[-1]
    payloads, number, bodies = kept(town)
    assert (payloads, number) == (['{"text": "SANMARTIN"}'], phone.number)
    assert len(bodies) == 1
    for text in ("1", "Ana", "1", "1"):
        phone.say(text)
    town.store.do(forgetting.wipe_answered)
    assert [row.name for row in town.rows(t.person, "name")] == ["Ana"]
    assert town.rows(t.address, "value", "forget") == [(phone.number, False)]
    assert town.count(t.registration) == 1


def test_whoever_asks_for_a_human_keeps_the_number_to_be_written_to(town: Town, phone: Phone) -> None:
    write(phone, "SANMARTIN", "PERSONA", "2", "PERSONA")
    leaves(town, phone)
    assert kept(town)[1] == phone.number
    assert town.count(t.handover) == 1


def test_a_no_takes_back_that_a_human_was_asked_for(town: Town, phone: Phone) -> None:
    write(phone, "SANMARTIN", "PERSONA", "2", "gracias")
    leaves(town, phone)
    assert kept(town) == ([], None, [])
    assert town.count(t.handover) == 0


def test_words_that_expire_on_the_way_go_too(town: Town, phone: Phone) -> None:
    write(phone, *CHILD, "SANMARTIN")

    def expire(unit: Unit) -> None:
        rows = unit.db.execute(select(t.outbox.c.id).order_by(t.outbox.c.id)).scalars().all()
        settle.close(unit, [settle.Ended(id, None, "expired", "expired") for id in rows])

    town.store.do(expire)
    assert NAME not in "".join(kept(town)[2])
