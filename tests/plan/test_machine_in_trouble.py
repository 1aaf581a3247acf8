"""What the machine refuses is told in a sentence with what to do: no traceback, and nothing is lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from bot import settings
from bot.terminal import serving
from storage import migrate
from storage.machine import Machine
from tests.plan.test_cli import Shell, bare, free_port, shell

__all__ = ["bare", "shell"]  # fixtures


def told(opened: Shell, *words: str) -> str:
    """What it says when it can not be done."""
    assert opened.say(*words) == 1
    assert "Traceback" not in opened.err
    return opened.err


@pytest.mark.parametrize("words", [("migrate",), ("demo", "--port", str(free_port())), ("status",), ("check",)])
def test_a_file_where_the_folder_should_be(shell: Shell, words: tuple[str, ...]) -> None:
    Path("data").write_text("mine")
    assert "data" in told(shell, *words)
    assert Path("data").read_text() == "mine"


@pytest.mark.parametrize("words", [("status",), ("check",), ("migrate",)])
def test_a_file_that_is_no_database(shell: Shell, words: tuple[str, ...]) -> None:
    Path("letters.txt").write_text("Dear Ana,\n" * 200)
    shell.set(DATABASE_URL="sqlite:///letters.txt")
    assert "file is not a database" in told(shell, *words)
    assert Path("letters.txt").read_text() == "Dear Ana,\n" * 200


@pytest.mark.parametrize(
    ("number", "advice"),
    [(errno.EACCES, "belong to the account"), (errno.ENOSPC, "Make room"), (errno.EIO, "mend that")],
)
def test_what_the_system_refuses(shell: Shell, monkeypatch: pytest.MonkeyPatch, number: int, advice: str) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise OSError(number, os.strerror(number), "data/convoca.db.machine")

    assert shell.say("migrate") == 0
    monkeypatch.setattr("storage.machine.Machine.__init__", refuse)
    said = told(shell, "status")
    assert advice in said
    assert "data/convoca.db.machine" in said


def test_a_folder_that_became_read_only_does_not_spoil_what_was_done(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shell.say("migrate") == 0

    def refuse(_path: Path, **_more: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    assert shell.say("status") == 0


@pytest.mark.parametrize("words", [("decide", "agua", "--because", "caf\udce9"), ("announce", "\udcff")])
def test_words_that_are_no_text_are_not_understood(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell.say(*words) == 2
    assert "UTF-8" in shell.err
    assert "Traceback" not in shell.err


def test_starting_over_beside_a_running_demonstration_takes_nothing_from_it(bare: Shell) -> None:
    serving.demo_settings("127.0.0.1", 8000)
    migrate.upgrade(settings.load().database_url)
    running = Machine(Path("data/demo.db"))
    before = Path("data/demo.db").stat().st_ino
    try:
        assert "another demonstration" in told(bare, "demo", "--fresh", "--port", str(free_port()))
        assert Path("data/demo.db").stat().st_ino == before
        assert Path("data/demo.db.machine").exists()
    finally:
        running.leave()
