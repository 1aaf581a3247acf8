"""0011: of a message of Telegram's no id holds its chat, and each is still another."""

from __future__ import annotations

import re

from sqlalchemy import Connection, text

from storage.migrate import upgrade
from storage.store import Store
from tests.people.places import traces
from tests.storage.test_migrations import connected, fill
from tests.storage.test_permissions_and_turns import put

ANA, LUIS, GROUP, PRESSED = "812345671", "812345672", "-1001234567890", "3489000000123456789"
BOT = "telegram:7000001"
KEPT = {  # how it was, how it is
    f"{ANA}:1": r"\w{24}:1",
    f"{ANA}:1:1795559520": r"\w{24}:1:1795559520",
    f"{ANA}:album:77": r"\w{24}:album:77",
    f"{LUIS}:1": r"\w{24}:1",
    f"{GROUP}:brought:1795559520": r"\w{24}:brought:1795559520",
    f"cb:{PRESSED}": r"cb:\w{24}",
    "update:500": "update:500",
    "body:0f4e": "body:0f4e",
    "unlinked-5": "unlinked-5",
}


def ids(url: str, table: str, column: str = "provider_id", which: str = "id > 2") -> list[str]:
    with connected(url) as db:
        query = text(f"SELECT {column} FROM {table} WHERE {which} ORDER BY id")  # noqa: S608 - our own names
        return [str(one) for one in db.execute(query).scalars()]


def test_no_id_of_telegrams_holds_a_chat_any_more(bare_url: str, secret: str) -> None:
    upgrade(bare_url, "0010", secrets=secret)
    with connected(bare_url) as db:
        fill(db)
        keep_one_of_each(db)
    upgrade(bare_url, secrets=secret)
    heard = ids(bare_url, "inbound")
    assert len(heard) == len(KEPT) == len(set(heard))
    assert [one for one, wanted in zip(heard, KEPT.values(), strict=True) if not re.fullmatch(wanted, one)] == []
    assert {one.partition(":")[0] for one in heard[:3]} == {heard[0].partition(":")[0]}  # one chat is one chat
    assert [*heard, "None"] == ids(bare_url, "outbox")
    assert heard == ids(bare_url, "ballot", "provider_msg_id")
    assert [f"{BOT}:{one}" for one in heard] == ids(bare_url, "checkin", "nonce")
    assert ids(bare_url, "inbound", which="id = 2") == ["999:1"]
    with Store(bare_url, secret) as store:
        assert traces(store, ANA, LUIS, GROUP[1:], PRESSED) == []


def keep_one_of_each(db: Connection) -> None:
    """An id of each kind wherever one is kept, and one of another provider's."""
    db.execute(text("UPDATE sender SET name = :bot, via = 'telegram' WHERE id = 1"), {"bot": BOT})
    db.execute(text("UPDATE sender SET name = 'twilio:sms', via = 'twilio' WHERE id = 2"))
    for n, id in enumerate(KEPT):
        put(db, "inbound", sender_id=1, provider_id=id)
        put(db, "outbox", sender_id=1, provider_id=id, recipient_id=None)
        put(db, "ballot", provider=BOT, provider_msg_id=id, code=f"b{n}", person_id=None, status="late")
        put(db, "checkin", nonce=f"{BOT}:{id}")
    put(db, "outbox", sender_id=1, provider_id=None, recipient_id=None)
    db.execute(text("UPDATE inbound SET sender_id = 2, provider_id = '999:1' WHERE id = 2"))
