"""Whoever is shown in a story is asked once, and it shows nobody who said no, said nothing, or took it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import picture
from bot.actions import shown as act
from bot.actions import story
from bot.errors import Refused
from bot.player import Phone
from bot.terminal import showing
from storage import own_copy, people, pictures, shown
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
