"""A web process asks providers for news and tells them where it listens: one at a time, and never less than once."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import select

from bot import listening
from bot.channels import Channel, Finding, Identity, News
from bot.errors import SendError
from bot.listening import Listening
from bot.message import Message
from storage import leases, remembered, senders
from storage import tables as t
from storage.store import Store
from tests.conftest import Clock

LONG = 60.0  # seconds after which a test gives up
POLLS = "line:inbox"
CURSOR = f"cursor:{POLLS}"
BROKEN = sqlite3.OperationalError("database or disk is full")


def heard(text: str) -> News:
    return News(
        messages=[Message(channel="sms", sender="line:one", provider_id=text, address="+50760000001", text=text)]
    )


class Line:
    """A provider that is asked. `says`: what it answers in turn, errors too; then it keeps silent."""

    name = "line"

    def __init__(self, *says: tuple[News, str] | Exception, polls: str = POLLS) -> None:
        self.polls, self.says, self.asked, self.closed = polls, list(says), list[str](), 0
        self.prepared, self.refuses = 0, list[Exception]()

    async def poll(self, since: str) -> tuple[News, str]:
        self.asked.append(since)
        if not self.says:
            await asyncio.Event().wait()
        said = self.says.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    def identities(self) -> list[Identity]:
        return [Identity(name="line:one", channel="sms", rate=1.0)]

    async def prepare(self) -> None:
        self.prepared += 1
        if self.refuses:
            raise self.refuses.pop(0)

    async def examine(self) -> list[Finding]:
        return []

    async def close(self) -> None:
        self.closed += 1


class Ear:
    """Keeps what is heard; `fails`: what the next storings raise."""

    def __init__(self, *fails: Exception) -> None:
        self.texts, self.fails, self.waits = list[str](), list(fails), list[Future[bool]]()
        self.slow = False

    def __call__(self, news: News) -> list[Future[bool]]:
        done: Future[bool] = Future()
        if self.slow:
            self.waits.append(done)
        elif self.fails:
            done.set_exception(self.fails.pop(0))
        else:
            self.texts += [message.text for message in news.messages]
            done.set_result(True)
        return [done]


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, without waiting."""
    waited: list[float] = []
    real, mine = asyncio.sleep, threading.current_thread()

    async def quick(seconds: float, result: Any = None) -> Any:
        if threading.current_thread() is not mine:  # a server that other tests of this process keep up
            return await real(seconds, result)
        waited.append(seconds)
        return await real(min(seconds, 0.002), result)

    monkeypatch.setattr(asyncio, "sleep", quick)
    return waited


async def until(true: Callable[[], object]) -> None:
    """Let the others work until it is so."""
    while not true():
        here = asyncio.get_running_loop()
        later = here.create_future()
        here.call_later(0.002, later.set_result, None)
        await later


def process(store: Store, line: Line, ear: Ear | None = None) -> Listening:
    channels: dict[str, Channel] = {"line": line}  # type: ignore[dict-item]  # it only listens
    return Listening(store, ear or Ear(), channels)


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(LONG):
            await work()
        assert asyncio.all_tasks() == {asyncio.current_task()}, "nothing is left running"

    asyncio.run(whole())


def kept(store: Store) -> str:
    return store.read(lambda unit: remembered.get(unit, CURSOR))


def holder(store: Store) -> list[str]:
    return store.read(
        lambda unit: list(unit.db.execute(t.lease.select().with_only_columns(t.lease.c.holder)).scalars())
    )


# --- one at a time --------------------------------------------------------------------------------------------------


def test_of_two_processes_one_asks_and_the_other_takes_over_when_it_ends(store: Store, slept: list[float]) -> None:
    first, second = Line((heard("a"), "1")), Line()

    async def work() -> None:
        async with AsyncExitStack() as later:
            async with process(store, first).running():
                await until(lambda: len(first.asked) == 2)
                await later.enter_async_context(process(store, second).running())
                await until(lambda: len(slept) > 5)
                assert second.asked == []
            await until(lambda: second.asked)
        assert (first.asked, second.asked) == (["", "1"], ["1"])

    run(work)
    assert set(slept) == {listening.LEASE.total_seconds() / 4}
    assert holder(store) == []


