"""How the command line shows things: tables on a screen, plain lines where the output goes on to another program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.actions.load import Report
from bot.actions.status import Choosing, Note, Status
from bot.costs import Cost
from bot.entrances import NAMES
from bot.prices import Prices
from bot.sms import sms_text
from storage.broadcasts import Ledger

PIPED = 200  # columns where no screen sets them
MOST = 8  # notes of one kind on the screen
STYLES = {"published": "green", "open": "green", "draft": "dim", "closed": "cyan"}


def console() -> Console:
    """Stdout. Piped, it is plain text in long lines."""
    screen = Console(highlight=False)
    return screen if screen.is_terminal else Console(highlight=False, width=PIPED, no_color=True)


def moment(at: datetime, tz: str) -> str:
    """'2026-11-21 15:30' on the wall clock of a zone."""
    return f"{at.astimezone(ZoneInfo(tz)):%Y-%m-%d %H:%M}"


def people(n: int) -> str:
    """'1 person', '3 people'."""
    return f"{n} person" if n == 1 else f"{n} people"


def table(out: Console, *columns: str, title: str = "") -> Table:
    """An empty table; without lines where the output is piped."""
    made = Table(title=title, title_justify="left", title_style="bold", pad_edge=False)
    made.box = box.SIMPLE_HEAD if out.is_terminal else None
    for name in columns:
        made.add_column(name, overflow="fold")
    return made


def status(out: Console, found: Status) -> None:
    """The plan on one screen of 80 columns."""
    tz = next((s.tz for lab in found.labs for s in lab.sessions), "UTC")
    nameless = "A plan without a name" if found.labs else "No plan is loaded yet. Say: convoca load FILE"
    out.print(f"[bold]{escape(found.plan or nameless)}[/]")
    out.print(f"[dim]{escape(found.period)}   {moment(found.now, tz)} {tz}[/]")
    for milestone in found.milestones:
        passed = " [yellow](passed)[/]" if milestone.passed else ""
        line = f"  {escape(milestone.number)}. {escape(milestone.due)}{passed}  {escape(milestone.title)}"
        out.print(line, no_wrap=True, overflow="ellipsis")
    if found.labs:
        out.print(_labs(out, found))
    if found.commitments:
        out.print(_commitments(out, found))
    if found.broadcasts:
        out.print(_ledgers(out, found))
    if found.for_a_human:
        out.print(f"Waiting for a human: {people(found.for_a_human)}.")
    _notes(out, "Late", "red", found.late, tz)
    _notes(out, "Next", "bold", found.next, tz)


def _labs(out: Console, found: Status) -> Table:
    rows = table(out, "Lab", "State", "Next session", "Places", "Choice")
    for lab in found.labs:
        meeting, choice = lab.next(found.now), lab.contests[-1] if lab.contests else None
        style = STYLES.get(lab.state, "default")
        rows.add_row(
            escape(lab.slug),
            f"[{style}]{lab.state}[/]",
            f"{meeting.code} {moment(meeting.starts_at, meeting.tz)}" if meeting else "-",
            _places(meeting.registered, meeting.capacity, meeting.waiting) if meeting else "",
            _choice(choice) if choice else "",
        )
    return rows


def _places(taken: int, capacity: int | None, waiting: int) -> str:
    shown = f"{taken}/{capacity}" if capacity is not None else str(taken)
    return f"{shown} +{waiting} waiting" if waiting else shown


def _choice(contest: Choosing) -> str:
    """Turnout alone: what was chosen is nobody's business before the close."""
    turnout = f", {people(contest.ballots)}" if contest.state != "draft" else ""
    return f"{escape(contest.slug)} {contest.state}{turnout}"


def _commitments(out: Console, found: Status) -> Table:
    rows = table(out, "No.", "Commitment", "Entity", "Due", "Status")
    for one in found.commitments:
        style = "red" if one.late else "green" if one.status == "done_neighbours" else "default"
        saw = f" ({one.visits})" if one.visits else ""
        what = f"{escape(one.about)}: {escape(one.text)}{saw}"
        rows.add_row(str(one.number), what, escape(one.entity), escape(one.due or "-"), f"[{style}]{one.status}[/]")
    return rows


