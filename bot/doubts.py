"""What may have been sent is looked up at its provider, again and again for a day (channels.md 1.2).

An answer counts like a receipt. Any number of processes may ask: the same told twice changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

import structlog

from bot import envelope, logs, news
from bot.channels import Channel, Doubt, Reconciled
from bot.errors import SendError
from storage import doubts
from storage.doubts import Doubtful
from storage.store import Store, Unit
from storage.trouble import TROUBLE

T = TypeVar("T")

EVERY = 300.0  # seconds between two rounds

log = structlog.stdlib.get_logger("convoca.doubts")


async def keep(store: Store, channels: Mapping[str, Channel], every: float = EVERY) -> None:
    """Rounds, until it is cancelled."""
    able = {name: channel for name, channel in channels.items() if isinstance(channel, Reconciled)}
    while able:
        await asyncio.sleep(every)
        try:
            await look(store, able)
        except TROUBLE as error:
            log.warning("the database does not answer", exc_info=error)
        except Exception as bug:  # the edge: recorded, and the next round tries again
            log.error("a look at what may have been sent broke", error_id=logs.error_id(), exc_info=bug)


async def look(store: Store, able: Mapping[str, Reconciled]) -> int:
    """One round; how many doubts it settled."""
    settled, silent = 0, set[str]()
    for one in await asyncio.to_thread(store.read, lambda unit: doubts.doubtful(unit, able)):
        if one.via in silent or not await _write(store, one.letter.id, partial(doubts.take, one=one)):
            continue
        try:
            told = await able[one.via].reconcile(_doubt(one))
        except SendError as error:
            log.warning("a provider was asked what became of a message", sender=one.sender, why=error.told)
            silent.add(one.via)
            continue
        if told is not None:
            await _write(store, one.letter.id, partial(news.settle, told=told))
            settled += 1
    return settled


def _doubt(one: Doubtful) -> Doubt:
    return Doubt(parcel=envelope.parcel(one.letter, one.sender, one.channel), others=one.others)


async def _write(store: Store, outbox_id: int, work: Callable[[Unit], T]) -> T:
    return await asyncio.wrap_future(store.write(work, f"receipt|{outbox_id}"))
