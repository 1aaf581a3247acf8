"""The facilitator's acts and the clock, as the forms of the simulator do them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from storage import clock
from storage.store import Store, Unit
from storage.tables import outbox
from tests.web.visitor import DECIDED, SAME, Send, confirm, count, everything, leap, post, say, words

# --- the facilitator ------------------------------------------------------------------------------------------------


def test_an_act_is_done_only_with_its_number(browser: TestClient, example: Store) -> None:
    before = everything(example)
    for wrong in ("", "3", "40", "cuatro", "9" * 50):
        answer = browser.post("/simulador/acto/announce", data={"count": wrong}, headers=SAME)
        assert answer.status_code == 422
        assert "El número no coincide. Son 4." in answer.text
        assert 'aria-describedby="fault-announce"' in answer.text
    assert everything(example) == before


def test_an_act_twice_is_one_act(browser: TestClient, example: Store) -> None:
    confirm(browser, "announce")
    before = count(example, "outbox"), count(example, "recipient")
    post(browser, "/simulador/acto/announce", count="4")
    assert (count(example, "outbox"), count(example, "recipient")) == before


def test_acts_come_in_order_and_say_what_has_to_be_first(browser: TestClient) -> None:
    page = words(browser.get("/simulador").text)
    assert "Invita a la reunión" in page
    for later in ("Pregunta qué arreglar", "Desde ahora no entra", "Una decisión y una razón", "Quién responde"):
        assert later not in page
    assert browser.post("/simulador/acto/close", data={"count": "0"}, headers=SAME).status_code == 422
    assert browser.post("/simulador/acto/decide", data={"count": "0"}, headers=SAME).status_code == 422


def test_nothing_is_decided_without_a_reason_for_each(browser: TestClient, example: Store, send: Send) -> None:
    for act in ("announce", "open"):
        confirm(browser, act)
        send()
    say(browser, "sms", "1")
    say(browser, "sms", "1")
    confirm(browser, "close")
    lacking = {**DECIDED, "reason.salud": "  "}
    wanted = re.search(r'for="count-decide">Escribe (\d+)', browser.get("/simulador").text)
    assert wanted
    answer = browser.post("/simulador/acto/decide", data={"count": wanted[1], **lacking}, headers=SAME)
    assert answer.status_code == 422
    assert 'aria-describedby="fault-salud"' in answer.text
    assert "Falta la razón de Centro de salud." in answer.text
    assert "El tanque nuevo cabe en el presupuesto" in answer.text, "what was typed is kept"
    assert count(example, "decision") == 0


def test_a_tie_waits_for_the_public_draw(browser: TestClient, send: Send) -> None:
    confirm(browser, "announce")
    send()
    say(browser, "sms", "1")
    confirm(browser, "open")
    send()
    say(browser, "sms", "2 5")  # one seat, and two who are first
    confirm(browser, "close")
    page = words(browser.get("/simulador").text)
    assert "Ya no entra otra elección, y hay un empate:" in page
    assert "Empataron Camino a la escuela y Basura." in page
    assert "Una decisión y una razón" not in page
    page = words(confirm(browser, "close", seed="48213"))
    assert "Lo más elegido" in page
    assert "Empate resuelto por sorteo" in page


def test_the_example_fills_the_reasons(browser: TestClient, send: Send) -> None:
    for act in ("announce", "open"):
        confirm(browser, act)
    send()
    say(browser, "whatsapp", "1")
    confirm(browser, "close")
    assert "El tanque nuevo cabe" not in browser.get("/simulador").text
    assert "El tanque nuevo cabe" in browser.get("/simulador?ejemplo=1").text


# --- the clock ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", ["hour", "day", "session"])
def test_the_clock_goes_forward_to_a_moment_of_the_plan(browser: TestClient, example: Store, jump: str) -> None:
    before = example.read(lambda unit: unit.now)
    assert "El reloj se adelantó." in post(browser, "/simulador/reloj", to=jump)
    assert example.read(lambda unit: unit.now) > before + timedelta(minutes=59)


def test_a_leap_leads_past_all_that_is_due_within_one_minute(browser: TestClient, example: Store) -> None:
    confirm(browser, "announce")
    hour = example.read(lambda unit: unit.now).replace(second=0, microsecond=0) + timedelta(hours=1)
    pending = select(outbox.c.id).where(outbox.c.state == "pending")
    ids = sorted(example.read(lambda unit: unit.db.execute(pending).scalars().all()))
    for number, id in enumerate(ids):
        example.do(partial(_put_off, id=id, due_at=hour + timedelta(seconds=5 + 10 * number)))
    leap(browser, "invited")
    assert example.read(lambda unit: unit.now) >= hour + timedelta(minutes=1)
    assert 'id="jump-invited"' not in browser.get("/simulador").text


def _put_off(unit: Unit, id: int, due_at: datetime) -> None:
    unit.db.execute(update(outbox).where(outbox.c.id == id).values(due_at=due_at))


def test_the_clock_never_goes_back_and_knows_no_other_moments(browser: TestClient, example: Store) -> None:
    post(browser, "/simulador/reloj", to="session")
    late = example.read(clock.offset)
    for to in ("question", "count", "sending", "", "1999-01-01"):
        post(browser, "/simulador/reloj", to=to)
    assert example.read(clock.offset) == late
