"""What a public page says in words where there is nothing to list: no idea so far, an option that was withdrawn."""

from __future__ import annotations

from html import unescape

import pytest

from bot import ties
from bot.actions import withdraw
from storage import tables as t
from tests.choose.polls import Polls
from tests.web.square import Square
from tests.web.visitor import words


def read(page: str) -> str:
    return unescape(words(page))


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("es", "Todavía no hay ninguna para leer. Para proponer una, escribir IDEA. A dónde escribir"),
        ("en", "There is none to read yet. To propose one, type IDEA. Where to write"),
    ],
)
def test_no_idea_so_far_says_how_to_propose_one(square: Square, lang: str, said: str) -> None:
    page = square.browser.get(f"/l/san-martin/ideas?lang={lang}").text
    assert said in read(page)
    assert f'href="/l/san-martin?lang={lang}"' in page


def test_of_a_lab_that_has_ended_nobody_is_told_to_propose(square: Square) -> None:
    square.change(t.lab, state="closed")
    told = read(square.browser.get("/l/san-martin/ideas").text)
    assert "Todavía no hay ninguna para leer." in told
    assert "escribir IDEA" not in told


@pytest.mark.parametrize(
    ("lang", "said"),
    [("es", "Se retiró Basura: no se cuenta."), ("en", "Basura was withdrawn and is not counted.")],
)
def test_an_option_that_was_withdrawn_is_said_while_one_can_choose(square: Square, lang: str, said: str) -> None:
    square.choosing()
    square.store.do(lambda unit: withdraw.withdraw(unit, square.app.catalogues, "sm", "5", "ya se hace", by="yaneth"))
    assert said in read(square.page(f"?lang={lang}"))


def test_the_draw_that_was_named_is_said_in_the_reader_s_language(square: Square) -> None:
    square.published()
    square.tick()
    square.change(t.contest, tie_seed_source=ties.DRAW, tie_seed="48213:ab")
    assert "first draw of the national lottery after the close" in read(square.page("?lang=en"))
    assert "primer sorteo de la lotería nacional después del cierre" in read(square.page())


def test_who_are_equal_are_called_as_the_reader_calls_them(square: Square) -> None:
    Polls.opened(square.town, tie_mode="assembly").crowd(*[(1,)] * 6, *[(3,)] * 6)
    square.change(t.option, texts={"en": {"title": "A topic of ours"}})
    square.close()
    assert "There is a tie: A topic of ours and A topic of ours." in read(square.page("?lang=en"))
    assert "Empataron Agua potable y Centro de salud." in read(square.page())
