"""The fakes as the house over the wire has them, and the settings that point at them."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot import settings
from fakes._post import Carry, carry
from fakes.android import Android
from fakes.provider import Outgoing, Provider
from fakes.telegram import Telegram
from fakes.twilio import Content, Twilio
from tests.conftest import SECRET

DATA = Path(__file__).parents[1] / "data" / "channels"
SITE = "https://convoca.example"
TOKEN = "7000001:AA-made-up_token-of-the-tests"
ACCOUNT, AUTH = "AC" + "a" * 32, "a-token-of-the-tests"
SMS, WHATSAPP = "+15005550006", "+15005550009"
SETTLED = 60.0  # seconds that receipts may take on a busy machine
KEY = "a-signing-key-of-the-tests-32-letters"


# --- contents of WhatsApp ---------------------------------------------------------------------------------------------


def _fields(count: int) -> list[tuple[str, str]]:
    """Variables of (title, id) of each choice, behind the text, which is variable 1 (docs/templates.md)."""
    return [(f"{{{{{n}}}}}", f"{{{{{n + count}}}}}") for n in range(2, count + 2)]


def _buttons(count: int) -> Content:
    form = {"body": "{{1}}", "actions": [{"title": title, "id": id} for title, id in _fields(count)]}
    return Content(sid=f"HX{count:032x}", name=f"botones_{count}", language="es", types={"twilio/quick-reply": form})


def _items(count: int) -> Content:
    form = {"body": "{{1}}", "button": "Ver", "items": [{"item": title, "id": id} for title, id in _fields(count)]}
    sid = f"HX{16 + count:032x}"
    return Content(sid=sid, name=f"lista_{count}", language="es", types={"twilio/list-picker": form})


def approved(name: str, body: str) -> Content:
    """A template that Meta has approved."""
    types = {"twilio/text": {"body": body}}
    return Content(sid="HX" + "f" * 32, name=name, language="es", types=types, approval="approved")


RICH = (*map(_buttons, range(1, 4)), *map(_items, range(2, 11)))


def _named(contents: Sequence[Content]) -> str:
    """CONVOCA_TWILIO_CONTENT."""
    return json.dumps({one.name: {"es" if one.approval == "approved" else "*": one.sid} for one in contents})


# --- the providers ----------------------------------------------------------------------------------------------------


class Time:
    """The providers' clock: it leaps with that of the house."""

    def __init__(self) -> None:
        self.ahead = 0.0  # seconds

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass(slots=True)
class Providers:
    """Those that are there, by name: 'telegram', 'twilio', 'android'. They may serve many houses, one at a time."""

    every: dict[str, Provider]
    time: Time
    posts: list[tuple[str, int]]  # (kind of webhook, what the house answered), in order
    contents: Sequence[Content] = RICH
    more: Mapping[str, str] = field(default_factory=dict)  # settings
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))  # of the people of all houses

    @property
    def telegram(self) -> Telegram:
        found = self.every["telegram"]
        assert isinstance(found, Telegram)
        return found

    @property
    def twilio(self) -> Twilio:
        found = self.every["twilio"]
        assert isinstance(found, Twilio)
        return found

    @property
    def android(self) -> Android:
        found = self.every["android"]
        assert isinstance(found, Android)
        return found

    def settings(self) -> settings.Settings:
        """What an operator would write down to use them."""
        given = {"secret_key": SECRET, "public_url": SITE}
        for name, provider in self.every.items():
            given |= _SETTINGS[name](provider.url)
        if "twilio" in self.every:
            given["twilio_content"] = _named(self.contents)
        return settings.load(given | dict(self.more))

    def begin(self, url: str) -> None:
        """Another house, which listens here. What was said to the one before is nobody's fault any more."""
        self.posts.clear()
        for provider in self.every.values():
            provider.public[SITE] = url
            provider.faults.clear()
            if isinstance(provider, Telegram):
                provider.talks.taps.clear()
            if isinstance(provider, Android):  # a fresh database counts its messages from 1 again
                provider.messages.clear()

    def leap(self, ahead: float) -> None:
        """They are this many seconds ahead of the machine's clock. A phone signs by the real one, as ours checks it."""
        self.time.ahead = ahead
        if "android" in self.every:
            self.android.drift = -ahead

    def settle(self) -> None:
        """Every receipt was posted."""
        for provider in self.every.values():
            provider.settle(SETTLED)

    def good(self) -> None:
        """Nobody has broken a specification, every tap was answered, every webhook was taken."""
        self.settle()
        for provider in self.every.values():
            assert provider.faults == []
            if isinstance(provider, Telegram):
                assert provider.unanswered() == []
        assert [post for post in self.posts if post[1] not in (200, 204)] == []


_SETTINGS: dict[str, Callable[[str], dict[str, str]]] = {
    "telegram": lambda url: {"telegram_token": TOKEN, "telegram_api_url": url},
    "twilio": lambda url: {
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": AUTH,
        "twilio_api_url": url,
        "twilio_sms_from": SMS,
        "twilio_whatsapp_from": WHATSAPP,
    },
    "android": lambda url: {
        "android_url": url,
        "android_login": "sms",
        "android_password": "a-password-of-the-fake",
        "android_signing_key": KEY,
    },
}


def _made(name: str, at: Time, contents: Sequence[Content], carry: Carry) -> Provider:
    if name == "telegram":
        return Telegram(TOKEN, spec=DATA / "telegram_bot_api.json", clock=at, carry=carry)
    if name == "android":  # a script's neighbours have numbers that no SIM of Panama would take for mobile ones
        return Android(key=KEY, order="fifo", clock=at, mobile=lambda number: number, carry=carry)
    return Twilio(
        account=ACCOUNT, token=AUTH, sms=SMS, whatsapp=WHATSAPP, contents=contents, clock=at, carry=carry,
        spec=DATA / "twilio_openapi.json", webhook=f"{SITE}/webhooks/twilio#rc=3&rp=all",
    )  # fmt: skip


@contextmanager
def providers(
    *names: str, contents: Sequence[Content] = RICH, more: Mapping[str, str] | None = None
) -> Iterator[Providers]:
    """These, served. `more`: settings besides those that they need."""
    at, posts = Time(), list[tuple[str, int]]()

    def carried(out: Outgoing) -> tuple[int, str]:
        status, body = carry(out)
        posts.append((out.kind, status))
        return status, body

    with ExitStack() as running:
        every = {name: running.enter_context(_made(name, at, contents, carried)) for name in names}
        yield Providers(every, at, posts, contents, more or {})
