"""What sending costs: the operator's table, read and counted; nothing without a price is ever 0."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bot import prices
from bot.countries import country_of
from bot.prices import NONE, Prices, Units
from tests.test_rules import ROOT

HEAD = 'date = 2026-11-03\ncurrency = "US$"\n'
TABLE = prices.read(
    HEAD + '[whatsapp.PA]\nmarketing = 0.075\nutility = 0.01\n[sms.PA]\nsegment = 0.05\n[sms."*"]\nsegment = 1\n'
)


@pytest.mark.parametrize(
    ("counted", "cost"),
    [
        ([Units("whatsapp", "PA", "marketing", 70)], {"whatsapp": "5.25"}),
        ([Units("whatsapp", "PA", "marketing", 1)], {"whatsapp": "0.08"}),  # a part of a cent is a cent
        ([Units("sms", "PA", "segment", 60)], {"sms": "3.00"}),
        ([Units("sms", "PA", "segment", 60), Units("sms", "CO", "segment", 2)], {"sms": "5.00"}),
        ([Units("sms", "", "segment", 2)], {"sms": "2.00"}),
        ([Units("whatsapp", "CO", "marketing", 1)], {"whatsapp": None}),  # no row for Colombia
        ([Units("whatsapp", "PA", "service", 1)], {"whatsapp": None}),
        ([Units("whatsapp", "PA", "", 1)], {"whatsapp": None}),
        ([Units("whatsapp", "PA", "marketing", 1), Units("whatsapp", "CO", "marketing", 1)], {"whatsapp": None}),
        ([Units("whatsapp", "CO", "marketing", 1), Units("whatsapp", "PA", "marketing", 1)], {"whatsapp": None}),
        ([Units("telegram", "", "", 18)], {"telegram": "0.00"}),
        ([], {}),
    ],
)
def test_a_cost_is_told_whole_or_not_at_all(counted: list[Units], cost: dict[str, str | None]) -> None:
    want = {name: None if amount is None else Decimal(amount) for name, amount in cost.items()}
    assert TABLE.cost(counted) == want


def test_without_a_table_only_telegram_has_a_price() -> None:
    counted = [Units("sms", "PA", "segment", 1), Units("whatsapp", "PA", "marketing", 1), Units("telegram", "", "", 1)]
    assert NONE.cost(counted) == {"sms": None, "whatsapp": None, "telegram": Decimal(0)}


def test_nothing_is_told_as_0_and_the_rest_with_its_currency() -> None:
    assert [TABLE.shown(Decimal(amount)) for amount in ("0.00", "5.25", "0.01")] == ["0", "US$ 5.25", "US$ 0.01"]
    assert (TABLE.day, Prices().day) == (date(2026, 11, 3), None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("date = ", "it is no TOML"),
        ('currency = "US$"\n', "date: it is the day"),
        ('date = "3 nov"\ncurrency = "US$"\n', "date: it is the day"),
        ("date = 2026-11-03T10:00:00Z\n", "date: it is the day"),
        ("date = 2026-11-03\n", "currency: it is how people write it"),
        (HEAD + "[telegram.PA]\nmessage = 1\n", "telegram: there are prices for whatsapp and sms"),
        (HEAD + "[sms.panama]\nsegment = 1\n", "sms.panama: write"),
        (HEAD + "[sms]\nsegment = 1\n", "sms.segment: write"),
        (HEAD + "[sms.PA]\nmessage = 1\n", "sms.PA.message: write one of these: segment"),
        (HEAD + "[whatsapp.PA]\nmarketing = -1\n", "not less than 0"),
        (HEAD + "[whatsapp.PA]\nmarketing = nan\n", "a price is a number"),
        (HEAD + '[whatsapp.PA]\nmarketing = "US$ 1"\n', "a price is a number"),
        (HEAD + "[whatsapp.PA]\nmarketing = true\n", "a price is a number"),
    ],
)
def test_a_wrong_table_says_where_and_what_to_write(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why.replace(".", r"\.")):
        prices.read(text)


def test_the_example_holds_no_price_at_all() -> None:
    text = (ROOT / "examples" / "prices.toml").read_text(encoding="utf-8")
    assert not prices.read(text).each
    assert "THERE ARE NO PRICES IN THIS FILE" in text


@pytest.mark.parametrize(
    ("number", "country"),
    [("+50760000001", "PA"), ("+573001234567", "CO"), ("+18095551234", "DO"), ("12345", ""), ("", ""), ("@x", "")],
)
def test_the_country_of_a_number(number: str, country: str) -> None:
    assert country_of(number) == country
