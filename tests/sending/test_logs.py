"""Nothing of a person reaches a log line, whoever writes it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot import logs
from bot.errors import BadSettings, SendError


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """Where the lines go; afterwards everything is as before."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    quiet = {name: logging.getLogger(name).level for name in logs._QUIET}
    logs.configure("json", "debug", written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in quiet.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    "personal",
    [
        "+50760000001",
        "60000001",
        "6000-0001",
        "+507 6000 0001",
        "123456789",
        "ana.perez+lab@example.org",
        "123456789:AAF0123456789abcdefghijklmnopqrstuv",
        "postgresql://convoca:hunter2@db.example.org/convoca",
        "AC0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef",
        "Zx9-0123456789_abcdefghijklmnopqrstuvwxyzABC",
    ],
)
def test_what_looks_like_an_address_or_a_secret_is_blotted_out(out: io.StringIO, personal: str) -> None:
    structlog.get_logger("x").info(f"to {personal} failed", why=f"because of {personal}", all=[personal])
    logging.getLogger("library").warning("for %s", personal)
    text = out.getvalue()
    secret = "hunter2" if "hunter2" in personal else personal
    assert secret not in text
    assert text.count(logs.BLOT) == 4


@pytest.mark.parametrize(
    "harmless",
    ["outbox 123456", "2026-11-20 15:30:00", "port 8000", "127.0.0.1:8000", "3f9a1c77", "rate 0.95", "1.0.0.9"],
)
def test_figures_of_our_own_stay_readable(harmless: str) -> None:
    assert logs.blotted(harmless) == harmless


def test_known_keys_are_dropped(out: io.StringIO) -> None:
    structlog.get_logger("x").info("event", name="Ana", text="no puedo ir", args={"x": 1}, more={"body": "y", "n": 3})
    (line,) = lines(out)
    assert line["more"] == {"n": 3}
    assert not {"name", "text", "args"} & set(line)
    assert "Ana" not in out.getvalue()


def test_an_exception_tells_its_kind_and_place_and_not_what_somebody_wrote(out: io.StringIO) -> None:
    def fails() -> None:
        try:
            int("me llamo Ana")
        except ValueError as error:
            raise KeyError("Ana") from error

    for logger in (structlog.stdlib.get_logger("ours"), logging.getLogger("theirs")):
        try:
            fails()
        except KeyError:
            logger.exception("it broke")
    ours, theirs = lines(out)
    assert ours["error"] == theirs["error"] == "KeyError <- ValueError"
    assert ours["where"][-1].endswith(" fails")
    assert "Ana" not in out.getvalue()


def test_our_own_errors_keep_their_words(out: io.StringIO) -> None:
    structlog.stdlib.get_logger("x").error("stopped", exc_info=SendError("the token is not valid"))
    structlog.stdlib.get_logger("x").error("stopped", exc_info=BadSettings(["CONVOCA_PORT: not a number"]))
    first, second = lines(out)
    assert first["error"] == "SendError: the token is not valid"
    assert second["error"] == "BadSettings: CONVOCA_PORT: not a number"


def test_the_values_of_a_failed_statement_are_cut() -> None:
    told = "(sqlite3.OperationalError) full\n[SQL: INSERT ...]\n[parameters: ('Ana', 'x]y')]\n(Background ...)"
    assert "Ana" not in logs.blotted(told)
    assert "Background" in logs.blotted(told)


def test_libraries_that_log_urls_are_quiet(out: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: POST https://api.telegram.org/bot1:x/sendMessage")
    logging.getLogger("uvicorn.access").info("GET /l/x")
    assert out.getvalue() == ""


def test_the_same_line_for_a_person_at_a_terminal(out: io.StringIO) -> None:
    logs.configure("text", "info", out)
    structlog.stdlib.get_logger("x").info("a process has started", pid=12)
    structlog.stdlib.get_logger("x").debug("not this")
    assert "a process has started" in out.getvalue()
    assert "pid=12" in out.getvalue()
    assert "not this" not in out.getvalue()
