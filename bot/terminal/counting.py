"""The published file of a choice: written, and counted again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from bot import recount as counting
from bot.actions import export as exporting
from bot.terminal import show
from bot.terminal.asking import NotDone
from bot.terminal.opening import operator, wordings
from storage import commitments
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


def recount(file: Path, code: str = "") -> int:
    """Count a file again, and look for a receipt in it ('' = none).

    The exit status: 0 equal and the receipt is there, 1 something differs or it is not, 2 it can not be read.
    """
    status = counting.main([str(file)])
    if status == 2 or not code:
        return status
    told = receipt(counting.read(file.read_bytes()).commitments, code)
    typer.echo(told or f"Receipt {code[:40]}: NOT among them. A newer one replaced it, or it is another choice's")
    return status if told else 1


def receipt(committed: Sequence[bytes], code: str) -> str:
    """Where this receipt stands among those under the root; '' when it does not."""
    typed = commitments.typed(code)
    at = next((n for n, one in enumerate(committed) if commitments.code_of(one) == typed), None)
    if at is None:
        return ""
    one, many = committed[at].hex(), len(committed)
    return f"Receipt {commitments.shown(typed)}: counted. Its commitment is line {at + 1} of {many}: {one}"
