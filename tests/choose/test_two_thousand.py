"""Two thousand people on three channels, with everything that goes wrong: what is published is what they said last.

They choose, change, tap twice; messages come twice, late, out of order or never; the process that hears them is killed
twice by `kill -9`, and what it had not acknowledged is brought again.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import IO, Any

import pytest

from bot import recount
from bot.actions import contest as acts
from bot.message import Message, Reply
from storage import clock as database_clock
from storage import people
from storage import tables as t
from storage.store import Store, Unit
from tests.choose import booth
from tests.choose.exporting import WORDS, exported
from tests.choose.polls import CLOSES, Polls
from tests.convoke.town import CHANNELS, NOON, Town

PEOPLE = 2000
ROOT = Path(__file__).parents[2]
DEATHS = 2


@dataclass(slots=True)
class Citizen:
    """One person with a phone, and the newest choice of hers that reached us in time, with its provider's date."""

    number: str
    channel: str
    said: tuple[int, ...] | None = None  # None: nothing
    at: datetime = NOON
    messages: int = 0

    def reaches(self, picks: tuple[int, ...], at: datetime) -> None:
        """This choice has come in: a newer one stands."""
        if self.said is None or at > self.at:
            self.said, self.at = picks, at


@dataclass(slots=True)
class Script:
    """Who says what when; drawn once, so that a failure can be played again."""

    rng: random.Random
    citizens: list[Citizen] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)  # of the ballot as it was sent to Telegram
    counts: Counter[str] = field(default_factory=Counter)
    held: list[tuple[Citizen, Message, tuple[int, ...]]] = field(default_factory=list)  # on their way, for long
    minutes: int = 0

    def round(self, share: float) -> list[Message]:
        """A part of them choose, or choose anew. Some of it comes twice, some in the next round, some never."""
        before, self.held = self.held, []
        self.counts["late"] += len(before)
        said = [one for who in self.rng.sample(self.citizens, int(PEOPLE * share)) for one in self._chooses(who)]
        said += [one for who, message, picks in before for one in self._arrives(who, message, picks)]
        self.rng.shuffle(said)
        return said

    def _chooses(self, who: Citizen) -> list[Message]:
        if who.channel == "telegram" and not who.messages and self.rng.random() < 0.7:
            return self._taps(who)
        picks = tuple(self.rng.sample(range(1, 6), self.rng.randint(0, 3)))
        separator = self.rng.choice((" ", " y ", "-"))
        message = self.message(who, text="ELEGIR " + separator.join(map(str, picks)) if picks else "BLANCO")
        fate = self.rng.random()
        if fate < 0.05:
            self.counts["lost"] += 1
            return []
        if fate < 0.10:
            self.held.append((who, message, picks))
            return []
        return self._arrives(who, message, picks)

    def _taps(self, who: Citizen) -> list[Message]:
        """One button of the ballot; every third presses it twice."""
        number, twice = self.rng.randint(1, 5), self.rng.random() < 0.33
        taps = [self.message(who, button=self.buttons[number - 1]) for _ in range(1 + twice)]
        self.counts["double taps"] += twice
        return [one for tap in taps for one in self._arrives(who, tap, (number,))]

    def _arrives(self, who: Citizen, message: Message, picks: tuple[int, ...]) -> list[Message]:
        """It comes, now and then twice."""
        assert message.sent_at is not None
        self.counts["changes"] += who.said is not None and who.said != picks
        self.counts["out of order"] += who.said is not None and message.sent_at < who.at
        who.reaches(picks, message.sent_at)
        repeated = self.rng.random() < 0.2
        self.counts["repeated"] += repeated
        return [message] * (1 + repeated)

    def message(self, who: Citizen, text: str = "", button: str = "") -> Message:
        """From her phone, a minute after the message before, with an id that nobody has used."""
        who.messages += 1
        self.minutes += 1
        return Message(
            channel=who.channel,
            sender=f"simulator:{who.channel}",
            provider_id=f"{who.number}/{who.messages}",
            address=who.number,
            text=text,
            button=button,
            sent_at=NOON + timedelta(minutes=self.minutes),
        )

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


