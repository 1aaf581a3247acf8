"""Words that are no answer but ask for care: insults (locales/insults.toml), accusations (locales/accusations.toml),
words of danger (the plan). Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from bot.errors import ConvocaError
from bot.i18n import LOCALES
from bot.words import plain

FILE, ACCUSATIONS = LOCALES / "insults.toml", LOCALES / "accusations.toml"
BEFORE = 4  # words between who did it and what was done
BEHIND = {"did": 5, "hurt": 2}  # the other way round: 'me pega mi esposo'; further behind stands who was hurt
_WORD = re.compile(r"[^\W_]+")
_PLACES = ("en", "de", "del", "san", "santa", "desde", "quebrada", "rio", "cerro", "in", "from", "at")


def contains(text: str, phrases: Iterable[str]) -> bool:
    """Whether one of these is said, as whole words, whatever the case and the accents."""
    said = f" {plain(text)} "
    return any(f" {phrase} " in said for one in phrases if (phrase := plain(one)))


def upset(text: str) -> bool:
    """Whether somebody who writes this is angry at us."""
    return contains(text, insults())


def accuses(text: str) -> Literal["", "hurt", "did"]:
    """Of what somebody, by name or by office, is accused: 'hurt' of blows, threats or abuse, also within the family;
    'did' of another wrong: 'el representante Pérez se robó la plata'; '' nobody is.

    A guess, which is asked about and never acted upon by itself: who is spoken of stands close to what was done.
    """
    said = [(word, plain(word)) for word in _WORD.findall(text)]
    who = set(accusations("who"))
    if _accused(said, "hurt", who | set(accusations("kin"))):
        return "hurt"
    return "did" if _accused(said, "did", who) else ""


def _accused(said: Sequence[tuple[str, str]], part: str, offices: set[str]) -> bool:
    folded = [fold for _word, fold in said]
    found = [(at, at + len(one.split())) for one in accusations(part) for at in _where(folded, one)]
    return any(_somebody(said, at, offices) or offices & set(folded[end : end + BEHIND[part]]) for at, end in found)


def _where(folded: Sequence[str], phrase: str) -> list[int]:
    """Where this phrase begins among these words."""
    words = phrase.split()
    return [at for at in range(len(folded) - len(words) + 1) if list(folded[at : at + len(words)]) == words]


def _somebody(said: Sequence[tuple[str, str]], at: int, offices: set[str]) -> bool:
    """Whether somebody is spoken of close before word `at`, by name or office."""
    nobody = set(accusations("nobody"))
    before = range(max(0, at - BEFORE), at)
    named = any(_name(said, i) and said[i][1] not in nobody for i in before if i > 0 or at == 1)
    return named or any(said[i][1] in offices for i in before)


def _name(said: Sequence[tuple[str, str]], i: int) -> bool:
    """A word that looks like a name: a capital in a text of small letters, and not where something happened."""
    word, shouted = said[i][0], all(one.isupper() for one, _fold in said)
    after_place = i > 0 and said[i - 1][1] in _PLACES
    return word[:1].isupper() and word.isalpha() and len(word) > 2 and not shouted and not after_place


@lru_cache(maxsize=8)
def accusations(part: str, file: Path = ACCUSATIONS) -> tuple[str, ...]:
    """'who', 'kin', 'did', 'hurt' or 'nobody' of the reviewed list, of every language. Raises ConvocaError."""
    return _listed(file, part)


@lru_cache(maxsize=4)
def insults(file: Path = FILE) -> tuple[str, ...]:
    """The reviewed list, of every language. Raises ConvocaError: the file can not be used."""
    return _listed(file, "words")


def _listed(file: Path, part: str) -> tuple[str, ...]:
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
        return tuple(plain(str(word)) for words in found.values() for word in words[part])
    except (OSError, ValueError, TypeError, KeyError) as e:
        raise ConvocaError(f"{file}: {e}") from e
