"""One message, one transaction: seen before, broken off, out of order, malformed; on both databases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Column, event, select
from structlog.testing import capture_logs

from bot import turn
from bot.app import App
from bot.message import Message
from bot.player import Phone, Said
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import Town
from tests.script import ACTS
from tests.sending.pretend import damage

STORY = ["SANMARTIN", "1", "Maria", "1", "1", "mi esposo tambien", "1", "Luis", "1", "1", "LUIS NO VOY", "2"]
WATCHED = {
    t.person: ("name", "age_band"),
    t.contact: ("person_id", "address_id"),
    t.consent: ("person_id", "purpose", "text", "answer"),
    t.registration: ("person_id", "session_id", "state"),
    t.registration_log: ("registration_id", "from_state", "to_state"),
    t.inbound: ("provider_id", "payload", "state"),
    t.talk: ("conversation", "pending"),
}


class Crash(Exception):
    """The process dies here."""


def message(n: int, text: str, number: str = "+50760000000") -> Message:
    return Message(channel="sms", sender="simulator:sms", provider_id=f"m{n}", address=number, text=text)


def record(town: Town) -> dict[str, Any]:
    """Everything the story stored; codes and the talks' numbers masked, for they differ."""
    stored: dict[str, Any] = {table.name: town.rows(table, *columns) for table, columns in WATCHED.items()}
    masked = re.compile(r"es [0-9A-Z]{4}\.|\"t\d+\|")
    stored["messages"] = [masked.sub("...", row.body) for row in town.rows(t.outbox, "body")]
    return stored


@contextmanager
def dying(unit: Unit, stop_at: int) -> Iterator[None]:
    """The statement numbered `stop_at` of this unit never runs."""
    count = 0

    def before(*_: object) -> None:
        nonlocal count
        count += 1
        if count == stop_at:
            raise Crash

    event.listen(unit.db, "before_cursor_execute", before)
    try:
        yield
    finally:
        event.remove(unit.db, "before_cursor_execute", before)


def broken_off(app: App, heard: Message, stop_at: int) -> bool:
    """Deliver the message to a process that dies at its statement `stop_at`. True: it died."""

    def work(unit: Unit) -> None:
        with dying(unit, stop_at):
            turn.receive(unit, heard, app.parts)

    try:
        app.store.do(work)
    except Crash:
        return True
    return False


def test_broken_off_at_every_step_and_delivered_again_the_record_is_the_same(store: Store) -> None:
    town = Town.on(store)
    crashes = 0
    for n, text in enumerate(STORY):
        stop_at = 1
        while broken_off(town.app, message(n, text), stop_at):
            crashes += 1
            stop_at += 1
        town.app.receive(message(n, text)).result()  # and once more, after it went through
    assert crashes > 150
    broken = record(town)
    for table in reversed(t.metadata.sorted_tables):
        store.do(lambda unit, table=table: unit.db.execute(table.delete()))  # type: ignore[misc]
    again = Town.on(store)
    for n, text in enumerate(STORY):
        again.app.receive(message(n, text)).result()
    straight = record(again)
    assert broken["messages"] == straight["messages"]
    assert {name: len(rows) for name, rows in broken.items()} == {name: len(rows) for name, rows in straight.items()}
    assert broken["person"] == straight["person"]
    assert broken["talk"] == straight["talk"]
    assert [row.payload for row in broken["inbound"]] == [row.payload for row in straight["inbound"]]
    assert [row[-2:] for row in broken["registration_log"]] == [row[-2:] for row in straight["registration_log"]]


def test_each_message_delivered_twice_is_one_registration_and_one_reply_each(store: Store) -> None:
    town = Town.on(store)
    for n, text in enumerate(STORY[:5]):
        assert town.app.receive(message(n, text)).result()
        assert not town.app.receive(message(n, text)).result()
    assert town.count(t.registration, state="registered") == 1
    assert town.count(t.outbox) == 5


def test_the_same_message_at_once_from_many_sides_is_one(store: Store) -> None:
    town = Town.on(store)
    told = [town.app.receive(message(1, "SANMARTIN")) for _ in range(20)]
    assert sorted(f.result() for f in told) == [False] * 19 + [True]
    assert town.count(t.outbox) == 1


