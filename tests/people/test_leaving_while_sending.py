"""SALIR while a broadcast is being sent: what is queued for that phone does not leave any more."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from bot.actions import announce
from bot.message import Message
from bot.outbox import Outbox
from bot.player import Phone
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import Town
from tests.sending.pretend import LONG, FakeChannel, Taken, settled

LAST = "+50769241573"
ROOM = 30
NUMBERS = itertools.count(1)


def invited(town: Town) -> int:
    """The whole lab is invited; how many."""

    def work(unit: Unit) -> int:
        seen = announce.preview(unit, town.app.catalogues, "sm1")
        announce.announce(unit, town.app.catalogues, "sm1", "test", seen.people)
        return seen.people

    return town.store.do(work)


def write(town: Town, text: str) -> None:
    """She writes; what comes back is the sender loop's to send."""
    id = f"late-{next(NUMBERS)}"
    message = Message(channel="sms", sender="simulator:sms", provider_id=id, address=LAST, text=text)
    town.app.receive(message).result()


def send(store: Store, line: FakeChannel) -> None:
    """Run the sender loop until all is sent."""

    def seam(step: str) -> None:
        if step in ("settled", "looked") and settled(store):
            loop.stop()

    loop = Outbox(store, {"simulator": line}, gap=0.2, seam=seam)

    async def run() -> None:
        async with asyncio.timeout(LONG):
            await loop.run()

    asyncio.run(run())


@pytest.mark.parametrize(("words", "reason"), [(["SALIR"], "opted_out"), (["BORRAR", "BORRAR"], "erased")])
def test_what_is_queued_for_who_leaves_is_not_sent(store: Store, words: list[str], reason: str) -> None:
    town = Town.on(store)
    for n in range(ROOM):
        town.neighbour(f"Vecina {n}")
    phone = Phone(town.app, "sms", LAST)
    for reply in ("SANMARTIN", "1", "Yolotzin", "1"):
        phone.say(reply)
    audience = invited(town)
    line = FakeChannel(rate=100.0, channels=("sms",))

    def leaves(_call: Taken) -> None:
        if len(line.calls) == 3:
            for word in words:
                write(town, word)

    line.before = leaves
    send(store, line)
    got = line.told(LAST)
    assert got
    assert not [text for text in got if "invita" in text]
    states = [tuple(row) for row in town.rows(t.recipient, "state", "reason")]
    assert states.count(("skipped", reason)) == 1
    assert states.count(("sent", None)) == audience - 1 == ROOM
