"""A lab of years keeps its pages light, and nothing of what happened in it is lost to the public."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise

import pytest

from bot.web.pages import STATIC
from tests.web import years
from tests.web.square import Square

LIGHT = 50_000  # bytes with the style sheets (people.md 7)
LONG = years.PROMISES - 1  # the promise to which much happened


def weighed(square: Square, path: str) -> str:
    """The page at this address, which is light, whole and runs no script."""
    answer = square.browser.get(path)
    assert answer.status_code == 200, path
    page = answer.text
    sheets = re.findall(r'<link rel="stylesheet" href="/static/([^"?]+)', page)
    assert len(sheets) == 2
    assert len(answer.content) + sum((STATIC / sheet).stat().st_size for sheet in sheets) < LIGHT, path
    assert not re.search(r"<script|javascript:|\son\w+=", page), path
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids)), path
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert all(below - above <= 1 for above, below in pairwise(levels)), (path, levels)
    return page


def onward(square: Square, path: str) -> list[str]:
    """A page and all that follow it by its link to what is older."""
    pages = [weighed(square, path)]
    while following := re.search(r'<a rel="next" href="([^"]+)"', pages[-1]):
        assert len(pages) < 300, "the pages end"
        pages.append(weighed(square, unescape(following[1])))
    return pages


def test_a_lab_of_years_is_light_on_every_page_and_loses_nothing(square: Square) -> None:
    years.lived(square)
    pages = onward(square, "/l/san-martin")
    text = "".join(pages)
    for name, n in (("pregunta", years.CONTESTS), ("promesa", years.PROMISES), ("reunión", years.MEETINGS)):
        missing = [k for k in range(n) if not re.search(rf"{name}{k}\b", text)]
        assert not missing, (name, missing)
    every = [f">paso{LONG}.{k} " for k in range(years.STEPS)]
    assert not [step for step in every if text.count(step) != 1], "each thing that happened, once"
    assert not [n for n in range(years.OFF) if f"lluvia{n} " not in text.lower()], "why each meeting was called off"
    for n in range(years.CONTESTS):
        assert all(f"azón{n}.{k} " in text for k in range(1, 6)), n
        assert f'href="/api/v1/contests/sm-{n}"' in text


def test_in_another_language_it_is_as_light(square: Square) -> None:
    years.lived(square)
    for path in ("/l/san-martin?lang=en", "/l/san-martin?lang=en&p=2", "/l/san-martin/ideas?lang=en"):
        assert '<html lang="en">' in weighed(square, path)


def test_the_lab_s_page_begins_with_what_is_newest(square: Square) -> None:
    years.lived(square)
    first = weighed(square, "/l/san-martin")
    assert "¿Qué va primero?" in first
    assert f"paso{LONG}.{years.STEPS - 1} " in first
    assert f"paso{LONG}.0 " not in first
    assert 'href="/l/san-martin/ideas?lang=es"' in first
    assert 'action="/l/san-martin/recibo"' in first


def test_the_ideas_of_years_are_light_and_all_there(square: Square) -> None:
    years.lived(square)
    text = "".join(onward(square, "/l/san-martin/ideas"))
    assert not [n for n in range(years.IDEAS) if f"«idea{n} " not in text]


def test_a_receipt_of_years_is_light(square: Square) -> None:
    years.lived(square)
    weighed(square, "/l/san-martin/recibo?codigo=K7TQ6XF24MRD")


@pytest.mark.parametrize("number", ["0", "2", "999", "x", "-1", "%00", "9" * 5000, ""])
def test_a_page_that_is_not_there_says_so(square: Square, number: str) -> None:
    square.published()
    assert square.status(f"/l/san-martin?p={number}") == 404


def test_a_lab_that_fits_has_one_page(square: Square) -> None:
    square.published()
    assert 'rel="next"' not in square.page()
    assert square.page() == square.page("?p=1")


@pytest.mark.parametrize("query", ["", "?lang=en"])
def test_the_front_page_of_a_whole_country_is_light_and_names_each_lab_once(square: Square, query: str) -> None:
    years.spread(square)
    pages = onward(square, f"/{query}")
    assert len(pages) > 3
    text = "".join(pages)
    slugs = ["san-martin", *(f"lab-{n}" for n in range(years.LABS))]
    assert not [slug for slug in slugs if text.count(f'href="/l/{slug}?lang=') != 1]
    for n, page in enumerate(pages, 1):
        assert page.count("<h1>") == 1
        assert (f"Página {n}" if not query else f"Page {n}") in page.split("</title>")[0] or n == 1
        assert ('rel="prev"' in page) == (n > 1)
    for number in ("0", "-1", "x", str(len(pages) + 1)):
        assert square.status(f"/?p={number}") == 404


def test_few_labs_have_one_page_and_no_numbers(square: Square) -> None:
    page = weighed(square, "/")
    assert "Página" not in page
    assert square.status("/?p=2") == 404
