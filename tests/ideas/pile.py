"""Ideas of a small town, and what the team does with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot import ideas as rules
from bot.i18n import Catalogues
from storage import clock, idea_changes, idea_states, ideas
from storage import tables as t
from storage.idea_states import Standing
from storage.store import Store, Unit
from tests.choose.polls import Polls
from tests.convoke.town import Town

T = TypeVar("T")
WORDS = Catalogues.load()
BRIDGE = "el puente de la quebrada se inunda y los niños no pueden ir a la escuela"
TZ = "America/Panama"


@dataclass(slots=True)
class Pile:
    """The town with the draft 'sm' of five options, and its ideas."""

    town: Town
    store: Store
    polls: Polls
    said: list[int] = field(default_factory=list)  # numbers

    @classmethod
    def of(cls, town: Town, *, opened: bool = False) -> Pile:
        """Nothing has been said yet."""
        return cls(town, town.store, Polls.opened(town) if opened else Polls.drafted(town))

    def idea(self, text: str = BRIDGE, person: int | None = 0, **values: Any) -> int:
        """Somebody proposes, a new neighbour unless a person is given; the number."""
        who = self.town.neighbour() if person == 0 else person

        def work(unit: Unit) -> int:
            due = {"read_due_at": rules.read_by(unit.now, TZ), "outcome_due_at": rules.outcome_by(unit.now, TZ)}
            given = {"lab_id": self.town.lab, "session_id": None, "lang": "es", "channel": "sms", "at": unit.now}
            made: Any = {**given, **due, "person_id": who, "text": text, **values}
            made = ideas.add(unit, ideas.New(**made))
            ideas.publish(unit, made.id, "unnamed")
            return int(made.number)

        number = self.store.do(work)
        self.said.append(number)
        return number

    def do(self, act: Callable[..., T], *args: Any, by: str = "staff:F-1", **how: Any) -> T:
        """An act of bot/actions/ideas.py."""
        return self.store.do(lambda unit: act(unit, WORDS, *args, by=by, **how))

    def of_number(self, number: int) -> Standing:
        """The idea as it stands."""
        found = self.store.read(lambda unit: idea_states.of(unit, number))
        assert found
        return found

    def problem(self, slug: str) -> int:
        """The id of an option's problem."""
        return int(next(row.id for row in self.town.rows(t.problem, t.problem.c.slug == slug)))

    def objects(self, number: int, text: str | None = "es otra cosa") -> int:
        """The author does not agree; the appeal."""

        def work(unit: Unit) -> int:
            held = idea_states.hold(unit, number)
            assert held
            return idea_changes.object_to(unit, held, text, rules.appeal_by(unit.now, TZ))

        return self.store.do(work)

    def later(self, **by: float) -> None:
        """So much time goes by."""
        self.store.do(lambda unit: clock.forward(unit, timedelta(**by)))

    def at(self, day: str, hour: int = 14) -> None:
        """It is this day, at nine in the morning in Panama."""
        moment = datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)
        self.store.do(lambda unit: clock.to(unit, moment))

    def told(self, kind: str = "idea") -> list[str]:
        """Idems of what authors were told, in order."""
        return [row.idem for row in self.town.rows(t.broadcast, t.broadcast.c.kind == kind)]

    def texts(self) -> list[str]:
        """What the messages to authors say, in order."""
        rows = self.town.rows(t.broadcast_text)
        kinds = {row.id: row.kind for row in self.town.rows(t.broadcast)}
        return [row.body["text"] for row in rows if kinds[row.broadcast_id] == "idea"]
