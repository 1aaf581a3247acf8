"""What Twilio's error codes mean and what is done about each (channels.md 4). A code that is not here: at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.errors import SendError

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is done about one error. `told` is for the operator."""

    told: str
    waits: tuple[float, ...] = ()  # seconds before the second try, the third ...; after them the rest holds
    pause: float = 0.0  # seconds that the whole sender waits; no try is burnt
    most: float = 0.0  # seconds: the pause doubles up to here while the error comes again at once
    next_day: bool = False  # the pause lasts until the next day, UTC
    gone: bool = False
    uncertain: bool = False
    halt: bool = False
    left: bool = False
    no_news: bool = False
    fallback: bool = False
    alert: bool = False
    alert_above: float = 0.0  # share of an hour's messages
    country: bool = False  # it is for the country of the address alone; the operator is told of that as such


_closed = partial(Rule, country=True, fallback=True)

TOO_FAST = "20429"
TEMPLATE = "21654 21655 21656 63027 63028 63040 63041 63042"
DEAD_TEMPLATE = "21655 63027 63040 63041 63042"  # of the template itself; the others blame one message's variables
MEDIA = "30019 63019 63034 63037 11751"
CLOSED_WINDOW = "63016"

_GROUPS: tuple[tuple[str, Rule], ...] = (
    (TOO_FAST, Rule(told="too many requests at once", pause=0.1, most=30.0)),
    ("30410", Rule(told="the provider took it and gave up waiting", uncertain=True)),
    (
        "30008 30017 63009 63010 63012 63023",
        Rule(told="a fault of the provider or of the carrier", waits=(30 * MINUTE,)),
    ),
    (
        "20003 30002 63001 63020 63022 63051",
        Rule(told="credentials refused, or the account or the WhatsApp account is locked", halt=True),
    ),
    (
        "21212 21606 21703 21704 63002 63007 63008",
        Rule(told="our number or messaging service is not set up for this; check the FROM settings", halt=True),
    ),
    # Only that country is closed: the sender goes on with the others. Where nobody can tell it, this message alone.
    ("21408", _closed(told="this country is off in the account's Geo permissions", halt=True)),
    ("30018 30024 30032 30034 30035", _closed(told="our number is not registered for this country", halt=True)),
    ("30450", _closed(told="blocked as likely pumping fraud in this country", pause=30 * MINUTE)),
    (
        "21211 21217 21421 21614 21635 30005 30006",
        Rule(told="not a number that gets messages", gone=True, fallback=True),
    ),
    ("21612", Rule(told="no route from our number to this one", fallback=True)),
    ("63032", Rule(told="withheld by an experiment of Meta", fallback=True)),
    ("21608", Rule(told="a trial account reaches verified numbers only: verify it, or upgrade", alert=True)),
    ("63015", Rule(told="this person has not joined the WhatsApp sandbox", alert=True)),
    ("21610", Rule(told="opted out at the provider", left=True)),
    ("14107", Rule(told="too many replies to one person at once", waits=(10 * MINUTE,) * 3, alert=True)),
    ("21611 30001", Rule(told="the sender's queue is full", pause=15 * MINUTE)),
    ("30022", Rule(told="above the carrier's rate", pause=MINUTE)),
    ("30023 30027 63038", Rule(told="the day's limit is reached", pause=HOUR, next_day=True)),
    ("30003", Rule(told="the phone is off or out of reach", waits=(2 * HOUR, 6 * HOUR), fallback=True)),
    ("30004", Rule(told="the person blocks messages", gone=True)),
    ("30007", Rule(told="filtered by the carrier as unwanted", alert_above=0.05)),
    ("30010", Rule(told="dearer than the price cap")),
    ("30036", Rule(told="not delivered while it was valid")),
    (
        "21602 21603 21604 21609 21617 21620 21623 63030 63031",
        Rule(told="the request was not well made", alert=True),
    ),
    (MEDIA, Rule(told="the media was not taken; it goes as a link", waits=(MINUTE,), alert=True)),
    (TEMPLATE, Rule(told="the template or its variables were not taken", fallback=True, alert=True)),
    ("63005 63006 63013 63021 63026", Rule(told="the content is against WhatsApp's rules; review it", alert=True)),
    ("63003 63024", Rule(told="not on WhatsApp", gone=True, fallback=True)),
    ("63014 63033", Rule(told="the person blocked us", gone=True)),
    # At the second try an approved template is taken where there is one, see `_twilio_draft`.
    (CLOSED_WINDOW, Rule(told="outside the 24 hours", waits=(MINUTE,), fallback=True)),
    ("63017 63018", Rule(told="WhatsApp's rate or tier is used up", pause=MINUTE, most=DAY)),
    ("63049 131049", Rule(told="Meta withheld it as one marketing message too many", fallback=True)),
    ("131050", Rule(told="the person stopped our marketing messages on WhatsApp", no_news=True)),
    ("57012", Rule(told="the signature of our answer was bad", alert=True)),
    ("11200", Rule(told="our webhook does not answer", alert=True)),
)


