"""What went over the wire, in words: both directions, in order, secrets as dots.

What the product asks is in each provider's log; what a provider posts is written down here, by its `carry`.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fakes._post import TIMEOUT, Carry, Outgoing, carry
from fakes._seen import Exchange
from fakes.provider import Provider

DOTS = "••••••"
KEPT = 60  # lines shown
LONGEST = 300  # characters of a value
SECRET = ("secret", "signature", "authorization", "password", "token")  # in the name of a field: its value is dots
# What a reader looks for, in this order, of whatever provider; the rest stands under "all".
MATTERS = (
    "text", "Body", "textMessage.text", "payload.message", "message.text", "edited_message.text", "buttons",
    "ContentVariables", "callback_query.data", "ButtonPayload", "ListId", "my_chat_member.new_chat_member.status",
    "payload.reason", "ErrorCode", "OptOutType", "chat_id", "message.chat.id", "callback_query.from.id",
    "my_chat_member.chat.id", "From", "To", "phoneNumbers", "payload.phoneNumber", "payload.messageId",
    "message_id", "callback_query_id", "MessageSid", "id", "event", "url", "secret_token", "commands",
    "description", "short_description", "language_code",
)  # fmt: skip
SHOWN = 4  # fields that stand open
MISBEHAVED = {
    "Throttle": "contestó 429, no aceptó",
    "Refuse": "lo rechazó",
    "Fail": "contestó 5xx, no aceptó",
    "AcceptThenFail": "lo aceptó y contestó 500",
    "Reset": "cortó la conexión, no aceptó",
    "AcceptThenReset": "lo aceptó y cortó la conexión",
    "Stall": "lo aceptó y tardó en contestar",
    "Garbage": "lo aceptó y contestó sin sentido",
}
TWILIO = {
    "CreateMessage": "POST /2010-04-01/Accounts/{AccountSid}/Messages.json",
    "FetchContent": "GET /v1/Content/{Sid}",
    "FetchApproval": "GET /v1/Content/{Sid}/ApprovalRequests",
    "FetchBalance": "GET /2010-04-01/Accounts/{AccountSid}/Balance.json",
    "FetchAccount": "GET /2010-04-01/Accounts/{Sid}.json",
}

Field = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One webhook, as it went. status 0: nobody answered; `why` says what happened."""

    id: str
    at: float
    provider: str
    out: Outgoing
    status: int
    why: str
    again: bool  # it had gone out before


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the page, ready to be shown."""

    id: str
    at: float  # seconds since 1970
    provider: str  # 'telegram': the key of its colours
    name: str  # 'Telegram'
    inward: bool  # the provider calls the product
    operation: str  # 'sendMessage', 'message'
    request: str  # 'POST /bot••••••/sendMessage'
    headers: Sequence[Field]
    fields: Sequence[Field]  # those that matter
    more: Sequence[Field]  # the others
    status: int
    misbehaved: str


class Wire:
    """The webhooks of every provider, newest last, and what must not be shown of anything.

    secrets  texts that become dots wherever they stand
    """

    def __init__(self, secrets: Sequence[str], clock: Callable[[], float] = time.time) -> None:
        self._secrets = sorted((secret for secret in secrets if secret), key=len, reverse=True)
        self._clock = clock
        self._lock = threading.Lock()
        self._count = 0
        self._calls: deque[Call] = deque(maxlen=3 * KEPT)
        self._out: deque[tuple[str, str, bytes]] = deque(maxlen=3 * KEPT)

    def carrying(self, provider: str, timeout: float = TIMEOUT, carry: Carry | None = None) -> Carry:
        """A `carry` for this provider that writes down what it carries."""
        carrying = carry or _by_http(timeout)

        def carried(out: Outgoing) -> tuple[int, str]:
            at = self._clock()
            status, body = carrying(out)
            self._note(provider, out, at, status, body)
            return status, body

        return carried

    def _note(self, provider: str, out: Outgoing, at: float, status: int, body: str) -> None:
        with self._lock:
            self._count += 1
            again = (provider, out.id, out.body) in self._out
            self._out.append((provider, out.id, out.body))
            why = "" if status else body
            self._calls.append(
                Call(id=f"i{self._count}", at=at, provider=provider, out=out, status=status, why=why, again=again)
            )

    def lines(self, providers: Mapping[str, tuple[str, Provider]]) -> list[Line]:
        """The newest lines of all providers (key -> name, provider), oldest first."""
        with self._lock:
            calls = list(self._calls)
        found = [self._posted(call, providers[call.provider][0]) for call in calls if call.provider in providers]
        for key, (name, provider) in providers.items():
            with provider.changed:
                first = max(0, len(provider.log) - KEPT)
                log = list(enumerate(provider.log[first:], first))
            found += [self._asked(f"{key}{n}", key, name, exchange) for n, exchange in log]
        return sorted(found, key=lambda line: line.at)[-KEPT:]

    def _posted(self, call: Call, name: str) -> Line:
        out, to = call.out, urlsplit(call.out.url)
        told = list(_flat(_content(out)))
        fields, more = self._parted(told)
        headers = [(header, value) for header, value in out.headers.items() if header.lower().startswith(("x-", "i-"))]
        return Line(
            id=call.id, at=call.at, provider=call.provider, name=name, inward=True, operation=_event(out, told),
            request=self.dotted(f"{out.method} {to.path}"), headers=[self._safe(*pair) for pair in headers],
            fields=fields, more=more, status=call.status,
            misbehaved=", ".join(["llega otra vez"] * call.again + [f"nadie contestó: {call.why}"] * bool(call.why)),
        )  # fmt: skip

    def _asked(self, id: str, key: str, name: str, exchange: Exchange) -> Line:
        fields, more = self._parted(list(_flat(exchange.params)))
        request, headers = _request(key, exchange.operation)
        return Line(
            id=id, at=exchange.at, provider=key, name=name, inward=False, operation=exchange.operation,
            request=request, headers=headers, fields=fields, more=more, status=exchange.status,
            misbehaved=MISBEHAVED.get(exchange.misbehaved, exchange.misbehaved),
        )  # fmt: skip

    def _parted(self, told: Sequence[Field]) -> tuple[list[Field], list[Field]]:
        """(what matters, the rest); of an unknown request its first fields matter."""
        known = dict(told)
        first = [name for name in MATTERS if known.get(name)] or [name for name, _ in told]
        shown = first[:SHOWN]
        safe = [self._safe(name, known[name]) for name in shown]
        return safe, [self._safe(name, value) for name, value in told if name not in shown]

    def _safe(self, name: str, value: str) -> Field:
        if any(word in name.lower() for word in SECRET):
            return name, DOTS
        return name, self.dotted(value)[:LONGEST]

    def dotted(self, text: str) -> str:
        """The text with every secret as dots."""
        for secret in self._secrets:
            text = text.replace(secret, DOTS)
        return text


def _by_http(timeout: float) -> Carry:
    return lambda out: carry(out, timeout)


def _content(out: Outgoing) -> Mapping[str, Any]:
    """The fields of a webhook's body: JSON, or a form."""
    text = out.body.decode(errors="replace")
    if text.startswith("{"):
        try:
            return dict(json.loads(text))
        except ValueError:
            return {"body": text}
    return dict(parse_qsl(text, keep_blank_values=True))


