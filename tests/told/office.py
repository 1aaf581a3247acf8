"""An office that promises the water to the town, and neighbours who say whether it was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update

from bot.actions import ask, contest, decide, overdue, promise
from bot.actions import update as updating
from bot.broadcast import Ledger
from bot.i18n import Catalogues
from bot.sms import sms_text
from storage import clock, followups, idea_changes, ideas, promises
from storage import tables as t
from storage.promises import Promise
from storage.store import Store, Unit
from tests.choose.polls import PROBLEMS, Polls
from tests.convoke.town import Town, add

WORDS = Catalogues.load()
PANAMA = ZoneInfo("America/Panama")
SAID = promise.Said(problem="agua", entity="agua", text="repara el tanque", due="miércoles 31 mar")


def panama(day: str, hour: int = 9) -> datetime:
    """'2027-03-29' at nine in the morning."""
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=PANAMA)


@dataclass(slots=True)
class Office:
    """The organisation 'agua', the town, those who chose and those who came."""

    town: Town
    store: Store
    chose: list[int]
    came: list[int]

    @classmethod
    def asked(cls, town: Town, chose: int = 10, came: int = 3) -> Office:
        """A published result: everybody who chose, chose the water."""
        polls = Polls.opened(town)
        people = polls.crowd(*([(1,)] * chose))
        guests = [town.neighbour() for _ in range(came)]
        for guest in guests:
            town.registers(guest, "attended")
        made = cls(town, town.store, people, guests)
        town.store.do(lambda unit: made._decided(unit))
        return made

    def _decided(self, unit: Unit) -> None:
        add(unit, t.organisation, slug="agua", name="Oficina del Agua", short_name="la oficina del agua", kind="public")
        contest.close_(unit, WORDS, "sm", "yaneth")
        for slug, _title, _short in PROBLEMS:
            decide.decide(unit, WORDS, slug, "Así se acordó.", by="yaneth")

    # --- what the office does ------------------------------------------------------------------------------------

    def promises(self, said: promise.Said = SAID, **how: Any) -> Ledger:
        """It promises, and those concerned are told."""
        return self.store.do(lambda unit: promise.promise(unit, WORDS, said, by="yaneth", **how))

    def says(self, kind: str, text: str = "", due: str = "", name: str = "agua", **how: Any) -> Ledger:
        """Something happens to its promise."""
        change = updating.Change(name=name, kind=kind, text=text, due=due)
        return self.store.do(lambda unit: updating.update(unit, WORDS, change, by="yaneth", **how))

    # --- what the neighbours say ---------------------------------------------------------------------------------

    def answer(self, people: Sequence[int], *said: str) -> None:
        """Each of them says one of these, in this order."""
        number = self.promise.id

        def work(unit: Unit) -> None:
            for person, one in zip(people, said, strict=True):
                followups.answer(unit, number, person, one)

        self.store.do(work)

    # --- time ----------------------------------------------------------------------------------------------------

    def at(self, day: str, hour: int = 9) -> int:
        """It is this moment, and the clock has ticked twice; how many things it did."""
        self.store.do(lambda unit: clock.to(unit, panama(day, hour)))
        return sum(self.tick() for _ in range(2))

    def tick(self) -> int:
        """What the clock looks at, once."""
        late = self.store.do(lambda unit: overdue.due(unit, WORDS))
        return late + self.store.do(lambda unit: ask.due(unit, WORDS))

    def forward(self, **by: float) -> None:
        """Later, without a tick."""
        self.store.do(lambda unit: clock.forward(unit, timedelta(**by)))

    # --- looking -------------------------------------------------------------------------------------------------

    @property
    def promise(self) -> Promise:
        """The promise made first, as it stands."""
        return self.store.read(promises.every)[0]

    def told(self, kind: str) -> list[Any]:
        """Broadcasts of a kind, in order."""
        return self.town.rows(t.broadcast, t.broadcast.c.kind == kind)

    def texts(self, broadcast_id: int) -> dict[str, str]:
        """Variant -> what it says, as an SMS shows it."""
        rows = self.town.rows(t.broadcast_text, t.broadcast_text.c.broadcast_id == broadcast_id)
        return {row.variant: sms_text(row.body["text"]) for row in rows}

    def people_told(self, broadcast_id: int) -> list[int]:
        """Who gets a message of a broadcast."""
        mine = t.recipient.c.broadcast_id == broadcast_id
        return [row.person_id for row in self.town.rows(t.recipient, mine, t.recipient.c.state == "pending")]

    def follows(self, person: int, problem: str) -> None:
        """This person wants to hear of a topic."""

        def work(unit: Unit) -> None:
            about = select(t.option.c.id).join(t.problem).where(t.problem.c.slug == problem)
            add(unit, t.follow, person_id=person, option_id=unit.db.execute(about).scalar_one(), at=unit.now)

        self.store.do(work)

    def writes(self, person: int, problem: str) -> None:
        """An idea of this person is joined with those of a topic."""

        def work(unit: Unit) -> None:
            due = {"read_due_at": unit.now, "outcome_due_at": unit.now}
            given = {"session_id": None, "text": "el agua no llega", "lang": "es", "channel": "sms", "at": unit.now}
            made = ideas.add(unit, ideas.New(lab_id=self.town.lab, person_id=person, **due, **given))  # type: ignore[arg-type]
            about = unit.db.execute(select(t.problem.c.id).where(t.problem.c.slug == problem)).scalar_one()
            idea_changes.join(unit, made.id, about, "yaneth")

        self.store.do(work)

    def count(self, table: Any, *where: Any) -> int:
        """How many rows."""
        return self.store.read(
            lambda unit: int(unit.db.execute(select(func.count()).select_from(table).where(*where)).scalar_one())
        )

    def leaves(self, person: int) -> None:
        """She takes her permission back."""
        gone = update(t.consent).where(t.consent.c.person_id == person)
        self.store.do(lambda unit: unit.db.execute(gone.values(withdrawn_at=unit.now)).rowcount)
