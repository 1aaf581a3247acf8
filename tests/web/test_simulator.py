"""The simulator, as a browser without script sees it: real turns, real rows, on both databases."""

from __future__ import annotations

import gzip
import re

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from bot.app import App
from bot.web import make_app
from bot.web.simulator import seed, seeding
from bot.web.simulator.personas import PERSONAS, Persona, chosen
from storage import senders, simulator
from storage.store import Store, Unit
from storage.tables import address, inbound, outbox, person
from tests.web.postman import deliver
from tests.web.visitor import DECIDED, SAME, Send, confirm, count, everything, post, say, screen, ticked, words

# --- the example ----------------------------------------------------------------------------------------------------


def test_the_example_begins_with_neighbours_who_gave_permission_days_ago(browser: TestClient, example: Store) -> None:
    page = browser.get("/simulador").text
    for place, persona in chosen({}).items():
        expected = "No hay nada pendiente." if persona.role else "Listo. Te aviso cuando haya"
        assert expected in screen(page, place), persona.key
    assert "Ejemplo. Ninguna institución usa ni respalda esta demostración." in page
    assert "9:4" in page
    first = example.read(lambda unit: unit.db.execute(select(func.min(person.c.created_at))).scalar_one())
    assert (example.read(lambda unit: unit.now) - first).days >= 5


def test_seeding_twice_is_seeding_once(example: Store) -> None:
    before = everything(example)
    assert not seed(App.on(example))
    assert everything(example) == before


