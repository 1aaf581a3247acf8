"""Ideas on the public page and in the open data: what may be shown, with what became of it, and who never is."""

from __future__ import annotations

import json
import re
from datetime import date
from html import unescape

import pytest
from sqlalchemy import update

from bot.actions import ideas as act
from bot.actions.ideas import Office
from storage import ideas
from storage import tables as t
from storage.store import Store, Unit
from tests.convoke.town import Town, add
from tests.ideas.pile import BRIDGE, Pile
from tests.web.square import Square
from tests.web.visitor import words

LIGHT = 50_000  # bytes with the style sheets (people.md 7)


@pytest.fixture
def square(store: Store, town: Town) -> Square:
    """The pages of the town."""
    return Square(store, town)


def seen(square: Square) -> str:
    return unescape(words(square.page()))


def named(pile: Pile, number: int) -> None:
    """Its author lets her name be shown."""

    def work(unit: Unit) -> None:
        idea = ideas.by_number(unit, number)
        assert idea
        given = {"person_id": idea.person_id, "fingerprint": f"n:{number}", "purpose": "publish", "answer": True}
        text = {"text_version": "1", "text": "¿La ponemos?", "lang": "es", "channel": "sms", "at": unit.now}
        ideas.publish(unit, idea.id, "named", add(unit, t.consent, lab_id=pile.town.lab, **given, **text))

    pile.store.do(work)


def arrived(pile: Pile) -> None:
    """All that was told has left."""
    told = update(t.recipient).where(t.recipient.c.state == "pending").values(state="sent")
    pile.store.do(lambda unit: unit.db.execute(told).rowcount)


def test_an_idea_is_shown_once_it_was_read_with_what_became_of_it(pile: Pile, square: Square) -> None:
    number = pile.idea()
    assert BRIDGE not in seen(square), "nobody has read it: it may name somebody"
    pile.do(act.join, number, "camino")
    assert "La persona lo supo" not in seen(square), "it has not left yet"
    arrived(pile)
    page = seen(square)
    assert f"Idea {number} unida con otras" in page
    assert f"«{BRIDGE}»" in page
    assert "La persona lo supo el jueves 12 nov." in page
    assert "Ana" not in page


def test_a_name_is_shown_with_leave_only_and_goes_with_it(pile: Pile, square: Square) -> None:
    number = pile.idea()
    pile.do(act.join, number, "camino")
    named(pile, number)
    assert f"Idea {number} · Ana" in seen(square)
    gone = update(t.consent).where(t.consent.c.purpose == "publish")
    pile.store.do(lambda unit: unit.db.execute(gone.values(withdrawn_at=unit.now)).rowcount)
    assert "Ana" not in seen(square)


def test_names_of_others_are_shown_hidden_and_what_does_not_enter_is_not_repeated(pile: Pile, square: Square) -> None:
    hidden, out = pile.idea("Pedro Gómez no arregla el puente"), pile.idea("Juan Pérez roba la luz")
    pile.do(act.join, hidden, "camino")
    pile.do(act.hide_names, hidden, "una persona no arregla el puente")
    pile.do(act.out_of_scope, out, "nombra a una persona")
    page = seen(square)
    assert "«una persona no arregla el puente»" in page
    assert f"Idea {out} no entra esta vez" in page
    assert "Nombra a una persona." in page or "nombra a una persona." in page
    for name in ("Pedro", "Juan"):
        assert name not in page
        assert name not in json.dumps(square.data("ideas/san-martin"))


def test_another_office_is_named_with_its_number(pile: Pile, square: Square) -> None:
    number = pile.idea()
    pile.do(act.other_office, number, Office(name="el municipio", reference="1184", ask_on=date(2026, 12, 10)))
    arrived(pile)
    [one] = square.data("ideas/san-martin")["ideas"]
    assert (one["outcome"], one["office"], one["reference"]) == ("other_office", "el municipio", "1184")
    assert (one["asked_again_on"], one["author_told_on"]) == ("2026-12-10", "2026-11-12")
    assert "municipio" in seen(square)


@pytest.mark.parametrize("why", ["no", "withdrawn", "hidden"])
def test_what_may_not_be_shown_is_nowhere(pile: Pile, square: Square, why: str) -> None:
    number = pile.idea("la luz se va cada noche")
    pile.do(act.join, number, "camino")
    about = pile.of_number(number).idea.id

    def work(unit: Unit) -> object:
        if why == "withdrawn":
            return ideas.withdraw(unit, about)
        if why == "no":
            ideas.publish(unit, about, "no")
            return None
        hide = update(t.contribution).where(t.contribution.c.id == about).values(hidden_reason="insulta")
        return unit.db.execute(hide).rowcount

    pile.store.do(work)
    for path in ("/l/san-martin", "/l/san-martin/ideas", "/api/v1/ideas/san-martin"):
        assert "la luz se va" not in square.browser.get(path).text
    assert square.data("ideas/san-martin")["count"] in (None, 0)


