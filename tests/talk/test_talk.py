"""The engine: a conversation is a plain function, replayed by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.errors import ConvocaError
from bot.i18n import Catalogues, Voice
from bot.kinds import Choice, Text, YesNo, numbered
from bot.message import LIMITS
from bot.state import State
from bot.talk import Heard, Outcome, Scene, Talk, play
from storage.store import Unit

CATALOGUES = Catalogues.load()
TOWNS = Choice({"ngabe": "Ngäbe-Buglé", "sona": "Soná", "colon": "Colón"})
NEEDS = Choice({"none": "Ninguno", "interpreter": "Intérprete", "other": "Otro"})
BANDS = Choice({"young": "15-29", "adult": "30-59", "elder": "60+"})

Function = Callable[[Talk], None]


@dataclass
class Citizen:
    """Somebody who talks with one conversation; what she is told, what was done."""

    function: Function
    channel: str = "whatsapp"
    lang: str = "es"
    state: State = field(default_factory=State)
    saved: list[dict[str, Any]] = field(default_factory=list)

    def scene(self) -> Scene:
        unit = cast(Unit, SimpleNamespace(now=datetime(2026, 11, 12, 15, 0, tzinfo=UTC), saved=self.saved))
        limits = LIMITS[self.channel]
        voice = Voice(lang=self.lang, context=limits.context)
        return Scene(
            db=unit, catalogues=CATALOGUES, voice=voice, limits=limits, channel=self.channel, address_id=1, talk_id=1
        )

    def turn(self, heard: Heard | None) -> Outcome:
        # The state goes through JSON, as it does between two messages.
        self.state = State.load(self.state.dump())
        return play(self.function, self.scene(), self.state, heard)

    def starts(self) -> str:
        return self.turn(None).text

    def says(self, *words: str) -> str:
        text = ""
        for word in words:
            text = self.turn(Heard(text=word, inbound_id=7)).text
        return text

    def taps(self, question: str, value: str) -> str:
        return self.turn(Heard(question=question, value=value)).text


def join(talk: Talk) -> None:
    talk.say("Hola. Te inscribimos en el laboratorio.")
    name = talk.ask("name", "¿Cómo te llamas?", Text(min=2, max=40))
    town = talk.ask("town", "¿De qué comunidad eres?", TOWNS)
    need = talk.ask("need", "¿Necesitas apoyo?", NEEDS)
    if need == "other":
        need = talk.ask("need.text", "¿Qué apoyo necesitas?", Text(max=160))
    if not talk.ask("sure", "¿Guardamos tus datos?", YesNo()):
        return talk.forget("No guardamos nada.")
    talk.once("save", lambda: save(talk, name=name, town=town, need=need))
    return talk.say("Listo, {name}.", name=name)


def join_later(talk: Talk) -> None:
    """The next deploy: an age is asked, `need` is now `support`, one community is gone, the words differ."""
    towns = Choice({k: v for k, v in TOWNS.labels.items() if k != "colon"})
    name = talk.ask("name", "Dime tu nombre.", Text(min=2, max=40))
    town = talk.ask("town", "¿De dónde eres?", towns)
    age = talk.ask("age", "¿Qué edad tienes?", BANDS)
    need = talk.ask("support", "¿Qué apoyo necesitas?", NEEDS)
    if need == "other":
        need = talk.ask("support.text", "¿Cuál?", Text(max=160))
    if not talk.ask("sure", "¿Guardamos tus datos?", YesNo()):
        return talk.forget("No guardamos nada.")
    talk.once("save", lambda: save(talk, name=name, town=town, need=need, age=age))
    return talk.say("Listo, {name}.", name=name)


def save(talk: Talk, **record: Any) -> int:
    cast(Any, talk.db).saved.append(record)
    return len(cast(Any, talk.db).saved)


def test_a_dialogue_reads_top_to_bottom() -> None:
    ana = Citizen(join)
    assert ana.starts() == "Hola. Te inscribimos en el laboratorio. ¿Cómo te llamas?"
    assert ana.says("Ana") == "¿De qué comunidad eres? 1 Ngäbe-Buglé 2 Soná 3 Colón"
    assert ana.says("2") == "¿Necesitas apoyo? 1 Ninguno 2 Intérprete 3 Otro"
    assert ana.says("otro") == "¿Qué apoyo necesitas?"
    assert ana.says("un bus") == "¿Guardamos tus datos? 1 Sí 2 No"
    assert ana.says("sí") == "Listo, Ana."
    assert ana.saved == [{"name": "Ana", "town": "sona", "need": "un bus"}]


def test_refusing_saves_nothing_and_asks_to_be_forgotten() -> None:
    ana = Citizen(join)
    ana.starts()
    ana.says("Ana", "2", "1")
    outcome = ana.turn(Heard(text="no"))
    assert (outcome.text, outcome.forget, outcome.open, ana.saved) == ("No guardamos nada.", True, False, [])


REPLIES = ["Ana", "2", "otro", "bus", "si"]


@pytest.mark.parametrize("stop", range(len(REPLIES) + 1))
def test_a_deploy_in_mid_talk_goes_on_and_asks_what_is_new(stop: int) -> None:
    ana = Citizen(join)
    ana.starts()
    ana.says(*REPLIES[:stop])
    if stop == len(REPLIES):
        assert ana.saved[0]["need"] == "bus"
        return
    ana.function = join_later
    answers = {"name": "Ana", "town": "1", "age": "2", "support": "3", "support.text": "bus", "sure": "1"}
    text = ana.turn(None).text
    for _n in range(9):
        if not ana.state.pending:
            break
        text = ana.says(answers[ana.state.pending])
    assert text == "Listo, Ana."
    assert ana.saved[0]["age"] == "adult"
    assert ana.saved[0]["need"] == "bus"


def test_an_answer_that_no_longer_holds_is_asked_again() -> None:
    ana = Citizen(join)
    ana.starts()
    ana.says("Ana", "3")
    ana.function = join_later
    assert ana.turn(None).text == "¿De dónde eres? 1 Ngäbe-Buglé 2 Soná"
    assert ana.state.answers == {"name": "Ana"}


def test_a_number_is_read_against_the_list_as_it_was_shown() -> None:
    ana = Citizen(join)
    ana.starts()
    ana.says("Ana")
    shown = dict(ana.state.shown)
    assert list(shown) == ["ngabe", "sona", "colon"]
    backwards = Choice(dict(reversed(list(TOWNS.labels.items()))))

    def turned(talk: Talk) -> None:
        talk.ask("name", "¿Cómo te llamas?", Text())
        town = talk.ask("town", "¿De qué comunidad eres?", backwards)
        talk.say(town)

    ana.function = turned
    assert ana.says("1") == "ngabe"


def test_an_old_button_never_answers_a_new_question() -> None:
    ana = Citizen(join)
    ana.starts()
    ana.says("Ana")
    assert ana.taps("town", "sona").startswith("¿Necesitas apoyo?")
    outcome = ana.turn(Heard(question="need", value="sona"))
    assert outcome.missed
    assert ana.state.pending == "need"


def test_back_forgets_the_newest_answer_and_stops_at_an_effect() -> None:
    def two(talk: Talk) -> None:
        talk.ask("one", "¿Uno?", Text())
        talk.once("done", lambda: save(talk))
        talk.look("seen", lambda: "x")
        talk.ask("two", "¿Dos?", Text())
        talk.ask("three", "¿Tres?", Text())

    ana = Citizen(two)
    ana.starts()
    ana.says("a", "b")
    assert ana.state.back()
    assert ana.turn(None).text == "¿Dos?"
    assert not ana.state.back()
    assert ana.state.answers == {"one": "a"}
    assert len(ana.saved) == 1


def test_back_passes_what_was_only_looked_up() -> None:
    def read(talk: Talk) -> None:
        first = talk.ask("one", "¿Uno?", Text())
        seen = talk.look("seen", lambda: first.upper())
        talk.ask("two", f"¿{seen}?", Text())

    ana = Citizen(read)
    ana.starts()
    assert ana.says("a") == "¿A?"
    assert ana.state.back()
    assert ana.turn(None).text == "¿Uno?"
    assert ana.says("b") == "¿B?"


def test_once_runs_one_time_and_look_gives_the_same_course() -> None:
    calls: list[str] = []

    def noted(what: str) -> int:
        calls.append(what)
        return len(calls)

    def course(talk: Talk) -> None:
        weather = talk.look("weather", lambda: f"rain {noted('look')}")
        number = talk.once("number", lambda: noted("once"))
        talk.ask("a", f"¿{weather} {number}?", Text())
        talk.ask("b", f"¿{weather} {number} otra vez?", Text())

    ana = Citizen(course)
    assert ana.starts() == "¿rain 1 2?"
    assert ana.says("x") == "¿rain 1 2 otra vez?"
    assert calls == ["look", "once"]


def test_not_understood_is_said_in_other_words() -> None:
    def going(talk: Talk) -> None:
        talk.ask("going", "¿Vas?", YesNo(), again="¿Vas el sábado?", other="Para ir, escribe 1. Para no ir, escribe 2.")

    ana = Citizen(going)
    ana.starts()
    assert ana.says("5") == "No entendí 5. ¿Vas el sábado? 1 Sí 2 No"
    assert ana.says("xyz") == "Para ir, escribe 1. Para no ir, escribe 2."
    assert ana.state.misses == 2
    assert ana.says("dale") == ""


def test_a_near_miss_is_confirmed_by_a_question() -> None:
    ana = Citizen(join)
    ana.starts()
    asked = ana.says("Ana", "colonn")
    assert asked == "Entendí: Colón. ¿Es así? 1 Sí 2 No"
    assert ana.says("no").endswith("¿De qué comunidad eres? 1 Ngäbe-Buglé 2 Soná 3 Colón")
    ana.says("colonn")
    assert ana.says("1").startswith("¿Necesitas apoyo?")
    assert ana.state.answers["town"] == "colon"


def test_words_near_a_yes_put_the_question_itself_again() -> None:
    def going(talk: Talk) -> None:
        if not talk.ask("going", "¿Vas?", YesNo(no="No puedo"), before="Es el sábado.", again="¿Vas el sábado?"):
            talk.say("Está bien.")

    ana = Citizen(going)
    ana.starts()
    assert ana.says("para el sabado si voy") == "¿Entendí bien? ¿Vas el sábado? 1 Sí 2 No puedo"
    assert ana.says("no") == "Está bien."  # it answers what was asked: she does not come
    ana = Citizen(going)
    ana.starts()
    assert ana.says("ese día no, mija") == "No entendí bien. ¿Vas el sábado? 1 Sí 2 No puedo"
    assert ana.state.misses == 0
    assert ana.says("que sí voy").startswith("¿Entendí bien?")  # another reading is asked, too
    assert ana.says("que sí voy, mija") == ""  # read so twice: it is her answer
    assert ana.state.answers == {"going": True}


def test_a_question_put_again_is_read_by_its_own_kind_also_when_tapped() -> None:
    def done(talk: Talk) -> None:
        talk.ask("done", "¿Se cumplió?", Choice({"yes": "Sí", "partly": "En parte", "no": "No"}))

    ana = Citizen(done)
    ana.starts()
    assert ana.says("creo que en parte") == "No entendí bien. ¿Se cumplió? 1 Sí 2 En parte 3 No"
    ana.taps("done", "partly")
    assert ana.state.answers == {"done": "partly"}


def test_a_confirmation_that_an_older_version_asked_is_still_one() -> None:
    ana = Citizen(lambda talk: talk.say("Vas." if talk.ask("going", "¿Vas?", YesNo()) else "No vas."))
    ana.starts()
    ana.state.unsure = [False]  # "Entendí: No. ¿Es así?"
    assert ana.says("sí") == "No vas."


def test_the_evidence_of_a_consent_stays_what_was_read_first() -> None:
    def consent(talk: Talk) -> None:
        talk.ask("ok", "¿Aceptas?", YesNo(), before="Guardamos tu nombre.", evidence=True)
        talk.say(talk.answered("ok")["text"])

    ana = Citizen(consent)
    ana.starts()
    assert ana.says("5", "pues yo sí acepto", "sí") == "Guardamos tu nombre. ¿Aceptas? 1 Sí 2 No"


def test_evidence_keeps_the_words_shown_the_message_and_the_time() -> None:
    def consent(talk: Talk) -> None:
        talk.ask("ok", "¿Aceptas?", YesNo(), before="Guardamos tu nombre.", evidence=True)
        kept = talk.answered("ok")
        talk.say(f"{kept['text']}|{kept['inbound_id']}|{kept['at']}")

    ana = Citizen(consent)
    ana.starts()
    assert ana.says("1") == "Guardamos tu nombre. ¿Aceptas? 1 Sí 2 No|7|2026-11-12T15:00:00+00:00"


def test_a_question_asked_twice_raises_at_once() -> None:
    def twice(talk: Talk) -> None:
        talk.ask("a", "¿A?", Text())
        talk.ask("a", "¿B?", Text())

    ana = Citizen(twice)
    ana.starts()
    with pytest.raises(ValueError, match="asked twice"):
        ana.says("x")


def test_a_loop_without_end_is_stopped() -> None:
    def endless(talk: Talk) -> None:
        n = 0
        while True:
            n += 1
            talk.ask(f"place.{n}", "¿Otro?", Text())

    ana = Citizen(endless)
    ana.starts()
    with pytest.raises(ConvocaError, match="more than 60"):
        ana.says(*["x"] * 61)


def test_fill_is_a_form() -> None:
    def form(talk: Talk) -> None:
        got = talk.fill({"name": ("¿Nombre?", Text()), "town": ("¿Comunidad?", TOWNS)})
        talk.say(f"{got['name']} de {got['town']}")

    ana = Citizen(form)
    ana.starts()
    assert ana.says("Ana", "soná") == "Ana de sona"


def test_another_conversation_goes_on() -> None:
    ana = Citizen(lambda talk: talk.go("register", lab="sm"))
    outcome = ana.turn(None)
    assert outcome.next == ("register", {"lab": "sm"})


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (["Sí", "No"], "¿Vas? 1 Sí 2 No"),
        (["18 o más", "de 14 a 17"], "¿Vas? 1: 18 o más 2: de 14 a 17"),
        ([], "¿Vas?"),
    ],
)
def test_options_are_numbered_in_the_text(labels: list[str], text: str) -> None:
    assert numbered("¿Vas?", labels) == text


def test_a_state_of_another_version_is_read() -> None:
    state = State.load('{"answers": {"name": "Ana"}, "gone": 1, "shown": [["a", "A"]]}')
    assert state.answers == {"name": "Ana"}
    assert state.shown == [("a", "A")]
