"""Two thousand people on three channels, with everything that goes wrong: what is published is what they said last."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot import recount, turn
from bot.actions import contest as acts
from bot.app import App
from bot.message import Message
from storage import clock as database_clock
from storage import people
from storage import tables as t
from storage.store import Store, Unit
from tests.choose.exporting import WORDS, exported
from tests.choose.polls import CLOSES, Polls
from tests.choose.test_close_crash import Crash, crashing
from tests.convoke.town import CHANNELS, NOON, Town

PEOPLE = 2000
LOT = 400  # messages under way at once


@dataclass(slots=True)
class Citizen:
    """One person with a phone, and what she said last that reached us in time."""

    number: str
    channel: str
    said: tuple[int, ...] | None = None  # None: nothing
    messages: int = 0


@dataclass(slots=True)
class Script:
    """Who says what when; drawn once, so that a failure can be played again."""

    rng: random.Random
    citizens: list[Citizen] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def message(self, who: Citizen, picks: Sequence[int]) -> Message:
        """'ELEGIR 2 5' from her phone, with an id that nobody has used."""
        who.messages += 1
        words = "ELEGIR " + self.rng.choice((" ", " y ", "-")).join(map(str, picks)) if picks else "BLANCO"
        return Message(
            channel=who.channel,
            sender=f"simulator:{who.channel}",
            provider_id=f"{who.number}/{who.messages}",
            address=who.number,
            text=words,
        )

    def round(self, share: float) -> list[Message]:
        """A part of them choose, or choose anew; some messages come twice, some never, in any order."""
        said: list[Message] = []
        for who in self.rng.sample(self.citizens, int(len(self.citizens) * share)):
            picks = self.picks()
            message = self.message(who, picks)
            if self.rng.random() < 0.05:
                self.counts["lost"] += 1
                continue
            who.said = picks
            said += [message] * (1 + (self.rng.random() < 0.2))
        self.rng.shuffle(said)
        self.counts["sent"] += len(said)
        return said

    def picks(self) -> tuple[int, ...]:
        """Up to three of five; now and then none of them."""
        return tuple(self.rng.sample(range(1, 6), self.rng.randint(0, 3)))

    def truth(self) -> tuple[dict[str, int], int, int]:
        """Votes by option, how many chose, how many took part."""
        spoke = [who.said for who in self.citizens if who.said is not None]
        votes = Counter(str(n) for said in spoke for n in said)
        return {str(n): votes[str(n)] for n in range(1, 6)}, sum(map(bool, spoke)), len(spoke)


def settle(unit: Unit, script: Script, lab: int) -> None:
    """They live here, with a permission and a phone each."""
    senders = {row.channel: row.id for row in unit.db.execute(t.sender.select())}
    territory = unit.db.execute(t.lab.select().where(t.lab.c.id == lab)).one().territory_id
    for n in range(PEOPLE):
        who = Citizen(number=f"+50761{n:06}", channel=CHANNELS[n % 3])
        at = people.lock_address(unit, who.channel, who.number)
        people.heard_from(unit, at, who.number, senders[who.channel])
        person = people.admit(unit, at.id, name=f"Ana {n}", age_band="adult", lang="es", territory_id=territory)
        people.consented(
            unit,
            person,
            at.id,
            purpose="lab",
            lab_id=lab,
            text="¿Aceptas?",
            lang="es",
            inbound_id=None,
            at=unit.now.isoformat(),
        )
        script.citizens.append(who)


def deliver(app: App, messages: Sequence[Message]) -> None:
    for start in range(0, len(messages), LOT):
        under_way = [app.receive(message) for message in messages[start : start + LOT]]
        for one in under_way:
            one.result()


def killed(url: str, secret: str, app: App, messages: Sequence[Message], step: int) -> App:
    """The machine dies in the middle of a turn; it starts again, and what was not acknowledged is delivered again."""
    middle = len(messages) // 2
    while messages[middle] in messages[:middle]:
        middle += 1
    deliver(app, messages[:middle])
    with pytest.raises(Crash):
        app.store.do(crashing(lambda unit: turn.receive(unit, messages[middle], app.parts), step))
    app.store.close()
    again = App(Store(url, secret), app.parts)
    deliver(again, messages[middle - 20 :])
    return again


@pytest.mark.kill  # a minute of one database; in `make test-all`
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", [1])
def test_what_is_published_is_what_they_said_last(database_url: str, secret: str, seed: int) -> None:
    script = Script(random.Random(seed))
    store = Store(database_url, secret)
    store.do(lambda unit: database_clock.to(unit, NOON))
    town = Town.build(store)
    Polls.opened(town)
    store.do(lambda unit: settle(unit, script, town.lab))
    app = App.on(store)
    deliver(app, script.round(0.6))
    app = killed(database_url, secret, app, script.round(0.3), step=9)
    app = killed(database_url, secret, app, script.round(0.2), step=25)
    town.store = app.store
    town.store.do(lambda unit: database_clock.to(unit, CLOSES))
    before, late = script.truth(), [who.said for who in script.citizens]
    deliver(app, script.round(0.1))
    assert [who.said for who in script.citizens] != late
    seen = town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "clock"))
    assert {str(o.number): o.votes for o in seen.options} == before[0]
    assert (seen.chose, seen.took_part) == before[1:]
    assert seen.late > 0
    assert script.counts["lost"] > 50
    _published(town, before)
    app.store.close()


def _published(town: Town, truth: tuple[dict[str, int], int, int]) -> None:
    """The file says the same, and counts again to the same."""
    data = exported(town).data
    assert recount.recount(data) == []
    rows = [line.split("\t") for line in recount.unpack(data)["totals.tsv"].decode().splitlines()]
    totals: dict[str, Any] = {what: number for roll, what, number in rows if roll == "open"}
    assert {n: totals[f"option {n}"] for n in truth[0]} == {n: str(votes) for n, votes in truth[0].items()}
    assert (totals["choice"], totals["took_part"]) == (str(truth[1]), str(truth[2]))
    ballots = town.rows(t.ballot, t.ballot.c.status == "current")
    assert len({row.person_id for row in ballots}) == len(ballots) == truth[2]
