"""The guide of the simulator leads from the invitation to 'was it done?': each step is ticked from rows, in order."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from bot.app import App
from bot.web import make_app
from bot.web.simulator import guide
from storage import clock, progress
from storage.store import Store
from storage.tables import inbound, staff_role
from tests.web.postman import deliver
from tests.web.visitor import (
    DECIDED,
    SAME,
    Send,
    confirm,
    count,
    everything,
    leap,
    neighbours,
    post,
    say,
    screen,
    ticked,
    words,
)

ALL = list(guide.TITLES)
PROMISE = {"text": "cambia el tanque de agua", "due": "fin de año"}


def chosen(browser: TestClient, store: Store, *, many: bool) -> None:
    """Invited, registered, asked, chosen: by Rosa, and by the neighbours too if there are many."""
    confirm(browser, "announce")
    deliver(store)
    say(browser, "sms", "1")
    if many:
        neighbours(browser, "register")
    confirm(browser, "open")
    deliver(store)
    for text in ("1", "1"):  # the choice; and yes, tell me
        say(browser, "sms", text)
    if many:
        neighbours(browser, "choose")
    deliver(store)


def promised(browser: TestClient, store: Store, *, many: bool) -> None:
    """And closed, decided, promised, done as the office says, asked 28 days later."""
    chosen(browser, store, many=many)
    confirm(browser, "close")
    confirm(browser, "decide", **DECIDED)
    deliver(store)
    confirm(browser, "promise", **PROMISE)
    confirm(browser, "done", text="Ya está funcionando.")
    while "asked" not in ticked(browser.get("/simulador").text):  # the news before, one a day, and then the day itself
        leap(browser, "asked")
        deliver(store)


# --- in order ---------------------------------------------------------------------------------------------------------


def test_the_steps_are_ticked_one_after_the_other(everywhere: TestClient, store: Store) -> None:
    browser = everywhere
    seen: list[int] = []

    def look(done: int) -> str:
        deliver(store)
        page = browser.get("/simulador").text
        assert ticked(page) == ALL[:done], f"after {seen}"
        seen.append(done)
        return page

    look(0)
    confirm(browser, "announce")
    look(1)
    say(browser, "sms", "1")
    look(2)
    neighbours(browser, "register")
    assert "Que se inscriban" not in look(2)
    confirm(browser, "open")
    look(3)
    for text in ("2 5 1", "1"):
        say(browser, "sms", text)
    look(4)
    neighbours(browser, "choose")
    look(4)
    confirm(browser, "close")
    look(5)
    confirm(browser, "decide", **DECIDED)
    look(6)
    confirm(browser, "promise", **PROMISE)
    look(7)
    confirm(browser, "done", text="Ya está funcionando.")
    assert "Hay un aviso que espera su hora." in look(8)
    leap(browser, "asked")
    assert "El bot pregunta solo" in look(8)
    leap(browser, "asked")
    assert "¿Se cumplio? 1 Si 2 En parte 3 No 4 No se" in screen(look(9), "sms")
    say(browser, "sms", "1")
    assert "Contestaron hasta ahora: 1." in look(10)
    neighbours(browser, "answer")
    assert "Que contesten" not in look(10)
    leap(browser, "counted")
    page = look(12)
    assert "cumplido segun los vecinos" in screen(page, "sms")
    assert 'href="/l/san-martin"' in page
    public = words(browser.get("/l/san-martin").text)
    assert "cumplido según los vecinos" in public
    assert "Preguntamos a 7 y contestaron 7. Sí: 6. En parte: 1." in public


# --- too few ----------------------------------------------------------------------------------------------------------


def test_with_too_few_the_guide_says_so_and_another_date_opens_another_round(
    browser: TestClient, example: Store, send: Send
) -> None:
    promised(browser, example, many=False)
    page = words(browser.get("/simulador").text)
    say(browser, "sms", "1")
    page = words(browser.get("/simulador").text)
    assert "Se preguntó a 1 persona. Con menos de 5 respuestas no hay números." in page
    assert "Que contesten" not in page, "nobody else was asked"
    leap(browser, "counted")
    send()
    page = browser.get("/simulador").text
    assert ticked(page) == ALL[:-1]
    assert "Contestaron menos de 5 personas: sin números, y nada se confirma." in words(page)
    assert "Contestaron menos de 5 personas. Asi no contamos." in screen(page, "sms")
    confirm(browser, "again", text="falta una pieza", due="20 de marzo")
    page = browser.get("/simulador").text
    assert 'id="act-again"' not in page
    assert 'id="jump-confirmed"' in page


def test_nothing_that_goes_ahead_is_nothing_to_promise(browser: TestClient, example: Store, send: Send) -> None:
    chosen(browser, example, many=False)
    confirm(browser, "close")
    confirm(browser, "decide", **(DECIDED | {"outcome.agua": "not_adopted"}))
    send()
    page = words(browser.get("/simulador").text)
    assert "Nada de lo decidido va adelante" in page
    assert browser.post("/simulador/acto/promise", data={"count": "1"}, headers=SAME).status_code == 422
    assert count(example, "commitment") == 0


@pytest.mark.parametrize(
    ("act", "form", "told"),
    [
        ("promise", {"text": "", "due": "fin de año"}, "Falta qué prometió la oficina"),
        ("promise", {"text": "cambia el tanque", "due": "31 de febrero"}, "Ese día no existe"),
        ("promise", {"text": "cambia el tanque", "due": "fin de año", "count": "99"}, "El número no coincide."),
    ],
)
def test_a_promise_that_is_refused_changes_nothing_and_keeps_what_was_typed(
    browser: TestClient, example: Store, act: str, form: dict[str, str], told: str
) -> None:
    chosen(browser, example, many=False)
    confirm(browser, "close")
    confirm(browser, "decide", **DECIDED)
    before = everything(example)
    answer = browser.post(f"/simulador/acto/{act}", data={"count": "2", **form}, headers=SAME)
    assert answer.status_code == 422
    assert told in answer.text
    assert f'value="{form["due"]}"' in answer.text
    assert everything(example) == before


# --- neighbours -------------------------------------------------------------------------------------------------------


def test_the_neighbours_are_people_like_others(everywhere: TestClient, store: Store) -> None:
    chosen(everywhere, store, many=True)
    assert count(store, "person") == 11
    assert count(store, "consent") == 11
    page = everywhere.get("/simulador").text
    assert "Delia" in page
    assert "Que elijan" not in page, "7 chose: enough for numbers"
    sent = store.read(lambda unit: list(unit.db.execute(select(inbound.c.sender_id.is_not(None))).scalars()))
    assert all(sent)


def test_neighbours_who_are_sent_twice_do_nothing_twice(browser: TestClient, example: Store, send: Send) -> None:
    confirm(browser, "announce")
    send()
    for _again in range(2):
        post(browser, "/simulador/vecinos/register")
    assert count(example, "person") == 11
    assert browser.post("/simulador/vecinos/vender", headers=SAME).status_code == 404


# --- the facilitator's phone ------------------------------------------------------------------------------------------


def test_the_facilitator_plays_it_by_chat(everywhere: TestClient, store: Store) -> None:
    browser = everywhere

    def writes(*texts: str) -> str:
        for text in texts:
            say(browser, "team", text)
            deliver(store)
        return browser.get("/simulador").text

    assert "Para enviar, escribe: ENVIAR 4" in screen(writes("INVITAR SM1", "2"), "team")
    page = writes("ENVIAR 4")
    assert "Sale en 10 minutos" in screen(page, "team"), "nobody else of the team can agree"
    assert "El primer envío de Yaneth espera 10 minutos" in page
    assert ticked(page) == []
    assert 'id="act-announce"' not in page
    leap(browser, "invited")
    deliver(store)
    say(browser, "sms", "1")
    page = writes("QUIEN VIENE SM1")
    assert ticked(page) == ["invited", "registered"]
    page = writes("ABRIR")
    asked = screen(page, "team").rpartition("ABRIR ")[2].split()[0]
    writes(f"ABRIR {asked}")
    say(browser, "sms", "1")
    page = writes("CERRAR sm", "1", "PENDIENTES")
    assert ticked(page) == ["invited", "registered", "opened", "chosen", "closed"]
    assert "DECIDIR agua" in screen(page, "team")


def test_what_the_office_says_is_told_from_her_phone_as_the_guide_says(everywhere: TestClient, store: Store) -> None:
    browser = everywhere

    def writes(*texts: str) -> str:
        for text in texts:
            say(browser, "team", text)
            deliver(store)
        return screen(browser.get("/simulador").text, "team")

    def locked(word: str, *texts: str) -> str:
        number = writes(*texts).rpartition(f"escribe: {word} ")[2].split()[0]
        return writes(f"{word} {number}")

    chosen(browser, store, many=False)
    confirm(browser, "close")
    confirm(browser, "decide", **DECIDED)
    deliver(store)
    assert "Yaneth escribe PROMESA agua." in browser.get("/simulador").text
    assert "Anotado." in locked("PROMESA", "PENDIENTES", "PROMESA agua", "1", "cambia el tanque", "fin de año")
    page = browser.get("/simulador").text
    assert "promised" in ticked(page)
    assert "Yaneth escribe NOVEDAD agua." in page
    assert "Anotado." in locked("NOVEDAD", "NOVEDAD agua", "2", "NADA")
    assert "done" in ticked(browser.get("/simulador").text)


def test_after_a_silence_her_phone_is_asked_for_the_code_that_the_page_shows(
    browser: TestClient, example: Store, send: Send
) -> None:
    post(browser, "/simulador/reloj", to="day")
    for text in ("INVITAR SM1", "2"):
        say(browser, "team", text)
        send()
    assert "convoca staff code" in screen(browser.get("/simulador").text, "team")
    answer = browser.post("/simulador/codigo", headers=SAME)
    assert answer.status_code == 200, "no redirect: the code stands in no address"
    digits = words(answer.text).partition("El código de Yaneth es ")[2][:6]
    say(browser, "team", digits)
    send()
    assert "Para enviar, escribe: ENVIAR 4" in screen(browser.get("/simulador").text, "team")


def test_an_invitation_by_chat_can_be_stopped(browser: TestClient, example: Store, send: Send) -> None:
    for text in ("INVITAR SM1", "2", "ENVIAR 4", "ALTO ENVIO"):
        say(browser, "team", text)
        send()
    post(browser, "/simulador/reloj", to="hour")
    assert send() == 0
    page = browser.get("/simulador").text
    assert ticked(page) == []
    assert 'id="act-announce"' in page, "it can be done from here instead"


def test_only_the_facilitator_of_the_example_has_a_role(browser: TestClient, example: Store, send: Send) -> None:
    assert count(example, "staff") == 1
    by = example.read(lambda unit: unit.db.execute(select(staff_role.c.granted_by, staff_role.c.role)).all())
    assert [tuple(row) for row in by] == [("demo", "facilitator")]
    say(browser, "telegram", "INVITAR SM1")
    send()
    assert "ENVIAR" not in screen(browser.get("/simulador").text, "telegram")


def test_a_real_installation_has_nobody_of_the_example(store: Store) -> None:
    with TestClient(make_app(App.on(store), demo=False), base_url="http://localhost") as client:
        assert client.get("/").status_code == 200
        assert client.post("/simulador/empezar", headers=SAME).status_code == 404
    assert count(store, "staff") == 0


# --- the clock --------------------------------------------------------------------------------------------------------


def test_at_night_nothing_leaves_and_the_guide_offers_the_morning(
    browser: TestClient, example: Store, send: Send
) -> None:
    example.do(lambda unit: clock.forward(unit, timedelta(hours=12)))
    confirm(browser, "announce")
    assert send() == 0
    page = browser.get("/simulador").text
    assert ticked(page) == []
    assert "Hay un aviso que espera su hora." in page
    leap(browser, "invited")
    assert send() == 4
    page = browser.get("/simulador").text
    assert ticked(page) == ["invited"]
    assert "8:00 am" in page


def test_the_next_thing_is_offered_by_name(browser: TestClient, example: Store, send: Send) -> None:
    confirm(browser, "announce")
    send()
    say(browser, "sms", "1")
    assert "Lo próximo: el recordatorio" in words(browser.get("/simulador").text)
    post(browser, "/simulador/reloj", to="reminder")
    send()
    assert "Recordatorio de la reunión" in browser.get("/simulador").text, "the ticks have looked at once"


def test_a_leap_to_the_closing_closes(browser: TestClient, example: Store, send: Send) -> None:
    chosen(browser, example, many=False)
    post(browser, "/simulador/reloj", to="closing")
    assert ticked(browser.get("/simulador").text)[-1] == "closed"
    ahead = example.read(lambda unit: progress.ahead(unit, 1))
    assert "closing" not in ahead
