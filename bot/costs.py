"""What a broadcast would cost: the messages of its preview, counted by channel, country and category."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select

from bot.countries import country_of
from bot.message import Reply
from bot.prices import Prices, Units
from bot.results import parts
from storage import costs
from storage.store import Unit

WINDOW = timedelta(hours=24)  # of WhatsApp: within it we write freely, as a 'service' message
MARKETING = ("invitacion_laboratorio", "historia")  # docs/templates.md; the other templates are 'utility'
SAME_COUNTRY = 8  # characters of a number that tell its country: '+1809555', '+5076000'


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """One broadcast as it would go out."""

    audience: Select[Any]
    lab_id: int | None
    replies: Mapping[str, Reply]  # variant -> its words
    at: datetime  # when it would leave


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """channel -> what is paid for: segments of SMS, messages of the others; and for how much, None = no price."""

    number: Mapping[str, int]
    amount: Mapping[str, Decimal | None]
    sms: Mapping[str, int] = field(default_factory=dict)  # language -> segments of its SMS


def of(unit: Unit, mailings: Iterable[Mailing], prices: Prices) -> Cost:
    """What these broadcasts would cost together."""
    counted: Counter[tuple[str, str, str]] = Counter()
    sms: Counter[str] = Counter()
    for mailing in mailings:
        for lang, key, number in _paid(unit, mailing):
            counted[key] += number
            if key[0] == "sms":
                sms[lang] += number
    units = [Units(*key, number) for key, number in sorted(counted.items())]
    numbers: Counter[str] = Counter()
    for one in units:
        numbers[one.channel] += one.number
    return Cost(number=dict(numbers), amount=prices.cost(units), sms=dict(sms))


def _paid(unit: Unit, mailing: Mailing) -> Iterator[tuple[str, tuple[str, str, str], int]]:
    """(language, (channel, country, category), how many) of each message."""
    lengths = {name: parts(reply.text, name.split("/")[1]) for name, reply in mailing.replies.items()}
    places: dict[str, str] = {}
    for variant, number, last in costs.reached(unit, mailing.audience, mailing.lab_id):
        channel, lang = variant.split("/")[:2]
        if channel == "telegram":
            yield lang, (channel, "", ""), 1
            continue
        begins = number[:SAME_COUNTRY]
        if begins not in places:
            places[begins] = country_of(number)
        if channel == "sms":
            yield lang, (channel, places[begins], "segment"), lengths[variant]
        else:
            category = _category(mailing.replies[variant], last, mailing.at)
            yield lang, (channel, places[begins], category), 1


def _category(reply: Reply, last: datetime | None, at: datetime) -> str:
    if last is not None and last > at - WINDOW:
        return "service"
    if reply.template is None:
        return ""  # it goes by another channel, or not at all: nobody can say what it costs
    return "marketing" if reply.template.name in MARKETING else "utility"