def _event(out: Outgoing, told: Sequence[Field]) -> str:
    """What is told: 'callback_query' (Telegram), 'sms:received' (the phone), 'message' or a status (Twilio)."""
    known = dict(told)
    if "update_id" in known:
        return next((name.partition(".")[0] for name, _ in told if "." in name), "update")
    return known.get("event") or known.get("MessageStatus") or ("message" if out.kind == "message" else out.kind)


def _request(key: str, operation: str) -> tuple[str, list[Field]]:
    """(how the request begins, its headers that matter): a token in an address or a header is dots from the start."""
    if key == "telegram":
        return f"POST /bot{DOTS}/{operation}", []
    proof = [("Authorization", f"Basic {DOTS}")]
    if " " in operation:  # 'POST /messages', as the phone's gateway names its operations
        return operation, proof
    return TWILIO.get(operation, operation), proof


def _flat(value: Any, name: str = "") -> Iterator[Field]:
    """Nested fields by dotted names; lists of plain values joined; keyboards as their labels."""
    if name.endswith("reply_markup"):
        labels = list(_labels(value))
        yield (name.removesuffix("reply_markup") + "buttons", " · ".join(labels) or "(ninguno)")
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _flat(one, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(one, Mapping | list) for one in value):
        yield (name, json.dumps(value, ensure_ascii=False))
    elif isinstance(value, list):
        yield (name, ", ".join(map(str, value)))
    else:
        yield (name, "" if value is None else str(value))


def _labels(markup: Any) -> Iterator[str]:
    if isinstance(markup, Mapping):
        if "text" in markup:
            yield str(markup["text"])
        for one in markup.values():
            yield from _labels(one)
    elif isinstance(markup, list):
        for one in markup:
            yield from _labels(one)