def test_a_bug_in_a_turn_is_undone_told_once_and_the_talk_is_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town.on(store)
    phone = town.phone()
    for text in ("SANMARTIN", "1", "Maria"):
        phone.say(text)

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr("storage.people.admit", broken)
        sorry = phone.say("1", id="bad")
        assert phone.say("1", id="bad") == []
    assert [s.text for s in sorry] == [
        "Perdon. Algo fallo de nuestro lado y no se guardo tu mensaje. Escribelo otra vez en un rato."
    ]
    assert town.count(t.person) == 0
    failed = [row for row in town.rows(t.inbound, "state", "error_id") if row.state == "failed"]
    assert len(failed) == 1
    assert failed[0].error_id
    assert phone.say("1")[0].text.startswith("Laboratorio en San Martin")


@pytest.mark.parametrize("cell", [t.person.c.name, t.address.c.value, t.address.c.last_reply], ids=str)
def test_a_message_is_kept_where_the_apology_meets_the_same_cause(store: Store, cell: Column[str]) -> None:
    town = Town.on(store)
    phone = town.phone()
    for text in ("SANMARTIN", "1", "Maria", "1", "1"):
        phone.say(text)
    damage(store, cell, 1)
    with capture_logs() as written:
        assert [town.app.receive(message(7, "AYUDA")).result() for _ in range(2)] == [True, False]
    [error_id] = {line["error_id"] for line in written if line["event"] == "turn failed"}
    [failed] = town.rows(t.inbound, "address_id", "payload", "error_id", "state")[-1:]
    assert tuple(failed) == (1, '{"text": "AYUDA"}', error_id, "failed")
    assert town.count(t.audit_event, kind="turn_failed", subject=error_id) == 1
    assert town.count(t.outbox, state="pending") == 0


