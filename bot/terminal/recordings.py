"""`convoca audio`: a voice note becomes a file on this computer, for who is asked to hear it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from rich.markup import escape

from bot import settings as settings_module
from bot.actions import recording
from bot.actions.staff import lines
from bot.channels import Channel, Closed, Recorded, open_all
from bot.errors import Refused, SendError
from bot.i18n import Catalogues
from bot.terminal import show
from bot.terminal.opening import operator, wordings
from storage import handovers
from storage.store import Store

MOST = 20_000_000  # bytes: what Telegram gives out; WhatsApp's are 16 MB at the most
BEGINS = (  # a file is what it begins with, whatever its provider calls it
    (b"OggS", "ogg"),
    (b"ID3", "mp3"),
    (b"\xff\xfb", "mp3"),
    (b"\xff\xf3", "mp3"),
    (b"\xff\xf1", "aac"),
    (b"#!AMR", "amr"),
)


def audio(store: Store, number: int, folder: Path) -> None:
    """Fetch the recordings of somebody who waits, and say where they are."""
    channels = open_all(settings_module.load())
    for file in bring(store, wordings(), channels, number, folder, by=operator()):
        show.console().print(f"{escape(str(file))}: delete it once you have heard it.", soft_wrap=True)


def bring(
    store: Store, catalogues: Catalogues, channels: Mapping[str, Channel], number: int, folder: Path, *, by: str
) -> list[Path]:
    """The files, the newest recording first. Raises Refused: nothing to hear, not given out, or no recording."""
    found = store.do(lambda unit: recording.of(unit, catalogues, number))
    given = [_given(catalogues, channels, one) for one in found]
    files = [_kept(catalogues, folder, _name(number, n), data) for n, data in enumerate(given, 1)]
    store.do(lambda unit: recording.fetched(unit, number, len(files), by=by))
    return files


def _given(catalogues: Catalogues, channels: Mapping[str, Channel], one: handovers.Recorded) -> bytes:
    channel: object = channels.get(one.via)
    if not isinstance(channel, Recorded):
        raise Refused(catalogues.told(lines.CHANNEL_OFF, channel=one.via))
    try:
        return asyncio.run(_fetched(channel, one.ref))
    except SendError as wrong:
        raise Refused(catalogues.told(lines.NOT_GIVEN_OUT, why=wrong.told)) from None


async def _fetched(channel: Recorded, ref: str) -> bytes:
    try:
        return await channel.fetch(ref, MOST)
    finally:
        if isinstance(channel, Closed):
            await channel.close()


def _name(number: int, n: int) -> str:
    return f"audio-{number}" if n == 1 else f"audio-{number}-{n}"


def _kept(catalogues: Catalogues, folder: Path, name: str, data: bytes) -> Path:
    """A new file that its owner alone can read. Nothing that is there is written over."""
    kind = ending(data)
    if not kind:
        raise Refused(catalogues.told(lines.NOT_A_RECORDING))
    file = folder / f"{name}.{kind}"
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(catalogues.told(lines.FILE_THERE, file=str(file))) from None
    except OSError:
        raise Refused(catalogues.told(lines.NO_FOLDER, file=str(file))) from None
    with os.fdopen(opened, "wb") as out:
        out.write(data)
    return file


def ending(data: bytes) -> str:
    """'ogg', 'mp3' ...: what kind of recording these bytes are; '' for anything else."""
    if data[4:8] == b"ftyp":
        return "m4a"
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    return next((kind for begin, kind in BEGINS if data.startswith(begin)), "")
