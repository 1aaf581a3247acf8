"""What may have been sent is looked up at its provider: its answer counts like a receipt, its silence like none."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot import doubts
from bot.channels import Doubt
from bot.errors import SendError
from bot.message import Receipt
from storage import doubts as stored
from storage.store import Store
from tests.conftest import Clock
from tests.convoke.acts import adds_up
from tests.convoke.town import NOON, Town
from tests.sending.onward_kit import DROPPED, House


class Provider:
    """Answers as it is told, and keeps what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), list[Doubt]()

    async def reconcile(self, doubt: Doubt) -> Receipt | None:
        self.asked.append(doubt)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, SendError):
            raise answer
        if answer is None:
            return None
        return Receipt(
            sender=doubt.parcel.sender, provider_id=f"p{doubt.parcel.ref}", rank=answer,
            outbox_id=int(doubt.parcel.ref), policy=DROPPED if answer == 4 else None,
        )  # fmt: skip


@pytest.fixture
def house(store: Store, clock: Clock) -> House:
    clock.set(NOON)
    return House(Town.build(store))


def doubtful(house: House, people: int = 1) -> list[int]:
    """So many may have got a broadcast."""
    for _ in range(people):
        house.town.neighbour("sms")
    house.announce()
    ids = [letter.id for letter in house.claim()]
    for id in ids:
        house.settle(id, "uncertain")
    return ids


def look(house: House, provider: Provider) -> int:
    return asyncio.run(doubts.look(house.town.store, {"simulator": provider}))


@pytest.mark.parametrize(("rank", "end"), [(2, "sent"), (3, "sent"), (4, "failed"), (5, "sent"), (None, "unknown")])
def test_its_answer_ends_the_doubt(house: House, clock: Clock, rank: int | None, end: str) -> None:
    [one] = doubtful(house)
    clock.forward(minutes=2)
    assert look(house, Provider(rank)) == (rank is not None)
    assert (house.row(one).state, adds_up(house.ledger())) == (end, True)
    assert getattr(house.ledger(), end) == 1


def test_it_is_asked_with_the_message_as_it_was_and_when_its_call_began(house: House, clock: Clock) -> None:
    [one] = doubtful(house)
    began = house.row(one).started_at
    clock.forward(minutes=2)
    provider = Provider()
    look(house, provider)
    [asked] = provider.asked
    parcel = asked.parcel
    assert (parcel.ref, parcel.sender, parcel.now) == (str(one), "simulator:sms", began)
    assert (parcel.reply.text, asked.others) == ("sms own Ana", frozenset())


@pytest.mark.parametrize(("minutes", "asked"), [(0, 0), (2, 1), (23 * 60, 1), (24 * 60 + 1, 0)])
def test_it_is_asked_after_a_minute_and_for_a_day(house: House, clock: Clock, minutes: int, asked: int) -> None:
    doubtful(house)
    clock.forward(minutes=minutes)
    provider = Provider(3)
    assert (look(house, provider), len(provider.asked)) == (asked, asked)


def test_in_the_first_hour_each_round_asks_and_then_one_an_hour(house: House, clock: Clock) -> None:
    doubtful(house)
    provider, asked = Provider(), []
    for _ in range(36):
        clock.forward(minutes=5)
        look(house, provider)
        asked.append(len(provider.asked))
    assert asked[10] == 11
    assert asked[-1] - asked[11] == 2  # two more hours
    clock.forward(days=2)
    assert (look(house, provider), len(provider.asked)) == (0, asked[-1])


def test_it_goes_round_so_that_each_is_asked(house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "LOT", 2)
    ids = doubtful(house, 4)
    clock.forward(minutes=2)
    provider, rounds = Provider(), []
    for _ in range(5):
        provider.asked.clear()
        look(house, provider)
        rounds.append([int(doubt.parcel.ref) for doubt in provider.asked])
        clock.forward(minutes=5)
    assert rounds == [ids[:2], ids[2:], ids[:2], ids[2:], ids[:2]]


def test_one_that_breaks_the_look_does_not_hide_the_others(house: House, clock: Clock) -> None:
    ids = doubtful(house, 2)
    clock.forward(minutes=2)

    class Broken(Provider):
        async def reconcile(self, doubt: Doubt) -> Receipt | None:
            if int(doubt.parcel.ref) == ids[0]:
                raise ValueError("a bug")
            return await super().reconcile(doubt)

    for _ in range(2):
        with pytest.raises(ValueError, match="a bug"):
            look(house, Broken(3))
    assert [house.row(id).state for id in ids] == ["unknown", "sent"]


def test_of_two_processes_one_asks(house: House, clock: Clock) -> None:
    doubtful(house)
    clock.forward(minutes=2)
    both = [house.town.store.read(lambda unit: stored.doubtful(unit, ["simulator"]))[0] for _ in range(2)]
    assert [house.town.store.do(lambda unit, one=one: stored.take(unit, one)) for one in both] == [True, False]  # type: ignore[misc]


def test_a_provider_that_does_not_answer_is_asked_once_a_round(house: House, clock: Clock) -> None:
    doubtful(house, 3)
    clock.forward(minutes=2)
    provider = Provider(SendError("no answer"), 3, 3, 3)
    assert (look(house, provider), len(provider.asked)) == (0, 1)
    assert (look(house, provider), house.ledger().sent) == (3, 3)


def test_what_is_known_already_is_not_asked(house: House, clock: Clock) -> None:
    [one] = doubtful(house)
    house.tell(one, 3)
    clock.forward(minutes=2)
    provider = Provider(5)
    assert (look(house, provider), provider.asked) == (0, [])


def test_rounds_go_on_after_trouble(house: House, clock: Clock) -> None:
    doubtful(house, 2)
    clock.forward(minutes=2)

    class Broken(Provider):
        name = "simulator"

        async def reconcile(self, doubt: Doubt) -> Receipt | None:
            if not self.asked:
                self.asked.append(doubt)
                raise ValueError("a bug")
            if len(self.asked) == 2:
                done.set()
            return await super().reconcile(doubt)

    provider: Any = Broken(3, 3)
    done = asyncio.Event()

    async def work() -> None:
        rounds = asyncio.create_task(doubts.keep(house.town.store, {"simulator": provider}, every=0.01))
        async with asyncio.timeout(10.0):
            await done.wait()
        rounds.cancel()

    asyncio.run(work())
    assert house.ledger().sent >= 1
