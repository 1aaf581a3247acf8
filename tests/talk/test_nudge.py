"""A question that nobody answers: asked once more after 7 days, let go after 7 more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import func, select, update

from bot.actions import nudge
from bot.player import Phone
from storage import leaving, talks
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import BEGINS, Town

WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)
JOINED = ("SANMARTIN", "1", "Maria", "1")  # the next question is whether she comes


def waiting(store: Store, channel: str = "sms") -> tuple[Town, Phone]:
    """A person who has not answered whether she comes."""
    town = Town.on(store)
    phone = town.phone(channel)
    for reply in JOINED:
        phone.say(reply)
    assert town.count(t.talk) == 1
    return town, phone


def test_it_is_asked_once_more_after_seven_days_and_let_go_after_seven_more(store: Store) -> None:
    town, phone = waiting(store)
    town.at(BEGINS + WEEK - MINUTE)
    assert phone.read() == []
    town.at(BEGINS + WEEK + MINUTE)
    (again,) = phone.read()
    assert again.text == "Nos quedamos en: ¿Vas el sab 21 nov? 1 Si 2 No 3 Aun no se"
    for days in (7, 8, 13):
        town.at(BEGINS + timedelta(days=days) + 2 * MINUTE)
        assert phone.read() == []
    assert town.count(t.talk) == 1
    town.at(BEGINS + 2 * WEEK + 3 * MINUTE)
    assert phone.read() == []
    assert town.count(t.talk) == 0
    assert town.count(t.person) == 1  # only the question has gone


def test_it_is_asked_once_more_only_once_also_where_other_words_repeat_it(store: Store) -> None:
    """Behind the answer to another word it is asked again; that begins no new week (conversations.md G6)."""
    town, phone = waiting(store, "telegram")
    for word in ("1", "IDEA"):
        phone.say(word)
    town.at(BEGINS + WEEK + MINUTE)
    assert [shown.text for shown in phone.read() if "Nos quedamos en" in shown.text]
    for days in (10, 12):
        town.at(BEGINS + timedelta(days=days))
        assert "Antes te pregunté" in phone.say("PRIVACIDAD")[-1].text
    town.at(BEGINS + 2 * WEEK + 3 * MINUTE)
    assert phone.read() == []
    assert [row.conversation for row in town.rows(t.talk, "conversation") if row.conversation == "idea"] == []


def test_the_answer_to_the_second_asking_counts(store: Store) -> None:
    town, phone = waiting(store)
    town.at(BEGINS + WEEK + MINUTE)
    phone.read()
    assert phone.say("1")[0].text.startswith("Listo, Maria.")
    assert town.count(t.registration, state="registered") == 1
    town.at(BEGINS + 3 * WEEK)
    assert town.count(t.talk) == 0


def test_its_buttons_are_those_of_the_question(store: Store) -> None:
    town, phone = waiting(store, "telegram")
    town.at(BEGINS + WEEK + MINUTE)
    (again,) = phone.read()
    assert [option.label for option in again.options] == ["Sí", "No", "Aún no sé"]
    assert phone.tap("Sí")[0].text.startswith("Listo, Maria.")


def test_an_answer_begins_the_seven_days_anew(store: Store) -> None:
    town, phone = waiting(store)
    town.at(BEGINS + timedelta(days=1))
    phone.say("no se que decir")
    town.at(BEGINS + WEEK + MINUTE)
    assert phone.read() == []
    town.at(BEGINS + timedelta(days=8) + MINUTE)  # the day before the meeting
    assert len(phone.read()) == 1


def test_at_night_it_is_held_until_the_morning(store: Store) -> None:
    town = Town.on(store, BEGINS.replace(hour=21))
    phone = town.phone()
    for reply in JOINED:
        phone.say(reply)
    night = BEGINS.replace(hour=21) + WEEK + MINUTE
    for moment in (night, night + timedelta(hours=5), (night + timedelta(days=1)).replace(hour=7, minute=59)):
        town.at(moment)
        assert phone.read() == []
    town.at((night + timedelta(days=1)).replace(hour=8, minute=0, second=1))
    assert [shown.text[:16] for shown in phone.read()] == ["Nos quedamos en:"]


def test_who_said_yes_to_no_lab_is_not_asked_in_the_night(store: Store) -> None:
    town, phone = waiting(store)
    store.do(lambda unit: unit.db.execute(update(t.consent).values(lab_id=None)).rowcount)
    night = BEGINS.replace(hour=21) + WEEK
    town.at(night)
    assert phone.read() == []
    town.at((night + timedelta(days=1)).replace(hour=8, minute=1))
    assert len(phone.read()) == 1


def test_those_who_sleep_stand_in_nobodys_way(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    town, asleep = waiting(store)
    awake = town.phone(name="B")
    for reply in JOINED:
        awake.say(reply)

    def moves(unit: Unit) -> None:
        far = {"slug": "tokyo", "name": "Tokyo", "kind": "community", "country": "JP", "tz": "Asia/Tokyo"}
        there = unit.db.execute(t.territory.insert().values(**far).returning(t.territory.c.id)).scalar_one()
        newest = select(func.max(t.person.c.id)).scalar_subquery()
        unit.db.execute(update(t.person).where(t.person.c.id == newest).values(territory_id=there))

    store.do(moves)
    monkeypatch.setattr(nudge, "LOT", 1)  # the one who sleeps is the first
    for minutes in (0, 1):
        town.at(BEGINS.replace(hour=21) + WEEK + minutes * MINUTE)
    assert (len(asleep.read()), len(awake.read())) == (0, 1)


def test_two_processes_that_look_at_once_ask_once(store: Store) -> None:
    town, phone = waiting(store)
    store.do(lambda unit: unit.db.execute(update(t.talk).values(nudge_at=unit.now - MINUTE)))
    looks = [store.write(lambda unit: nudge.due(unit, town.app.parts)) for _ in range(6)]
    assert sorted(look.result() for look in looks) == [0, 0, 0, 0, 0, 1]
    assert len(phone.read()) == 1


def test_who_is_just_being_answered_is_not_asked_meanwhile(store: Store) -> None:
    town, phone = waiting(store)
    store.do(lambda unit: unit.db.execute(update(t.talk).values(nudge_at=unit.now - MINUTE)).rowcount)
    entered, go = Event(), Event()

    def turn(unit: Unit) -> None:
        unit.lock(t.address, 1)
        entered.set()
        assert go.wait(10)
        talks.end(unit, unit.db.execute(select(t.talk.c.id)).scalar_one())

    answer = store.write(turn)
    assert entered.wait(10)
    if store.read(lambda unit: unit.db.dialect.name) == "sqlite":
        go.set()  # there is one writer: the tick waits for the turn
    assert store.write(lambda unit: nudge.due(unit, town.app.parts)).result(5) == 0
    go.set()
    answer.result()
    assert phone.read() == []


def leaves(unit: Unit) -> None:
    """She leaves by a way that does not close her talks."""
    leaving.leave(unit, 1, "asked")


def unknown(unit: Unit) -> None:
    """The number was wiped."""
    unit.db.execute(update(t.address).values(value=None))


@pytest.mark.parametrize("gone", [leaves, unknown])
def test_an_address_that_left_or_is_unknown_hears_nothing(store: Store, gone: Callable[[Unit], None]) -> None:
    town, phone = waiting(store)
    store.do(gone)
    town.at(BEGINS + WEEK + MINUTE)
    assert phone.read() == []
    assert town.count(t.talk) == 0


def test_after_salir_nothing_waits_any_more(store: Store) -> None:
    town, phone = waiting(store)
    phone.say("SALIR")
    assert town.count(t.talk) == 0
    town.at(BEGINS + WEEK + MINUTE)
    assert phone.read() == []
