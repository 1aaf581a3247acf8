"""Who chooses, is erased and comes back has chosen: a phone does not make more choices than people (voting.md 5)."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import select

from storage import ballots, contest_states, people
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import BEGINS, Town
from tests.script import ACTS

COMES = ("ELEGIR", "1", "Rosa", "1")
GOES = ("BORRAR", "BORRAR")


@pytest.fixture
def town(store: Store) -> Town:
    """San Martín, where one can choose, and one phone."""
    town = Town.on(store)
    for words in ("SANMARTIN", "1", "Rosa", "1", "1"):
        town.phone("sms").say(words)
    ACTS["open"](town, "sm")
    town.phone("sms").read()
    return town


class Household:
    """The people of that phone, straight in the tables; Rosa is there."""

    def __init__(self, town: Town) -> None:
        self.town, self.number = town, town.phone("sms").number
        self.here = {"Rosa": 1}
        self.messages = itertools.count(1)

    def comes(self, name: str) -> None:
        """One person more."""

        def work(unit: Unit) -> int:
            at = people.lock_address(unit, "sms", self.number)
            return people.admit(unit, at.id, name=name, age_band="adult", lang="es", territory_id=None)

        self.here[name] = self.town.store.do(work)

    def chooses(self, name: str, pick: int = 2) -> str:
        """What becomes of it."""

        def work(unit: Unit) -> str:
            about = unit.db.execute(select(t.contest.c.id).where(t.contest.c.slug == "sm")).scalar_one()
            said = {"channel": "sms", "shared": True, "provider": "test", "provider_msg_id": f"h{next(self.messages)}"}
            return ballots.cast(unit, about, ballots.Voter(person_id=self.here[name], **said), [pick]).state  # type: ignore[arg-type]

        return self.town.store.do(work)

    def goes(self, *names: str) -> None:
        """BORRAR."""
        gone = [self.here.pop(name) for name in names]
        self.town.store.do(lambda unit: people.erase(unit, people.lock_address(unit, "sms", self.number).id, gone))


@pytest.fixture
def home(town: Town) -> Household:
    """The people of the phone."""
    return Household(town)


def said(town: Town, *words: str) -> str:
    phone = town.phone("sms")
    for one in words:
        phone.say(one)
    return phone.screen[-1].text


def counted(town: Town) -> int:
    return town.count(t.ballot, status="current")


def test_who_chose_was_erased_and_comes_back_is_not_counted_again(town: Town) -> None:
    said(town, "ELEGIR 2", *GOES)
    for _time in range(3):
        told = said(town, *COMES, "2")
        assert "ya se conto una eleccion" in told
        assert "PERSONA" in told
        said(town, *GOES)
    assert counted(town) == town.count(t.ballot) == 1


def test_what_is_kept_of_her_is_the_contest_the_phone_and_a_number(town: Town) -> None:
    said(town, "ELEGIR 2", *GOES)
    assert set(t.chosen_before.c.keys()) == {"id", "contest_id", "address_id", "people", "newest_id"}
    (kept,) = town.rows(t.chosen_before, "people", "newest_id")
    assert tuple(kept) == (1, 1)


def test_who_was_erased_without_a_choice_may_choose(town: Town, home: Household) -> None:
    home.goes("Rosa")
    assert town.count(t.chosen_before) == 0
    home.comes("Rosa")
    assert home.chooses("Rosa") == "new"


def test_another_person_of_the_phone_changes_and_chooses_as_before(town: Town, home: Household) -> None:
    home.comes("Luis")
    home.comes("Ana")
    assert [home.chooses(name) for name in ("Rosa", "Luis")] == ["new", "new"]
    home.goes("Rosa")
    assert home.chooses("Ana") == "new"
    assert home.chooses("Luis", 4) == "changed"
    assert counted(town) == 3


def test_one_newcomer_for_each_who_went_is_not_counted_and_the_next_one_is(town: Town, home: Household) -> None:
    assert home.chooses("Rosa") == "new"
    home.goes("Rosa")
    home.comes("Rosa")
    home.comes("Luis")
    assert home.chooses("Luis") == "new"
    assert home.chooses("Rosa") == "erased"
    home.goes("Rosa")
    home.comes("Ana")
    assert home.chooses("Ana") == "erased"
    assert home.chooses("Luis", 4) == "changed"
    assert counted(town) == 2


def test_a_phone_never_gives_more_choices_than_it_has_room_for_people(town: Town, home: Household) -> None:
    home.chooses("Rosa")
    for _round in range(3):
        home.goes(*home.here)
        for name in ("Rosa", "Luis", "Ana", "Eva", "Juan", "Pepe"):
            home.comes(name)
            home.chooses(name)
    assert counted(town) == people.MAX_PEOPLE


def test_the_mark_goes_when_the_contest_is_unlinked(town: Town, home: Household) -> None:
    home.chooses("Rosa")
    home.goes("Rosa")
    ACTS["close"](town, "sm")
    town.store.do(contest_states.unlink_due)
    assert town.count(t.chosen_before) == 1
    town.at(BEGINS + timedelta(days=31))
    assert town.count(t.chosen_before) == 0
