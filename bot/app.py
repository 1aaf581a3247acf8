"""The one place that knows every part and joins them. Nobody imports it but the command line and the tests."""

from __future__ import annotations

import secrets
from concurrent.futures import Future
from functools import partial
from time import monotonic
from typing import Any

import structlog

from bot import failing, metrics, router, turn
from bot.actions import (
    alert,
    ask,
    contest,
    export,
    last_places,
    late_ideas,
    nudge,
    overdue,
    promote,
    remind,
    remind_choice,
    tell_closed,
)
from bot.actions.staff import correcting, invite
from bot.channels import News
from bot.clock import Tick
from bot.i18n import Catalogues
from bot.message import Message
from bot.news import works
from bot.prices import NONE, Prices
from bot.turn import Parts
from storage import allowed, audit, broadcasts, contest_states, corrections, daily_heads, leaps, onward, silent
from storage.store import Store
from storage.trouble import TROUBLE

log = structlog.get_logger("turn")


class App:
    """The parts of one process, joined."""

    trouble: tuple[type[Exception], ...] = TROUBLE

    def __init__(self, store: Store, parts: Parts, alert_to: str = "") -> None:
        self.store, self.parts, self.alert_to = store, parts, alert_to

    @classmethod
    def on(cls, store: Store, alert_to: str = "", prices: Prices = NONE) -> App:
        """Everything that is found in the house, on this database.

        alert_to  who is told when a sender stops: 'sms:+507...,telegram:123'
        prices    what sending costs, as the operator wrote it down
        """
        return cls(store, Parts(Catalogues.load(), router.discover(), prices), alert_to)

    @property
    def catalogues(self) -> Catalogues:
        """Every language."""
        return self.parts.catalogues

    def ticks(self) -> list[Tick]:
        """What the clock looks at, besides what it does by itself."""
        return [
            Tick("reminders", 5, lambda unit: remind.due(unit, self.catalogues)),
            Tick("waiting lists", 2, lambda unit: promote.due(unit, self.catalogues)),
            Tick("last places", 5, lambda unit: last_places.due(unit, self.catalogues)),
            Tick("contests", 2, lambda unit: contest.close_due(unit, self.catalogues)),
            Tick("reminders to choose", 30, lambda unit: remind_choice.due(unit, self.catalogues)),
            Tick("choices told", 30, lambda unit: tell_closed.due(unit, self.catalogues)),
            Tick("missed dates", 60, lambda unit: overdue.due(unit, self.catalogues)),
            Tick("was it done", 60, lambda unit: ask.due(unit, self.catalogues)),
            Tick("ideas not read", 60, lambda unit: late_ideas.due(unit, self.parts)),
            Tick("invitations by chat", 2, lambda unit: invite.due(unit, self.parts)),
            Tick("corrections by chat", 2, lambda unit: correcting.due(unit, self.parts)),
            Tick("stopped senders", 10, lambda unit: alert.due(unit, self.catalogues, self.alert_to)),
            Tick("open questions", 60, lambda unit: nudge.due(unit, self.parts)),
            Tick("channels switched off", 10, onward.leave_switched_off),
            Tick("silent phones", 3600, silent.close),
            Tick("labs not allowed", 5, allowed.stop),
            Tick("corrected", 5, corrections.hold_back),
            Tick("broadcasts", 2, broadcasts.finish),
            Tick("choices to unlink", 3600, leaps.careful(contest_states.unlink_due)),
            Tick("audit chain", 5, audit.chain),
            Tick("audit heads", 3600, audit.keep),
            Tick("heads of the day", 600, daily_heads.publish),
            Tick("marks of files", 600, export.mark_older),
        ]

    def hear(self, news: News) -> list[Future[Any]]:
        """What a provider told, a transaction each; resolved after the commits. Raises `trouble` through them."""
        heard: list[Future[Any]] = [self.receive(message) for message in news.messages]  # first: then she blocked us
        return heard + [self.store.write(work, lane) for lane, work in works(news)]

    def receive(self, message: Message) -> Future[bool]:
        """One message in. Resolved after the commit: True = new, False = it came before.

        A bug in a turn undoes it, notes the message as failed and says sorry, in a transaction of its own; where even
        that breaks, the message is noted alone. Trouble of the database itself is raised: nothing was stored, and the
        provider must deliver again.
        """
        told: Future[bool] = Future()
        told.set_running_or_notify_cancel()  # who waits may be cancelled, the turn is not: its end finds a listener
        lane = f"{message.channel}|{message.address}"
        work = self.store.write(lambda unit: turn.receive(unit, message, self.parts), lane)
        work.add_done_callback(partial(metrics.heard, message.channel, monotonic()))
        work.add_done_callback(partial(self._heard, message, lane, told))
        return told

    def _heard(self, message: Message, lane: str, told: Future[bool], work: Future[bool]) -> None:
        error = work.exception()
        if error is None:
            told.set_result(work.result())
        elif isinstance(error, TROUBLE):
            told.set_exception(error)
        else:
            self._failed(message, lane, told, error)

    def _failed(self, message: Message, lane: str, told: Future[bool], error: BaseException) -> None:
        error_id = secrets.token_hex(4)
        log.error("turn failed", error_id=error_id, channel=message.channel, exc_info=error)
        sorry = self.store.write(lambda unit: turn.apologise(unit, message, self.parts, error_id), lane)
        sorry.add_done_callback(partial(self._sorry, message, lane, told, error_id))

    def _sorry(self, message: Message, lane: str, told: Future[bool], error_id: str, sorry: Future[None]) -> None:
        """What broke the turn may break the apology too: then the message is kept without one."""
        error = sorry.exception()
        if error is None or isinstance(error, TROUBLE):
            return _settled(told, sorry)
        log.error("nobody could be told that a turn failed", error_id=error_id, exc_info=error)
        kept = self.store.write(lambda unit: failing.keep(unit, message, error_id), lane)
        kept.add_done_callback(partial(_settled, told))
        return None


def _settled(told: Future[bool], work: Future[None]) -> None:
    error = work.exception()
    if error is None:
        told.set_result(True)
    else:
        told.set_exception(error)
