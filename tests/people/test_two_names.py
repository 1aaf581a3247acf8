"""One phone under two names: WhatsApp tells its number, an id that stands for the person, or both."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from bot.message import Message
from storage import forgetting
from storage import tables as t
from storage.store import Store
from tests.kit import Town

NUMBER, HIDDEN = "+50760000001", "PA.12ab"
IDS = count(1)


@pytest.fixture
def town(store: Store) -> Town:
    return Town.on(store)


def say(town: Town, text: str, address: str, also: str = "") -> str:
    """What is answered to a message from this address; '' for nothing."""
    told = Message(
        channel="whatsapp",
        sender="simulator:whatsapp",
        provider_id=f"m{next(IDS)}",
        address=address,
        also=also,
        text=text,
    )
    before = town.count(t.outbox)
    town.app.receive(replace(told)).result()
    bodies = [row.body for row in town.rows(t.outbox, "body")]
    return "".join(bodies[before:])


def joins(town: Town, address: str, also: str = "") -> None:
    for words in ("SANMARTIN", "1", "Ana", "1", "1"):
        say(town, words, address, also)
    assert town.count(t.person) == 1


def test_known_by_number_she_is_known_by_the_id_alone(town: Town) -> None:
    joins(town, NUMBER, HIDDEN)
    say(town, "menu", NUMBER, HIDDEN)
    assert "Ana" in say(town, "SANMARTIN", HIDDEN)
    assert (town.count(t.person), town.count(t.registration)) == (1, 1)


def test_known_by_the_id_she_is_known_by_number(town: Town) -> None:
    joins(town, HIDDEN)
    assert "Ana" in say(town, "SANMARTIN", NUMBER, HIDDEN)
    assert (town.count(t.person), town.count(t.address), town.count(t.registration)) == (1, 2, 1)


def test_of_who_gave_no_permission_the_second_name_is_not_kept(town: Town) -> None:
    say(town, "SANMARTIN", NUMBER, HIDDEN)
    assert town.count(t.address) == 1


def test_who_left_by_one_name_has_left_by_the_other(town: Town) -> None:
    joins(town, HIDDEN)
    say(town, "SALIR", HIDDEN)
    assert "Este número salió" in say(town, "hola", NUMBER, HIDDEN)
    assert [row.opted_out_at is not None for row in town.rows(t.address, "opted_out_at")] == [True, True]


def test_who_leaves_later_by_one_name_has_left_by_the_other(town: Town) -> None:
    joins(town, HIDDEN)
    say(town, "menu", NUMBER, HIDDEN)
    say(town, "SALIR", NUMBER)
    assert [row.opted_out_at is not None for row in town.rows(t.address, "opted_out_at")] == [True, True]
    assert "Este número salió" in say(town, "hola", HIDDEN)


def test_two_people_who_are_known_apart_stay_apart(town: Town) -> None:
    joins(town, HIDDEN)
    for words in ("SANMARTIN", "1", "Rosa", "1", "1"):
        say(town, words, NUMBER)
    assert "Rosa" in say(town, "SANMARTIN", NUMBER, HIDDEN)
    assert (town.count(t.person), town.count(t.contact)) == (2, 2)


def test_the_same_message_twice_makes_nothing_twice(town: Town) -> None:
    joins(town, HIDDEN)
    for _ in range(3):
        say(town, "menu", NUMBER, HIDDEN)
    assert (town.count(t.address), town.count(t.contact)) == (2, 2)


def test_she_is_written_to_once_and_by_the_name_she_wrote_under(town: Town) -> None:
    joins(town, NUMBER, HIDDEN)
    say(town, "menu", NUMBER, HIDDEN)
    here = [row.last_inbound_at is not None for row in town.rows(t.address, "last_inbound_at")]
    assert here == [True, False]


def test_who_is_erased_is_erased_under_both_names(town: Town) -> None:
    joins(town, NUMBER, HIDDEN)
    say(town, "menu", NUMBER, HIDDEN)
    for words in ("BORRAR", "BORRAR"):
        say(town, words, NUMBER, HIDDEN)
    town.store.do(forgetting.wipe_answered)
    kept = [(row.value, row.country) for row in town.rows(t.address, "value", "country")]
    assert (town.count(t.contact), kept[1]) == (0, (None, None))
