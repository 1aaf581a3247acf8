"""Whatever happens in whatever order: places are exact, the queue is a queue, nobody is lost, all of it is logged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from storage import labs, reserves
from storage import registrations as r
from storage.store import Store, Unit
from storage.tables import offer, registration, registration_log, session
from storage.waking import offer_deadline
from tests.conftest import SECRET
from tests.people.hall import Hall

PEOPLE = 7
WANTS, WANTS_NOT = ("registered", "waiting", "offered"), ("declined", "cancelled", "unsure")

# Mostly people who answer; places are added now and then.
ANSWERS = ("sign_up", "sign_up", "with_children", "with_children", "cancel", "declined", "unsure", "take")
PARTIES = ("together", "together", "more", "fewer")
acts = st.lists(
    st.tuples(
        st.sampled_from((*ANSWERS * 3, *PARTIES * 2, "hours", "hours", "hours", "places", "look")),
        st.integers(0, PEOPLE - 1),
    ),
    min_size=15,
    max_size=50,
)


class Undone(Exception):
    """The example has been played; nothing of it stays."""


@dataclass(slots=True)
class Play:
    """One sequence of acts on one session, looked at after each."""

    unit: Unit
    hall: Hall
    people: list[int]
    wants: dict[int, bool] = field(default_factory=dict)  # of those who ever answered
    queue: list[tuple[int, int | None]] = field(default_factory=list)  # (registration, class) after the last act
    reserved: list[int] = field(default_factory=list)  # the reserve's id, where there is one

    def act(self, name: str, value: int) -> None:
        """Do it, as the turn, the clock or the plan would."""
        match name:
            case "hours":
                self.unit.now += timedelta(hours=4 * value)
                if r.expire_offers(self.unit):
                    r.fill_places(self.unit, self.hall.id)
            case "places":
                more = update(session).where(session.c.id == self.hall.id)
                self.unit.db.execute(more.values(capacity=session.c.capacity + value % 2))
                r.fill_places(self.unit, self.hall.id)
            case "look":
                r.fill_places(self.unit, self.hall.id)
            case _:
                self.answers(name, self.people[value])

    def answers(self, name: str, who: int) -> None:
        """A person says something."""
        unit, meeting = self.unit, self.hall.id
        if name == "sign_up":
            self.wanted(who, r.sign_up(unit, meeting, who, "sms"))
        elif name == "with_children":
            self.wanted(who, r.sign_up(unit, meeting, who, "sms", reserve_id=next(iter(self.reserved), None)))
        elif name == "together":
            self.wanted(who, r.sign_up(unit, meeting, who, "sms", party=2 + who % 2))
        elif name in ("more", "fewer"):
            place = r.place_of(unit, meeting, who)
            if place and place.state in ("registered", "waiting"):
                r.resize(unit, meeting, who, max(1, place.party + (1 if name == "more" else -1)), "sms")
        elif name == "take" and who in self.wants:
            r.take_offer(unit, meeting, who)
        elif name == "cancel" and r.cancel(unit, meeting, who, "sms"):
            self.wants[who] = False
        elif name in ("declined", "unsure"):
            r.answer_otherwise(unit, meeting, who, name, "sms")
            if not labs.begun(unit, meeting):  # then nothing is stored
                self.wants[who] = False

    def wanted(self, who: int, place: r.Place) -> None:
        """After the beginning nobody gets a place, and nothing is stored."""
        if place.state != "over":
            self.wants[who] = True

    def holds(self) -> None:
        """What is true at every moment."""
        everybody = self.rows()
        rows = [row for row in everybody if row.person_id is not None]
        self.places(everybody)
        self.in_step(everybody)
        assert {row.person_id: row.state in WANTS for row in rows} == self.wants
        assert all(row.state in WANTS + WANTS_NOT for row in everybody)
        live = select(offer.c.registration_id).where(offer.c.answer.is_(None)).order_by(offer.c.registration_id)
        assert list(self.unit.db.execute(live).scalars()) == [row.id for row in rows if row.state == "offered"]
        self.in_a_queue(rows, Counter(row.party_id for row in everybody))
        self.logged(everybody)

    def rows(self) -> list[Any]:
        """Every registration."""
        return list(self.unit.db.execute(select(registration).order_by(registration.c.id)))

    def places(self, rows: list[Any]) -> None:
        """Never more than there are; none is left empty while somebody waits and offers are still made."""
        meeting = self.unit.db.execute(select(session).where(session.c.id == self.hall.id)).one()
        held = sum(row.state in r.HOLDING for row in rows)
        assert held <= meeting.capacity
        assert r.taken(self.unit, self.hall.id) == held
        waits = [row for row in rows if row.state == "waiting" and row.person_id is not None]
        along = Counter(row.party_id for row in rows)
        least = min((1 + along[row.id] for row in waits), default=0)
        offers = offer_deadline(self.unit.now, meeting.starts_at, ZoneInfo(meeting.tz))
        assert not waits or offers is None or reserves.free(self.unit, self.hall.id) < least
        for one in reserves.of_session(self.unit, self.hall.id):
            general = sum(row.state in r.HOLDING and row.reserve_id != one.id for row in rows)
            assert one.taken <= one.places
            assert general <= meeting.capacity - one.places
            theirs = [1 + along[row.id] for row in waits if row.reserve_id == one.id]
            assert not theirs or offers is None or min(one.left, reserves.room(self.unit, self.hall.id)) < min(theirs)

    def in_step(self, rows: list[Any]) -> None:
        """Who comes along is in the state of whom they come with, among the same places, and has no turn of its own."""
        leaders = {row.id: row for row in rows}
        for row in rows:
            if row.party_id is not None:
                lead = leaders[row.party_id]
                assert (row.state, row.reserve_id) == (lead.state, lead.reserve_id)
                assert (row.queue_key, row.code, lead.party_id) == (None, None, None)

    def in_a_queue(self, rows: list[Any], along: Counter[int]) -> None:
        """Places are told as 1, 2, 3 ...; who stood before another still does; who is new stands at the end."""
        queue = sorted((row for row in rows if row.state == "waiting"), key=lambda row: row.queue_key)
        told = [r.place_of(self.unit, self.hall.id, row.person_id) for row in queue]
        assert [place.position for place in told if place] == list(range(1, len(queue) + 1))
        now, before = [row.id for row in queue], [id for id, _class in self.queue]
        stayed = [id for id in before if id in now]
        assert now[: len(stayed)] == stayed
        states = {row.id: row.state for row in rows}
        for kind in {(one, along[id]) for id, one in self.queue}:  # the first of each class and size are served first
            alike = [id for id, one in self.queue if (one, along[id]) == kind]
            served = [states[id] for id in alike if states[id] in ("waiting", "offered")]
            assert served == sorted(served)  # 'offered' before 'waiting'
        self.queue = [(row.id, row.reserve_id) for row in queue]

    def logged(self, rows: list[Any]) -> None:
        """The log of each registration tells how it came to its state, without a gap."""
        state: dict[int, str | None] = {row.id: None for row in rows}
        for step in self.unit.db.execute(select(registration_log).order_by(registration_log.c.id)):
            assert step.from_state == state[step.registration_id]
            state[step.registration_id] = step.to_state
        assert state == {row.id: row.state for row in rows}


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Any) -> Iterator[Hall]:
    """One database for all examples: each is undone."""
    path = tmp_path_factory.mktemp("property") / "convoca.db"
    path.write_bytes(sqlite_template.read_bytes())
    with Store(f"sqlite:///{path}", SECRET) as store:
        hall = Hall.of(store, 2)
        hall.come(*(f"Vecina {n}" for n in range(PEOPLE)))
        yield hall


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(capacity=st.integers(0, 3), kept=st.integers(0, 2), begins=st.integers(0, 9 * 24), acts=acts)
def test_places_are_exact_and_nobody_is_lost(
    hall: Hall, capacity: int, kept: int, begins: int, acts: list[tuple[str, int]]
) -> None:
    def work(unit: Unit) -> None:
        unit.now = datetime(2026, 11, 12, 10, tzinfo=ZoneInfo("America/Panama")) + timedelta(hours=begins)
        unit.db.execute(update(session).where(session.c.id == hall.id).values(capacity=capacity))
        wanted = {"quien viene con niños": min(kept, capacity)} if kept and capacity else {}
        reserves.write(unit, hall.id, wanted, lower_only=False)
        ids = [one.id for one in reserves.of_session(unit, hall.id)]
        play = Play(unit, hall, list(hall.people.values()), reserved=ids)
        for name, value in acts:
            play.act(name, value)
            play.holds()
        raise Undone

    with suppress(Undone):
        hall.do(work)
    assert hall.town.count(registration) == 0
