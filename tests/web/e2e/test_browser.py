"""The simulator in a real browser: the whole thread, the keyboard alone, no script, every size, light and dark."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [(width, dark) for width in (1440, 1360, 1000, 390, 320) for dark in (False, True)]
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
    page.locator(f"#step-{step}.done").wait_for()


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
    ticked(page, "invited")
    see(page, "#screen-sms", "¿Vas\\? 1 Si 2 No")
    write(page, "sms", "1")
    see(page, "#screen-sms", "Listo, Rosa. Vas el")
    tap(page, "whatsapp", "1 Sí")
    see(page, "#screen-whatsapp", "Listo, Elena. Va el")
    tap(page, "telegram", "1 Sí")
    see(page, "#screen-telegram", "Listo, Kevin. Vas el")
    ticked(page, "registered")
    confirm(page, "open")
    see(page, "#screen-sms", "Elige hasta 3")
    write(page, "sms", "2 5 1")
    see(page, "#screen-sms", "Anotado: 2 Camino, 5 Basura y 1 Agua")
    write(page, "sms", "1")
    see(page, "#screen-whatsapp", "¿Qué debe ir primero")
    write(page, "whatsapp", "3 y 1")
    see(page, "#screen-whatsapp", "Anotado, Elena: 3 Centro de salud y 1 Agua potable")
    tap(page, "telegram", "1 Agua")
    see(page, "#screen-telegram", "Elegiste: 1 Agua")
    tap(page, "telegram", "6 Terminar")
    see(page, "#screen-telegram", "Anotado: 1 Agua")
    ticked(page, "chosen")
    confirm(page, "close")
    ticked(page, "closed")


def test_a_newcomer_walks_the_whole_thread(look: Opener) -> None:
    page = look()
    walk(page)
    page.click("text=Llenar con un ejemplo")
    page.wait_for_url("**ejemplo=1*")
    confirm(page, "decide")
    ticked(page, "decided")
    see(page, "#screen-whatsapp", "usted pidió Agua potable y Centro de salud")
    see(page, "#ledgers", "5 de 5")
    assert_accessible(page)


def neighbours(page: Any, turn: str) -> None:
    """Let the neighbours do what the guide offers, until it offers it no more."""
    page.click(f"#offer-{turn} button")
    page.locator(f"#offer-{turn}").wait_for(state="detached")


def leap(page: Any, step: str) -> None:
    """Put the clock forward by the button of a step."""
    label = page.locator(f"#jump-{step} button").inner_text()
    page.click(f"#jump-{step} button")
    page.wait_for_function(
        "([s, l]) => document.querySelector(`#jump-${s} button`)?.innerText !== l",
        arg=[step, label],
    )


def leap_to(page: Any, step: str, words: str) -> None:
    """Forward until a phone shows these words: a simple phone gets one question a day while it answers none."""
    from playwright.sync_api import TimeoutError as NotYet

    shown = page.locator("#screen-sms").get_by_text(re.compile(words)).first
    for _ in range(6):
        leap(page, step)
        with suppress(NotYet):
            shown.wait_for(timeout=4000)
            return
    shown.wait_for()


def test_a_newcomer_is_led_to_the_confirmed_solution(look: Opener) -> None:
    page = look(width=1440)
    confirm(page, "announce")
    see(page, "#screen-sms", "¿Vas\\? 1 Si 2 No")
    write(page, "sms", "1")
    tap(page, "telegram", "1 Sí")
    ticked(page, "registered")
    neighbours(page, "register")
    confirm(page, "open")
    see(page, "#screen-sms", "Elige hasta 3")
    write(page, "sms", "2 5 1")
    ticked(page, "chosen")
    write(page, "sms", "1")
    neighbours(page, "choose")
    assert_accessible(page)
    confirm(page, "close")
    ticked(page, "closed")
    page.click("text=Llenar con un ejemplo")
    page.wait_for_url("**ejemplo=1*")
    confirm(page, "decide")
    ticked(page, "decided")
    confirm(page, "promise")
    ticked(page, "promised")
    assert_accessible(page)
    confirm(page, "done")
    ticked(page, "done")
    leap(page, "asked")
    see(page, "#screen-telegram", "dice que cumplió")
    leap_to(page, "asked", "¿Se cumplio\\? 1 S")
    see(page, "#screen-telegram", "¿Se cumplió\\? 1 S")
    write(page, "sms", "1")
    ticked(page, "answered")
    tap(page, "telegram", "1 Sí")
    neighbours(page, "answer")
    leap(page, "counted")
    ticked(page, "confirmed")
    see(page, "#guide", "Recorriste todo")
    see(page, "#screen-telegram", "cumplido según los vecinos")
    assert_accessible(page)
    page.click("text=Mira la página pública")
    see(page, "main", "cumplido según los vecinos")


def test_the_facilitator_s_phone_invites_by_chat(look: Opener) -> None:
    page = look(width=390, dark=True)
    page.click("text=Equipo")
    write(page, "team", "INVITAR SM1")
    tap(page, "team", "2 ")
    see(page, "#screen-team", "escribe: ENVIAR 4")
    write(page, "team", "ENVIAR 4")
    see(page, "#screen-team", "Sale en 10 minutos")
    assert_accessible(page)
    leap(page, "invited")
    ticked(page, "invited")
    see(page, "#screen-sms", "¿Vas\\? 1 Si 2 No")


def test_the_four_phones_stand_side_by_side_on_a_desk_and_two_by_two_below(look: Opener) -> None:
    for width, columns in ((1360, 4), (1440, 4), (1000, 2), (800, 2), (390, 1)):
        page = look(width=width)
        lefts = page.eval_on_selector_all(
            ".handset", "all => all.map((one) => Math.round(one.getBoundingClientRect().left))"
        )
        assert len(set(lefts)) == columns, width


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
    page.evaluate("document.querySelector('#act-decide').noValidate = true")
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
    ticked(page, "invited")
    page.wait_for_function("document.activeElement.id === 'guide-h'")

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
