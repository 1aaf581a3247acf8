"""Whoever is shown in a story is asked once, and it shows nobody who said no, said nothing, or took it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import broadcast, picture
from bot.actions import shown as act
from bot.actions import story
from bot.actions.staff import pending
from bot.errors import Refused
from bot.player import Phone
from bot.terminal import showing
from storage import own_copy, people, pictures, shown, which_way
from storage import tables as t
from storage.store import Unit
from tests.choose.polls import Neighbours, last
from tests.told.office import WORDS, Office
from tests.web.square import Square

PHOTO = Path("examples/photo.jpg").read_bytes()
TOLD = story.Told(before="Dos horas de agua", after="Hay agua todo el día", alt="El tanque nuevo", consent="Hoja 7")
ASKED = (
    "Rosa, queremos contar lo que logro San Martin. Puedes quitarla despues."
    " ¿Podemos usar tu foto de la reunion? 1 Si 2 Sin mi nombre 3 No"
)


@dataclass
class Hall:
    """A promise that was kept, and people of its meeting with phones: somebody is in the photo."""

    office: Office
    phones: Neighbours

    def joins(self, name: str = "Rosa", channel: str = "sms") -> Phone:
        """Somebody with a place and a phone of her own."""
        return self.phones.signed_up(name, channel)

    @property
    def codes(self) -> list[str]:
        """Of the places, the oldest first."""
        return [row.code for row in self.office.town.rows(t.registration) if row.code]

    def ask(self, *codes: str) -> list[str]:
        """The team names those shown; how each stands."""
        named = self.office.store.do(lambda unit: act.name_them(unit, WORDS, "agua", codes, by="x"))
        return [one.state for one in named]

    def states(self) -> list[str]:
        """How each who is named stands."""
        return [one.state for one in self.office.store.read(lambda unit: shown.of(unit, self.office.promise.id))]

    def tell(self, **more: Any) -> None:
        """The story with its photo."""
        small = picture.small(PHOTO)

        def work(unit: Unit) -> None:
            name = pictures.keep(unit, small.data, small.width, small.height, "x")
            story.tell(unit, WORDS, "agua", replace(TOLD, picture=name, **more), by="x")

        self.office.store.do(work)

    def on_page(self) -> bool:
        """Whether the lab's page shows a photo."""
        self.office.forward(days=3)
        return "El tanque nuevo" in Square(self.office.store, self.office.town).page()


@pytest.fixture
def hall(office: Office) -> Hall:
    """The office says it is done; nobody has heard of it by phone yet."""
    office.promises()
    office.says("done_office")
    return Hall(office, Neighbours(office.store))


def test_she_is_asked_once_and_her_yes_is_evidence(hall: Hall) -> None:
    rosa = hall.joins()
    assert hall.ask(hall.codes[-1].lower()) == ["waiting"]
    assert hall.ask(hall.codes[-1]) == ["waiting"]
    assert [one.text for one in rosa.read() if "foto" in one.text] == [ASKED]
    with pytest.raises(Refused, match=f"dijeron que sí: {hall.codes[-1]}"):
        hall.tell()
    assert last(rosa.say("1")) == "Gracias. Para quitarla despues, escribe QUITAR FOTO."
    assert hall.states() == ["yes"]
    given = hall.office.town.rows(t.consent, t.consent.c.purpose == "publish")
    assert [(row.answer, row.channel, row.text[:4]) for row in given] == [(True, "sms", "Rosa")]
    hall.tell()
    assert hall.on_page()


@pytest.mark.parametrize("said", ["3", "no"])
def test_after_a_no_it_is_told_only_without_the_photo(hall: Hall, said: str) -> None:
    rosa = hall.joins()
    hall.ask(hall.codes[-1])
    rosa.read()
    assert last(rosa.say(said)) == "Esta bien. No usamos tu foto."
    with pytest.raises(Refused, match="dijeron que sí"):
        hall.tell()
    without = replace(TOLD, alt="", consent="")
    hall.office.store.do(lambda unit: story.tell(unit, WORDS, "agua", without, by="x"))
    assert not hall.on_page()
    hall.office.store.do(lambda unit: act.take_off(unit, WORDS, "agua", [hall.codes[-1]], by="x"))
    assert hall.ask(hall.codes[-1]) == ["paper"], "nobody is asked twice"


def test_who_wants_no_name_is_not_named(hall: Hall) -> None:
    rosa = hall.joins("Rosa")
    hall.ask(hall.codes[-1])
    rosa.read()
    assert "sin tu nombre" in last(rosa.say("2"))
    with pytest.raises(Refused, match="no salga su nombre"):
        hall.tell(text="Lo pintó Rosa.")
    hall.tell(text="Lo pintaron de rosado.")
    assert hall.on_page()


@pytest.mark.parametrize("word", ["QUITAR FOTO", "quita mi foto", "BORRAR"])
def test_what_she_takes_back_is_off_the_page_at_once(hall: Hall, word: str) -> None:
    rosa = hall.joins()
    hall.ask(hall.codes[-1])
    rosa.read()
    rosa.say("1")
    hall.tell()
    assert hall.on_page()
    rosa.read()  # the story, and that she is asked whether she wants to see it
    said = last(rosa.say(word))
    if word == "BORRAR":
        rosa.say("BORRAR")
        assert hall.states() == []
    else:
        assert said == "Listo. Tu foto ya no esta en la pagina ni se envia mas."
        assert last(rosa.say(word)).startswith("No tenemos una foto tuya")
        (given,) = hall.office.town.rows(t.consent, t.consent.c.purpose == "publish")
        assert (given.answer, given.withdrawn_how) == (True, "unpublished")
        assert given.withdrawn_inbound_id > given.inbound_id
    assert not hall.on_page()
    assert hall.office.store.read(lambda unit: unit.db.execute(select(t.story.c.consent)).scalar()) is None
    assert hall.office.count(t.picture) == 0


