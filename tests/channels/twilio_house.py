"""The channel and a fake Twilio on this machine, joined as the web joins them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.channels import Finding, News, Request
from bot.errors import SendError, Unwelcome
from bot.message import Parcel, Template
from fakes._post import Outgoing
from fakes.provider import Phone
from fakes.twilio import Content
from fakes.twilio import Twilio as Fake
from tests.channels.test_twilio_templates import content
from tests.channels.twilio_kit import NOW, ROSA, SID, SITE, SMS, TOKEN, WHATSAPP, channel, parcel

SPEC = Path(__file__).parents[1] / "data" / "channels" / "twilio_openapi.json"
HX = {n: "HX" + f"{n:032x}" for n in range(1, 9)}
REMIND = Content(
    sid=HX[3],
    name="recordatorio",
    language="es",
    types={"twilio/text": {"body": "Hola, {{1}}. Te recordamos el {{2}}. Te esperamos."}},
    approval="approved",
)
CONTENTS = (content("botones_2", HX[1]), content("lista_2", HX[2]), REMIND)
TEMPLATES = {"botones_2": {"*": HX[1]}, "lista_2": {"*": HX[2]}, "recordatorio": {"es": HX[3]}}
OUTSIDE: dict[str, Any] = {"heard_at": NOW - timedelta(days=2)}
REMINDER = Template(name="recordatorio", lang="es", variables={"1": "Ana", "2": "sáb 21 nov"})


class House:
    """The channel, and the fake that calls its webhooks. One server serves many tests: each has its own person."""

    def __init__(self, **more: Any) -> None:
        self.fake = Fake(
            account=SID, token=TOKEN, sms=SMS, whatsapp=WHATSAPP, contents=CONTENTS, spec=SPEC, carry=self._carry,
            webhook=f"{SITE}/webhooks/twilio#rc=3&rp=all", **more,
        )  # fmt: skip
        self.news: list[News] = []
        self.twilio = channel()
        self.rosa, self._tests, self._before = "", 0, 0

    def fresh(self) -> None:
        """For the next test: a person nobody has heard of, the account as it was."""
        self._tests += 1
        self.rosa = f"+5077{self._tests:07d}"
        self._before = len(self.fake.calls("CreateMessage"))
        self.fake.contents = {one.sid: one for one in CONTENTS}
        self.fake.balance = "12.34"
        self.news.clear()
        self.open()

    @property
    def phone(self) -> Phone:
        """The person's WhatsApp."""
        return self.fake.phone(f"whatsapp:{self.rosa}")

    def parcel(self, text: str = "Hola", *labels: str, **other: Any) -> Parcel:
        """A message to the person."""
        return parcel(text, *labels, **{"address": self.rosa} | other)

    def sms(self, text: str = "Hola", **other: Any) -> Parcel:
        """An SMS to the person."""
        return self.parcel(text, sender="twilio:sms", **other)

    def open(self, **other: Any) -> None:
        """The channel with these settings."""
        self.twilio = channel(**{"twilio_api_url": self.fake.url, "twilio_content_url": self.fake.url,
                                 "templates": TEMPLATES} | other)  # fmt: skip

    def _carry(self, out: Outgoing) -> tuple[int, str]:
        """What the web does with a webhook."""
        to = urlsplit(out.url)
        id = to.path.rpartition("/status/")[2] if "/status/" in to.path else ""
        path = "/webhooks/twilio/status/{id}" if id else to.path
        headers = {name.lower(): value for name, value in out.headers.items()}
        asked = Request(
            path=to.path, query=to.query, headers=headers, body=out.body, now=NOW, params={"id": id} if id else {}
        )
        try:
            news = next(h for h in self.twilio.hooks() if h.path == path).read(asked)
        except Unwelcome as no:
            return no.status, ""
        self.news.append(news)
        return news.answer.status, news.answer.body

    def send(self, message: Parcel) -> str:
        """Hand it over, in a loop of its own."""

        async def work() -> str:
            try:
                return await self.twilio.send(message)
            finally:
                await self.twilio.close()

        return asyncio.run(work())

    def refuse(self, message: Parcel) -> SendError:
        """Why it was not taken."""
        with pytest.raises(SendError) as no:
            self.send(message)
        assert no.value.__context__ is None, "what the library raised quotes addresses"
        assert not any(secret in no.value.told for secret in (message.address, ROSA, SID, TOKEN, "127.0.0.1"))
        return no.value

    def examine(self) -> list[Finding]:
        """What `convoca check` is told."""

        async def work() -> list[Finding]:
            try:
                await self.twilio.prepare()
                return list(await self.twilio.examine())
            finally:
                await self.twilio.close()

        return asyncio.run(work())

    def hear(self) -> None:
        """The person writes, which opens the 24 hours at Twilio."""
        assert self.fake.write(self.rosa, "Hola", channel="whatsapp").status == 200
        self.news.clear()

    def calls(self) -> list[dict[str, Any]]:
        """What Twilio was asked to send in this test."""
        return [dict(call.params) for call in self.fake.calls("CreateMessage")[self._before :]]