def test_who_falls_silent_loses_its_lease(store: Store, clock: Clock, slept: list[float]) -> None:
    store.do(lambda unit: leases.hold(unit, POLLS, "a process that is gone", listening.LEASE))
    line = Line()

    async def work() -> None:
        async with process(store, line).running():
            await until(lambda: len(slept) > 3)
            assert line.asked == []
            await asyncio.to_thread(clock.forward, seconds=listening.LEASE.total_seconds() + 1)
            await until(lambda: line.asked)

    run(work)


def test_a_channel_that_need_not_ask_is_not_asked(store: Store, slept: list[float]) -> None:
    line = Line(polls="")

    async def work() -> None:
        async with process(store, line).running():
            await until(lambda: line.prepared)

    run(work)
    assert (line.asked, line.closed, holder(store)) == ([], 1, [])


# --- never less than once -------------------------------------------------------------------------------------------


def test_the_cursor_is_kept_after_its_news(store: Store, slept: list[float]) -> None:
    line, ear = Line((heard("a"), "8")), Ear()
    ear.slow = True

    async def work() -> None:
        async with process(store, line, ear).running():
            await until(lambda: ear.waits)
            assert (kept(store), line.asked) == ("", [""])
            ear.waits[0].set_result(True)
            await until(lambda: len(line.asked) == 2)
            assert kept(store) == "8"

    run(work)
    assert line.asked == ["", "8"]


def test_a_bug_of_ours_does_not_stop_the_news(store: Store, slept: list[float]) -> None:
    """It is recorded; asked again it would only be met again, and nobody else would be heard."""
    line, ear = Line((heard("a"), "8"), (heard("b"), "9")), Ear(RuntimeError("a bug"))

    async def work() -> None:
        async with process(store, line, ear).running():
            await until(lambda: len(line.asked) == 3)

    run(work)
    assert (line.asked, ear.texts, kept(store)) == (["", "8", "9"], ["b"], "9")


def test_news_that_were_not_stored_are_asked_for_again(store: Store, slept: list[float]) -> None:
    line, ear = Line((heard("a"), "8"), (heard("a"), "8"), (heard("a"), "8")), Ear(BROKEN, BROKEN)

    async def work() -> None:
        async with process(store, line, ear).running():
            await until(lambda: len(line.asked) == 4)

    run(work)
    assert (line.asked, ear.texts, kept(store)) == (["", "", "", "8"], ["a"], "8")
    assert slept[:2] == [1.0, 2.0]


def test_another_process_goes_on_where_this_one_ended(store: Store, slept: list[float]) -> None:
    async def work(line: Line, count: int) -> None:
        async with process(store, line).running():
            await until(lambda: len(line.asked) == count)

    run(lambda: work(Line((heard("a"), "8")), 2))
    second = Line()
    run(lambda: work(second, 1))
    assert second.asked == ["8"]


def test_news_without_a_new_cursor_write_none(store: Store, slept: list[float]) -> None:
    line = Line((News(), ""))

    async def work() -> None:
        async with process(store, line).running():
            await until(lambda: len(line.asked) == 2)

    run(work)
    assert not store.read(lambda unit: unit.db.execute(t.setting.select().where(t.setting.c.name == CURSOR)).all())


# --- trouble --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "waits"),
    [
        ([SendError("x", retry_after=0.0)] * 3, [1, 2, 4]),
        ([SendError("x", retry_after=9.0)] * 2, [9, 9]),
        ([SendError("x", repeat=60.0)], [60]),
        ([SendError("x", halt=True)], [300]),
        ([SendError("x", uncertain=True)] * 10, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]),
        ([RuntimeError("a bug")] * 2, [1, 2]),
    ],
)
def test_a_provider_that_does_not_answer_is_asked_later_and_later(
    store: Store, slept: list[float], faults: list[Exception], waits: list[float]
) -> None:
    line = Line(*faults, (heard("a"), "8"))

    async def work() -> None:
        async with process(store, line).running():
            await until(lambda: "8" in line.asked)

    run(work)
    assert slept == waits


