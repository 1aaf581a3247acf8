"""One odd message or answer stops nobody: what can not be worded, a provider whose words no database takes."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from bot import news
from bot.errors import SendError
from bot.message import Receipt
from storage import settle
from storage.settle import Outcome
from storage.store import Store, Unit
from storage.tables import outbox
from tests.sending.pretend import FakeChannel, address_of, claim, play, reply_to, row, settle_one


@pytest.mark.parametrize("body", ["{}", "not json", '{"text": 3}', '{"text": "hola", "media": {"new": 1}}', "[1]"])
@pytest.mark.parametrize("channel", ["sms", "telegram"])
def test_what_can_not_be_worded_fails_and_the_others_go(
    store: Store, fake: FakeChannel, via: dict[str, int], body: str, channel: str
) -> None:
    def work(unit: Unit) -> list[int]:
        phones = [address_of(unit, f"a{n}", channel=channel) for n in range(3)]
        return [reply_to(unit, via[channel], at) for at in phones]

    ids = store.do(work)
    store.do(lambda u: u.db.execute(update(outbox).where(outbox.c.id == ids[0]).values(body=body)).rowcount)
    play(store, fake)
    assert [row(store, id).state for id in ids] == ["failed", "sent", "sent"]
    assert row(store, ids[0]).error.startswith("refused: ")
    assert "hola" not in row(store, ids[0]).error


ODD = ("no\x00signal", "half \ud83d a character", "x" * 3000)


@pytest.mark.parametrize("told", ODD, ids=["nul", "half", "long"])
@pytest.mark.parametrize("kind", ["retry", "failed", "halt", "uncertain"])
def test_what_a_provider_says_can_be_kept(
    store: Store, via: dict[str, int], one_reply: int, told: str, kind: settle.Kind
) -> None:
    claim(store, via["telegram"])
    settle_one(store, Outcome(id=one_reply, kind=kind, told=told))
    assert row(store, one_reply).state in ("pending", "failed")


@pytest.mark.parametrize("given", ["p\x001", "p\ud83d", "p" * 300], ids=["nul", "half", "long"])
def test_whatever_id_it_gives_its_receipts_find_the_message(
    store: Store, via: dict[str, int], one_reply: int, given: str
) -> None:
    claim(store, via["telegram"])
    settle_one(store, Outcome(id=one_reply, kind="sent", provider_id=given))
    told = Receipt(sender="fake:telegram", provider_id=given, rank=4, error="odd\x00", policy=SendError("odd\x00"))
    store.do(lambda unit: news.settle(unit, told))
    assert row(store, one_reply).state == "failed"
