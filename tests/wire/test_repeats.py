"""Whatever a provider delivers twice, late or out of order counts once, and is answered once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from fakes.telegram import Telegram
from storage import outbox
from storage import tables as t
from storage.store import Store
from tests.wire.acts import rows
from tests.wire.house import Ground, House
from tests.wire.phones import WAYS, WirePhone, WireTown
from tests.wire.providers import SITE, Providers, providers

SAID = ("SANMARTIN", "1", "Rosa", "1")  # asked after that: is she going?
RECEIPTS = ("sent", "delivered", "sent", "failed")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database: the storage's own tests repeat everything on both."""
    return sqlite_url


@contextmanager
def town_over(ground: Ground, store: Store, name: str) -> Iterator[WireTown]:
    """A town one way, where everything is delivered twice; at its end every specification was kept."""
    way = WAYS[name]
    with providers(way.provider, more=dict(way.more)) as fakes, House(ground, store, fakes) as house:
        provider = fakes.every[way.provider]
        provider.deliver.times = provider.deliver.receipt_times = 2
        yield WireTown.over(house, way)
        house.rest()
        fakes.good()


def told_again(fakes: Providers, since: int) -> None:
    """Telegram has forgotten that its updates since then were taken: they come again, the newest first."""
    if "telegram" in fakes.every and not fakes.telegram.queue.url:
        for update in reversed(fakes.telegram.updates[since:]):
            fakes.telegram.raw({kind: content for kind, content in update.items() if kind != "update_id"})


def heard(house: House) -> int:
    """Messages that came in."""
    return len(rows(house, t.inbound))


def say(phone: WirePhone, *texts: str) -> None:
    """Said one after the other, each delivered twice."""
    for text in texts:
        before = _made(phone)
        phone.say(text)
        told_again(phone.house.fakes, before)
        assert phone.read() == []


def _made(phone: WirePhone) -> int:
    provider = phone.house.fakes.every[phone.way.provider]
    return len(provider.updates) if isinstance(provider, Telegram) else 0


@pytest.mark.parametrize("name", [*WAYS])
def test_what_is_delivered_twice_counts_once_and_is_answered_once(ground: Ground, store: Store, name: str) -> None:
    with town_over(ground, store, name) as town:
        phone = town.phone(town.way.channel)
        assert isinstance(phone, WirePhone)
        say(phone, *SAID, "1")
        house = town.house
        assert heard(house) == len(phone.screen) == len(rows(house, t.outbox)) == 5
        assert [len(rows(house, table)) for table in (t.registration, t.person, t.consent)] == [1, 1, 1]
        assert {(row.state, row.attempts, row.uncertain) for row in rows(house, t.outbox)} == {("sent", 0, 0)}
        posted = [kind for kind, _ in house.fakes.posts if kind == "message"]
        assert len(posted) == (0 if name == "telegram-polled" else 10)


@pytest.mark.parametrize("name", ["whatsapp", "telegram", "telegram-polled"])
def test_a_tap_that_comes_twice_counts_once(ground: Ground, store: Store, name: str) -> None:
    with town_over(ground, store, name) as town:
        phone = town.phone(town.way.channel)
        assert isinstance(phone, WirePhone)
        say(phone, *SAID)
        before = _made(phone)
        assert [shown.text[:6] for shown in phone.tap("Sí")] == ["Listo,"]
        told_again(town.house.fakes, before)
        assert phone.read() == []
        assert heard(town.house) == 5
        assert [row.state for row in rows(town.house, t.registration)] == ["registered"]


@pytest.mark.parametrize("name", [*WAYS])
def test_out_of_order_and_twice_each_is_answered_once(ground: Ground, store: Store, name: str) -> None:
    with town_over(ground, store, name) as town:
        phone, way, house = town.phone(town.way.channel), town.way, town.house
        assert isinstance(phone, WirePhone)
        say(phone, *SAID)
        provider, before = house.fakes.every[way.provider], _made(phone)
        provider.deliver.order = "reversed"
        with provider.batch() as answers:
            for text in ("1", "SANMARTIN", "si"):
                way.write(house.fakes, phone.number, text, "", None)
        assert all(answer.status == 200 for answer in answers)
        house.rest()
        told_again(house.fakes, before)
        assert len(phone.read()) == 3
        assert heard(house) == 7
        assert [row.state for row in rows(house, t.registration)] == ["registered"]


