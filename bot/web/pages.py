"""Templates, the addresses of our files, and how a page words a moment."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from bot.dates import Way, written
from bot.results import sentence, shortened

HERE = Path(__file__).parent
STATIC = HERE / "static"
_LONG = Way("es_PA", noon="12 mediodía", midnight="12 medianoche")
_SHORT = replace(_LONG, short=True)


def hour(at: datetime) -> str:
    """'3:30 pm', of a moment in the reader's zone."""
    return written(at, _zone(at), "hour", _LONG)


def day(at: datetime) -> str:
    """'sábado 21 nov'."""
    return written(at, _zone(at), "day", _LONG)


def short(mark: str) -> str:
    """A root or a head as the messages name it: 'MWTT-PTXX-K6D4', of 64 hex digits."""
    return shortened(bytes.fromhex(mark))


def short_day(at: datetime) -> str:
    """'sáb 21 nov'."""
    return written(at, _zone(at), "day", _SHORT)


def _zone(at: datetime) -> str:
    if not isinstance(at.tzinfo, ZoneInfo):
        raise ValueError("a page shows a moment in somebody's zone, never in a bare offset")
    return at.tzinfo.key


@cache
def asset(name: str) -> str:
    """The address of a file of ours, with its hash: a browser may keep it for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


@cache
def _environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals["asset"] = asset
    env.filters.update(hour=hour, day=day, short=short, short_day=short_day, sentence=sentence)
    return env


@cache
def weight(name: str) -> int:
    """The bytes of a file of ours."""
    return (STATIC / name).stat().st_size


def render(template: str, /, **values: Any) -> str:
    """The text of a template."""
    return _environment().get_template(template).render(**values)


def page(
    template: str, /, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """A template as an answer."""
    return HTMLResponse(render(template, **values), status_code=status, headers=headers)
