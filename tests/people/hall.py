"""A session with places, a waiting list, and neighbours who come and go, put straight into the tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import select, update

from bot.actions import promote
from storage import registrations as r
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import Town, neighbour

T = TypeVar("T")
SESSION = "sm1"
OUT = ("declined", "cancelled", "unsure")


@dataclass(slots=True)
class Hall:
    """The first session of San Martín."""

    town: Town
    id: int
    people: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store, capacity: int | None) -> Hall:
        """The session with so many places, and nobody in it."""
        town = Town.on(store)

        def work(unit: Unit) -> int:
            unit.db.execute(update(t.session).where(t.session.c.code == SESSION).values(capacity=capacity))
            return int(unit.db.execute(select(t.session.c.id).where(t.session.c.code == SESSION)).scalar_one())

        return cls(town, store.do(work))

    def come(self, *names: str) -> None:
        """Neighbours who gave permission, and have not answered yet."""

        def work(unit: Unit) -> dict[str, int]:
            return {name: neighbour(unit, name, "sms") for name in names}

        self.people |= self.town.store.do(work)

    def sign_up(self, *names: str) -> list[r.Place]:
        """One after another, those who are new come first; the place each is told."""
        self.come(*(name for name in names if name not in self.people))
        return [self.do(lambda unit, n=name: r.sign_up(unit, self.id, self.people[n], "sms")) for name in names]  # type: ignore[misc]

    def do(self, work: Callable[[Unit], T]) -> T:
        """One transaction."""
        return self.town.store.do(work)

    def otherwise(self, name: str, state: str) -> None:
        """'No', or 'not sure yet'."""
        self.do(lambda unit: r.answer_otherwise(unit, self.id, self.people[name], state, "sms"))

    def cancel(self, name: str) -> bool:
        """NO VOY."""
        return self.do(lambda unit: r.cancel(unit, self.id, self.people[name], "sms"))

    def take(self, name: str) -> r.Place:
        """Yes to an offer."""
        return self.do(lambda unit: r.take_offer(unit, self.id, self.people[name]))

    def tick(self) -> None:
        """The clock looks at the waiting list."""
        self.do(lambda unit: promote.due(unit, self.town.app.catalogues))

    def fill(self, capacity: int | None = None) -> None:
        """Somebody looks after the waiting list; with a capacity, after changing it."""

        def work(unit: Unit) -> None:
            if capacity is not None:
                unit.db.execute(update(t.session).where(t.session.c.id == self.id).values(capacity=capacity))
            r.fill_places(unit, self.id)

        self.do(work)

    def states(self, *names: str) -> str:
        """The state of each, with the place in the queue: 'registered offered waiting 1'."""
        return self.town.store.read(lambda unit: " ".join(map(_told, (self._place(unit, n) for n in names))))

    def _place(self, unit: Unit, name: str) -> r.Place | None:
        return r.place_of(unit, self.id, self.people[name])


def _told(place: r.Place | None) -> str:
    if place is None:
        return "-"
    return f"{place.state} {place.position}" if place.position else place.state
