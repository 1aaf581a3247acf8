"""A ballot is one message on Telegram, whatever breaks on the way (channels.md 1 and 3)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.provider import AcceptThenReset, Refuse, Reset
from storage import tables as t
from storage.store import Store
from tests.script import ACTS
from tests.wire.acts import neighbour, rows
from tests.wire.house import Ground, House
from tests.wire.phones import WAYS, WirePhone, WireTown
from tests.wire.providers import Providers, providers

GONE = Refuse(400, text="Bad Request: message to edit not found")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database: what is written differs in nothing."""
    return sqlite_url


@pytest.fixture
def kevin(ground: Ground, store: Store) -> Iterator[WirePhone]:
    """The ballot stands on his screen; at the end every specification was kept."""
    way = WAYS["telegram"]
    with providers(way.provider) as fakes, House(ground, store, fakes) as house:
        town = WireTown.over(house, way)
        phone = neighbour(town, "Kevin")
        ACTS["open"](town, "sm")
        phone.read()
        yield phone
        house.rest()
        fakes.good()


def ballots_on(phone: WirePhone) -> list[str]:
    return [one.text.partition(".")[0] for one in phone._seen() if any("Terminar" in face for face, _ in one.buttons)]


def told(fakes: Providers) -> list[tuple[str, str]]:
    return [(call.operation, call.misbehaved) for call in fakes.telegram.calls("editMessageText")]


def states(phone: WirePhone) -> set[str]:
    return {row.state for row in rows(phone.house, t.outbox)}


def test_an_edit_whose_answer_is_lost_is_done_once_more_and_seen_once(kevin: WirePhone) -> None:
    fakes = kevin.house.fakes
    fakes.telegram.plan(AcceptThenReset(), operation="editMessageText")
    kevin.tap("Agua")
    assert ballots_on(kevin) == ["Elegiste: 1 Agua"]
    assert told(fakes)[-2:] == [("editMessageText", "AcceptThenReset"), ("editMessageText", "")]
    assert states(kevin) == {"sent"}


def test_an_edit_that_was_cut_off_comes_later(kevin: WirePhone) -> None:
    kevin.house.fakes.telegram.plan(Reset(), operation="editMessageText")
    kevin.tap("Agua")
    assert ballots_on(kevin) == ["Elegiste: 1 Agua"]


def test_where_the_message_is_gone_a_new_one_takes_its_place(kevin: WirePhone) -> None:
    kevin.house.fakes.telegram.plan(GONE, operation="editMessageText")
    kevin.tap("Agua")
    kevin.tap("Camino")
    assert ballots_on(kevin) == ["Elegiste: 1 Agua y 2 Camino"]
    assert [row.status for row in rows(kevin.house, t.ballot)] == ["superseded", "current"]


def test_two_taps_before_anything_has_left_end_in_one_message(kevin: WirePhone) -> None:
    """As after a kill: the turns are stored, and the sender comes later."""
    telegram, house = kevin.house.fakes.telegram, kevin.house
    first, second = (data for _face, data in kevin._seen()[-1].buttons[:2])
    for data in (first, second, second):
        telegram.tap(kevin.number, data) if data == first else telegram.forge(kevin.number, data)
    kevin.read()
    house.rest()
    assert ballots_on(kevin) == ["Elegiste: 1 Agua y 2 Camino"]
    assert states(kevin) == {"sent"}
    assert [row.payload for row in rows(house, t.ballot)] == ["1", "1,2"]
