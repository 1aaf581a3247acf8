"""Places and the waiting list: exact in a rush, nobody skipped, every path that frees a place goes on to the next."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Update, insert, select, update

from storage import clock, codes
from storage import registrations as r
from storage import tables as t
from storage.store import Store, Unit
from storage.waking import offer_deadline, waking_hours
from tests.kit import PANAMA, Town
from tests.people.hall import Hall

PLACES, PEOPLE, THREADS = 40, 200, 20
AGO = datetime(2026, 11, 1, 12, tzinfo=UTC)
ALL = ("Ana", "Berta", "Carla", "Dora", "Elsa")
LINE = {"channel": "sms", "via": "twilio", "name": "old line", "interval_us": 1, "off_at": AGO}


# --- the rush -----------------------------------------------------------------------------------------------------


def test_200_at_once_for_40_places_are_exactly_40_and_an_orderly_queue(store: Store) -> None:
    hall = Hall.of(store, PLACES)
    hall.come(*(f"Vecina {n}" for n in range(PEOPLE)))
    served: list[int] = []  # in the order of the commits: the session's row is locked until then
    told: dict[int, r.Place] = {}
    start = threading.Barrier(THREADS)

    def sign_up(person: int) -> Callable[[Unit], r.Place]:
        def work(unit: Unit) -> r.Place:
            place = r.sign_up(unit, hall.id, person, "sms")
            served.append(person)
            return place

        return work

    def rush(mine: list[int]) -> None:
        start.wait()
        waiting = {person: store.write(sign_up(person), lane=f"{person}") for person in mine}
        told.update({person: future.result() for person, future in waiting.items()})

    everybody = list(hall.people.values())
    threads = [threading.Thread(target=rush, args=(everybody[n::THREADS],)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(served) == sorted(everybody)  # nobody twice
    assert [told[person].state for person in served] == ["registered"] * PLACES + ["waiting"] * (PEOPLE - PLACES)
    assert [told[person].position for person in served[PLACES:]] == list(range(1, PEOPLE - PLACES + 1))
    assert (hall.town.count(t.registration), hall.town.count(t.registration_log)) == (PEOPLE, PEOPLE)
    now = store.read(lambda unit: [r.place_of(unit, hall.id, person) for person in served])
    assert now == [told[person] for person in served]


def test_codes_are_never_one_slip_apart(store: Store) -> None:
    hall = Hall.of(store, None)
    places = hall.sign_up(*(f"Vecina {n}" for n in range(60)))
    given_out = [place.code for place in places]
    assert all(len(code) == 4 and set(code) <= set(codes.ALPHABET) for code in given_out)
    assert min(codes.differs(a, b) for a in given_out for b in given_out if a is not b) >= 2


def test_who_waits_has_no_code_and_a_large_hall_has_longer_ones(store: Store) -> None:
    hall = Hall.of(store, 1)
    assert [place.code == "" for place in hall.sign_up("Ana", "Berta")] == [False, True]
    hall.fill(1001)
    assert len(hall.take("Berta").code) == 5


# --- asking twice -------------------------------------------------------------------------------------------------


def test_a_second_request_keeps_the_first_place(store: Store) -> None:
    hall = Hall.of(store, 1)
    first = hall.sign_up(*ALL)
    assert hall.sign_up(*reversed(ALL)) == first[::-1]
    assert hall.town.count(t.registration_log) == len(ALL)


def test_the_same_person_on_two_phones_at_once_is_one(store: Store) -> None:
    hall = Hall.of(store, 3)
    hall.come("Ana")
    who = hall.people["Ana"]
    both = [store.write(lambda unit: r.sign_up(unit, hall.id, who, "sms"), lane=f"{n}") for n in range(8)]
    assert len({future.result() for future in both}) == 1
    assert hall.town.count(t.registration) == 1


def test_who_comes_back_after_leaving_stands_at_the_end(store: Store) -> None:
    hall = Hall.of(store, 1)
    (kept, *_) = hall.sign_up("Ana", "Berta", "Carla", "Dora")
    hall.cancel("Berta")
    hall.cancel("Ana")
    hall.sign_up("Berta", "Ana")
    assert hall.states("Carla", "Dora", "Berta", "Ana") == "offered waiting 1 waiting 2 waiting 3"
    hall.fill(4)
    assert hall.take("Ana").code == kept.code


# --- every path that frees a place --------------------------------------------------------------------------------

Step = Callable[[Hall], object]


def cancel(name: str) -> Step:
    return lambda hall: hall.cancel(name)


def otherwise(name: str, state: str) -> Step:
    return lambda hall: hall.otherwise(name, state)


def later(days: int, *, ticking: bool) -> Step:
    def step(hall: Hall) -> None:
        hall.do(lambda unit: clock.forward(unit, timedelta(days=days)))
        if ticking:
            hall.tick()

    return step


FREEING: dict[str, tuple[list[Step], str]] = {
    "no voy": ([cancel("Ana")], "cancelled registered offered waiting 1 waiting 2"),
    "a no to the invitation": ([otherwise("Ana", "declined")], "cancelled registered offered waiting 1 waiting 2"),
    "not sure any more": ([otherwise("Ana", "unsure")], "unsure registered offered waiting 1 waiting 2"),
    "two go": ([cancel("Ana"), cancel("Berta")], "cancelled cancelled offered offered waiting 1"),
    "an offer is refused": (
        [cancel("Ana"), otherwise("Carla", "declined")],
        "cancelled registered declined offered waiting 1",
    ),
    "no voy to an offer": ([cancel("Ana"), cancel("Carla")], "cancelled registered declined offered waiting 1"),
    "an offer runs out": (
        [cancel("Ana"), later(2, ticking=True)],
        "cancelled registered waiting 2 offered waiting 1",
    ),
    "a yes that comes too late": (
        [cancel("Ana"), later(2, ticking=False), lambda hall: hall.take("Carla")],
        "cancelled registered waiting 2 offered waiting 1",
    ),
    "more places": ([lambda hall: hall.fill(4)], "registered registered offered offered waiting 1"),
    "places for all": ([lambda hall: hall.fill(40)], "registered registered offered offered offered"),
    "one leaves the queue": ([cancel("Carla")], "registered registered declined waiting 1 waiting 2"),
}


@pytest.mark.parametrize("gone", [{"opted_out_at": AGO}, {"reachable": False}, {"forget": True}, {"value": None}])
def test_who_can_not_be_told_is_passed_over_and_keeps_her_turn(store: Store, gone: dict[str, Any]) -> None:
    hall = Hall.of(store, 1)
    hall.sign_up("Ana", "Berta", "Carla", "Dora")
    phone = select(t.contact.c.address_id).where(t.contact.c.person_id == hall.people["Berta"])
    hers = update(t.address).where(t.address.c.id.in_(phone))
    hall.do(lambda unit: unit.db.execute(hers.values(**gone)))
    hall.cancel("Ana")
    assert hall.states("Berta", "Carla", "Dora") == "waiting 1 offered waiting 2"
    hall.cancel("Carla")
    hall.cancel("Dora")
    back = {"opted_out_at": None, "reachable": True, "forget": False, "value": "+50761234567"}
    hall.do(lambda unit: unit.db.execute(hers.values(**back)))
    hall.tick()
    assert hall.states("Berta", "Carla", "Dora") == "offered declined declined", "nobody else has to move for that"


@pytest.mark.parametrize("path", FREEING)
def test_a_freed_place_goes_to_exactly_the_next(store: Store, path: str) -> None:
    hall = Hall.of(store, 2)
    hall.sign_up(*ALL)
    steps, after = FREEING[path]
    for step in steps:
        step(hall)
    assert hall.states(*ALL) == after
    hall.fill()
    assert hall.states(*ALL) == after  # looking again changes nothing


@pytest.mark.parametrize("words", [("NO VOY",), ("BORRAR", "BORRAR"), ("número equivocado", "BORRAR")])
def test_a_place_given_back_by_chat_goes_to_the_next_who_is_told(store: Store, words: tuple[str, ...]) -> None:
    town = Town.on(store)
    town.capacity("sm1", 1)
    ana, berta = town.phone("sms", "C"), town.phone("sms", "C2")
    for phone, name in ((ana, "Ana"), (berta, "Berta")):
        for reply in ("SANMARTIN", "1", name, "1", "1"):
            phone.say(reply)
    assert town.count(t.registration, state="waiting") == 1
    for word in words:
        ana.say(word)
    town.tick()
    (offered,) = berta.read()
    assert offered.text.startswith("Berta, se abrio un lugar para el sab 21 nov, 3:30 pm. Tienes hasta el ")
    assert berta.say("1")[0].text.startswith("El lugar es tuyo, Berta.")
    assert (town.count(t.registration, state="registered"), town.count(t.registration, state="offered")) == (1, 0)


def test_a_late_answer_to_an_old_invitation_does_not_undo_that_she_came(store: Store) -> None:
    hall = Hall.of(store, 1)
    hall.sign_up("Ana")
    for state in ("attended", "no_show"):
        hall.do(lambda unit, s=state: unit.db.execute(update(t.registration).values(state=s)))  # type: ignore[misc]
        hall.otherwise("Ana", "declined")
        assert not hall.cancel("Ana")
        assert hall.states("Ana") == state


def test_every_change_is_in_the_log_with_who_and_why(store: Store) -> None:
    hall = Hall.of(store, 1)
    hall.sign_up("Ana", "Berta")
    hall.cancel("Ana")
    hall.town.at(datetime(2026, 11, 14, 10, 1, tzinfo=PANAMA))  # the offer ran out, and with nobody else came again
    hall.take("Berta")
    log = hall.town.rows(t.registration_log, "from_state", "to_state", "by", "reason")
    assert [tuple(row) for row in log] == [
        (None, "registered", "person", None),
        (None, "waiting", "person", None),
        ("registered", "cancelled", "person", "no voy"),
        ("waiting", "offered", "system", None),
        ("offered", "waiting", "system", "sin respuesta"),
        ("waiting", "offered", "system", None),
        ("offered", "registered", "person", None),
    ]


# --- how many ------------------------------------------------------------------------------------------------------


def test_no_number_of_places_means_there_is_always_one(store: Store) -> None:
    hall = Hall.of(store, None)
    assert {place.state for place in hall.sign_up(*(f"Vecina {n}" for n in range(50)))} == {"registered"}


def test_no_places_means_closed(store: Store) -> None:
    hall = Hall.of(store, 0)
    hall.sign_up("Ana", "Berta")
    assert hall.states("Ana", "Berta") == "waiting 1 waiting 2"
    hall.fill()
    hall.tick()
    assert hall.states("Ana", "Berta") == "waiting 1 waiting 2"


def test_fewer_places_than_people_send_nobody_away(store: Store) -> None:
    hall = Hall.of(store, 3)
    hall.sign_up(*ALL)
    hall.fill(1)
    assert hall.states(*ALL) == "registered registered registered waiting 1 waiting 2"
    hall.cancel("Ana")
    hall.cancel("Berta")
    assert hall.states("Carla", "Dora") == "registered waiting 1"
    hall.cancel("Carla")
    assert hall.states("Dora", "Elsa") == "offered waiting 1"


def changed(hall: Hall, query: Update) -> None:
    hall.do(lambda unit: unit.db.execute(query))


def test_who_is_on_a_line_that_is_switched_off_is_passed_over_until_it_is_on(store: Store) -> None:
    hall = Hall.of(store, 1)
    hall.sign_up("Ana", "Berta", "Carla")
    off = hall.do(lambda unit: unit.db.execute(insert(t.sender).values(**LINE).returning(t.sender.c.id)).scalar_one())
    hers = select(t.contact.c.address_id).where(t.contact.c.person_id == hall.people["Berta"])
    changed(hall, update(t.address).where(t.address.c.id.in_(hers)).values(sender_id=off))
    hall.cancel("Ana")
    assert hall.states("Berta", "Carla") == "waiting 1 offered"
    hall.fill(2)
    hall.tick()
    assert hall.states("Berta") == "waiting 1"
    changed(hall, update(t.sender).where(t.sender.c.id == off).values(off_at=None))
    hall.tick()
    assert hall.states("Berta", "Carla") == "offered offered"


def test_nor_is_a_place_offered_to_who_took_her_permission_back(store: Store) -> None:
    hall = Hall.of(store, 1)
    hall.sign_up("Ana", "Berta", "Carla")
    changed(hall, update(t.consent).where(t.consent.c.person_id == hall.people["Berta"]).values(withdrawn_at=AGO))
    hall.cancel("Ana")
    assert hall.states("Berta", "Carla") == "waiting 1 offered"


def test_a_place_that_is_held_without_an_offer_is_offered_by_the_tick(store: Store) -> None:
    """An older version let the offer go and not the place: only her own answer healed that."""
    hall = Hall.of(store, 1)
    hall.sign_up("Ana", "Berta", "Carla")
    hall.cancel("Ana")
    hall.tick()
    changed(hall, update(t.offer).values(answer="expired", answered_at=AGO, expiry_told_id=1))
    hall.tick()
    assert hall.states("Berta", "Carla") == "offered waiting 1"
    assert hall.town.count(t.offer, answer=None) == 1
    assert hall.town.count(t.broadcast, kind="offer") == 2
    assert hall.take("Berta").state == "registered"


def test_a_place_that_is_held_for_nobody_goes_on_to_the_next(store: Store) -> None:
    hall = Hall.of(store, 1)
    hall.sign_up("Ana", "Berta", "Carla")
    hall.cancel("Ana")
    changed(hall, update(t.offer).values(answer="expired", answered_at=AGO, expiry_told_id=None))
    changed(hall, update(t.registration).where(t.registration.c.state == "offered").values(person_id=None))
    hall.tick()
    assert hall.states("Carla") == "offered"


# --- until when an offer is held ----------------------------------------------------------------------------------

SATURDAY = datetime(2026, 11, 21, 15, 30, tzinfo=PANAMA)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-19 19:00", "2026-11-20 17:00"),  # conversations.md 6: 20.5 waking hours left, so Friday 5 pm
        ("2026-11-12 10:00", "2026-11-14 10:00"),  # plenty of time: 24 waking hours are two days
        ("2026-11-12 10:59", "2026-11-14 10:00"),  # rounded down to the hour
        ("2026-11-19 23:00", "2026-11-20 17:00"),  # at night it begins at 08:00: 19.5 left, 9.75 of them
        ("2026-11-20 05:00", "2026-11-20 17:00"),
        ("2026-11-21 07:00", "2026-11-21 11:00"),  # 7.5 left, half is 3.75
        ("2026-11-21 12:00", "2026-11-21 14:00"),  # 3.5 left: never less than 2
        ("2026-11-21 12:30", "2026-11-21 14:00"),  # exactly 3
        ("2026-11-21 12:31", None),  # less than 3: no offers any more
        ("2026-11-21 15:30", None),
        ("2026-11-22 10:00", None),
    ],
)
def test_an_offer_is_held_for_half_of_the_waking_hours_left(now: str, until: str | None) -> None:
    moment = datetime.strptime(now, "%Y-%m-%d %H:%M").replace(tzinfo=PANAMA)
    told = offer_deadline(moment, SATURDAY, PANAMA)
    assert (told and told.astimezone(PANAMA).strftime("%Y-%m-%d %H:%M")) == until


def test_waking_hours_left_on_the_thursday_before() -> None:
    assert waking_hours(datetime(2026, 11, 19, 19, 0, tzinfo=PANAMA), SATURDAY, PANAMA) == 20.5


ZONES = ("America/Panama", "America/Santiago", "Pacific/Easter", "America/Lima")
MINUTES = 60 * 24 * 200


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    asked=st.integers(0, MINUTES),
    ahead=st.integers(-600, 60 * 24 * 9),
)
def test_a_deadline_is_a_full_waking_hour_before_the_start(zone: ZoneInfo, asked: int, ahead: int) -> None:
    now = datetime(2026, 6, 1, tzinfo=ZoneInfo("UTC")) + timedelta(minutes=asked)  # Chile's clocks change in September
    starts = now + timedelta(minutes=ahead)
    left = waking_hours(now, starts, zone)
    until = offer_deadline(now, starts, zone)
    assert (until is None) == (left < 3)
    if until is not None:
        assert now < until < starts
        here = until.astimezone(zone)
        assert (here.minute, here.second, here.microsecond) == (0, 0, 0)
        assert 8 <= here.hour <= 20
        held = waking_hours(now, until, zone)
        assert min(max(left / 2, 2), 24) - 1 < held <= 24


def test_an_offer_that_nobody_answers_goes_on_until_the_offers_end(store: Store) -> None:
    """From person to person, told once each, never at night; from three waking hours before the start no more."""
    hall = Hall.of(store, 1)
    hall.sign_up(*ALL)
    hall.cancel("Ana")
    for hour in range(0, 24 * 10, 3):
        hall.town.at(datetime(2026, 11, 12, 10, 0, tzinfo=PANAMA) + timedelta(hours=hour, seconds=1))
    offers = hall.town.rows(t.offer, "registration_id", "made_at", "expires_at", "answer")
    assert [row.answer for row in offers] == ["expired"] * len(offers)
    registered = [row.id for row in hall.town.rows(t.registration, "id")]  # in the order they came
    assert [row.registration_id for row in offers][:4] == registered[1:]
    assert all(8 <= row.expires_at.astimezone(PANAMA).hour <= 20 for row in offers)
    assert all(8 <= row.made_at.astimezone(PANAMA).hour <= 20 for row in offers)
    assert offers[-1].made_at < SATURDAY - timedelta(hours=3)
    told = hall.town.store.read(lambda unit: unit.db.execute(select(t.outbox.c.due_at)).scalars().all())
    assert all(8 <= at.astimezone(PANAMA).hour < 20 for at in told)
    assert hall.states(*ALL[1:]).count("waiting") == 4
