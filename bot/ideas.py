"""Rules of ideas, pure: until when each is read and answered, what is too short, what was said before, how many a day
(conversations.md 7, accountability.md 2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz

from bot.words import plain
from storage.promise_rules import working_day_after

READ_IN = 3  # working days
OUTCOME_IN = 10
APPEAL_IN = 5  # a second person answers who does not agree
A_DAY = 5  # ideas of one person
LEAST_WORDS = 3  # fewer do not say what happens, or where
ALIKE = 90  # of 100, on the words that carry a meaning
_SMALL = re.compile(  # words that carry no meaning of their own, folded
    "a|al|ahi|alla|aqui|cada|como|con|cuando|de|del|desde|donde|e|el|en|entre|es|esa|ese|esta|estan|este|esto|hay|la"
    "|las|le|les|lo|los|me|mi|mis|muy|no|nos|o|para|pero|por|porque|pues|que|se|si|sin|sobre|son|su|sus|tan|tiene"
    "|tienen|todo|todos|u|un|una|uno|y|ya|and|are|at|for|from|in|is|it|not|of|on|or|our|that|the|there|this|to|we"
    "|when|where|with"
)

_BEFORE_A_NUMBER = ("la", "n", "o", "no", "num", "numero", "idea", "number")  # 'n.º 27'


def read_by(at: datetime, tz: str) -> datetime:
    """The day before which a person reads it, its first moment in the zone `tz`, as UTC. Monday -> Thursday."""
    return _due(at, tz, READ_IN)


def outcome_by(at: datetime, tz: str) -> datetime:
    """The day before which it has an outcome."""
    return _due(at, tz, OUTCOME_IN)


def appeal_by(at: datetime, tz: str) -> datetime:
    """The day before which another person answers who did not agree. Monday -> the next Monday."""
    return _due(at, tz, APPEAL_IN)


def _due(at: datetime, tz: str, days: int) -> datetime:
    return _begins(working_day_after(at.astimezone(ZoneInfo(tz)).date(), days), tz)


def day_began(at: datetime, tz: str) -> datetime:
    """When the day of `at` began in the zone `tz`, as UTC."""
    return _begins(at.astimezone(ZoneInfo(tz)).date(), tz)


def _begins(day: date, tz: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(tz)).astimezone(UTC)


def too_short(text: str) -> bool:
    """'agua', 'no hay': what happens, and where, is still to be asked."""
    return len(plain(text).split()) < LEAST_WORDS


def same(text: str, before: Iterable[tuple[int, str]]) -> int | None:
    """The number of the idea that says the same: 'el puente se inunda' where the bridge was told at length.

    before   (number, words) of her own ideas, the newest first
    """
    said = _meaning(text)
    for number, words in before:
        known = _meaning(words)
        if min(len(said), len(known)) > 1 and fuzz.token_set_ratio(" ".join(said), " ".join(known)) >= ALIKE:
            return number
    return None


def _meaning(text: str) -> list[str]:
    """Folded words without the small ones; what is said twice counts once."""
    return list(dict.fromkeys(word for word in plain(text).split() if not _SMALL.fullmatch(word)))


def number_in(words: str) -> int | None:
    """27 of '27', 'n. 27', 'la 27', '#27'; None for words that say something else."""
    rest = [word for word in plain(words).split() if word not in _BEFORE_A_NUMBER]
    return int(rest[0]) if len(rest) == 1 and rest[0].isascii() and rest[0].isdecimal() and len(rest[0]) < 10 else None
