"""Logs: one line an event, ours and every library's, with nothing in it that belongs to a person.

Three guards, whoever wrote the line: keys that carry words or names of people are dropped; what looks like an address
or a secret is blotted out of every text; of an exception we tell its kind and where it happened, but its own words
only if it is one of ours, because theirs may quote what somebody wrote.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.errors import ConvocaError, SendError

_WORDS = """
address addresses answer answers args body button from_ location message name names options params parameters password
payload phone profile raw reply secret text to token value words
"""
DROPPED = frozenset(_WORDS.split())
BLOT = "[…]"

_ADDRESS_LIKE = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # an e-mail address
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user:password of a URL
    r"|\b\d{6,}:[A-Za-z0-9_-]{20,}"  # a Telegram token
    r"|(?<![\w.:/-])(?!\d{4}-\d\d-\d\d\b)\+?\d(?:[ .-]?\d){6,14}(?![\w:-])"  # a telephone number or a chat's id
    r"|\b[A-Z]{2}[0-9a-f]{32}\b|\b[0-9a-fA-F]{32,}\b"  # Twilio's ids and tokens, keys in hex
    r"|\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{40,}\b"  # other keys
)
_SQL_VALUES = re.compile(r"\[parameters: .*?\](?=\n|$)", re.S)
_QUIET = (
    "alembic",
    "apscheduler",
    "asyncio",
    "httpcore",
    "httpx",
    "multipart",
    "python_multipart",
    "telegram",
    "twilio",
    "uvicorn.access",
)
_OWN = (ConvocaError, SendError)


def error_id() -> str:
    """What an operator looks for in the log, and a person may be told: eight characters by chance."""
    return os.urandom(4).hex()


def blotted(text: str) -> str:
    """The text without what looks like an address or a secret."""
    return _ADDRESS_LIKE.sub(BLOT, _SQL_VALUES.sub("", text))


def configure(form: Literal["text", "json"] = "text", level: str = "info", out: TextIO | None = None) -> None:
    """Send every log line of this process, from whatever library, through the guards to `out` (stderr)."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _tell_where,
        _drop_personal,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out or sys.stderr)
    last = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(form)]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:  # httpx writes whole URLs, and Telegram's hold the token
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _renderer(form: str) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(colors=False, pad_event_to=30)


def _tell_where(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """An exception as its kinds and places, without what it quotes."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["error"] = " <- ".join(_told(e) for e in _chain(error))
        event["where"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)][-12:]
    return event


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return chain


def _told(error: BaseException) -> str:
    kind = type(error).__name__
    if isinstance(error, _OWN):
        return f"{kind}: {error}"
    if isinstance(error, OSError) and error.strerror:
        return f"{kind}: {error.strerror}"
    return kind


def _drop_personal(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for key in [key for key in event if key.lower() in DROPPED]:
        del event[key]
    for key in [key for key in event if not key.startswith("_") and key != "timestamp"]:
        event[key] = _safe(event[key])
    return event


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return blotted(value)
    if isinstance(value, Mapping | MutableMapping):
        return {k: _safe(v) for k, v in value.items() if str(k).lower() not in DROPPED}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe(v) for v in value]
    return value if isinstance(value, int | float | bool | None) else blotted(str(value))
