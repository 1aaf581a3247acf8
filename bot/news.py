"""What providers tell besides messages: what became of ours, who can be reached, and what we do not understand."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

import structlog

from bot import logs, metrics
from bot.channels import News
from bot.envelope import judged
from bot.message import Reach, Receipt, Unread
from storage import inbox, receipts
from storage.store import Unit
from storage.trouble import TROUBLE

log = structlog.stdlib.get_logger("convoca.news")

HOUR = timedelta(hours=1)
ENOUGH = 20  # messages of an hour, of which a share says something

Work = Callable[[Unit], object]


def works(news: News) -> Iterator[tuple[str, Work]]:
    """(lane, work) of each thing told: a transaction each. What has one lane happens in its order."""
    first = news.reaches[0] if news.reaches else None  # told at once with a receipt, it is the newer truth
    for receipt in news.receipts:
        own = f"receipt|{receipt.outbox_id or receipt.provider_id}"
        yield f"{first.channel}|{first.address}" if first else own, lambda unit, told=receipt: settle(unit, told)  # type: ignore[misc]
    for reach in news.reaches:
        yield f"{reach.channel}|{reach.address}", lambda unit, told=reach: reached(unit, told)  # type: ignore[misc]
    for unread in news.unread:
        yield f"unread|{unread.provider_id}", lambda unit, told=unread: quarantine(unit, told)  # type: ignore[misc]


async def stored(done: Iterable[Future[Any]]) -> None:
    """All of it is in the database. Raises the database's own trouble: then the provider must tell it again.

    Any other error is a bug of ours: it is recorded, and a provider that tells it again would only meet it again.
    """
    ends = await asyncio.gather(*map(asyncio.wrap_future, done), return_exceptions=True)
    for error in (end for end in ends if isinstance(end, BaseException) and not isinstance(end, TROUBLE)):
        log.error("what a provider told could not be taken in", error_id=logs.error_id(), exc_info=error)
    for error in (end for end in ends if isinstance(end, TROUBLE)):
        raise error


def settle(unit: Unit, told: Receipt) -> None:
    """A receipt: the message's rank, and what a failure means."""
    if told.policy is not None and told.policy.alert:
        log.error("the operator should know", sender=told.sender, outbox_id=told.outbox_id, why=told.policy.told)
    failed = judged(told.outbox_id or 0, told.policy) if told.policy is not None else None
    if failed is not None and failed.kind == "halt":
        log.error("a sender has stopped and keeps its queue", sender=told.sender, why=failed.told)
    if receipts.settle_receipt(unit, told, failed) is None and told.outbox_id is not None:
        metrics.stray_receipts.labels(told.sender).inc()
    if told.policy is not None and told.policy.alert_above:
        _count(unit, told, told.policy.alert_above)


def _count(unit: Unit, told: Receipt, most: float) -> None:
    """One such failure is nobody's business, many of them are: told when this one brings them above the share, and
    again as long as it is so, once in so many messages."""
    same, every = receipts.ended_so(unit, told.sender, told.error, unit.now - HOUR)
    crossed = same - 1 <= most * (every - 1) or every == ENOUGH
    if every >= ENOUGH and same > most * every and (crossed or same % ENOUGH == 0):
        log.error("many messages of this hour ended so", sender=told.sender, why=told.error, messages=same, of=every)


def reached(unit: Unit, told: Reach) -> None:
    """An address that can be reached again, or no longer. Nothing is made for who never wrote to us."""
    receipts.mark_reachable(unit, told.channel, told.address, told.reachable)


def quarantine(unit: Unit, told: Unread) -> None:
    """Something genuine that we do not understand: sealed, for 30 days, for the operator to look at."""
    log.warning("a provider told something that is not understood", sender=told.sender, why=told.why)
    key = told.provider_id[:200] or hashlib.sha256(told.payload.encode()).hexdigest()
    inbox.quarantine(unit, told.sender, key, told.payload)
