"""A contest in the small town: five problems, ballots put straight into it, and neighbours who choose by phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import update

from bot.app import App
from bot.player import Phone, Shown
from storage import ballots, commitments, contest_states, contests
from storage import tables as t
from storage.ballots import Cast, Voter
from storage.contests import Contest
from storage.store import Store
from tests.convoke.town import Town, add

CLOSES = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)  # Monday 30 November, 6:00 pm in Panama
PROBLEMS = (
    ("agua", "Agua potable", "Agua"),
    ("camino", "Camino a la escuela", "Camino"),
    ("salud", "Centro de salud", "Salud"),
    ("senal", "Señal de celular", "Señal"),
    ("basura", "Basura", "Basura"),
)


class Polls:
    """The contest 'sm' of the town, and ways to choose in it."""

    def __init__(self, town: Town) -> None:
        self.town, self.store = town, town.store
        self.messages = 0

    @classmethod
    def drafted(cls, town: Town, *, options: Sequence[tuple[str, str, str]] = PROBLEMS, **values: Any) -> Polls:
        """A draft with these options, in this order."""
        polls = cls(town)
        town.store.do(lambda unit: polls._draft(unit, options, values))
        return polls

    def _draft(self, unit: Any, options: Sequence[tuple[str, str, str]], values: Mapping[str, Any]) -> None:
        given: dict[str, Any] = {
            "lab_id": self.town.lab,
            "slug": "sm",
            "title": "¿Qué va primero?",
            "state": "draft",
            "method": "approval",
            "params": {"k": 3, "seats": 1},
            "quorum": {},
            "closes_at": CLOSES,
        }
        made = add(unit, t.contest, **{**given, **values})
        for number, (slug, title, short) in enumerate(options, 1):
            problem = add(unit, t.problem, lab_id=self.town.lab, slug=slug, title=title, short_title=short)
            row = {"contest_id": made, "problem_id": problem, "number": number, "title": title, "short_title": short}
            add(unit, t.option, **row)

    @classmethod
    def opened(cls, town: Town, **values: Any) -> Polls:
        """Open, with nobody asked."""
        polls = cls.drafted(town, **values)

        def work(unit: Any) -> None:
            contest = contests.locked(unit, "sm")
            assert contest
            contest_states.open_(unit, contest, method_version=1, tie_source="la lotería del 2 dic", by="yaneth")

        town.store.do(work)
        return polls

    @property
    def contest(self) -> Contest:
        """As it stands."""
        found = self.store.read(lambda unit: contests.by_slug(unit, "sm"))
        assert found
        return found

    def voter(self, person: int, *, message: str = "", channel: str = "sms", shared: bool = False) -> Voter:
        """A person with a message that nobody has sent before."""
        self.messages += 1
        return Voter(
            person_id=person,
            channel=channel,
            shared=shared,
            provider=f"simulator:{channel}",
            provider_msg_id=message or f"m{self.messages}",
        )

    def cast(self, person: int, *picks: int, **how: Any) -> Cast:
        """This person chooses."""
        voter = self.voter(person, **how)
        contest_id = self.contest.id
        return self.store.do(lambda unit: ballots.cast(unit, contest_id, voter, picks))

    def crowd(self, *choices: Sequence[int], channel: str = "sms") -> list[int]:
        """A new neighbour for each of these choices, in one transaction."""
        people = [self.town.neighbour(channel) for _ in choices]
        contest_id = self.contest.id

        def work(unit: Any) -> None:
            for person, picks in zip(people, choices, strict=True):
                ballots.cast(unit, contest_id, self.voter(person, channel=channel), picks)

        self.store.do(work)
        return people

    def set(self, **values: Any) -> None:
        """Change columns of the contest."""
        query = update(t.contest).where(t.contest.c.slug == "sm").values(**values)
        self.store.do(lambda unit: unit.db.execute(query).rowcount)


def fingerprint(town: Town) -> str:
    """What stands in each SMS that tells the result of 'sm'."""
    root = Polls(town).contest.root
    assert root
    return f"Huella: {commitments.shown(commitments.code_of(root))}."


class Neighbours:
    """People with phones, through the real turn."""

    def __init__(self, store: Store) -> None:
        self.app = App.on(store)
        self.count = 0

    def phone(self, channel: str = "sms", profile: str = "") -> Phone:
        """A phone that nobody has written with."""
        self.count += 1
        return Phone(self.app, channel, f"+5076000{self.count:04}", profile)

    def signed_up(self, name: str, channel: str = "sms", going: str = "1") -> Phone:
        """Somebody who gave permission and answered the invitation of the lab."""
        phone = self.phone(channel)
        for said in ("SANMARTIN", "1", name, "1", going):
            phone.say(said)
        return phone

    def moves_in(self, phone: Phone, name: str) -> None:
        """Another person of that phone signs up."""
        for said in ("mi esposo también", "1", name, "1", "1"):
            phone.say(said)


def last(shown: Sequence[Shown]) -> str:
    """What the last message says."""
    return shown[-1].text


def first(shown: Sequence[Shown]) -> str:
    """What the first message of a reply says; a question that is still open may follow it."""
    return shown[0].text.split("\nAntes te pregunté:")[0]
