"""Photos that somebody of the team sent for a story are brought from their provider and kept small and bare.

A turn never waits for a network: it notes what is wanted, and the sender's process fetches it a moment later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

import structlog

from bot import logs, picture
from bot.channels import Channel, Recorded
from bot.errors import SendError
from storage import pictures
from storage.pictures import Wanted
from storage.store import Store, Unit
from storage.trouble import TROUBLE

EVERY = 2.0  # seconds between two looks: whoever sent it is still typing what it shows
PATIENCE = timedelta(minutes=10)  # a provider that gives nothing out until then does not have it

log = structlog.stdlib.get_logger("convoca.fetching")


async def keep(store: Store, channels: Mapping[str, Channel], every: float = EVERY) -> None:
    """Rounds, until it is cancelled."""
    able = {name: channel for name, channel in channels.items() if isinstance(channel, Recorded)}
    while able:
        await asyncio.sleep(every)
        try:
            await fetch(store, able)
        except TROUBLE as error:
            log.warning("the database does not answer", exc_info=error)
        except Exception as bug:  # the edge: recorded, and the next round tries again
            log.error("fetching a picture broke", error_id=logs.error_id(), exc_info=bug)


async def fetch(store: Store, able: Mapping[str, Recorded]) -> int:
    """One round; how many pictures it brought."""
    brought = 0
    for one in await asyncio.to_thread(store.read, lambda unit: pictures.wanted(unit, able)):
        try:
            given = await able[one.via].fetch(one.ref, picture.MOST)
            small = await asyncio.to_thread(picture.small, given)
        except SendError as error:
            await _write(store, _again(one, error))
        except picture.NoPicture:
            await _write(store, partial(pictures.fail, picture_id=one.id))
        else:
            await _write(store, _kept(one, small))
            brought += 1
    return brought


def _kept(one: Wanted, small: picture.Small) -> Callable[[Unit], None]:
    return lambda unit: pictures.got(unit, one.id, small.data, small.width, small.height)


def _again(one: Wanted, error: SendError) -> Callable[[Unit], None]:
    """Tried at the next round, where that helps and it is not too old by now."""
    log.warning("a provider does not give a picture out", via=one.via, why=error.told)
    passing = error.uncertain or error.retry_after is not None

    def work(unit: Unit) -> None:
        if not passing or unit.now - one.at > PATIENCE:
            pictures.fail(unit, one.id)

    return work


async def _write(store: Store, work: Callable[[Unit], None]) -> None:
    await asyncio.wrap_future(store.write(work, "pictures"))
