"""NO FUI YO gives back all that a wrong join took or changed, and leaves what was said since (voting.md 5)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Table, insert, select, update

from storage import follows, joining, people, registrations
from storage import tables as t
from storage.store import Store
from tests.kit import Town, neighbour
from tests.people.test_merging import Two, played
from tests.script import ACTS


@pytest.fixture
def town(store: Store) -> Town:
    """San Martín of the transcripts, where one can choose."""
    town = Town.on(store)
    ACTS["open"](town, "sm")
    return town


def rows(two: Two, table: Table) -> list[tuple[Any, ...]]:
    """All of a table but its numbers, which are never given twice."""
    names = [column.name for column in table.columns if column.name != "id"]
    return sorted(tuple(row) for row in two.unit.db.execute(select(*(table.c[name] for name in names))))


def as_before(two: Two, *tables: Table) -> None:
    """Joined and parted, these are what they were."""
    before = {table.name: rows(two, table) for table in tables}
    assert two.join() == "joined"
    joining.undo(two.unit, two.first)
    assert {table.name: rows(two, table) for table in tables} == before


def agreed(two: Two, person: int, *, withdrawn: bool = False) -> int:
    lab = two.id(t.lab, slug="san-martin")
    said: dict[str, Any] = {"purpose": "lab", "lab_id": lab, "text": "¿Aceptas?", "lang": "es", "inbound_id": None}
    made = people.consented(two.unit, person, two.first, **said, at=two.unit.now.isoformat())
    gone = update(t.consent).where(t.consent.c.id == made)
    if withdrawn:
        two.unit.db.execute(gone.values(withdrawn_at=two.unit.now))
    return made


@pytest.mark.parametrize("mine", [True, False], ids=["hers who stays", "hers who was joined"])
def test_a_permission(town: Town, mine: bool) -> None:
    def work(two: Two) -> None:
        two.unit.db.execute(t.consent.delete())
        agreed(two, two.keep, withdrawn=mine)
        agreed(two, two.gone, withdrawn=not mine)
        as_before(two, t.consent)

    played(town, work)


def test_age_community_code_and_reminders(town: Town) -> None:
    def work(two: Two) -> None:
        place = two.id(t.territory)
        other = {"age_band": "adult", "code": "K7TQ", "territory_id": place, "reminders": False}
        two.unit.db.execute(update(t.person).where(t.person.c.id == two.gone).values(**other))
        none = {"age_band": None, "code": None, "territory_id": None}
        two.unit.db.execute(update(t.person).where(t.person.c.id == two.keep).values(**none))
        as_before(two, t.person)

    played(town, work)


def test_what_she_has_corrected_since_stays(town: Town) -> None:
    def work(two: Two) -> None:
        two.unit.db.execute(update(t.person).where(t.person.c.id == two.gone).values(reminders=False, code="K7TQ"))
        assert two.join() == "joined"
        people.set_person(two.unit, two.keep, code="2346")
        joining.undo(two.unit, two.first)
        assert dict(two.all(t.person, "id", "code"))[two.keep] == "2346"
        assert dict(two.all(t.person, "id", "reminders"))[two.keep]

    played(town, work)


def test_topics_enough_of(town: Town) -> None:
    def work(two: Two) -> None:
        topics = [id for (id,) in two.all(t.problem, "id")]
        for person, topic, what in (
            (two.keep, topics[0], "questions"),
            (two.gone, topics[0], "news"),
            (two.keep, topics[1], "news"),
            (two.gone, topics[1], "questions"),
            (two.gone, topics[2], "news"),
        ):
            two.add(t.muted, person_id=person, problem_id=topic, what=what, at=two.unit.now)
        as_before(two, t.muted)

    played(town, work)


def test_a_topic_that_she_wants_to_hear_again_since_is_not_enough_again(town: Town) -> None:
    def work(two: Two) -> None:
        topic, contest = two.id(t.problem), two.id(t.contest, slug="sm")
        for person, what in ((two.keep, "questions"), (two.gone, "news")):
            two.add(t.muted, person_id=person, problem_id=topic, what=what, at=two.unit.now)
        assert two.join() == "joined"
        follows.wish(two.unit, contest, two.keep, [1, 2, 3, 4, 5])
        joining.undo(two.unit, two.first)
        assert two.all(t.muted, "person_id", "what") == [(two.gone, "news")]

    played(town, work)


@pytest.mark.parametrize("first", [True, False], ids=["hers who stays", "hers who was joined"])
def test_follows_with_the_choice(town: Town, first: bool) -> None:
    def work(two: Two) -> None:
        contest = two.id(t.contest, slug="sm")
        both = (two.keep, two.gone) if first else (two.gone, two.keep)
        for person, option in zip(both, (1, 2), strict=True):
            two.choose(person, option)
            follows.set_(two.unit, contest, person, [option, 3])
        as_before(two, t.follow)

    played(town, work)


def test_who_has_chosen_anew_follows_what_she_chose_then(town: Town) -> None:
    def work(two: Two) -> None:
        contest = two.id(t.contest, slug="sm")
        for person, option in ((two.keep, 1), (two.gone, 2)):
            two.choose(person, option)
            follows.set_(two.unit, contest, person, [option])
        assert two.join() == "joined"
        two.choose(two.keep, 4)
        follows.set_(two.unit, contest, two.keep, [4])
        joining.undo(two.unit, two.first)
        assert follows.numbers(two.unit, contest, two.keep) == [4]

    played(town, work)


def test_what_both_saw_and_answered(store: Store) -> None:
    town = Town.on(store)
    ACTS["water"](town, "6")
    ACTS["promise"](town, "agua", "repara el tanque / miércoles 31 mar")

    def work(two: Two) -> None:
        now, promise = two.unit.now, two.id(t.commitment)
        visit = {
            "commitment_id": promise,
            "kind": "news",
            "status": "in_progress",
            "text": "Fueron.",
            "by_role": "office",
            "by": "x",
            "at": now,
        }
        seen = two.unit.db.execute(insert(t.commitment_update).values(**visit).returning(t.commitment_update.c.id))
        update_id = seen.scalar_one()
        for person, answer, saw in ((two.keep, "yes", "seen"), (two.gone, "no", "unseen")):
            two.add(t.sighting, update_id=update_id, person_id=person, answer=saw, at=now)
            said = {"commitment_id": promise, "person_id": person, "round": 1, "answer": answer, "at": now}
            two.add(t.followup, **said, asked_at=now)
        as_before(two, t.sighting, t.followup)

    played(town, work)


def places(two: Two) -> list[tuple[Any, ...]]:
    """Whose place stands how; of who comes along, how many."""
    alone = [row for row in two.all(t.registration, "person_id", "state", "code", "queue_key", "reminders") if row[0]]
    return sorted(alone)


@pytest.mark.parametrize("capacity", [None, 1], ids=["for both", "for one"])
@pytest.mark.parametrize("mine_first", [True, False])
def test_of_two_places_each_has_her_own(town: Town, capacity: int | None, mine_first: bool) -> None:
    def work(two: Two) -> None:
        two.unit.db.execute(update(t.session).where(t.session.c.code == "sm1").values(capacity=capacity))
        rows = [two.place(one) for one in ((two.keep, two.gone) if mine_first else (two.gone, two.keep))]
        two.unit.db.execute(update(t.registration).where(t.registration.c.id == rows[1]).values(reminders=False))
        day = {"at": two.unit.now, "erase_on": two.unit.now.date()}
        for row, kind in ((rows[0], "ramp"), (rows[1], "ramp"), (rows[1], "childcare")):
            two.add(t.need, registration_id=row, kind=kind, **day)
        before, needed = places(two), sorted(two.all(t.need, "registration_id", "kind"))
        assert two.join() == "joined"
        assert places(two) != before
        joining.undo(two.unit, two.first)
        assert places(two) == before
        assert sorted(two.all(t.need, "registration_id", "kind")) == needed

    played(town, work)


def test_whose_place_went_on_meanwhile_is_the_first_who_waits(town: Town) -> None:
    def work(two: Two) -> None:
        two.unit.db.execute(update(t.session).where(t.session.c.code == "sm1").values(capacity=3))
        two.place(two.keep)
        two.place(two.gone, party=2)
        ana, eva = (neighbour(two.unit, name) for name in ("Ana", "Eva"))
        for one in (ana, eva):
            two.place(one)
        assert two.join() == "joined"
        meeting = two.id(t.session, code="sm1")
        assert registrations.take_offer(two.unit, meeting, ana).state == "registered"
        joining.undo(two.unit, two.first)
        states = {one: registrations.place_of(two.unit, meeting, one) for one in (two.keep, two.gone, ana, eva)}
        told = {one: (place.state, place.position, place.party) for one, place in states.items() if place}
        assert told[two.gone] == ("registered", 0, 2)
        assert (told[two.keep], told[eva]) == (("waiting", 1, 1), ("waiting", 2, 1))

    played(town, work)


def test_who_has_said_since_that_she_does_not_come_does_not(town: Town) -> None:
    def work(two: Two) -> None:
        for person in (two.keep, two.gone):
            two.place(person)
        meeting = two.id(t.session, code="sm1")
        assert two.join() == "joined"
        registrations.cancel(two.unit, meeting, two.keep, "sms")
        joining.undo(two.unit, two.first)
        assert dict(two.all(t.registration, "person_id", "state")) == {two.keep: "cancelled", two.gone: "registered"}

    played(town, work)


def test_what_an_older_version_noted_is_given_back(town: Town) -> None:
    """It noted which rows moved, and no more."""

    def work(two: Two) -> None:
        for person, option in ((two.keep, 1), (two.gone, 2)):
            two.place(person)
            two.choose(person, option)
        assert two.join() == "joined"
        noted = dict(two.all(t.joining, "id", "before"))
        for id, before in noted.items():
            for name in ("as it was", "answers", "two places"):
                del before[name]
            del before["choices"]["followed"]
            two.unit.db.execute(update(t.joining).where(t.joining.c.id == id).values(before=before))
        joining.undo(two.unit, two.first)
        assert {row[0] for row in two.all(t.contact, "person_id")} == {two.keep, two.gone}
        assert set(two.all(t.ballot, "person_id", "status")) == {(two.keep, "current"), (two.gone, "current")}

    played(town, work)