# --- receipts ---------------------------------------------------------------------------------------------------------


def answers(phone: WirePhone, count: int) -> None:
    """So many messages to this phone, sent."""
    house = phone.house
    [at] = rows(house, t.address)
    for n in range(count):
        given = {"sender_id": at.sender_id, "address_id": at.id, "person_id": None, "reply": {"text": f"number {n}"}}
        house.store.do(lambda unit, given=given: outbox.put_reply(unit, **given))  # type: ignore[misc]
    house.rest()
    house.fakes.settle()


def outcomes(house: House) -> set[tuple[str, int, str | None]]:
    """How the messages of `answers` stand."""
    mine = [row for row in rows(house, t.outbox) if "number" in row.body and row.attempt == 1]
    return {(row.state, row.rank, row.error) for row in mine}


def fate(fakes: Providers, steps: Sequence[str]) -> None:
    """What the provider tells of the next message, in this order."""
    if "android" in fakes.every:
        fakes.android.fate(*steps, reason="TTL expired")
    else:
        fakes.twilio.fate(*steps, code=30007)


@pytest.mark.parametrize("name", ["sim", "twilio", "whatsapp"])
@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (RECEIPTS, ("sent", 5, None)),
        (("sent", "sent", "delivered"), ("sent", 5, None)),
        (("sent", "failed", "failed"), ("failed", 4, "refused: ")),
    ],
)
def test_receipts_end_the_same_in_any_order(
    ground: Ground, store: Store, name: str, steps: Sequence[str], expected: tuple[str, int, str | None]
) -> None:
    """All permutations, each posted twice."""
    orders = sorted(set(itertools.permutations(steps)))
    with town_over(ground, store, name) as town:
        phone = town.phone(town.way.channel)
        assert isinstance(phone, WirePhone)
        say(phone, "SANMARTIN")
        town.house.fakes.settle()
        for order in orders:
            fate(town.house.fakes, order)
        answers(phone, len(orders))
        [(state, rank, error)] = outcomes(town.house)
        assert (state, rank, error and error[:9]) == expected
        told = [row for row in rows(town.house, t.receipt) if row.outbox_id != 1]
        assert len(told) == 2 * len(steps) * len(orders)


@pytest.mark.parametrize("name", ["twilio", "whatsapp"])
def test_receipts_before_the_answer_are_not_lost(ground: Ground, store: Store, name: str) -> None:
    with town_over(ground, store, name) as town:
        phone, twilio = town.phone(town.way.channel), town.house.fakes.twilio
        assert isinstance(phone, WirePhone)
        say(phone, "SANMARTIN")
        town.house.fakes.settle()
        twilio.deliver.receipts = "before the answer"
        twilio.deliver.receipt_order = "reversed"
        answers(phone, 3)
        assert outcomes(town.house) == {("sent", 5, None)}


@pytest.mark.parametrize("name", ["sim", "twilio", "whatsapp"])
def test_a_late_sent_takes_nothing_back(ground: Ground, store: Store, name: str) -> None:
    with town_over(ground, store, name) as town:
        phone, fakes = town.phone(town.way.channel), town.house.fakes
        assert isinstance(phone, WirePhone)
        say(phone, "SANMARTIN")
        provider = fakes.every[town.way.provider]
        provider.deliver.receipt_late, provider.deliver.receipt_order = True, "reversed"
        answers(phone, 1)
        assert outcomes(town.house) == {("sent", 3, None)}
        provider.release()
        fakes.settle()
        assert outcomes(town.house) == {("sent", 5, None)}


def test_a_receipt_of_a_message_that_nobody_knows_changes_nothing(ground: Ground, store: Store) -> None:
    with town_over(ground, store, "twilio") as town:
        phone, twilio = town.phone("sms"), town.house.fakes.twilio
        phone.say("SANMARTIN")
        twilio.settle()
        before = [tuple(row) for row in rows(town.house, t.outbox)]
        [sid] = [one.sid for one in twilio.records.values() if one.direction == "outbound-api"]
        twilio.records[sid].callback = f"{SITE}/webhooks/twilio/status/999999"
        twilio.tell(sid, "failed", code=30005)
        twilio.settle()
        assert [tuple(row) for row in rows(town.house, t.outbox)] == before
        assert [row.reachable for row in rows(town.house, t.address)] == [True]
