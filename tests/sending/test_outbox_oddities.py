"""One odd message or answer stops nobody: what can not be worded, a provider whose words no database takes."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, select, update

from bot import news
from bot.errors import SendError
from bot.message import Receipt
from storage import keys, settle
from storage.sealed import MissingKey
from storage.settle import Outcome
from storage.store import Store, Unit
from storage.tables import address, outbox, person
from tests.sending.pretend import (
    GONE,
    FakeChannel,
    address_of,
    broadcast_to,
    claim,
    damage,
    ledger,
    open_senders,
    person_of,
    play,
    reply_to,
    row,
    settle_one,
)


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


def three_replies(store: Store, sender_id: int) -> list[int]:
    """Replies to three people, whose address and name have the number of their row; the ids."""

    def work(unit: Unit) -> list[int]:
        phones = [(address_of(unit, f"a{n}"), person_of(unit, f"Ana {n}")) for n in range(3)]
        return [reply_to(unit, sender_id, at, person_id=who) for at, who in phones]

    return store.do(work)


def end_of(store: Store, id: int) -> tuple[str, str]:
    """State and error of a message whose words may be damaged."""
    query = select(outbox.c.state, outbox.c.error).where(outbox.c.id == id)
    state, error = store.read(lambda unit: unit.db.execute(query).one())
    return state, error or ""


def ended(store: Store, *ids: int) -> bool:
    """Nothing more becomes of these."""
    return not {end_of(store, id)[0] for id in ids} & {"pending", "claimed", "started"}


@pytest.mark.parametrize("at", [-1, 3], ids=["seal", "key"])
@pytest.mark.parametrize("cell", [outbox.c.body, address.c.value, person.c.name], ids=str)
def test_of_a_damaged_value_one_message_fails_and_the_others_go(
    store: Store, fake: FakeChannel, via: dict[str, int], cell: Column[str], at: int
) -> None:
    ids = three_replies(store, via["telegram"])
    damage(store, cell, 2, at)
    play(store, fake, done=lambda: ended(store, *ids))
    assert [end_of(store, id)[0] for id in ids] == ["sent", "failed", "sent"]
    assert end_of(store, ids[1])[1].startswith("refused: Damaged, error ")


def test_words_that_break_while_they_are_sent_stop_nobody_either(
    store: Store, fake: FakeChannel, via: dict[str, int]
) -> None:
    ids = three_replies(store, via["telegram"])
    more = store.do(lambda u: reply_to(u, via["telegram"], 2))  # waits behind the other: nobody reads it, it only ends
    fake.plan["a1"] = [GONE]
    fake.before = lambda call: damage(store, outbox.c.body, ids[1]) if call.address == "a1" else None
    damage(store, outbox.c.body, more)
    play(store, fake, done=lambda: ended(store, *ids, more))
    assert [end_of(store, id)[0] for id in [*ids, more]] == ["sent", "failed", "sent", "failed"]


def test_the_ledger_of_a_broadcast_counts_what_is_damaged(store: Store, fake: FakeChannel, via: dict[str, int]) -> None:
    phones = store.do(lambda u: [address_of(u, f"a{n}") for n in range(3)])
    made = store.do(lambda u: broadcast_to(u, via["telegram"], phones))
    store.do(lambda u: u.db.execute(update(outbox).where(outbox.c.id == 2).values(body='{"text": "ven"}')).rowcount)
    damage(store, outbox.c.body, 2)
    play(store, fake, done=lambda: ended(store, 1, 2, 3))
    assert ledger(store, made) == {"sent": 2, "failed": 1}


def test_what_a_newer_key_sealed_is_not_taken_for_damaged(database_url: str) -> None:
    old, new = "the-old-secret-of-thirty-two-characters", "the-new-secret-of-thirty-two-characters"
    with Store(database_url, f"{new},{old}") as ahead:
        keys.check(ahead)
        via = open_senders(ahead, FakeChannel())
        ahead.do(lambda u: reply_to(u, via["telegram"], address_of(u, "ana")))
    with Store(database_url, old) as behind, pytest.raises(MissingKey):
        claim(behind, via["telegram"])


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
