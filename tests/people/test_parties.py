"""Who comes together: a place for each or none for any; too big a party is passed over and keeps its turn."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest

from bot.actions import remind
from bot.actions.staff import door
from bot.i18n import Label, Voice
from bot.sms import segments, sms_text
from conversations import attend
from conversations.party import named
from storage import checkins, labs, reserves
from storage import registrations as r
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import PANAMA, Town, parts
from tests.people.hall import Hall
from tests.script import ACTS
from tests.words.longest import LONGEST

STATES = "id", "person_id", "party_id", "state"


def together(hall: Hall, name: str, party: int) -> r.Place:
    """She asks for so many places."""
    if name not in hall.people:
        hall.come(name)
    return hall.do(lambda unit: r.sign_up(unit, hall.id, hall.people[name], "sms", party=party))


def in_step(hall: Hall) -> None:
    """Who comes along is always in the state of whom they come with, and nobody is more than the room holds."""
    rows = {row.id: row for row in hall.town.rows(t.registration, *STATES)}
    assert all(row.state == rows[row.party_id].state for row in rows.values() if row.party_id is not None)
    capacity = hall.town.rows(t.session, "id", "capacity")
    held = sum(row.state in r.HOLDING for row in rows.values())
    assert held <= next(row.capacity for row in capacity if row.id == hall.id)


def test_200_at_once_for_40_places_alone_and_together(store: Store) -> None:
    hall = Hall.of(store, 40)
    hall.come(*(f"Vecina {n}" for n in range(200)))
    start = threading.Barrier(20)
    served: list[tuple[int, int, str]] = []  # (person, places, state) in the order of the commits

    def sign_up(person: int, party: int) -> Callable[[Unit], None]:
        def work(unit: Unit) -> None:
            served.append((person, party, r.sign_up(unit, hall.id, person, "sms", party=party).state))

        return work

    def rush(mine: list[tuple[int, int]]) -> None:
        start.wait()
        for future in [store.write(sign_up(*one), lane=f"{one[0]}") for one in mine]:
            future.result()

    asked = [(person, 1 + n % 3) for n, person in enumerate(hall.people.values())]
    threads = [threading.Thread(target=rush, args=(asked[n::20],)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = 40
    for _person, party, state in served:  # each got all of hers or none, as many as were left at her turn
        assert state == ("registered" if party <= left else "waiting")
        left -= party if state == "registered" else 0
    states = Counter(row.state for row in hall.town.rows(t.registration, *STATES))
    assert (left, states["registered"], states["waiting"]) == (0, 40, sum(n for _p, n in asked) - 40)
    in_step(hall)


def test_a_party_of_three_with_two_places_is_passed_over_and_keeps_its_turn(store: Store) -> None:
    hall = Hall.of(store, 3)
    hall.sign_up("Ana", "Berta", "Carla")
    assert together(hall, "Dora", 3).position == 1
    assert together(hall, "Elsa", 2).position == 2
    hall.cancel("Ana")
    assert hall.states("Dora", "Elsa") == "waiting 1 waiting 2"  # one place is too few for both
    hall.cancel("Berta")
    assert hall.states("Dora", "Elsa") == "waiting 1 offered"
    assert hall.take("Elsa").party == 2
    in_step(hall)
    hall.fill(6)
    assert hall.states("Dora", "Elsa") == "offered registered"  # three places at last: Carla's and Elsa's two are taken
    assert hall.take("Dora").party == 3
    hall.cancel("Dora")
    assert Counter(row.state for row in hall.town.rows(t.registration, "state"))["registered"] == 3
    in_step(hall)


def test_a_single_newcomer_takes_the_place_that_is_too_few_for_who_waits(store: Store) -> None:
    hall = Hall.of(store, 1)
    assert together(hall, "Dora", 2).state == "waiting"
    assert hall.sign_up("Ana")[0].state == "registered"


def test_one_more_or_fewer_all_of_them_or_none(store: Store) -> None:
    hall = Hall.of(store, 3)
    hall.sign_up("Ana", "Berta")

    def resize(name: str, party: int) -> int:
        return hall.do(lambda unit: r.resize(unit, hall.id, hall.people[name], party, "sms"))

    assert resize("Ana", 3) == 1  # one is missing: nothing has changed
    assert hall.town.count(t.registration) == 2
    assert resize("Ana", 2) == 0
    assert hall.sign_up("Carla")[0].state == "waiting"
    assert resize("Ana", 1) == 0  # what is free goes on to who waits
    assert hall.states("Ana", "Carla") == "registered offered"
    assert hall.do(lambda unit: r.place_of(unit, hall.id, hall.people["Ana"])).party == 1  # type: ignore[union-attr]
    in_step(hall)


def test_who_gives_all_back_comes_alone_when_she_comes_again(store: Store) -> None:
    hall = Hall.of(store, 4)
    together(hall, "Dora", 3)
    hall.cancel("Dora")
    assert hall.sign_up("Dora")[0].party == 1
    assert Counter(row.state for row in hall.town.rows(t.registration, "state")) == {"registered": 1, "cancelled": 2}


def test_an_offer_to_a_party_that_nobody_answers_frees_all_of_its_places(store: Store) -> None:
    hall = Hall.of(store, 2)
    hall.sign_up("Ana")
    together(hall, "Dora", 2)
    hall.sign_up("Berta")
    hall.cancel("Ana")
    hall.cancel("Berta")
    assert hall.states("Dora") == "offered"
    hall.town.at(datetime(2026, 11, 17, 9, tzinfo=PANAMA))
    in_step(hall)
    rows = hall.town.rows(t.offer, "answer")
    assert [row.answer for row in rows][:1] == ["expired"]


def test_the_door_lets_all_of_them_in_and_the_end_counts_who_missed_it(store: Store) -> None:
    hall = Hall.of(store, 9)
    dora, elsa = together(hall, "Dora", 3), together(hall, "Elsa", 2)
    assert elsa.state == "registered"
    hall.town.at(datetime(2026, 11, 21, 16, tzinfo=PANAMA))
    words = parts().catalogues
    told = hall.do(lambda unit: door.enter(unit, words, "sm1", dora.code, by="test", nonce="1"))
    assert (told.result, told.party, told.inside) == ("in", 3, 3)
    assert [(one.name, one.party) for one in hall.do(lambda unit: checkins.listed(unit, hall.id, "attended"))] == [
        ("Dora", 3)
    ]
    undone = hall.do(lambda unit: door.undo(unit, words, "sm1", dora.code, by="test", nonce="2"))
    assert (undone.inside, hall.states("Dora")) == (0, "registered")
    hall.do(lambda unit: door.enter(unit, words, "sm1", dora.code, by="test", nonce="3"))
    numbers = hall.do(lambda unit: door.close(unit, words, "sm1", 3, by="test"))
    assert (numbers["attended"], numbers["no_show"]) == (3, 2)
    in_step(hall)


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("mi hija", 1),
        ("mi hija y un vecino", 2),
        ("mi hija, mi hijo y una vecina", 3),
        ("mis dos hijos y mi mamá", 3),
        ("2 vecinas", 2),
        ("my daughter and two friends", 3),
        ("mi familia", None),
        ("mis hijos", None),
        ("20 vecinas", None),
        ("gusto", None),
        ("a ver", None),
        ("mi carro", None),
        ("a friend", 1),
        ("2 más", 2),
        ("un niño y dos niñas", 3),
        ("mi hija de 5 años", 1),
        ("vamos 3", 2),
        ("somos 3", 2),
        ("maria", 1),
        ("mi hija y Ana", 2),
        ("maria jose, pedro y mi mamá", 3),
        ("ustedes", None),
        ("vamos 10", None),
    ],
)
def test_how_many_come_along_is_read_from_words(said: str, count: int | None) -> None:
    assert named(said) == count


def hall_by_phone(store: Store, places: int) -> Town:
    town = Town.on(store)
    town.capacity("sm1", places)
    for words in ("SANMARTIN", "1", "Ana", "1"):
        town.phone("sms", "C").say(words)
    return town


def said(town: Town, *words: str) -> str:
    """The last reply."""
    return [town.phones["C"].say(one)[-1].text for one in words][-1]


def test_by_phone_words_are_read_back_before_they_count(store: Store) -> None:
    town = hall_by_phone(store, 3)
    assert "2 personas" in said(town, "voy con mi hija y un vecino")
    assert "para 3" in said(town, "1", "1")
    assert town.count(t.registration, state="registered") == 3
    assert "Ya estas en la lista" in said(town, "SANMARTIN")


def test_by_phone_more_than_there_are_keeps_what_she_has_until_she_gives_it_back(store: Store) -> None:
    town = hall_by_phone(store, 3)
    said(town, "1")
    town.fill("sm1", 2)
    assert "Te faltan 2 lugares" in said(town, "CON 2")
    assert "sigue guardado" in said(town, "1")
    assert town.count(t.registration, state="registered") == 3
    answer = said(town, "CON 2", "2")
    assert "3 lugares juntos" in answer
    assert "pasa quien sigue" in answer
    assert town.count(t.registration, state="waiting") == 3


def test_who_waits_with_others_may_ask_for_fewer_and_gets_them(store: Store) -> None:
    town = Town.on(store)
    town.capacity("sm1", 3)
    town.fill("sm1", 1)
    for words in ("SANMARTIN", "1", "Ana", "1"):
        town.phone("sms", "C").say(words)
    assert "Hay 2 lugares, no 3" in said(town, "CON 2")
    assert "Esperan 3 lugares" in said(town, "2")
    assert "se abrieron 2 lugares" in said(town, "CON 1").lower()
    assert "para 2" in said(town, "1")
    assert town.count(t.registration, state="registered") == 3


def test_where_not_all_fit_she_may_come_alone_or_not_at_all(store: Store) -> None:
    town = hall_by_phone(store, 2)
    town.fill("sm1", 1)
    assert "Hay 1 lugar, no 2" in said(town, "CON 1")
    assert "Esta bien" in said(town, "3")
    assert town.count(t.registration, state="registered") == 1
    assert "no. ¿Que quieres" not in said(town, "2", "CON 1")
    answer = said(town, "1")
    assert "Vas el" in answer
    assert "para" not in answer
    assert town.count(t.registration, state="registered") == 2


def test_vamos_3_counts_herself_and_is_asked(store: Store) -> None:
    town = hall_by_phone(store, 4)
    assert "¿Vas con 2 personas mas?" in said(town, "1", "vamos 3")
    assert town.count(t.registration, state="registered") == 1
    said(town, "1")
    assert town.count(t.registration, state="registered") == 3


@pytest.mark.parametrize("words", ["voy con María", "vamos mi esposo y yo", "somos dos personas", "CON Luis"])
def test_who_comes_along_is_asked_about_and_never_put_down_by_name(store: Store, words: str) -> None:
    town = hall_by_phone(store, 4)
    assert "¿Vas con 1 persona mas?" in said(town, words)
    assert town.count(t.registration) == 0
    assert "para 2" in said(town, "1", "1")
    assert town.count(t.registration, state="registered") == 2
    assert town.count(t.person) == 1


def test_who_says_no_to_it_says_how_many(store: Store) -> None:
    town = hall_by_phone(store, 4)
    assert "¿Cuantas personas van contigo, sin contarte?" in said(town, "voy con maria", "2")
    assert "¿Vas?" in said(town, "0")


def test_where_a_choice_is_asked_for_a_name_is_none(store: Store) -> None:
    town = hall_by_phone(store, 4)
    said(town, "1")
    ACTS["open"](town, "sm")
    town.phones["C"].read()
    assert "¿Eligió 1 Agua" in said(town, "voy con agua").replace("Elegiste", "Eligió")
    assert "¿Vas con" not in said(town, "2", "voy con maria")


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("voy sola", "registered"),
        ("con gusto", "registered"),
        ("voy si Dios quiere", "registered"),
        ("voy con mi carro", "registered"),
        ("voy tarde", "registered"),
        ("voy en bus", "registered"),
        ("voy a ver", "unsure"),
    ],
)
def test_going_without_people_answers_the_question_that_is_open(store: Store, words: str, state: str) -> None:
    town = hall_by_phone(store, 4)
    said(town, words)
    assert town.rows(t.registration, "state") == [(state,)]


def test_for_three_voy_sola_is_one(store: Store) -> None:
    town = hall_by_phone(store, 4)
    assert said(town, "CON 2").startswith("Son 3. ")
    assert not said(town, "voy sola").startswith("Son")
    said(town, "1")
    assert town.count(t.registration, state="registered") == 1


def test_a_party_that_can_never_fit_is_told_so_and_gives_nothing_up(store: Store) -> None:
    full = "En esta reunion caben 4 personas. Escribe CON y un numero hasta 3."
    town = hall_by_phone(store, 4)
    assert full in said(town, "CON 4")
    assert town.count(t.registration) == 0
    said(town, "1")
    assert full in said(town, "CON 4")
    assert town.count(t.registration, state="registered") == 1


def test_reserved_places_are_no_room_for_a_party_in_general(store: Store) -> None:
    hall = Hall.of(store, 6)

    def most(unit: Unit) -> int:
        reserves.write(unit, hall.id, {"quien viene con niños": 2}, lower_only=False)
        return reserves.most_together(unit, hall.id)

    assert hall.do(most) == 4
    assert Hall.of(store, None).do(lambda unit: reserves.most_together(unit, hall.id)) >= reserves.ENDLESS - 2


def test_in_the_last_hours_nobody_is_asked_to_give_a_place_back(store: Store) -> None:
    town = hall_by_phone(store, 3)
    said(town, "1")
    town.fill("sm1", 2)
    town.at(datetime(2026, 11, 21, 13, tzinfo=PANAMA))
    town.phones["C"].read()  # the reminder
    assert "Los otros son para quien llegue primero" in said(town, "CON 1")
    assert town.count(t.registration, state="registered") == 3


def test_another_number_ends_the_question_about_the_one_before(store: Store) -> None:
    town = hall_by_phone(store, 9)
    said(town, "1")
    assert said(town, "CON 9").startswith("Puedes traer hasta 5. ¿Cuantas personas")
    assert said(town, "CON 8").startswith("Puedes traer hasta 5. ¿Cuantas personas")
    answer = said(town, "3")
    assert "para 4" in answer
    assert "Antes te pregunte" not in answer


def test_the_reminder_and_the_offer_say_how_many(store: Store) -> None:
    town = hall_by_phone(store, 3)
    town.fill("sm1", 3)
    assert "no hay 2 lugares juntos" in said(town, "CON 1")

    def freed(unit: Unit) -> None:
        meeting = labs.session_by_code(unit, "sm1")
        assert meeting
        for row in checkins.listed(unit, meeting.id, "registered")[:2]:
            r.cancel(unit, meeting.id, row.person_id or 0, "sms")

    said(town, "1")
    store.do(freed)
    town.tick()
    (offer,) = town.phones["C"].read()
    assert "se abrieron 2 lugares" in offer.text
    assert "para 2" in said(town, "1")
    town.at(datetime(2026, 11, 20, 17, tzinfo=PANAMA))
    (reminder,) = town.phones["C"].read()
    assert "para 2" in reminder.text


@pytest.mark.parametrize("form", ["tu", "usted"])
@pytest.mark.parametrize("lang", ["es", "en"])
@pytest.mark.parametrize(
    "text",
    [
        attend.LISTED,
        "Ya estás en la lista, {name}. Tu código es {code}. No hace falta escribir otra vez.",
        "Gracias, {name}. Te esperamos el {when}, {place}. Tu código es {code}.",
        remind.TOMORROW,
        remind.TODAY,
    ],
)
def test_with_the_number_of_places_it_is_one_sms(text: str, lang: str, form: str) -> None:
    code = Label("{code} ({party} lugares)", {"code": "7KTQ", "party": 6})
    voice = Voice(lang=lang, form=form, context="sms")
    shown = parts().catalogues.text(voice, text, **(dict(LONGEST) | {"code": code}))
    asked = " ¿Vienes? 1 Si 2 No puedo" if text in (remind.TOMORROW, remind.TODAY) else ""
    assert segments(sms_text(shown + asked)).parts == 1
