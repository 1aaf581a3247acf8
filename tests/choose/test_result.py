"""What each phone reads when the circle closes, and what it may ask then (conversations.md 4)."""

from __future__ import annotations

import pytest

from bot.actions import contest as acts
from bot.actions import decide as decisions
from bot.i18n import Catalogues
from bot.player import Phone
from storage import site
from storage import tables as t
from tests.choose.polls import PROBLEMS, Neighbours, Polls, fingerprint, last
from tests.convoke.town import Town

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # words; rows are tested on both
WORDS = Catalogues.load()
REASON = "La junta lo lleva al municipio el 10 feb."


@pytest.fixture
def people(town: Town) -> Neighbours:
    return Neighbours(town.store)


def publish(town: Town, because: str = REASON) -> None:
    """Closed, every option decided, everybody told."""
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    for slug, _title, _short in PROBLEMS:
        town.store.do(lambda unit, slug=slug: decisions.decide(unit, WORDS, slug, because, by="yaneth").told)  # type: ignore[misc]


def rosa(people: Neighbours, *picks: str, channel: str = "sms") -> Phone:
    phone = people.signed_up("Rosa", channel)
    if picks:
        phone.say(f"ELEGIR {' '.join(picks)}")
    return phone


def test_rosa_hears_what_became_of_health_and_asks_for_more(town: Town, people: Neighbours) -> None:
    polls = Polls.opened(town)
    phone = rosa(people, "3")
    polls.crowd((1,), (1,), (1, 3), (2,))
    publish(town)
    assert last(phone.read()) == (
        "Rosa: pediste Salud. Gano Agua: 3 de 5. La junta lo lleva al municipio el 10 feb. Salud tuvo 2: por ahora no."
        f" La junta lo lleva al municipio el 10 feb. Sin proximo paso. {fingerprint(town)}"
        " Reunion: sab 21 nov, 3:30 pm, Casa Comunal. ¿Que quieres? 1 Detalle 2 No es asi"
    )
    assert last(phone.say("1")).startswith("¿De cual? 1 Agua 2 Salud 3 Camino")
    assert last(phone.say("3")).startswith("Camino tuvo 1: por ahora no. La junta lo lleva")
    assert last(phone.say("RESULTADO")).startswith("Rosa: pediste Salud. Gano Agua")


def test_a_chat_shows_every_reason_at_once(town: Town, people: Neighbours) -> None:
    polls = Polls.opened(town)
    phone = rosa(people, "3", channel="telegram")
    polls.crowd((1,), (1,), (1, 3), (2,))
    publish(town)
    phone.read()
    *lines, help_words = last(phone.tap("Detalle")).split("\n")
    assert help_words == "Para ayudar, escribe QUIERO AYUDAR."
    assert lines[0].startswith("Agua potable tuvo 3: va adelante. La junta")
    assert [line.split(" tuvo ")[0] for line in lines] == [
        "Agua potable",
        "Centro de salud",
        "Camino a la escuela",
        "Señal de celular",
        "Basura",
    ]


def test_a_chat_names_the_page_that_holds_the_count_and_its_proof(town: Town, people: Neighbours) -> None:
    polls = Polls.opened(town)
    phone = rosa(people, "3", channel="telegram")
    polls.crowd((1,), (1,), (1, 3), (2,))
    publish(town)
    town.store.do(lambda unit: site.remember(unit, "https://convoca.example.org"))
    phone.read()
    lines = last(phone.tap("Detalle")).split("\n")
    assert lines[-2] == "El resultado está aquí: https://convoca.example.org/l/san-martin"
    assert len(lines) == len(PROBLEMS) + 2


@pytest.mark.parametrize("channel", ["sms", "telegram"])
def test_a_reason_typed_in_small_letters_stands_as_a_sentence(town: Town, people: Neighbours, channel: str) -> None:
    polls = Polls.opened(town)
    phone = rosa(people, "1", channel=channel)
    polls.crowd((1,), (1,), (1, 3), (2,))
    publish(town, "falta dinero")
    assert "Falta dinero." in last(phone.read())


def test_what_is_not_so_goes_to_a_person(town: Town, people: Neighbours) -> None:
    Polls.opened(town)
    phone = rosa(people, "3")
    publish(town)
    phone.read()
    phone.say("RESULTADO")  # the message itself asked for the next meeting
    assert last(phone.say("2")).startswith("Gracias. ¿Que no es asi?")
    assert last(phone.say("No vino nadie")).startswith("Anotado. Una persona del equipo lo revisa")
    (waiting,) = town.rows(t.handover)
    (pile,) = town.rows(t.not_understood)
    assert (waiting.reason, pile.conversation, pile.text) == ("result", "result", "No vino nadie")


def test_who_came_and_did_not_choose_hears_it_too(town: Town, people: Neighbours) -> None:
    polls = Polls.opened(town)
    phone = rosa(people, channel="whatsapp")
    polls.crowd((1,), (1,), (1, 3), (2,), (2,), ())
    publish(town)
    said = last(phone.read())
    assert said.startswith("Ya hay resultado en San Martín. No tenemos elección tuya. Ganó Agua potable, con 3 de 6")
    assert said.endswith("\n¿Qué quieres? 1 Detalle 2 No es así")


def test_a_shared_phone_is_asked_first_and_names_nobody_s_choice(town: Town, people: Neighbours) -> None:
    polls = Polls.opened(town)
    phone = rosa(people)
    people.moves_in(phone, "Luis")
    phone.say("LUIS ELEGIR 3")
    polls.crowd((1,), (1,), (1, 3), (2,))
    publish(town)
    told = phone.read()
    assert [s.text for s in told] == ["Ya hay resultado del laboratorio de San Martin. Responde 1 para verlo."]
    seen = last(phone.say("1"))
    assert seen.startswith("Gano Agua: 3 de 5.")
    assert "pediste" not in seen


def test_between_the_close_and_the_decisions_one_hears_to_wait(town: Town, people: Neighbours) -> None:
    Polls.opened(town)
    phone = rosa(people, "3")
    town.store.do(lambda unit: acts.close_(unit, WORDS, "sm", "yaneth"))
    assert last(phone.say("quien gano")).endswith("Te cuento cuando haya resultado.")


def test_choosing_after_the_end_leads_to_the_result(town: Town, people: Neighbours) -> None:
    polls = Polls.opened(town)
    phone = rosa(people, "1")
    polls.crowd((1,), (1,), (1, 3), (2,))
    publish(town)
    assert last(phone.say("ELEGIR")).startswith("Rosa: pediste Agua. Gano Agua: 4 de 5.")


def test_without_any_contest_there_is_no_result(town: Town, people: Neighbours) -> None:
    assert last(people.signed_up("Rosa").say("resultado")) == "Todavia no hay resultado."
