"""A session that moves: those who received the invitation or are coming are told once, and nobody else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.actions import changed
from bot.actions.changed import Change
from bot.errors import Refused
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import PANAMA, parts
from tests.staff.crew import Crew

WORDS = parts().catalogues
FOUR = datetime(2026, 11, 21, 16, 0, tzinfo=PANAMA)


def change(store: Store, **how: Any) -> Any:
    what = Change(starts_at=how.pop("at", None), place=how.pop("place", None))
    return store.do(lambda unit: changed.change(unit, WORDS, "sm1", what, by="t", **how))


def test_exactly_those_invited_or_coming_are_told_once(store: Store) -> None:
    crew = Crew(store)
    crew.town.fill("sm1", 2)  # they have a place
    for n in range(3):
        crew.town.neighbour(f"Invitada {n}")
    phone = crew.join("F")
    crew.said(phone, "INVITAR sm1", "2", "ENVIAR 3")
    delivered = t.recipient.update().values(state="sent")
    store.do(lambda unit: unit.db.execute(delivered))
    crew.town.neighbour("Nadie le escribió")
    told = change(store, at=FOUR, expect=5)
    assert (told.audience, told.pending) == (5, 5)
    assert crew.town.count(t.broadcast, kind="change") == 1
    bodies = [row.body["text"] for row in crew.town.rows(t.broadcast_text, "body", "broadcast_id")]
    assert any("sab 21 nov, 4 pm" in text for text in bodies)
    assert len(crew.audit("session_changed")) == 1


def test_reminders_of_the_earlier_hour_are_stale(store: Store) -> None:
    crew = Crew(store)
    crew.town.fill("sm1", 1)
    before = crew.town.count(t.reminder, state="pending")
    change(store, at=FOUR.replace(day=22))
    assert crew.town.count(t.reminder, state="stale") > 0
    assert crew.town.count(t.reminder, state="pending") == before
    assert next(r.revision for r in crew.town.rows(t.session, "code", "revision") if r.code == "sm1") == 2


def test_another_number_now_changes_nothing(store: Store) -> None:
    crew = Crew(store)
    crew.town.fill("sm1", 2)
    with pytest.raises(Refused, match="Son 2"):
        change(store, place="Escuela", expect=9)
    assert [r.place for r in crew.town.rows(t.session, "place", "code") if r.code == "sm1"] == ["Casa Comunal"]


def test_fewer_places_than_people_is_refused_and_more_are_offered_on(store: Store) -> None:
    crew = Crew(store)
    crew.town.capacity("sm1", 2)
    crew.town.fill("sm1", 3)

    def resized(places: int) -> int:
        return store.do(lambda unit: changed.resize(unit, WORDS, "sm1", places, by="t"))

    with pytest.raises(Refused, match="No puedo bajar de 2 sin avisar a 1"):
        resized(1)
    assert crew.town.count(t.registration, state="waiting") == 1
    resized(3)
    assert crew.town.count(t.registration, state="offered") == 1


@pytest.mark.parametrize("what", [Change(starts_at=datetime(2026, 11, 1, 9, 0, tzinfo=PANAMA)), Change(place="x" * 31)])
def test_what_can_not_be_is_refused(store: Store, what: Change) -> None:
    Crew(store)
    with pytest.raises(Refused):
        store.do(lambda unit: changed.change(unit, WORDS, "sm1", what, by="t"))


def test_a_draft_changes_without_telling_anybody(store: Store) -> None:
    crew = Crew(store)

    def draft(unit: Unit) -> None:
        unit.db.execute(t.session.update().values(state="draft"))

    store.do(draft)
    assert change(store, place="Escuela") is None
    assert crew.town.count(t.broadcast) == 0