def _ledgers(out: Console, found: Status) -> Table:
    rows = table(out, "Told", "About", "Sent", "Failed", "Left out", "Unknown", "Pending", "All")
    for sent in found.broadcasts:
        numbers = (sent.sent, sent.failed, sent.skipped, sent.unknown, sent.pending, sent.audience)
        rows.add_row(f"{sent.kind} {sent.code}", escape(sent.about), *map(str, numbers))
    return rows


def _notes(out: Console, title: str, style: str, notes: Sequence[Note], tz: str) -> None:
    for i, note in enumerate(notes[:MOST]):
        head = f"[{style}]{title}[/]" if i == 0 else " " * len(title)
        at = moment(note.at, tz) if note.at else "now"
        out.print(f"{head}  {at:16}  {escape(note.text)}", overflow="fold")
        if note.command:
            out.print(f"{'':24}[dim]{escape(note.command)}[/]", overflow="fold")
    if len(notes) > MOST:
        out.print(f"{'':6}and {len(notes) - MOST} more: convoca status --json")


def report(out: Console, done: Report) -> None:
    """What a load did."""
    for warning in done.warnings:
        out.print(f"[yellow]Note[/] {escape(warning)}")
    for name in done.created:
        out.print(f"[green]+[/] {escape(name)}")
    for name in done.changed:
        out.print(f"[cyan]~[/] {escape(name)}")
    out.print(f"{len(done.created)} made, {len(done.changed)} changed, {done.unchanged} as they were.")


def reach(out: Console, number: int, by_channel: Mapping[str, int], skipped: Mapping[str, int], segments: int) -> None:
    """Whom an act would reach, and at what cost."""
    channels = ", ".join(f"{n} by {name}" for name, n in sorted(by_channel.items()))
    out.print(f"It goes to [bold]{people(number)}[/]" + (f": {channels}." if channels else "."))
    if skipped:
        out.print("Left out: " + ", ".join(f"{n} {escape(why)}" for why, n in sorted(skipped.items())) + ".")
        if "cap" in skipped:
            out.print("cap: they have had two invitations or stories within a week.")
    if segments:
        out.print(f"{segments} SMS in all.")


def cost(out: Console, found: Cost, prices: Prices) -> None:
    """What an act would cost, a channel each; what has no price says so."""
    if not found.number:
        return
    parts = [_cost(name, n, found, prices) for name, n in sorted(found.number.items())]
    known = prices.day and any(found.amount.values())
    dated = f" (prices of {prices.day:%Y-%m-%d})" if known else ""
    out.print(f"Cost: {escape(', '.join(parts))}{dated}.")
    if None in found.amount.values():
        out.print("What has no price is not in the table that CONVOCA_PRICES names: docs/operating.md.")


def _cost(name: str, number: int, found: Cost, prices: Prices) -> str:
    amount = found.amount[name]
    price = "no price" if amount is None else prices.shown(amount)
    if name != "sms":
        return f"{NAMES[name]} {price}"
    several = len(found.sms) > 1
    langs = ": " + ", ".join(f"{lang} {n}" for lang, n in sorted(found.sms.items())) if several else ""
    return f"SMS {number} segment{'s' if number > 1 else ''}{langs} ({price})"


def samples(out: Console, texts: Mapping[str, str]) -> None:
    """The words, as most people of each channel read them."""
    for channel, text in texts.items():
        out.print(f"[dim]{channel}[/]")
        for line in (sms_text(text) if channel.startswith("sms") else text).splitlines():
            out.print(f"  {escape(line)}")


def ledger(out: Console, now: Ledger) -> None:
    """Where everybody concerned stands."""
    parts = (("sent", now.sent), ("failed", now.failed), ("unknown", now.unknown), ("pending", now.pending))
    counts = ", ".join(f"{n} {name}" for name, n in (*parts, ("left out", now.skipped)) if n)
    out.print(f"Broadcast {now.code}: {people(now.audience)} concerned" + (f": {counts}." if counts else "."))
