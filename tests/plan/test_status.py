"""The status of the plan: every number agrees with the rows, and nobody sees who chose what."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Table, insert, select, update

from bot.actions import load, status
from bot.actions.status import LabStatus, Status
from bot.planfile import read
from bot.stage import Parts
from storage import registrations
from storage import tables as t
from storage.store import Store, Unit
from tests.conftest import Clock

EXAMPLE = Path(__file__).parents[2] / "examples" / "panama.toml"
NOW = datetime(2026, 11, 11, 17, 0, tzinfo=UTC)


@pytest.fixture
def plan(store: Store, clock: Clock, parts: Parts) -> Store:
    """The example, loaded on 11 November 2026 at noon."""
    clock.set(NOW)
    store.do(lambda unit: load.load(unit, read(EXAMPLE), parts, timezone="America/Panama"))
    return store


def add(unit: Unit, table: Table, **values: object) -> int:
    return int(unit.db.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())


def person(unit: Unit, n: int) -> int:
    return add(unit, t.person, token=f"P-{n}", name=f"Persona {n}", created_at=unit.now)


def san_martin(found: Status) -> LabStatus:
    return found.labs[0]


def test_an_empty_database_has_an_empty_status(store: Store) -> None:
    found = store.read(status.read)
    assert (found.plan, found.labs, found.broadcasts, found.late, found.next) == ("", (), (), (), ())


def test_labs_that_work_come_first(plan: Store) -> None:
    found = plan.read(status.read)
    assert found.plan == "Laboratorios de innovación social (continuación)"
    assert [lab.state for lab in found.labs] == ["published"] + ["draft"] * 7
    comarca = found.labs[1]
    assert (comarca.slug, comarca.authorised) == ("comarca-ejemplo", False)
    assert [len(lab.sessions) for lab in found.labs] == [2] * 8


def test_milestones_keep_their_date_as_written(plan: Store) -> None:
    found = plan.read(status.read)
    assert [(m.number, m.due, m.passed) for m in found.milestones] == [
        ("1", "Marzo 2024", True),
        ("2", "Marzo 2024", True),
        ("3", "Junio 2023", True),
    ]


def test_people_are_counted_by_what_they_said(plan: Store) -> None:
    def work(unit: Unit) -> None:
        unit.db.execute(update(t.session).where(t.session.c.code == "sm1").values(capacity=2))
        sm1 = unit.db.execute(select(t.session.c.id).where(t.session.c.code == "sm1")).scalar_one()
        for n in range(3):
            registrations.sign_up(unit, sm1, person(unit, n), "sms")
        registrations.answer_otherwise(unit, sm1, person(unit, 4), "unsure", "sms")
        registrations.answer_otherwise(unit, sm1, person(unit, 5), "declined", "sms")

    plan.do(work)
    found = plan.read(status.read)
    meeting = san_martin(found).next(found.now)
    assert meeting is not None
    assert (meeting.code, meeting.registered, meeting.capacity, meeting.waiting, meeting.unsure) == ("sm1", 2, 2, 1, 1)


def test_a_lab_without_published_sessions_shows_its_next_draft(plan: Store, clock: Clock) -> None:
    found = plan.read(status.read)
    shown = found.labs[1].next(found.now)
    assert shown is not None
    assert (shown.code, shown.state) == ("com1", "draft")
    clock.forward(days=400)
    later = plan.read(status.read)
    assert later.labs[1].next(later.now) is None


def choose(unit: Unit, contest_id: int, n: int, payload: str, current: str = "current") -> None:
    add(
        unit,
        t.ballot,
        contest_id=contest_id,
        person_id=person(unit, n) if current == "current" else None,
        rev=1,
        kind="choice",
        payload=payload,
        channel="sms",
        received_at=unit.now,
        provider="simulator:sms",
        provider_msg_id=f"m{n}",
        commitment=b"x",
        code=f"C{n}",
        status=current,
    )


def test_an_open_contest_shows_how_many_chose_and_never_what(plan: Store) -> None:
    def work(unit: Unit) -> None:
        id = unit.db.execute(select(t.contest.c.id)).scalar_one()
        unit.db.execute(update(t.contest).values(state="open"))
        for n, payload in enumerate(("1", "1,2", "4"), 1):
            choose(unit, id, n, payload)
        choose(unit, id, 9, "3", "superseded")

    plan.do(work)
    found = plan.read(status.read)
    [contest] = san_martin(found).contests
    assert (contest.slug, contest.state, contest.ballots, contest.undecided) == ("sm", "open", 3, ())
    told = found.to_json()
    assert "1,2" not in told
    assert not any(name in told for name in ("Agua", "Camino", "Persona"))


def test_a_closed_contest_names_the_problems_without_an_answer(plan: Store) -> None:
    def work(unit: Unit) -> None:
        contest_id = unit.db.execute(select(t.contest.c.id)).scalar_one()
        unit.db.execute(update(t.contest).values(state="closed"))
        agua = unit.db.execute(select(t.problem.c.id).where(t.problem.c.slug == "agua")).scalar_one()
        add(
            unit,
            t.decision,
            problem_id=agua,
            contest_id=contest_id,
            outcome="adopted",
            reason="Sí",
            by="junta",
            at=unit.now,
        )

    plan.do(work)
    found = plan.read(status.read)
    assert san_martin(found).contests[0].undecided == ("camino", "salud", "senal", "basura")
    assert [note.command for note in found.late if note.command.startswith("convoca decide")] == [
        f'convoca decide san-martin/{slug} --because "..."' for slug in ("camino", "salud", "senal", "basura")
    ]


def test_a_choice_past_its_hour_is_late(plan: Store, clock: Clock) -> None:
    plan.do(lambda unit: unit.db.execute(update(t.contest).values(state="open")))
    assert [note.text for note in plan.read(status.read).next if "closes" in note.text] == ["the choice sm closes"]
    clock.forward(days=20)
    found = plan.read(status.read)
    assert [note.command for note in found.late] == ["convoca contest close sm"]


def ledger_of(unit: Unit, states: dict[str, int]) -> None:
    """An invitation to sm1 with so many recipients in each state."""
    sm1 = unit.db.execute(select(t.session.c.id).where(t.session.c.code == "sm1")).scalar_one()
    id = add(
        unit,
        t.broadcast,
        code="K7F9RM",
        idem="announce:sm1:1",
        kind="invitation",
        session_id=sm1,
        state="sending",
        by="test",
        created_at=unit.now,
        due_at=unit.now,
        audience=sum(states.values()),
    )
    for state, n in states.items():
        for _ in range(n):
            add(unit, t.recipient, broadcast_id=id, person_id=None, state=state, at=unit.now)


def test_a_ledger_adds_up(plan: Store) -> None:
    states = {"sent": 5, "failed": 2, "skipped": 3, "unknown": 1, "pending": 4}
    plan.do(lambda unit: ledger_of(unit, states))
    found = plan.read(status.read)
    [sent] = found.broadcasts
    assert (sent.code, sent.kind, sent.about) == ("K7F9RM", "invitation", "sm1")
    assert sent.audience == sent.sent + sent.failed + sent.skipped + sent.unknown + sent.pending == 15
    assert "invitation sm1: 2 not delivered, 1 unknown" in [note.text for note in found.late]


def test_what_comes_next_says_what_to_do(plan: Store) -> None:
    before = {note.command for note in plan.read(status.read).next}
    assert {"convoca announce sm1", "convoca announce sm2", "convoca contest open sm"} <= before
    plan.do(lambda unit: ledger_of(unit, {"sent": 1}))
    after = plan.read(status.read)
    assert "convoca announce sm1" not in {note.command for note in after.next}
    assert san_martin(after).sessions[0].invited


def test_who_waits_for_a_person_too_long_is_late(plan: Store, clock: Clock) -> None:
    def work(unit: Unit) -> None:
        values = {"channel": "sms", "fingerprint": "x", "created_at": unit.now}
        at = add(unit, t.address, **values)
        add(unit, t.handover, address_id=at, reason="asked", at=unit.now, due_at=unit.now + timedelta(days=1))

    plan.do(work)
    now = plan.read(status.read)
    assert (now.for_a_human, now.late) == (1, ())
    clock.forward(days=2)
    assert [note.text for note in plan.read(status.read).late] == ["asked for a person and have waited too long: 1"]


def test_a_stopped_sender_is_late(plan: Store) -> None:
    values = {"name": "sms:1", "channel": "sms", "via": "sms", "interval_us": 1, "halted_why": "wrong password"}
    plan.do(lambda unit: add(unit, t.sender, halted_at=unit.now, **values))
    assert [n.text for n in plan.read(status.read).late] == [
        "the sender sms:1 has stopped and keeps 0 messages: wrong password"
    ]


def test_the_status_is_json_too(plan: Store) -> None:
    told = json.loads(plan.read(status.read).to_json())
    assert told["labs"][0]["sessions"][0]["code"] == "sm1"
    assert datetime.fromisoformat(told["now"]).utcoffset() == timedelta(0)
