"""The public pages in a real browser: every stage of a lab, every size, light and dark, on paper, by keyboard."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn

from bot.actions import promise, story, update
from bot.web import make_app
from storage import audit, clock
from storage import tables as t
from storage.store import Store, Unit
from tests.convoke.town import NOON, add
from tests.web.square import Doors, Square

pytestmark = pytest.mark.e2e

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [(width, dark) for width in (1360, 390, 320) for dark in (False, True)]
MOST_REQUESTS = 4


@pytest.fixture
def site(square: Square) -> Iterator[str]:
    """The small town, served as it would be: no demonstration, three ways in."""
    app = make_app(square.app, demo=False, channels={"simulator": Doors()})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        free.listen(64)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[free])))
        thread.start()
        yield f"http://127.0.0.1:{free.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)


def ahead(square: Square) -> None:
    """A meeting to come."""
    for _ in range(9):
        square.town.registers(square.town.neighbour())


def choosing(square: Square) -> None:
    """A choice that is open."""
    square.choosing()


def closed(square: Square) -> None:
    """One that waits for its reasons, and a meeting that was called off."""
    square.choosing()
    square.close()
    square.town.change_session(state="cancelled", reason="lluvia")


def kept(square: Square) -> None:
    """Published, promised, done, told as a story."""
    square.published()
    words = square.app.catalogues
    store = square.store
    store.do(_office)
    said = promise.Said(problem="agua", entity="oficina", text="repara el tanque", due="fin de marzo")
    store.do(lambda unit: promise.promise(unit, words, said, by="y"))
    _later(store, month=12, day=20)
    done = update.Change(name="agua", kind="done_office", text="El tanque ya no pierde")
    store.do(lambda unit: update.update(unit, words, done, by="y"))
    told = story.Told(before="Dos horas de agua", after="Agua todo el día", text="Los vecinos llevaron los tubos")
    store.do(lambda unit: story.tell(unit, words, "agua", told, by="y"))
    _later(store, month=12, day=28)


def _office(unit: Unit) -> None:
    add(unit, t.organisation, slug="oficina", name="Oficina del Agua", short_name="la oficina del agua", kind="public")


def _later(store: Store, **day: int) -> None:
    store.do(lambda unit: clock.to(unit, NOON.replace(**day)))  # type: ignore[arg-type]


def assert_accessible(page: Any) -> None:
    """No fault that axe can see, nothing to scroll sideways, no script, targets that a thumb finds."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": RULES})
    told = [f"{v['id']}: {node['html'][:120]}" for v in found.response["violations"] for node in v["nodes"]]
    assert told == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    heights = page.eval_on_selector_all(".btn, .top a", "all => all.map(one => one.getBoundingClientRect().height)")
    assert min(heights) >= 44


@pytest.mark.parametrize("stage", [ahead, choosing, closed, kept], ids=lambda stage: stage.__name__)
def test_every_stage_is_accessible_in_every_size_and_colour(look: Any, square: Square, stage: Any) -> None:
    stage(square)
    for width, dark in LOOKS:
        assert_accessible(look("/l/san-martin", width=width, dark=dark))
    assert_accessible(look("/l/san-martin?lang=en", width=320))


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_front_page_is_accessible(look: Any, square: Square, width: int, dark: bool) -> None:
    ahead(square)
    assert_accessible(look("/", width=width, dark=dark))


def test_nothing_is_asked_of_anybody_else(look: Any, square: Square, chromium: Any, site: str) -> None:
    kept(square)
    page = chromium.new_context().new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/l/san-martin")
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(site).netloc}
    assert len(asked) <= MOST_REQUESTS
    assert page.evaluate("document.scripts.length") == 0
    assert page.context.cookies() == []
    page.context.close()


def test_on_paper_the_codes_stand_beside_the_word(look: Any, square: Square) -> None:
    ahead(square)
    page = look("/l/san-martin", width=390)
    assert page.locator(".qr").first.is_hidden()
    assert page.locator(".get").first.is_visible()
    page.emulate_media(media="print")
    assert page.locator(".qr").count() == 3
    assert all(page.locator(".qr").nth(n).is_visible() for n in range(3))
    assert page.locator(".top nav").is_hidden()
    assert page.locator(".word").inner_text() == "SANMARTIN"


def test_the_keyboard_alone_is_enough(look: Any, square: Square) -> None:
    ahead(square)
    page = look("/l/san-martin")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "WhatsApp"
    page.click("text=English")
    page.locator("html[lang=en]").wait_for(state="attached")  # the next page is there
    assert page.locator("h2").first.inner_text() == "Next meeting"


def test_large_letters_do_not_break_the_page(look: Any, square: Square) -> None:
    kept(square)
    page = look("/l/san-martin", width=390)
    page.evaluate("document.body.style.fontSize = '34px'")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_receipt_is_looked_up_on_any_phone(look: Any, square: Square) -> None:
    kept(square)
    while square.store.do(audit.chain):
        pass
    [code, *_others] = [row.code for row in square.town.rows(t.ballot)]
    page = look("/l/san-martin", width=390, script=False)
    page.fill("#codigo", code.lower())
    page.press("#codigo", "Enter")
    page.get_by_text("Ese recibo se contó.").wait_for()
    for width, dark in LOOKS:
        assert_accessible(look(f"/l/san-martin/recibo?codigo={code}", width=width, dark=dark))
    for typed in ("K7TQ-6XF2-4MRD", "hola", ""):
        assert_accessible(look(f"/l/san-martin/recibo?codigo={typed}&lang=en", width=320))