def codes(text: str) -> frozenset[int]:
    """'63027 63028' as numbers."""
    return frozenset(map(int, text.split()))


RULES: Mapping[int, Rule] = {code: rule for group, rule in _GROUPS for code in codes(group)}

_BUSY = RULES[int(TOO_FAST)]
_FAULT = Rule(told="a fault of the provider; it may have been sent", uncertain=True)
_UNKNOWN_KEY = Rule(told="credentials refused", halt=True)
_UNLISTED = Rule(told="not in our table", alert=True)


def rule_of(status: int, code: int) -> Rule:
    """The rule for a refused call: by its code, unless the HTTP status says more."""
    if status >= 500:
        return _FAULT
    if status == 429:
        rule = RULES.get(code, _BUSY)
        return rule if rule.pause or rule.waits else _BUSY
    if status == 401:
        return RULES.get(code, _UNKNOWN_KEY)
    return RULES.get(code, _UNLISTED)


def refused(status: int, code: int, *, attempt: int, now: datetime) -> SendError:
    """The policy for a call that Twilio did not take. attempt: 1, 2 ... of the message."""
    return _policy(rule_of(status, code), f"Twilio {code} (HTTP {status})", attempt, now)


def reported(code: int, *, attempt: int, now: datetime) -> SendError:
    """The policy for a failure told later, in a status callback. code 0: none was told."""
    return _policy(RULES.get(code, _UNLISTED), f"Twilio {code}" if code else "Twilio, no code", attempt, now)


def _policy(rule: Rule, where: str, attempt: int, now: datetime) -> SendError:
    told = f"{where}: {rule.told}"
    if rule.pause:
        wait = _until_tomorrow(now, rule.pause) if rule.next_day else rule.pause
        only = {"country": rule.country, "fallback": rule.fallback}
        return SendError(told, throttled=True, retry_after=wait, alert=rule.alert, **only)
    if attempt <= len(rule.waits):
        wait, tries = rule.waits[attempt - 1], 1 + len(rule.waits)
        return SendError(told, retry_after=wait, tries=tries, fallback=rule.fallback, alert=rule.alert)
    return SendError(
        told,
        gone=rule.gone,
        uncertain=rule.uncertain,
        halt=rule.halt,
        left=rule.left,
        no_news=rule.no_news,
        fallback=rule.fallback,
        alert=rule.alert,
        alert_above=rule.alert_above,
        country=rule.country,
    )


def _until_tomorrow(now: datetime, least: float) -> float:
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return max((tomorrow - now).total_seconds(), least)


class Pauses:
    """How long a sender waits when Twilio says "too fast" again and again: doubling, per sender and kind of limit.

    Many calls are under way when the first is refused. Those that come back within its pause do not double it.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[str, float], tuple[float, datetime]] = {}  # -> seconds, when they end

    def next(self, sender: str, rule: Rule, now: datetime) -> float:
        """Seconds to wait from now."""
        key = (sender, rule.most)
        seconds, ends = self._last.get(key, (0.0, now))
        if seconds and now < ends:
            return max((ends - now).total_seconds(), rule.pause)
        fresh = not seconds or (now - ends).total_seconds() > max(2 * seconds, MINUTE)
        seconds = rule.pause if fresh else min(2 * seconds, rule.most)
        self._last[key] = (seconds, now + timedelta(seconds=seconds))
        return seconds

    def over(self, sender: str) -> None:
        """A message was taken."""
        self._last = {key: value for key, value in self._last.items() if key[0] != sender}
