"""The last hours before a session: no offers, free places are of who arrives first; at the start the list closes."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from bot.actions import last_places
from storage import clock
from storage import registrations as r
from storage import tables as t
from storage.store import Store, Unit
from tests.choose.test_close_crash import steps
from tests.kit import PANAMA, Town, parts
from tests.people.hall import Hall


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=PANAMA)


def village(store: Store, places: int = 1) -> Town:
    """One place, which somebody has; Ana and Kevin wait, each on a phone of her own."""
    town = Town.on(store)
    town.capacity("sm1", places)
    town.fill("sm1", places)
    for name, who in (("C", "Ana"), ("C2", "Kevin")):
        for words in ("SANMARTIN", "1", who, "1", "1"):
            town.phone("sms", name).say(words)
    return town


def freed(town: Town, count: int = 1) -> None:
    """So many who had a place give it back."""

    def work(unit: Unit) -> None:
        held = select(t.registration).where(t.registration.c.state == "registered").order_by(t.registration.c.id)
        for row in unit.db.execute(held.limit(count)).all():
            r.cancel(unit, row.session_id, row.person_id, "sms")

    town.store.do(work)


def read(town: Town, name: str = "C") -> list[str]:
    return [shown.text for shown in town.phones[name].read()]


def test_the_queue_is_told_once_how_many_places_are_of_who_arrives_first(store: Store) -> None:
    town = village(store, 2)
    town.at(at(21, 12, 31))
    assert read(town) == []
    freed(town, 2)
    town.tick()
    town.tick()
    for name in ("C", "C2"):
        (text,) = read(town, name)
        assert "hay 2 lugares libres, para los primeros que lleguen" in text
    freed(town)
    town.at(at(21, 14))
    assert read(town) == []
    assert town.count(t.offer) == 0


def test_with_three_waking_hours_left_a_place_is_still_offered(store: Store) -> None:
    town = village(store)
    town.at(at(21, 12))
    freed(town)
    town.tick()
    assert "Lo tomas" in read(town)[0]
    town.at(at(21, 14, 30))  # nobody took it, and none is offered any more
    assert [text.split(",")[0] for text in read(town)] == ["Ana", "Ana"]
    assert "quien llegue primero" in read(town, "C2")[0]


def test_a_newcomer_is_not_given_by_phone_what_is_of_who_arrives_first(store: Store) -> None:
    town = village(store)
    town.at(at(21, 13))
    freed(town)
    phone = town.phone("sms", "C3")
    for words in ("SANMARTIN", "1", "Rosa"):
        phone.say(words)
    (shown,) = phone.say("1")
    assert shown.text.startswith("Rosa, hay 1 lugar libre, para quien llegue primero")
    assert town.count(t.registration, state="registered") == 0
    assert town.count(t.registration, state="waiting") == 2
    (again,) = town.phones["C"].say("SANMARTIN")
    assert "para quien llegue primero" in again.text


def test_where_nobody_waits_a_free_place_is_still_given(store: Store) -> None:
    hall = Hall.of(store, 1)
    hall.town.at(at(21, 15))
    assert hall.sign_up("Ana")[0].state == "registered"


def test_a_place_that_comes_free_at_night_is_told_in_the_morning_with_what_is_free_then(store: Store) -> None:
    town = village(store, 2)
    early = t.session.update().where(t.session.c.code == "sm1").values(starts_at=at(21, 9))
    town.store.do(lambda unit: unit.db.execute(early))
    town.at(at(20, 21))
    freed(town)
    town.tick()
    assert read(town) == []
    freed(town)
    town.at(at(21, 8))
    assert "hay 2 lugares libres" in read(town)[0]


@pytest.mark.parametrize(("frees", "why"), [(0, "no se abrio un lugar"), (1, "los primeros en llegar")])
def test_at_the_start_the_list_closes_and_who_is_left_hears_why_once(store: Store, frees: int, why: str) -> None:
    town = village(store)
    town.at(at(21, 14))
    freed(town, frees)
    town.tick()
    read(town), read(town, "C2")
    town.at(at(21, 15, 30))
    town.tick()
    for name in ("C", "C2"):
        (text,) = read(town, name)
        assert "se cerro la lista de espera" in text
        assert why in text
        assert "Te aviso de la proxima reunion" in text
    town.at(at(22, 10))
    assert read(town) == []


def test_who_left_or_came_in_is_not_told_that_the_list_closed(store: Store) -> None:
    town = village(store)
    town.phones["C"].say("SALIR")
    read(town)
    kevin = town.rows(t.registration, "id", "session_id")[-1]
    town.store.do(lambda unit: r.arrive(unit, kevin.session_id, kevin.id, "test"))
    town.at(at(21, 15, 30))
    assert (read(town), read(town, "C2")) == ([], [])


def test_an_open_offer_closes_with_the_list(store: Store) -> None:
    """The session was moved to an earlier hour."""
    town = village(store)
    freed(town)
    town.tick()
    assert "Lo tomas" in read(town)[0]
    early = t.session.update().where(t.session.c.code == "sm1").values(starts_at=at(12, 11))
    town.store.do(lambda unit: unit.db.execute(early))
    town.at(at(12, 11))
    assert ["se cerro" in text for text in read(town)] == [True]
    assert town.count(t.offer, answer=None) == 0
    town.at(at(14, 12))
    assert read(town) == []


def test_two_processes_tell_once(store: Store) -> None:
    town = village(store)
    town.store.do(lambda unit: unit.db.execute(t.session.update().values(starts_at=at(12, 10))))
    passes = [town.store.write(lambda unit: last_places.due(unit, parts().catalogues)) for _n in range(6)]
    assert sorted(one.result() for one in passes) == [0, 0, 0, 0, 0, 1]
    assert len(read(town)) == 1


def test_a_shared_phone_reads_it_once_and_no_name(store: Store) -> None:
    town = village(store)
    for words in ("OTRA", "1", "Luis", "1", "1"):
        town.phones["C"].say(words)
    town.at(at(21, 13))
    freed(town)
    town.tick()
    (text,) = read(town)
    assert text.startswith("Convoca, para quien espera: hay 1 lugar libre")
    town.at(at(21, 15, 30))
    (text,) = read(town)
    assert not any(name in text for name in ("Ana", "Luis"))


@pytest.mark.parametrize(("hour", "frees"), [(13, 1), (16, 0)])
def test_broken_off_anywhere_each_is_told_once(store: Store, hour: int, frees: int) -> None:
    town = village(store)
    store.do(lambda unit: clock.to(unit, at(21, hour)))
    freed(town, frees)

    def due(unit: Unit) -> int:
        return last_places.due(unit, parts().catalogues)

    for _step in steps(store, due):
        assert read(town) == read(town, "C2") == []
    assert (len(read(town)), len(read(town, "C2"))) == (1, 1)
    assert store.do(due) == 0
