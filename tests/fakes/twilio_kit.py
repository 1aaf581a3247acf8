"""What the tests of the fake Twilio share: an account with templates, a product that records, requests."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from fakes._post import Outgoing
from fakes.twilio import Content, Twilio

DATA = Path(__file__).parents[1] / "data" / "channels"
SPEC = DATA / "twilio_openapi.json"
SID, TOKEN = "AC" + "a" * 32, "a-token-of-the-fake"
SMS, WHATSAPP = "+15005550006", "whatsapp:+15005550009"
ANA, ROSA = "+50760000001", "whatsapp:+50760000002"
SITE = "https://bot.example"
HOOK = f"{SITE}/webhooks/twilio"
BACK = f"{SITE}/webhooks/twilio/status/7"
DAY = 24 * 3600

INVITATION = Content(
    sid="HX" + "1" * 32,
    name="invitacion",
    language="es",
    types={"twilio/text": {"body": "Hola {{1}}, ¿vas el {{2}}?"}},
    variables={"1": "Ana", "2": "sábado"},
    approval="approved",
)
BUTTONS = Content(
    sid="HX" + "2" * 32,
    name="botones_2",
    language="es",
    types={
        "twilio/quick-reply": {
            "body": "{{1}}",
            "actions": [{"title": "{{2}}", "id": "{{4}}"}, {"title": "{{3}}", "id": "{{5}}"}],
        }
    },
)
LIST = Content(
    sid="HX" + "3" * 32,
    name="lista_2",
    language="es",
    types={
        "twilio/list-picker": {
            "body": "{{1}}",
            "button": "Ver",
            "items": [{"item": "{{2}}", "id": "{{4}}"}, {"item": "{{3}}", "id": "{{5}}"}],
        }
    },
    approval="approved",
)
FOUR = Content(
    sid="HX" + "4" * 32,
    name="cuatro",
    language="es",
    types={"twilio/quick-reply": {"body": "Elige", "actions": [{"title": f"Opción {n}"} for n in range(4)]}},
)
FOUR_APPROVED = Content(
    sid="HX" + "5" * 32, name="cuatro", language="es", types=FOUR.types, approval="approved", category="MARKETING"
)
PENDING = Content(sid="HX" + "6" * 32, name="espera", language="es", types=INVITATION.types, approval="pending")
CONTENTS = (INVITATION, BUTTONS, LIST, FOUR, FOUR_APPROVED, PENDING)
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # httpx loads every certificate otherwise: 40 ms a client
CHOICE = {"1": "¿Vas?", "2": "Sí", "3": "No", "4": "t1|si", "5": "t1|no"}


class Product:
    """Stands for the product: keeps what is posted to it, answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[Outgoing] = []
        self.answers: list[tuple[int, str]] = []
        self.seen: Callable[[Outgoing], object] = lambda out: None

    def __call__(self, out: Outgoing) -> tuple[int, str]:
        self.got.append(out)
        self.seen(out)
        return self.answers.pop(0) if self.answers else (200, "<Response/>")

    def forms(self) -> list[dict[str, str]]:
        """The fields of each, signed for its URL: else this fails."""
        forms = []
        for out in self.got:
            form = dict(parse_qsl(out.body.decode(), keep_blank_values=True))
            url = out.url.partition("#")[0]
            assert RequestValidator(TOKEN).validate(url, form, out.headers["X-Twilio-Signature"])
            forms.append(form)
        return forms

    def statuses(self) -> list[str]:
        """Of the callbacks, as they came."""
        return [form["MessageStatus"] for form in self.forms() if "MessageStatus" in form]


class Time:
    """The fake's clock."""

    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


def request(url: str, method: str, auth: tuple[str, str] | None, **more: Any) -> httpx.Response:
    """One raw request over a connection of its own."""
    with httpx.Client(trust_env=False, verify=NO_TLS, auth=auth, timeout=10) as http:
        return http.request(method, url, **more)


def call(fake: Twilio, method: str, path: str, **more: Any) -> httpx.Response:
    """One raw request, with the account's credentials unless others are given."""
    return request(f"{fake.url}{path}", method, more.pop("auth", (SID, TOKEN)), **more)


def send(fake: Twilio, to: str = ANA, **params: Any) -> httpx.Response:
    """Create a message; From is ours of that channel unless given."""
    form = {"To": to, "From": WHATSAPP if to.startswith("whatsapp") else SMS} | params
    if not {"Body", "MediaUrl", "ContentSid"} & set(params):
        form["Body"] = "Hola"
    given = {name: value for name, value in form.items() if value is not None}
    return call(fake, "POST", f"/2010-04-01/Accounts/{SID}/Messages.json", data=given)


def content(one: Content, values: Mapping[str, str] | None = None) -> dict[str, str]:
    """The parameters that send a template."""
    return {"ContentSid": one.sid} | ({"ContentVariables": json.dumps(values)} if values else {})


def code(answer: httpx.Response) -> tuple[int, int]:
    """(HTTP status, Twilio's code)."""
    return answer.status_code, answer.json()["code"]


def library(fake: Twilio) -> Any:
    """Twilio's own client, which speaks to the fake."""

    class Here:
        def request(self, method: str, url: str, params: Any = None, **_: Any) -> Any:
            given = {name: value for name, value in (params or {}).items() if value is not None}
            path = url.removeprefix("https://api.twilio.com")
            answer = call(fake, method, path, **({"params": given} if given else {}))
            return Response(answer.status_code, answer.text)

    return Client(SID, TOKEN, http_client=Here())


def texts_of(fake: Twilio, *, to: str, after: float | None = None, size: int | None = None) -> list[str | None]:
    """Through the library, page by page."""
    since = {"date_sent_after": datetime.fromtimestamp(after, UTC)} if after else {}
    return [one.body for one in library(fake).messages.list(to=to, page_size=size, **since)]
