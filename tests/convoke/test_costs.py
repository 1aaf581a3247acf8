"""What an invitation would cost by channel, country and category, counted from the words and people it goes to."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from bot import costs, prices
from bot.actions import announce
from bot.costs import Cost
from bot.prices import NONE, Prices
from storage import tables as t
from storage.store import Store, Unit
from tests.kit import Town

TABLE = prices.read(
    'date = 2026-11-03\ncurrency = "US$"\n[sms.PA]\nsegment = 0.05\n[whatsapp.PA]\nmarketing = 0.5\nservice = 0.125\n'
)


def priced(town: Town, table: Prices, code: str = "sm2") -> Cost:
    return town.store.read(
        lambda unit: costs.of(unit, announce.preview(unit, town.app.catalogues, code).mailings, table)
    )


@pytest.fixture
def town(store: Store) -> Town:
    """Three neighbours by SMS, one who wrote on WhatsApp just now."""
    town = Town.on(store)
    for n in range(3):
        town.neighbour(f"Vecino {n}")
    phone = town.phone("whatsapp", "Rosa", "Rosa")
    for said in ("SANMARTIN", "1", "1", "1", "2"):
        phone.say(said)
    return town


def test_within_24_hours_whatsapp_is_a_service_message(town: Town) -> None:
    cost = priced(town, TABLE)
    assert dict(cost.number) == {"sms": 3, "whatsapp": 1}
    assert dict(cost.amount) == {"sms": Decimal("0.15"), "whatsapp": Decimal("0.13")}


def test_after_it_the_template_has_its_own_price(town: Town) -> None:
    now = town.store.read(lambda unit: unit.now)
    town.at(now + timedelta(hours=25))
    assert priced(town, TABLE).amount["whatsapp"] == Decimal("0.50")


def test_an_invitation_for_later_counts_the_window_of_that_hour(town: Town) -> None:
    def work(unit: Unit) -> Cost:
        at = unit.now + timedelta(hours=26)
        return costs.of(unit, announce.preview(unit, town.app.catalogues, "sm2", due_at=at).mailings, TABLE)

    assert town.store.read(work).amount["whatsapp"] == Decimal("0.50")


def test_a_number_from_elsewhere_without_a_price_leaves_the_whole_channel_without(town: Town) -> None:
    def moved(unit: Unit) -> None:
        one = t.address.c.channel == "sms"
        ids = [row.id for row in unit.db.execute(t.address.select().where(one))]
        unit.db.execute(t.address.update().where(t.address.c.id == ids[0]).values(value="+573001234567"))

    town.store.do(moved)
    cost = priced(town, TABLE)
    assert (cost.number["sms"], cost.amount["sms"]) == (3, None)


def test_without_a_table_nothing_has_a_price(town: Town) -> None:
    assert set(priced(town, NONE).amount.values()) == {None}


def test_it_counts_whom_the_preview_counts(town: Town) -> None:
    seen = town.store.read(lambda unit: announce.preview(unit, town.app.catalogues, "sm2"))
    cost = priced(town, TABLE)
    assert cost.number["sms"] == seen.segments
    assert cost.number["whatsapp"] == seen.by_channel["whatsapp"]
