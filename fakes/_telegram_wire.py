"""Telegram's wire: a call as it comes (form, JSON, multipart, query), and answers and errors as they go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

# Parameters that are objects or lists: JSON strings inside a form.
_OBJECTS_WORDS = (
    "allowed_updates caption_entities commands entities link_preview_options media menu_button message_ids"
    " reply_markup reply_parameters scope"
)
_OBJECTS = frozenset(_OBJECTS_WORDS.split())


class TelegramError(Exception):
    """Telegram refuses: error_code, description, and parameters for whom to wait or where to go."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def body(self) -> dict[str, Any]:
        """As it is written in the answer."""
        body = {"ok": False, "error_code": self.code, "description": self.description}
        return {**body, "parameters": self.parameters} if self.parameters else body

    def response(self) -> Response:
        """The answer; the HTTP status is the error code."""
        return JSONResponse(self.body(), self.code)


def bad(description: str, **parameters: int) -> TelegramError:
    """400 Bad Request."""
    return TelegramError(400, f"Bad Request: {description}", **parameters)


class Breach(TelegramError):
    """A refusal that a correct bot never meets: the fake notes it as a fault."""


def breach(description: str) -> Breach:
    """400 Bad Request, for what the limits forbid."""
    return Breach(400, f"Bad Request: {description}")


def forbidden(description: str) -> TelegramError:
    """403 Forbidden."""
    return TelegramError(403, f"Forbidden: {description}")


def conflict(description: str) -> TelegramError:
    """409 Conflict."""
    return TelegramError(409, f"Conflict: {description}")


def too_many(seconds: int) -> TelegramError:
    """429, with the seconds to wait."""
    return TelegramError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `given` as it came, for the specification; `get` reads it leniently, as Telegram does."""

    method: str
    given: Mapping[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A text; '' when it is not given."""
        value = self.given.get(name, "")
        return value if isinstance(value, str) else json.dumps(value)

    def number(self, name: str, default: int = 0) -> int:
        """A number. Raises TelegramError: it is none."""
        try:
            return int(self.given.get(name, default))
        except (TypeError, ValueError) as fault:
            raise breach(f'invalid parameter "{name}": a number is expected') from fault

    def true(self, name: str) -> bool:
        """Whether a switch is on."""
        return str(self.given.get(name, "")).lower() in ("true", "1", "yes")

    def json(self, name: str) -> Any:
        """An object or a list, None when it is not given. Raises TelegramError: it is not JSON."""
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError as fault:
            raise breach(f"can't parse {name.replace('_', ' ')} JSON object") from fault

    def plain(self) -> dict[str, Any]:
        """The parameters for the log, with objects read."""
        return {name: _read(name, value) for name, value in self.given.items()}


def _read(name: str, value: Any) -> Any:
    if name in _OBJECTS and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


async def call_of(request: Request) -> Call:
    """The call in a request. Raises TelegramError: the body can not be read."""
    method, given = request.path_params["method"], dict[str, Any](request.query_params)
    files: dict[str, bytes] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        given |= _object(await request.body())
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        async with request.form() as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[name] = await value.read()
                else:
                    given[name] = value
    return Call(method, given, files)


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError as fault:
        raise breach("can't parse JSON object") from fault
    if not isinstance(value, dict):
        raise breach("can't parse JSON object")
    return value


# --- lengths ------------------------------------------------------------------------------------------------------

_TAGS_WORDS = "b strong i em u ins s strike del span tg-spoiler a tg-emoji tg-time code pre blockquote"
_TAGS = frozenset(_TAGS_WORDS.split())


class _Html(HTMLParser):
    """HTML as Telegram reads it: few tags, each closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            raise breach(f'can\'t parse entities: Unsupported start tag "{tag}"')
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            raise breach(f'can\'t parse entities: Unmatched end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def text(self) -> str:
        if self._open:
            raise breach(f"can't parse entities: Can't find end tag corresponding to start tag \"{self._open[-1]}\"")
        return "".join(self.words)


def shown_text(text: str, parse_mode: str) -> str:
    """The words after the entities were parsed. Raises TelegramError: they can not be. Markdown is left as it is."""
    if parse_mode.lower() not in ("", "html", "markdown", "markdownv2"):
        raise breach("unsupported parse_mode")
    if parse_mode.lower() != "html":
        return text
    parser = _Html()
    parser.feed(text)
    parser.close()
    return parser.text()


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 code units, an emoji is two."""
    return len(text.encode("utf-16-le")) // 2
