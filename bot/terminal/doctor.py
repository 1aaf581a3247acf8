"""How the installation stands, and what to do where it does not stand well: the last part of `convoca check`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from sqlalchemy import make_url

from bot.settings import Settings
from bot.terminal import certificate, show
from storage import sqlite
from storage.store import Store
from storage.vitals import STILL, Failed, Standing, Vitals, vitals

ROOM = 1_000_000_000  # bytes that have to be free: a broadcast to 100,000 people writes a tenth of it
APART = timedelta(seconds=5)  # how far the database's clock may be from this machine's
NIGHTLY = timedelta(days=2)  # a nightly backup that is older was missed
RENEWED = timedelta(days=14)  # those who renew by themselves do it 30 days before


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was looked at."""

    what: str  # 'Backup'
    how: str  # how it stands
    to_do: str = ""  # what is wrong and what to do about it; '': nothing


def look(out: Console, settings: Settings, store: Store) -> Iterator[str]:
    """Show everything that was looked at; the faults."""
    standing, now = store.read(vitals), datetime.now(UTC)
    found = [*room(settings.database_url), *judged(standing, now), *_certificate(settings.public_url, now)]
    rows = show.table(out, "Looked at", "How it stands")
    for one in found:
        rows.add_row(one.what, f"[red]{escape(one.how)}[/]" if one.to_do else escape(one.how))
    out.print(rows)
    yield from (one.to_do for one in found if one.to_do)


def judged(found: Vitals, now: datetime) -> list[Found]:
    """What the database tells of itself; `now` of this machine's clock, aware."""
    return [
        _clock(found, now),
        _backup(found),
        _failed(found.failed),
        *(
            map(_standing, found.standing)
            if found.standing
            else [Found("Queues", "nothing waits longer than it should")]
        ),
    ]


def room(url: str) -> Iterator[Found]:
    """The disk of an SQLite file; PostgreSQL has its own."""
    made = make_url(url)
    if made.get_backend_name() != "sqlite":
        return
    folder = Path(sqlite.file_of(made)).absolute().parent
    free = shutil.disk_usage(folder).free
    how = f"{decimal(free)} free in {folder}"
    little = f"Only {how}: when it is full nothing is taken in any more. Make room: old backups, logs, other programs"
    yield Found("Disk", how, little if free < ROOM else "")


def _clock(found: Vitals, now: datetime) -> Found:
    apart = abs(found.now - now)
    if apart > APART:
        told = f"{apart.total_seconds():.0f} seconds from this machine's"
        return Found("Clock", told, f"The database's clock is {told}: set both by NTP (`timedatectl`)")
    if not found.believed:
        why = "The clock stands more than 30 days after the last moment that was seen: nothing is erased meanwhile"
        return Found("Clock", "in doubt", f"{why}. Look at `date -u`")
    return Found("Clock", f"{now:%Y-%m-%d %H:%M} UTC")


def _backup(found: Vitals) -> Found:
    how_to = "`convoca backup --to FOLDER`, every night by the timer of docs/operating.md"
    if found.backup is None:
        young = found.since is None or found.now - found.since < NIGHTLY
        return Found("Backup", "none yet", "" if young else f"No backup was made yet. Say: {how_to}")
    told = f"{found.backup:%Y-%m-%d %H:%M} UTC"
    late = f"The newest backup is of {told}. Look why the later ones failed, then say: {how_to}"
    return Found("Backup", told, late if found.now - found.backup > NIGHTLY else "")


def _failed(failed: Failed | None) -> Found:
    if failed is None:
        return Found("Failed messages", "none in 7 days")
    told = f"{failed.messages} in 7 days, the newest {failed.newest:%Y-%m-%d %H:%M} UTC"
    why = f"Messages that came in met a fault of ours: {told}. They got an apology. The log has it as error"
    return Found("Failed messages", told, f"{why} {failed.error_id}: report those lines, they name nobody")


def _standing(one: Standing) -> Found:
    told = f"{one.messages} of {one.sender} wait, the oldest {one.oldest.total_seconds() / 60:.0f} minutes"
    minutes = STILL.total_seconds() / 60
    why = f"{told}, and none has left in {minutes:.0f}: is `convoca run` running? Its log says why"
    return Found("Queues", told, why)


def _certificate(url: str, now: datetime) -> Iterator[Found]:
    if not url.startswith("https://"):
        return
    try:
        end = certificate.until(url)
    except certificate.NotAccepted as wrong:
        why = f"The certificate of {url} is not accepted: {wrong}. Look at the server in front (Caddy's log)"
        return (yield Found("Certificate", str(wrong), why))
    except certificate.NotReached as trouble:
        return (yield Found("Certificate", f"{url} was not reached from here: {trouble}"))
    soon = f"The certificate of {url} ends on {end:%Y-%m-%d}: look why it is not renewed (Caddy's log)"
    yield Found("Certificate", f"until {end:%Y-%m-%d}", soon if end - now < RENEWED else "")
