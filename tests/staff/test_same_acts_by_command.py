"""What the team does by chat is done from the command line too: who comes, the door, an answer, whom to invite."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner, Result

from bot import cli
from storage import clock, settle
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
    nobody = "Nobody waits with that number. To see the list: convoca pending"
    assert [refused(convoca("answer", *more)) for more in ((number, "Otra vez."), ("99",))] == [nobody, nobody]
    assert refused(convoca("audio", "99")) == nobody
    assert crew.town.phones["C"].read() == []


def test_a_complaint_that_a_colleague_reads_is_not_shown_nor_answered(store: Store, convoca: Command) -> None:
    crew, number = waiting(store)
    taken = {"reason": "complaint", "taken_by": "staff:F-AAAAAA"}
    store.do(lambda unit: unit.db.execute(update(t.handover).values(**taken)))
    for text in ((), ("Ya lo vemos.",)):
        assert "Another person of the team reads" in refused(convoca("answer", number, *text))
    assert crew.audit("handover.answered") == []


def test_what_nobody_asked_for_is_answered_too(store: Store, convoca: Command) -> None:
    crew = Crew(store)
    ana = crew.town.phone("telegram", "C")
    crew.said(ana, "SANMARTIN", "1", "Ana", "1", "1", "el puente se cayó", "el puente se cayó otra vez")
    shown = said(convoca("read"))
    assert "1  " in shown
    assert "convoca read --answer 1" in shown
    assert "There is no 9" in refused(convoca("read", "--answer", "9"))
    told = said(convoca("read", "--answer", "1"))
    number = str(crew.town.rows(t.handover, "id")[-1].id)
    assert f'convoca answer {number} "..."' in told
    assert crew.town.rows(t.handover, "reason")[-1].reason == "read"
    assert said(convoca("answer", number, "Ya lo vemos.")).startswith("Sent: ")
    assert convoca("read", "--done", "--answer", "1").exit_code == 2


# --- what went out


def test_what_nobody_knows_whether_it_arrived_goes_again(store: Store, convoca: Command) -> None:
    town = Town.on(store)
    town.neighbour("Ana")
    said(convoca("announce", "sm1", "--yes"))
    (sent,) = town.rows(t.broadcast, "code")
    assert "Nothing of it is unknown" in refused(convoca("broadcast", "again", sent.code))
    store.do(lambda unit: unit.db.execute(update(t.recipient).values(state="unknown")))
    store.do(lambda unit: unit.db.execute(update(t.outbox).values(state="unknown")))
    store.do(lambda unit: settle.ledger(unit, {row.id for row in unit.db.execute(select(t.recipient.c.id))}))
    assert "You typed 2" in convoca("broadcast", "again", sent.code, typed="2\n").output
    assert "1 sent again" in said(convoca("broadcast", "again", sent.code.lower(), typed="1\n"))
    assert town.count(t.outbox, state="pending") == 1
    assert [row.actor[:4] for row in Crew(store).audit("broadcast.again")] == ["cli:"]
    assert refused(convoca("broadcast", "again", "XXXXXX")) == "There is no broadcast XXXXXX."


# --- whom to invite


def test_an_invitation_waits_for_its_hour(store: Store, convoca: Command) -> None:
    town = Town.on(store)
    town.neighbour("Ana")
    for wrong, why in (("2026-11-10 17:00", "before the session begins"), ("2026-11-21 15:30", "It would go out")):
        assert why in refused(convoca("announce", "sm1", "--at", wrong, "--yes"))
    assert "no day with an hour" in refused(convoca("announce", "sm1", "--at", "pronto", "--yes"))
    shown = said(convoca("announce", "sm1", "--at", "viernes 13 nov 5 pm", "--yes"))
    assert "It goes out at Fri 13 Nov, 5:00 pm" in shown or "It goes out at" in shown
    (row,) = town.rows(t.broadcast, "due_at")
    assert row.due_at == datetime(2026, 11, 13, 17, tzinfo=PANAMA)


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
