"""What a plan says in a second language: written behind it (`en.use`), kept, said to who reads it, checked."""

from __future__ import annotations

import pytest

from bot import broadcast
from bot.actions import announce
from bot.errors import BadPlan
from bot.i18n import Catalogues
from bot.planfile import parse
from bot.spoken import Said, said
from storage import labs, sessions
from storage import tables as t
from storage.store import Store
from tests.plan.plans import BASE, Loader, row

USE = 'use = "va a la junta"'
ENGLISH = BASE.replace(USE, f'{USE}\nen.use = "goes to the board"\nen.title = "First"').replace(
    'name = "Junta de Ejemplo"', 'name = "Junta de Ejemplo"\nshort_name = "la Junta"\nen.short_name = "the Junta"'
)


def test_it_is_kept_and_the_same_load_changes_nothing(store: Store, load: Loader) -> None:
    load(ENGLISH)
    assert row(store, t.session, code="p1")["texts"] == {"en": {"title": "First", "use": "goes to the board"}}
    assert load(ENGLISH).changed == ()
    assert load(BASE.replace('"Junta de Ejemplo"', '"Junta de Ejemplo"\nshort_name = "la Junta"')).changed
    assert row(store, t.session, code="p1")["texts"] == {}


def test_why_a_meeting_was_called_off_stays_when_the_plan_is_loaded_again(store: Store, load: Loader) -> None:
    load(ENGLISH)
    meeting = store.read(lambda unit: labs.session_by_code(unit, "p1"))
    assert meeting
    store.do(lambda unit: sessions.suspend(unit, meeting, "lluvia", {"en": {"reason": "rain"}}))
    assert load(ENGLISH).changed == ()
    assert row(store, t.session, code="p1")["texts"]["en"]["reason"] == "rain"


def test_a_message_says_it_in_its_own_language(store: Store, load: Loader) -> None:
    load(ENGLISH)
    meeting = store.read(lambda unit: labs.session_by_code(unit, "p1"))
    lab = store.read(lambda unit: labs.lab(unit, "pueblo"))
    assert meeting
    assert lab
    words = {lang: announce_words(lang, announce.told(lab, meeting)) for lang in ("es", "en")}
    assert "Lo que elijas va a la junta." in words["es"]
    assert "What you choose goes to the board." in words["en"]
    told = said(lab, "organiser_short")
    assert (told.in_("en"), told.in_("es"), told.in_("ngb")) == ("the Junta", "la Junta", "la Junta")


def announce_words(lang: str, invitation: announce.Invitation) -> str:
    variant = broadcast.variant_of(f"telegram/{lang}/tu/own/all")
    return announce.words(Catalogues.load(), variant, invitation).text


def test_what_is_not_said_there_is_said_as_it_stands() -> None:
    assert Said("va a la junta", {}).in_("en") == "va a la junta"
    assert Said("va", {"en": "goes"}).each(str.upper) == Said("VA", {"en": "GOES"})


FAULTS = [
    ("en.use = 7", "use has the wrong kind of value"),
    ('en.usage = "goes"', "usage is not known in [[session]]. Did you mean use?"),
    (f'en.use = "{"x" * 61}"', "use is too long: at most 60 characters"),
    ('titel = "Uno"', "titel is not known in [[session]]. Did you mean title?"),
    ('en = "goes"', "en is a language. Write its texts like en.title = ..."),
]


@pytest.mark.parametrize(("line", "fault"), FAULTS)
def test_a_slip_names_its_line_and_what_to_write(line: str, fault: str) -> None:
    text = BASE.replace(USE, f"{USE}\n{line}")
    with pytest.raises(BadPlan) as bad:
        parse(text, "plan.toml")
    where = text[: text.index(line)].count("\n") + 1
    assert bad.value.faults[0].startswith(f"plan.toml, line {where}: {fault}")


def test_a_language_that_nobody_speaks_here_is_a_fault(load: Loader) -> None:
    with pytest.raises(BadPlan, match="'fr' is neither a key nor a language of this installation"):
        load(BASE.replace(USE, f'{USE}\nfr.use = "va au conseil"'))


def test_a_lab_that_speaks_english_is_told_what_lacks_in_it(load: Loader) -> None:
    both = 'state = "published"\nlangs = ["es", "en"]\n[[session]]'
    told = load(ENGLISH.replace('state = "published"\n[[session]]', both)).warnings
    lacks = "en.title is not written: who reads 'en' reads it as it stands above. Add en.title = ..."
    assert {text.partition(": ")[2] for text in told} == {lacks, f"{lacks} and en.short_title = ..."}


def test_each_language_is_counted_in_sms(load: Loader) -> None:
    long = ENGLISH.replace('state = "published"\n[[session]]', 'state = "published"\nlangs = ["es", "en"]\n[[session]]')
    long = long.replace("goes to the board", "goes to the board and to the whole council of the province")
    assert any("takes 2 SMS" in text for text in load(long).warnings)
