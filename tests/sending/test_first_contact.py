"""The one message to numbers of a list goes through the sender like any other, though nobody stands behind them yet."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import broadcast
from bot.broadcast import Act, Ledger
from bot.errors import SendError
from bot.message import Reply
from storage import audiences, broadcasts, forgetting, lists
from storage import tables as t
from storage.store import Store, Unit
from tests.conftest import Clock
from tests.sending.pretend import GONE, REFUSED, UNSURE, FakeChannel, address_row, play

ANA, BEA = "+50760000001", "+50760000002"


def ask(unit: Unit, sender_id: int) -> Ledger:
    """Two numbers of a list, and the question to both."""
    place = t.territory.insert().values(slug="x", name="X", kind="community", country="PA", tz="America/Panama")
    here = unit.db.execute(place.returning(t.territory.c.id)).scalar_one()
    junta = t.organisation.insert().values(slug="j", name="Junta", short_name="Junta", kind="public")
    organiser = unit.db.execute(junta.returning(t.organisation.c.id)).scalar_one()
    about = {"slug": "x", "keyword": "SANTA", "name": "X", "kind": "new", "setting": "rural", "langs": ["es"]}
    home = t.lab.insert().values(**about, territory_id=here, organiser_id=organiser, state="published")
    lab_id = unit.db.execute(home.returning(t.lab.c.id)).scalar_one()
    entry = lists.Entry(lab_id=lab_id, source="la lista", lang="es", asked_at=unit.now)
    ids = lists.keep(unit, {ANA: sender_id, BEA: sender_id}, entry, {ANA: "PA", BEA: "PA"})
    act = Act(
        kind=lists.FIRST_CONTACT,
        idem="list:1",
        by="test",
        audience=audiences.addresses(unit, ids),
        strangers=True,
        due_at=unit.now,
        expires_at=unit.now + timedelta(days=30),
        lab_id=lab_id,
    )
    return broadcast.send(unit, act, lambda variant: Reply(text="¿Aceptas?"))


@pytest.mark.parametrize(
    ("planned", "state", "reason"),
    [
        (None, "sent", None),
        (GONE, "failed", "gone"),
        (REFUSED, "failed", "refused"),
        (UNSURE, "unknown", "uncertain"),
        (SendError("no route", fallback=True), "failed", "unsuited"),
        (SendError("opted out there", left=True), "failed", "left"),
    ],
)
def test_each_number_is_told_once_or_the_ledger_says_why(
    store: Store, fake: FakeChannel, via: dict[str, int], planned: SendError | None, state: str, reason: str | None
) -> None:
    fake.plan[ANA] = [planned]
    made = store.do(lambda unit: ask(unit, via["sms"]))
    play(store, fake)
    now = store.read(lambda unit: broadcasts.ledger(unit, made.broadcast_id))
    rows = store.read(lambda unit: unit.db.execute(t.recipient.select().order_by(t.recipient.c.id)).all())
    numbers = {row.address_id: address_row(store, row.address_id).value for row in rows}
    assert {numbers[row.address_id]: (row.state, row.reason) for row in rows} == {
        ANA: (state, reason),
        BEA: ("sent", None),
    }
    assert (now.audience, now.pending, now.state) == (2, 0, "done")
    assert fake.told(BEA) == ["¿Aceptas?"]
    assert len([call for call in fake.calls if call.address == ANA]) == 1


def test_a_number_is_not_wiped_while_its_message_waits(
    store: Store, fake: FakeChannel, via: dict[str, int], clock: Clock
) -> None:
    store.do(lambda unit: ask(unit, via["sms"]))
    clock.forward(days=31)
    assert store.do(forgetting.wipe_strangers) == 0
    play(store, fake)
    assert store.do(forgetting.wipe_strangers) == 2