def test_after_an_answer_the_waits_begin_anew(store: Store, slept: list[float]) -> None:
    no = SendError("x", retry_after=0.0)
    line = Line(no, no, (heard("a"), "8"), no, (heard("b"), "9"))

    async def work() -> None:
        async with process(store, line).running():
            await until(lambda: "9" in line.asked)

    run(work)
    assert slept == [1, 2, 1]


def test_who_stood_by_for_long_does_not_wait_longer_for_it(store: Store, slept: list[float]) -> None:
    store.do(lambda unit: leases.hold(unit, POLLS, "another", listening.LEASE))
    line = Line(SendError("x", retry_after=0.0))

    async def work() -> None:
        async with process(store, line).running():
            await until(lambda: len(slept) > 4)
            await asyncio.to_thread(lambda: store.do(lambda unit: leases.release(unit, POLLS, "another")))
            await until(lambda: len(line.asked) == 2)

    run(work)
    assert slept[-1] == 1.0


def test_a_database_that_does_not_answer_is_waited_for(
    store: Store, slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    line, write, broken = Line(), store.write, [BROKEN, BROKEN]

    def fails(work: Any, lane: str = "") -> Future[Any]:
        if not broken:
            return write(work, lane)
        future: Future[Any] = Future()
        future.set_exception(broken.pop())
        return future

    monkeypatch.setattr(store, "write", fails)

    async def work() -> None:
        async with process(store, line).running():
            await until(lambda: line.asked)

    run(work)
    assert slept == [1, 2]


# --- where we listen ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refuses", "waits", "calls"),
    [
        ([], [], 1),
        ([SendError("no route", retry_after=0.0)] * 3, [1, 2, 4], 4),
        ([SendError("no route", uncertain=True)], [1], 2),
        ([RuntimeError("a bug")], [1], 2),
        ([SendError("wrong token", halt=True)], [], 1),
        ([SendError("no route", retry_after=0.0), SendError("wrong token", halt=True)], [1], 2),
    ],
)
def test_a_provider_is_told_until_it_has_heard(
    store: Store, slept: list[float], refuses: list[Exception], waits: list[float], calls: int
) -> None:
    line = Line(polls="")
    line.refuses = list(refuses)

    async def work() -> None:
        async with process(store, line).running():
            await until(lambda: line.prepared == calls)
            looks = iter(range(20))
            await until(lambda: next(looks, None) is None)  # no further call comes

    run(work)
    assert (line.prepared, slept) == (calls, waits)


def test_it_ends_while_a_question_is_open(store: Store, slept: list[float]) -> None:
    line = Line()

    async def work() -> None:
        listener = process(store, line)
        async with listener.running():
            await until(lambda: line.asked)
            assert await asyncio.to_thread(holder, store) == [listener.me]

    run(work)
    assert (line.closed, holder(store), kept(store)) == (1, [], "")


# --- a provider that does not let us in -------------------------------------------------------------------------------


@pytest.mark.parametrize(("error", "halted"), [
    (SendError("Unauthorized. Check the token", halt=True, alert=True), True),
    (SendError("another program asks", halt=True), False),
])  # fmt: skip
@pytest.mark.parametrize("asks", [True, False])
def test_the_sender_stops_and_its_queue_stays_where_the_operator_must_act(
    store: Store, slept: list[float], error: SendError, halted: bool, asks: bool
) -> None:
    """Else nobody would know: who can not write in gets no answer that could fail."""
    store.do(lambda unit: senders.ensure(unit, "line:one", "sms", "line", 1.0))
    line = Line(error, polls=POLLS if asks else "")
    line.refuses = [] if asks else [error]

    async def work() -> None:
        async with process(store, line).running():
            await until((lambda: 300 in slept) if asks else (lambda: line.prepared))
            looks = iter(range(20))
            await until(lambda: next(looks, None) is None)

    run(work)
    found = store.read(lambda unit: unit.db.execute(select(t.sender.c.halted_why)).scalars().all())
    assert found == [error.told if halted else None]
