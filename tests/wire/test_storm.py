"""A broadcast to thousands over providers that misbehave: the ledger adds up at any moment, nobody is written to twice,
and nobody who left."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic

import pytest

from storage import broadcasts
from storage.store import Store
from tests.wire import storm
from tests.wire.house import Ground, House
from tests.wire.kill_kit import INVITATION, PAUSE
from tests.wire.phones import WAYS, WireTown
from tests.wire.providers import RICH, providers
from tests.wire.storm import Sample, Someone

SEED = 20261121
LONG = 240.0  # seconds after which it has failed
LATER = timedelta(minutes=3)  # beyond every wait for a next try
TAPS = 8  # people who write at once


@contextmanager
def house_of(ground: Ground, store: Store) -> Iterator[House]:
    """A house over Telegram and Twilio, with its lab."""
    with providers("telegram", "twilio", contents=(*RICH, INVITATION)) as fakes, House(ground, store, fakes) as house:
        WireTown.over(house, WAYS["telegram"])
        yield house


def left(house: House, crowd: Sequence[Someone], part: str) -> None:
    """All of this part write SALIR, some at once; each is heard."""
    going = [one for one in crowd if one.part == part]
    with ThreadPoolExecutor(TAPS) as phones:
        assert set(phones.map(lambda one: storm.write(house.fakes, one, "SALIR"), going)) == {200}


def sent(house: House, crowd: Sequence[Someone], made: int) -> list[Sample]:
    """Let all of it leave, and look again and again; once a part has left, some write SALIR."""
    samples, end, gone = [look(house, made)], monotonic() + LONG, None
    with ThreadPoolExecutor(1) as meanwhile:
        while samples[-1].states["pending"]:
            assert monotonic() < end, samples[-1]
            samples.append(look(house, made))
            if gone is None and samples[-1].states["pending"] < 0.9 * samples[0].states["pending"]:
                gone = meanwhile.submit(left, house, crowd, "leaves")
            if house.store.read(storm.waits_for_later):
                house.leap(house.store.read(lambda unit: unit.now) + LATER)
            PAUSE.wait(0.02)
    assert gone is not None
    gone.result()
    house.rest()
    house.fakes.settle()
    return [*samples, look(house, made)]


def look(house: House, made: int) -> Sample:
    """The ledger now."""
    return house.store.read(lambda unit: storm.sample(unit, made))


def nobody_twice(house: House, crowd: Sequence[Someone], stands: Mapping[int, str]) -> None:
    """What the phones show is what the ledger says; of an uncertain message at most one arrived."""
    for one in crowd:
        got, says = storm.read(house.fakes, one), stands.get(one.id, "")
        if one.part == "second":
            assert says == "skipped:shared"
            continue
        least, most = LEDGER[says.partition(":")[0]]
        silent = one.part == "blocks" and one.phones[0][0] == "whatsapp"  # who blocks there gives no sign
        assert (0 if silent else least) <= got <= most, (one, says)


def nobody_who_left(house: House, crowd: Sequence[Someone], stands: Mapping[int, str]) -> None:
    """To who left before nothing was even tried; to who left meanwhile nothing once that was written down."""
    tried = storm.tried(house.fakes)
    before = [one for one in crowd if one.part == "left"]
    assert [one for one in before if any(tried[address] for _, address in one.wires)] == []
    assert {stands.get(one.id, "nobody") for one in before} <= {"nobody", "skipped:no_consent", "skipped:opted_out"}
    assert house.store.read(storm.after_leaving) == 0
    meanwhile = Counter(stands[one.id] for one in crowd if one.part == "leaves")
    assert meanwhile["skipped:opted_out"] > 0


LEDGER = {"sent": (1, 1), "unknown": (0, 1), "failed": (0, 0), "skipped": (0, 0), "": (0, 0)}  # invitations on a phone


@pytest.mark.parametrize(
    ("many", "leavers"), [(300, 15), pytest.param(5000, 50, marks=pytest.mark.kill)], ids=["300", "5000"]
)
def test_a_broadcast_while_providers_misbehave_and_people_leave(
    ground: Ground, sqlite_url: str, secret: str, many: int, leavers: int
) -> None:
    crowd = storm.drawn(many, leavers, random.Random(SEED))
    with Store(sqlite_url, secret) as store, house_of(ground, store) as house:
        storm.settle(house, crowd)
        left(house, crowd, "left")
        house.rest()
        storm.misbehave(house.fakes, SEED)
        made = storm.invite(store)
        samples = sent(house, crowd, made)
        stands = storm.standing(store, made)
        assert [one for one in samples if not one.adds_up] == []
        assert len({one.states["pending"] for one in samples}) > 5
        assert store.read(lambda unit: broadcasts.ledger(unit, made)).state == "done"
        nobody_twice(house, crowd, stands)
        nobody_who_left(house, crowd, stands)
        assert storm.mishaps(house.fakes) == {type(act).__name__ for act in storm.SURELY}
        assert [provider.faults for provider in house.fakes.every.values()] == [[], []]
        print(samples[-1], len(samples), Counter(stands.values()))
