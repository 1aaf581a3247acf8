"""The side of the fake Telegram that the bot sees: calls in, updates out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from fakes._post import Delivered, Outgoing
from fakes._seen import Exchange, Refuse, Throttle
from fakes._telegram_chats import Chats, Json
from fakes._telegram_methods import Conversing, Method
from fakes._telegram_profile import Profile
from fakes._telegram_rate import Rate
from fakes._telegram_spec import Spec
from fakes._telegram_updates import Updates
from fakes._telegram_wire import Breach, Call, TelegramError, bad, call_of, too_many
from fakes.provider import Kind, Provider

HEADER = "X-Telegram-Bot-Api-Secret-Token"
LONGEST_POLL = 50.0  # seconds


class Api(Provider):
    """The Bot API of one bot. `Telegram` adds the people."""

    def __init__(
        self,
        token: str,
        *,
        spec: Path | None = None,
        enforce_rate: bool = False,
        username: str = "convoca_ejemplo_bot",
        first_update: int = 700_000_001,
        **provider: Any,
    ) -> None:
        super().__init__(**provider)
        bot = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Convoca", "username": username}
        self.token = token
        self.spec = Spec.load(spec) if spec else None
        self.chats = Chats(bot)
        self.queue = Updates(self.clock, first_update)
        self.profile = Profile(bot)
        self.talks = Conversing(self.chats, self.phone, self.blocked, self.clock)
        self._rate = Rate() if enforce_rate else None
        self._methods: dict[str, Method] = {**self.talks.methods, **self.profile.methods, **self.queue.methods}

    # what Provider asks for

    def routes(self) -> Sequence[BaseRoute]:
        """Methods, files, and 404 for the rest."""
        return [
            Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self._file, methods=["GET"]),
            Route("/{path:path}", _nothing, methods=["GET", "POST"]),
        ]

    def throttled(self, act: Throttle) -> Response:
        """429."""
        return too_many(act.seconds).response()

    def refused(self, act: Refuse) -> Response:
        """The error with the words given: 'Bad Request: chat not found'."""
        error = TelegramError(act.code or act.status, act.text, **(act.more or {}))
        return JSONResponse(error.body(), act.status)

    def answered(self, out: Outgoing, status: int, body: str) -> None:
        """The webhook's answer: an error for getWebhookInfo to tell, or a method to execute."""
        with self.changed:
            if not 200 <= status < 300:
                self.queue.failed(_told(status, body))
                return
            self.queue.done(int(out.ref or 0))
        if body.lstrip().startswith("{"):
            self._execute(body)

    # what tests ask

    def unanswered(self) -> list[str]:
        """Taps that were never answered, as 'address: label'."""
        with self.changed:
            return [text for id, text in self.talks.taps.items() if id not in self.talks.answers]

    @property
    def updates(self) -> list[Json]:
        """Every update made, in order, also those that the bot did not want."""
        with self.changed:
            return list(self.queue.made)

    def raw(self, update: Mapping[str, Any] | str, *, secret: str | None = None) -> Delivered:
        """Any body to the webhook, or any update into the queue.

        secret  another one than was set; '' = none
        """
        if isinstance(update, str):
            return self._post(update, "", "raw", secret)
        with self.changed:
            whole = self.queue.add(update)
        return self._bring(whole, str(whole["update_id"]), secret)

    def redeliver(self) -> list[Delivered]:
        """Post what the webhook did not take, oldest first, as Telegram does for a day."""
        with self.changed:
            waiting = [self.queue.pending[id] for id in sorted(self.queue.pending)]
        return [self._bring(update, str(update["update_id"])) for update in waiting]

    # updates out

    def update(self, kind: str, content: Mapping[str, Any], id: str) -> Delivered:
        """Make an update and bring it to the bot.

        id       told in Delivered: of the message or the tap
        Returns  status 0 when it waits for getUpdates, or is of a kind that the bot did not ask for
        """
        with self.changed:
            made = self.queue.make(kind, content)
        return self._bring(made, id) if made else Delivered(0, "not among allowed_updates", id)

    def _bring(self, update: Mapping[str, Any], id: str, secret: str | None = None) -> Delivered:
        if not self.queue.url:
            self._served.ring()
            return Delivered(0, "waits for getUpdates", id)
        return self._post(json.dumps(update, ensure_ascii=False), str(update["update_id"]), id, secret)

    def _post(self, body: str, ref: str, id: str, secret: str | None) -> Delivered:
        return self.dispatch(self._outgoing(body, ref, id, self.queue.secret if secret is None else secret))

    def _outgoing(self, body: str, ref: str, id: str, secret: str) -> Outgoing:
        headers = {"Content-Type": "application/json"} | ({HEADER: secret} if secret else {})
        return Outgoing(id=id, ref=ref, url=self.queue.url, body=body.encode(), headers=headers)

    def _execute(self, body: str) -> None:
        """A method in the webhook's answer is executed; nobody is told how it went."""
        try:
            given = json.loads(body)
        except ValueError:
            return
        if "method" not in given:
            return
        call = Call(str(given["method"]), {name: value for name, value in given.items() if name != "method"})
        self._check(call)
        with self.changed:
            status = self._run(call).status_code
            self.note(_exchange(self.clock(), call, status))

    # calls in

    async def _call(self, request: Request) -> ASGIApp:
        if request.path_params["token"] != self.token:
            return TelegramError(401, "Unauthorized").response()
        try:
            call = await call_of(request)
        except TelegramError as error:
            self._blame(request.path_params["method"], error)
            return error.response()
        self._check(call)
        if call.method == "getUpdates":
            polled = await self._poll(call)
            return await self.perform(call.method, call.plain(), lambda: polled, kind="asks")
        answer = await self.perform(
            call.method, call.plain(), lambda: self._run(call), address=call.text("chat_id"), kind=_kind(call.method)
        )
        if call.method in ("setWebhook", "deleteWebhook"):
            self._webhook_changed()
        return answer

    def _check(self, call: Call) -> None:
        if self.spec is not None:
            for fault in self.spec.call(call.method, call.given, call.files):
                self.fault(fault)

    def _blame(self, method: str, error: TelegramError) -> None:
        if isinstance(error, Breach):
            self.fault(f"{method}: {error.description}")

    def _run(self, call: Call) -> Response:
        """Do it. Who calls holds the lock."""
        try:
            return _ok(self._method(call)(call))
        except TelegramError as error:
            self._blame(call.method, error)
            return error.response()

    def _method(self, call: Call) -> Method:
        if call.method not in self._methods:
            raise Breach(404, "Not Found")
        if self._rate is not None and _kind(call.method) == "sends":
            seconds = self._rate.wait(call.text("chat_id"), self.clock())
            if seconds:
                raise too_many(seconds)
        return self._methods[call.method]

    async def _poll(self, call: Call) -> Response:
        """getUpdates: what waits, or what comes in time."""
        now = asyncio.get_running_loop().time
        until = now() + min(LONGEST_POLL, max(0, call.number("timeout")))
        try:
            with self.changed:
                ticket = self.queue.begin(call)
                self.changed.notify_all()
            self._served.ring()  # the poll before this one ends
            while True:
                with self.changed:
                    found = self.queue.ready(ticket, call)
                if found or now() >= until or self._served.stopping or self.planned("getUpdates"):
                    return _ok(found)
                await self._served.rung(until - now())
        except TelegramError as error:
            self._blame(call.method, error)
            return error.response()

    def _webhook_changed(self) -> None:
        """Who polls is told; what waits is posted."""
        self._served.ring()
        with self.changed:
            if self.queue.url:
                self._postman.put([
                    self._outgoing(json.dumps(update, ensure_ascii=False), str(id), str(id), self.queue.secret)
                    for id, update in sorted(self.queue.pending.items())
                ])  # fmt: skip

    async def _file(self, request: Request) -> Response:
        if request.path_params["token"] != self.token:
            return TelegramError(401, "Unauthorized").response()
        with self.changed:
            content = self.chats.files.get(request.path_params["path"].replace("files/", "AgAC-", 1))
        return bad("wrong file path").response() if content is None else Response(content)


async def _nothing(_: Request) -> Response:
    return TelegramError(404, "Not Found").response()


def _ok(result: Any) -> Response:
    return JSONResponse({"ok": True, "result": result})


def _kind(method: str) -> Kind:
    return "sends" if method.startswith("send") and method != "sendChatAction" else "asks"


def _exchange(at: float, call: Call, status: int) -> Exchange:
    return Exchange(at=at, operation=call.method, address=call.text("chat_id"), params=call.plain(), status=status)


def _told(status: int, body: str) -> str:
    """As getWebhookInfo words it. status 0: body is the reason."""
    if not status:
        return "Connection refused" if "Refused" in body else f"Connection failed: {body}"
    phrase = {known.value: known.phrase for known in HTTPStatus}.get(status, "")
    return f"Wrong response from the webhook: {status} {phrase}".strip()
