"""The simulator in a real browser: the whole thread, the keyboard alone, no script, every size, light and dark."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [(width, dark) for width in (1360, 1000, 390, 320) for dark in (False, True)]
Opener = Any


def assert_accessible(page: Any) -> None:
    """No fault that axe can see, and nothing to scroll sideways."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": RULES})
    told = [f"{v['id']}: {node['html'][:120]}" for v in found.response["violations"] for node in v["nodes"]]
    assert told == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def see(page: Any, place: str, words: str) -> None:
    """Wait until these words stand there."""
    page.locator(place).get_by_text(re.compile(words)).first.wait_for()


def confirm(page: Any, act: str) -> None:
    """Type the number that the form asks for, and send it."""
    label = page.locator(f"label[for=count-{act}]").inner_text()
    page.fill(f"#count-{act}", re.search(r"\d+", label)[0])  # type: ignore[index]
    page.click(f"#act-{act} .btn")


def ticked(page: Any, step: str) -> None:
    """Wait until the guide has ticked this step."""
    page.locator("#guide li.done", has_text=step).wait_for()


def write(page: Any, channel: str, words: str) -> None:
    """Type on a phone."""
    page.fill(f"#text-{channel}", words)
    page.press(f"#text-{channel}", "Enter")


def tap(page: Any, channel: str, label: str) -> None:
    """Tap a button on a phone."""
    page.locator(f"#screen-{channel} .kb button", has_text=label).last.click()


def walk(page: Any) -> None:
    """Invited, registered, chosen, closed, told: on three phones."""
    confirm(page, "announce")
    ticked(page, "Invitado")
    see(page, "#screen-sms", "¿Vas\\? 1 Si 2 No")
    write(page, "sms", "1")
    see(page, "#screen-sms", "Listo, Rosa. Vas el")
    tap(page, "whatsapp", "1 Sí")
    see(page, "#screen-whatsapp", "Listo, Elena. Va el")
    tap(page, "telegram", "1 Sí")
    see(page, "#screen-telegram", "Listo, Kevin. Vas el")
    ticked(page, "Inscrito")
    confirm(page, "open")
    see(page, "#screen-sms", "Elige hasta 3")
    write(page, "sms", "2 5 1")
    see(page, "#screen-sms", "Anotado: 2 Camino, 5 Basura y 1 Agua")
    see(page, "#screen-whatsapp", "¿Qué debe ir primero")
    write(page, "whatsapp", "3 y 1")
    see(page, "#screen-whatsapp", "Anotado: 3 Centro de salud y 1 Agua potable")
    tap(page, "telegram", "1 Agua")
    see(page, "#screen-telegram", "Elegiste: 1 Agua")
    tap(page, "telegram", "6 Terminar")
    see(page, "#screen-telegram", "Anotado: 1 Agua")
    ticked(page, "Eligió")
    confirm(page, "close")
    ticked(page, "Cerrada")


def test_a_newcomer_walks_the_whole_thread(look: Opener) -> None:
    page = look()
    walk(page)
    page.click("text=Llenar con un ejemplo")
    page.wait_for_url("**ejemplo=1*")
    confirm(page, "decide")
    ticked(page, "Contado")
    see(page, "#screen-whatsapp", "usted pidió Agua potable y Centro de salud")
    see(page, "#ledgers", "3 de 3")
    assert_accessible(page)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_every_size_and_colour_is_accessible(look: Opener, width: int, dark: bool) -> None:
    page = look(width=width, dark=dark)
    assert_accessible(page)
    confirm(page, "announce")
    see(page, "#screen-telegram", "te invita al laboratorio")
    page.click("#jumps summary")
    assert_accessible(page)


@pytest.mark.parametrize("width", [1360, 390])
def test_the_form_of_reasons_is_accessible(look: Opener, width: int) -> None:
    page = look(width=width)
    walk(page)
    page.fill("#count-decide", "3")
    page.evaluate("document.querySelector('#act-decide form').noValidate = true")
    page.click("#act-decide .btn")
    see(page, "#fault-salud", "Falta la razón")
    assert_accessible(page)


@pytest.mark.parametrize("path", ["/", "/nada"])
def test_the_other_pages_are_accessible(look: Opener, path: str) -> None:
    page = look(path, width=320)
    assert_accessible(page)
    assert page.evaluate("document.scripts.length") == 0
    if path == "/nada":
        look.faults.clear()  # the browser logs the 404 of the page itself


def test_without_script_everything_works_too(look: Opener) -> None:
    page = look(script=False)
    confirm(page, "announce")
    for _ in range(20):
        if page.locator("#screen-sms", has_text="¿Vas?").count():
            break
        page.reload()
    write(page, "sms", "1")
    see(page, "#screen-sms", "Listo, Rosa. Vas el")
    assert page.locator(".keys").is_hidden()
    page.select_option("#pick-whatsapp", "jose")
    page.click("#phone-whatsapp noscript button, #phone-whatsapp .who button")
    assert "whatsapp=jose" in page.url
    write(page, "whatsapp", "SANMARTIN")
    see(page, "#screen-whatsapp", "¿Aceptas")
    tap(page, "whatsapp", "1 Sí")
    see(page, "#screen-whatsapp", "¿Te llamo José")
    assert page.locator("#pick-whatsapp").input_value() == "jose"