def test_an_example_cut_off_by_a_crash_is_made_anew(example: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    whole = {name: len(rows) for name, rows in everything(example).items()}
    with monkeypatch.context() as broken:
        broken.setattr(seeding, "_finish", crash)
        with pytest.raises(KeyboardInterrupt):
            seeding.again(App.on(example))
    assert seed(App.on(example))
    assert {name: len(rows) for name, rows in everything(example).items()} == whole
    assert example.read(lambda unit: [s.halted_at for s in senders.senders(unit)]) == [None] * 3


def test_an_empty_database_offers_to_load_the_example(everywhere: TestClient, store: Store) -> None:
    store.do(simulator.empty)
    assert "Cargar el ejemplo" in everywhere.get("/simulador").text
    assert everywhere.get("/simulador/vivo").status_code == 204
    assert "La prueba empezó de nuevo." in post(everywhere, "/simulador/empezar")
    assert count(store, "person") == 5


def test_starting_over_brings_the_same_example_back(everywhere: TestClient, store: Store) -> None:
    names = ("person", "consent", "inbound", "outbox", "session", "contest", "registration", "audit_event")
    fresh = {name: count(store, name) for name in names}
    say(everywhere, "sms", "SANMARTIN", who="marta")
    confirm(everywhere, "announce")
    deliver(store)
    post(everywhere, "/simulador/empezar")
    assert {name: count(store, name) for name in names} == fresh
    assert count(store, "sender") == 3


def test_looking_changes_nothing(everywhere: TestClient, store: Store) -> None:
    before = everything(store)
    for path in ("/", "/simulador", "/simulador?sms=casa&whatsapp=jose", "/simulador/vivo", "/healthz", "/metrics"):
        assert everywhere.get(path).status_code == 200, path
    assert everything(store) == before


# --- the whole thread -----------------------------------------------------------------------------------------------


def test_a_newcomer_walks_the_whole_thread(everywhere: TestClient, store: Store) -> None:
    browser = everywhere

    def answer(channel: str, text: str = "", **form: str) -> str:
        assert browser.post(f"/simulador/{channel}", data={"text": text, **form}, headers=SAME).status_code == 303
        deliver(store)
        return browser.get("/simulador").text

    def tap(page: str, channel: str, label: str) -> str:
        part = page.split(f'id="screen-{channel}"')[1].split('class="say"')[0]
        button = re.search(rf'name="button" value="([^"]+)"[^>]*>{label}<', part)
        assert button, f"{channel} shows no button {label}"
        return answer(channel, button=button[1])

    assert ticked(browser.get("/simulador").text) == []
    confirm(browser, "announce")
    assert deliver(store) == 4
    page = browser.get("/simulador").text
    assert ticked(page) == ["invited"]
    assert "te invita al laboratorio de San Martín" in screen(page, "telegram")

    assert "Listo, Rosa. Vas el" in screen(answer("sms", "1"), "sms")
    assert "Listo, Elena. Va el" in screen(tap(page, "whatsapp", "1 Sí"), "whatsapp")
    page = tap(page, "telegram", "1 Sí")
    assert "Listo, Kevin. Vas el" in screen(page, "telegram")
    assert ticked(page) == ["invited", "registered"]

    confirm(browser, "open")
    deliver(store)
    assert "Anotado: 2 Camino, 5 Basura y 1 Agua." in screen(answer("sms", "2 5 1"), "sms")
    answer("sms", "1")  # yes, tell me what becomes of it: an open question would keep the result back
    page = answer("whatsapp", "3 y 1")
    assert "Anotado, Elena: 3 Centro de salud y 1 Agua potable." in screen(page, "whatsapp")
    page = tap(page, "telegram", "1 Agua")
    shown = screen(page, "telegram")
    assert "Ahora toca elegir" not in shown, "the ballot has become its own answer"
    assert re.search(r"Elegiste: 1 Agua\. ¿Quieres agregar otro\? .* editado Quitar 1 Agua 2 Camino", shown)
    page = tap(page, "telegram", "6 Terminar")
    assert "✓ Terminar" in screen(page, "telegram")
    assert "Anotado: 1 Agua." in screen(page, "telegram")
    assert ticked(page) == ["invited", "registered", "opened", "chosen"]

    assert ticked(confirm(browser, "close")) == ["invited", "registered", "opened", "chosen", "closed"]
    confirm(browser, "decide", **DECIDED)
    assert deliver(store) == 4  # and a family who did not choose, on one phone
    page = browser.get("/simulador").text
    assert ticked(page) == ["invited", "registered", "opened", "chosen", "closed", "decided"]
    assert "Ganó Agua potable." in screen(page, "whatsapp")
    assert "El centro depende del ministerio." in screen(page, "whatsapp"), "the reason of what she asked for"
    assert "Yaneth escribe PROMESA agua. O desde aquí:" in page
    assert re.search(r"5 personas = 4 enviados \+ 0 esperan \+ 0 fallaron \+ 0 no se sabe \+ 1 fuera", words(page))


def test_nobody_is_shown_who_chose_what(browser: TestClient, send: Send) -> None:
    confirm(browser, "announce")
    confirm(browser, "open")
    send()
    say(browser, "sms", "2 5 1")
    send()
    part = browser.get("/simulador").text.split('id="stored"')[1]
    assert "Eligió. Su elección queda guardada" in part
    for title in ("Camino", "Basura", "Agua"):
        assert title not in part


# --- a phone --------------------------------------------------------------------------------------------------------


def test_a_stranger_is_answered_by_the_real_turn(browser: TestClient, example: Store, send: Send) -> None:
    asked = say(browser, "sms", "SANMARTIN", who="marta")
    assert "SANMARTIN" in screen(asked, "sms")
    assert "Aceptas" not in screen(asked, "sms"), "a reply is shown when it was sent, not before"
    send()
    page = browser.get("/simulador?sms=marta").text
    assert "¿Aceptas? 1 Si 2 No" in screen(page, "sms")
    for typed in ("1", "Marta", "1", "1"):
        say(browser, "sms", typed, who="marta")
        send()
    page = browser.get("/simulador?sms=marta").text
    assert "Listo, Marta. Vas el" in screen(page, "sms")
    assert re.search(r"1 SMS", screen(page, "sms"))
    assert "Va a la reunión sm1" in page
    assert ticked(page) == ["registered"]


def test_a_message_delivered_twice_is_one_message(browser: TestClient, example: Store, send: Send) -> None:
    page = say(browser, "telegram", "LABS", message_id="the-same")
    before = count(example, "inbound"), count(example, "outbox")
    page = say(browser, "telegram", "LABS", message_id="the-same")
    assert "Llegó otra vez con el mismo número. No cambió nada." in page
    assert (count(example, "inbound"), count(example, "outbox")) == before


def test_the_last_message_can_be_delivered_again(browser: TestClient, example: Store) -> None:
    before = count(example, "inbound")
    assert "No cambió nada." in say(browser, "sms", "", again="1")
    assert "Todavía no hay un mensaje que repetir." in say(browser, "sms", "", who="marta", again="1")
    assert count(example, "inbound") == before


def test_an_answer_that_is_lost_is_asked_for_again(browser: TestClient, send: Send) -> None:
    """The house believes that it sent, as with a network that loses a message, and asks the same when she writes."""
    assert "manda a este teléfono se pierde" in say(browser, "sms", "", who="marta", lose="1")
    say(browser, "sms", "SANMARTIN", who="marta")
    send()
    lost = screen(browser.get("/simulador?sms=marta").text, "sms")
    assert "se perdió en el camino" in lost
    assert "¿Aceptas?" not in lost
    say(browser, "sms", "SANMARTIN", who="marta")
    send()
    assert "¿Aceptas?" in screen(browser.get("/simulador?sms=marta").text, "sms")


def test_a_voice_note_gets_a_humane_answer(browser: TestClient, send: Send) -> None:
    say(browser, "whatsapp", "", voice="1")
    send()
    page = browser.get("/simulador").text
    assert 'aria-label="Nota de voz"' in page
    assert "Recibí su audio." in screen(page, "whatsapp")
    assert "Espera a una persona del equipo" in page


def test_a_button_keeps_its_number_where_its_words_begin_with_a_digit(browser: TestClient, send: Send) -> None:
    say(browser, "telegram", "/start lab-san-martin", who="yari")
    send()
    for text in ("1", "Yari"):
        say(browser, "telegram", text, who="yari")
        send()
    page = browser.get("/simulador?telegram=yari").text
    assert "1: 18 o más 2: de 14 a 17 3: menos de 14" in screen(page, "telegram")
    for label in ("1: 18 o más", "2: de 14 a 17", "3: menos de 14"):
        assert re.search(rf'name="button" value="[^"]+"[^>]*>{label}<', page), label
    [button] = re.findall(r'name="button" value="([^"]+)"[^>]*>1: 18 o más<', page)
    say(browser, "telegram", "", who="yari", button=button)
    send()
    assert "1: 18 o más" in screen(browser.get("/simulador?telegram=yari").text, "telegram").split("menos de 14")[-1]


def test_buttons_answer_their_own_question_and_then_go(browser: TestClient, send: Send) -> None:
    say(browser, "telegram", "/start lab-san-martin", who="yari")
    send()
    page = browser.get("/simulador?telegram=yari").text
    button = re.search(r'name="button" value="([^"]+)"[^>]*>1 Sí<', page)
    assert button
    page = say(browser, "telegram", "not sent with a button", who="yari", button=button[1])
    assert "not sent" not in page
    send()
    page = browser.get("/simulador?telegram=yari").text
    assert "¿Te llamo Yari?" in screen(page, "telegram")
    assert page.count(button[1]) == 0


def test_who_says_no_is_wiped_from_the_database_but_not_from_her_phone(
    browser: TestClient, example: Store, send: Send
) -> None:
    say(browser, "sms", "SANMARTIN", who="marta")
    send()
    say(browser, "sms", "2", who="marta")
    send()
    page = browser.get("/simulador?sms=marta").text
    assert "No guardamos tu numero" in screen(page, "sms")
    assert "ya no está en la base" in screen(page, "sms")

    def kept(unit: Unit) -> int:
        found = simulator.address_of(unit, "sms", "+50760000003")
        told = select(func.count()).select_from(outbox).where(outbox.c.address_id == found, outbox.c.body.is_not(None))
        heard = (
            select(func.count())
            .select_from(inbound)
            .where(inbound.c.address_id == found, inbound.c.payload.is_not(None))
        )
        value = select(func.count()).select_from(address).where(address.c.id == found, address.c.value.is_not(None))
        return sum(unit.db.execute(q).scalar_one() for q in (told, heard, value))

    assert example.read(kept) == 0


@pytest.mark.parametrize("text", ["x" * 100_000, "\x00\x07\x1b", "🙂🙂🙂", " ", "<script>alert(1)</script>"])
def test_odd_words_are_answered_and_shown_as_words(browser: TestClient, send: Send, text: str) -> None:
    say(browser, "telegram", text)
    assert send() == 1
    page = browser.get("/simulador").text
    assert "<script>alert" not in page


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda p: p.key)
def test_every_persona_has_a_phone(browser: TestClient, persona: Persona) -> None:
    page = browser.get(f"/simulador?{persona.place}={persona.key}").text
    assert f"Mensaje de {persona.name}" in page
    assert persona.role or f'<option value="{persona.key}" selected>' in page


