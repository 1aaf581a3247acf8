"""What becomes of the rows of two people who are one: of each thing one stands, told and counted once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, insert, select, update

from bot.message import Message
from storage import ballots, contests, joining, people, registrations
from storage import tables as t
from storage.ballots import Voter
from storage.store import Store, Unit
from tests.kit import Town, neighbour
from tests.script import ACTS
from tests.talk.test_turn import broken_off

# Rows about a person that are not hers to hand on: they go with what they belong to, or with her name.
ELSEWHERE = {"talk", "copy_link", "joining", "registration", "enrolment", "participation", "ballot", "followup"}
ELSEWHERE |= {"address"}  # who speaks


class Two:
    """Rosa, known by two phones."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.keep, self.gone = (neighbour(unit, "Rosa") for _ in range(2))
        query = select(t.contact.c.address_id).order_by(t.contact.c.id)
        self.first, self.second = unit.db.execute(query).scalars().all()[-2:]

    def join(self) -> str:
        _state, mark = joining.tried(self.unit, self.second, joining.give(self.unit, self.keep, self.first))
        return joining.join(self.unit, mark, self.second, self.gone, 0).state

    def place(self, person: int, code: str = "sm1", party: int = 1) -> int:
        meeting = self.id(t.session, code=code)
        registrations.sign_up(self.unit, meeting, person, "sms", party=party)
        return self.id(t.registration, session_id=meeting, person_id=person)

    def choose(self, person: int, option: int) -> None:
        contest = self.id(t.contest, slug="sm")
        said = f"{person}.{option}"
        voter = Voter(person_id=person, channel="sms", shared=False, provider="test", provider_msg_id=said)
        ballots.cast(self.unit, contest, voter, [option])

    def add(self, table: Table, **values: Any) -> int:
        made = self.unit.db.execute(insert(table).values(**values).returning(table.c.id))
        return int(made.scalar_one())

    def id(self, table: Table, **where: Any) -> int:
        query = select(table.c.id).where(*(table.c[name] == value for name, value in where.items()))
        return int(self.unit.db.execute(query.limit(1)).scalar_one())

    def all(self, table: Table, *names: str) -> list[tuple[Any, ...]]:
        query = select(*(table.c[name] for name in names)).order_by(table.c.id)
        return [tuple(row) for row in self.unit.db.execute(query)]


@pytest.fixture
def town(store: Store) -> Town:
    return Town.on(store)


def played(town: Town, work: Any) -> None:
    town.store.do(lambda unit: work(Two(unit)))


def test_every_table_that_names_a_person_is_thought_of() -> None:
    from storage import merging

    names = {
        table.name
        for table in t.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is t.person and table is not t.person
    }
    assert names == set(merging._BY_NAME) | ELSEWHERE


@pytest.mark.parametrize(
    ("mine", "hers", "stands"),
    [
        ("waiting", "registered", "registered"),
        ("registered", "waiting", "registered"),
        ("declined", "unsure", "unsure"),
        ("attended", "registered", "attended"),
        ("no_show", "attended", "attended"),
    ],
)
def test_of_two_places_the_better_stands(town: Town, mine: str, hers: str, stands: str) -> None:
    def work(two: Two) -> None:
        for person, state in ((two.keep, mine), (two.gone, hers)):
            place = two.place(person)
            given = {"state": state, "queue_key": 1 if state == "waiting" else None}
            two.unit.db.execute(update(t.registration).where(t.registration.c.id == place).values(**given))
        assert two.join() == "joined"
        states = dict(two.all(t.registration, "person_id", "state"))
        assert states[two.keep] == stands
        assert states[two.gone] not in ("registered", "waiting", "offered")

    played(town, work)


def test_the_place_that_comes_free_is_offered_on_and_needs_stay_hers(town: Town) -> None:
    def work(two: Two) -> None:
        one, other = two.place(two.keep), two.place(two.gone, party=2)
        two.unit.db.execute(update(t.registration).where(t.registration.c.id == one).values(reminders=False))
        day = {"at": two.unit.now, "erase_on": two.unit.now.date()}
        two.add(t.need, registration_id=one, kind="ramp", **day)
        two.add(t.need, registration_id=other, kind="childcare", **day)
        meeting = two.id(t.session, code="sm1")
        two.unit.db.execute(update(t.session).where(t.session.c.id == meeting).values(capacity=3))
        waits = two.place(neighbour(two.unit, "Ana"))
        assert two.join() == "joined"
        rows = {row[0]: row[1:] for row in two.all(t.registration, "id", "person_id", "state", "reminders")}
        assert rows[other] == (two.keep, "registered", False)  # it holds two places
        assert rows[one][:2] == (two.gone, "cancelled")
        assert rows[waits][1] == "offered"
        assert set(two.all(t.need, "registration_id", "kind")) == {(other, "ramp"), (other, "childcare")}

    played(town, work)


def test_both_came_to_one_meeting_so_they_are_two(town: Town) -> None:
    def work(two: Two) -> None:
        for person in (two.keep, two.gone):
            two.place(person)
        two.unit.db.execute(update(t.registration).values(state="attended"))
        assert two.join() == "unsafe"
        assert len({row[0] for row in two.all(t.contact, "person_id")}) == 2

    played(town, work)


def test_a_contest_that_is_over_stands_as_it_was_counted(town: Town) -> None:
    ACTS["open"](town, "sm")

    def work(two: Two) -> None:
        two.choose(two.keep, 1)
        two.choose(two.gone, 2)
        held = contests.by_slug(two.unit, "sm")
        assert held
        two.unit.now += timedelta(days=30)
        before = two.all(t.ballot, "id", "person_id", "payload", "status", "received_at")
        assert two.join() == "joined"
        assert two.all(t.ballot, "id", "person_id", "payload", "status", "received_at") == before
        assert len(two.all(t.participation, "id")) == 2
        people.erase(two.unit, two.first, [two.keep])
        assert {row[0] for row in two.all(t.ballot, "person_id")} == {None}
        assert {row[0] for row in two.all(t.participation, "person_id")} == {None}

    played(town, work)