def test_no_person_and_no_number_of_a_phone_is_in_the_open_data(pile: Pile, square: Square) -> None:
    number = pile.idea()
    pile.do(act.join, number, "camino")
    named(pile, number)
    told = json.dumps(square.data("ideas/san-martin"), ensure_ascii=False)
    assert BRIDGE in told
    assert "Ana" not in told
    assert not re.search(r"\+?507\d|person|staff", told)


def test_thirty_days_without_an_answer_is_red(pile: Pile, square: Square) -> None:
    for n in range(6):
        pile.idea(f"el pozo número {n} está sucio")
    assert "esperan respuesta" not in seen(square)
    pile.later(days=31)
    assert "6 ideas esperan respuesta desde hace más de 30 días." in seen(square)
    assert square.data("ideas/san-martin")["unanswered_after_30_days"] == 6
    for number in pile.said[:4]:
        pile.do(act.join, number, "agua")
    assert "Hay ideas que esperan respuesta desde hace más de 30 días." in seen(square), "1 to 4 are not counted"
    assert square.data("ideas/san-martin")["unanswered_after_30_days"] is None


def test_few_that_are_not_shown_can_not_be_counted(pile: Pile, square: Square) -> None:
    for n in range(7):
        number = pile.idea(f"el pozo número {n} está sucio")
        if n < 5:
            pile.do(act.join, number, "agua")
    assert square.data("ideas/san-martin")["count"] is None, "7 less the 5 shown are 2"
    for n in range(3):
        pile.idea(f"la calle número {n} está oscura")
    assert square.data("ideas/san-martin")["count"] == 10


def test_a_comarca_that_takes_its_leave_back_hides_them(store: Store, clock: object, town: Town) -> None:
    square, pile = Square(store, town), Pile.of(town)
    square.change(t.lab, setting="comarca")
    square.authorise("convene", "collect", "publish")
    pile.do(act.join, pile.idea(), "camino")
    assert BRIDGE in seen(square)
    square.withdraw()
    for path in ("/l/san-martin", "/l/san-martin/ideas", "/api/v1/ideas/san-martin"):
        assert square.status(path) == 404


def test_two_hundred_ideas_stay_light_and_are_paged(pile: Pile, square: Square) -> None:
    long = "el puente de la quebrada se inunda y no pasa nadie " * 11
    for n in range(200):
        number = pile.idea(f"{n} {long}"[:600])
        about = pile.of_number(number).idea.id
        read = update(t.contribution).where(t.contribution.c.id == about)
        pile.store.do(lambda unit, q=read: unit.db.execute(q.values(read_at=unit.now, read_by="ana")).rowcount)  # type: ignore[misc]
    for path in ("/l/san-martin", "/l/san-martin/ideas", "/l/san-martin/ideas?p=29"):
        page = square.browser.get(path).text
        sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
        assert len(page.encode()) + sum(len(square.browser.get(sheet).content) for sheet in sheets) < LIGHT
    numbers = {
        int(n)
        for p in range(1, 30)
        for n in re.findall(r"Idea (\d+)", unescape(square.browser.get(f"/l/san-martin/ideas?p={p}").text))
    }
    assert numbers == set(pile.said)
    assert len(square.data("ideas/san-martin")["ideas"]) == 200
    for path in ("/l/san-martin/ideas?p=30", "/l/san-martin/ideas?p=x", "/l/nada/ideas", "/l/san-martin/ideas?p=-1"):
        assert square.status(path) == 404


def test_what_somebody_writes_is_text_and_never_markup(pile: Pile, square: Square) -> None:
    pile.do(act.join, pile.idea("<script>alert(1)</script> y el puente"), "camino")
    assert "<script>" not in square.page()
    assert "&lt;script&gt;" in square.page()


def test_after_the_result_an_idea_shows_what_was_decided(town: Town, square: Square) -> None:
    square.choosing()
    pile = Pile(town, town.store, None)  # type: ignore[arg-type]
    number = pile.idea()
    pile.do(act.join, number, "camino")
    square.close()
    square.decide()
    [one] = square.data("ideas/san-martin")["ideas"]
    assert (one["outcome"], one["reason"], one["problem"]) == ("not_now", "Falta el permiso", "camino")
    assert f"Idea {number} por ahora no" in seen(square)
