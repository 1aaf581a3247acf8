"""What the team does by chat is done from the command line too: who comes, the door, an answer, whom to invite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from bot import cli
from storage import clock
from storage import tables as t
from storage.store import Store
from tests.kit import PANAMA, Town
from tests.staff.crew import Crew

DAY = datetime(2026, 11, 21, 15, 20, tzinfo=PANAMA)

Command = Callable[..., Result]


@pytest.fixture
def convoca(database_url: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line on the database of the test."""
    monkeypatch.setenv("CONVOCA_DATABASE_URL", database_url)
    monkeypatch.setenv("CONVOCA_SECRET_KEY", secret)
    return lambda *said, typed="": CliRunner().invoke(cli.app, list(said), input=typed)


def said(done: Result) -> str:
    """What it did say."""
    assert done.exit_code == 0, done.output
    return done.output


def refused(done: Result) -> str:
    """Why it was not done."""
    assert done.exit_code == 1
    return str(done.exception) if done.exception and not isinstance(done.exception, SystemExit) else done.output


def full(store: Store, people: int = 3) -> tuple[Crew, list[str]]:
    """The day of the session, with so many places; their codes, as they signed up."""
    crew = Crew(store)
    crew.town.fill("sm1", people)
    crew.town.at(DAY)
    return crew, [row.code for row in crew.town.rows(t.registration, "code")]


def named(store: Store, name: str, *places: int) -> None:
    """These places (ids of people in the order they came) are of somebody of this name."""
    store.do(lambda unit: unit.db.execute(update(t.person).where(t.person.c.id.in_(places)).values(name=name)))


# --- who comes


def test_who_comes_is_said_as_by_chat_and_names_only_when_asked_for(store: Store, convoca: Command) -> None:
    _crew, codes = full(store)
    said(convoca("checkin", "sm1", codes[0]))
    lines = said(convoca("coming", "SM1")).splitlines()
    assert "2 are going, 1 have come, 0 do not know, 0 are waiting, 0 are not going." in lines[0]
    assert lines[0].startswith("San Martín, Saturday ")
    assert sorted(lines[1:]) == sorted([f"{codes[0]} ✓", *codes[1:]])
    assert f"{codes[0]} Vecina 0 ✓" in said(convoca("coming", "sm1", "--names")).splitlines()
    assert refused(convoca("coming", "x9")) == "There is no session x9."


# --- the door


def test_a_first_name_lets_in_and_takes_back(store: Store, convoca: Command) -> None:
    _crew, codes = full(store)
    assert said(convoca("checkin", "sm1", "vecina 1")) == f"{codes[1]} is in. Inside: 1.\n"
    assert said(convoca("checkin", "sm1", "Vecina 1", "--undo")) == f"{codes[1]} is out again. Inside: 0.\n"
    assert refused(convoca("checkin", "sm1", "Vecina 1", "--undo")).startswith("VECINA 1 is not in.")


def test_of_several_of_one_name_the_one_who_came_is_asked_for(store: Store, convoca: Command) -> None:
    crew, codes = full(store)
    named(store, "Ana", *(row.person_id for row in crew.town.rows(t.registration, "person_id")[:2]))
    first = min(codes[:2])
    assert f"{first} is in. Inside: 1." in said(convoca("checkin", "sm1", "ana", typed="1\n"))
    other = max(codes[:2])
    assert said(convoca("checkin", "sm1", "ana")) == f"{other} is in. Inside: 2.\n"


@pytest.mark.parametrize("typed", ["", "3"])
def test_another_number_lets_nobody_in(store: Store, convoca: Command, typed: str) -> None:
    crew, _codes = full(store)
    named(store, "Ana", *(row.person_id for row in crew.town.rows(t.registration, "person_id")[:2]))
    assert convoca("checkin", "sm1", "ana", typed=f"{typed}\n").exit_code == 1
    assert crew.town.count(t.registration, state="attended") == 0