def test_who_can_not_be_asked_alone_is_asked_on_paper_and_may_take_it_back(hall: Hall) -> None:
    """Whoever holds a shared phone could say yes for another."""
    rosa = hall.joins()
    hall.phones.moves_in(rosa, "Luis")
    assert hall.ask(*hall.codes[-2:]) == ["paper", "paper"]
    assert not [one for one in rosa.read() if "foto" in one.text]
    hall.tell()
    assert hall.on_page()
    hall.office.store.do(lambda unit: people.part_with(unit, [hall.office.town.rows(t.shown)[0].person_id]))
    assert not hall.on_page()


def riding(hall: Hall) -> list[dict[str, Any]]:
    """The approved texts of what was asked by WhatsApp."""
    kinds = {row.id: row.kind for row in hall.office.town.rows(t.broadcast)}
    words = [row.body for row in hall.office.town.rows(t.broadcast_text) if kinds[row.broadcast_id] == "shown"]
    return [body["template"] for body in words if body.get("template")]


def test_outside_of_the_24_hours_of_whatsapp_an_approved_text_asks(hall: Hall) -> None:
    hall.joins(channel="whatsapp")
    hall.ask(hall.codes[-1])
    [template] = riding(hall)
    assert (template["name"], template["variables"]) == ("permiso_foto", {"1": "{name}", "2": "San Martín"})
    assert which_way.APPROVED["shown"] == ("permiso_foto",)


def test_in_a_comarca_the_approved_text_says_that_it_is_no_consultation(hall: Hall) -> None:
    promise = hall.office.promise
    variant = broadcast.variant_of("whatsapp/es/usted/own/all", comarca=True)
    reply = act.words(WORDS, variant, promise)
    assert reply is not None
    assert reply.template is not None
    told = f"{promise.place}. Este laboratorio no reemplaza la consulta previa"
    assert reply.template.variables["2"] == told


def waits(hall: Hall) -> list[tuple[str, int, bool, str, str]]:
    """What PENDIENTES says about it."""
    items = hall.office.store.read(pending.read)
    mine = [one for one in items if one.kind == "shown"]
    return [(one.about, one.count, one.late, one.say, one.command) for one in mine]


def test_who_has_not_answered_stands_in_what_waits_until_she_does_or_is_taken_off(hall: Hall) -> None:
    rosa, _ana = hall.joins(), hall.joins("Ana")
    hall.ask(*hall.codes[-2:])
    line = ("agua", 2, False, "SALEN agua", "convoca shown san-martin/agua")
    assert waits(hall) == [line]
    rosa.read()
    rosa.say("2")
    hall.office.forward(days=3.1)
    assert waits(hall) == [("agua", 1, True, *line[3:])]
    hall.office.store.do(lambda unit: act.take_off(unit, WORDS, "agua", [hall.codes[-1]], by="x"))
    assert waits(hall) == []


def test_once_the_story_was_told_without_a_photo_nobody_has_to_answer_any_more(hall: Hall) -> None:
    hall.joins()
    hall.ask(hall.codes[-1])
    without = replace(TOLD, alt="", consent="")
    hall.office.store.do(lambda unit: story.tell(unit, WORDS, "agua", without, by="x"))
    assert waits(hall) == []


def test_a_code_of_nobody_names_nobody(hall: Hall) -> None:
    with pytest.raises(Refused, match="No sé de quién es 2222"):
        hall.ask("2222")
    assert hall.states() == []


def test_who_was_named_by_mistake_is_thanked_and_nothing_is_kept(hall: Hall) -> None:
    rosa = hall.joins()
    hall.ask(hall.codes[-1])
    hall.office.store.do(lambda unit: act.take_off(unit, WORDS, "agua", [hall.codes[-1]], by="x"))
    rosa.read()
    assert last(rosa.say("1")) == "Ya no hace falta. Gracias."
    assert hall.office.town.rows(t.consent, t.consent.c.purpose == "publish") == []


def test_her_copy_says_that_she_is_shown(hall: Hall) -> None:
    hall.joins()
    hall.ask(hall.codes[-1])
    (row,) = hall.office.town.rows(t.shown)
    held = hall.office.store.read(lambda unit: own_copy.everything(unit, row.person_id))
    assert [(one["promise"], one["answer"]) for one in held["pictures"]] == [("repara el tanque", None)]


def test_by_command_it_is_said_whom_it_reaches_and_how_each_stands(
    hall: Hall, capsys: pytest.CaptureFixture[str]
) -> None:
    hall.joins()
    code = hall.codes[-1]
    showing.shown(hall.office.store, "agua", [code], yes=True)
    assert "By chat: 1 person; on paper: 0." in (told := capsys.readouterr().out)
    assert f"{code}: asked, no answer yet" in told
    showing.shown(hall.office.store, "agua", [], yes=True)
    assert capsys.readouterr().out.strip() == f"{code}: asked, no answer yet"
    showing.not_shown(hall.office.store, "agua", [code])
    assert capsys.readouterr().out.strip() == "Nobody is named."
