"""A lab in a comarca says in every message it starts that it is no prior consultation (people.md 4.4, ADR 21)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import broadcast
from bot.actions import (
    announce,
    ask,
    changed,
    contest,
    decide,
    idea_words,
    needs,
    promise,
    promote,
    remind,
    remind_choice,
    story,
    suspend,
    tell_closed,
    welcome,
    withdraw,
)
from bot.actions import update as updating
from bot.broadcast import Variant
from bot.i18n import Catalogues, When
from bot.results import parts
from storage import clock, labs
from storage import tables as t
from storage.labs import Session
from storage.store import Store
from tests.choose.polls import PROBLEMS, Neighbours, Polls, last
from tests.convoke.town import NOON, STARTS, Town, add
from tests.told.office import SAID, panama

WORDS = Catalogues.load()
WHOLE = {
    "es": "Este laboratorio no reemplaza la consulta previa.",
    "en": "This lab does not replace prior consultation.",
}
SHORT = {"es": "No es consulta previa.", "en": "Not prior consultation."}
TEMPLATES = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")
KINDS = {  # of broadcasts that this day sends
    *("invitation", "change", "reminder", "ballot", "ballot_changed", "ballot_reminder", "closing", "result"),
    *("commitment", "asking", "story", "suspension"),
}

# These may take two SMS anywhere: a ballot (G1), and what names a reason or why it comes to her (ADR 10).
LONG = ("ballot", "ballot_changed", "ballot_reminder", "result", "commitment", "asking", "story")


@pytest.fixture
def town(store: Store, clock: Any) -> Town:
    """A comarca whose community agrees; on each channel people of each language, and a phone that two share."""
    clock.set(NOON)
    town = Town.build(store, setting="comarca")
    town.authorise()
    for channel in ("sms", "whatsapp", "telegram"):
        for lang, form in (("es", "tu"), ("es", "usted"), ("en", "tu")):
            town.neighbour(channel, lang=lang, form=form)
        phone = town.address(channel)
        town.person(phone), town.person(phone, name="Luis")
    return town


def do(town: Town, act: Any, *args: Any, **how: Any) -> Any:
    return town.store.do(lambda unit: act(unit, WORDS, *args, **how))


def at(town: Town, day: str, hour: int = 12) -> None:
    town.store.do(lambda unit: clock.to(unit, panama(day, hour)))


def a_whole_story(town: Town) -> None:
    """From the invitation to the story, by the acts themselves."""
    people = do(town, announce.preview, "sm1").people
    do(town, announce.announce, "sm1", "yaneth", people)
    for row in town.rows(t.person):
        town.registers(row.id, code=f"7K{row.id:02}")
    polls = Polls.drafted(town)
    do(town, contest.open_, "sm", "yaneth", do(town, contest.preview, "sm").people)
    everybody = [row.id for row in town.rows(t.person)]
    for person in everybody[:-1]:
        polls.cast(person, 1, 5)
    do(town, withdraw.withdraw, "sm", "5", "no hay quien la haga", by="yaneth")
    do(town, changed.change, "sm1", changed.Change(place="Escuela"), by="yaneth")
    at(town, "2026-11-20", 17)
    do(town, remind.due)
    do(town, suspend.suspend, "sm1", "llueve mucho", by="yaneth", expect=do(town, suspend.preview, "sm1", "x").people)
    at(town, "2026-11-29", 17)
    do(town, remind_choice.due)
    at(town, "2026-11-30", 18)
    do(town, contest.close_, "sm", "yaneth")
    at(town, "2026-12-01", 9)
    do(town, tell_closed.due)
    for slug, _title, _short in PROBLEMS[:4]:  # the fifth was taken off
        do(town, decide.decide, slug, "Así se acordó.", by="yaneth")
    _promised(town)


def _promised(town: Town) -> None:
    row = {"slug": "agua", "name": "Oficina del Agua", "short_name": "la oficina del agua", "kind": "public"}
    town.store.do(lambda unit: add(unit, t.organisation, **row))
    do(town, promise.promise, SAID, by="yaneth")
    at(town, "2027-01-12")
    news = updating.Change(name="agua", kind="news", text="visitó la toma")
    do(town, updating.update, news, by="yaneth")
    at(town, "2027-03-29")
    do(town, updating.update, updating.Change(name="agua", kind="done_office"), by="yaneth")
    at(town, "2027-04-27")
    do(town, ask.due)
    do(town, story.tell, "agua", story.Told(before="sin agua", after="hay agua"), by="yaneth")


def bare(text: str, lang: str) -> str:
    """Without the sentence."""
    return " ".join(text.replace(WHOLE[lang], "").replace(SHORT[lang], "").split())


def test_no_broadcast_of_a_comarca_leaves_without_it(town: Town) -> None:
    a_whole_story(town)
    kinds = {row.id: row.kind for row in town.rows(t.broadcast)}
    assert set(kinds.values()) >= KINDS - {"invitation"}
    rows = town.rows(t.broadcast_text)
    assert {row.variant.split("/")[0] for row in rows} == {"sms", "whatsapp", "telegram"}
    long = []
    for row in rows:
        channel, lang, _form, _phone, _group = row.variant.split("/", 4)
        text, about = row.body["text"], (kinds[row.broadcast_id], row.variant, row.body["text"])
        assert WHOLE[lang] in text or (channel == "sms" and SHORT[lang] in text), about
        most = 2 if kinds[row.broadcast_id] in LONG else parts(bare(text, lang), lang)
        if channel == "sms" and parts(text, lang) > most:
            long.append(about)
        template = row.body.get("template")
        assert not template or any(WHOLE[lang].rstrip(".") in v for v in template["variables"].values()), about
        assert "options" not in row.body or not text.endswith((WHOLE[lang], SHORT[lang])), about  # G2
    assert long == []


def test_elsewhere_nothing_says_it(store: Store, clock: Any) -> None:
    clock.set(NOON)
    town = Town.build(store)
    for channel in ("sms", "telegram"):
        town.neighbour(channel)
    a_whole_story(town)
    rows = town.rows(t.broadcast_text)
    assert rows
    assert not [row.variant for row in rows if "consulta" in row.body["text"]]


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram"])
def test_who_comes_or_chooses_unasked_reads_it_before_the_question(town: Town, channel: str) -> None:
    neighbours = Neighbours(town.store)
    phone = neighbours.phone(channel)
    said = SHORT["es"] if channel == "sms" else WHOLE["es"]
    for word in ("SANMARTIN", "1", "Rosa"):
        assert said not in last(phone.say(word))
    assert f"{said}{' ' if channel == 'sms' else chr(10)}¿Vas?" in last(phone.say("1"))
    assert said not in last(phone.say("1"))
    Polls.opened(town)
    assert said in phone.say("ELEGIR")[0].text  # by SMS the question may stand in a message of its own
    assert said not in last(phone.say("2 y 1"))


# --- the messages to one, and every voice -----------------------------------------------------------------------


def variants(group: str = "all") -> Iterator[Variant]:
    for channel in ("sms", "whatsapp", "telegram"):
        for voice in ("es/tu", "es/usted", "en/tu"):
            for phone in ("own", "shared"):
                yield broadcast.variant_of(f"{channel}/{voice}/{phone}/{group}", 7, comarca=True)


def lengths(said: str, asked: str = "") -> list[str]:
    return [broadcast.whole(WORDS, v, said, asked) for v in variants() if v.channel == "sms" and v.voice.lang == "es"]


@pytest.mark.parametrize(
    ("letters", "ends"),
    [(40, WHOLE["es"]), (110, WHOLE["es"]), (111, SHORT["es"]), (137, SHORT["es"]), (138, SHORT["es"])],
)
def test_an_sms_says_the_whole_sentence_where_it_has_room_else_the_short_one(letters: int, ends: str) -> None:
    for text in lengths("x" * (letters - 1) + "."):
        assert text == f"{'x' * (letters - 1)}. {ends}"
        assert parts(text, "es") == (1 if letters <= 137 else 2)


def test_what_is_asked_stands_last_and_in_a_chat_on_its_own_line() -> None:
    chat = next(v for v in variants() if v.channel == "telegram")
    assert broadcast.whole(WORDS, chat, "Hola.", "¿Vas? 1 Sí") == f"Hola.\n{WHOLE['es']}\n¿Vas? 1 Sí"
    assert broadcast.whole(WORDS, chat, "", "Responde 1.") == f"{WHOLE['es']}\nResponde 1."
    assert lengths("Escribe SE CUMPLIO")[0] == f"Escribe SE CUMPLIO. {WHOLE['es']}"
    assert lengths("Hola.", "¿Vas? 1 Si")[0] == f"Hola. {WHOLE['es']} ¿Vas? 1 Si"


def meeting(town: Town) -> Session:
    return town.store.read(lambda unit: labs.session_by_id(unit, town.session))


def test_messages_to_one_person_say_it_too(town: Town) -> None:
    lab = town.store.read(lambda unit: labs.lab_by_id(unit, town.lab))
    news = idea_words.News(lab=lab, idea_id=1, number=27, kind="late told", at=NOON, until=STARTS.date())
    when = When(STARTS, "America/Panama")
    for variant in variants():
        for reply in (
            needs.question(WORDS, variant),
            promote._offer(WORDS, meeting(town), when, variant),
            promote._expired(WORDS, 3, variant),
            welcome._words(WORDS, variant, "7KTQ"),
            idea_words.told(WORDS, variant, news),
        ):
            lang = variant.voice.lang
            assert WHOLE[lang] in reply.text or (variant.channel == "sms" and SHORT[lang] in reply.text)


@pytest.mark.parametrize("lang", ["es", "en"])
def test_an_approved_text_ends_a_sentence_where_it_is_said(lang: str) -> None:
    """Each template of docs/templates.md takes it behind the value that it rides in, without a word of its own."""
    found = re.findall(rf"### `(\w+)` \((?:MARKETING|UTILITY)\)\n.*?\n- {lang}: ([^\n]+)", TEMPLATES, re.DOTALL)
    assert len(found) == 16
    for name, text in found:
        assert f"{{{{{broadcast.RIDES_IN.get(name, broadcast.RIDES_ELSE)}}}}}. " in text, name
