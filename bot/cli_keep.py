"""Commands that keep what is there, or let it go: backup, restore, move, erase. Joined to `convoca` by bot/cli.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

KEPT = 35  # days: what was erased has left every backup by then (people.md, rights)


def backup(
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where backups are kept.")] = Path("backups"),
    days: Annotated[int, typer.Option("--days", min=1, help="Older ones in that folder are removed.")] = KEPT,
    lock: Annotated[
        list[str] | None, typer.Option("--lock", metavar="AGE1...", help="Locked for whoever holds this age key.")
    ] = None,
) -> None:
    """Write everything into one file, beside the running service."""
    from bot.terminal import keeping

    keeping.backup(to, days, lock or ())


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup: backups/convoca-20261121T140500Z.zip")],
    identity: Annotated[
        Path | None, typer.Option("--identity", metavar="KEYFILE", help="The age key of a locked backup.")
    ] = None,
    look: Annotated[bool, typer.Option("--look", help="Only look whether it is whole, and what it needs.")] = False,
) -> None:
    """Make an empty database of a backup: the one that CONVOCA_DATABASE_URL names."""
    from bot.terminal import keeping

    if look:
        keeping.look(file, identity)
    else:
        keeping.restore(file, identity)


def resume(
    send: Annotated[
        bool, typer.Option("--send", help="The old database sent nothing after its backup: what waited goes now.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Answer the questions with yes.")] = False,
) -> None:
    """Let a restored database go on. What may have left since its backup counts as unknown and is not sent again."""
    from bot.terminal import keeping

    keeping.resume(send=send, yes=yes)


def move(
    to: Annotated[str, typer.Argument(metavar="URL", help="An empty database: postgresql://user@host/convoca")],
) -> None:
    """Take everything from SQLite to PostgreSQL, and compare every table. Broken off, say it again."""
    from bot.terminal import keeping

    keeping.move(to)


def erase(
    address: Annotated[
        str, typer.Argument(metavar="CHANNEL:ADDRESS", help="Without it, it is asked for: a shell keeps its history.")
    ] = "",
    person: Annotated[str, typer.Option(metavar="TOKEN", help="Only this one of those who share it: P-7KTQ2C.")] = "",
    keep_ideas: Annotated[
        bool, typer.Option("--keep-ideas", help="Their ideas stay on the public list, without a name.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Answer the questions with yes.")] = False,
) -> None:
    """Erase who uses an address, as BORRAR does, for somebody who asked a person of the team."""
    from bot.terminal import erasing, opening

    with opening.database() as store:
        to = address or typer.prompt("Channel and address (sms:+50760000001)")
        erasing.erase(store, to, person, keep_ideas=keep_ideas, yes=yes)


def join(app: typer.Typer) -> None:
    """Make these commands part of `convoca`."""
    for command in (backup, restore, resume, move, erase):
        app.command()(command)
