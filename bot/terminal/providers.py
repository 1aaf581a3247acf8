"""`convoca demo --providers`: the product as it runs for real, its providers by imitations on this machine."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from bot import planfile
from bot import settings as settings_module
from bot.actions import load
from bot.app import App
from bot.errors import ConvocaError
from bot.settings import Settings, variable
from bot.terminal import serving
from bot.terminal.opening import database
from bot.web.pages import STATIC
from bot.web.simulator.seeding import PLAN, TIMEZONE
from fakes._post import Carry
from fakes.android import ANSWER, Android
from fakes.page import Desk, Page, Wire
from fakes.telegram import Telegram
from fakes.twilio import Content, Twilio
from storage import migrate

LAST = 65535  # of all ports
HOST = "127.0.0.1"  # the imitations call nothing else
BOT, ACCOUNT, WHATSAPP = "7000001", "AC" + "d" * 32, "+15005550009"
SEGMENTS = "30"  # a minute, the most the phone with the SIM may be asked for


@dataclass(frozen=True, slots=True)
class Secrets:
    """Invented at each start, known to the product and to its imitations alone."""

    telegram: str = field(default_factory=lambda: f"{BOT}:{secrets.token_urlsafe(24)}")
    hook: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    twilio: str = field(default_factory=lambda: secrets.token_hex(16))
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    signing: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def all(self) -> list[str]:
        """Each of them: none is shown."""
        return [self.telegram, self.hook, self.twilio, self.password, self.signing]


def demo(host: str, port: int) -> int:
    """Start the imitations and their page, then the product on a database made anew; the exit status.

    Raises  ConvocaError: a port is taken, or another address than this machine's is asked for
    """
    if host != HOST:
        raise ConvocaError(f"The providers of this demonstration are on this machine and call {HOST}: leave out --host")
    if port >= LAST:
        raise ConvocaError(f"The page takes the port after --port: choose one up to {LAST - 1}")
    for needed in (port, port + 1):
        serving.free(HOST, needed)
    product = f"http://{HOST}:{port}"
    with Imitated(product) as imitated, Page(imitated.desk, house=STATIC, product=product, port=port + 1) as page:
        settings = settings_for(port, imitated.environment())
        _fresh(settings)
        sys.stdout.write(_welcome(settings, page.url, product))
        sys.stdout.flush()
        return serving.serve(settings, "all")


def _welcome(settings: Settings, page: str, product: str) -> str:
    key = serving.DATA / "demo.key"
    return (
        f"{serving.BANNER}\n\nThree phones and the wire: {page}/\nConvoca itself:             {product}/\n\n"
        "Telegram, Twilio and the phone with the SIM are imitations on this machine: no token, no network.\n"
        "Every start begins anew. In another terminal, here:\n"
        f"  export CONVOCA_DATABASE_URL={settings.database_url} CONVOCA_SECRET_KEY_FILE={key}\n"
        "  convoca status\n\nCtrl-C ends it.\n"
    )


class Imitated:
    """The imitations of Telegram, Twilio and a phone with a SIM, which run while it is entered.

    product  where the product listens: 'http://127.0.0.1:8000'
    carry    how webhooks travel; by HTTP unless a test has something shorter
    """

    def __init__(self, product: str, carry: Carry | None = None) -> None:
        self.product, self.secrets = product, Secrets()
        wire = Wire(self.secrets.all())
        self.telegram = Telegram(self.secrets.telegram, carry=wire.carrying("telegram", carry=carry))
        self.twilio = Twilio(
            account=ACCOUNT,
            token=self.secrets.twilio,
            whatsapp=WHATSAPP,
            webhook=f"{product}/webhooks/twilio#rc=3&rp=all",
            contents=list(_contents()),
            carry=wire.carrying("whatsapp", carry=carry),
        )
        self.android = Android(
            password=self.secrets.password, key=self.secrets.signing, carry=wire.carrying("sms", ANSWER, carry)
        )
        self.desk = Desk(sms=self.android, whatsapp=self.twilio, telegram=self.telegram, wire=wire)
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            for fake in (self.telegram, self.twilio, self.android):
                starting.enter_context(fake)
            self._running = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def environment(self) -> Mapping[str, str]:
        """The settings that lead the product to them."""
        contents = {content.name: {"*": content.sid} for content in self.twilio.contents.values()}
        given = {
            "public_url": self.product,
            "telegram_token": self.secrets.telegram,
            "telegram_webhook_secret": self.secrets.hook,
            "telegram_api_url": self.telegram.url,
            "twilio_account_sid": ACCOUNT,
            "twilio_auth_token": self.secrets.twilio,
            "twilio_api_url": self.twilio.url,
            "twilio_whatsapp_from": WHATSAPP,
            "twilio_content": json.dumps(contents),
            "android_url": self.android.url,
            "android_login": self.android.login,
            "android_password": self.secrets.password,
            "android_signing_key": self.secrets.signing,
            "android_rate": SEGMENTS,
        }
        return {variable(name): value for name, value in given.items()}


def _contents() -> Iterator[Content]:
    """Buttons and lists as docs/templates.md describes them: text, titles, what each sends back."""
    for n in range(1, 4):
        actions = [{"type": "QUICK_REPLY", "title": f"{{{{{i + 2}}}}}", "id": f"{{{{{i + 2 + n}}}}}"} for i in range(n)]
        yield _content(f"botones_{n}", n, {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}})
    for n in range(2, 11):
        items = [
            {"item": f"{{{{{i + 2}}}}}", "id": f"{{{{{i + 2 + n}}}}}", "description": "Toca para elegir"}
            for i in range(n)
        ]
        kind = {"body": "{{1}}", "button": "Ver opciones", "items": items}
        yield _content(f"lista_{n}", 100 + n, {"twilio/list-picker": kind})


def _content(name: str, number: int, types: Mapping[str, Mapping[str, object]]) -> Content:
    return Content(sid=f"HX{number:032x}", name=name, language="es", types=types)


def settings_for(port: int, environment: Mapping[str, str]) -> Settings:
    """A file of its own, and no channel but these, whatever the environment says."""
    serving.forget_channels()
    os.environ.setdefault("CONVOCA_LOG_LEVEL", "error")  # what goes wrong is on the page
    serving.own_ground("providers.db")
    os.environ |= environment
    return settings_module.load({"host": HOST, "port": str(port)})


def _fresh(settings: Settings) -> None:
    """The plan on an empty database: the imitations know nobody at their start, and count their messages from 1."""
    serving.start_over("providers.db")
    migrate.upgrade(settings.database_url)
    with database(settings) as store:
        parts = App.on(store).parts
        parsed = planfile.read(Path(PLAN))
        store.do(lambda unit: load.load(unit, parsed, parts, timezone=TIMEZONE))
