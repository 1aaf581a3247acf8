"""Random histories of a choice and its promise: who is concerned hears each event once, and nobody else does."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field

import pytest

from bot.actions import story
from storage import promises
from storage import tables as t
from storage.store import Unit
from tests.choose.polls import Polls
from tests.convoke.town import CHANNELS, Town
from tests.told.office import WORDS, Office

STATES = ("registered", "attended", "no_show", "declined", "waiting", "cancelled")
CAME = ("registered", "attended", "no_show")
ANSWERS = ("yes", "partly", "no", "unknown")
TOLD = story.Told(before="Dos horas", after="Todo el día")


@dataclass(slots=True)
class History:
    """What happens in a town, and by a model that knows no query of ours who has to hear of it.

    concerned   chose, came or follows; nobody else hears of the choice and its promise
    gone        took the permission back: skipped, with the reason
    enough      wants to hear no more of the topic: not even counted
    """

    town: Town
    rng: random.Random
    office: Office
    people: list[int]
    phone: dict[int, int]  # person -> address; some share one
    concerned: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    enough: set[int] = field(default_factory=set)
    told: int = 0  # events so far

    @classmethod
    def begun(cls, town: Town, rng: random.Random) -> History:
        """A contest is open; people are several things at once, or nothing."""
        polls, people, phone = Polls.opened(town), list[int](), dict[int, int]()
        for _ in range(rng.randint(8, 24)):
            shares = phone and rng.random() < 0.15
            at = rng.choice(list(phone.values())) if shares else town.address(rng.choice(CHANNELS))
            people.append(town.person(at))
            phone[people[-1]] = at
        made = cls(town, rng, Office(town, town.store, [], []), people, phone)
        for person in people:
            made._becomes(person, polls)
        return made

    def _becomes(self, person: int, polls: Polls) -> None:
        if person == self.people[0] or self.rng.random() < 0.5:  # the water wins; some choose nothing
            blank = person != self.people[0] and self.rng.random() < 0.2
            polls.cast(person, *(() if blank else (1, *self.rng.sample(range(2, 6), self.rng.randint(0, 2)))))
            self.concerned.add(person)
        if self.rng.random() < 0.4:
            state = self.rng.choice(STATES)
            self.town.registers(person, state)
            self.concerned |= {person} if state in CAME else set()
        for problem in self.rng.sample(("agua", "salud", "camino"), self.rng.choice((0, 0, 0, 1, 2))):
            self.office.follows(person, problem)
            self.concerned.add(person)
        if self.rng.random() < 0.15:
            self.office.writes(person, "agua")
            self.concerned.add(person)

    # --- what people do -----------------------------------------------------------------------------------------------

    def some_leave(self) -> None:
        """Now and then somebody takes the permission back."""
        left = sorted(set(self.people) - self.gone)
        for person in self.rng.sample(left, min(len(left), self.rng.randint(0, 2))):
            self.office.leaves(person)
            self.gone.add(person)

    def some_tire(self) -> None:
        """Now and then somebody has had enough of the topic."""
        left = sorted(set(self.people) - self.gone)
        for person in self.rng.sample(left, min(len(left), self.rng.randint(0, 1))):
            self.enough.add(person)
        self.office.store.do(self._mutes)

    def _mutes(self, unit: Unit) -> None:
        for person in sorted(self.enough):
            promises.mute(unit, person, self.office.promise.problem_id, "news")

    # --- what they hear -----------------------------------------------------------------------------------------------

    def hears(self, event: str, audience: Set[int]) -> None:
        """The next thing that was told is this: to these, once each, and on each of their phones once."""
        new = self.town.rows(t.broadcast)[self.told]
        assert new.kind == event
        self.told += 1
        rows = self.town.rows(t.recipient, t.recipient.c.broadcast_id == new.id)
        assert sorted(row.person_id for row in rows) == sorted(audience)
        assert new.audience == len(rows)
        told = [row for row in rows if row.state == "pending"]
        assert sorted(self.phone[row.person_id] for row in told) == sorted(
            {self.phone[p] for p in audience - self.gone}
        )
        assert {row.reason for row in rows if row.person_id in self.gone} <= {"no_consent"}
        sent = self.town.rows(t.outbox, t.outbox.c.recipient_id.is_not(None))
        mine = Counter(one.recipient_id for one in sent if one.recipient_id in {row.id for row in rows})
        assert mine == Counter({row.id: 1 for row in told})

    def nothing(self) -> None:
        """Nothing was told."""
        assert len(self.town.rows(t.broadcast)) == self.told

    @property
    def now(self) -> set[int]:
        """Who is to hear of the promise."""
        return self.concerned - self.enough


# --- the chapters, in their order; within each chance decides -----------------------------------------------------


def promised(it: History) -> None:
    """The result, then a promise that is typed twice."""
    it.town.store.do(it.office._decided)
    it.hears("result", it.concerned)
    it.some_leave()
    it.office.promises()
    it.hears("commitment", it.now)
    it.office.promises()
    it.nothing()


def some_news(it: History) -> None:
    """Up to three pieces of news, each typed twice."""
    for number in range(it.rng.randint(0, 3)):
        it.some_leave()
        it.some_tire()
        it.office.forward(days=it.rng.randint(0, 20))
        for _twice in range(2):
            it.office.says("news", f"Hubo la visita {number}.")
        it.hears("commitment", it.now)


def the_day(it: History) -> None:
    """The office says in time that it is done, or its day passes in silence, which is told once."""
    it.some_leave()
    it.some_tire()
    if it.rng.random() < 0.5:
        it.office.at("2027-03-29")
        it.office.says("done_office")
        it.hears("commitment", it.now)
        it.office.at("2027-04-25")
        return it.nothing()
    it.office.at("2027-04-01")
    it.hears("commitment", it.now)
    it.office.at("2027-04-06")
    it.nothing()


def the_question(it: History) -> None:
    """Those concerned are asked once, and a week later all who were asked hear the count; whatever they said."""
    it.some_leave()
    it.some_tire()
    it.office.at("2027-04-26")
    it.hears("asking", it.now)
    asked = it.now - it.gone
    some = it.rng.sample(sorted(asked), it.rng.randint(0, len(asked)))
    it.office.answer(some, *(it.rng.choice(ANSWERS) for _ in some))
    it.some_leave()
    it.some_tire()
    it.office.at("2027-05-02")
    it.nothing()
    it.office.at("2027-05-03")
    if asked:
        it.hears("commitment", asked - it.enough)
    it.nothing()


def the_story(it: History) -> None:
    """To all who took part, then to the rest who want to hear of it; typed twice."""
    if it.office.promise.status not in ("done_office", "done_neighbours", "partly_neighbours"):
        return
    it.some_leave()
    it.some_tire()
    for _twice in range(2):
        it.town.store.do(lambda unit: story.tell(unit, WORDS, "agua", TOLD, by="x"))
    everybody = set(it.people) - it.gone
    it.hears("story", it.now)
    it.hears("story", everybody - it.concerned - it.enough)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_who_is_concerned_hears_each_event_once_and_nobody_else(town: Town, seed: int) -> None:
    it = History.begun(town, random.Random(seed))
    for chapter in (promised, some_news, the_day, the_question, the_story):
        chapter(it)
        assert it.office.tick() == 0
        it.nothing()
