"""The commands `backup`, `restore`, `resume`, `move`: what was done, and what one has to know of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape

from bot import settings as settings_module
from bot.app import App
from bot.terminal import asking, opening, show
from bot.values import database
from storage import backups, lock, migrate, moving, restoring, resuming, vitals
from storage.backups import Backup, BadBackup
from storage.moving import CannotMove
from storage.resuming import Restored
from storage.sealed import KeyRing
from storage.store import Store

_KEY = "Keep CONVOCA_SECRET_KEY in another place: without it names, numbers and messages in here stay sealed for ever."


def backup(folder: Path, days: int, recipients: Sequence[str] = ()) -> None:
    """Make one, then remove those that are too old. Its own name is the last line: for a script.

    recipients  age recipients it is locked for; none: it stays open
    """
    settings, shut = settings_module.load(), lock.locker(recipients) if recipients else _open
    url = settings.database_url
    migrate.require_current(url)
    moving.require_whole(url)
    now = datetime.now(UTC)
    path = folder / (backups.named(now) + (lock.ENDING if recipients else ""))
    try:
        made = backups.make(url, path, program=version("convoca"), now=now, shut=shut)
    except OSError as error:
        raise BadBackup(f"The backup was not made: {error.strerror or type(error).__name__} ({folder}).") from None
    out = show.console()
    _told(out, made)
    with Store(url, settings.secret) as store:  # `convoca check` tells when there is none for two days
        store.do(lambda unit: vitals.note_backup(unit, now))
    for old in backups.expired(folder, now - timedelta(days=days)):
        old.unlink(missing_ok=True)
        out.print(f"Removed {escape(old.name)}: it is older than {days} days.")
    out.print(_KEY)
    typer.echo(made.path)


def _open(_draft: Path) -> None:
    """Not locked."""


def look(file: Path, identity: Path | None) -> None:
    """What a backup holds, after every row was held against its sum."""
    ring, out = _ring(), show.console()
    with _opened(file, identity) as found:
        _told(out, found)
        restoring.require_keys(found, ring)
    out.print("It is whole, and its keys are here.")


def restore(file: Path, identity: Path | None) -> None:
    """Into the database of the settings, which is empty."""
    url, out = settings_module.load().database_url, show.console()
    with _opened(file, identity) as found:
        _told(out, found)
        if migrate.current(url) == migrate.newest():
            moving.require_whole(url)
        restoring.restore(url, found, _ring())
    out.print(f"Restored: {found.rows:,} rows, each compared. Nothing leaves before you have said: convoca resume")
    out.print("1. Who left or asked to be erased after that moment is not known here: do it again now")
    out.print("   (convoca erase).")
    out.print("2. `convoca resume`: what waited then, and what came due since, has most likely been sent.")
    out.print("   It counts as unknown and is not sent again.")
    out.print("3. `convoca check`, then `convoca run`.")


def resume(*, send: bool, yes: bool) -> None:
    """Let a restored database go on: what may have been sent since its backup counts as unknown, or goes now."""
    out = show.console()
    with opening.database() as store:
        restored = store.read(resuming.found)
        if restored is None:
            out.print("This database waits for nothing: it was not restored, or may go on already.")
        elif send:
            _send(out, store, restored, yes=yes)
        else:
            _hold(out, store)


def _hold(out: Console, store: Store) -> None:
    ticks = [tick.work for tick in App.on(store).ticks()]
    doubts = store.do(lambda unit: resuming.hold(unit, ticks))
    for one in doubts:
        out.print(f"Not sent again: {one.messages} of the kind {escape(one.kind)} {escape(one.code)}".rstrip())
    out.print(f"Messages that count as unknown: {sum(one.messages for one in doubts)}.")
    out.print("What comes due from here on goes. Now: convoca check, then convoca run")


def _send(out: Console, store: Store, restored: Restored, *, yes: bool) -> None:
    waiting = store.read(resuming.waiting)
    out.print(
        f"{waiting} messages waited when the backup was made ({restored.made_at:%Y-%m-%d %H:%M} UTC). They go now, and "
        "whatever came due since. Whoever had them from the old database gets them twice."
    )
    asking.agreed("Did the old database send nothing after its backup?", yes=yes)
    store.do(resuming.release)
    out.print("All of it goes on: convoca run")


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


@contextmanager
def _opened(file: Path, identity: Path | None) -> Iterator[Backup]:
    """A whole backup; a locked one is open meanwhile."""
    with ExitStack() as closing:
        try:
            found = backups.look(closing.enter_context(lock.opened(file, identity)))
        except OSError as error:
            raise BadBackup(f"{error.filename or file} can not be read: {error.strerror}.") from None
        yield found


def _ring() -> KeyRing:
    return KeyRing(settings_module.load().secret)


def _told(out: Console, found: Backup) -> None:
    size = decimal(found.path.stat().st_size)
    out.print(f"[bold]{escape(found.path.name)}[/] {size}, {found.rows:,} rows in {len(found.tables)} tables.")
    keys_ = ", ".join(found.keys) or "none"
    out.print(
        f"Made {found.made_at:%Y-%m-%d %H:%M} UTC by Convoca {found.program}, schema {found.schema}. Keys: {keys_}."
    )
