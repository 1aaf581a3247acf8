"""What sending costs, by the operator's own table of prices. Pure: a table with its date, messages counted, money.

No price is known by itself and none is invented: what the table does not hold is None, told as "sin precio", never as
0 (conversations.md 5). Telegram takes nothing from a bot.

    date = 2026-11-03
    currency = "US$"
    [whatsapp.PA]
    marketing = 0.00
    [sms."*"]
    segment = 0.00
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_UP, Decimal

FREE = "telegram"
ANYWHERE = "*"  # every country without a row of its own
CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "whatsapp": ("marketing", "utility", "authentication", "service"),  # service: written within 24 hours of her words
    "sms": ("segment",),
}
CENT = Decimal("0.01")
WRONG = "{where}: {why}. Copy examples/prices.toml and write the prices of your provider into it"


@dataclass(frozen=True, slots=True)
class Units:
    """So many paid things of one kind: segments of SMS, messages on WhatsApp and Telegram."""

    channel: str
    country: str  # 'PA'; '' = it can not be told
    category: str  # of CATEGORIES; '' = it can not be told
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The table. Empty: no price is known."""

    day: date | None = None  # of which they are
    currency: str = ""  # as people read it: 'US$'
    each: Mapping[tuple[str, str, str], Decimal] = field(default_factory=dict)  # (channel, country, category)

    def one(self, units: Units) -> Decimal | None:
        """The price of one; None when it is not in the table."""
        if units.channel == FREE:
            return Decimal(0)
        keys = ((units.channel, place, units.category) for place in (units.country, ANYWHERE))
        return next((self.each[key] for key in keys if key in self.each), None)

    def cost(self, counted: Iterable[Units]) -> dict[str, Decimal | None]:
        """Channel -> what all of it costs, in cents rounded up; None as soon as one price of it is missing."""
        found: dict[str, Decimal | None] = {}
        for units in counted:
            price, before = self.one(units), found.get(units.channel, Decimal(0))
            found[units.channel] = None if price is None or before is None else before + price * units.number
        return {name: None if sum_ is None else sum_.quantize(CENT, ROUND_UP) for name, sum_ in found.items()}

    def shown(self, amount: Decimal) -> str:
        """'US$ 5.25'; '0' for nothing."""
        return f"{self.currency} {amount}" if amount else "0"


NONE = Prices()


def read(text: str) -> Prices:
    """The table that is written in TOML. Raises ValueError: it says where and what to write."""
    try:
        rows = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as e:
        raise ValueError(WRONG.format(where="it is no TOML", why=e)) from None
    day, currency = rows.pop("date", None), rows.pop("currency", None)
    if not isinstance(day, date) or isinstance(day, datetime):
        raise ValueError(WRONG.format(where="date", why="it is the day of the prices: date = 2026-11-03"))
    if not isinstance(currency, str) or not currency.strip():
        raise ValueError(WRONG.format(where="currency", why='it is how people write it: currency = "US$"'))
    each = {key: amount for channel, places in rows.items() for key, amount in _of(channel, places)}
    return Prices(day=day, currency=currency.strip(), each=each)


def _of(channel: str, places: object) -> Iterable[tuple[tuple[str, str, str], Decimal]]:
    if channel not in CATEGORIES or not isinstance(places, dict):
        raise ValueError(WRONG.format(where=channel, why=f"there are prices for {' and '.join(CATEGORIES)}"))
    for place, prices in places.items():
        if not isinstance(prices, dict) or not (place == ANYWHERE or _is_country(place)):
            raise ValueError(WRONG.format(where=f"{channel}.{place}", why=f'write [{channel}.PA] or [{channel}."*"]'))
        for category, amount in prices.items():
            yield (channel, place, category), _amount(f"{channel}.{place}.{category}", channel, category, amount)


def _is_country(place: str) -> bool:
    return len(place) == 2 and place.isascii() and place.isalpha() and place.isupper()


def _amount(where: str, channel: str, category: str, amount: object) -> Decimal:
    if category not in CATEGORIES[channel]:
        raise ValueError(WRONG.format(where=where, why=f"write one of these: {', '.join(CATEGORIES[channel])}"))
    if isinstance(amount, bool) or not isinstance(amount, int | Decimal) or not Decimal(amount).is_finite():
        raise ValueError(WRONG.format(where=where, why="a price is a number, without a currency"))
    if amount < 0:
        raise ValueError(WRONG.format(where=where, why="a price is not less than 0"))
    return Decimal(amount)
