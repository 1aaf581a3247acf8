"""On Telegram the chat is the person's address: after BORRAR, and after a no, its id stands nowhere (people.md 7)."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from storage import tables as t
from storage.store import Store
from tests.people.conftest import lines
from tests.people.places import in_the_database, traces
from tests.people.test_erasing import NAME, PERSONAL, SURNAME, forgotten
from tests.script import ACTS
from tests.wire.acts import rows
from tests.wire.house import Ground, House
from tests.wire.phones import WAYS, WirePhone, WireTown
from tests.wire.providers import providers

__all__ = ["lines"]

CHAT = "812345671"


@pytest.fixture
def phone(lines: io.StringIO, ground: Ground, store: Store) -> Iterator[WirePhone]:
    """Nobody has written from it yet."""
    way = WAYS["telegram"]
    with providers(way.provider) as fakes, House(ground, store, fakes) as house:
        WireTown.over(house, way)
        yield WirePhone(house.app, way.channel, CHAT, f"{NAME} {SURNAME}", house=house, way=way)


def identities(phone: WirePhone) -> list[str]:
    """By which our messages and hers are known."""
    tables = ((t.inbound, "provider_id"), (t.outbox, "provider_id"), (t.ballot, "provider_msg_id"))
    known = [getattr(row, name) for table, name in tables for row in rows(phone.house, table)]
    return [one for one in known if one]


def nowhere(phone: WirePhone, written: str) -> None:
    assert traces(phone.house.store, CHAT, *PERSONAL) == []
    assert not [word for word in (CHAT, *PERSONAL) if word.lower() in written.lower()]
    assert phone.house.store.dialect != "sqlite" or any("wal" in name for name, _ in in_the_database(phone.house.store))


def test_after_borrar_her_chat_is_in_no_table_and_no_log(phone: WirePhone, lines: io.StringIO) -> None:
    town = WireTown(phone.house.app, house=phone.house, way=phone.way)
    for words in ("SANMARTIN", "1", NAME, "1", "1"):
        phone.say(words)
    ACTS["open"](town, "sm")
    phone.read()
    phone.tap("Agua")
    phone.tap("Camino")
    phone.say("ELEGIR")
    told = phone.house.fakes.telegram.write(CHAT, "2")
    phone.read()
    phone.house.fakes.telegram.write(CHAT, "3", edited=told.id)
    phone.read()
    assert [row.status for row in rows(phone.house, t.ballot)]
    nowhere(phone, lines.getvalue())
    for words in ("BORRAR", "BORRAR"):
        phone.say(words)
    forgotten(town)
    assert len(identities(phone)) > 15
    assert [row.value for row in rows(phone.house, t.address)] == [None]
    nowhere(phone, lines.getvalue())


def test_after_a_no_her_chat_is_in_no_table_and_no_log(phone: WirePhone, lines: io.StringIO) -> None:
    town = WireTown(phone.house.app, house=phone.house, way=phone.way)
    for words in ("SANMARTIN", "2"):
        phone.say(words)
    forgotten(town)
    assert len(identities(phone)) >= 4
    nowhere(phone, lines.getvalue())
