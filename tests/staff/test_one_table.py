"""docs/operating.md: every act of the team by chat has its command, and every exception its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bot import cli_staff, cli_told
from bot.cli import app
from bot.talk import STAFF
from tests.kit import parts
from tests.test_docs import commands

PAGE = Path(__file__).parents[2] / "docs" / "operating.md"
ALONE = {  # of the whole of `convoca`, what is no act of the team but the care of the machine
    *(f"convoca {word}" for word in ("demo", "run", "migrate", "check", "rekey", "status", "talk")),
    *(f"convoca {word}" for word in ("backup", "restore", "resume", "move")),
}


def rows(title: str) -> Iterator[tuple[str, str]]:
    """The two columns of the table below a heading."""
    page = PAGE.read_text(encoding="utf-8").split(f"### {title}\n", 1)[1]
    for line in re.split(r"\n##", page, maxsplit=1)[0].splitlines():
        if line.startswith("| `") or line.startswith("| the "):
            left, right = line.strip("| ").split(" | ", 1)
            yield left, right


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def known() -> set[str]:
    return set(commands(app, "convoca"))


def named(cell: str) -> set[str]:
    """The commands of a cell: 'convoca session close' of `convoca session close sm1 --count 40`."""
    found = set()
    for words in quoted(cell):
        parts_ = words.split()
        found |= {one for n in (2, 3) if (one := " ".join(parts_[:n])) in known()}
    return found


def test_every_word_of_the_team_has_its_command_and_no_other_is_taught() -> None:
    table = dict(rows("The same from the command line"))
    taught = {word for cell in table for word in quoted(cell)}
    ours = {one.words[0].upper() for one in parts().registry.by_name.values() if one.act and one.words}
    assert ours == taught
    assert [cell for cell, command in table.items() if not named(command)] == []


def test_what_is_done_in_one_place_alone_says_why() -> None:
    table = list(rows("The same from the command line"))
    alone = list(rows("In one place alone"))
    assert [cell for cell, why in alone if len(why.split()) < 4] == []
    both = {command for _words, cell in table for command in named(cell)}
    only = {command for cell, _why in alone for command in named(cell)}
    assert both & only == set()
    assert known() - both - only == ALONE


def test_what_is_asked_of_somebody_of_the_team_is_in_one_of_the_tables() -> None:
    """Conversations without a word begin by themselves: each of them stands among the exceptions, by its name."""
    asked = {one.name.removeprefix(STAFF) for one in parts().registry.by_name.values() if one.act and not one.words}
    told = {"decided", "refused", "not_corrected", "unread"}  # these say something and ask nothing
    cells = " ".join(cell for cell, _ in (*rows("The same from the command line"), *rows("In one place alone")))
    assert {name for name in asked - told if name.replace("_", " ") not in cells} == set()
    assert cli_staff.__doc__
    assert cli_told.__doc__