@pytest.mark.parametrize("path", ["/simulador/fax", "/simulador/acto/borrar"])
def test_an_unknown_address_is_a_humane_404(browser: TestClient, path: str) -> None:
    answer = browser.post(path, data={"text": "1"}, headers=SAME)
    assert answer.status_code == 404
    assert "Esta página no existe." in answer.text


def test_without_the_demonstration_there_is_no_simulator(example: Store) -> None:
    with TestClient(make_app(App.on(example), demo=False), base_url="http://localhost") as client:
        assert client.get("/simulador").status_code == 404
        assert "San Martín" in client.get("/").text
        assert "/simulador" not in client.get("/").text


# --- with htmx: only what changed -----------------------------------------------------------------------------------


def test_only_what_changed_is_sent(browser: TestClient) -> None:
    page = browser.get("/simulador").text
    version = re.search(r'id="version" value="([\w.-]+)"', page)
    assert version
    assert browser.get(f"/simulador/vivo?v={version[1]}").status_code == 204
    answer = browser.post(
        "/simulador/sms", data={"text": "LABS", "message_id": "1"}, headers={**SAME, "hx-request": "true"}
    )
    assert answer.status_code == 200
    assert 'hx-target="#screen-sms"' in answer.text
    assert "<html" not in answer.text
    assert len(answer.content) < 60_000
    assert browser.get(f"/simulador/vivo?v={version[1]}").status_code == 200


# --- budgets --------------------------------------------------------------------------------------------------------


def test_the_pages_stay_within_their_budgets(browser: TestClient) -> None:
    page = browser.get("/simulador")
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    weighed = {path: len(gzip.compress(browser.get(path).content)) for path in set(files)}
    assert len(gzip.compress(page.content)) <= 15_000
    assert sum(weighed.values()) + 15_000 <= 120_000
    home = browser.get("/")
    assert "<script" not in home.text
    assert (
        len(home.content) + sum(len(browser.get(p).content) for p in re.findall(r'"(/static/[^"]+)"', home.text))
        < 50_000
    )


def test_files_are_kept_for_ever_by_their_hash_and_asked_for_again_without(browser: TestClient) -> None:
    found = re.search(r'href="(/static/base\.css\?v=\w+)"', browser.get("/").text)
    assert found
    assert "immutable" in browser.get(found[1]).headers["cache-control"]
    assert "immutable" in browser.get("/static/vendor/inter-5.3.0-latin.woff2").headers["cache-control"]
    assert browser.get("/static/base.css").headers["cache-control"] == "no-cache"
    assert browser.get("/static/base.css?v=0").headers["cache-control"] == "no-cache"
    assert browser.get("/static/nothing.css").status_code == 404
