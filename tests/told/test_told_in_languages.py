"""Reasons, promises, news and stories as people wrote them in another language: each reader gets her own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from bot import costs, prices
from bot.actions import promise, story, suspend
from bot.actions import update as updating
from bot.errors import Refused
from bot.results import parts
from storage import idea_trail, ideas, own_copy, pictures, promises, stories
from storage import tables as t
from storage.store import Unit
from storage.texts import Texts
from tests.convoke.town import add
from tests.told.office import SAID, WORDS, Office
from tests.told.test_story_picture import TOLD, tells
from tests.web.square import Square

MADE = replace(SAID, due="fin de marzo", texts={"en": {"text": "repairs the  tank", "due_text": "end of March"}})
ENGLISH = {"before": "Water for two hours", "after": "There is water all day", "alt": "The new tank"}


@pytest.fixture(autouse=True)
def speaks_two(office: Office) -> None:
    """The lab speaks English besides, and so do the first who chose, and one more by SMS."""

    def work(unit: Unit) -> None:
        unit.db.execute(update(t.lab).values(langs=["es", "en"]))
        unit.db.execute(update(t.person).where(t.person.c.id.in_(office.chose[:2])).values(lang="en"))

    office.store.do(work)


def test_a_promise_is_told_to_each_in_her_language(office: Office) -> None:
    said = office.texts(office.promises(MADE).broadcast_id)
    assert "prometio el jue 12 nov: repara el tanque. Plazo: fin de marzo." in said["sms/es/tu/own/3:chose"]
    assert "promised on Thu 12 Nov: repairs the tank. Due: end of March." in said["sms/en/tu/own/3:chose"]


def test_who_has_no_text_in_her_language_reads_the_labs_own(office: Office) -> None:
    said = office.texts(office.promises(replace(MADE, texts={})).broadcast_id)
    assert "repara el tanque. Due: fin de marzo." in said["sms/en/tu/own/3:chose"]


def test_a_reason_in_english_is_hers_and_without_it_she_reads_the_other(office: Office) -> None:
    office.promises(MADE)
    told = {"text": "Falta una bomba", "due": "fin de abril"}
    spoken: Texts = {"en": {"text": "A pump is missing.", "due_text": "end of April"}}
    said = office.texts(_says(office, "new_date", **told, texts=spoken))
    assert "New date: end of April. Reason: A pump is missing." in said["sms/en/tu/own/3:chose"]
    assert "Nueva fecha: fin de abril. Razon: Falta una bomba." in said["sms/es/tu/own/3:chose"]
    said = office.texts(_says(office, "in_progress", text="Ya compraron la bomba"))
    assert "repairs the tank. Ya compraron la bomba." in said["sms/en/tu/own/3:chose"]


def test_a_new_date_leaves_nothing_of_the_old_one_in_any_language(office: Office) -> None:
    office.promises(MADE)
    said = office.texts(_says(office, "new_date", text="Falta una bomba", due="fin de abril"))
    assert "New date: fin de abril." in said["sms/en/tu/own/3:chose"]
    assert office.promise.texts["en"] == {"text": "repairs the tank"}


def _says(office: Office, kind: str, **given: Any) -> int:
    change = updating.Change(name="agua", kind=kind, **given)
    return office.store.do(lambda unit: updating.update(unit, WORDS, change, by="yaneth")).broadcast_id


def test_a_later_reading_has_it_too(office: Office) -> None:
    office.promises(MADE)
    _says(office, "news", text="Vino un camión", texts={"en": {"text": "A truck came"}})
    history = office.store.read(lambda unit: promises.updates(unit, office.promise.id))
    assert [one.texts for one in history] == [{}, {"en": {"text": "A truck came"}}]


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ({"xx": {"text": "x"}}, "El laboratorio no lleva textos en xx. Sus otros idiomas: en."),
        ({"es": {"text": "x"}}, "El laboratorio no lleva textos en es."),
        ({"en": {"text": "x" * 51}}, "El texto en en es muy largo. Caben 50 letras."),
        ({"en": {"due_text": "end of March"}}, "Falta el texto mismo. En en se dice lo mismo"),
    ],
)
def test_what_can_not_be_said_is_refused_and_nothing_is_written(office: Office, texts: Texts, why: str) -> None:
    with pytest.raises(Refused) as refused:
        office.promises(replace(SAID, due="", texts=texts))
    assert str(refused.value).startswith(why)
    assert office.count(t.commitment) == 0


def test_an_empty_text_is_none(office: Office) -> None:
    office.promises(replace(SAID, texts={"en": {"text": "  "}}))
    assert office.promise.texts == {}


# --- what it costs ----------------------------------------------------------------------------------------------------


def test_segments_are_counted_by_language_before_it_goes(office: Office) -> None:
    seen = office.store.read(lambda unit: promise.preview(unit, WORDS, MADE))
    assert list(seen.samples) == ["sms en", "sms"]
    assert "repairs the tank" in seen.samples["sms en"]
    found = office.store.read(lambda unit: costs.of(unit, seen.mailings, prices.NONE))
    assert found.sms["en"] == 2 * parts(seen.samples["sms en"], "en")
    assert set(found.sms) == {"es", "en"}
    assert sum(found.sms.values()) == found.number["sms"] == seen.segments


# --- stories ----------------------------------------------------------------------------------------------------------


def test_a_story_is_told_in_each_language_and_its_picture_goes_from_all(office: Office) -> None:
    office.promises(MADE)
    office.says("done_office")
    told = replace(TOLD, alt="", consent="", texts={"en": {n: ENGLISH[n] for n in ("before", "after")}})
    seen = office.store.read(lambda unit: story.preview(unit, WORDS, "agua", told))
    assert "There is water all day." in seen.samples["sms en"]
    assert "Hay agua todo el dia." in seen.samples["sms"].replace("í", "i")


def test_the_words_of_a_picture_go_with_it_in_every_language(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.promises(MADE)
    office.says("done_office")
    monkeypatch.setattr("tests.told.test_story_picture.TOLD", replace(TOLD, texts={"en": ENGLISH}))
    tells(office)
    found = office.store.read(lambda unit: pictures.of_story(unit, office.promise.id))
    assert found is not None
    assert found.texts == {"en": {"alt": "The new tank"}}
    office.store.do(lambda unit: story.take_picture_down(unit, WORDS, "agua", by="x"))
    kept = office.store.read(lambda unit: stories.of(unit, office.promise.id))
    assert kept is not None
    assert kept["texts"] == {"en": {n: ENGLISH[n] for n in ("before", "after")}}


# --- the page and the open data ---------------------------------------------------------------------------------------


def test_the_page_and_the_open_data_have_both(office: Office) -> None:
    office.promises(MADE)
    _says(office, "new_date", text="Falta una bomba", due="fin de abril", texts={"en": {"text": "A pump is missing"}})
    square = Square(office.store, office.town)
    english = square.page("?lang=en")
    assert "repairs the tank" in english
    assert '<q lang="en">A pump is missing</q>' in english
    assert '<span lang="es">Así se acordó.</span>' in english
    spanish = square.page("?lang=es")
    assert "repairs" not in spanish
    assert '<q lang="es">Falta una bomba</q>' in spanish
    (made,) = square.data("contests/sm")["commitments"]
    assert made["texts"] == {"en": {"text": "repairs the tank"}}
    assert [one["texts"] for one in made["updates"]] == [{}, {"en": {"text": "A pump is missing"}}]


def test_the_office_is_called_on_the_page_as_the_plan_calls_it_there(office: Office) -> None:
    texts = {"en": {"name": "Water Office of the Region", "short_name": "the Water Office"}}
    office.store.do(lambda unit: unit.db.execute(update(t.organisation).values(texts=texts)).rowcount)
    office.promises(MADE)
    _says(office, "in_progress", text="Ya compraron la bomba")
    square = Square(office.store, office.town)
    english, spanish = square.page("?lang=en"), square.page()
    assert "The Water Office promised: repairs the tank." in english
    assert "The Water Office said it has begun." in english
    assert "Water Office" not in spanish


def test_an_author_reads_the_steps_of_her_idea_in_her_language(office: Office) -> None:
    office.writes(office.chose[0], "agua")
    office.promises(MADE)
    (mine,) = office.store.read(lambda unit: ideas.of_person(unit, office.chose[0]))
    last = office.store.read(lambda unit: idea_trail.of(unit, mine))[-1]
    assert last.promise == "repara el tanque"
    assert last.texts == {"en": {"promise": "repairs the tank", "due_text": "end of March"}}


def test_her_copy_names_a_promise_in_both(office: Office) -> None:
    office.promises(MADE)
    (made,) = office.town.rows(t.commitment)
    asked = {"commitment_id": made.id, "person_id": office.chose[0], "by": "yaneth", "at": made.at}
    office.store.do(lambda unit: add(unit, t.shown, **asked))
    (story,) = office.store.read(lambda unit: own_copy.everything(unit, office.chose[0]))["pictures"]
    assert (story["promise"], story["texts"]) == ("repara el tanque", {"en": {"promise": "repairs the tank"}})


# --- what is called off -----------------------------------------------------------------------------------------------


def test_a_meeting_is_called_off_in_each_language(office: Office) -> None:
    english: Texts = {"en": {"reason": "heavy rain."}}
    for person in office.chose[:3]:
        office.town.registers(person)

    def work(unit: Unit) -> int:
        people = suspend.preview(unit, WORDS, "sm1", "lluvia", english).people
        return suspend.suspend(unit, WORDS, "sm1", "lluvia", english, by="x", expect=people).broadcast_id

    said = {name.split("/")[1]: text for name, text in office.texts(office.store.do(work)).items()}
    assert "is called off: heavy rain. Sorry." in said["en"]
    assert "por lluvia. Perdon." in said["es"]
    square = Square(office.store, office.town)
    assert square.data("sessions/sm1")["texts"] == {"en": {"cancelled_because": "heavy rain"}}
    assert '<span lang="en">Heavy rain.</span>' in square.page("?lang=en")
    assert '<span lang="es">Lluvia.</span>' in square.page("?lang=es")
