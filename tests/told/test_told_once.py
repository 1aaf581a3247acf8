"""Each person once per event, whatever she is to it: author, voter, attendee, follower. Nobody else, ever."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from bot.actions import story
from storage import promises
from storage import tables as t
from storage.store import Unit
from tests.convoke.town import Town
from tests.told.office import WORDS, Office

STATES = ("registered", "attended", "no_show", "declined", "waiting", "cancelled")
CONCERNED = ("registered", "attended", "no_show")


def history(town: Town, rng: random.Random) -> tuple[Office, set[int], set[int]]:
    """A town in which people are several things at once: the office, who is concerned, and all who are not."""
    office = Office.asked(town, chose=rng.randint(1, 9), came=0)
    others = [town.neighbour(rng.choice(("sms", "whatsapp", "telegram"))) for _ in range(rng.randint(3, 9))]
    concerned = set(office.chose)
    for person in office.chose + others:
        if rng.random() < 0.5:
            state = rng.choice(STATES)
            town.registers(person, state)
            concerned |= {person} if state in CONCERNED else set()
        for problem in rng.sample(("agua", "salud", "camino"), rng.randint(0, 2)):
            office.follows(person, problem)
            concerned.add(person)
        if rng.random() < 0.3:
            office.writes(person, "agua")
            concerned.add(person)
    return office, concerned, set(others) - concerned


def quieted(office: Office, rng: random.Random, concerned: set[int]) -> tuple[set[int], set[int]]:
    """Some leave, some have had enough: (who is skipped with the reason, who is not concerned any more)."""
    gone = set(rng.sample(sorted(concerned), len(concerned) // 4))
    for person in gone:
        office.leaves(person)
    enough = set(rng.sample(sorted(concerned - gone), len(concerned - gone) // 4))
    problem = office.promise.problem_id

    def work(unit: Unit) -> None:
        for person in sorted(enough):
            promises.mute(unit, person, problem, "news")

    office.store.do(work)
    return gone, enough


@pytest.mark.parametrize("seed", range(6))
def test_each_person_concerned_is_told_each_event_once_and_nobody_else(town: Town, seed: int) -> None:
    rng = random.Random(seed)
    office, concerned, strangers = history(town, rng)
    assert set(office.people_told(office.promises().broadcast_id)) == concerned
    gone, enough = quieted(office, rng, concerned)
    for kind, text in rng.sample((("news", "Hubo visita."), ("in_progress", ""), ("done_office", "")), 3):
        office.says(kind, text)
        if kind == "done_office":
            break
    office.at("2027-04-05")
    office.at("2027-05-20")
    events = office.town.rows(t.event, t.event.c.kind == "commitment")
    assert len(events) >= 2
    for event in events[1:]:
        rows = office.town.rows(t.recipient, t.recipient.c.broadcast_id == event.broadcast_id)
        counted = Counter(row.person_id for row in rows)
        assert set(counted) <= concerned - enough
        assert set(counted.values()) <= {1}
        told = {row.person_id for row in rows if row.state == "pending"}
        assert told == concerned - enough - gone or event.subject.partition(":")[2].startswith("count")
        assert {row.reason for row in rows if row.person_id in gone} <= {"no_consent"}
    assert not strangers & {row.person_id for row in office.town.rows(t.recipient)}
    ledger = office.town.rows(t.broadcast)
    assert all(one.audience == office.count(t.recipient, t.recipient.c.broadcast_id == one.id) for one in ledger)


@pytest.mark.parametrize("seed", range(3))
def test_a_story_reaches_the_whole_community_once(town: Town, seed: int) -> None:
    rng = random.Random(100 + seed)
    office, concerned, strangers = history(town, rng)
    office.promises()
    office.says("done_office")
    told = story.Told(before="Dos horas", after="Todo el día")
    first, later = office.store.do(lambda unit: story.tell(unit, WORDS, "agua", told, by="x"))
    assert set(office.people_told(first.broadcast_id)) == concerned
    assert set(office.people_told(later.broadcast_id)) == strangers
