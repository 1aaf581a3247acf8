"""The hour or the place changes while somebody is asked whether she comes: she reads it once, before it counts."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.actions import announce, changed, contest
from bot.actions.changed import Change
from bot.broadcast import Ledger
from bot.player import Phone
from storage import clock, labs, sessions
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import PANAMA, Town

JOINED = ("SANMARTIN", "1", "Maria", "1")  # the next question is whether she comes
FOUR = datetime(2026, 11, 21, 16, 0, tzinfo=PANAMA)
FIVE = FOUR.replace(hour=17)
NIGHT = datetime(2026, 11, 12, 21, 0, tzinfo=PANAMA)
TOLD = "Cambio: laboratorio San Martin, sab 21 nov, 4 pm, Escuela. Si tenias lugar, sigue guardado. ¿Vas? 1 Si 2 No"
AGAIN = "Cambio: laboratorio San Martin, sab 21 nov, 4 pm, Casa Comunal. ¿Vas? 1 Si 2 No 3 Aun no se"


def said(phone: Phone, *replies: str) -> list[str]:
    """What came on the last of these replies."""
    return [[shown.text for shown in phone.say(reply)] for reply in replies][-1]


def read(phone: Phone) -> list[str]:
    return [shown.text for shown in phone.read()]


def move(town: Town, what: Change) -> Ledger | None:
    """The team moves it, and tells whom it has to."""
    words = town.app.catalogues
    return town.store.do(lambda unit: changed.change(unit, words, "sm1", what, by="t"))


def move_unseen(town: Town, at: datetime) -> None:
    """It moves while her question is on its way: she was not there yet to be told."""

    def work(unit: Unit) -> None:
        found = labs.session_by_code(unit, "sm1")
        assert found is not None
        sessions.change(unit, found.id, starts_at=at)

    town.store.do(work)


def asked(store: Store, channel: str = "sms") -> tuple[Town, Phone]:
    town = Town.on(store)
    phone = town.phone(channel)
    assert "¿Vas?" in said(phone, *JOINED)[-1]
    return town, phone


def places(town: Town) -> list[str]:
    return [row.state for row in town.rows(t.registration, "state")]


@pytest.mark.parametrize(("reply", "states"), [("1", ["registered"]), ("2", ["declined"]), ("3", ["unsure"])])
def test_who_signs_up_is_told_and_her_answer_is_to_the_new_hour(store: Store, reply: str, states: list[str]) -> None:
    town, phone = asked(store)
    assert town.store.read(lambda unit: changed.concerned(unit, 1)) == 1
    told = move(town, Change(starts_at=FOUR, place="Escuela"))
    assert told is not None
    assert told.pending == 1
    assert read(phone) == [TOLD]
    [answer] = said(phone, reply)
    assert places(town) == states
    assert "3:30" not in answer
    assert "¿Vas" not in answer
    assert ("sab 21 nov, 4 pm, Escuela" in answer) is (reply == "1")
    later = said(phone, "1") if reply == "2" else []  # she chooses from home
    assert "¿Vas" not in " ".join([*later, *said(phone, "3 1")])
    assert town.count(t.talk, conversation="register") == 0
    town.tick()
    assert read(phone) == []


def test_who_says_no_to_the_new_hour_and_chooses_from_home_is_not_asked_again(store: Store) -> None:
    town, phone = asked(store)
    words = town.app.catalogues
    people = town.store.read(lambda unit: contest.preview(unit, words, "sm").people)
    town.store.do(lambda unit: contest.open_(unit, words, "sm", "t", people))
    phone.read()
    move(town, Change(starts_at=FOUR))
    phone.read()
    assert "desde tu casa" in said(phone, "2")[0]
    assert "¿Que va primero?" in said(phone, "1")[0]
    said(phone, "3 1")
    assert "¿Vas" not in " ".join(said(phone, "2"))
    assert places(town) == ["declined"]


def test_an_answer_before_the_telling_left_is_echoed_with_the_new_hour(store: Store) -> None:
    town = Town.on(store)
    town.store.do(lambda unit: clock.to(unit, NIGHT))
    phone = town.phone()
    said(phone, *JOINED)
    assert move(town, Change(starts_at=FOUR, place="Escuela")) is not None
    assert said(phone, "1")[0].startswith("Listo, Maria. Vas el sab 21 nov, 4 pm, Escuela.")
    town.at(NIGHT.replace(day=13, hour=8, minute=1))
    assert read(phone) == [TOLD]
    assert said(phone, "1")[0].startswith("Ya estas en la lista, Maria.")
    assert places(town) == ["registered"]


def test_who_was_told_by_nobody_is_asked_again_with_the_new_hour(store: Store) -> None:
    town, phone = asked(store)
    move_unseen(town, FOUR)
    assert said(phone, "1") == [AGAIN]
    assert places(town) == []
    move_unseen(town, FIVE)
    assert said(phone, "1") == [AGAIN.replace("4 pm", "5 pm")]
    assert said(phone, "1")[0].startswith("Listo, Maria. Vas el sab 21 nov, 5 pm, Casa Comunal.")
    assert places(town) == ["registered"]


def test_moved_and_moved_back_she_is_asked_nothing_anew(store: Store) -> None:
    town, phone = asked(store)
    move_unseen(town, FOUR)
    move_unseen(town, datetime(2026, 11, 21, 15, 30, tzinfo=PANAMA))
    assert said(phone, "1")[0].startswith("Listo, Maria. Vas el sab 21 nov, 3:30 pm")


def test_an_old_button_after_the_telling_counts_for_the_new_hour(store: Store) -> None:
    town, phone = asked(store, "telegram")
    old = len(phone.screen)
    move(town, Change(starts_at=FOUR))
    phone.read()
    del phone.screen[old:]  # she scrolls up
    [answer] = [shown.text for shown in phone.tap("Sí")]
    assert answer.startswith("Listo, Maria. Vas el sábado 21 nov, 4:00 pm")
    assert "¿Vas" not in answer
    assert places(town) == ["registered"]


def test_for_several_together_it_is_asked_for_as_many(store: Store) -> None:
    town, phone = asked(store)
    assert "Son 3." in said(phone, "CON 2")[0]
    move_unseen(town, FOUR)
    assert said(phone, "1")[0].startswith("Son 3. Cambio: laboratorio San Martin, sab 21 nov, 4 pm")
    assert "para 3" in said(phone, "1")[0]
    assert places(town) == 3 * ["registered"]


def test_the_second_person_of_a_phone_is_asked_again_herself(store: Store) -> None:
    town, phone = asked(store)
    said(phone, "1", "mi esposo tambien", "1", "Luis", "1")
    move_unseen(town, FOUR)
    assert said(phone, "1") == [AGAIN]
    assert said(phone, "1")[0].startswith("Listo, Luis. Vas el sab 21 nov, 4 pm")
    assert places(town) == 2 * ["registered"]


@pytest.mark.parametrize("seen", [True, False])
def test_who_was_invited_and_was_not_understood_hears_the_new_hour_in_the_answer(store: Store, seen: bool) -> None:
    town, phone = asked(store)
    said(phone, "2")
    town.store.do(lambda unit: unit.db.execute(t.registration.update().values(state="invited")))
    town.store.do(lambda unit: unit.db.execute(t.talk.delete()))
    words = town.app.catalogues
    town.store.do(lambda unit: announce.announce(unit, words, "sm1", "ana", 1))
    phone.read()
    said(phone, "kk")
    town.store.do(lambda unit: clock.to(unit, NIGHT))  # the message waits for the morning
    move(town, Change(starts_at=FOUR)) if seen else move_unseen(town, FOUR)
    answer = said(phone, "1")
    assert "4 pm" in answer[0]
    assert answer[0].startswith("Listo, Maria. Vas el") is seen