def test_the_keyboard_alone_is_enough(look: Opener) -> None:
    page = look()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.focus("#count-announce")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    ticked(page, "Invitado")
    page.wait_for_function("document.activeElement.id === 'panel-h'")

    page.focus("#text-sms")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    see(page, "#screen-sms", "Listo, Rosa. Vas el")
    assert page.evaluate("document.activeElement.id") == "text-sms", "the next message can be typed at once"
    assert page.input_value("#text-sms") == ""

    page.focus("#log-telegram")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "1 Sí"
    page.keyboard.press("Enter")
    see(page, "#screen-telegram", "Listo, Kevin. Vas el")
    assert page.evaluate("document.activeElement.id") == "log-telegram"


def test_a_screen_reader_hears_only_what_is_new(look: Opener) -> None:
    page = look()
    page.evaluate(
        """() => { window.heard = []; new MutationObserver((all) => all.forEach((m) => m.addedNodes.forEach(
        (n) => n.id && heard.push(n.id)))).observe(document.getElementById('screen-sms'), {childList: true}); }"""
    )
    for words in ("LABS", "DATOS"):
        write(page, "sms", words)
        see(page, "#screen-sms", words)
    page.wait_for_function("heard.filter((id) => id.startsWith('sms-o')).length === 2")
    heard = page.evaluate("heard.filter((id) => id.startsWith('sms-'))")
    assert len(heard) == len(set(heard)) == 4, "two messages and two replies, each added once"
    assert page.get_attribute("#log-sms", "aria-live") == "polite"


def test_the_keys_of_the_simple_phone_write(look: Opener) -> None:
    page = look()
    for key in ("2", "5", "1"):
        page.locator(".keys button", has_text=re.compile(f"^{key}$")).click()
    assert page.input_value("#text-sms") == "251"
    page.keyboard.press("Enter")
    see(page, "#screen-sms .mine", "251")


def test_what_is_typed_survives_what_happens_elsewhere(look: Opener) -> None:
    page = look()
    page.fill("#count-announce", "7")
    page.fill("#text-telegram", "a medias")
    write(page, "sms", "LABS")
    see(page, "#screen-sms", "LABS")
    page.locator("#stored").wait_for()
    assert page.input_value("#text-telegram") == "a medias"
    assert page.input_value("#count-announce") == "7"
    page.click("#act-announce .btn")
    see(page, "#fault-announce", "El número no coincide. Son 4.")
    write(page, "whatsapp", "LABS")
    see(page, "#screen-whatsapp .mine", "LABS")
    assert page.locator("#fault-announce").is_visible()
    assert page.input_value("#text-telegram") == "a medias"


def test_two_messages_in_a_row_are_two_messages(look: Opener) -> None:
    page = look("/simulador?sms=marta")
    page.fill("#text-sms", "SANMARTIN")
    page.keyboard.press("Enter")
    page.locator("#text-sms").press_sequentially("1")
    page.keyboard.press("Enter")
    see(page, "#screen-sms", "¿Como te llamas?")
    assert page.locator("#screen-sms .mine").count() == 2


def test_a_lost_connection_loses_no_words(look: Opener) -> None:
    page = look()
    page.route("**/simulador/sms*", lambda route: route.abort())
    write(page, "sms", "mis palabras")
    see(page, "#notice", "tu texto sigue aquí")
    assert page.input_value("#text-sms") == "mis palabras"
    page.unroute("**/simulador/sms*")
    page.press("#text-sms", "Enter")
    see(page, "#screen-sms .mine", "mis palabras")
    look.faults.clear()  # the browser logs the aborted request


def test_another_persona_keeps_the_focus_on_the_chooser(look: Opener) -> None:
    page = look()
    page.focus("#pick-sms")
    page.select_option("#pick-sms", "casa")
    see(page, "#screen-sms", "Luis")
    assert page.evaluate("document.activeElement.id") == "pick-sms"
    page.reload()
    assert page.input_value("#pick-sms") == "casa"
    write(page, "sms", "LABS")
    see(page, "#screen-sms .mine", "LABS")


def test_the_clock_rings_the_reminder(look: Opener) -> None:
    page = look()
    confirm(page, "announce")
    see(page, "#screen-sms", "¿Vas\\? 1 Si 2 No")
    write(page, "sms", "1")
    see(page, "#screen-sms", "Listo, Rosa. Vas el")
    page.click("#jumps summary")
    page.click("#jumps button[value=reminder]")
    see(page, "#notice", "El reloj se adelantó")
    page.click("#jumps button[value=reminder]")
    see(page, "#ledgers", "Recordatorio de la reunión")
    see(page, "#screen-sms", "mañana|Mañana")
    assert page.locator("#screen-sms .day").count() > 2


def test_starting_over_asks_first(look: Opener) -> None:
    page = look()
    write(page, "sms", "LABS")
    see(page, "#screen-sms .mine", "LABS")
    page.click(".again summary")
    page.click("text=Sí, borrar la prueba")
    see(page, "#notice", "La prueba empezó de nuevo")
    assert page.locator("#screen-sms .mine", has_text="LABS").count() == 0


def test_enter_sends_what_was_typed_while_buttons_wait(look: Opener) -> None:
    page = look()
    confirm(page, "announce")
    see(page, "#screen-whatsapp", "¿Va\\?")
    write(page, "whatsapp", "AYUDA")
    see(page, "#screen-whatsapp .mine >> nth=-1", "AYUDA")
    assert page.input_value("#text-whatsapp") == ""
