"""Places kept for some: exact under a rush, free for nobody else, and never for who somebody is."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import update

from bot import planfile
from bot.actions import load, status
from bot.errors import BadPlan
from bot.planfile.checks import faults
from storage import registrations as r
from storage import reserves
from storage import tables as t
from storage.store import Store, Unit
from tests.conftest import Clock
from tests.kit import PLAN, Town, parts
from tests.people.hall import Hall

LABEL = "quien viene con niños"


def hall_of(store: Store, capacity: int, kept: int) -> tuple[Hall, int]:
    """So many places, some of them kept; the reserve's id."""
    hall = Hall.of(store, capacity)

    def work(unit: Unit) -> int:
        reserves.write(unit, hall.id, {LABEL: kept}, lower_only=False)
        return reserves.of_session(unit, hall.id)[0].id

    return hall, store.do(work)


def test_200_at_once_for_40_places_of_which_10_are_kept(store: Store) -> None:
    hall, kept = hall_of(store, 40, 10)
    hall.come(*(f"Vecina {n}" for n in range(200)))

    def sign_up(person: int, reserve_id: int | None) -> Callable[[Unit], r.Place]:
        return lambda unit: r.sign_up(unit, hall.id, person, "sms", reserve_id=reserve_id)

    def rush(asked: list[tuple[int, int | None]]) -> None:
        start = threading.Barrier(20)

        def some(mine: list[tuple[int, int | None]]) -> None:
            start.wait()
            for future in [store.write(sign_up(*one), lane=f"{one[0]}") for one in mine]:
                future.result()

        threads = [threading.Thread(target=some, args=(asked[n::20],)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    everybody = [(person, kept if n >= 100 and n % 3 else None) for n, person in enumerate(hall.people.values())]
    rush(everybody[:100])  # more than there are places, all of them in general
    rush(everybody[100:])
    rows = hall.town.rows(t.registration, "state", "reserve_id")
    found = Counter((row.state, row.reserve_id) for row in rows)
    assert (found["registered", None], found["registered", kept]) == (30, 10)
    assert found["waiting", None] + found["waiting", kept] == 160


def test_a_kept_place_that_is_given_back_goes_to_who_waits_for_one(store: Store) -> None:
    hall, kept = hall_of(store, 2, 1)
    hall.come("Ana", "Berta", "Carla", "Dora")

    def sign_up(name: str, reserve_id: int | None) -> None:
        hall.do(lambda unit: r.sign_up(unit, hall.id, hall.people[name], "sms", reserve_id=reserve_id))

    sign_up("Ana", None)
    sign_up("Berta", kept)
    sign_up("Carla", None)  # in general, before Dora
    sign_up("Dora", kept)
    hall.cancel("Berta")
    rows = hall.town.rows(t.registration, "person_id", "state", "reserve_id")
    states = {row.person_id: (row.state, row.reserve_id) for row in rows}
    assert states[hall.people["Dora"]] == ("offered", kept)
    assert states[hall.people["Carla"]] == ("waiting", None)
    hall.cancel("Ana")
    assert hall.do(lambda unit: r.place_of(unit, hall.id, hall.people["Carla"])).state == "offered"  # type: ignore[union-attr]


def test_who_lets_a_place_in_general_pass_still_waits_for_a_kept_one(store: Store, clock: Clock) -> None:
    hall, kept = hall_of(store, 2, 1)
    hall.come("Ana", "Berta", "Carla", "Dora")
    for name, reserve_id in (("Ana", None), ("Berta", kept), ("Dora", kept), ("Carla", None)):
        hall.do(lambda unit, n=name, r_=reserve_id: r.sign_up(unit, hall.id, hall.people[n], "sms", reserve_id=r_))  # type: ignore[misc]
    hall.cancel("Ana")
    assert hall.states("Dora", "Carla") == "offered waiting 1"  # in general: the kept one is taken
    clock.forward(hours=72)
    hall.tick()
    assert hall.states("Dora", "Carla") == "waiting 1 offered"
    hall.cancel("Berta")
    assert hall.states("Dora", "Carla") == "offered offered"
    classes = {row.person_id: row.reserve_id for row in hall.town.rows(t.registration, "person_id", "reserve_id")}
    assert (classes[hall.people["Dora"]], classes[hall.people["Carla"]]) == (kept, None)
    assert hall.take("Dora").state == "registered"
    assert [one.taken for one in hall.do(lambda unit: reserves.of_session(unit, hall.id))] == [1]


def test_fewer_kept_places_are_offered_on_and_more_are_refused_once_it_is_open(store: Store) -> None:
    town = Town.on(store)
    line = f'reserved = {{"{LABEL}" = 1}}\n'
    text = PLAN.read_text(encoding="utf-8").replace("capacity = 40\n", f"capacity = 2\n{line}", 1)

    def loaded(text: str) -> load.Report:
        parsed = planfile.parse(text, "plan.toml")
        return store.do(lambda unit: load.load(unit, parsed, parts(), timezone="America/Panama"))

    report = loaded(text)
    assert any("open" in one for one in report.warnings)  # sm1 is published already
    assert town.count(t.reserve) == 0
    store.do(lambda unit: unit.db.execute(update(t.session).values(state="draft")))
    assert not loaded(text).warnings
    assert [(row.label, row.places) for row in town.rows(t.reserve, "label", "places")] == [(LABEL, 1)]
    assert "session sm1" not in loaded(text).changed
    meeting = next(row.id for row in town.rows(t.session, "id", "code") if row.code == "sm1")
    for who in (town.neighbour("Ana"), town.neighbour("Berta")):
        store.do(lambda unit, who=who: r.sign_up(unit, meeting, who, "sms"))  # type: ignore[misc]
    assert town.count(t.registration, state="waiting") == 1
    loaded(text.replace(line, ""))
    assert town.count(t.registration, state="offered") == 1
    shown = [s for lab in store.read(status.read).labs for s in lab.sessions if s.code == "sm1"]
    assert shown[0].reserved == {}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('reserved = {"mujeres" = 5}', "says who a person is"),
        ('reserved = {"personas con discapacidad" = 5}', "says who a person is"),
        ('reserved = {"quien viene con niños" = 41}', "more places are reserved than the 40"),
        ('reserved = {"quien viene con niños" = 0}', "greater than or equal to 1"),
        ('needs = ["food"]', "transport"),
    ],
)
def test_a_plan_is_told_what_can_not_be_kept(line: str, told: str) -> None:
    text = PLAN.read_text(encoding="utf-8").replace("capacity = 40\n", f"capacity = 40\n{line}\n", 1)
    with pytest.raises(BadPlan, match=told):
        checked(text)


def checked(text: str) -> None:
    """What `load` looks at before it touches the database."""
    if found := faults(planfile.parse(text, "plan.toml"), load.known(parts())):
        raise BadPlan(found)