def test_each_refusal_is_the_sentence_of_the_chat(store: Store, convoca: Command) -> None:
    crew, codes = full(store)
    said(convoca("checkin", "sm1", codes[0]))
    assert refused(convoca("checkin", "sm1", codes[0])).startswith(f"{codes[0]} is in already, since 3:20 pm.")
    assert refused(convoca("checkin", "sm1", "2222")).startswith("I do not know 2222. If ")
    assert refused(convoca("checkin", "sm1", codes[1], "--undo")).startswith(f"{codes[1]} is not in.")
    store.do(lambda unit: clock.to(unit, DAY - timedelta(days=2)))
    assert convoca("checkin", "sm1", "--undo").exit_code == 2
    assert "It is early: session sm1 is on Saturday" in refused(convoca("checkin", "sm1", codes[1]))
    assert "the door of sm1 is not open" in refused(convoca("checkin", "sm1")).lower()
    assert crew.town.count(t.registration, state="attended") == 1


def test_who_gave_the_place_back_comes_in_when_it_is_said(store: Store, convoca: Command) -> None:
    crew, codes = full(store)
    gone = update(t.registration).where(t.registration.c.code == codes[0]).values(state="cancelled")
    store.do(lambda unit: unit.db.execute(gone))
    why = refused(convoca("checkin", "sm1", codes[0]))
    assert f"convoca checkin sm1 {codes[0]} --anyway" in why
    assert crew.town.count(t.registration, state="attended") == 0
    assert said(convoca("checkin", "sm1", codes[0], "--anyway")) == f"{codes[0]} is in. Inside: 1.\n"


# --- an answer


def waiting(store: Store, *words: str) -> tuple[Crew, str]:
    """Ana asked for a person, or wrote these words; her number in the list."""
    crew = Crew(store)
    crew.said(crew.town.phone("telegram", "C"), "SANMARTIN", "1", "Ana", "1", "1", *(words or ("PERSONA",)))
    return crew, str(crew.town.rows(t.handover, "id")[0].id)


def test_an_answer_is_read_written_and_sent_once(store: Store, convoca: Command) -> None:
    crew, number = waiting(store)
    crew.said(crew.town.phones["C"], "¿A qué hora sale el bus?")
    assert f'convoca answer {number} "..."' in said(convoca("pending"))
    shown = said(convoca("answer", number))
    assert "«PERSONA / ¿A qué hora sale el bus?»" in shown
    assert "Ana" not in shown
    told = "El bus sale a las 2. (El equipo de la Junta Comunal de Ejemplo)"
    assert said(convoca("answer", number, "El bus sale a las 2.")) == f"Sent: «{told}»\n"
    assert crew.town.phones["C"].read()[-1].text == told
    assert [row.actor[:4] for row in crew.audit("handover.answered")] == ["cli:"]
    assert "Nobody waits" in refused(convoca("answer", number, "Otra vez."))
    assert crew.town.phones["C"].read() == []


def test_a_complaint_that_a_colleague_reads_is_not_shown_nor_answered(store: Store, convoca: Command) -> None:
    crew, number = waiting(store)
    taken = {"reason": "complaint", "taken_by": "staff:F-AAAAAA"}
    store.do(lambda unit: unit.db.execute(update(t.handover).values(**taken)))
    for text in ((), ("Ya lo vemos.",)):
        assert "Another person of the team reads" in refused(convoca("answer", number, *text))
    assert crew.audit("handover.answered") == []


# --- whom to invite


def test_those_of_the_first_laboratory_are_invited_alone(store: Store, convoca: Command) -> None:
    town = Town.on(store)
    ana, _luis = (town.neighbour(name) for name in ("Ana", "Luis"))
    came = {"session_id": 2, "person_id": ana, "state": "attended", "channel": "door"}
    at = {"created_at": DAY, "changed_at": DAY}
    store.do(lambda unit: unit.db.execute(t.registration.insert().values(**came, **at)))
    counted = said(convoca("announce", "sm1", "--to", "attendees", typed="1\n"))
    assert "1 came before, 0 share a phone, 0 of no community." in counted
    assert "People by --to: community 2, attendees 1, both 2." in counted
    assert [row.person_id for row in town.rows(t.recipient, "person_id")] == [ana]
    assert "was announced already" in said(convoca("announce", "sm1", "--to", "attendees"))
    assert "It goes to 1 person" in convoca("announce", "sm1", typed="").output  # the community: who is left


def test_whom_nobody_knows_is_not_understood(convoca: Command) -> None:
    assert convoca("announce", "sm1", "--to", "everybody").exit_code == 2
