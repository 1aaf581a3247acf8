"""The command `import-people`: show what a list holds, ask, keep the numbers and write to each once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from bot import listfile
from bot.actions import import_people as importing
from bot.actions.import_people import List, Preview
from bot.listfile import BadList, NoColumn, Row, Why
from bot.terminal import asking, show
from bot.terminal.asking import NotDone
from bot.terminal.opening import operator, wordings
from storage.store import Store

MOST = 12  # rows named of one reason


def import_people(store: Store, file: Path, lab: str, source: str, rules: str, *, yes: bool) -> None:
    """Look at a list, then keep its numbers and ask each of them once."""
    words, out = wordings(), show.console()
    given = List(rows=_rows(file), lab=lab, source=source, rules=rules)
    seen = store.read(lambda unit: importing.preview(unit, words, given))
    _look(out, seen)
    if not seen.people:
        typer.echo("There is nobody to ask.", err=True)
        raise NotDone
    out.print(f"It goes out {asking.when(seen.when, store.read(lambda unit: unit.now), seen.lab.tz)}.")
    asking.number(seen.people, yes=yes)
    by = operator()
    sent = store.do(lambda unit: importing.import_people(unit, words, given, by, seen.people))
    return asking.follow(out, store, sent, seen.lab.tz)


def _rows(file: Path) -> list[Row]:
    try:
        with file.open("rb") as opened:
            return listfile.read(opened.read(listfile.BIGGEST + 1))
    except OSError as wrong:
        raise BadList(f"{file} can not be read: {wrong.strerror}.") from None
    except NoColumn:
        if file.suffix.lower() != ".xlsx" or _is_zip(file):
            raise
        raise BadList(f"{file.name} is no workbook, or a broken one. Save it anew as .xlsx, or as CSV UTF-8.") from None


def _is_zip(file: Path) -> bool:
    """As every workbook is."""
    with file.open("rb") as opened:
        return opened.read(2) == b"PK"


def _look(out: Console, seen: Preview) -> None:
    out.print(f"[bold]{escape(seen.lab.slug)}[/] {escape(seen.lab.name)} · {escape(seen.source)}")
    refused = sum(map(len, seen.refused.values()))
    out.print(f"{seen.rows} rows: {seen.people} to be asked, {refused} refused.")
    _refusals(out, seen.refused)
    if not seen.people:
        return
    show.samples(out, seen.samples)
    senders = ", ".join(f"{n} by {escape(name)}" for name, n in sorted(seen.by_sender.items()))
    out.print(f"It goes to [bold]{show.people(seen.people)}[/], once: {senders}. {seen.segments} SMS in all.")
    out.print("Kept of the list: the numbers, sealed, and this source. No names. Without a yes they go in 30 days.")


def _refusals(out: Console, refused: Mapping[Why, Sequence[int]]) -> None:
    """By row, so that neither a number nor a name stands on a screen or in a log."""
    for why, rows in refused.items():
        named = ", ".join(map(str, rows[:MOST])) + (f" and {len(rows) - MOST} more" if len(rows) > MOST else "")
        out.print(f"  row{'s' if len(rows) > 1 else ''} {named}: {why}")
