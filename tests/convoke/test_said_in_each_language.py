"""Before it is sent the team sees the words of each language that is read, with the arithmetic of that language."""

from __future__ import annotations

from sqlalchemy import update

from bot.actions import announce, changed
from bot.actions.changed import Change
from storage import tables as t
from storage.store import Store
from tests.kit import Town


def english(town: Town, person: int) -> None:
    hers = update(t.person).where(t.person.c.id == person).values(lang="en")
    town.store.do(lambda unit: unit.db.execute(hers))


def test_an_invitation_is_shown_in_each_language(store: Store) -> None:
    town = Town.on(store)
    _ana, _rosa, kevin = (town.neighbour(name) for name in ("Ana", "Rosa", "Kevin"))
    english(town, kevin)
    seen = store.read(lambda unit: announce.preview(unit, town.app.catalogues, "sm1"))
    assert set(seen.samples) == {"sms", "sms en"}
    assert seen.samples["sms"].endswith("¿Vas? 1 Sí 2 No") or seen.samples["sms"].endswith("¿Vas? 1 Si 2 No")
    assert seen.samples["sms en"].endswith("Are you going? 1 Yes 2 No")
    assert seen.segments == 3


def test_a_change_is_shown_in_each_language(store: Store) -> None:
    town = Town.on(store)
    town.fill("sm1", 2)
    english(town, int(town.rows(t.person, "id")[-1].id))
    seen = store.read(lambda unit: changed.preview(unit, town.app.catalogues, "sm1", Change(place="Escuela")))
    assert set(seen.samples) == {"sms", "sms en"}
