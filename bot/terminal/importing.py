"""The command `import-people`: show what a list holds, ask, keep the numbers and write to each once."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot import listfile
from bot.actions import import_people as importing
from bot.actions.import_people import List, Preview
from bot.broadcast import Ledger
from bot.i18n import Catalogues
from bot.listfile import BadList, NoColumn, Table, Why
from bot.terminal import asking, show
from bot.terminal.asking import NotDone
from bot.terminal.opening import operator, wordings
from storage.store import Store

MOST = 12  # rows named of one reason
_HEAD = "row,reason"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed: the list, whose people they are, and where all refused rows go."""

    file: Path
    lab: str
    source: str
    rules: str  # CONVOCA_SMS_BY_COUNTRY
    column: str = ""  # '': the one that is sure
    refused: Path | None = None


def import_people(store: Store, wanted: Wanted, *, yes: bool) -> None:
    """Look at a list, then keep its numbers and ask each of them once."""
    words, out = wordings(), show.console()
    column, given = _given(store, words, wanted)
    seen = store.read(lambda unit: importing.preview(unit, words, given))
    _look(out, seen, column, wanted.refused)
    if not seen.people:
        typer.echo("There is nobody to ask.", err=True)
        raise NotDone
    if seen.unsent:
        raise importing.nobody_sends(words)
    out.print(f"It goes out {asking.when(seen.when, store.read(lambda unit: unit.now), seen.lab.tz)}.")
    asking.number(seen.people, yes=yes)
    lots = store.read(lambda unit: importing.lots(unit, words, given, seen.people))
    return asking.follow(out, store, _in_lots(out, store, words, lots, seen.people), seen.lab.tz, shown=seen.when)


def _in_lots(out: Console, store: Store, words: Catalogues, lots: Sequence[List], people: int) -> Ledger:
    """Each lot by itself, so that whoever writes meanwhile waits for one alone; broken off, it is said again."""
    by, done = operator(), 0
    columns = (TextColumn("Keeping the numbers"), BarColumn(), MofNCompleteColumn())
    try:
        with Progress(*columns, console=out, transient=True) as bar:
            task = bar.add_task("", total=people)
            for lot in lots:
                sent = store.do(lambda unit, lot=lot: importing.import_people(unit, words, lot, by))  # type: ignore[misc]
                done += lot.read.rows
                bar.update(task, completed=done)
    finally:
        if 0 < done < people:
            typer.echo(f"{done} of {people} are asked. Say it again for the rest: nobody is asked twice.", err=True)
    return sent


def _given(store: Store, words: Catalogues, wanted: Wanted) -> tuple[str, List]:
    """The name of the column of the numbers, and the list; read here, where nobody waits for the database."""
    try:
        table = _table(wanted.file, wanted.column)
    except BadList as wrong:
        raise BadList(words.told(wrong.text, **wrong.about)) from None
    lab = store.read(lambda unit: importing.allowed(unit, words, wanted.lab, wanted.source))
    read = listfile.numbers(table.rows, lab.country)
    return table.column, List(read=read, lab=wanted.lab, source=wanted.source, rules=wanted.rules)


def _table(file: Path, column: str) -> Table:
    try:
        with file.open("rb") as opened:
            return listfile.read(opened.read(listfile.BIGGEST + 1), column)
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


def _look(out: Console, seen: Preview, column: str, file: Path | None) -> None:
    out.print(f"[bold]{escape(seen.lab.slug)}[/] {escape(seen.lab.name)} · {escape(seen.source)}")
    out.print(f"The numbers are read from the column «{escape(column)}».")
    refused = sum(map(len, seen.refused.values()))
    out.print(f"{seen.rows} rows: {seen.people} to be asked, {refused} refused.")
    _refusals(out, seen.refused)
    if file is not None:
        _write(file, seen.refused)
        out.print(f"All {refused} refused rows stand in {escape(str(file))}", soft_wrap=True)
    elif any(len(rows) > MOST for rows in seen.refused.values()):
        out.print("  --refused FILE writes every refused row")
    if seen.people:
        _asked(out, seen)


def _asked(out: Console, seen: Preview) -> None:
    show.samples(out, seen.samples)
    senders = ", ".join(f"{n} by {escape(name)}" for name, n in sorted(seen.by_sender.items())) or "no sender yet"
    out.print(f"It goes to [bold]{show.people(seen.people)}[/], once: {senders}. {seen.segments} SMS in all.")
    out.print("Kept of the list: the numbers, sealed, and this source. No names. Without a yes they go in 30 days.")


def _refusals(out: Console, refused: Mapping[Why, Sequence[int]]) -> None:
    """By row, so that neither a number nor a name stands on a screen or in a log."""
    for why, rows in refused.items():
        named = ", ".join(map(str, rows[:MOST])) + (f" and {len(rows) - MOST} more" if len(rows) > MOST else "")
        out.print(f"  row{'s' if len(rows) > 1 else ''} {named}: {why}")


def _write(file: Path, refused: Mapping[Why, Sequence[int]]) -> None:
    """Every refused row in the order of the sheet: its number and the reason. Over nothing but such a file."""
    rows = sorted((row, str(why)) for why, told in refused.items() for row in told)
    try:
        if file.exists() and not file.read_bytes().startswith(_HEAD.encode()):
            raise BadList(f"{file} is there already, and is another file. Name a new one.")
        with file.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened, lineterminator="\n").writerows([_HEAD.split(","), *rows])
    except OSError as wrong:
        raise BadList(f"{file} can not be written: {wrong.strerror}.") from None
