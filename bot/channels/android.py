"""SMS by a SIM card of our own: an Android phone with the app SMS Gateway (capcom6) in local server mode."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import structlog

from bot.channels import Finding, Hook, Identity, News, Request
from bot.channels import _android_check as check
from bot.channels._android_errors import Outage, refused
from bot.channels._android_hook import EVENTS, message_id, read
from bot.channels._android_inbox import Cursor, entries, news, stamp
from bot.channels._android_sms import SENDER
from bot.channels._android_stuck import Watched
from bot.channels._wire import Answer, Wire, WireError
from bot.errors import SendError
from bot.message import Parcel
from bot.sms import segments

PATH = "/webhooks/android"
TIMEOUT = 15.0  # seconds; the phone answers in well under one
CHECKED = 600.0  # seconds between two looks into the inbox while webhooks come: only what was lost is found there
LISTENING = 20.0  # while none can come: the inbox is then the only way in
AGAIN = 60.0  # after a look that came to nothing
LONGEST = 25.0  # seconds that one `poll` waits at most

log = structlog.stdlib.get_logger("convoca.channels.android")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """What the settings say about it."""

    url: str  # 'http://10.0.0.5:8080'
    login: str
    password: str = field(repr=False)
    key: str = field(repr=False)  # of webhooks; '' = none is believed
    country: str  # 'PA'
    rate: float  # segments a minute
    public_url: str  # ours; '' = none
    number: str = ""  # the SIM's: '+50760000001'; '' = pages do not name it


class Android:
    """One phone with one SIM card."""

    name = "android"
    polls = "android:inbox"

    def __init__(
        self,
        phone: Phone,
        *,
        every: float | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._phone = phone
        self._url = phone.public_url + PATH
        self._called = check.reachable(self._url) and bool(phone.key)
        self._every = every if every is not None else (CHECKED if self._called else LISTENING)
        self._clock, self._sleep = clock, sleep
        self._wire = Wire(phone.url, timeout=TIMEOUT, auth=(phone.login, phone.password))
        self._outage, self._watched = Outage(), Watched(self._state)
        self._due: datetime | None = None  # the next look into the inbox
        self._told: tuple[str, frozenset[str]] = ("", frozenset())  # (the cursor last given, all keys up to it)

    @classmethod
    def open(cls, settings: Any, *, demo: bool) -> Self | None:
        """On with CONVOCA_ANDROID_URL, _LOGIN and _PASSWORD."""
        password = settings.android_password.get_secret_value()
        if not (settings.android_url and settings.android_login and password):
            return None
        return cls(
            Phone(
                url=settings.android_url,
                login=settings.android_login,
                password=password,
                key=settings.android_signing_key.get_secret_value(),
                country=settings.android_country,
                rate=settings.android_rate,
                public_url=settings.public_url,
                number=settings.android_number,
            )
        )

    def identities(self) -> Sequence[Identity]:
        """'android:sim'."""
        return [Identity(name=SENDER, channel="sms", rate=self._phone.rate / 60)]

    async def send(self, parcel: Parcel) -> str:
        """Lay the message into the phone's queue; its id there. A second time under the same id does no harm.

        Raises  SendError: `repeat` while the phone does not answer; what it refuses, and a wrong password, by its words
        """
        await self._watched.look(parcel.now)
        known_as = message_id(parcel.ref, parcel.attempt, segments(parcel.reply.text).parts, parcel.stamp)
        try:
            answer = await self._wire.call("POST", "/messages", json=_letter(known_as, parcel))
        except WireError as fault:
            raise self._outage.error(fault.told, parcel.now) from None
        if answer.status not in (202, 409):  # 409: it has it already
            error = refused(answer.status, _words(answer))
            raise error or self._outage.error(f"status {answer.status}", parcel.now)
        self._outage.over()
        self._watched.took(known_as, parcel.now)
        return known_as

    async def _state(self, known_as: str) -> str:
        try:
            told = (await self._wire.call("GET", f"/messages/{known_as}")).json()
        except (WireError, ValueError):
            return ""
        return str(told.get("state", "")) if isinstance(told, dict) else ""

    def entrances(self) -> Mapping[str, str]:
        """The SIM's number, which only the operator knows."""
        return {"sms": self._phone.number} if self._phone.number else {}

    def hooks(self) -> Sequence[Hook]:
        """POST /webhooks/android."""
        return [Hook(path=PATH, read=self._read)]

    def _read(self, request: Request) -> News:
        return read(request, key=self._phone.key, country=self._phone.country)

    async def poll(self, since: str) -> tuple[News, str]:
        """What the inbox has and nobody has told us; nothing, after 25 s at most, while it is not yet time to look.

        since   '<when we began to listen>/<when we last looked>', '' at first: then nothing older than ten minutes
        Raises  SendError: the phone does not answer, or `halt`: it refuses the password
        """
        now = self._clock()
        left = (self._due - now).total_seconds() if self._due else 0.0
        if 0 < left <= max(self._every, AGAIN):  # more: the clock was set back
            await self._sleep(min(left, LONGEST))
            return News(), since
        self._due = now + timedelta(seconds=AGAIN)
        found, cursor = await self._look(since, now)
        self._due = now + timedelta(seconds=self._every)
        return found, cursor

    async def _look(self, since: str, now: datetime) -> tuple[News, str]:
        cursor = Cursor.read(since, now)
        try:
            found = await entries(self._inbox, min(cursor.since, now), now)
        except ValueError:
            raise SendError("the phone's inbox can not be read", repeat=AGAIN) from None
        given, stored = self._told
        fresh, every = news(found, self._phone.country, stored if since and since == given else frozenset())
        self._told = (str(Cursor(cursor.began, now)), every)
        return fresh, self._told[0]

    async def _inbox(self, params: Mapping[str, str]) -> Any:
        return (await self._ask("GET", "/inbox", params=params)).json()

    async def prepare(self) -> None:
        """Tell the phone where to call, once for each event; the same again changes nothing."""
        if not self._called:
            log.warning(check.no_address(self._phone.public_url) if self._phone.key else check.key("").text)
            return
        for event in EVENTS:
            hook = {"id": f"convoca-{event}", "url": self._url, "event": event}
            await self._ask("POST", "/webhooks", json=hook)

    async def _ask(self, method: str, path: str, **more: Any) -> Answer:
        """An answer of 2xx. Raises SendError."""
        try:
            answer = await self._wire.call(method, path, **more)
        except WireError as fault:
            raise SendError(f"the phone does not answer: {fault.told}", repeat=AGAIN) from None
        if not 200 <= answer.status < 300:
            error = refused(answer.status, "")
            raise error or SendError(f"the phone does not answer: status {answer.status}", repeat=AGAIN)
        return answer

    async def examine(self) -> Sequence[Finding]:
        """Is the phone there, well, ours; what can not be seen from here is said too."""
        found: list[Finding | None] = [check.key(self._phone.key)]
        try:
            alive = await self._wire.call("GET", "/health")
            found += [check.health(alive), check.clock(alive, self._clock())]
            hooks = await self._wire.call("GET", "/webhooks")
            found += [check.login(hooks) or self._called_at(hooks)]
            if hooks.status == 200:
                settings = await self._wire.call("GET", "/settings")
                found += [check.order(settings), check.internet(settings)]
        except WireError as fault:
            found += [check.silent(fault.told)]
        return [finding for finding in (*found, check.RCS) if finding]

    def _called_at(self, hooks: Answer) -> Finding:
        if not check.reachable(self._url):
            return Finding(ok=False, text=check.no_address(self._phone.public_url))
        return check.webhooks(hooks, self._url)

    async def close(self) -> None:
        """Let the connections go."""
        await self._wire.close()


def _letter(known_as: str, parcel: Parcel) -> dict[str, Any]:
    letter: dict[str, Any] = {
        "id": known_as,
        "textMessage": {"text": parcel.reply.text},
        "phoneNumbers": [parcel.address],
        "withDeliveryReport": True,
    }
    if parcel.expires_in is not None:
        letter["validUntil"] = stamp(parcel.now + timedelta(seconds=parcel.expires_in))
    return letter


def _words(answer: Answer) -> str:
    """The `message` of a refusal; '' when it has none."""
    try:
        told = answer.json()
    except ValueError:
        return ""
    said = told.get("message") if isinstance(told, dict) else None
    return said if isinstance(said, str) else ""
