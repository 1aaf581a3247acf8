"""The table of people.md 4.2, line by line: on the day before it is there, on the day after it is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Table

from bot.clock import OWN
from storage import clock, site
from storage import tables as t
from storage.store import Store
from tests.kit import BEGINS, PANAMA, Town

DAY = timedelta(days=1)
Kept = Callable[[Town], bool]


def words(town: Town) -> bool:
    """What Ana wrote and was told."""
    said = [row.payload for row in town.rows(t.inbound, "payload")]
    told = [row.body for row in town.rows(t.outbox, "body")]
    piled = [row.text for row in town.rows(t.not_understood, "text")]
    everything = [any(said), any(told), any(piled)]
    assert len(set(everything)) == 1, everything  # all of it or none
    return everything[0]


def stranger(town: Town) -> bool:
    """The number of who only said hello."""
    return town.rows(t.address, "value")[1].value is not None


def piled(town: Town) -> bool:
    """That somebody was not understood."""
    return town.count(t.not_understood) > 0


def copy(town: Town) -> bool:
    """A link to her copy."""
    return town.count(t.copy_link) > 0


def need(town: Town) -> bool:
    """What she needs to come, until a week after the meeting."""
    return town.count(t.need) > 0


def unpublished(town: Town) -> bool:
    """Words of an idea that she took back."""
    return any(row.text for row in town.rows(t.contribution, "text"))


def appealed(town: Town) -> bool:
    """Why she did not agree, once it was answered."""
    return any(row.text for row in town.rows(t.appeal, "text"))


def registered(town: Town) -> bool:
    """Who she is, and that the place is hers, until a year after the last thing that happened in her lab."""
    hers = [row.person_id is not None for row in town.rows(t.registration, "person_id")]
    named = [row.name is not None for row in town.rows(t.person, "name")]
    assert hers == named
    return named[0]


MEETS = datetime(2026, 11, 21, 15, 30, tzinfo=PANAMA)
LAST = datetime(2026, 12, 12, 15, 30, tzinfo=PANAMA)  # the lab's second meeting


def put(town: Town, table: Table, **values: object) -> None:
    """A row, straight into the table."""
    town.store.do(lambda unit: unit.db.execute(table.insert().values(**values)))


def ana(town: Town) -> None:
    """She signs up, is not understood once, needs something, asks for her copy, takes an idea back.

    Another phone only says hello.
    """
    phone = town.phone("sms", "C")
    town.store.do(lambda unit: site.remember(unit, "https://convoca.example"))
    for reply in ("SANMARTIN", "1", "Ana", "1", "1", "que cosa tan rara", "COPIA", "IDEA no hay luz en la cancha", "3"):
        phone.say(reply)
    phone.say("QUITAR IDEA 1")
    town.phone("sms", "C2").say("hola")
    one, now = town.rows(t.registration, "id")[0].id, town.store.read(lambda unit: unit.now)
    put(town, t.need, registration_id=one, kind="ramp", at=now, erase_on=(MEETS + 7 * DAY).date())
    about = {"contribution_id": town.rows(t.contribution, "id")[0].id, "about": "outcome", "text": "no es asi"}
    answer = {"answer": "kept", "answered_by": "staff:B", "answered_at": now}
    put(town, t.appeal, **about, first_by="staff:A", at=now, due_at=now, **answer)


@pytest.mark.parametrize(
    ("kept", "until"),
    [
        (words, BEGINS + 30 * DAY),
        (stranger, BEGINS + 7 * DAY),
        (piled, BEGINS + 180 * DAY),
        (copy, BEGINS + 3 * DAY),
        (need, datetime(2026, 11, 28, tzinfo=PANAMA)),
        (unpublished, BEGINS + 30 * DAY),
        (appealed, BEGINS + 180 * DAY),
        (registered, LAST + 365 * DAY),
    ],
)
def test_it_is_there_the_day_before_and_gone_the_day_after(store: Store, kept: Kept, until: datetime) -> None:
    town = Town.on(store)
    ana(town)
    for moment, there in ((until - DAY, True), (until + DAY, False)):
        store.do(partial(clock.to, moment=moment))
        for tick in OWN:
            store.do(tick.work)
        assert kept(town) is there, moment
