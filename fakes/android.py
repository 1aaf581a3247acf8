"""A fake SMS gateway on an Android phone: capcom6 android-sms-gateway in local server mode.

with Android(key=KEY) as android:
    android.public["https://bot.example"] = "http://127.0.0.1:8000"     # where the product really listens
    ...the product registers its webhooks and sends...
    android.write("+50760000001", "SI", sender="6000-0001")
    assert android.phone("+50760000001").texts == ["Hola"]
    assert android.faults == []
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from fakes import _android_messages as wire
from fakes._android_messages import Heard, Sms, panama
from fakes._post import Carry, carry
from fakes.provider import Delivered, Outgoing, Provider, Refuse, Shown, Throttle

__all__ = ["Android"]

ANSWER = 5.0  # seconds that the phone waits for the product
QUERY = {"skipPhoneValidation", "deviceActiveWithin"}


class Android(Provider):
    """One phone with its SIM.

    login, password  of basic authentication
    key              signs webhooks; '' = they are not signed
    order            in which waiting messages are sent: the gateway's default is the newest first
    refuses          a number that is not mobile: with 400, or (as 1.68 does) taken and failed when its turn comes
    mobile           a number as given -> E.164, or '' when it is no mobile number
    sims             slots with a SIM
    """

    def __init__(
        self,
        *,
        login: str = "sms",
        password: str = "a-password-of-the-fake",  # noqa: S107 - invented
        key: str = "",
        device: str = "fake-device",
        order: Literal["lifo", "fifo"] = "lifo",
        refuses: Literal["at once", "when sent"] = "at once",
        mobile: Callable[[str], str] = panama,
        sims: int = 1,
        carry: Carry | None = None,
        **more: Any,
    ) -> None:
        self.login, self.password, self.key, self.device = login, password, key, device
        self.order, self.refuses, self.mobile, self.sims = order, refuses, mobile, sims
        self.messages: dict[str, Sms] = {}
        self.inbox: list[Heard] = []
        self.webhooks: dict[str, dict[str, str]] = {}
        self.health: Literal["pass", "warn", "fail"] = "pass"
        self.internet_required = True  # the app's default: no webhook goes out while the phone is offline; told only
        self.drift = 0.0  # seconds by which the phone's clock is wrong
        self.pauses: Sequence[float] = ()  # seconds before the second, third ... try of a webhook; the last again
        self._holding = False
        self._fates: dict[str, list[tuple[Sequence[str], str]]] = {}
        self._failures: dict[str, int] = {}
        self._stamps: dict[str, int] = {}
        super().__init__(carry=self._signing(carry or _five_seconds), **more)

    # the API

    def routes(self) -> Sequence[BaseRoute]:
        """What the local server answers; the rest is a fault."""
        return [
            self._route("POST", "/messages", self._send),
            self._route("GET", "/messages/{id}", self._show),
            self._route("DELETE", "/messages/{id}", self._cancel),
            self._route("POST", "/webhooks", self._register),
            self._route("GET", "/webhooks", self._registered),
            self._route("DELETE", "/webhooks/{id}", self._unregister),
            self._route("GET", "/inbox", self._inbox),
            self._route("GET", "/settings", self._settings),
            Route("/health", self._health, methods=["GET"]),
            Route("/{rest:path}", self._unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]

    def _route(self, method: str, path: str, answer: Callable[[Request, Any], Response]) -> Route:
        operation = f"{method} {path}"

        async def handle(request: Request) -> ASGIApp:
            body = _parsed(await request.body())
            params = body if isinstance(body, dict) else dict(request.query_params)
            if request.headers.get("authorization", "") != self._basic():
                return await self.perform(operation, params, _unauthorised, kind="asks")
            sends = operation == "POST /messages"
            return await self.perform(
                operation, params, lambda: answer(request, body),
                address=self._address(body) if sends else "", kind="sends" if sends else "asks",
            )  # fmt: skip

        return Route(path, handle, methods=[method])

    def _basic(self) -> str:
        return "Basic " + b64encode(f"{self.login}:{self.password}".encode()).decode()

    def _address(self, body: Any) -> str:
        numbers = body.get("phoneNumbers") if isinstance(body, dict) else None
        first = numbers[0] if isinstance(numbers, list) and numbers else ""
        return (self.mobile(first) or first) if isinstance(first, str) else ""

    async def _unknown(self, request: Request) -> ASGIApp:
        self.fault(f"{request.method} on a path that the gateway, or this fake, does not have")
        return await self.perform("unknown", {}, lambda: Response(status_code=404), kind="asks")

    async def _health(self, request: Request) -> ASGIApp:
        checks = {
            "connection:status": {"status": self.health, "description": "Internet connection", "observedValue": 1}
        }
        told = {"status": self.health, "checks": checks, "version": "1.68.0", "releaseId": 168}
        status = 500 if self.health == "fail" else 200
        return await self.perform("GET /health", {}, lambda: JSONResponse(told, status), kind="asks")

    def throttled(self, act: Throttle) -> Response:
        """The gateway has no 429; a proxy before it may."""
        return _told(429, "Too Many Requests")

    def refused(self, act: Refuse) -> Response:
        """Its error body has words only."""
        return JSONResponse({"message": act.text, **(act.more or {})}, act.status)

    def _send(self, request: Request, body: Any) -> Response:
        why, fault = wire.wrong(body, self.clock())
        unknown = set(request.query_params) - QUERY
        if fault or unknown:
            self.fault(f"POST /messages: {fault or 'unknown parameter in the query'}")
        if why:
            return _told(400, why)
        blind = request.query_params.get("skipPhoneValidation") == "true"
        if self.refuses == "at once" and not blind and not all(map(self.mobile, body["phoneNumbers"])):
            return _told(400, "Invalid phone number type")
        if body.get("id") in self.messages:
            return _told(409, "Message with the same ID already exists")
        sms = self._keep(body, blind)
        answer = JSONResponse(wire.message_json(sms, self.device), 202)
        if not self._holding:
            self._go_on(sms)
        return answer

    def _keep(self, body: Mapping[str, Any], blind: bool) -> Sms:
        n, now = self.next_id(), self.clock()
        until = wire.moment(body["validUntil"]) if "validUntil" in body else None
        sms = Sms(
            id=body.get("id") or f"generated-{n}",
            text=wire.text(body),
            until=now + body["ttl"] if "ttl" in body else until,
            sim=body.get("simNumber"),
            report=body.get("withDeliveryReport", True),
            blind=blind,
            priority=body.get("priority", 0),
            made=n,
            recipients=dict.fromkeys(body["phoneNumbers"], ("Pending", "")),
            states={"Pending": now},
        )
        self.messages[sms.id] = sms
        return sms

    def _show(self, request: Request, body: Any) -> Response:
        sms = self.messages.get(request.path_params["id"])
        return JSONResponse(wire.message_json(sms, self.device)) if sms else Response(status_code=404)

    def _cancel(self, request: Request, body: Any) -> Response:
        sms = self.messages.get(request.path_params["id"])
        if sms is None:
            return Response(status_code=404)
        if sms.state != "Pending":
            return _told(400, f"Message {sms.id} is not in Pending state")
        sms.to("Cancelled", self.clock())
        self.receipts(*(out for number in sms.recipients for out in self._events("sms:cancelled", sms, number)))
        return JSONResponse(wire.message_json(sms, self.device))

    def _register(self, request: Request, body: Any) -> Response:
        if not isinstance(body, dict) or body.get("event") not in wire.EVENTS or not isinstance(body.get("url"), str):
            self.fault("POST /webhooks: needs id, url and an event that exists")
            return _told(400, "Unsupported event")
        to = urlsplit(body["url"])
        if to.scheme != "https" and (to.scheme, to.hostname) != ("http", "127.0.0.1"):
            return _told(400, "url must start with https:// or http://127.0.0.1")
        id = body.get("id") or f"generated-{self.next_id()}"
        self.webhooks[id] = {"id": id, "url": body["url"], "event": body["event"], "source": "Local"}
        return JSONResponse(self.webhooks[id], 201)

    def _registered(self, request: Request, body: Any) -> Response:
        return JSONResponse(list(self.webhooks.values()))

    def _unregister(self, request: Request, body: Any) -> Response:
        self.webhooks.pop(request.path_params["id"], None)
        return Response(status_code=204)

    def _inbox(self, request: Request, body: Any) -> Response:
        try:
            rows, count = wire.inbox(self.inbox, request.query_params, self.clock())
        except ValueError as wrong:
            self.fault(f"GET /inbox: {wrong}")
            return _told(400, str(wrong))
        return JSONResponse([wire.inbox_json(one) for one in rows], headers={"X-Total-Count": str(count)})

    def _settings(self, request: Request, body: Any) -> Response:
        messages, hooks = {"processing_order": self.order.upper()}, {"internet_required": self.internet_required}
        return JSONResponse({"messages": messages, "webhooks": hooks})

    # the radio

    def hold(self) -> None:
        """The phone is busy: messages wait."""
        with self.changed:
            self._holding = True

    def release(self) -> None:
        """What waits is sent, by priority and `order`; receipts held back are posted too."""
        with self.changed:
            self._holding = False
            sign = -1 if self.order == "lifo" else 1
            waiting = [sms for sms in self.messages.values() if sms.state == "Pending"]
            for sms in sorted(waiting, key=lambda sms: (-sms.priority, sign * sms.made)):
                self._go_on(sms)
            self.changed.notify_all()
        super().release()

    def fate(self, *steps: str, reason: str = "", address: str = "") -> None:
        """What becomes of the next message to this number ('': any).

        steps   'sent', 'delivered' (a report for each part), 'part' (for one part only), 'failed'
        reason  of 'failed': 'RESULT_ERROR_NO_SERVICE', 'Delivery result from SC: 64' ...
        """
        with self.changed:
            self._fates.setdefault(address, []).append((steps, wire.reason(reason)))

    def _go_on(self, sms: Sms) -> None:
        now = self.clock()
        outs: list[Outgoing] = []
        for number in sms.recipients:
            at = self.mobile(number) or (number if sms.blind else "")
            steps, why = self._decide(sms, at, now)
            outs += self._steps(sms, number, steps, why)
            lost = at in self.blocked or ("failed" in steps and "delivered" not in steps)
            if "sent" in steps and not lost:
                self.phone(at).show(Shown(id=sms.id, text=sms.text, at=now))
        self.receipts(*outs)

    def _decide(self, sms: Sms, at: str, now: float) -> tuple[Sequence[str], str]:
        if sms.until is not None and sms.until < now:
            return ("failed",), "TTL expired"
        if sms.sim is not None and sms.sim > self.sims:
            return ("failed",), f"Can't send message: SIM {sms.sim} not found"
        if not at:
            return ("failed",), "sendSMS: Invalid phone number type"
        for key in (at, ""):
            if self._fates.get(key):
                return self._fates[key].pop(0)
        return ("sent",) if at in self.blocked or not sms.report else ("sent", "delivered"), ""

    def _steps(self, sms: Sms, number: str, steps: Sequence[str], why: str) -> list[Outgoing]:
        outs: list[Outgoing] = []
        for step in ("processed", *steps) if "sent" in steps else steps:
            name = "delivered" if step == "part" else step
            sms.to(name.capitalize(), self.clock(), why if step == "failed" else "", number)
            for _ in range(sms.parts if step == "delivered" else 1):
                outs += [] if step == "processed" else self._events(f"sms:{name}", sms, number, why)
        return outs

    # webhooks

    def _events(self, event: str, sms: Sms, number: str, why: str = "") -> list[Outgoing]:
        return self._outs(event, wire.told(event, sms, number, self.clock(), why), "receipt")

    def _outs(self, event: str, payload: Mapping[str, Any], kind: str) -> list[Outgoing]:
        """One envelope for each webhook of this event."""
        outs = []
        with self.changed:
            hooks = list(self.webhooks.values())
        for hook in hooks:
            if hook["event"] == event:
                id = f"event-{self.next_id()}"
                told = {"id": id, "webhookId": hook["id"], "event": event, "deviceId": self.device, "payload": payload}
                body = json.dumps(told, ensure_ascii=False).encode()
                headers = {"Content-Type": "application/json; charset=UTF-8"}
                outs.append(Outgoing(id=id, url=hook["url"], body=body, headers=headers, kind=kind))
        return outs

    def _signing(self, carry: Carry) -> Carry:
        """Signs each try anew, and waits before it when the one before failed."""

        def carried(out: Outgoing) -> tuple[int, str]:
            failures = self._failures.get(out.id, 0)
            if failures and self.pauses:
                threading.Event().wait(self.pauses[min(failures, len(self.pauses)) - 1])
            status, body = carry(replace(out, headers={**out.headers, **self._signature(out)}))
            self._failures[out.id] = failures + 1 if self.again(status) else 0
            return status, body

        return carried

    def _signature(self, out: Outgoing) -> dict[str, str]:
        """Of the raw body and a time that no try before had."""
        if not self.key:
            return {}
        stamp = max(int(self.clock() + self.drift), self._stamps.get(out.id, 0) + 1)
        self._stamps[out.id] = stamp
        signed = hmac.new(self.key.encode(), out.body + str(stamp).encode(), hashlib.sha256).hexdigest()
        return {"X-Timestamp": str(stamp), "X-Signature": signed}

    def write(self, address: str, text: str = "", *, sender: str = "", **_: Any) -> Delivered:
        """A message comes in; returns when the product has answered, or given up on.

        sender  as the network shows it, when that is not the address: '6000-0001', 'BANCO'
        """
        with self.changed:
            heard = Heard(
                id=f"text:{self.next_id()}", sender=sender or address, text=text, at=int(self.clock() * 1000) / 1000
            )
            self.inbox.append(heard)
        outs = self._outs("sms:received", wire.received(heard), "message")
        delivered = [self.dispatch(out) for out in outs]
        return delivered[-1] if delivered else Delivered(0, "no webhook is set", heard.id)

    def tap(self, address: str, label_or_data: str) -> Delivered:
        """A text message has no buttons. Raises LookupError."""
        raise LookupError("a text message has no buttons")

    def ping(self) -> Delivered:
        """The phone says that it lives."""
        delivered = [
            self.dispatch(out) for out in self._outs("system:ping", {"health": {"status": self.health}}, "message")
        ]
        return delivered[-1] if delivered else Delivered(0, "no webhook is set", "")


_five_seconds: Carry = partial(carry, timeout=ANSWER)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None


def _told(status: int, text: str) -> Response:
    return JSONResponse({"message": text}, status)


def _unauthorised() -> Response:
    return Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="Access to SMS Gateway"'})
