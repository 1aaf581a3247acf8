"""Questions before an act that reaches people, and the bar that follows it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot import costs, dates, quiet, settings
from bot.costs import Mailing
from bot.errors import Refused
from bot.terminal import show
from storage import broadcasts
from storage.broadcasts import Ledger
from storage.store import Store

STILL = 15.0  # seconds without any progress, after which we stop watching
LOOK = 0.25  # seconds between two looks


def cost(out: Console, store: Store, mailings: Sequence[Mailing]) -> None:
    """What it would cost, by the operator's table of prices."""
    prices = settings.load(need_key=False).price_table
    if mailings:
        show.cost(out, store.read(lambda unit: costs.of(unit, mailings, prices)), prices)


def number(people: int, *, yes: bool) -> None:
    """The number of people is typed before they are written to. Another answer: nothing is done."""
    if yes:
        return
    typed = typer.prompt("Type the number of people to go on").strip()
    if typed != str(people):
        typer.echo(f"You typed {typed[:20]}; it would go to {people}.", err=True)
        raise NotDone


def agreed(question: str, *, yes: bool) -> None:
    """Yes or no; no: nothing is done."""
    if not yes and not typer.confirm(question):
        raise NotDone


class NotDone(typer.Exit):
    """The person thought better of it. Exit code 1, so that a script notices."""

    def __init__(self) -> None:
        typer.echo("Nothing was done.", err=True)
        super().__init__(1)


def moment(store: Store, typed: str, tz: str) -> datetime:
    """What was typed, there. Raises Refused."""
    now = store.read(lambda unit: unit.now).astimezone(ZoneInfo(tz))
    try:
        return datetime.strptime(typed.strip(), "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(tz))
    except ValueError:
        found = dates.read_moment(typed, now.date())
    if found is None:
        raise Refused(f"{typed!r} is no day with an hour. Write it as 2026-11-21 15:30, or sábado 21 nov 3:30 pm.")
    if not found.agrees:
        raise Refused(f"{found.at:%Y-%m-%d} is another weekday. Write the one or the other.")
    return found.at.replace(tzinfo=ZoneInfo(tz))


def follow(out: Console, store: Store, sent: Ledger, tz: str, shown: datetime | None = None) -> None:
    """On a screen: a bar while the messages leave. The sender process does the work; this only looks.

    shown: the hour that was printed already.
    """
    if sent.due_at > (now := store.read(lambda unit: unit.now)):
        if sent.due_at != shown:
            out.print(f"It goes out {when(sent.due_at, now, tz)}.")
    elif out.is_terminal and sent.pending:
        _watch(out, store, sent.broadcast_id)
    show.ledger(out, store.read(lambda unit: broadcasts.ledger(unit, sent.broadcast_id)))


def _watch(out: Console, store: Store, broadcast_id: int) -> None:
    columns = (TextColumn("Sending"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=out, transient=True) as bar:
        task, moved, before = bar.add_task("Sending"), time.monotonic(), -1
        while time.monotonic() - moved < STILL:
            now = store.read(lambda unit: broadcasts.ledger(unit, broadcast_id))
            concerned = now.audience - now.skipped
            bar.update(task, total=concerned, completed=concerned - now.pending)
            if now.pending == 0:
                return
            if now.pending != before:
                moved, before = time.monotonic(), now.pending
            time.sleep(LOOK)
    out.print("Nothing moves: is a sender running? It goes on by itself once `convoca run` does.")


def when(at: datetime, now: datetime, tz: str) -> str:
    """'at once', or the hour it waits for; that quiet hours hold it is said where they do."""
    if at <= now:
        return "at once"
    return f"at {show.moment(at, tz)}" + (", after the quiet hours" if at == quiet.held(now, tz) else "")
