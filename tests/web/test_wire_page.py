"""The page of `convoca demo --providers`: phones, the wire, mishaps, and no secret anywhere in it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from starlette.testclient import TestClient

from bot.terminal.providers import Imitated, Secrets
from bot.web.pages import STATIC
from fakes import _desk
from fakes._post import Outgoing
from fakes.page import make_page

PRODUCT = "http://127.0.0.1:9"
HOOK = f"{PRODUCT}/webhooks"
KEYBOARD = {
    "inline_keyboard": [[{"text": "1 Sí", "callback_data": "t1|si"}, {"text": "2 No", "callback_data": "t1|no"}]]
}
HTMX = {"hx-request": "true"}


class Product:
    """Takes webhooks and answers 200, or nobody is there."""

    def __init__(self) -> None:
        self.taken: list[Outgoing] = []
        self.there = True

    def __call__(self, out: Outgoing) -> tuple[int, str]:
        if not self.there:
            return 0, "ConnectionRefusedError"
        self.taken.append(out)
        return 200, ""

    @property
    def texts(self) -> list[str]:
        """What people wrote, as it came."""
        return [_text(out) for out in self.taken if out.kind == "message"]


def _text(out: Outgoing) -> str:
    if out.body.startswith(b"{"):
        told = json.loads(out.body)
        return str(told.get("payload", {}).get("message") or told.get("message", {}).get("text") or sorted(told))
    return dict(parse_qsl(out.body.decode()))["Body"]


class Bench:
    """The three imitations while they run, a product that calls them, and a browser without script."""

    def __init__(self, imitated: Imitated, product: Product) -> None:
        self.imitated, self.product = imitated, product
        page = make_page(imitated.desk, house=STATIC, product=PRODUCT)
        self.browser = TestClient(page, base_url="http://localhost", follow_redirects=False)

    def html(self) -> str:
        """The page now."""
        answer = self.browser.get("/")
        assert answer.status_code == 200
        return answer.text

    def write(self, channel: str, text: str) -> str:
        """A person writes; where the browser is sent."""
        answer = self.browser.post(f"/telefono/{channel}", data={"text": text})
        assert answer.status_code == 303
        return answer.headers["location"]

    def mishap(self, key: str, channel: str) -> str:
        """The button is pressed; what then stands on it."""
        assert self.browser.post("/falla", data={"mishap": f"{key}.{channel}"}).status_code == 303
        return self.button(key, channel)

    def button(self, key: str, channel: str) -> str:
        """What stands on a button of the table, '' while it is off."""
        found = re.search(rf'id="mishap-{key}-{channel}"[^>]*aria-pressed="(\w+)".*?</span>(.*?)</button>', self.html())
        assert found
        return found[2] if found[1] == "true" else ""

    def telegram(self, method: str, **params: Any) -> int:
        """The product calls; the status, 0 when the connection was cut."""
        known = self.imitated.secrets
        return self._post(self.imitated.telegram.url, f"/bot{known.telegram}/{method}", json.dumps(params), {})

    def sms(self, path: str, **params: Any) -> int:
        """The same, of the phone with the SIM."""
        return self._post(self.imitated.android.url, path, json.dumps(params), self.basic("sms", "password"))

    def whatsapp(self, text: str) -> int:
        """The same, of Twilio: this text to the phone."""
        twilio = self.imitated.twilio
        form = {"To": "whatsapp:+50760000012", "From": "whatsapp:+15005550009", "Body": text}
        path = f"/2010-04-01/Accounts/{twilio.account}/Messages.json"
        headers = {**self.basic(twilio.account, "twilio"), "content-type": "application/x-www-form-urlencoded"}
        return self._post(twilio.url, path, urlencode(form), headers)

    def basic(self, login: str, secret: str) -> dict[str, str]:
        """The header with one of the secrets."""
        pair = f"{login}:{getattr(self.imitated.secrets, secret)}"
        return {"authorization": "Basic " + b64encode(pair.encode()).decode()}

    def _post(self, url: str, path: str, body: str, headers: Mapping[str, str]) -> int:
        to = urlsplit(url)
        assert to.hostname
        connection = HTTPConnection(to.hostname, to.port, timeout=10)
        try:
            connection.request("POST", path, body.encode(), {"content-type": "application/json", **headers})
            return connection.getresponse().status
        except ConnectionError:
            return 0
        finally:
            connection.close()


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(_desk, "REPLY", 0.0)  # nobody here replies
    product = Product()
    with Imitated(PRODUCT, carry=product) as imitated:
        bench = Bench(imitated, product)
        assert bench.telegram("setWebhook", url=f"{HOOK}/telegram", secret_token=imitated.secrets.hook) == 200
        assert bench.sms("/webhooks", id="one", url=f"{HOOK}/android", event="sms:received") == 201
        yield bench


def lines(html: str) -> list[str]:
    """The lines of the wire as plain words."""
    roll = html.partition('<ol id="wire">')[2].partition("</ol>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in roll.split("<li ")[1:]]


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram"])
def test_what_is_written_on_a_phone_goes_over_the_wire(bench: Bench, channel: str) -> None:
    assert bench.write(channel, "SANMARTIN <b>") == f"/#phone-{channel}"
    assert bench.product.texts == ["SANMARTIN <b>"]
    html = bench.html()
    screen = html.partition(f'id="screen-{channel}"')[2].partition("<form")[0]
    assert "SANMARTIN &lt;b&gt;" in screen
    assert "entregado, 200" in screen
    assert "SANMARTIN &lt;b&gt;" in lines(html)[-1]
    assert "llama a Convoca respuesta 200" in lines(html)[-1]


def test_an_answer_is_shown_and_its_button_calls_the_product(bench: Bench) -> None:
    bench.write("telegram", "hola")
    assert bench.telegram("sendMessage", chat_id=70000022, text="¿Vas?", reply_markup=KEYBOARD) == 200
    html = bench.html()
    assert 'name="button" value="t1|si"' in html
    assert "Convoca llama a Telegram respuesta 200 sendMessage text ¿Vas? buttons 1 Sí · 2 No" in lines(html)[-1]
    assert bench.browser.post("/telefono/telegram", data={"button": "t1|si"}).status_code == 303
    assert "callback_query" in bench.product.texts[-1]
    assert "callback_query.data t1|si" in lines(bench.html())[-1]


def test_a_button_that_is_gone_is_told(bench: Bench) -> None:
    gone = bench.browser.post("/telefono/telegram", data={"button": "t1|si"})
    assert gone.headers["location"] == "/?aviso=gone#phone-telegram"
    assert "Ese botón ya no está." in bench.browser.get("/?aviso=gone").text


def test_nobody_answers(bench: Bench) -> None:
    bench.product.there = False
    assert bench.write("sms", "SI") == "/?aviso=lost#phone-sms"
    html = bench.html()
    assert "nadie contestó: ConnectionRefusedError" in lines(html)[-1]
    assert "<span>nadie contestó</span>" in html


def test_no_secret_is_ever_on_the_page(bench: Bench) -> None:
    for channel in ("sms", "whatsapp", "telegram"):
        bench.write(channel, "hola")
    bench.telegram("sendMessage", chat_id=70000022, text=f"look: {bench.imitated.secrets.twilio}")
    bench.sms("/messages", id="1", textMessage={"text": "hola"}, phoneNumbers=["+50760000001"])
    assert bench.whatsapp("hola") == 201
    html = bench.html()
    told = lines(html)
    assert [line for line in told if "secret_token ••••••" in line]
    assert [line for line in told if "X-Telegram-Bot-Api-Secret-Token ••••••" in line]
    assert [line for line in told if "X-Twilio-Signature ••••••" in line]
    assert [line for line in told if "Authorization Basic ••••••" in line]
    assert [line for line in told if "text look: ••••••" in line]
    signed = [v for out in bench.product.taken for n, v in out.headers.items() if "Signature" in n or "Secret" in n]
    assert len(signed) >= 2
    for secret in (*bench.imitated.secrets.all(), *signed, bench.basic("sms", "password")["authorization"]):
        assert secret not in html


def test_each_start_invents_its_secrets() -> None:
    one, other = Secrets().all(), Secrets().all()
    assert len({*one, *other}) == 10


def test_busy_answers_429_until_it_is_switched_off(bench: Bench) -> None:
    bench.write("telegram", "hola")
    assert bench.mishap("busy", "telegram") == "10 s"
    assert bench.telegram("sendMessage", chat_id=70000022, text="Hola") == 429
    assert bench.telegram("sendMessage", chat_id=70000022, text="Hola") == 429
    assert "contestó 429, no aceptó" in lines(bench.html())[-1]
    assert bench.telegram("getMe") == 200, "only what sends"
    assert bench.mishap("busy", "telegram") == ""
    assert bench.telegram("sendMessage", chat_id=70000022, text="Hola") == 200


@pytest.mark.parametrize(
    ("key", "status", "told"), [("error", 500, "lo aceptó y contestó 500"), ("cut", 0, "lo aceptó y cortó la conexión")]
)
def test_an_accident_after_accepting_happens_once(bench: Bench, key: str, status: int, told: str) -> None:
    bench.write("whatsapp", "hola")
    assert bench.mishap(key, "whatsapp") == "En espera"
    assert bench.mishap(key, "whatsapp") == ""
    assert bench.mishap(key, "whatsapp") == "En espera"
    assert bench.whatsapp("primero") == status
    assert bench.button(key, "whatsapp") == ""
    assert bench.whatsapp("segundo") == 201
    html = bench.html()
    assert [line for line in lines(html) if told in line]
    screen = html.partition('id="screen-whatsapp"')[2].partition("<form")[0]
    assert screen.index("primero") < screen.index("segundo")


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram"])
def test_the_next_webhook_comes_twice_and_the_one_after_it_once(bench: Bench, channel: str) -> None:
    assert bench.mishap("twice", channel) == "En espera"
    bench.write(channel, "SI")
    assert bench.product.texts == ["SI", "SI"]
    assert "llega otra vez" in lines(bench.html())[-1]
    assert bench.button("twice", channel) == ""
    bench.write(channel, "NO")
    assert bench.product.texts == ["SI", "SI", "NO"]


def test_who_blocks_gets_nothing(bench: Bench) -> None:
    bench.write("telegram", "hola")
    assert bench.mishap("blocked", "telegram") == "Bloqueado"
    assert "my_chat_member" in lines(bench.html())[-1]
    assert bench.telegram("sendMessage", chat_id=70000022, text="Hola") == 403
    assert bench.mishap("blocked", "telegram") == ""
    assert bench.telegram("sendMessage", chat_id=70000022, text="Hola") == 200


def test_what_breaks_the_specification_is_told(bench: Bench) -> None:
    assert "ninguna falta" in bench.html()
    assert bench.sms("/messages", textMessage={"text": 7}) == 400
    assert "Convoca faltó a la especificación: POST /messages" in bench.html()


def test_with_script_only_what_changed_is_sent(bench: Bench) -> None:
    version = re.search(r'id="version" value="([0-9a-f.]+)"', bench.html())
    assert version
    assert bench.browser.get("/vivo", params={"v": version[1]}).status_code == 204
    sent = bench.browser.post("/telefono/sms", data={"text": "SI", "v": version[1]}, headers=HTMX)
    places = re.findall(r'hx-target="#([\w-]+)"', sent.text)
    assert places == ["version", "notice", "screen-sms", "wire"]
    bench.product.there = False
    assert "Nadie contestó" in bench.browser.post("/telefono/sms", data={"text": "SI"}, headers=HTMX).text


def test_the_page_needs_nothing_from_outside_and_no_script_of_its_own_text(bench: Bench) -> None:
    answer = bench.browser.get("/")
    assert answer.headers["content-security-policy"].startswith("default-src 'self';")
    assert not re.search(r"<style|style=|<script>|\son\w+=", answer.text)
    assert set(re.findall(r'(?:href|src|action)="(\w+://[^"]+)"', answer.text)) == {f"{PRODUCT}/"}
    for address in re.findall(r'(?:href|src)="(/(?:house|static)/[^"]+)"', answer.text):
        assert bench.browser.get(address).status_code == 200


def test_other_sites_and_other_names_are_refused(bench: Bench) -> None:
    data = {"text": "SI"}
    for foreign in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert bench.browser.post("/telefono/sms", data=data, headers=foreign).status_code == 403
    assert bench.browser.get("/", headers={"host": "evil.example"}).status_code == 400
    assert bench.product.texts == []
    assert bench.browser.post("/telefono/sms", data=data, headers={"origin": "http://localhost"}).status_code == 303


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [("/telefono/fax", {"text": "SI"}, 404), ("/falla", {"mishap": "fire.sms"}, 400), ("/falla", {}, 400),
     ("/falla", {"mishap": "busy.fax"}, 400)],
)  # fmt: skip
def test_what_there_is_not_is_refused(bench: Bench, path: str, data: dict[str, str], status: int) -> None:
    assert bench.browser.post(path, data=data).status_code == status


def test_nothing_written_sends_nothing(bench: Bench) -> None:
    assert bench.write("sms", "   ") == "/#phone-sms"
    assert bench.product.texts == []
