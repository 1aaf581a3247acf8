"""Calling off a session: everybody who meant to come hears it once, and nothing else is sent about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.actions import announce, suspend
from bot.broadcast import Ledger
from bot.errors import Refused
from storage import clock, labs, registrations
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import BEGINS, PANAMA, Town


@pytest.fixture
def town(store: Store) -> Town:
    return Town.on(store)


def look(town: Town, because: str = "lluvia", code: str = "sm1") -> suspend.Preview:
    return town.store.read(lambda unit: suspend.preview(unit, town.app.catalogues, code, because))


def call_off(town: Town, expect: int | None = None, because: str = "lluvia") -> Ledger:
    people = look(town, because).people if expect is None else expect
    words = town.app.catalogues
    return town.store.do(lambda unit: suspend.suspend(unit, words, "sm1", because, by="ana", expect=people))


def comes(town: Town, name: str, act: Callable[[Unit, int, int], Any]) -> int:
    """A neighbour who does this with the session."""
    person = town.neighbour(name)
    meeting = town.store.read(lambda unit: labs.session_by_code(unit, "sm1"))
    assert meeting is not None
    town.store.do(lambda unit: act(unit, meeting.id, person))
    return person


def goes(unit: Unit, session: int, person: int) -> None:
    registrations.sign_up(unit, session, person, "sms")


def answers(state: str) -> Callable[[Unit, int, int], Any]:
    return lambda unit, session, person: registrations.answer_otherwise(unit, session, person, state, "sms")


def told(town: Town, kind: str) -> list[int]:
    """Who is a recipient of broadcasts of this kind, and pending."""
    query = (
        select(t.recipient.c.person_id)
        .join(t.broadcast, t.broadcast.c.id == t.recipient.c.broadcast_id)
        .where(t.broadcast.c.kind == kind, t.recipient.c.state == "pending")
        .order_by(t.recipient.c.person_id)
    )
    return town.store.read(lambda unit: list(unit.db.execute(query).scalars()))


def test_who_was_coming_waiting_or_unsure_is_told_and_nobody_else(town: Town) -> None:
    town.capacity("sm1", 1)
    ana = comes(town, "Ana", goes)
    kevin = comes(town, "Kevin", goes)
    luz = comes(town, "Luz", answers("unsure"))
    comes(town, "Rosa", answers("declined"))
    town.neighbour("Otilia")
    seen = look(town)
    assert (seen.people, seen.segments) == (3, 3)
    assert call_off(town).audience == 3
    assert told(town, "suspension") == [ana, kevin, luz]


def test_twice_is_once(town: Town) -> None:
    comes(town, "Ana", goes)
    first = call_off(town)
    again = call_off(town)
    assert again.broadcast_id == first.broadcast_id == (look(town).done_before or first).broadcast_id
    assert town.count(t.outbox) == 1
    assert town.count(t.audit_event, kind="session_suspended") == 1


def test_another_number_of_people_changes_nothing(town: Town) -> None:
    comes(town, "Ana", goes)
    with pytest.raises(Refused, match="Son 1"):
        call_off(town, expect=2)
    assert town.count(t.session, code="sm1", state="published") == 1
    assert town.count(t.outbox) == 0


@pytest.mark.parametrize(
    ("because", "code", "why"),
    [
        ("", "sm1", "Falta la razón"),
        (" . ", "sm1", "Falta la razón"),
        ("\x01\u202e😀", "sm1", "Falta la razón"),
        ("x" * 41, "sm1", "40 letras"),
        ("lluvia", "zz9", "No hay una sesión zz9"),
    ],
)
def test_what_can_not_be_called_off_says_why(town: Town, because: str, code: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        look(town, because, code)


def test_a_session_that_has_begun_is_not_called_off(town: Town) -> None:
    town.store.do(lambda unit: clock.to(unit, datetime(2026, 11, 21, 16, 0, tzinfo=PANAMA)))
    with pytest.raises(Refused, match="ya empezó"):
        call_off(town, expect=0)


def test_invitations_and_reminders_that_wait_are_taken_back(town: Town) -> None:
    comes(town, "Ana", goes)
    otilia = town.neighbour("Otilia")
    words = town.app.catalogues
    town.store.do(lambda unit: announce.announce(unit, words, "sm1", "ana", 1))
    assert told(town, "invitation") == [otilia]
    call_off(town)
    assert told(town, "invitation") == []
    assert town.count(t.reminder, state="pending") == town.count(t.reminder) - 2  # of the other session
    town.at(datetime(2026, 11, 20, 17, 0, tzinfo=PANAMA))
    assert told(town, "reminder") == []


def test_an_offered_place_is_offered_no_more(town: Town) -> None:
    town.capacity("sm1", 1)
    comes(town, "Ana", goes)
    kevin = comes(town, "Kevin", goes)
    town.capacity("sm1", 2)
    meeting = town.store.read(lambda unit: labs.session_by_code(unit, "sm1"))
    assert meeting is not None
    town.store.do(lambda unit: registrations.fill_places(unit, meeting.id))
    call_off(town)
    town.at(BEGINS + timedelta(days=3))
    assert told(town, "offer") == []
    place = town.store.read(lambda unit: registrations.place_of(unit, meeting.id, kevin))
    assert place is not None
    assert place.state == "waiting"


@pytest.mark.parametrize(("hour", "due"), [((12, 21), (13, 8)), ((21, 6), (21, 6))])
def test_it_waits_for_the_morning_but_not_on_the_day_itself(
    town: Town, hour: tuple[int, int], due: tuple[int, int]
) -> None:
    comes(town, "Ana", goes)
    town.store.do(lambda unit: clock.to(unit, datetime(2026, 11, *hour, tzinfo=PANAMA)))
    at = call_off(town).due_at.astimezone(PANAMA)
    assert (at.day, at.hour) == due
