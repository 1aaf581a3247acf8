"""What the fake Telegram brings to a bot: by webhook, by getUpdates, and shaped as Telegram's own description says."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from telegram import Update

from fakes.provider import AcceptThenReset, Fail, Outgoing
from fakes.telegram import Telegram
from tests.fakes.telegram_kit import ANA, LUIS, SPEC, TOKEN, asked, call, refusal

URL = "https://bot.example/webhooks/telegram"
SECRET = "Secret_token-1"
BUTTON = {"inline_keyboard": [[{"text": "Sí", "callback_data": "t1.q.1"}]]}
KINDS = ["message", "edited_message", "callback_query", "my_chat_member", "poll_answer"]


class Product:
    """A bot that takes webhooks: answers as told, 200 when it was told nothing."""

    def __init__(self) -> None:
        self.got: list[Outgoing] = []
        self.answers: list[tuple[int, str]] = []

    def __call__(self, out: Outgoing) -> tuple[int, str]:
        self.got.append(out)
        return self.answers.pop(0) if self.answers else (200, "")

    @property
    def updates(self) -> list[dict[str, Any]]:
        return [json.loads(out.body) for out in self.got]

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.updates]


@pytest.fixture
def product() -> Product:
    return Product()


@pytest.fixture
def telegram(product: Product) -> Iterator[Telegram]:
    with Telegram(TOKEN, spec=SPEC, carry=product, rng=random.Random(1)) as fake:
        yield fake


@pytest.fixture
def hooked(telegram: Telegram) -> Telegram:
    assert asked(telegram, lambda b: b.set_webhook(URL, secret_token=SECRET, allowed_updates=KINDS))
    return telegram


def info(fake: Telegram) -> dict[str, Any]:
    result: dict[str, Any] = call(fake, "getWebhookInfo")[1]["result"]
    return result


# --- webhook ------------------------------------------------------------------------------------------------------


def test_an_update_is_posted_with_the_secret(hooked: Telegram, product: Product) -> None:
    delivered = hooked.write(ANA, "Hola", name="Ana Pérez")
    assert (delivered.status, delivered.id) == (200, "1")
    (out,) = product.got
    assert out.url == URL
    assert out.headers["X-Telegram-Bot-Api-Secret-Token"] == SECRET
    assert product.texts == ["Hola"]
    assert info(hooked)["pending_update_count"] == 0
    assert hooked.faults == []


def test_a_webhook_travels_by_http_to_where_the_public_name_leads() -> None:
    seen: list[tuple[str, str | None, bytes]] = []

    class Bot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.path, self.headers["X-Telegram-Bot-Api-Secret-Token"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing on the screen."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Bot) as server, Telegram(TOKEN) as telegram:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        telegram.public["https://bot.example"] = f"http://127.0.0.1:{server.server_port}"
        assert call(telegram, "setWebhook", url=URL, secret_token=SECRET)[0] == 200
        assert telegram.write(ANA, "Hola").status == 200
        server.shutdown()
        thread.join()
    assert [(path, secret) for path, secret, _ in seen] == [("/webhooks/telegram", SECRET)]


def test_nothing_is_posted_to_another_machine() -> None:
    with Telegram(TOKEN) as telegram:
        call(telegram, "setWebhook", url=URL)
        delivered = telegram.write(ANA, "Hola")
        assert delivered.status == 0
        assert "not this machine" in delivered.body


def test_a_failed_webhook_is_tried_again_and_told(hooked: Telegram, product: Product) -> None:
    product.answers = [(500, ""), (503, "")]
    assert hooked.write(ANA, "Hola").status == 200
    assert product.texts == ["Hola"] * 3
    assert info(hooked)["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"


def test_what_fails_for_good_waits_and_can_be_delivered_later(hooked: Telegram, product: Product) -> None:
    product.answers = [(500, "")] * 3
    assert hooked.write(ANA, "Hola").status == 500
    assert info(hooked)["pending_update_count"] == 1
    assert [delivered.status for delivered in hooked.redeliver()] == [200]
    assert info(hooked)["pending_update_count"] == 0
    assert len({update["update_id"] for update in product.updates}) == 1


def test_duplicates_and_disorder_by_script(hooked: Telegram, product: Product) -> None:
    hooked.deliver.times = 2
    hooked.write(ANA, "a")
    assert product.texts == ["a", "a"]
    hooked.deliver.times, hooked.deliver.order = 1, "reversed"
    with hooked.batch() as answers:
        assert hooked.write(ANA, "b").status == 0
        hooked.write(ANA, "c")
    assert product.texts == ["a", "a", "c", "b"]
    assert [answer.status for answer in answers] == [200, 200]
    ids = [update["update_id"] for update in product.updates]
    assert ids[2] > ids[3]


def test_only_the_kinds_that_were_asked_for_come(hooked: Telegram, product: Product) -> None:
    assert asked(hooked, lambda b: b.set_webhook(URL, allowed_updates=["message"]))
    assert hooked.block(ANA).status == 0
    assert asked(hooked, lambda b: b.set_webhook(URL))  # not given: what was set before stays
    assert hooked.unblock(ANA).status == 0
    assert product.got == []
    assert info(hooked)["allowed_updates"] == ["message"]


def test_what_waited_comes_when_a_webhook_is_set(telegram: Telegram, product: Product) -> None:
    assert telegram.write(ANA, "Hola").status == 0
    asked(telegram, lambda b: b.set_webhook(URL))
    telegram.settle()
    assert product.texts == ["Hola"]
    asked(telegram, lambda b: b.delete_webhook())
    telegram.write(ANA, "¿Hay alguien?")
    asked(telegram, lambda b: b.set_webhook(URL, drop_pending_updates=True))
    telegram.settle()
    assert product.texts == ["Hola"]


@pytest.mark.parametrize(("params", "why"), [
    ({"url": "http://bot.example/"}, "bad webhook: An HTTPS URL must be provided for webhook"),
    ({"url": "https://bot.example:9000/"}, "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"),
    ({"url": URL, "secret_token": "con espacio"}, "secret token contains unallowed characters"),
])  # fmt: skip
def test_a_webhook_that_telegram_would_not_take(telegram: Telegram, params: dict[str, str], why: str) -> None:
    assert refusal(telegram, "setWebhook", **params) == (400, f"Bad Request: {why}")


def test_a_method_in_the_webhooks_answer_is_executed(hooked: Telegram, product: Product) -> None:
    hooked.meet(ANA)
    call(hooked, "sendMessage", chat_id=ANA, text="¿Vas?", reply_markup=BUTTON)
    hooked.tap(ANA, "Sí")
    assert hooked.unanswered() == ["1001: Sí"]
    query = product.updates[-1]["callback_query"]["id"]
    product.answers = [(200, json.dumps({"method": "answerCallbackQuery", "callback_query_id": query, "text": "Ya"}))]
    hooked.write(ANA, "Hola")
    assert hooked.unanswered() == []
    assert hooked.calls("answerCallbackQuery")[0].status == 200
    product.answers = [(200, json.dumps({"method": "sendMessage", "chat_id": ANA}))]
    hooked.write(ANA, "Hola")
    assert "sendMessage: text is missing" in hooked.faults


def test_any_body_can_be_posted(hooked: Telegram, product: Product) -> None:
    hooked.raw("not JSON", secret="forged")
    assert product.got[-1].body == b"not JSON"
    assert product.got[-1].headers["X-Telegram-Bot-Api-Secret-Token"] == "forged"
    product.got.clear()
    hooked.write(ANA, "Hola")
    hooked.raw(hooked.updates[-1])
    assert product.updates[-1] == product.updates[-2]
    hooked.raw({"something": "new"}, secret="")
    assert product.updates[-1]["something"] == "new"
    assert "X-Telegram-Bot-Api-Secret-Token" not in product.got[-1].headers


# --- getUpdates ---------------------------------------------------------------------------------------------------


def poll(fake: Telegram, **params: Any) -> list[int]:
    status, body = call(fake, "getUpdates", **params)
    assert status == 200, body
    return [update["update_id"] for update in body["result"]]


def test_an_offset_confirms_what_is_below(telegram: Telegram) -> None:
    for text in "abc":
        telegram.write(ANA, text)
    first, second, third = poll(telegram)
    assert poll(telegram) == [first, second, third]
    assert poll(telegram, limit=1) == [first]
    assert poll(telegram, offset=second) == [second, third]
    assert poll(telegram, offset=-1) == [third]
    assert poll(telegram) == [third]
    assert poll(telegram, offset=third + 1) == []
    assert telegram.faults == []


def test_a_poll_waits_for_news(telegram: Telegram) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(asked, telegram, lambda b: b.get_updates(timeout=20), 30)
        telegram.until(lambda: telegram.queue.poller)
        telegram.write(ANA, "Hola")
        (update,) = waiting.result(5)
    assert update.message is not None
    assert update.message.text == "Hola"


def test_the_newer_of_two_polls_ends_the_older(telegram: Telegram) -> None:
    with ThreadPoolExecutor() as pool:
        older = pool.submit(call, telegram, "getUpdates", timeout=20)
        telegram.until(lambda: telegram.queue.poller)
        assert poll(telegram) == []
        status, body = older.result(5)
    assert status == 409
    assert body["description"].startswith("Conflict: terminated by other getUpdates request")


def test_a_webhook_ends_polling(hooked: Telegram) -> None:
    assert refusal(hooked, "getUpdates") == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    )
    asked(hooked, lambda b: b.delete_webhook())
    assert poll(hooked) == []


def test_a_waiting_poll_is_told_of_the_webhook(telegram: Telegram) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(call, telegram, "getUpdates", timeout=20)
        telegram.until(lambda: telegram.queue.poller)
        call(telegram, "setWebhook", url=URL)
        assert waiting.result(5)[0] == 409


def test_a_poll_ends_when_telegram_stops(product: Product) -> None:
    telegram = Telegram(TOKEN, carry=product)
    telegram.start()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(call, telegram, "getUpdates", timeout=20)
        telegram.until(lambda: telegram.queue.poller)
        telegram.stop()
        assert waiting.result(5)[1] == {"ok": True, "result": []}
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fake provider")]


def test_a_lost_answer_loses_no_update(telegram: Telegram) -> None:
    telegram.write(ANA, "Hola")
    telegram.plan(AcceptThenReset(), Fail(502), operation="getUpdates")
    with pytest.raises(httpx.TransportError):
        poll(telegram)
    with pytest.raises(json.JSONDecodeError):
        poll(telegram)
    assert len(poll(telegram)) == 1


# --- shapes -------------------------------------------------------------------------------------------------------


def ask(fake: Telegram, chat: str = ANA) -> None:
    call(fake, "sendMessage", chat_id=chat, text="¿Vas?", reply_markup=BUTTON)


def change(fake: Telegram) -> None:
    fake.write(ANA, "Hola, vecinos", edited=fake.write(ANA, "Hola").id)


def tap_in_group(fake: Telegram) -> None:
    fake.join("-500", by=ANA)
    ask(fake, "-500")
    fake.tap("-500", "Sí", by=LUIS)


def tap(fake: Telegram) -> None:
    fake.meet(ANA, "Ana Pérez")
    ask(fake)
    fake.tap(ANA, "t1.q.1")
    fake.forge(ANA, "t9.q.9")
    fake.tap_old(ANA, "Sí")


def move(fake: Telegram) -> None:
    fake.join("-500", by=ANA)
    fake.write(ANA, "Hola", group="-500")
    fake.migrate("-500", by=ANA)
    fake.kick("-100500", by=ANA)


SAID: dict[str, Callable[[Telegram], object]] = {
    "text": lambda t: t.write(ANA, "Hola", name="Ana Pérez"),
    "answer": lambda t: t.write(ANA, "Sí", reply_to=t.write(ANA, "Hola").id),
    "start": lambda t: t.write(ANA, start="lab-san-martin"),
    "bare start": lambda t: t.write(ANA, start=""),
    "bot": lambda t: t.write(ANA, "Hola", user={"is_bot": True, "username": "otro_bot"}),
    "voice": lambda t: t.write(ANA, voice=4),
    "video": lambda t: t.write(ANA, video=4),
    "photo": lambda t: t.write(ANA, "Mi calle", photo=b"a picture"),
    "document": lambda t: t.write(ANA, document=b"%PDF"),
    "photo as a file": lambda t: t.write(ANA, "Mi calle", document=b"a picture", mime="image/jpeg"),
    "sticker": lambda t: t.write(ANA, sticker=b"webp"),
    "location": lambda t: t.write(ANA, location=(8.98, -79.52)),
    "own contact": lambda t: t.write(ANA, contact="+50760000001"),
    "contact": lambda t: t.write(ANA, contact={"phone_number": "+50760000002", "first_name": "Luis"}),
    "edited": change,
    "tap": tap,
    "group tap": tap_in_group,
    "block": lambda t: (t.write(ANA, "Hola"), t.block(ANA), t.write(ANA, "Volví")),
    "group": move,
}


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
def test_updates_are_shaped_as_telegrams(
    hooked: Telegram, product: Product, said: Callable[[Telegram], object]
) -> None:
    said(hooked)
    assert hooked.spec is not None
    assert product.updates
    for update in product.updates:
        assert hooked.spec.value(update, "Update") == []
        read = Update.de_json(update, None)
        assert not read.api_kwargs
        assert read.effective_user is not None
    assert hooked.faults == []


def test_what_was_said_is_in_the_update(hooked: Telegram, product: Product) -> None:
    hooked.write(ANA, start="lab-san-martin", name="Ana Pérez")
    hooked.write(ANA, "Mi calle", photo=b"a picture", group="-500")
    first, second = (update["message"] for update in product.updates)
    assert (first["text"], first["entities"][0]["length"]) == ("/start lab-san-martin", 6)
    assert (first["from"]["first_name"], first["from"]["last_name"]) == ("Ana", "Pérez")
    assert (second["caption"], second["chat"]["id"], second["from"]["id"]) == ("Mi calle", -500, int(ANA))


def test_blocking_is_told_as_telegram_tells_it(hooked: Telegram, product: Product) -> None:
    hooked.write(ANA, "Hola")
    hooked.block(ANA)
    hooked.write(ANA, "Volví")
    members = [update["my_chat_member"] for update in product.updates if "my_chat_member" in update]
    assert [m["new_chat_member"]["status"] for m in members] == ["kicked", "member"]
    assert list(product.updates[-1]) == ["update_id", "message"]


def test_an_old_message_is_inaccessible_in_a_tap(hooked: Telegram, product: Product) -> None:
    hooked.meet(ANA)
    ask(hooked)
    hooked.tap_old(ANA, "Sí")
    assert product.updates[-1]["callback_query"]["message"].keys() == {"chat", "message_id", "date"}
    assert product.updates[-1]["callback_query"]["message"]["date"] == 0
    with pytest.raises(LookupError):
        hooked.tap(ANA, "Quizás")
