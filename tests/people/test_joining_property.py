"""Whatever is chosen and joined in whatever order: one person has one choice that counts, and it is her last."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from storage import ballots, contests, joining, people
from storage.ballots import Voter
from storage.store import Store, Unit
from storage.tables import audit_event, ballot, contact, enrolment, participation, person
from tests.conftest import SECRET
from tests.kit import Town, neighbour
from tests.script import ACTS

PHONES, STRANGERS = 5, 2
ALL = PHONES + STRANGERS
messages = itertools.count(1)
acts = st.lists(
    st.tuples(st.sampled_from(("choose", "choose", "join")), st.integers(0, ALL - 1), st.integers(1, ALL)),
    min_size=6,
    max_size=30,
)


class Undone(Exception):
    """The example has been played; nothing of it stays."""


@dataclass(slots=True)
class Play:
    """One history on one contest: what the record says beside what was said."""

    unit: Unit
    phones: list[int]
    contest: int
    group: dict[int, int] = field(default_factory=dict)  # phone -> the first phone of the same person
    last: dict[int, tuple[int, int]] = field(default_factory=dict)  # that phone -> (turn, option) chosen last
    turn: int = 0

    def act(self, name: str, phone: int, value: int) -> None:
        """Do it, as a turn would."""
        self.turn += 1
        self.unit.now += timedelta(minutes=1)
        if name == "choose":
            self.choose(self.phones[phone], (value - 1) % 5 + 1)
        else:
            self.join(self.phones[phone], self.phones[value - 1])

    def who(self, phone: int) -> int | None:
        found = [one.id for one in people.people_of(self.unit, phone)]
        assert len(found) < 2
        return found[0] if found else None

    def choose(self, phone: int, option: int) -> None:
        if (who := self.who(phone)) is not None:
            said = f"m{next(messages)}"
            voter = Voter(person_id=who, channel="sms", shared=False, provider="test", provider_msg_id=said)
            ballots.cast(self.unit, self.contest, voter, [option])
            mine = self.group.get(phone, phone)
            if self.last.get(mine, (0, 0))[1] != option:  # an equal one makes no row: it is as old as it was
                self.last[mine] = self.turn, option

    def join(self, first: int, second: int) -> None:
        owner, gone = self.who(first), self.who(second)
        if owner is None:
            return
        state, mark = joining.tried(self.unit, second, joining.give(self.unit, owner, first))
        assert state == ("here" if owner == gone else "right")
        if state == "right":
            assert joining.join(self.unit, mark, second, gone, 0).state == "joined"
            self.one(self.group.get(first, first), self.group.get(second, second))

    def one(self, keep: int, gone: int) -> None:
        for phone in self.phones:
            if self.group.get(phone, phone) == gone:
                self.group[phone] = keep
        both = [self.last.pop(phone) for phone in (keep, gone) if phone in self.last]
        if both:
            self.last[keep] = max(both)

    def counted(self) -> list[Any]:
        query = select(ballot.c.person_id, ballot.c.payload).where(ballot.c.status == "current")
        return list(self.unit.db.execute(query))

    def holds(self) -> None:
        """One each, for who has chosen; every phone still leads to somebody, and each is somebody's who is there."""
        rows = self.counted()
        assert max(Counter(row.person_id for row in rows).values(), default=1) == 1
        for table in (participation, enrolment):
            ids = self.unit.db.execute(select(table.c.person_id)).scalars().all()
            assert Counter(ids) == Counter(row.person_id for row in rows)
        alive = set(self.unit.db.execute(select(person.c.id).where(person.c.erased_at.is_(None))).scalars())
        assert set(self.unit.db.execute(select(contact.c.person_id)).scalars()) == alive

    def is_true(self) -> None:
        """The tally is what was said last, of each person."""
        told = Counter(str(option) for _turn, option in self.last.values())
        assert Counter(row.payload for row in self.counted()) == told


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Any) -> Iterator[Town]:
    """One database for all examples: each is undone."""
    path = tmp_path_factory.mktemp("property") / "convoca.db"
    path.write_bytes(sqlite_template.read_bytes())
    with Store(f"sqlite:///{path}", SECRET) as store:
        town = Town.on(store)
        ACTS["open"](town, "sm")
        yield town


def begun(unit: Unit) -> Play:
    for n in range(PHONES):
        neighbour(unit, f"Rosa {n}")
    phones = list(unit.db.execute(select(contact.c.address_id).order_by(contact.c.id)).scalars())
    phones += [people.lock_address(unit, "telegram", f"stranger {n}").id for n in range(STRANGERS)]
    held = contests.by_slug(unit, "sm")
    assert held
    return Play(unit, phones, held.id)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=acts)
def test_one_person_has_one_choice_and_it_is_her_last(town: Town, acts: list[tuple[str, int, int]]) -> None:
    def work(unit: Unit) -> None:
        play = begun(unit)
        for name, phone, value in acts:
            play.act(name, phone, value)
            play.holds()
            play.is_true()
        raise Undone

    with suppress(Undone):
        town.store.do(work)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=acts, meanwhile=acts, which=st.integers(0, ALL - 1))
def test_who_parts_them_leaves_one_choice_each(
    town: Town, before: list[tuple[str, int, int]], meanwhile: list[tuple[str, int, int]], which: int
) -> None:
    def work(unit: Unit) -> None:
        play = begun(unit)
        for name, phone, value in [*before, *meanwhile]:
            play.act(name, phone, value)
        for phone in play.phones[which:]:
            joining.undo(unit, phone)
            play.holds()
        raise Undone

    with suppress(Undone):
        town.store.do(work)
    assert town.count(audit_event, kind="phones.parted") == 0
