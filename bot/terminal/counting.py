"""The published file of a choice: written, and counted again."""

from __future__ import annotations

from pathlib import Path

import typer

from bot import recount as counting
from bot.actions import export as exporting
from bot.terminal import show
from bot.terminal.asking import NotDone
from bot.terminal.opening import operator, wordings
from storage.store import Store


def export(store: Store, slug: str, out: Path) -> None:
    """Write the file of a contest that has closed. A file that is there is not written over."""
    words, by = wordings(), operator()
    made = store.do(lambda unit: exporting.export(unit, words, slug, by))
    try:
        with out.open("xb") as file:
            file.write(made.data)
    except FileExistsError:
        if out.read_bytes() != made.data:
            typer.echo(f"{out} is there already, and another one. Name a new file.", err=True)
            raise NotDone from None
    screen = show.console()
    screen.print(f"{out}: {made.ballots} ballots, root {made.root}", soft_wrap=True)
    screen.print(f"SHA-256 {made.sha256}", soft_wrap=True)
    screen.print(f"Anybody can count it again: convoca recount {out}", soft_wrap=True)


def recount(file: Path) -> int:
    """Count a file again; the exit status: 0 equal, 1 something differs, 2 it can not be read."""
    return counting.main([str(file)])
