"""The poster in a real browser: accessible in every size, one A4 sheet on paper, and codes that can be read there."""

from __future__ import annotations

import re
from typing import Any

import pytest

from storage import tables as t
from tests.web.e2e.test_public_pages import LOOKS, ahead, assert_accessible, site
from tests.web.square import Square

pytestmark = pytest.mark.e2e
__all__ = ["site"]
MM = 96 / 25.4  # pixels of a millimetre on paper
LEAST_CODE = 30  # millimetres: a cheap camera reads it at arm's length


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_poster_is_accessible_in_every_size_and_colour(look: Any, square: Square, width: int, dark: bool) -> None:
    ahead(square)
    assert_accessible(look("/l/san-martin/cartel", width=width, dark=dark))


def test_on_paper_it_is_one_sheet_and_the_script_another(look: Any, square: Square) -> None:
    square.town.change_session(
        place="Casa Comunal de Alto Caballero", use="va a la junta comunal y a la oficina del agua"
    )
    page = look("/l/san-martin/cartel")
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))
    assert pages == 2
    page.set_viewport_size({"width": 703, "height": 1032})  # A4 within its margins
    page.emulate_media(media="print")
    assert page.locator(".poster").bounding_box()["height"] <= 273 * MM
    assert page.locator(".codes svg").first.bounding_box()["width"] >= LEAST_CODE * MM
    assert page.locator(".top").is_hidden()
    assert page.locator(".print").is_hidden()


def test_paper_is_white_in_the_dark_too(look: Any, square: Square) -> None:
    page = look("/l/san-martin/cartel", dark=True)
    colours = page.eval_on_selector(
        ".sheet", "one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).color]"
    )
    assert colours == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]


@pytest.mark.parametrize("keyword", ["SANMARTIN", "SANMARTINDEALTOCABAL"])
def test_the_word_is_never_broken(look: Any, square: Square, keyword: str) -> None:
    square.change(t.lab, keyword=keyword)
    for width in (1360, 390, 320):
        word = look("/l/san-martin/cartel", width=width).locator(".word")
        size = word.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
        assert word.bounding_box()["height"] < 1.5 * size
