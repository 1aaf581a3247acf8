"""What a preview on the command line says of the cost: with prices, without, and in which language a refusal comes."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console

from bot import prices
from bot.costs import Cost
from bot.terminal import show

TABLE = prices.read('date = 2026-11-03\ncurrency = "US$"\n[sms.PA]\nsegment = 0.05\n')


@pytest.mark.parametrize(
    ("number", "amount", "table", "said"),
    [
        ({"sms": 60}, {"sms": "3.00"}, TABLE, "Cost: SMS 60 segments (US$ 3.00) (prices of 2026-11-03).\n"),
        ({"sms": 1, "telegram": 18}, {"sms": "0.05", "telegram": "0"}, TABLE, "SMS 1 segment (US$ 0.05), Telegram 0 "),
        ({"whatsapp": 7}, {"whatsapp": None}, prices.NONE, "Cost: WhatsApp no price.\nWhat has no price is not in"),
        ({"whatsapp": 7}, {"whatsapp": None}, TABLE, "Cost: WhatsApp no price.\n"),
        ({}, {}, TABLE, ""),
    ],
)
def test_a_cost_is_one_line(
    number: dict[str, int], amount: dict[str, str | None], table: prices.Prices, said: str
) -> None:
    out = StringIO()
    given = {name: None if one is None else Decimal(one) for name, one in amount.items()}
    show.cost(Console(file=out, width=200), Cost(number=number, amount=given), table)
    assert said in out.getvalue()
    assert bool(out.getvalue()) is bool(number)
