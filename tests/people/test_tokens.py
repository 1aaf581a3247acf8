"""A person's token is drawn, and nobody else's."""

from __future__ import annotations

import random

from storage import people
from storage import tables as t
from storage.store import Store, Unit


class Repeats(random.Random):
    """Chance that draws '222222' twice, then '333333'."""

    def __init__(self) -> None:
        super().__init__()
        self.coming = list("222222" * 2 + "333333")

    def choice(self, seq: object) -> str:  # type: ignore[override]
        """The next of them."""
        return self.coming.pop(0)


def test_who_draws_the_token_of_somebody_else_draws_again(store: Store) -> None:
    def work(unit: Unit) -> list[int]:
        unit.rng = Repeats()
        both = [people.lock_address(unit, "sms", f"+5076000000{n}").id for n in range(2)]
        return [people.admit(unit, at, name="Ana", age_band="adult", lang="es", territory_id=None) for at in both]

    store.do(work)
    tokens = store.read(lambda unit: [row.token for row in unit.db.execute(t.person.select())])
    assert tokens == ["P-222222", "P-333333"]