def test_who_was_erased_after_choosing_is_not_joined_while_one_can_choose(town: Town) -> None:
    ACTS["open"](town, "sm")

    def work(two: Two) -> None:
        two.choose(two.gone, 2)
        people.erase(two.unit, two.second, [two.gone])
        _state, mark = joining.tried(two.unit, two.second, joining.give(two.unit, two.keep, two.first))
        assert joining.join(two.unit, mark, two.second, None, 0).state == "unsafe"

    played(town, work)


def test_who_came_is_in_the_class_of_those_who_came(town: Town) -> None:
    ACTS["open"](town, "sm")

    def work(two: Two) -> None:
        contest = two.id(t.contest, slug="sm")
        came = {"contest_id": contest, "person_id": two.keep, "class": "attended", "evidence": "attendance"}
        two.add(t.enrolment, **came, at=two.unit.now)
        two.choose(two.gone, 2)
        assert two.join() == "joined"
        assert two.all(t.enrolment, "person_id", "class") == [(two.keep, "attended")]
        assert two.all(t.ballot, "person_id", "class", "status") == [(two.keep, "attended", "current")]
        joining.undo(two.unit, two.first)
        assert set(two.all(t.enrolment, "person_id", "class")) == {(two.keep, "attended"), (two.gone, "open")}
        assert two.all(t.ballot, "person_id", "class") == [(two.gone, "open")]

    played(town, work)


def test_what_both_are_told_is_told_once_and_answers_count_once(town: Town) -> None:
    ACTS["open"](town, "sm")

    def work(two: Two) -> None:
        now = two.unit.now
        sent = two.add(
            t.broadcast, code="B1", idem="b1", kind="result", state="sending", by="x", created_at=now, due_at=now
        )
        sender = two.id(t.sender, channel="sms")
        for person, phone in ((two.keep, two.first), (two.gone, two.second)):
            told = {"broadcast_id": sent, "person_id": person, "address_id": phone, "state": "pending", "at": now}
            row = two.add(t.recipient, **told)
            queued = {"sender_id": sender, "address_id": phone, "person_id": person, "kind": "broadcast"}
            times = {"due_at": now, "created_at": now, "recipient_id": row}
            two.add(t.outbox, **queued, **times, priority=2, state="pending", body="{}")
        topic = two.id(t.problem)
        for person, what in ((two.keep, "questions"), (two.gone, "news")):
            two.add(t.muted, person_id=person, problem_id=topic, what=what, at=now)
        assert two.join() == "joined"
        mine = [row for row in two.all(t.recipient, "state", "reason") if row[0] == "skipped"]
        assert mine == [("skipped", "joined")]
        assert [row[0] for row in two.all(t.outbox, "state") if row[0] == "pending"] == ["pending"]
        assert two.all(t.muted, "person_id", "what") == [(two.keep, "news")]

    played(town, work)


def test_broken_off_at_every_step_two_are_joined_once(store: Store) -> None:
    """The one transaction stands or falls as a whole, and the same message again changes nothing."""
    town = Town.on(store)
    ACTS["open"](town, "sm")
    first, second = town.phone("sms", "C"), town.phone("telegram", "C2")
    for phone, choice in ((first, "ELEGIR 1"), (second, "ELEGIR 2")):
        for words in ("SANMARTIN", "1", "Rosa", "1", "1", choice):
            phone.say(words)
    code = first.say("VINCULAR")[-1].text.split("VINCULAR ")[1].split(".")[0]
    second.say(f"VINCULAR {code}")
    yes = Message(channel="telegram", sender="simulator:telegram", address=second.number, provider_id="yes", text="1")
    stop_at = 1
    while broken_off(town.app, yes, stop_at):
        assert town.count(t.person, erased_at=None) == 2
        stop_at += 7
    assert stop_at > 100
    assert not town.app.receive(yes).result()
    assert town.count(t.person, erased_at=None) == 1
    assert sorted(row.status for row in town.rows(t.ballot, "status")) == ["current", "void"]
    assert len(first.read()) == 1


def test_the_same_code_on_two_phones_at_once_and_two_codes_crosswise_join_once(store: Store) -> None:
    town = Town.on(store)
    phones = [
        town.phone(channel, name) for channel, name in (("telegram", "C"), ("whatsapp", "C2"), ("telegram", "C3"))
    ]
    for phone in phones:
        for words in ("SANMARTIN", "1", "Rosa", "1", "1"):
            phone.say(words)
    codes = [phone.say("VINCULAR")[-1].text.split("VINCULAR ")[1].split(".")[0] for phone in phones[:2]]
    typed = [(phones[0], codes[1]), (phones[1], codes[0]), (phones[2], codes[0])]
    for phone, code in typed:
        assert "¿Los usas tú?" in phone.say(f"VINCULAR {code}")[-1].text
    said = [
        town.app.receive(
            Message(
                channel=phone.channel,
                sender=f"simulator:{phone.channel}",
                address=phone.number,
                provider_id=f"yes {n}",
                text="1",
            )
        )
        for n, (phone, _code) in enumerate(typed)
    ]
    assert all(one.result() for one in said)
    alive = town.count(t.person, erased_at=None)
    assert alive in (1, 2)
    assert town.count(t.contact) == 3
    assert len({row.person_id for row in town.rows(t.contact, "person_id")}) == alive
    assert town.count(t.joining, mark=None) == 3 - alive
