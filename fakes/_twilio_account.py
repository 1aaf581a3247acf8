"""The account: who it is, what it remembers, and every answer of its API that sends nothing."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from fakes import _twilio_hooks as hooks
from fakes import _twilio_records as records
from fakes._post import Carry, carry
from fakes._twilio_content import Content, approval_json, content_json, with_approval_json
from fakes._twilio_records import Fate, Media, Record
from fakes._twilio_send import WHATSAPP, Sender
from fakes._twilio_spec import Spec
from fakes.provider import Act, Deliver, Garbage, Outgoing, Provider, Refuse, Throttle

ACCOUNT = f"/{hooks.VERSION}/Accounts/{{AccountSid}}"


@dataclass(frozen=True, slots=True)
class Empty(Garbage):
    """It is sent; the answer is 201 with nothing in it."""

    status: int = 201


@dataclass(slots=True, kw_only=True)
class TwilioDeliver(Deliver):
    """How webhooks go out; Twilio itself says how often it tries (`hooks.insisting`)."""

    tries: int = 1
    receipts: Literal["at once", "before the answer"] = "at once"  # at once: they may cross the answer


class Account(Provider):
    """State and reading. `Twilio` says what the parameters are."""

    deliver: TwilioDeliver

    def __init__(
        self,
        *,
        account: str = "AC" + "a" * 32,
        token: str = "a-token-of-the-fake",  # noqa: S107 - invented
        second: str = "",
        sms: str = "+15005550006",
        whatsapp: str = "+15005550009",
        service: str = "",
        webhook: str = "",
        fallback: str = "",
        contents: Sequence[Content] = (),
        spec: Path | None = None,
        extra: Mapping[str, str] | None = None,
        carry: Carry = carry,
        clock: Callable[[], float] = time.time,
        **more: Any,
    ) -> None:
        self.account, self.token, self.second = account, token, second
        self.sender = Sender(sms=sms, whatsapp=WHATSAPP + whatsapp.removeprefix(WHATSAPP), service=service)
        self.webhook, self.fallback = webhook, fallback
        self.contents = {content.sid: content for content in contents}
        self.spec = Spec(spec)
        self.extra = {"NotYetInTheDocumentation": ""} if extra is None else dict(extra)
        self.opted_out: set[str] = set()  # numbers
        self.closed: set[str] = set()  # countries that are off in the account's permissions: '+57'
        self.records: dict[str, Record] = {}
        self.balance = "12.34"
        self._heard: dict[tuple[str, str], float] = {}  # (our sender, person) -> last message
        self._fates: dict[str, list[Fate]] = {}
        self._profiles: dict[str, str] = {}  # person -> the name WhatsApp shows
        super().__init__(carry=hooks.insisting(carry), clock=clock, **more)
        self.deliver = TwilioDeliver()

    def _get(self, operation: str, path: str, answer: Callable[[Request], Response]) -> Route:
        async def handle(request: Request) -> ASGIApp:
            params = dict(request.query_params)
            wrong = [] if operation == "Media" else self.spec.query(path, request.query_params.multi_items())
            if not self._authorised(request):
                return await self.perform(operation, params, unauthorised, kind="asks")
            if wrong:
                self.fault(f"{operation}: {wrong[0]}")
                return await self.perform(operation, params, lambda: error(400, 20001, wrong[0]), kind="asks")
            return await self.perform(operation, params, lambda: answer(request), kind="asks")

        return Route(path, handle, methods=["GET"])

    async def _unknown(self, request: Request) -> ASGIApp:
        self.fault(f"{request.method} on a path that Twilio, or this fake, does not have")
        return await self.perform("unknown", {}, missing, kind="asks")

    def _authorised(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        asked = request.path_params.get("AccountSid", self.account)
        pairs = [f"{self.account}:{token}" for token in (self.token, self.second) if token]
        return asked == self.account and given in [f"Basic {b64encode(pair.encode()).decode()}" for pair in pairs]

    def throttled(self, act: Throttle) -> Response:
        """429 as Twilio words it: nothing was done."""
        return error(429, 20429, "Too Many Requests")

    def refused(self, act: Refuse) -> Response:
        """Any of Twilio's error codes."""
        return error(act.status, act.code or 20001, act.text, **(act.more or {}))

    def _after(self, act: Act | None, answer: Response) -> ASGIApp:
        return Response(status_code=act.status) if isinstance(act, Empty) else super()._after(act, answer)

    def _list(self, request: Request) -> Response:
        query = dict(request.query_params)
        rows = [records.message_json(one, self.account) for one in records.wanted(self.records.values(), query)]
        return JSONResponse(records.listed("messages", rows, query, request.url.path))

    def _fetch(self, request: Request) -> Response:
        record = self.records.get(request.path_params["Sid"])
        return JSONResponse(records.message_json(record, self.account)) if record else missing()

    def _list_media(self, request: Request) -> Response:
        record = self.records.get(request.path_params["MessageSid"])
        if record is None:
            return missing()
        rows = [records.media_json(one, record, self.account) for one in record.media]
        return JSONResponse(records.listed("media_list", rows, dict(request.query_params), request.url.path))

    def _fetch_media(self, request: Request) -> Response:
        record, media = self._find_media(request)
        return JSONResponse(records.media_json(media, record, self.account)) if record and media else missing()

    def _media(self, request: Request) -> Response:
        """Twilio keeps files elsewhere: it says where, with a key in the address, and that place takes no password."""
        record, media = self._find_media(request)
        return RedirectResponse(f"{self.url}/kept/{record.sid}/{media.sid}?Key=x") if record and media else missing()

    async def _kept(self, request: Request) -> Response:
        record, media = self._find_media(request)
        if "authorization" in request.headers or request.query_params.get("Key") != "x":
            self.fault("the place that keeps files was given a password, or not the key of the address")
            return missing()
        return Response(media.data, media_type=media.type) if record and media else missing()

    def _find_media(self, request: Request) -> tuple[Record | None, Media | None]:
        record = self.records.get(request.path_params["MessageSid"])
        found = (one for one in (record.media if record else ()) if one.sid == request.path_params["Sid"])
        return record, next(found, None)

    def _balance(self, request: Request) -> Response:
        return JSONResponse({"account_sid": self.account, "balance": self.balance, "currency": "USD"})

    def _account(self, request: Request) -> Response:
        if request.path_params["Sid"] != self.account:
            return missing()
        own = f"/{hooks.VERSION}/Accounts/{self.account}"
        return JSONResponse(
            {
                "auth_token": "",
                "date_created": records.rfc(0),
                "date_updated": records.rfc(0),
                "friendly_name": "fake",
                "owner_account_sid": self.account,
                "sid": self.account,
                "status": "active",
                "subresource_uris": {"messages": f"{own}/Messages.json", "balance": f"{own}/Balance.json"},
                "type": "Full",
                "uri": f"{own}.json",
            }
        )

    def _list_contents(self, request: Request) -> Response:
        rows = [content_json(one, self.account, self.url) for one in self.contents.values()]
        return JSONResponse(records.metered(rows, dict(request.query_params), self.url + request.url.path))

    def _list_approvals(self, request: Request) -> Response:
        rows = [with_approval_json(one, self.account) for one in self.contents.values()]
        return JSONResponse(records.metered(rows, dict(request.query_params), self.url + request.url.path))

    def _fetch_content(self, request: Request) -> Response:
        content = self.contents.get(request.path_params["Sid"])
        return JSONResponse(content_json(content, self.account, self.url)) if content else missing()

    def _fetch_approval(self, request: Request) -> Response:
        content = self.contents.get(request.path_params["Sid"])
        return JSONResponse(approval_json(content, self.account, self.url)) if content else missing()

    def _post_of(self, url: str, fields: Mapping[str, str], id: str, kind: str = "message") -> Outgoing:
        return hooks.outgoing(self.token, url, fields, id=id, kind=kind)

    def _media_url(self, sid: str, media: Media) -> str:
        return f"{self.url}/{hooks.VERSION}/Accounts/{self.account}/Messages/{sid}/Media/{media.sid}"

    def _sid(self, prefix: str) -> str:
        return f"{prefix}{self.next_id():032x}"


def error(status: int, code: int, text: str, **more: Any) -> Response:
    """Twilio's error body."""
    link = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"code": code, "message": text, "more_info": link, "status": status, **more}, status)


def unauthorised() -> Response:
    return error(401, 20003, "Authenticate")


def missing() -> Response:
    return error(404, 20404, "The requested resource was not found")
