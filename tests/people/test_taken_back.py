"""Noted at the door by mistake and taken back: who waited, or was offered a place, stands in her turn again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from storage import checkins, clock, reserves
from storage import registrations as r
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import PANAMA
from tests.people.hall import Hall

DAY = datetime(2026, 11, 21, 8, 30, tzinfo=PANAMA)  # places are still offered
ALL = ("Ana", "Berta", "Carla", "Dora")


@pytest.fixture
def hall(store: Store) -> Hall:
    """The day of the session: Ana has its place, three wait."""
    hall = Hall.of(store, 1)
    hall.sign_up(*ALL)
    hall.do(lambda unit: clock.to(unit, DAY))
    return hall


def mistaken(hall: Hall, name: str) -> None:
    """LLEGO and then NO LLEGO."""

    def id_of(unit: Unit) -> int:
        row = t.registration.c.session_id == hall.id, t.registration.c.person_id == hall.people[name]
        return int(unit.db.execute(t.registration.select().where(*row)).one().id)

    def work(unit: Unit) -> None:
        for act in (checkins.enter, checkins.take_back):
            who = checkins.guest(unit, id_of(unit))
            assert who
            act(unit, who, "t")

    hall.do(work)


def live(hall: Hall) -> int:
    """Offers that are held."""
    return hall.town.count(t.offer, answer=None)


def test_who_waited_keeps_her_turn(hall: Hall) -> None:
    mistaken(hall, "Berta")
    assert hall.states(*ALL) == "registered waiting 1 waiting 2 waiting 3"
    hall.cancel("Ana")
    assert hall.states(*ALL) == "cancelled offered waiting 1 waiting 2"
    assert hall.take("Berta").state == "registered"


def test_who_was_taken_in_before_turns_were_kept_waits_at_the_end(hall: Hall) -> None:
    berta = t.registration.c.person_id == hall.people["Berta"]
    came = t.registration.update().where(berta).values(state="attended", queue_key=None, code="ABCD")
    hall.do(lambda unit: unit.db.execute(came).rowcount)
    row = next(row for row in hall.town.rows(t.registration, "id", "state") if row.state == "attended")
    hall.do(lambda unit: r.put_back(unit, row.id, "waiting", "t"))
    assert hall.states(*ALL) == "registered waiting 3 waiting 1 waiting 2"


def test_whose_turn_was_lost_before_is_the_first_and_is_heard(hall: Hall) -> None:
    """As the schema of today gives it back: before all others, and among her like by who came first."""
    lost = t.registration.update().where(t.registration.c.person_id == hall.people["Carla"]).values(queue_key=0)
    hall.do(lambda unit: unit.db.execute(lost).rowcount)
    assert hall.states("Carla") == "waiting 1"
    hall.cancel("Ana")
    assert hall.states(*ALL) == "cancelled waiting 1 offered waiting 2"


def test_who_was_offered_a_place_is_offered_it_again(hall: Hall) -> None:
    hall.cancel("Ana")
    assert hall.states(*ALL) == "cancelled offered waiting 1 waiting 2"
    mistaken(hall, "Berta")
    assert hall.states(*ALL) == "cancelled offered waiting 1 waiting 2"
    assert live(hall) == 1
    assert hall.take("Berta").state == "registered"


def test_where_no_place_is_offered_any_more_none_is_held_for_her(hall: Hall) -> None:
    hall.cancel("Ana")
    hall.do(lambda unit: clock.to(unit, DAY + timedelta(hours=5)))
    mistaken(hall, "Berta")
    assert hall.states(*ALL) == "cancelled waiting 1 waiting 2 waiting 3"
    assert live(hall) == 0


def test_the_place_of_who_did_not_come_goes_on_to_the_next(hall: Hall) -> None:
    hall.cancel("Ana")
    mistaken(hall, "Ana")  # nobody has a place taken away by it, and she has given hers back
    assert hall.states(*ALL) == "cancelled offered waiting 1 waiting 2"
    who = hall.do(lambda unit: checkins.walk_in(unit, hall.id, "t"))
    hall.otherwise("Berta", "declined")
    assert hall.states(*ALL) == "cancelled declined waiting 1 waiting 2"
    hall.do(lambda unit: checkins.take_back(unit, who, "t"))
    assert hall.states(*ALL) == "cancelled declined offered waiting 1"


def test_who_waits_for_a_place_that_is_kept_waits_for_it_again(store: Store) -> None:
    hall = Hall.of(store, 2)
    hall.do(lambda unit: reserves.write(unit, hall.id, {"quien viene con niños": 1}, lower_only=False))
    kept = hall.do(lambda unit: reserves.of_session(unit, hall.id))[0].id
    hall.come(*ALL)
    for name, among in (("Ana", None), ("Berta", kept), ("Carla", kept)):
        hall.do(lambda unit, n=name, k=among: r.sign_up(unit, hall.id, hall.people[n], "sms", reserve_id=k))  # type: ignore[misc]
    hall.do(lambda unit: clock.to(unit, DAY))
    hall.cancel("Ana")  # a place in general is offered to Carla
    assert hall.states("Berta", "Carla") == "registered offered"
    hall.do(lambda unit: clock.to(unit, DAY + timedelta(hours=5)))
    mistaken(hall, "Carla")
    classes = {row.person_id: row.reserve_id for row in hall.town.rows(t.registration, "person_id", "reserve_id")}
    assert classes[hall.people["Carla"]] == kept