def opened(unit: Unit) -> list[str]:
    """Everybody is asked and has read it; what the buttons of the ballot send, by number."""
    ledger = acts.open_(unit, WORDS, "sm", "yaneth", acts.preview(unit, WORDS, "sm").people)
    unit.db.execute(t.outbox.update().values(state="sent", started_at=unit.now, sent_at=unit.now, rank=3))
    unit.db.execute(t.recipient.update().values(state="sent"))
    mine = t.broadcast_text.c.broadcast_id == ledger.broadcast_id
    texts = unit.db.execute(t.broadcast_text.select().where(mine)).all()
    (asked,) = (row.body for row in texts if row.variant.startswith("telegram/"))
    return [option.data for option in Reply.from_json(asked).options]


# --- the house that dies ------------------------------------------------------------------------------------------


def heard(url: str, secret: str, messages: Sequence[Message], die_after: int | None = None) -> set[int]:
    """Bring these to a process of its own; which of them it has acknowledged. It is killed after so many of them."""
    command = [sys.executable, "-m", booth.__name__]
    env = {**os.environ, "BOOTH_URL": url, "BOOTH_SECRET": secret}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as house:
        assert house.stdin
        assert house.stdout
        bringing = Thread(target=_bring, args=(house.stdin, messages))
        bringing.start()
        acknowledged = set[int]()
        for line in house.stdout:
            acknowledged.add(int(line))
            if len(acknowledged) == die_after:
                house.kill()
        bringing.join()
    assert house.returncode == (0 if die_after is None else -9)
    return acknowledged


def _bring(into: IO[bytes], messages: Sequence[Message]) -> None:
    with suppress(BrokenPipeError), into:  # it may be dead
        for number, message in enumerate(messages):
            given = {name: value for name, value in asdict(message).items() if name in _SENT}
            into.write(json.dumps([number, given], default=datetime.isoformat).encode() + b"\n")


_SENT = ("channel", "sender", "provider_id", "address", "text", "button", "sent_at")


def killed(url: str, secret: str, messages: Sequence[Message]) -> None:
    """`kill -9` in the middle; then it starts again, and what was not acknowledged is brought again."""
    done = heard(url, secret, messages, die_after=len(messages) // 2)
    left = [message for number, message in enumerate(messages) if number not in done]
    assert len(messages) // 2 <= len(done) < len(messages)
    assert heard(url, secret, left) == set(range(len(left)))


@pytest.mark.kill  # a minute a database; in `make test-all`
@pytest.mark.parametrize("seed", [1])
def test_what_is_published_is_what_they_said_last(store: Store, database_url: str, secret: str, seed: int) -> None:
    script = Script(random.Random(seed))
    store.do(lambda unit: database_clock.to(unit, NOON))
    town = Town.build(store)
    Polls.drafted(town)
    store.do(lambda unit: settle(unit, script, town.lab))
    script.buttons = store.do(opened)
    heard(database_url, secret, script.round(0.6))
    for _death in range(DEATHS):
        killed(database_url, secret, script.round(0.3))
    store.do(lambda unit: database_clock.to(unit, CLOSES))
    truth = script.truth()
    too_late = script.round(0.1)
    heard(database_url, secret, too_late)
    assert script.truth() != truth
    seen = store.do(lambda unit: acts.close_(unit, WORDS, "sm", "clock"))
    assert {str(o.number): o.votes for o in seen.options} == truth[0]
    assert (seen.chose, seen.took_part) == truth[1:]
    assert seen.late > 0
    assert min(script.counts[what] for what in ("lost", "late", "changes", "repeated", "double taps")) > 50
    assert script.counts["out of order"] > 0
    _published(town, truth)


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
