"""What a broadcast would cost and what its SMS says, as the team reads it. No conversation of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from bot import costs
from bot.costs import Mailing
from bot.i18n import And, Count, Label, When, _, n_
from bot.sms import segments, sms_text
from bot.talk import Talk
from conversations.staff import translating

WAYS = {"whatsapp": _("WhatsApp {price}"), "sms": _("SMS {segments} ({price})"), "telegram": _("Telegram {price}")}
NOBODY = {"whatsapp": _("WhatsApp 0"), "sms": _("SMS 0"), "telegram": _("Telegram 0")}
IN_LANGUAGES = _("SMS {segments}: {langs} ({price})")
NAME = "Ana"  # stands for each person's own in a sample
SEGMENTS = n_("{n} segmento", "{n} segmentos")


def cost(talk: Talk, mailings: Sequence[Mailing]) -> dict[str, list[Any]]:
    """channel -> [how many, what it costs or None, of SMS: language -> segments]; JSON. Only inside look and once."""
    found = costs.of(talk.db, mailings, talk.scene.prices)
    amounts = {name: None if amount is None else str(amount) for name, amount in found.amount.items()}
    return {name: [number, amounts[name], dict(found.sms)] for name, number in found.number.items()}


def told(talk: Talk, found: Mapping[str, Sequence[Any]], now: datetime, tz: str) -> str:
    """'Costo: WhatsApp US$ 5.25, SMS 60 segmentos (sin precio), Telegram 0 (tarifas de hoy).'"""
    parts = ", ".join(_part(talk, way, found.get(way)) for way in WAYS)
    day = talk.scene.prices.day
    if day is None or not any(Decimal(amount or 0) for _number, amount, *_langs in found.values()):
        return talk.text(_("Costo: {parts}."), parts=parts)
    today = now.astimezone(ZoneInfo(tz)).date()
    noon = datetime.combine(day, time(12), ZoneInfo(tz))
    dated = Label(_("tarifas del {date}"), {"date": When(noon, tz, "date")})
    if day.year != today.year:
        dated = Label(_("tarifas del {date} de {year}"), {"date": When(noon, tz, "date"), "year": day.year})
    return talk.text(
        _("Costo: {parts} ({dated})."), parts=parts, dated=Label(_("tarifas de hoy")) if day == today else dated
    )


def _part(talk: Talk, way: str, counted: Sequence[Any] | None) -> str:
    if counted is None:
        return talk.text(NOBODY[way])
    number, amount, *langs = counted  # a question that an older version asked knows of no languages
    price = Label(_("sin precio")) if amount is None else talk.scene.prices.shown(Decimal(amount))
    several = langs[0] if langs and way == "sms" and len(langs[0]) > 1 else {}
    each = And(
        f"{translating.name(talk, lang)} {n}" for lang, n in sorted(several.items(), key=lambda one: (-one[1], one[0]))
    )
    text = IN_LANGUAGES if several else WAYS[way]
    return talk.text(text, price=price, segments=Count(*SEGMENTS, number), langs=each)


def words(samples: Mapping[str, str]) -> str:
    """The words as they leave: those by SMS where there are such. Where each reads her name stands NAME."""
    text = sms_text(samples["sms"]) if "sms" in samples else next(iter(samples.values()), "")
    return text.replace("{name}", NAME)


def sample(talk: Talk, samples: Mapping[str, str]) -> str:
    """'SMS, 1 segmento: «...»'; without SMS the words of another channel alone. Then those of the other languages."""
    text = words(samples)
    shown = f"«{text}»"
    if "sms" in samples:
        shown = talk.text(_("SMS, {segments}: «{text}»"), segments=Count(*SEGMENTS, segments(text).parts), text=text)
    return "\n".join([shown, *_elsewhere(talk, samples)])


def _elsewhere(talk: Talk, samples: Mapping[str, str]) -> Iterator[str]:
    """'inglés: «...»', once for each other language that somebody reads; by SMS where there are such."""
    seen: dict[str, str] = {}
    for name, text in samples.items():
        channel, _space, lang = name.partition(" ")
        if lang and (lang not in seen or channel == "sms"):
            seen[lang] = sms_text(text, lang) if channel == "sms" else text
    for lang, text in seen.items():
        yield f"{translating.name(talk, lang)}: «{text.replace('{name}', NAME)}»"
