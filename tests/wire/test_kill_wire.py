"""`kill -9` of web and sender while three providers misbehave and three hundred people write.

Nobody is registered twice or not at all, nothing is lost unseen, and what came twice on a phone was counted as
uncertain or asked for twice.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from bot.actions import announce
from fakes.provider import AcceptThenFail, AcceptThenReset, Fail, Garbage, Reset, Stall, Throttle
from storage import audit, broadcasts
from storage import tables as t
from storage.store import Store, Unit
from tests.conftest import Clock
from tests.kit import parts
from tests.sending.test_run import free_port
from tests.wire import kill_books as books
from tests.wire import kill_kit
from tests.wire.kill_crowd import STEPS, Crowd
from tests.wire.kill_kit import House, Providers, until

pytestmark = pytest.mark.kill

SEED = 20261121
ACTS = (Throttle(), Fail(), AcceptThenFail(), Reset(), AcceptThenReset(), Stall(), Garbage())
ROLES = ("web", "sender") * 3


def invite(unit: Unit, people: int) -> int:
    """`convoca announce sm2`; the broadcast."""
    seen = announce.preview(unit, parts().catalogues, "sm2")
    assert seen.people == people
    return announce.announce(unit, parts().catalogues, "sm2", "test", seen.people).broadcast_id


def deaths(rng: random.Random, messages: int) -> list[tuple[str, int]]:
    """(who, after how many messages that were taken): three times each, one in each part of the time."""
    part = 0.85 * messages / len(ROLES)
    moments = [round(0.08 * messages + part * (n + rng.random())) for n in range(len(ROLES))]
    return list(zip(rng.sample(ROLES, len(ROLES)), moments, strict=True))


def live(crowd: Crowd, house: House, store: Store, clock: Clock, rng: random.Random, neighbours: int) -> int:
    """Everybody registers, processes die meanwhile; the broadcast."""
    until(lambda: crowd.taken > len(crowd.citizens) // 4)
    made = store.do(lambda unit: invite(unit, neighbours))
    for who, goal in deaths(rng, STEPS * len(crowd.citizens)):
        until(partial(lambda goal: crowd.taken >= goal or crowd.done(), goal))
        house.kill(who)
        if who == "sender":
            clock.forward(seconds=kill_kit.LEASE_OVER)
    until(crowd.done)
    return made


def settle(crowd: Crowd, fakes: Providers, store: Store) -> None:
    """Nobody misbehaves any more, and everything comes to its end."""

    def brought() -> bool:
        crowd.bring()
        return not fakes.telegram.queue.pending

    fakes.well()
    until(crowd.quiet)
    kill_kit.drain(store)
    until(brought, every=0.5)
    for provider in fakes.every:
        provider.settle(kill_kit.PATIENCE)
    kill_kit.drain(store)


# --- the accounts -----------------------------------------------------------------------------------------------------


def check_citizens(crowd: Crowd, store: Store, neighbours: int) -> None:
    """Each is there once and has read the code; every message that was taken is there once."""
    going = (t.registration.c.state == "registered") & (t.registration.c.person_id == t.person.c.id)
    listed = store.read(lambda unit: unit.db.execute(select(t.person.c.name, t.registration.c.code).where(going)).all())
    assert sorted((row.name, row.code) for row in listed) == sorted((c.name, c.confirmed()) for c in crowd.citizens)
    assert len({row.code for row in listed}) == len(crowd.citizens)
    for table in (t.person, t.contact, t.consent):
        assert len(rows(store, table.c.id)) == len(crowd.citizens) + neighbours
    came = rows(store, t.inbound.c.state, t.address.c.channel, t.address.c.value, joined=t.inbound)
    assert {row.state for row in came} == {"done"}
    heard = Counter((row.channel, row.value) for row in came)
    for one in crowd.citizens:
        least = len(one.wrote) if one.channel == "telegram" else one.taken
        assert least <= heard[one.channel, one.address] <= len(one.wrote)


def rows(store: Store, *columns: Any, joined: Any = None) -> list[Any]:
    query = select(*columns)
    if joined is not None:
        query = query.join_from(joined, t.address, t.address.c.id == joined.c.address_id)
    return store.read(lambda unit: list(unit.db.execute(query)))


def check_broadcast(store: Store, made: int, neighbours: int) -> None:
    """It adds up."""
    counted = store.read(lambda unit: broadcasts.ledger(unit, made))
    assert (counted.state, counted.audience, counted.pending) == ("done", neighbours, 0)
    assert counted.sent + counted.failed + counted.skipped + counted.unknown == neighbours
    assert (counted.failed, counted.skipped) == (0, 0)
    assert counted.unknown < neighbours / 4


def check_sent(crowd: Crowd, fakes: Providers, store: Store) -> None:
    """The providers' own counts against ours; what stands twice on a phone."""
    entries, got = books.entries(store), books.taken(fakes)
    assert {row.state for row in entries} <= {"sent", "unknown"}
    assert all(row.uncertain for row in entries if row.state == "unknown")
    assert books.unexplained(entries, got) == []
    doubtful: Counter[tuple[str, str]] = Counter()
    for row in entries:
        doubtful[row.address] += row.uncertain
    again = {(one.channel, one.address): one.again for one in crowd.citizens}
    for address in {row.address for row in entries}:
        assert twice(fakes, *address) <= doubtful[address] + again.get(address, 0)


