"""`convoca demo --providers` as a real process, and a real browser on its page: three phones over the real wire."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.e2e.test_browser import assert_accessible, see, tap, write
from tests.web.test_demo_ground import free_pair

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[3]
Opener = Callable[..., Any]
PHONES = ("sms", "whatsapp", "telegram")


class House:
    """The command, running in a folder of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.page = f"http://127.0.0.1:{port + 1}"
        environ = {name: value for name, value in os.environ.items() if not name.startswith("CONVOCA_")}
        environ |= {"PYTHONPATH": str(ROOT), "CONVOCA_TELEGRAM_TOKEN": "123456789:must-not-be-used"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--providers", "--port", str(port)],
            cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def told(self) -> str:
        """What it says at its start, up to the last line of it."""
        assert self.process.stdout is not None
        lines = []
        while line := self.process.stdout.readline():
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
        return "".join(lines)

    def end(self) -> tuple[int, str]:
        """Ctrl-C; (exit status, everything on stderr)."""
        self.process.send_signal(signal.SIGINT)
        _, wrong = self.process.communicate(timeout=30)
        return self.process.returncode, wrong


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Started, and killed if the test has not ended it."""
    house = House(tmp_path, free_pair())
    try:
        assert house.page in house.told()
        yield house
    finally:
        if house.process.poll() is None:
            house.process.kill()
            house.process.communicate()


@pytest.fixture
def site(house: House) -> str:
    """For `look`."""
    return house.page


def heard(page: Any) -> None:
    """Wait until the product has told every provider where it listens."""
    for channel in PHONES:
        see(page, f"#screen-{channel}", "Escribe SANMARTIN")


def test_three_phones_over_the_real_wire(look: Opener, house: House) -> None:
    page = look("/")
    heard(page)
    for channel in PHONES:
        write(page, channel, "SANMARTIN")
    for channel in PHONES:
        see(page, f"#screen-{channel}", "¿Aceptas")
        assert page.input_value(f"#text-{channel}") == ""
    see(page, "#wire .op", "sms:received")
    see(page, "#wire .op", "CreateMessage")

    tap(page, "telegram", "1 Sí")
    see(page, "#screen-telegram", "✓ Sí")
    see(page, "#wire .op", "callback_query")
    see(page, "#wire .op", "answerCallbackQuery")
    see(page, "#screen-telegram", "¿Te llamo Yari")
    assert page.locator("#screen-telegram .kb").count() == 1, "the answered question has lost its buttons"
    tap(page, "whatsapp", "1 Sí")
    see(page, "#screen-whatsapp", "¿Te llamo José")
    write(page, "sms", "1")
    see(page, "#screen-sms", "¿Como te llamas")
    see(page, "#faults", "ninguna falta")
    assert_accessible(page)
    page.goto("about:blank")  # it would ask on
    assert house.end() == (0, "")


def test_a_provider_misbehaves_and_the_answer_arrives(look: Opener, house: House) -> None:
    page = look("/")
    heard(page)
    page.click("#mishap-twice-whatsapp")
    page.locator("#mishap-twice-whatsapp[aria-pressed=true]").wait_for()
    page.click("#mishap-cut-sms")
    page.locator("#mishap-cut-sms[aria-pressed=true]").wait_for()
    write(page, "whatsapp", "AYUDA")
    write(page, "sms", "AYUDA")
    see(page, "#wire .op", "llega otra vez")
    see(page, "#wire .op", "lo aceptó y cortó la conexión")
    see(page, "#screen-whatsapp", "LABS: reuniones")
    see(page, "#wire .status", "409")
    for channel in ("whatsapp", "sms"):
        assert page.locator(f"#screen-{channel} .row").count() == 2, "one question, one answer"


def test_without_script_the_wire_works_too(look: Opener) -> None:
    page = look("/", script=False)
    for _ in range(60):
        if page.locator("#screen-telegram", has_text="Escribe SANMARTIN").count():
            break
        page.click(".refresh a")
    write(page, "telegram", "SANMARTIN")
    for _ in range(20):
        if page.locator("#screen-telegram", has_text="¿Aceptas").count():
            break
        page.click(".refresh a")
    tap(page, "telegram", "1 Sí")
    see(page, "#screen-telegram", "✓ Sí")
    page.click("#mishap-busy-telegram")
    assert page.locator("#mishap-busy-telegram").get_attribute("aria-pressed") == "true"


def test_every_size_and_colour_of_the_wire_is_accessible(look: Opener) -> None:
    first = look("/")
    heard(first)
    for channel in PHONES:
        write(first, channel, "SANMARTIN")
    for channel in PHONES:
        see(first, f"#screen-{channel}", "¿Aceptas")
    for width, dark in ((1360, True), (1000, False), (390, True), (320, False)):
        page = look("/", width=width, dark=dark)
        page.locator("#wire summary").last.click()
        assert_accessible(page)
        phones = page.eval_on_selector_all(".handset", "all => all.map((one) => one.getBoundingClientRect().width)")
        assert min(phones) > 220, f"no word breaks in a phone at {width}"


def test_the_keyboard_alone_is_enough_for_the_wire(look: Opener) -> None:
    page = look("/")
    heard(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus("#text-telegram")
    page.keyboard.type("SANMARTIN")
    page.keyboard.press("Enter")
    see(page, "#screen-telegram", "¿Aceptas")
    assert page.evaluate("document.activeElement.id") == "text-telegram", "the next message can be typed at once"
    page.focus("#log-telegram")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "1 Sí"
    page.keyboard.press("Enter")
    see(page, "#screen-telegram", "✓ Sí")
    page.focus("#mishap-busy-sms")
    page.keyboard.press("Enter")
    page.locator("#mishap-busy-sms[aria-pressed=true]").wait_for()
    assert page.evaluate("document.activeElement.id") == "mishap-busy-sms"