def test_a_message_is_kept_where_the_apology_itself_is_broken(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    town = Town.on(store)
    monkeypatch.setattr("bot.stage.Stage.__init__", broken)
    assert town.app.receive(message(7, "hola")).result()
    [hers] = town.rows(t.address, "id")
    [failed] = town.rows(t.inbound, "address_id", "payload", "state")
    assert tuple(failed) == (hers.id, '{"text": "hola"}', "failed")


HUMANE = [
    ("", "llegó vacío"),
    ("   \n ", "llegó vacío"),
    ("x" * 100_000, "muy largo"),
    ("\x00\x01\x02\x1b[31m", ""),
    ("😀😀😀", ""),
    ("‮‮‮", ""),
    ("%s %d {name} {} {{", ""),
    ("'; DROP TABLE person; --", ""),
    ("1" * 1600, ""),
    ("/start", "Convoca"),
    ("/start " + "z" * 64, "No conozco ese cartel"),
    ("/start lab-zz9", "No conozco ese cartel"),
    ("LUIS 1", ""),
    ("SALIR", "Listo"),
]


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram"])
def test_every_message_gets_one_humane_answer(store: Store, channel: str) -> None:
    """As the first message of a stranger, and in the middle of each question."""
    town = Town.on(store)
    for n, (text, answer) in enumerate(HUMANE):
        first = Phone(town.app, channel, f"+5075000000{n}").say(text)
        assert len(first) == 1, repr(text[:20])
        assert first[0].text.strip()
        assert channel == "sms" or answer in first[0].text
        asked = Phone(town.app, channel, f"+5075100000{n}")
        for reply in ("SANMARTIN", "1", "Maria", "1"):
            asked.say(reply)
            came = asked.say(text)
            assert came, repr(text[:20])
            assert "Algo fall" not in came[0].text
            if text == "SALIR":
                asked.say("ALTA")
    assert town.count(t.inbound, state="failed") == 0


def test_start_alone_greets_also_after_a_poster_that_nobody_knows(store: Store) -> None:
    phone = Town.on(store).phone("telegram")
    assert phone.say("/start lab-zz9")[-1].text == "No conozco ese cartel. ¿Qué comunidad buscas?"
    for words in ("/start", "/start hola", "hola"):
        assert phone.say(words)[-1].text.startswith("Hola. Soy Convoca, de la Junta Comunal"), words
    assert phone.say("/start lab-zz9")[-1].text.startswith("No conozco ese cartel.")


def test_a_button_of_somebody_else_or_of_nobody_changes_nothing(store: Store) -> None:
    town = Town.on(store)
    ana, eve = town.phone("telegram", "C"), town.phone("telegram", "C2")
    ana.say("SANMARTIN")
    data = ana.screen[-1].options[0].data
    for forged in (data, "t999999|consent|yes", "w|SANMARTIN", "t|a|b", "b1|going|yes"):
        told = eve._send(Said(button=forged))
        assert told
        assert "cerró" in told[0].text
    assert town.count(t.consent) == 0
    assert ana.tap("Sí")[0].text.startswith("Gracias")


def test_a_button_may_say_what_could_be_typed_and_no_more(store: Store) -> None:
    """Nothing signs it (ADR 24): of whom, to which question and whether it was shown is asked of the database."""
    town = Town.on(store)
    ana, eve = town.phone("telegram", "C"), town.phone("telegram", "C2")
    ana.say("SANMARTIN")
    data = ana.screen[-1].options[0].data
    for invented in (data.replace("|yes", "|si claro"), data.replace("|yes", "|"), data.replace("consent", "name")):
        ana._send(Said(button=invented))
    assert town.count(t.consent) == 0
    for said in ("1", "Ana", "1", "1"):
        ana.say(said)
    ACTS["open"](town, "sm")
    asked = next(o.data for one in reversed(ana.read()) for o in one.options if o.data.startswith("b"))
    eve._send(Said(button=asked))
    ana._send(Said(button=f"{asked.rpartition('|')[0]}|99"))
    assert town.count(t.ballot) == 0


def test_a_button_that_is_a_word_does_what_the_word_does(store: Store) -> None:
    town = Town.on(store)
    ana, eve = town.phone("telegram", "C"), town.phone("telegram", "C2")
    for words in ("SANMARTIN", "1", "Ana", "1"):
        ana.say(words)
        eve.say(words)
    for word in ("MIS DATOS", "ELEGIR", "IDIOMA", "IDIOMA"):
        assert [one.text for one in ana._send(Said(button=f"w|{word}"))] == [one.text for one in eve.say(word)]


def test_an_old_button_says_so_and_the_open_question_stays(store: Store) -> None:
    town = Town.on(store)
    ana = town.phone("telegram")
    ana.say("SANMARTIN")
    old = ana.screen[-1].options[0].data
    ana.tap("Sí")
    told = ana._send(Said(button=old))
    assert "cerró" in told[0].text
    assert "¿Cómo te llamas?" in told[0].text


def test_a_machine_that_answers_our_machine_is_not_answered_for_ever(store: Store) -> None:
    town = Town.on(store)
    robot = town.phone()
    robot.say("hola")
    heard = [bool(robot.say("(este numero no recibe mensajes)")) for _ in range(12)]
    assert heard[0]
    assert not heard[-1]


def test_who_writes_again_while_nothing_comes_is_no_machine(store: Store) -> None:
    town = Town.on(store)
    rosa = town.phone()
    for n in range(8):
        town.app.receive(message(n, "SANMARTIN", rosa.number)).result()
    assert len(rosa.read()) == 8  # the sender runs again
    assert "¿Como te llamas?" in rosa.say("1")[0].text


def test_messages_of_one_person_are_taken_in_their_order(store: Store) -> None:
    town = Town.on(store)
    told = [town.app.receive(message(n, text)) for n, text in enumerate(STORY[:5])]
    assert all(f.result() for f in told)
    assert town.count(t.registration, state="registered") == 1


def test_where_the_provider_answered_stop_we_record_it_and_stay_silent(store: Store) -> None:
    town = Town.on(store)
    phone = town.phone()
    phone.say("SANMARTIN")
    stop = Message(
        channel="sms",
        sender="simulator:sms",
        provider_id="stop",
        address=phone.number,
        text="STOP",
        provider_answered="STOP",
    )
    town.app.receive(stop).result()
    assert phone.read() == []
    assert town.count(t.suppression) == 1
    opted = store.read(lambda unit: unit.db.execute(select(t.address.c.opted_out_at)).scalar_one())
    assert opted is not None


@pytest.mark.parametrize(
    ("text", "private", "told"),
    [
        ("", "https://t.me/b?start=hola", "Aquí no guardo nada. Escríbeme en privado: https://t.me/b?start=hola"),
        ("/datos", "https://t.me/b?start=hola", "Aquí nos lee todo el grupo. Escríbeme en privado: https://t.me/b?st"),
        ("DATOS", "-", "Aquí nos lee todo el grupo. Escríbeme en privado."),
    ],
    ids=["brought into it", "asked there", "without a name of our own"],
)
def test_a_group_is_told_the_way_to_the_private_chat_and_nothing_begins(
    store: Store, text: str, private: str, told: str
) -> None:
    town = Town.on(store)
    said = Message(
        channel="telegram", sender="simulator:telegram", provider_id="g1", address="-100", text=text, private=private
    )
    town.app.receive(said).result()
    [reply] = town.rows(t.outbox, "body")
    assert told in json.loads(reply.body)["text"]
    assert (town.count(t.talk), town.count(t.person)) == (0, 0)
