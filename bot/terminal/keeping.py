"""The commands `backup`, `restore`, `move`: what was done, and what one has to know of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape

from bot import settings as settings_module
from bot.terminal import show
from bot.values import database
from storage import backups, migrate, moving, restoring
from storage.backups import Backup, BadBackup
from storage.moving import CannotMove
from storage.sealed import KeyRing

_KEY = "Keep CONVOCA_SECRET_KEY in another place: without it names, numbers and messages in here stay sealed for ever."


def backup(folder: Path, days: int) -> None:
    """Make one, then remove those that are too old. Its own name is the last line: for a script."""
    settings = settings_module.load()
    migrate.require_current(settings.database_url)
    moving.require_whole(settings.database_url)
    now = datetime.now(UTC)
    try:
        made = backups.make(settings.database_url, folder / backups.named(now), program=version("convoca"), now=now)
    except OSError as error:
        raise BadBackup(f"The backup was not made: {error.strerror or type(error).__name__} ({folder}).") from None
    out = show.console()
    _told(out, made)
    for old in backups.expired(folder, now - timedelta(days=days)):
        old.unlink(missing_ok=True)
        out.print(f"Removed {escape(old.name)}: it is older than {days} days.")
    out.print(_KEY)
    typer.echo(made.path)


def look(file: Path) -> None:
    """What a backup holds, after every row was held against its sum."""
    found, ring = _opened(file), _ring()
    out = show.console()
    _told(out, found)
    restoring.require_keys(found, ring)
    out.print("It is whole, and its keys are here.")


def restore(file: Path) -> None:
    """Into the database of the settings, which is empty."""
    settings, found, out = settings_module.load(), _opened(file), show.console()
    _told(out, found)
    if migrate.current(settings.database_url) == migrate.newest():
        moving.require_whole(settings.database_url)
    doubts = restoring.restore(settings.database_url, found, _ring())
    out.print(f"Restored: {found.rows:,} rows, each compared.")
    if doubts:
        out.print(f"{doubts} messages waited when it was made. They may have left since, so they are not sent again.")
        out.print("`convoca status` shows them as unknown.")
    out.print("Who left or asked to be erased after that moment is not known here: do it again before you go on.")


def move(to: str) -> None:
    """From the database of the settings to another one."""
    settings, out = settings_module.load(), show.console()
    try:
        target = database(to)
    except ValueError as wrong:
        raise CannotMove(f"Where to: {wrong}.") from None
    with out.status("Moving") as shown:
        count = moving.move(settings.database_url, target, lambda name, n: shown.update(f"{name}: {n:,} rows, equal"))
    out.print(f"Moved: {count:,} rows, every table compared and equal.")
    out.print(
        "Now name the new database in CONVOCA_DATABASE_URL and start Convoca. Keep the old file until you are sure."
    )


def _opened(file: Path) -> Backup:
    try:
        return backups.look(file)
    except OSError as error:
        raise BadBackup(f"{file} can not be read: {error.strerror}.") from None


def _ring() -> KeyRing:
    return KeyRing(settings_module.load().secret)


def _told(out: Console, found: Backup) -> None:
    size = decimal(found.path.stat().st_size)
    out.print(f"[bold]{escape(found.path.name)}[/] {size}, {found.rows:,} rows in {len(found.tables)} tables.")
    keys_ = ", ".join(found.keys) or "none"
    out.print(
        f"Made {found.made_at:%Y-%m-%d %H:%M} UTC by Convoca {found.program}, schema {found.schema}. Keys: {keys_}."
    )