def twice(fakes: Providers, channel: str, address: str) -> int:
    """Messages that stand on this phone more than once."""
    if channel == "telegram":  # an answered question is changed on the phone
        calls = fakes.telegram.calls("sendMessage")
        texts = [one.params["text"] for one in calls if one.address == address and books.was_taken(one)]
    else:
        texts = fakes.of(channel).phone(f"whatsapp:{address}" if channel == "whatsapp" else address).texts
    return len(texts) - len(set(texts))


@pytest.mark.parametrize(
    ("database_url", "each", "neighbours"), [("sqlite", 100, 300), ("postgres", 20, 90)], indirect=["database_url"]
)
def test_the_product_killed_while_providers_misbehave(
    store: Store, clock: Clock, database_url: str, secret: str, tmp_path: Path, each: int, neighbours: int
) -> None:
    rng, port = random.Random(SEED), free_port()
    with kill_kit.providers(SEED, port) as fakes:
        fakes.surely(ACTS)
        kill_kit.build(store, tmp_path, fakes, 3 * each, neighbours)
        crowd = Crowd(fakes, each, rng)
        own = {"database_url": database_url, "secret_key": secret}
        house = House(tmp_path, own | fakes.settings(f"http://127.0.0.1:{port}"), port)
        with house.running():
            until(lambda: kill_kit.listening(fakes))
            with crowd.awake():
                made = live(crowd, house, store, clock, rng, neighbours)
                settle(crowd, fakes, store)
        assert house.process.returncode == 0
        assert house.errors() == {"a process has ended and is started again"}
        assert [len(house.pids(child)) for child in ("web", "sender")] == [4, 4]
        check_citizens(crowd, store, neighbours)
        check_broadcast(store, made, neighbours)
        check_sent(crowd, fakes, store)
        assert [provider.faults for provider in fakes.every] == [[], [], []]
        assert fakes.telegram.unanswered() == []
        assert set(fakes.road.met) == set(kill_kit.ON_THE_WAY)
        assert set(fakes.sick()) == {type(act).__name__ for act in ACTS}
    assert not any(one.address in house.log for one in crowd.citizens)
    assert store.read(audit.verify) == []
    if store.dialect == "sqlite":
        assert store.read(lambda unit: unit.db.execute(text("PRAGMA integrity_check")).scalar()) == "ok"


# --- told to wait -----------------------------------------------------------------------------------------------------

WAIT = 30  # seconds
ASKING = 10  # citizens who write meanwhile


def telegrams(store: Store) -> int:
    """When Telegram is sent to again, in microseconds since 1970: the provider counts in real time, as we do."""
    row = t.sender.c.name == kill_kit.SENDERS["telegram"]
    return store.read(lambda unit: int(unit.db.execute(select(t.sender.c.next_us).where(row)).scalar_one()))


def half_a_minute_later(store: Store) -> None:
    """The database's clock can leap, a provider's can not: what is left of the wait is taken away instead."""
    sooner = update(t.sender).where(t.sender.c.name == kill_kit.SENDERS["telegram"])
    store.do(lambda unit: unit.db.execute(sooner.values(next_us=t.sender.c.next_us - WAIT * 1_000_000)))


def others_are_done(store: Store, neighbours: int) -> bool:
    """Whether the broadcast has reached everybody but those on Telegram."""
    through = (t.sender.c.channel != "telegram") & (t.outbox.c.state == "sent")
    query = select(func.count()).select_from(t.outbox.join(t.sender)).where(through)
    return store.read(lambda unit: unit.db.execute(query).scalar_one()) == 2 * neighbours // 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_telegram_lets_us_wait_and_only_telegram_waits(
    store: Store, database_url: str, secret: str, tmp_path: Path
) -> None:
    port, neighbours = free_port(), 300
    with kill_kit.providers(SEED, port, ill={}, met={}) as fakes:
        kill_kit.build(store, tmp_path, fakes, ASKING, neighbours)
        own = {"database_url": database_url, "secret_key": secret}
        house = House(tmp_path, own | fakes.settings(f"http://127.0.0.1:{port}"), port)
        telegram = fakes.telegram
        with house.running():
            until(lambda: kill_kit.listening(fakes))
            made = store.do(lambda unit: invite(unit, neighbours))
            until(lambda: len(telegram.calls("sendMessage")) > neighbours // 10)
            telegram.plan(Throttle(WAIT))
            until(lambda: 429 in [one.status for one in telegram.calls("sendMessage")])
            asking = [kill_kit.address_of("telegram", n, "citizen") for n in range(ASKING)]
            assert [telegram.write(one, "SANMARTIN").status for one in asking] == [200] * ASKING
            until(lambda: others_are_done(store, neighbours))
            before = telegram.calls("sendMessage")
            assert telegrams(store) > (time.time() + WAIT / 2) * 1_000_000
            half_a_minute_later(store)
            kill_kit.drain(store)
    [refused] = [one.at for one in before if one.status == 429]
    assert max(one.at for one in before) < refused + 1.0  # what was under way; then nothing
    after = [one.address for one in telegram.calls("sendMessage")[len(before) :]]
    assert sorted(after[:ASKING]) == asking
    assert len(after) > ASKING
    assert {(row.state, row.attempts, row.uncertain) for row in books.entries(store)} == {("sent", 0, 0)}
    check_broadcast(store, made, neighbours)
    assert [provider.faults for provider in fakes.every] == [[], [], []]
    assert house.errors() == set()
